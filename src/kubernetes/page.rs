//! A page of a list, read object by object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::lean::Lean;

/// Hands each object of the page to `take` once it is read. Gives the token of the next page, empty after the last one; none where this is
/// no list.
pub(super) fn read_page(body: &[u8], take: &mut dyn FnMut(Value)) -> serde_json::Result<Option<String>> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let next = Page(take).deserialize(&mut json)?;
    json.end()?;
    Ok(next)
}

struct Page<'f>(&'f mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Page<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut is_list, mut next) = (false, String::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "items" => {
                    is_list = true;
                    map.next_value_seed(Items(&mut *self.0))?;
                }
                "metadata" => next = map.next_value::<ListMeta>()?.next.unwrap_or_default(),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(is_list.then_some(next))
    }
}

/// What a list says of itself.
#[derive(serde::Deserialize)]
struct ListMeta {
    #[serde(rename = "continue")]
    next: Option<String>,
}

struct Items<'f>(&'f mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the objects of a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(Lean(object)) = sequence.next_element()? {
            (self.0)(object);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(page: &Value) -> (Vec<Value>, Option<String>) {
        let mut objects = Vec::new();
        let next = read_page(page.to_string().as_bytes(), &mut |object| objects.push(object));
        (objects, next.unwrap())
    }

    #[test]
    fn objects_are_handed_over_in_order_and_the_next_page_is_told() {
        let page = |metadata| json!({"kind": "List", "metadata": metadata, "items": [{"a": 1}, {"b": [2]}]});
        let objects = vec![json!({"a": 1}), json!({"b": [2]})];
        let next = json!({"continue": "there", "remainingItemCount": 3});
        assert_eq!(read(&page(next)), (objects.clone(), Some("there".to_owned())));
        assert_eq!(read(&page(json!({}))), (objects, Some(String::new())));
    }

    #[test]
    fn what_has_no_items_is_no_list() {
        assert_eq!(
            read(&json!({"kind": "Status", "status": "Success"})),
            (vec![], None)
        );
    }

    #[test]
    fn a_page_that_breaks_off_is_an_error() {
        assert!(read_page(br#"{"items": [{"a": 1}, {"b""#, &mut |_| ()).is_err());
    }
}

//! The pod templates that a Deployment had before, kept with it.
//!
//! They stand in an annotation, newest first, so that whoever has the object can put one back: after a restart, with the database
//! lost, or by hand.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::template::hash;

/// The annotation: a JSON list of `{hash, template}`, newest first.
pub(super) const PREVIOUS: &str = "serin.dev/previous-templates";

/// Templates that are kept: the one to put back, and two more for whoever finds out late.
pub const KEPT_MAX: usize = 3;

/// Bytes of all keys and values of an object's annotations together: Kubernetes' own limit.
const ANNOTATION_BYTES_MAX: usize = 256 * 1024;

/// Bytes of them that are left to others, who may write after us.
const SPARE_BYTES: usize = 16 * 1024;

/// The templates that a Deployment had before, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Previous(Vec<Kept>);

/// One of them. Two that are [`same`](super::template::same) are one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// Tells templates apart.
    hash: String,
    /// The template, as it was.
    template: Value,
}

impl Previous {
    /// What the annotation says; nothing is an empty list.
    ///
    /// # Errors
    /// If somebody wrote something else there: what was expected, what was found, and what to do.
    pub(super) fn read(annotation: Option<&str>) -> Result<Self, String> {
        let read = serde_json::from_str(annotation.unwrap_or("[]"));
        read.map_err(|error| {
            format!(
                "expected a list of pod templates in the annotation `{PREVIOUS}`, found something else ({error}); \
                 hint: remove the annotation, what it remembered is lost"
            )
        })
    }

    /// The one of so many changes ago; the newest is 1.
    pub(super) fn before(&self, back: usize) -> Option<&Value> {
        Some(&self.0.get(back.checked_sub(1)?)?.template)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// All but the newest.
    pub(super) fn without_newest(&self) -> Self {
        Self(self.0.iter().skip(1).cloned().collect())
    }

    /// These and `template`, the newest now, as many as `annotations` of the object leave room for.
    ///
    /// # Errors
    /// If there is no room for this one.
    pub(super) fn with(&self, template: &Value, annotations: &Value) -> Result<Self, String> {
        let newest = Kept {
            hash: hash(template),
            template: template.clone(),
        };
        let older = self.0.iter().filter(|kept| kept.hash != newest.hash).cloned();
        let mut all = Self(
            std::iter::once(newest.clone())
                .chain(older)
                .take(KEPT_MAX)
                .collect(),
        );
        let others = bytes_of_others(annotations.as_object());
        while others + PREVIOUS.len() + all.text().len() + SPARE_BYTES > ANNOTATION_BYTES_MAX {
            all.0.pop();
            if all.0.is_empty() {
                return Err(format!(
                    "its pod template has {} bytes and its annotations {others}, found no room to keep it in one of them \
                     (together {ANNOTATION_BYTES_MAX} at most, {SPARE_BYTES} of them for others); hint: make either smaller, \
                     or write `promotion: {{workload: none}}`",
                    newest.template.to_string().len(),
                ));
            }
        }
        Ok(all)
    }

    /// The annotation's value.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("a list of JSON values has a text")
    }
}

fn bytes_of_others(annotations: Option<&Map<String, Value>>) -> usize {
    annotations
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != PREVIOUS)
        .map(|(key, value)| key.len() + value.as_str().map_or(0, str::len))
        .sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(image: &str) -> Value {
        json!({"spec": {"containers": [{"image": image}]}})
    }

    fn after(images: &[String]) -> Previous {
        images.iter().fold(Previous::default(), |previous, image| {
            previous.with(&template(image), &Value::Null).expect("room")
        })
    }

    fn images(previous: &Previous) -> Vec<&str> {
        previous
            .0
            .iter()
            .filter_map(|kept| kept.template["spec"]["containers"][0]["image"].as_str())
            .collect()
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn three_are_kept_newest_first() {
        assert_eq!(images(&after(&named(&["1", "2", "3", "4"]))), ["4", "3", "2"]);
    }

    #[test]
    fn a_template_that_comes_again_is_kept_once() {
        assert_eq!(images(&after(&named(&["1", "2", "1"]))), ["1", "2"]);
    }

    #[test]
    fn what_was_written_is_what_is_read() {
        let previous = after(&named(&["1", "2"]));
        assert_eq!(Previous::read(Some(&previous.text())), Ok(previous.clone()));
        assert_eq!(Previous::read(None), Ok(Previous::default()));
        assert_eq!(images(&previous.without_newest()), ["1"]);
    }

    #[test]
    fn large_templates_leave_room_for_fewer() {
        let large: Vec<String> = ["1", "2", "3"].iter().map(|text| text.repeat(100_000)).collect();
        let kept = after(&large);
        assert_eq!(images(&kept), [large[2].as_str(), large[1].as_str()]);
        assert!(kept.text().len() < ANNOTATION_BYTES_MAX);
    }

    #[test]
    fn a_template_without_room_is_refused_for_it_could_not_be_put_back() {
        let crowded = json!({"kubectl.kubernetes.io/last-applied-configuration": "x".repeat(200_000)});
        let refused = Previous::default().with(&template(&"x".repeat(60_000)), &crowded);
        let words = refused.expect_err("no room");
        assert!(words.contains("no room"), "{words}");
        assert!(words.contains("hint:"), "{words}");
    }

    #[test]
    fn something_else_in_its_place_is_named() {
        let words = Previous::read(Some("v1,v2")).expect_err("no list");
        assert!(words.contains("`serin.dev/previous-templates`"), "{words}");
    }
}

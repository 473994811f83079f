//! The labels of a series.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::text::Text;
use crate::metric_source::prometheus::words::shown;

/// Labels of one series. Targets have some thirty.
const LABELS_MAX: usize = 100;

/// Labels that there is room for at once: as many as a query for a latency asks for.
const LABELS_USUAL: usize = 6;

/// The labels of a series, sorted by name, each name once. A label with an empty value is the same as none, and is left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Labels<'_> {
    /// The value of the label `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Name and value of each, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// As PromQL writes them, shortened.
impl fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.iter().map(|(name, value)| format!("{name}={value:?}"));
        write!(f, "{{{}}}", shown(&labels.collect::<Vec<_>>().join(", ")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Labels<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels<'de>, A::Error> {
                let mut labels = Vec::with_capacity(LABELS_USUAL);
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    if labels.len() == LABELS_MAX {
                        return Err(A::Error::custom(format_args!(
                            "more than {LABELS_MAX} labels on a series"
                        )));
                    }
                    if !value.is_empty() {
                        labels.push((name, value));
                    }
                }
                labels.sort_unstable();
                match labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                    Some(pair) => {
                        let name = shown(&pair[0].0);
                        Err(A::Error::custom(format_args!(
                            "the label `{name}` twice on a series"
                        )))
                    }
                    None => Ok(Labels(labels)),
                }
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

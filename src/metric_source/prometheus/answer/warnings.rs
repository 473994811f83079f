//! The warnings beside an answer.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::text::Text;
use crate::metric_source::prometheus::words::shown;

/// The warnings beside an answer: how many, and the first one, shortened. `null` is none.
#[derive(Default)]
pub(super) struct Warnings {
    pub(super) count: usize,
    pub(super) first: String,
}

impl<'de> Deserialize<'de> for Warnings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Warnings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of warnings")
            }

            fn visit_unit<E: Error>(self) -> Result<Warnings, E> {
                Ok(Warnings::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Warnings, A::Error> {
                let mut warnings = Warnings::default();
                while let Some(Text(warning)) = sequence.next_element()? {
                    if warnings.count == 0 {
                        warnings.first = shown(&warning);
                    }
                    warnings.count += 1;
                }
                Ok(warnings)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

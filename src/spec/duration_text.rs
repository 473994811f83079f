//! Durations in JSON as people write them: `5m`, `1h 30m`. For `#[serde(with = "duration_text")]`.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

/// As people write it.
pub(super) fn text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_duration(*duration))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Step(#[serde(with = "super")] Duration);

    #[test]
    fn every_duration_comes_back_exactly() {
        for duration in [
            Duration::ZERO,
            Duration::from_secs(5400),
            Duration::new(1, 1),
            Duration::from_millis(1500),
        ] {
            let text = serde_json::to_string(&Step(duration)).unwrap();
            assert_eq!(
                serde_json::from_str::<Step>(&text).unwrap(),
                Step(duration),
                "{text}"
            );
        }
        assert_eq!(
            serde_json::to_string(&Step(Duration::from_secs(300))).unwrap(),
            "\"5m\""
        );
    }
}

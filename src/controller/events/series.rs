//! What is said again and again is one Event that counts. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::News;
use crate::spec::Timestamp;

/// What is said again within this time is the same Event: as long as Kubernetes' own recorder has it.
const WINDOW: Duration = Duration::from_secs(6 * 60);

/// The count of an Event is written no more often.
const PAUSE: Duration = Duration::from_secs(60);

/// Events whose repetitions are known. Beyond them the one that was silent longest is forgotten, and would begin anew.
const SERIES_MAX: usize = 2_000;

/// What is the same news.
type Key = (String, String, Option<String>);

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sending {
    /// A new Event of this name.
    New { name: String, news: News },
    /// The Event of this name was said so often, and last at this time.
    Again {
        name: String,
        canary: String,
        count: u32,
        last: Timestamp,
    },
}

/// One Event.
#[derive(Debug)]
struct Said {
    name: String,
    count: u32,
    last: Timestamp,
    sent_at: Timestamp,
    sent_count: u32,
}

/// The Events of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Series {
    said: BTreeMap<Key, Said>,
    numbered: u64,
}

impl Series {
    /// Takes news in at `now`, and gives what is to be sent of it at once.
    pub(super) fn take(&mut self, news: News, now: Timestamp) -> Option<Sending> {
        let key = (news.canary.clone(), news.reason.clone(), news.part.clone());
        if let Some(said) = self.said.get_mut(&key)
            && now.since(said.last) < WINDOW
        {
            said.count = said.count.saturating_add(1);
            said.last = now;
            return said.again(&key.0, now);
        }
        if self.said.len() >= SERIES_MAX {
            self.forget(now);
        }
        // Two in one millisecond are two.
        self.numbered = self.numbered.max(now.0) + 1;
        let canary = news.canary.rsplit('/').next().unwrap_or_default();
        let name = format!("{canary}.{:x}", self.numbered);
        self.said.insert(
            key,
            Said {
                name: name.clone(),
                count: 1,
                last: now,
                sent_at: now,
                sent_count: 1,
            },
        );
        Some(Sending::New { name, news })
    }

    /// What is to be sent of what was said before.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Sending> {
        let said = self.said.iter_mut();
        said.filter_map(|(key, said)| said.again(&key.0, now)).collect()
    }

    /// When something is.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let unsent = self.said.values().filter(|said| said.count > said.sent_count);
        unsent.map(|said| said.sent_at + PAUSE).min()
    }

    fn forget(&mut self, now: Timestamp) {
        self.said.retain(|_, said| now.since(said.last) < WINDOW);
        if self.said.len() >= SERIES_MAX {
            let oldest = self.said.iter().min_by_key(|(_, said)| said.last);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.said.remove(&key);
            }
        }
    }
}

impl Said {
    fn again(&mut self, canary: &str, now: Timestamp) -> Option<Sending> {
        if self.count == self.sent_count || now.since(self.sent_at) < PAUSE {
            return None;
        }
        self.sent_at = now;
        self.sent_count = self.count;
        Some(Sending::Again {
            name: self.name.clone(),
            canary: canary.to_owned(),
            count: self.count,
            last: self.last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn news(reason: &str, part: Option<&str>) -> News {
        News {
            canary: "shop/checkout".to_owned(),
            reason: reason.to_owned(),
            part: part.map(str::to_owned),
            is_warning: false,
            text: "words".to_owned(),
        }
    }

    #[test]
    fn what_is_said_again_is_counted_and_told_once_a_minute() {
        let mut series = Series::default();
        let first = series.take(news("NoData", None), NOW);
        let Some(Sending::New { name, .. }) = first else {
            panic!("{first:?}")
        };
        for second in 1..60 {
            let at = NOW + Duration::from_secs(second);
            assert_eq!(series.take(news("NoData", None), at), None);
        }
        let at = series.next().unwrap();
        assert_eq!(at, NOW + PAUSE);
        assert_eq!(
            series.due(at),
            [Sending::Again {
                name,
                canary: "shop/checkout".to_owned(),
                count: 60,
                last: NOW + Duration::from_secs(59),
            }]
        );
        assert_eq!((series.due(at), series.next()), (Vec::new(), None));
    }

    #[test]
    fn other_news_and_what_comes_much_later_are_events_of_their_own() {
        let mut series = Series::default();
        let mut names = std::collections::BTreeSet::new();
        for (news, at) in [
            (news("StepAdvanced", Some("5")), NOW),
            (news("StepAdvanced", Some("25")), NOW),
            (news("Baking", None), NOW),
            (news("Baking", None), NOW + WINDOW),
        ] {
            let sending = series.take(news, at);
            let Some(Sending::New { name, .. }) = sending else {
                panic!("{sending:?}")
            };
            names.insert(name);
        }
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn no_more_is_kept_than_the_bound() {
        let mut series = Series::default();
        for number in 0..SERIES_MAX + 100 {
            let part = number.to_string();
            let sending = series.take(news("StepAdvanced", Some(&part)), NOW);
            assert!(matches!(sending, Some(Sending::New { .. })));
        }
        assert_eq!(series.said.len(), SERIES_MAX);
    }
}

//! Which news a channel takes.

use super::news;
use crate::engine::{Notice, NoticeKind, Urgency};

/// Which news a channel takes: what is of one of these urgencies, and what has one of these names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whatever it is about.
    pub urgencies: Vec<Urgency>,
    /// However urgent it is; see [`NAMES`](super::news::NAMES).
    pub kinds: Vec<String>,
}

impl Route {
    /// All of it.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            urgencies: vec![Urgency::Info, Urgency::Warning, Urgency::Page],
            kinds: Vec::new(),
        }
    }

    /// Whether the channel takes this. Whoever tries a channel wants it tried.
    #[must_use]
    pub fn takes(&self, notice: &Notice) -> bool {
        notice.kind == NoticeKind::Test
            || self.urgencies.contains(&notice.urgency)
            || self.kinds.iter().any(|kind| kind == news::name(&notice.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Outcome;
    use crate::notify::sample;

    #[test]
    fn takes_what_is_urgent_enough_or_chosen_by_its_name() {
        let route = Route {
            urgencies: vec![Urgency::Page],
            kinds: vec!["promoted".to_owned()],
        };
        let takes = |kind, urgency| route.takes(&sample::of(kind, urgency).notice);
        assert!(takes(NoticeKind::RollbackUnconfirmed, Urgency::Page));
        assert!(takes(NoticeKind::Ended(Outcome::Promoted), Urgency::Info));
        assert!(!takes(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning));
        assert!(!takes(NoticeKind::Started, Urgency::Info));
        assert!(takes(NoticeKind::Test, Urgency::Info));
    }
}

//! How a request that is too large is taken apart.

use std::collections::BTreeMap;

use super::answered::Asker;

/// For how many one request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fineness {
    /// For all.
    Whole,
    /// For those of one namespace.
    Namespace,
    /// For one Canary.
    Workload,
}

impl Fineness {
    /// The next finer one, if there is one.
    pub(super) const fn finer(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::Namespace),
            Self::Namespace => Some(Self::Workload),
            Self::Workload => None,
        }
    }

    /// The next coarser one.
    pub(super) const fn coarser(self) -> Self {
        match self {
            Self::Whole | Self::Namespace => Self::Whole,
            Self::Workload => Self::Namespace,
        }
    }
}

/// `all` in groups, one for each request.
pub(super) fn groups<T>(all: Vec<T>, fineness: Fineness, asker: impl Fn(&T) -> &Asker) -> Vec<Vec<T>> {
    match fineness {
        Fineness::Whole => vec![all],
        Fineness::Namespace => {
            let mut by_namespace: BTreeMap<String, Vec<T>> = BTreeMap::new();
            for one in all {
                by_namespace
                    .entry(asker(&one).namespace.clone())
                    .or_default()
                    .push(one);
            }
            by_namespace.into_values().collect()
        }
        Fineness::Workload => all.into_iter().map(|one| vec![one]).collect(),
    }
}

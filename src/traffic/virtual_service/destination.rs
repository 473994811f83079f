//! Where a route sends requests, by full name.

use std::fmt;

use serde_json::Value;

use super::refusal::QUOTED_CHARS;
use crate::spec::RouteDestination;
use crate::traffic::cut;

/// A destination of a VirtualService with its host as a full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination<'a> {
    host: String,
    subset: Option<&'a str>,
}

impl<'a> Destination<'a> {
    /// Reads Istio's `Destination` (`{host, subset, port}`). `None` where it has no host.
    ///
    /// An empty subset is no subset, as in Istio. The port tells no versions apart and is not compared.
    pub(super) fn read(value: &'a Value, namespace: &str) -> Option<Self> {
        let host = value.get("host")?.as_str()?;
        let subset = value.get("subset").and_then(Value::as_str);
        Some(Self {
            host: full_name(host, namespace),
            subset: subset.filter(|subset| !subset.is_empty()),
        })
    }

    /// Whether this is what the user wanted; the rule is told at [`RouteSelector`](super::RouteSelector).
    pub(super) fn is(&self, wanted: &RouteDestination, namespace: &str) -> bool {
        let host_matches = match &wanted.host {
            Some(host) => full_name(host, namespace) == self.host,
            None => true,
        };
        host_matches && wanted.subset.as_deref() == self.subset
    }

    /// Whether requests to one may be served by the pods of the other: without a subset, a host's every pod serves.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.host == other.host
            && (self.subset == other.subset || self.subset.is_none() || other.subset.is_none())
    }

    pub(super) fn shares_host_with(&self, other: &Self) -> bool {
        self.host == other.host
    }
}

impl fmt::Display for Destination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&cut(&self.host, QUOTED_CHARS))?;
        match self.subset {
            Some(subset) => write!(f, " subset {}", cut(subset, QUOTED_CHARS)),
            None => Ok(()),
        }
    }
}

/// The full name of a host in a VirtualService of `namespace`.
///
/// Two labels are a service of this namespace only where the second label says so; any other name with a dot may be
/// outside the cluster (`example.com`) and stays as it is.
#[must_use]
pub fn full_name(host: &str, namespace: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        [service] => format!("{service}.{namespace}.svc.cluster.local"),
        [_, space] if space == namespace => format!("{host}.svc.cluster.local"),
        [_, _, "svc"] => format!("{host}.cluster.local"),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_spelling_of_a_service_in_the_namespace_is_one_name() {
        for spelling in [
            "reviews",
            "reviews.shop",
            "reviews.shop.svc",
            "reviews.shop.svc.cluster.local",
        ] {
            assert_eq!(full_name(spelling, "shop"), "reviews.shop.svc.cluster.local");
        }
    }

    #[test]
    fn names_outside_the_namespace_stay_apart() {
        assert_eq!(full_name("example.com", "shop"), "example.com");
        assert_eq!(full_name("api.example.com", "shop"), "api.example.com");
        assert_eq!(full_name("reviews.other", "shop"), "reviews.other");
        assert_eq!(
            full_name("reviews.other.svc", "shop"),
            "reviews.other.svc.cluster.local"
        );
    }

    #[test]
    fn a_wanted_destination_without_subset_does_not_match_one_with_a_subset() {
        let wanted = RouteDestination {
            host: Some("reviews".to_owned()),
            subset: None,
        };
        let with_subset = json!({"host": "reviews", "subset": "v2"});
        let empty_subset = json!({"host": "reviews.shop", "subset": ""});
        assert!(
            !Destination::read(&with_subset, "shop")
                .unwrap()
                .is(&wanted, "shop")
        );
        assert!(
            Destination::read(&empty_subset, "shop")
                .unwrap()
                .is(&wanted, "shop")
        );
    }
}

//! Whether subsets still mean what they say after a promotion by copy.

use super::istio_manifests::{IstioManifests, Manifest, Subset};
use crate::spec::{CheckedCanary, PromotionWorkload};
use crate::traffic::virtual_service::full_name;

/// What is to be said of subsets that a version number tells apart, where promotion copies the canary's pod template into the
/// stable workload: the label stays with the arm, and names another version than the one that runs.
///
/// `host` is the service of the route; where nobody said it, a rule that has both subsets is the one.
pub(super) fn labelled_by_version(
    canary: &CheckedCanary,
    host: Option<&str>,
    manifests: &IstioManifests<'_>,
) -> Vec<String> {
    if !canary.workloads.are_in_cluster() || canary.promotion.workload != PromotionWorkload::Copy {
        return Vec::new();
    }
    let namespace = &canary.traffic.route().namespace;
    let rules = manifests.destination_rules(namespace);
    let of_host = rules.filter(|rule| match (rule.text_at("spec.host"), host) {
        (Some(found), Some(host)) => full_name(found, namespace) == full_name(host, namespace),
        (Some(_), None) => true,
        (None, _) => false,
    });
    of_host.filter_map(|rule| told_of(canary, rule)).collect()
}

fn told_of(canary: &CheckedCanary, rule: &Manifest<'_>) -> Option<String> {
    let route = canary.traffic.route();
    let subsets = rule.subsets();
    let of_arm = |name: Option<&str>| subsets.iter().find(|subset| Some(subset.name) == name);
    let arms = [
        of_arm(route.stable.subset.as_deref())?,
        of_arm(route.canary.subset.as_deref())?,
    ];
    let versions: Vec<String> = arms.into_iter().filter_map(version_of).collect();
    (!versions.is_empty()).then(|| {
        format!(
            "DestinationRule {} labels subsets by version ({}): promotion by copy would leave the old label on the new code; \
             hint: label them by what stays, `track: stable` and `track: canary`",
            rule.text_at("metadata.name").unwrap_or("without a name"),
            versions.join(", ")
        )
    })
}

fn version_of(subset: &Subset<'_>) -> Option<String> {
    let found = subset.labels.iter().find(|(_, value)| is_version(value));
    found.map(|(key, value)| format!("{}: `{key}: {value}`", subset.name))
}

/// Whether a label's value reads as the number of a version: `v1`, `1.2.3`, `2024-05-01`.
fn is_version(value: &str) -> bool {
    let number = value.strip_prefix(['v', 'V']).unwrap_or(value);
    number.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_versions_and_words_are_none() {
        for version in ["v1", "V2", "1.2.3", "v1.2.3-rc1", "2024-05-01", "20240501", "7"] {
            assert!(is_version(version), "{version}");
        }
        for word in ["stable", "canary", "v", "", "vnext", "blue", "version-1"] {
            assert!(!is_version(word), "{word}");
        }
    }
}

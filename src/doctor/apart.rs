//! Whether the labels tell pods apart, and arms.

use super::arms::Seen;
use super::ask::Ask;
use super::finding::{About, Finding};
use super::selector::Wanted;
use super::shown::{count, list};
use crate::document::nearest;
use crate::engine::{Arm, PerArm};

/// Whether every series has the pod label, and none belongs to both arms.
pub(super) async fn labels_finding(ask: &Ask<'_>, wanted: &Wanted<'_>, seen: &PerArm<Seen>) -> Finding {
    for arm in [Arm::Baseline, Arm::Canary] {
        if seen.get(arm).has_unnamed {
            return no_pod_label(ask, wanted, arm).await;
        }
    }
    let selectors = wanted.selectors();
    let both = format!("count({} and {})", selectors.canary, selectors.baseline);
    match ask.number(&both).await {
        Err(error) => Finding::problem(About::Labels, error).asked(both),
        Ok(None) => {
            let said = format!(
                "`{}` tells pods apart, and no series belongs to both arms",
                wanted.arms.pod
            );
            Finding::ok(About::Labels, said).asked(both)
        }
        Ok(Some(series)) => Finding::problem(
            About::Labels,
            format!(
                "{} of both arms: the template's `arm` does not tell them apart",
                count(series as usize, "same series")
            ),
        )
        .hint("a label with the workload's exact name does, such as `app: \"${workload}\"`")
        .asked(both)
        .got(format!("{series}")),
    }
}

async fn no_pod_label(ask: &Ask<'_>, wanted: &Wanted<'_>, arm: Arm) -> Finding {
    let pod = &wanted.arms.pod;
    let said = format!("series without the label `{pod}`, which tells pods apart");
    let one = format!("topk(1, {})", wanted.selector(arm, ""));
    let finding = Finding::problem(About::Labels, said).asked(&one);
    let Ok(rows) = ask.rows(&one).await else {
        return finding;
    };
    let labels = rows.iter().flat_map(|row| row.labels.keys());
    let labels: Vec<&str> = labels
        .map(String::as_str)
        .filter(|label| *label != "__name__")
        .collect();
    let meant = ["instance", "kubernetes_pod_name", "pod_name"]
        .into_iter()
        .find(|usual| labels.contains(usual))
        .or_else(|| nearest(pod, labels.iter().copied()));
    let hint = match meant {
        Some(label) => format!("name the right label in the template's `pod`: is it `{label}`?"),
        None => "name the label that tells pods apart in the template's `pod`".to_owned(),
    };
    finding.hint(hint).got(format!("a series with {}", list(labels)))
}

//! A label that no series has with this value, or at all.

use super::Reason;
use crate::doctor::ask::Ask;
use crate::doctor::selector::Wanted;
use crate::doctor::shown::list;
use crate::document::nearest;

/// Values of one label that are looked at.
const VALUES_MAX: usize = 100;

/// No series has `pattern` in `label`: the values that there are, or the labels.
pub(super) async fn wrong_label(
    ask: &Ask<'_>,
    wanted: &Wanted<'_>,
    label: &str,
    pattern: &str,
    with_label: String,
) -> Result<Reason, String> {
    let whole = wanted.whatever_its_labels();
    let values = format!("topk({VALUES_MAX}, count by ({label}) ({whole}))");
    let rows = ask.rows(&values).await?;
    let mut known: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.labels.get(label))
        .map(String::as_str)
        .collect();
    known.sort_unstable();
    let meant = pattern.replace('\\', "");
    if !known.is_empty() {
        let hint = nearest(&meant, known.iter().copied())
            .map(|value| format!("did you mean {label}=`{value}`?"))
            .unwrap_or_else(|| {
                "the template's labels, or the workload's name, are to match one of these".to_owned()
            });
        return Ok(Reason {
            is_of_the_metric: false,
            said: format!(
                "`{}` never has {label}=`{meant}`; {label} is {}",
                wanted.name,
                list(known.iter().copied())
            ),
            hint: Some(hint),
            asked: vec![with_label, values],
            got: Some(list(known)),
        });
    }
    let one = format!("topk(1, {whole})");
    let rows = ask.rows(&one).await?;
    let labels = rows.iter().flat_map(|row| row.labels.keys());
    let labels: Vec<&str> = labels
        .map(String::as_str)
        .filter(|label| *label != "__name__")
        .collect();
    Ok(Reason {
        is_of_the_metric: false,
        said: format!(
            "no series of `{}` has the label `{label}`; it has {}",
            wanted.name,
            list(labels.iter().copied())
        ),
        hint: nearest(label, labels.iter().copied()).map(|label| format!("did you mean `{label}`?")),
        asked: vec![with_label, one],
        got: Some(list(labels)),
    })
}

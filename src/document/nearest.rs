//! What somebody probably meant.

/// The candidate that `written` is most likely a slip of, if any is near enough: at most a third of its letters differ.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&written, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint that names the nearest candidate, or else all of them.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    match nearest(written, candidates.clone()) {
        Some(candidate) => Some(format!("did you mean `{candidate}`?")),
        None => listed(candidates).map(|names| format!("known here: {names}")),
    }
}

/// The candidates as a sentence has them; `None` if there are none.
fn listed<'a>(candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = candidates.into_iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_slip_of_the_pen() {
        assert_eq!(nearest("margn", ["margin", "threshold"]), Some("margin"));
        assert_eq!(nearest("maxduration", ["maxDuration"]), Some("maxDuration"));
    }

    #[test]
    fn does_not_guess_wildly() {
        assert_eq!(nearest("colour", ["margin", "threshold"]), None);
        assert_eq!(
            did_you_mean("colour", ["margin", "threshold"]).as_deref(),
            Some("known here: `margin`, `threshold`")
        );
    }
}

//! The bucket edges that all histograms of a look have in common.

/// The edges in milliseconds that all of `histograms` share, each a name for people and its finite edges in units of `unit_ms`
/// milliseconds; `None` where there is no histogram.
///
/// # Errors
/// Why nothing can be compared, for people: two histograms have different edges, or edges that are no times.
pub(super) fn common<'a>(
    histograms: impl IntoIterator<Item = (&'a str, &'a [f64])>,
    unit_ms: f64,
) -> Result<Option<Vec<f64>>, String> {
    let mut histograms = histograms.into_iter();
    let Some((reference, edges)) = histograms.next() else {
        return Ok(None);
    };
    if let Some((other, edges_there)) = histograms.find(|(_, edges_there)| *edges_there != edges) {
        return Err(format!(
            "the bucket edges differ, so nothing can be compared: {reference} has {}, {other} has {}",
            list(edges),
            list(edges_there)
        ));
    }
    let layout: Vec<f64> = edges.iter().map(|edge| edge * unit_ms).collect();
    let usable = layout.iter().all(|edge| edge.is_finite()) && layout.is_sorted_by(|a, b| a < b);
    usable
        .then_some(Some(layout))
        .ok_or_else(|| format!("bucket edges cannot be told in milliseconds: {}", list(edges)))
}

/// Edges in the unit of the text, shortened.
fn list(edges: &[f64]) -> String {
    let edges: Vec<_> = edges.iter().map(f64::to_string).collect();
    super::shorten::shorten(&edges.join(", "))
}

//! A quantile for people.
//!
//! Interpolated between bucket edges, log-log, as durations fall off more like a power than like a line. Such
//! an estimate may be off by a fifth, so nothing is decided by it: decisions compare counts at the edges.

/// The quantile of a histogram in milliseconds, from its finite edges, the requests slower than each, and all
/// requests. `None` without requests; the last edge where the quantile lies beyond it.
pub(super) fn quantile_ms(edges_ms: &[f64], slower: &[f64], requests: f64, quantile: f64) -> Option<f64> {
    if requests <= 0.0 || edges_ms.is_empty() || edges_ms.len() != slower.len() {
        return None;
    }
    let tail = (1.0 - quantile) * requests;
    let Some(above) = slower.iter().position(|slower| *slower <= tail) else {
        return edges_ms.last().copied();
    };
    let high_ms = edges_ms[above];
    let Some(below) = above.checked_sub(1) else {
        return Some(high_ms);
    };
    let (low_ms, low, high) = (edges_ms[below], slower[below], slower[above]);
    // Half a request stands for none, so that an empty bucket has a logarithm.
    let (low, high) = (libm::log(low), libm::log(high.max(0.5).min(tail)));
    let part = if low > high {
        (low - libm::log(tail)) / (low - high)
    } else {
        1.0
    };
    Some(low_ms * libm::pow(high_ms / low_ms, part.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_is_met_exactly() {
        let edges = [100.0, 200.0, 400.0];
        let slower = edges.map(|edge: f64| 1000.0 * (edge / 50.0).powi(-2));
        let p90 = quantile_ms(&edges, &slower, 1000.0, 0.9).expect("requests");
        assert!((p90 - 50.0 * 10.0_f64.sqrt()).abs() < 1e-9, "{p90}");
    }

    #[test]
    fn beyond_the_edges_the_nearest_one_stands() {
        assert_eq!(
            quantile_ms(&[100.0, 200.0], &[90.0, 80.0], 100.0, 0.95),
            Some(200.0)
        );
        assert_eq!(
            quantile_ms(&[100.0, 200.0], &[0.0, 0.0], 100.0, 0.95),
            Some(100.0)
        );
        assert_eq!(quantile_ms(&[100.0], &[0.0], 0.0, 0.95), None);
    }
}

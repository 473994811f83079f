//! Texts that cannot be accounted for line by line.

use super::*;
use crate::world::watching::success_rate;

const STABLE: &str = "requests_total 1\n";

async fn refused(body: impl Into<axum::body::Bytes>) -> String {
    refusal(success_rate(), body, STABLE).await
}

#[tokio::test]
async fn an_empty_body_is_refused() {
    let message = "the body is empty; expected metrics in Prometheus' text format";
    assert_eq!(refused("").await, message);
    assert_eq!(refused(" \n\n").await, message);
}

#[tokio::test]
async fn a_text_that_is_cut_off_in_a_line_is_refused() {
    assert_eq!(
        refused("up 1\nrequests_total{code=\"200\"} 12").await,
        "the text is cut off: line 2 has no line break at its end: `requests_total{code=\"200\"} 12`"
    );
}

#[tokio::test]
async fn openmetrics_that_is_cut_off_between_lines_is_refused() {
    let text = async || {
        let kind = [("content-type", "application/openmetrics-text; version=1.0.0")];
        (kind, "up 1\nrequests_total 12\n")
    };
    let server = crate::world::endpoint::serve(axum::Router::new().fallback(text)).await;
    let stable = exposing(STABLE).await;
    let canary = watching(&[&server.address], &[&stable.address], vec![success_rate()]);
    assert_eq!(
        readings(&canary).await[0].arms.canary.missing[&server.address],
        "the text is cut off: OpenMetrics ends in `# EOF`, this ends in line 2: `requests_total 12`"
    );
}

#[tokio::test]
async fn lines_after_the_end_are_refused() {
    assert_eq!(
        refused("up 1\n# EOF\nrequests_total 12\n# EOF\n").await,
        "line 3 stands after `# EOF`: `requests_total 12`"
    );
}

#[tokio::test]
async fn bytes_that_are_not_text_are_refused_with_their_line() {
    assert_eq!(
        refused(b"up 1\nrequests_total{path=\"\xff\"} 1\n".to_vec()).await,
        "line 2 is not UTF-8 text"
    );
}

#[tokio::test]
async fn a_series_that_stands_twice_is_refused_with_both_lines() {
    assert_eq!(
        refused("requests_total{a=\"1\",b=\"2\"} 1\nup 1\nrequests_total{b=\"2\",a=\"1\",c=\"\"} 2\n").await,
        "line 3 repeats the series of line 1: `requests_total{b=\"2\",a=\"1\",c=\"\"} 2`"
    );
}

#[tokio::test]
async fn lines_that_are_no_samples_are_refused_with_number_and_text() {
    for (line, problem) in [
        ("<html>", "a sample starts with a metric name"),
        ("{\"status\":\"ok\"}", "a sample starts with a metric name"),
        ("5xx_total 1", "a sample starts with a metric name"),
        (
            "requests-total 1",
            "expected `{` or a blank after the metric name",
        ),
        ("requests_total", "expected `{` or a blank after the metric name"),
        ("requests_total ", "expected `{` or a blank after the metric name"),
        ("Service is ready", "the value is not a number"),
        ("requests_total 0x10", "the value is not a number"),
        ("requests_total 1\r", "the value is not a number"),
        ("requests_total 1 soon", "the time stamp is not a number"),
        (
            "requests_total 1 1.5",
            "the time stamp is not a whole number of milliseconds",
        ),
        (
            "requests_total 1 2 3",
            "expected nothing, or an exemplar, after the value and its time",
        ),
        (
            "requests_total 1 # note",
            "expected nothing, or an exemplar, after the value and its time",
        ),
        (
            "requests_total{code=\"200\" 1",
            "expected `,` or `}` after a label value",
        ),
        (
            "requests_total{code=\"200} 1",
            "a label value has no closing quote",
        ),
        ("requests_total{code=200} 1", "expected `=\"` after a label name"),
        ("requests_total{code} 1", "expected `=\"` after a label name"),
        ("requests_total{,} 1", "expected a label name or `}`"),
        (
            "requests_total{code=\"1\"code=\"2\"} 1",
            "expected `,` or `}` after a label value",
        ),
        (
            "requests_total{code=\"1\",code=\"2\"} 1",
            "a label is given twice",
        ),
        ("requests_total{code=\"200\"}", "the value is not a number"),
    ] {
        let shown = line.trim_matches(' ').replace('\r', "\\r");
        assert_eq!(
            refused(format!("up 1\n{line}\n")).await,
            format!("line 2: {problem}: `{shown}`")
        );
    }
}

#[tokio::test]
async fn a_bad_line_of_another_family_is_refused_too() {
    assert_eq!(
        refused("requests_total 1\nother_total{x=\"1\"\n").await,
        "line 2: expected `,` or `}` after a label value: `other_total{x=\"1\"`"
    );
}

#[tokio::test]
async fn a_long_line_is_shown_by_its_start() {
    let message = refused(format!("requests_total {}\n", "x".repeat(1000))).await;
    assert!(message.ends_with("xxx…`"), "{message}");
    assert!(message.len() < 150, "{message}");
}

#[tokio::test]
async fn more_series_than_are_counted_are_refused() {
    let series: Vec<String> = (0..=20_000)
        .map(|user| format!("requests_total{{user=\"{user}\"}} 1\n"))
        .collect();
    assert_eq!(
        refused(series.concat()).await,
        "line 20001: more than 20000 series of the families that the templates name"
    );
}

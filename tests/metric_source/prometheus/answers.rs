//! What is read of an answer.

use serin::metric_source::prometheus::{Labels, MatrixRow, Point, parse_matrix, parse_vector};
use serin::spec::Timestamp;

use super::MANY;

fn vector_of(result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
}

fn matrix_of(result: &str) -> String {
    vector_of(result).replace("vector", "matrix")
}

/// The name of its counter, and its words.
fn told(body: &str) -> (&'static str, String) {
    let error = parse_vector(body.as_bytes(), MANY).unwrap_err();
    (error.outcome().name(), error.to_string())
}

fn pairs<'a>(labels: &'a Labels<'_>) -> Vec<(&'a str, &'a str)> {
    labels.iter().collect()
}

#[test]
fn a_vector_is_read() {
    let body = vector_of(
        r#"{"metric":{"pod":"b","__name__":"up","empty":""},"value":[1435781451.781,"1"]},
           {"metric":{"pod":"a\"\u00e9"},"value":[1435781451,"1e+06"]}"#,
    );
    let rows = parse_vector(body.as_bytes(), 2).unwrap();
    assert_eq!(pairs(&rows[0].labels), [("__name__", "up"), ("pod", "b")]);
    assert_eq!(
        rows[0].point,
        Point {
            time: Timestamp(1_435_781_451_781),
            value: 1.0
        }
    );
    assert_eq!(rows[1].labels.get("pod"), Some("a\"é"));
    assert_eq!(rows[1].labels.get("job"), None);
    assert_eq!(
        rows[1].point,
        Point {
            time: Timestamp(1_435_781_451_000),
            value: 1e6
        }
    );
}

#[test]
fn an_empty_vector_is_no_error() {
    assert_eq!(parse_vector(vector_of("").as_bytes(), 0).unwrap(), []);
}

#[test]
fn special_numbers_are_numbers() {
    let result: Vec<String> = ["NaN", "+Inf", "-Inf", "Inf"]
        .iter()
        .map(|value| format!(r#"{{"metric":{{"x":"{value}"}},"value":[1,"{value}"]}}"#))
        .collect();
    let body = vector_of(&result.join(","));
    let values: Vec<f64> = parse_vector(body.as_bytes(), MANY)
        .unwrap()
        .iter()
        .map(|row| row.point.value)
        .collect();
    assert!(values[0].is_nan());
    assert_eq!(values[1..], [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY]);
}

#[test]
fn a_matrix_is_read() {
    let body = matrix_of(r#"{"metric":{"pod":"a"},"values":[[1,"1"],[1.5,"2"]]},{"values":[],"metric":{}}"#);
    let rows = parse_matrix(body.as_bytes(), MANY).unwrap();
    let point = |ms, value| Point {
        time: Timestamp(ms),
        value,
    };
    assert_eq!(rows[0].points, [point(1_000, 1.0), point(1_500, 2.0)]);
    assert_eq!(
        rows[1],
        MatrixRow {
            labels: Labels::default(),
            points: Vec::new()
        }
    );
}

#[test]
fn what_is_beside_the_data_does_not_matter_but_warnings_do() {
    let one = r#"{"metric":{},"value":[1,"1"]}"#;
    let with = |beside: &str| vector_of(one).replacen('{', &format!("{{{beside},"), 1);
    for beside in [
        r#""infos":["PromQL info: metric might not be a counter"]"#,
        r#""warnings":[]"#,
        r#""warnings":null"#,
        r#""isPartial":false,"stats":{"seriesFetched":"1"}"#,
    ] {
        assert_eq!(
            parse_vector(with(beside).as_bytes(), MANY).unwrap().len(),
            1,
            "{beside}"
        );
    }
    assert_eq!(
        told(&with(r#""warnings":["store 10.0.0.1 is down","another"]"#)),
        (
            "partial",
            "the answer is partial: 2 warnings, the first `store 10.0.0.1 is down`; a partial answer is not used".into()
        )
    );
    assert_eq!(
        told(&with(r#""isPartial":true"#)),
        (
            "partial",
            "the answer is partial: `isPartial` is true; a partial answer is not used".into()
        )
    );
}

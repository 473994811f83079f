//! Answers that are refused, each under its counter and with its words.

use serin::metric_source::prometheus::{AnswerError, Outcome, parse_matrix, parse_vector};

use super::MANY;

fn vector_of(result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
}

/// The name of its counter, and its words.
fn told(body: &str) -> String {
    let error = parse_vector(body.as_bytes(), MANY).unwrap_err();
    format!("{}: {error}", error.outcome().name())
}

fn malformed(body: &str) -> String {
    match parse_vector(body.as_bytes(), MANY).unwrap_err() {
        AnswerError::Malformed { reason } => reason,
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn what_is_not_json() {
    assert_eq!(
        told("<html><body>\nnginx</body></html>"),
        "not-json: the answer is not JSON: expected value at line 1 column 1; it begins with `<html><body>\\nnginx</body></html>`; \
         hint: is this the address of Prometheus' API?"
    );
    for body in ["{]", "{,}", "\u{7f}ELF", &format!("{}x", vector_of(""))] {
        assert!(told(body).starts_with("not-json: "), "{body}");
    }
    let not_text = parse_vector(b"{\"status\":\"\xff\"}", MANY).unwrap_err();
    assert_eq!(not_text.outcome(), Outcome::NotJson, "{not_text}");
}

#[test]
fn what_is_cut_off() {
    let body = vector_of(r#"{"metric":{"pod":"a"},"value":[1,"1"]}"#);
    assert_eq!(
        told(&body[..body.len() - 1]),
        format!("truncated: the answer is cut off after {} bytes", body.len() - 1)
    );
    assert_eq!(told(""), "truncated: the answer is cut off after 0 bytes");
}

#[test]
fn what_the_server_says_has_failed() {
    assert_eq!(
        told(r#"{"status":"error","errorType":"execution","error":"found duplicate series\u001b[2J"}"#),
        "query-failed: the query failed (execution): found duplicate series\\u{1b}[2J"
    );
    assert_eq!(
        told(r#"{"status":"error","data":null}"#),
        "query-failed: the query failed (no type given): no reason given"
    );
    let too_large = told(
        r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}"#,
    );
    assert!(too_large.starts_with("too-large: "), "{too_large}");
}

#[test]
fn what_is_of_another_type() {
    let other = |result_type: &str, result: &str| {
        told(&format!(
            r#"{{"status":"success","data":{{"resultType":"{result_type}","result":{result}}}}}"#
        ))
    };
    let matrix = r#"[{"metric":{},"values":[[1,"1"]]}]"#;
    assert_eq!(
        other("matrix", matrix),
        "wrong-type: the answer is a matrix; a vector was due"
    );
    assert_eq!(
        other("scalar", r#"[1,"1"]"#),
        "wrong-type: the answer is a scalar; a vector was due"
    );
    assert_eq!(
        other("string", r#"[1,"a"]"#),
        "wrong-type: the answer is a string; a vector was due"
    );
    assert_eq!(
        other("vector", matrix),
        "wrong-type: the answer is a matrix; a vector was due"
    );
    let vector = vector_of(r#"{"metric":{},"value":[1,"1"]}"#);
    assert_eq!(
        parse_matrix(vector.as_bytes(), MANY).unwrap_err().to_string(),
        "the answer is a vector; a matrix was due"
    );
    assert_eq!(
        parse_matrix(vector.replace("\"vector\"", "\"matrix\"").as_bytes(), MANY)
            .unwrap_err()
            .outcome(),
        Outcome::WrongType
    );
}

#[test]
fn native_histograms() {
    let histogram = r#"{"count":"3","sum":"1","buckets":[[0,"1","2","3"]]}"#;
    assert_eq!(
        told(&vector_of(&format!(
            r#"{{"metric":{{"pod":"a"}},"histogram":[1,{histogram}]}}"#
        ))),
        "native-histogram: a native histogram where a number was due: {pod=\"a\"}; \
         hint: ask for a classic one, `…_bucket`, `…_count` or `…_sum`"
    );
    let matrix = vector_of(&format!(
        r#"{{"metric":{{}},"values":[[1,"1"]],"histograms":[[2,{histogram}]]}}"#
    ))
    .replace("\"vector\"", "\"matrix\"");
    let error = parse_matrix(matrix.as_bytes(), MANY).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NativeHistogram);
}

#[test]
fn the_same_labels_twice() {
    let twice =
        r#"{"metric":{"b":"2","a":"1"},"value":[1,"1"]},{"metric":{"a":"1","b":"2","c":""},"value":[1,"2"]}"#;
    assert_eq!(
        told(&vector_of(twice)),
        "duplicate-series: the same series twice: {a=\"1\", b=\"2\"}"
    );
}

#[test]
fn more_series_than_may_be_held() {
    let series: Vec<String> = (0..3)
        .map(|n| format!(r#"{{"metric":{{"n":"{n}"}},"value":[1,"1"]}}"#))
        .collect();
    let body = vector_of(&series.join(","));
    assert_eq!(parse_vector(body.as_bytes(), 3).unwrap().len(), 3);
    let error = parse_vector(body.as_bytes(), 2).unwrap_err();
    assert_eq!(error, AnswerError::TooManySeries { limit: 2 });
    assert!(error.outcome().asks_for_less());
}

#[test]
fn values_that_are_no_numbers() {
    assert_eq!(
        told(&vector_of(r#"{"metric":{},"value":[1,"many"]}"#)),
        "not-a-number: a sample's value is `many`; expected a number"
    );
    for value in ["", " 1", "1 ", "0x1", "1_000", "--1", "NaNs"] {
        let told = told(&vector_of(&format!(r#"{{"metric":{{}},"value":[1,"{value}"]}}"#)));
        assert!(told.starts_with("not-a-number: "), "{told}");
    }
}

#[test]
fn json_of_another_form() {
    let series = |series: &str| malformed(&vector_of(series));
    for (reason, expected) in [
        (
            malformed("null"),
            "expected an answer with its `status` and `data`",
        ),
        (malformed("[]"), "expected an answer with its `status` and `data`"),
        (malformed("{}"), "missing field `status`"),
        (malformed(r#"{"status":"ok"}"#), "the status is `ok`"),
        (malformed(r#"{"status":"success"}"#), "there is no `data`"),
        (
            malformed(r#"{"status":"success","data":null}"#),
            "there is no `data`",
        ),
        (
            malformed(r#"{"status":"success","data":[]}"#),
            "expected data with its `resultType`",
        ),
        (
            malformed(r#"{"status":"success","data":{}}"#),
            "missing field `resultType`",
        ),
        (
            malformed(r#"{"status":"success","status":"success"}"#),
            "the same key twice",
        ),
        (
            malformed(r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#),
            "the type `streams` of the result is unknown",
        ),
        (
            malformed(r#"{"status":"success","data":{"resultType":"vector"}}"#),
            "missing field `result`",
        ),
        (
            malformed(r#"{"status":"success","data":{"result":[],"resultType":"vector","result":[]}}"#),
            "duplicate field `result`",
        ),
        (
            malformed(r#"{"status":"success","data":{"resultType":"vector","result":{}}}"#),
            "expected a list of series",
        ),
        (series("1"), "expected a series with its labels and points"),
        (series(r#"{"value":[1,"1"]}"#), "missing field `metric`"),
        (series(r#"{"metric":{}}"#), "the series {} has no `value`"),
        (
            series(r#"{"metric":{},"metric":{},"value":[1,"1"]}"#),
            "the same key twice",
        ),
        (series(r#"{"metric":{"a":1},"value":[1,"1"]}"#), "expected text"),
        (
            series(r#"{"metric":{"a":"1","a":"2"},"value":[1,"1"]}"#),
            "the label `a` twice",
        ),
        (series(r#"{"metric":{},"value":[1,1]}"#), "expected text"),
        (series(r#"{"metric":{},"value":["1","1"]}"#), "expected f64"),
        (series(r#"{"metric":{},"value":[1]}"#), "invalid length 1"),
        (series(r#"{"metric":{},"value":[]}"#), "invalid length 0"),
        (
            series(r#"{"metric":{},"value":[1,"1",2]}"#),
            "more than a time and a value",
        ),
        (series(r#"{"metric":{},"value":[-1,"1"]}"#), "-1 is no time"),
        (series(r#"{"metric":{},"value":[1e300,"1"]}"#), "is no time"),
    ] {
        assert!(reason.contains(expected), "expected {expected}, found {reason}");
    }
}

#[test]
fn more_labels_than_any_series_has() {
    let labels: Vec<String> = (0..101).map(|n| format!(r#""l{n}":"x""#)).collect();
    let series = format!(r#"{{"metric":{{{}}},"value":[1,"1"]}}"#, labels.join(","));
    assert!(malformed(&vector_of(&series)).contains("more than 100 labels on a series"));
}

#[test]
fn points_that_go_back_in_time() {
    for times in [[2, 1], [1, 1]] {
        let [one, two] = times;
        let body = vector_of(&format!(
            r#"{{"metric":{{}},"values":[[{one},"1"],[{two},"1"]]}}"#
        ));
        let error = parse_matrix(body.replace("\"vector\"", "\"matrix\"").as_bytes(), MANY).unwrap_err();
        assert!(
            error.to_string().contains("not in the order of their times"),
            "{error}"
        );
    }
}

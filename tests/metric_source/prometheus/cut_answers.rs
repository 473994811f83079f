//! Whatever comes in place of an answer, it is refused or read, and never counted in part.

use proptest::prelude::*;
use serin::metric_source::prometheus::{Outcome, parse_matrix, parse_vector};

use super::MANY;

const VECTOR: &str = r#"{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[
    {"metric":{"__name__":"http_requests_total","pod":"a-\u00e9\\","le":"+Inf"},"value":[1435781451.781,"1e+06"]},
    {"metric":{"pod":"b"},"value":[1435781451.781,"NaN"]}],"stats":{"x":[1,2]}},"infos":["a"],"warnings":[]}"#;

#[test]
fn a_beginning_is_no_answer() {
    for end in 0..VECTOR.len() {
        let error = parse_vector(&VECTOR.as_bytes()[..end], MANY).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Truncated, "{end}: {error}");
    }
    assert_eq!(parse_vector(VECTOR.as_bytes(), MANY).unwrap().len(), 2);
}

#[test]
fn an_answer_that_is_nested_without_an_end_is_refused() {
    for (open, place) in [
        ("[", "\"x\":"),
        ("{\"a\":", "\"data\":{\"result\":"),
        ("[", "\"warnings\":"),
    ] {
        let body = format!("{{{place}{}", open.repeat(1_000_000));
        assert!(parse_vector(body.as_bytes(), MANY).is_err(), "{place}");
    }
}

proptest! {
    #[test]
    fn changed_bytes_are_answered(changes in prop::collection::vec((0..VECTOR.len(), any::<u8>()), 1..4)) {
        let mut body = VECTOR.as_bytes().to_vec();
        for (place, byte) in changes {
            body[place] = byte;
        }
        let _ = parse_vector(&body, 2).map(|rows| assert!(rows.len() <= 2));
        let _ = parse_matrix(&body, 2).map(|rows| assert!(rows.len() <= 2));
    }

    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse_vector(&body, MANY).is_err());
    }
}

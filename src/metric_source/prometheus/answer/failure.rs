//! What a server says when a query failed: `{"status": "error", "errorType": …, "error": …}`.

use serde::Deserialize;

use super::text::Text;
use crate::metric_source::prometheus::stats::Outcome;
use crate::metric_source::prometheus::words::shown;

/// Parts of what servers say, in small letters, when a query asks for more than they may give.
///
/// Prometheus: `query processing would load too many samples into memory`. VictoriaMetrics: `the number of matching timeseries
/// exceeds …` and other limits named `-search.max…`, `too long query`, `not enough memory`. Mimir: `err-mimir-max-series-per-query`,
/// `…-chunks-per-query` and the like. Cortex: `the query hit the max number of series limit`. Thanos: `exceeded series limit`, and
/// what gRPC says of a message that is larger than its bound.
const TOO_LARGE: [&str; 9] = [
    "too many samples",
    "too long query",
    "-search.max",
    "not enough memory",
    "err-mimir-max-",
    "hit the max number of",
    "exceeded series limit",
    "exceeded chunks limit",
    "received message larger than max",
];

/// The type of error of a server whose own time for the query was up.
const TIMEOUT: &str = "timeout";

/// What a server says when a query failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the query failed ({error_type}): {message}")]
pub struct Failure {
    /// Its kind, such as `bad_data`, `execution` or `timeout`.
    pub error_type: String,
    /// What went wrong, shortened.
    pub message: String,
    outcome: Outcome,
}

impl Failure {
    pub(super) fn new(error_type: Option<&Text<'_>>, message: Option<&Text<'_>>) -> Self {
        let message = message.map_or("no reason given", |Text(message)| message);
        let small = message.to_lowercase();
        let outcome = match error_type {
            _ if TOO_LARGE.iter().any(|part| small.contains(part)) => Outcome::TooLarge,
            Some(Text(error_type)) if error_type == TIMEOUT => Outcome::TimedOut,
            _ => Outcome::QueryFailed,
        };
        Self {
            error_type: shown(error_type.map_or("no type given", |Text(error_type)| error_type)),
            message: shown(message),
            outcome,
        }
    }

    /// What the body of an answer says that has a status of failure; `None` if it is not in the API's form.
    pub(in crate::metric_source::prometheus) fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            #[serde(borrow)]
            status: Text<'a>,
            #[serde(borrow)]
            error_type: Option<Text<'a>>,
            #[serde(borrow)]
            error: Option<Text<'a>>,
        }
        let body: Body<'_> = serde_json::from_slice(body).ok()?;
        (body.status.0 == "error").then(|| Self::new(body.error_type.as_ref(), body.error.as_ref()))
    }

    /// What became of the query, for counters.
    pub(in crate::metric_source::prometheus) const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(error_type: &str, message: &str) -> Failure {
        Failure::new(Some(&Text(error_type.into())), Some(&Text(message.into())))
    }

    #[test]
    fn knows_a_query_that_is_too_large_by_what_the_servers_say() {
        for message in [
            "query processing would load too many samples into memory in query execution",
            "too long query; len=20000 bytes; mustn't exceed `-search.maxQueryLen=16384` bytes",
            "the number of matching timeseries exceeds 300000; either narrow down the search or increase -search.max* limits",
            "the query exceeded the maximum number of series (limit: 1000 series) (err-mimir-max-series-per-query)",
            "the query hit the max number of series limit (limit: 100 series)",
            "exceeded series limit: limit 10 violated (got 11)",
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5000000 vs. 4194304)",
        ] {
            assert_eq!(
                saying("execution", message).outcome(),
                Outcome::TooLarge,
                "{message}"
            );
        }
        let other = saying("bad_data", "1:5: parse error: unexpected end of input");
        assert_eq!(other.outcome(), Outcome::QueryFailed);
        assert_eq!(
            other.to_string(),
            "the query failed (bad_data): 1:5: parse error: unexpected end of input"
        );
    }

    #[test]
    fn reads_only_the_form_of_the_api() {
        let failure =
            Failure::parse(br#"{"status":"error","errorType":"timeout","error":"query timed out"}"#);
        assert_eq!(failure.unwrap().error_type, "timeout");
        for body in [
            "",
            "no healthy upstream",
            "{}",
            r#"{"status":503}"#,
            r#"{"status":"success"}"#,
        ] {
            assert_eq!(Failure::parse(body.as_bytes()), None, "{body}");
        }
    }
}

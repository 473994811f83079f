//! Reads counters from whatever speaks Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.
//!
//! Below is everything between the text of a query and typed rows: a [`Client`] asks one data source, within the bounds that
//! its [`DataSourceSettings`] set, and an [`Answer`] is read whole or refused with a reason. Each query's fate has a counter in
//! [`DataSourceStats`].

mod answer;
mod answered;
mod arms;
mod batch;
mod client;
mod connector;
mod credentials;
mod file;
mod hiding;
mod history;
mod pod;
mod query;
mod query_error;
mod range;
mod reading;
mod request_error;
mod response;
mod settings;
mod shape;
mod sorted;
mod source;
mod split;
mod stage;
mod stats;
mod value;
mod window;
mod words;

pub use answer::{
    Answer, AnswerError, Failure, Labels, MatrixRow, Point, ResultType, VectorRow, parse_matrix, parse_vector,
};
pub use answered::{query_text, readings};
pub use client::Client;
pub use query_error::QueryError;
pub use request_error::RequestError;
pub use settings::{
    ANSWER_LIMIT_BYTES_DEFAULT, Auth, ClientCertificate, DataSourceSettings, MAX_CONCURRENT_DEFAULT,
    TIMEOUT_DEFAULT, Tls,
};
pub use source::PrometheusSource;
pub use stats::{DataSourceStats, Outcome};
pub use window::LOOKS_MAX;

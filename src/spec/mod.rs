//! What a user writes, and the checked form of it.
//!
//! A document is read strictly into the shapes of [`canary`] and [`template`], every field is checked and defaulted at once
//! ([`check()`]), and what comes out is a [`CheckedCanary`]: a value that is only ever built by the check, so that nothing
//! downstream asks again whether the steps rise or the templates exist. What is wrong comes out as [`Problems`], all of it.

pub mod canary;
mod check;
mod checked;
mod document;
mod duration_text;
mod identity;
mod nearest;
mod node;
mod path;
mod percent;
mod problem;
mod strict;
pub mod template;
mod time;
pub mod units;
mod yaml;

pub use check::{FiledCanary, MAX_DOCUMENTS, Report, check, examine};
pub use checked::{
    AfterDeadline, Analysis, CheckedCanary, FileTraffic, Margin, Metric, Mode, NoDataPolicies, NoDataPolicy,
    OnFail, OnInconclusive, Promotion, PromotionWorkload, Question, RouteDestination, Series, Step,
    Threshold, Traffic, Workload, Workloads,
};
pub use document::{API_VERSION, MAX_FILE_BYTES, Note};
pub use percent::Percent;
pub use problem::{MAX_PROBLEMS, Problem, Problems};
pub use time::Timestamp;

//! What a user writes, and the checked form of it.
//!
//! A document is read strictly ([`document`]), every field is checked and defaulted at once ([`check`](mod@check)), and
//! what comes out is a [`CheckedCanary`]: a value that is only ever built by the check, so that nothing
//! downstream asks again whether the steps rise or the templates exist.

mod checked;
mod time;

pub use checked::{
    AfterDeadline, Analysis, CheckedCanary, FileTraffic, Margin, Metric, Mode, NoDataPolicies, NoDataPolicy,
    OnFail, OnInconclusive, Promotion, PromotionWorkload, Question, RouteDestination, Series, Step,
    Threshold, Traffic, Workload, Workloads,
};
pub use time::Timestamp;

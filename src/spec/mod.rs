//! What a user writes, and the checked form of it.
//!
//! A document is read strictly into the shapes of [`canary`] and [`template`], every field is checked and defaulted at once
//! ([`check()`]), and what comes out is a [`CheckedCanary`]: a value that is only ever built by the check, so that nothing
//! downstream asks again whether the steps rise or the templates exist. What is wrong comes out as [`Problems`], all of it.

pub mod allow_list;
pub mod canary;
mod check;
mod checked;
mod duration_text;
mod graph;
mod identity;
pub mod matcher;
mod namespace;
mod reading;
mod schema;
pub mod template;
mod time;

pub use crate::document::{MAX_FILE_BYTES, MAX_PROBLEMS, Percent, Problem, Problems, units};
pub use allow_list::AllowList;
pub use check::{
    BuiltInTemplate, FiledCanary, Known, LIBRARY, MAX_DOCUMENTS, Report, check, examine, examine_for,
};
pub use checked::{
    AfterDeadline, AfterExpiry, Analysis, ArmLabels, ArmQueries, Bound, CheckedCanary, DataSource,
    Deployment, Endpoints, Expiry, FileTraffic, Hook, HookType, Labels, Margin, Metric, Mode, NoDataPolicies,
    NoDataPolicy, OnFail, OnInconclusive, Origin, Promotion, PromotionWorkload, Question, RouteDestination,
    Scaling, Series, Step, Threshold, Traffic, ValueLimit, WeightedRoute, Workload, Workloads,
};
pub use namespace::namespace_of;
pub use reading::{API_VERSION, Note};
pub use schema::schema;
pub use time::Timestamp;

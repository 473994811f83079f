//! What a resource says of itself: the shape of `status`, in the words of `kubectl`'s users.
//!
//! A projection of the journal, never the truth: nothing is decided by it, and what is lost with it is nothing but the view. Who
//! fills it, and how often it is written, is somebody else's business; the schema of the CustomResourceDefinition is made from
//! these types.
//!
//! Numbers that are not whole are texts, as people write them (`0.42%`, `231ms`): the same rounding for all readers, and
//! an object that changes only when a person would see a change. Programs have the API for the exact ones.

mod arm;
mod canary;
mod condition;
mod metric;
mod template;
mod words;

pub use arm::ArmStatus;
pub use canary::{CanaryStatus, HoldStatus, ObservedStatus};
pub use condition::{Condition, ConditionStatus, PROGRESSING, PROMOTED, READY, RECONCILING, STALLED};
pub use metric::{EvidenceStatus, MetricStatus};
pub use template::AnalysisTemplateStatus;

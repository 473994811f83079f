//! The pure middle: one value a rollout, events in, effects out.

mod arm;
pub mod judge;
mod observed;
mod reading;

pub use arm::{Arm, PerArm};
pub use observed::{TrafficState, TrafficWrite, WorkloadState};
pub use reading::{ArmReading, CounterSum, Look, MetricReading, PodReading, SourceDown};

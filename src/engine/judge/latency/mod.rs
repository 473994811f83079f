//! Is the canary slower? Judged on bucket counts, never on interpolated quantiles.
//!
//! "Slower than a bucket edge" is a bad event like an error, and how many requests are slower than the edges
//! around the watched quantile is a comparison of proportions. A few edges are tested at once ([`Lanes`]);
//! they are chosen by the baseline's past alone, and follow it when an incident makes both arms slow.
//!
//! What all tests of one metric stand on (the baseline's histogram, the noise at every edge) is [`Ground`];
//! it moves once a look, after every test has bet. [`LatencyComparison`] keeps that order.

mod abort_test;
mod comparison;
mod counts;
mod frozen;
mod ground;
mod health_test;
mod lane_bets;
mod lanes;
mod margin;

pub use abort_test::{LatencyAbortObservation, LatencyAbortTest};
pub use comparison::LatencyComparison;
pub use counts::LatencyCounts;
pub use frozen::frozen_boundary;
pub use ground::{EdgesError, Ground};
pub use health_test::{LatencyHealthObservation, LatencyHealthTest};
pub use lane_bets::LaneObservation;
pub use lanes::{LANES_MAX, Lane, Lanes};
pub use margin::LatencyMargin;

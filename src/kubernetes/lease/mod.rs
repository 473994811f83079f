//! Which of several replicas acts: the one that holds a Lease of the cluster, in the manner of client-go's leader election.
//!
//! Promises: no clock is held against another one's. A replica leads only by a write of its own that was answered, and for
//! [`Terms::renew_deadline`] from the moment at which that was *sent*; the others take the Lease once they saw its record unchanged
//! for what it says, by their own time. So two lead at once only where clocks differ in rate by more than half, or where a process
//! slept. A write without an answer is looked at again, never taken for one that happened or did not.
//!
//! It is about who *should* act. What makes a mistake harmless is left to the fences: the store's epoch, and the objects' own.
//!
//! ```text
//!  decide (pure) ◀── Candidate (pure: what it saw, what it may believe) ◀── Elector (asks, waits, writes)
//! ```

mod candidate;
mod decide;
mod elector;
mod lost;
mod record;
mod standing;
mod terms;

pub use candidate::Candidate;
pub use decide::{Decision, LeaseState, decide};
pub use elector::{Elector, LeasePlace};
pub use lost::Lost;
pub use record::Record;
pub use standing::Standing;
pub use terms::Terms;

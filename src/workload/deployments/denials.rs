//! A server that says that Serin may not: for how long it has to say so before it is believed.

use std::time::Duration;

use super::pace::Pace;

/// How long the server has denied one thing by now, try by try.
#[derive(Debug, Default)]
pub(super) struct Denials(Duration);

impl Denials {
    /// It did once more, and is asked again after a pause of `pace`. Gives whether it has done so for long enough.
    pub(super) fn are_certain(&mut self, pace: Pace) -> bool {
        let lasted = self.0 >= pace.failing_for;
        self.0 += pace.poll;
        lasted
    }
}

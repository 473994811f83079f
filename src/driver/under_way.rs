//! A place for one thing that is under way at the side.

use std::future::{Future, pending};

use futures::future::BoxFuture;

/// Holds at most one future; what it brings can be awaited beside other things without losing it.
pub(super) struct UnderWay<T>(Option<BoxFuture<'static, T>>);

impl<T> Default for UnderWay<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> UnderWay<T> {
    /// Begins it, in the place of whatever was under way: that one is dropped where it stands.
    pub(super) fn begin(&mut self, thing: impl Future<Output = T> + Send + 'static) {
        self.0 = Some(Box::pin(thing));
    }

    /// Drops it where it stands.
    pub(super) fn give_up(&mut self) {
        self.0 = None;
    }

    /// Whether there is something.
    pub(super) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// What it brings; the place is free then. Never returns while there is nothing. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> T {
        let answer = match &mut self.0 {
            Some(thing) => thing.await,
            None => pending().await,
        };
        self.0 = None;
        answer
    }
}

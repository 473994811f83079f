//! The one write of the route that is under way.

use std::sync::Arc;

use super::commits::DueRaise;
use super::execute;
use super::scene::Scene;
use super::under_way::UnderWay;
use crate::engine::{Event, Lower};

/// At most one write; the next takes its place, and the guards of the object see to the one that is dropped.
#[derive(Default)]
pub(super) struct Write {
    under_way: UnderWay<Event>,
    is_lowering: bool,
}

impl Write {
    /// Begins a raise.
    pub(super) fn raise(&mut self, scene: Arc<Scene>, due: DueRaise) {
        self.is_lowering = false;
        self.under_way
            .begin(async move { execute::raise(&scene, &due.raise, due.not_after).await });
    }

    /// Begins a lowering.
    pub(super) fn lower(&mut self, scene: Arc<Scene>, lower: Lower) {
        self.is_lowering = true;
        self.under_way
            .begin(async move { execute::lower(&scene, &lower).await });
    }

    /// Whether there is one.
    pub(super) const fn is_some(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether there is one and it lowers.
    pub(super) const fn is_lowering(&self) -> bool {
        self.under_way.is_some() && self.is_lowering
    }

    /// What came of it. Never returns while there is none. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> Event {
        self.under_way.answer().await
    }
}

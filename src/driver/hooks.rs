//! The hooks that are called for one rollout, at the side.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{AbortHandle, BoxFuture, abortable};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::timeout;

use super::ports::{HookReply, HookRequest};
use super::scene::Scene;
use crate::engine::{Event, FlaggerPhase, HookAnswer, HookCall, HookOutcome, Notice, Urgency};
use crate::spec::{Hook, HookType, Timestamp};

/// Longest pause between two attempts. Flagger's own.
pub const HOOK_PAUSE_MAX: Duration = Duration::from_secs(30);

/// What a call may take beyond its attempts and pauses: for its turn, and the name to be looked up.
const GRACE: Duration = Duration::from_secs(15);

/// The calls under way, one a hook: a newer one takes the place of one that nobody waits for any more.
#[derive(Default)]
pub(super) struct HookCalls {
    under_way: FuturesUnordered<BoxFuture<'static, Option<Event>>>,
    handles: HashMap<String, AbortHandle>,
}

impl HookCalls {
    /// Calls a hook.
    pub(super) fn begin(&mut self, scene: Arc<Scene>, call: HookCall) {
        let hook = call.hook.clone();
        let (calling, handle) = abortable(answer(scene, call));
        self.under_way.push(calling.map(Result::ok).boxed());
        if let Some(older) = self.handles.insert(hook, handle) {
            older.abort();
        }
    }

    /// The next answer. Never returns while nothing is called. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> Event {
        loop {
            match self.under_way.next().await {
                Some(Some(event)) => return event,
                Some(None) => {}
                None => return std::future::pending().await,
            }
        }
    }

    /// An answer that is there already, if there is one more.
    pub(super) fn answered(&mut self) -> Option<Event> {
        self.answer().now_or_never()
    }
}

async fn answer(scene: Arc<Scene>, call: HookCall) -> Event {
    let hook = scene.canary.hooks.iter().find(|hook| hook.name == call.hook);
    let reply = match hook {
        Some(hook) => {
            let request = HookRequest {
                canary: &scene.canary,
                hook,
                key: &call.key,
                phase: call.phase,
                checksum: &call.checksum,
                news: BTreeMap::new(),
            };
            bounded(&scene, &request).await
        }
        None => HookReply::not_called("the Canary has no such hook"),
    };
    if reply.outcome != HookOutcome::Passed {
        tracing::info!(
            rollout.id = scene.rollout,
            hook.name = call.hook,
            "a hook did not pass: {}",
            reply.detail
        );
    }
    Event::HookAnswered(HookAnswer {
        hook: call.hook,
        call: call.call,
        outcome: reply.outcome,
        detail: reply.detail,
    })
}

/// Tells every hook of the type `event` of a notice. Nobody waits for that, and it is not told again.
pub(super) async fn tell(
    scene: Arc<Scene>,
    key: String,
    notice: Notice,
    phase: FlaggerPhase,
    checksum: String,
    at: Timestamp,
) {
    let kind = match notice.urgency {
        Urgency::Info => "Normal",
        Urgency::Warning | Urgency::Page => "Warning",
    };
    let news = BTreeMap::from([
        ("eventMessage", notice.text),
        ("eventType", kind.to_owned()),
        ("timestamp", at.0.to_string()),
    ]);
    for hook in scene
        .canary
        .hooks
        .iter()
        .filter(|hook| hook.r#type == HookType::Event)
    {
        let request = HookRequest {
            canary: &scene.canary,
            hook,
            key: &key,
            phase,
            checksum: &checksum,
            news: news.clone(),
        };
        let reply = bounded(&scene, &request).await;
        if reply.outcome != HookOutcome::Passed {
            tracing::warn!(
                rollout.id = scene.rollout,
                hook.name = hook.name,
                "news was not taken: {}",
                reply.detail
            );
        }
    }
}

/// A call within the time that its attempts and the pauses between them may take.
async fn bounded(scene: &Scene, request: &HookRequest<'_>) -> HookReply {
    let bound = longest(request.hook);
    let calling = scene.ports.hooks.call(request);
    timeout(bound, calling).await.unwrap_or_else(|_| HookReply {
        outcome: HookOutcome::Failed,
        detail: format!("no answer within {} s", bound.as_secs()),
    })
}

fn longest(hook: &Hook) -> Duration {
    hook.timeout * hook.retries.saturating_add(1) + HOOK_PAUSE_MAX * hook.retries + GRACE
}

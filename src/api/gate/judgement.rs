//! The judgement of one revision: found, or begun.

use std::time::Duration;

use tokio::time::sleep;

use super::FLAGGER;
use super::canary;
use super::payload::Payload;
use crate::api::Shared;
use crate::api::access::Caller;
use crate::api::error::ApiError;
use crate::driver::{Asked, Driver, StartError};
use crate::engine::{Change, Event, Status};
use crate::spec::{CheckedCanary, HookType, Mode, Timestamp};

/// Judgements under way at once: more Canaries than one Flagger can lead, and each is polled.
pub(super) const JUDGEMENTS_MAX: usize = 1000;

/// Pause before it is asked again whether an older judgement has ended: that takes milliseconds.
const PAUSE: Duration = Duration::from_millis(10);

/// What is known of a revision.
pub(super) enum Judgement {
    /// Where its rollout stands at this moment.
    Known(Box<Status>, Timestamp),
    /// Nothing yet, and why.
    Undecided(String),
}

/// Whether a rollout is the judgement of what `payload` names.
pub(super) fn is_of(status: &Status, payload: &Payload) -> bool {
    status.mode == Mode::Observe && status.revision == payload.checksum
}

/// The judgement of what `payload` names; begun where there is none.
///
/// # Errors
/// Where what the payload says makes no Canary, or a Canary is there that no gate is of.
pub(super) async fn of(
    shared: &Shared,
    hook: HookType,
    payload: &Payload,
    caller: &Caller,
) -> Result<Judgement, ApiError> {
    let newest = match shared.newest_of(&payload.namespace, &payload.name).await {
        Ok(newest) => newest,
        Err(error) => return Ok(Judgement::Undecided(error.to_string())),
    };
    if let Some(status) = newest.as_ref().filter(|status| is_of(status, payload)) {
        return Ok(known(shared, status.clone()));
    }
    let driver = match shared.driver() {
        Ok(driver) => driver,
        Err(error) => return Ok(Judgement::Undecided(error.to_string())),
    };
    let canary = match canary::named(shared, payload)? {
        Ok(canary) => canary,
        Err(why) => return Ok(Judgement::Undecided(why)),
    };
    if let Some(older) = newest.filter(|status| !status.phase.is_final()) {
        if older.mode != Mode::Observe {
            return Err(canary::moves_its_traffic(payload));
        }
        supersede(driver, &older, &payload.checksum, caller).await?;
    }
    let change = Change {
        from: shared.stable_of(&payload.namespace, &payload.name).await,
        to: payload.checksum.clone(),
    };
    let (by, trail) = caller.signs(Some(FLAGGER.to_owned()));
    let asked = Asked {
        by,
        reason: format!("the webhook {} named a new revision", hook.name()),
        trail,
        seen: None,
    };
    begin(shared, driver, asked, payload, canary, change)
}

/// Ends the judgement before, and returns once the journal knows. It was of an older revision; or Serin's own of this one, which began
/// before anybody said that somebody else names the revisions, and is not to begin again by itself.
async fn supersede(driver: &Driver, older: &Status, checksum: &str, caller: &Caller) -> Result<(), ApiError> {
    let ends = if older.is_gated {
        Event::RevisionChanged(checksum.to_owned())
    } else {
        let (by, trail) = caller.signs(Some(FLAGGER.to_owned()));
        Event::Concluded {
            promoted: false,
            detail: format!("webhooks name what is judged: {checksum}"),
            by,
            trail,
        }
    };
    driver.tell(&older.id, ends)?;
    while driver.status(&older.id).is_some_and(|status| !status.is_over()) {
        sleep(PAUSE).await;
    }
    // Where another request has begun the next one by now, that is found below.
    drop(driver.journalled(&older.id).await);
    Ok(())
}

fn begin(
    shared: &Shared,
    driver: &Driver,
    asked: Asked,
    payload: &Payload,
    canary: CheckedCanary,
    change: Change,
) -> Result<Judgement, ApiError> {
    let under_way = driver.statuses();
    let under_way = under_way
        .iter()
        .filter(|status| status.is_gated && !status.phase.is_final());
    if under_way.count() >= JUDGEMENTS_MAX {
        shared.counters.judgements.add();
        let why = format!("{JUDGEMENTS_MAX} judgements are under way already");
        return Ok(Judgement::Undecided(why));
    }
    match driver.start_for(Some(asked), canary, change) {
        // Of two requests at once the other one may have been first.
        Ok(_) | Err(StartError::UnderWay { .. }) => {}
        Err(error) => return Ok(Judgement::Undecided(error.to_string())),
    }
    let status = driver.status_of(&payload.namespace, &payload.name);
    Ok(match status.filter(|status| is_of(status, payload)) {
        Some(status) => known(shared, status),
        None => Judgement::Undecided("another revision is judged meanwhile".to_owned()),
    })
}

fn known(shared: &Shared, status: Status) -> Judgement {
    Judgement::Known(Box::new(status), shared.clock.now())
}

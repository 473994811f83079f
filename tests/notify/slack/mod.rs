//! Slack, against a workspace that keeps messages as Slack does.

mod answers;
mod message;
mod threads;
mod workspace;

use std::sync::Arc;

use serin::driver::MemoryJournal;
use serin::notify::{Slack, SlackWay, Templates};

use super::{Office, outbox, outlet};
use workspace::Workspace;

/// The token of the bot; no message of an error or a log may have it.
const TOKEN: &str = crate::world::marked::constant!("xoxb");

/// The channel's id.
const CHANNEL: &str = "C0123456789";

/// A bot of this workspace, whose threads are looked for in `office`.
fn bot_of(workspace: &Workspace, office: &Office) -> Slack {
    bot(&workspace.api(), Arc::new(office.outbox.clone()))
}

fn bot(api: &str, outbox: Arc<dyn serin::driver::Outbox>) -> Slack {
    let way = SlackWay::Bot {
        api: api.into(),
        token: TOKEN.into(),
        channel: CHANNEL.to_owned(),
    };
    Slack::new(way, &Templates::default(), outbox).unwrap()
}

/// A bot at this address that has told nothing yet.
fn new_bot(api: &str) -> Slack {
    bot(api, Arc::new(MemoryJournal::default()))
}

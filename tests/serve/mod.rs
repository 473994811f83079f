//! The daemon as a program: started, asked, edited under, stopped and killed.

mod abort_news;
mod access;
mod api_server_away;
mod breakable;
mod channels;
mod commands;
mod confirming;
mod editing;
mod every_channel;
mod explaining;
mod hooks;
mod journal_gap;
mod kills;
mod notices_kills;
pub(crate) mod place;
mod receiver;
pub(crate) mod replicas;
mod rollout;
mod route_watch;
mod schema;
mod starting;
mod stopping;
mod store_down;
mod two_daemons;

use crate::world::daemon;

//! Canaries as resources: an API server in process, and everything of a daemon that has to do with them.

mod deleting;
mod events;
mod following;
mod rollbacks;
mod starting;
mod telling;
mod world;

//! Serin: a canary analysis daemon.
//!
//! A decision travels through the crate in one direction, and the folders are named in that order:
//!
//! ```text
//!  metric_source ──reading──▶ engine (pure) ──effects──▶ driver ──▶ traffic, workload, hook, notify
//!                                 ▲                         │
//!                                 └───── what happened ◀────┘
//! ```
//!
//! - [`document`] — how what a user writes is read: YAML with its lines, and the words for what is wrong. Pure.
//! - [`spec`] — what a user writes, and the checked form of it that everything else relies on. Pure.
//! - [`config`] — what the daemon is told: files, variables and flags, checked whole.
//! - [`engine`] — one value a rollout: events in, effects out. No clock, no I/O, no randomness. Pure.
//!   Inside it, [`engine::judge`] turns counts into evidence and evidence into a verdict.
//! - [`driver`] — the only place where the engine meets the world, through the traits in
//!   [`driver::ports`].
//! - [`kubernetes`] — the API server of a cluster, asked and told, and the resources that it has of Serin.
//! - [`metric_source`], [`traffic`], [`workload`], [`hook`], [`store`], [`notify`], [`canaries`] — the edges: each implements a
//!   port or brings what the daemon works with, and none knows another; `traffic`, `workload` and
//!   `canaries` borrow the client of `kubernetes`.
//! - [`controller`] — Canaries in a cluster: what starts a rollout there, and where `kubectl` looks for how it stands.
//! - [`signature`] — how webhooks are signed, those that go out and those that come in. Pure.
//! - [`authorities`] — whom connections trust in place of the system's authorities.
//! - [`replay`] — decisions again, from what was recorded.
//! - [`telemetry`], [`api`] — what the daemon tells of itself, and what it is asked and told over HTTP.
//! - [`doctor`] — whether every Canary can be judged, with these servers, now.
//! - [`audit`] — what of a configuration could be safer.
//! - [`app`] — the daemon, put together; [`shutdown`] — how it ends.
//! - [`demo`] and [`cli`] — the pieces for people.
//!
//! **Who may import whom**: `document` ← `spec` ← `engine` ← `driver` ← edges ← `telemetry` ← `api` ← `app`, `demo` ← `cli` ← `main`.
//! Left never imports right, edges do not import each other, and `config` imports nothing but `document`.
//! `tests/architecture.rs` holds the crate to it.

pub mod api;
pub mod app;
pub mod audit;
pub mod authorities;
pub mod canaries;
pub mod cli;
pub mod clock;
pub mod config;
pub mod controller;
pub mod demo;
pub mod doctor;
pub mod document;
pub mod driver;
pub mod engine;
mod file;
mod gather;
pub mod hook;
pub mod kubernetes;
pub mod metric_source;
pub mod notify;
pub mod replay;
pub mod shutdown;
pub mod signature;
pub mod spec;
pub mod store;
pub mod telemetry;
pub mod traffic;
pub mod workload;

//! Where commands find what was: at a running daemon, or in the store itself, which needs none.

use anyhow::bail;
use clap::Args;
use form_urlencoded::Serializer;
use serde::Deserialize;

use super::client::{Connection, ServerArguments};
use super::stored;
use crate::api::view::{DeliveryView, EventView, Page as PageView, RolloutRowView};
use crate::config::StoreFlags;
use crate::driver::{Entry, History, Page, RolloutFilter, Stored};
use crate::store::Database;

/// Items that are read at once.
const PAGE: usize = 500;

/// Which archive. A flag that says where the store is asks for the store.
#[derive(Debug, Args)]
pub(super) struct ArchiveArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    store: StoreFlags,
}

/// Where to look.
pub(super) enum Archive {
    /// At a daemon, over its API.
    Daemon(Connection),
    /// In the store itself.
    Store(Database),
}

impl Archive {
    /// Finds it.
    pub(super) async fn open(arguments: &ArchiveArguments) -> anyhow::Result<Self> {
        let StoreFlags(flags) = &arguments.store;
        Ok(if flags.is_empty() {
            let hint = "start one with `serin serve`, name another with --server, or read the store itself: \
                        --config serin.yaml, or --store-url sqlite:FILE";
            Self::Daemon(Connection::new(&arguments.server)?.with_hint(hint))
        } else {
            Self::Store(stored::database(flags).await?)
        })
    }

    /// The rollouts that `filter` lets through, newest first, a page of them.
    pub(super) async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> anyhow::Result<Page<RolloutRowView>> {
        match self {
            Self::Store(database) => {
                let Page { items, next } = History::rollouts(database, filter, cursor, limit).await?;
                let items = items.into_iter().map(Into::into).collect();
                Ok(Page { items, next })
            }
            Self::Daemon(daemon) => {
                let outcome = filter.outcome.map(|outcome| outcome.name());
                let asked = [
                    ("namespace", filter.namespace.as_deref()),
                    ("name", filter.name.as_deref()),
                    ("outcome", outcome),
                ];
                page(daemon, "/api/v1/rollouts", &asked, cursor, limit.min(PAGE)).await
            }
        }
    }

    /// Gives each entry of rollout `id` to `take`, in order.
    pub(super) async fn each_entry(
        &self,
        id: &str,
        mut take: impl FnMut(Entry) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut cursor = None;
        let mut found = false;
        loop {
            let page = self.entries(id, cursor.as_deref()).await?;
            for entry in page.items {
                found = true;
                take(entry)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        if found {
            return Ok(());
        }
        bail!(
            "there is no rollout {id} in {}\n  hint: `serin history` lists them",
            self.place()
        )
    }

    /// Gives each delivery of rollout `id` to `take`, in the order in which they were decided.
    pub(super) async fn each_delivery(
        &self,
        id: &str,
        mut take: impl FnMut(DeliveryView) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut cursor: Option<String> = None;
        loop {
            let page = self.deliveries(id, cursor.as_deref()).await?;
            page.items.into_iter().try_for_each(&mut take)?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// The engine's state after the newest entry. Only the store has it.
    pub(super) async fn state(&self, id: &str) -> anyhow::Result<Option<Stored>> {
        match self {
            Self::Store(database) => Ok(database.stored(id).await?),
            Self::Daemon(_) => Ok(None),
        }
    }

    /// Its name, for people.
    pub(super) fn place(&self) -> &str {
        match self {
            Self::Store(database) => database.place(),
            Self::Daemon(daemon) => daemon.server(),
        }
    }

    /// Nothing more is asked.
    pub(super) async fn close(self) {
        if let Self::Store(database) = self {
            database.close().await;
        }
    }

    async fn entries(&self, id: &str, cursor: Option<&str>) -> anyhow::Result<Page<Entry>> {
        match self {
            Self::Store(database) => Ok(History::entries(database, id, cursor, PAGE).await?),
            Self::Daemon(daemon) => {
                let page: Page<EventView> = page(daemon, &below(id, "events"), &[], cursor, PAGE).await?;
                let items = page
                    .items
                    .into_iter()
                    .map(|event| Entry::deserialize(event.entry));
                Ok(Page {
                    items: items.collect::<Result<_, _>>()?,
                    next: page.next,
                })
            }
        }
    }

    async fn deliveries(&self, id: &str, cursor: Option<&str>) -> anyhow::Result<Page<DeliveryView>> {
        match self {
            Self::Store(database) => {
                let Page { items, next } = History::deliveries(database, id, cursor, PAGE).await?;
                let items = items.into_iter().map(Into::into).collect();
                Ok(Page { items, next })
            }
            Self::Daemon(daemon) => page(daemon, &below(id, "deliveries"), &[], cursor, PAGE).await,
        }
    }
}

/// What there is of a rollout in the API. The id is somebody's input, and stays one part of the path.
fn below(id: &str, what: &str) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/api/v1/rollouts/{id}/{what}")
}

async fn page<T: for<'de> Deserialize<'de>>(
    daemon: &Connection,
    path: &str,
    asked: &[(&str, Option<&str>)],
    cursor: Option<&str>,
    limit: usize,
) -> anyhow::Result<Page<T>> {
    let mut query = Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    for (name, value) in asked.iter().copied().chain([("cursor", cursor)]) {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let PageView { items, next } = daemon.get(&format!("{path}?{}", query.finish())).await?;
    Ok(Page { items, next })
}

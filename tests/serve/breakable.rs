//! Stores that break under a running daemon, and come back.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::place::Place;
use crate::world::postgres::{self, TestDatabase};
use crate::world::proxy::{Proxy, Way};
use crate::world::small_disk::SmallDisk;

/// What is wrong with it while it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// PostgreSQL: connections end, and there are no new ones.
    Lost,
    /// PostgreSQL: connections stay open and nothing comes back.
    Silent,
    /// PostgreSQL: no write is taken.
    ReadOnly,
    /// SQLite: another process holds the file.
    Locked,
    /// SQLite: no room.
    Full,
}

/// A store with one way to break.
pub(crate) struct Breakable {
    fault: Fault,
    means: Means,
}

enum Means {
    Wire(Proxy),
    Database(TestDatabase),
    File {
        place: String,
        holder: Option<SqliteConnection>,
    },
    Disk(SmallDisk),
}

impl Breakable {
    /// A place whose store can break so; with [`Fault::Full`] on `disk`.
    pub(crate) async fn place(fault: Fault, disk: Option<SmallDisk>, arguments: &str) -> (Place, Self) {
        let (url, means) = match fault {
            Fault::Lost | Fault::Silent => {
                let database = postgres::database().await;
                let proxy = Proxy::to(database.port).await;
                (database.url_through(proxy.port), Means::Wire(proxy))
            }
            Fault::ReadOnly => {
                let database = postgres::database().await;
                (database.url(), Means::Database(database))
            }
            Fault::Locked => {
                let place = Place::new(arguments, 1).await;
                let means = Means::File {
                    place: place.store_file(),
                    holder: None,
                };
                return (place, Self { fault, means });
            }
            Fault::Full => {
                let disk = disk.unwrap();
                let url = format!("sqlite:{}", disk.folder.join("serin.db").display());
                (url, Means::Disk(disk))
            }
        };
        (Place::at(url, arguments, 1).await, Self { fault, means })
    }

    /// Breaks it.
    pub(crate) async fn break_down(&mut self) {
        match &mut self.means {
            Means::Wire(proxy) if self.fault == Fault::Lost => proxy.cut_after(Way::There, 0),
            Means::Wire(proxy) => proxy.fall_silent(),
            Means::Database(database) => read_only(database, true).await,
            Means::File { place, holder } => {
                let options = SqliteConnectOptions::new().filename(place);
                let mut somebody = options.connect().await.unwrap();
                sqlx::query("BEGIN IMMEDIATE")
                    .execute(&mut somebody)
                    .await
                    .unwrap();
                *holder = Some(somebody);
            }
            Means::Disk(disk) => disk.fill(),
        }
    }

    /// Lets it work again.
    pub(crate) async fn mend(&mut self) {
        match &mut self.means {
            Means::Wire(proxy) => proxy.heal(),
            Means::Database(database) => read_only(database, false).await,
            Means::File { holder, .. } => drop(holder.take()),
            Means::Disk(disk) => disk.make_room(),
        }
    }
}

/// Whether the database's sessions can only read, from the next one on; those that are there end.
async fn read_only(database: &TestDatabase, is_so: bool) {
    let beside = TestDatabase {
        port: database.port,
        name: "postgres".to_owned(),
    };
    let name = &database.name;
    beside
        .run(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = {}",
            if is_so { "on" } else { "off" }
        ))
        .await;
    beside
        .run(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
}

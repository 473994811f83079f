//! `store`: what Serin remembers, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use super::store_url::{StoreUrl, store_url};
use super::{DAY, HOUR};
use crate::config::apart::direct_or_file;
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::Scalar;
use crate::config::values::Values;

/// What Serin remembers, and for how long.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where it is.
    pub url: StoreUrl,
    /// For how long.
    pub retention: Retention,
    /// Who applies the migrations.
    pub migrate: Migrate,
    /// This daemon's name among those on the same database; none for that of its host.
    pub replica: Option<String>,
}

/// How long rollouts that ended are kept: until either bound is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Time since the end.
    pub max_age: Duration,
    /// How many; the oldest go first.
    pub max_rollouts: u64,
}

/// Who applies the store's migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// The daemon, at its start.
    Auto,
    /// Somebody, with `serin migrate`; until then the daemon is not ready.
    Manual,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "store",
    about: "The store: every rollout, decision and notification.",
    example_name: None,
    entries: &[
        &URL.entry,
        &URL_FILE.entry,
        &MAX_AGE.entry,
        &MAX_ROLLOUTS.entry,
        &MIGRATE.entry,
        &REPLICA.entry,
    ],
};

static URL: Field<StoreUrl> = Field {
    entry: Entry {
        path: "store.url",
        about: "Where it is: an SQLite file for one replica, PostgreSQL for several. A URL with a password stands in a file of its \
                own or in SERIN_STORE_URL.",
        expected: "`sqlite:FILE`, or `postgres://USER@HOST/DATABASE`",
        unwritten: Unwritten::Is("sqlite:serin.db"),
        short_flag: None,
    },
    read: store_url,
    show: Show::As(ToString::to_string),
};

static URL_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "store.urlFile",
        about: "A file that holds the URL and nothing else.",
        expected: "the path of a file that holds the URL",
        unwritten: Unwritten::Other("/run/secrets/serin-store-url"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static MAX_AGE: Field<Duration> = Field {
    entry: Entry {
        path: "store.retention.maxAge",
        about: "How long a rollout is kept after its end.",
        expected: "a duration from `1h` to `3650d`",
        unwritten: Unwritten::Is("30d"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(HOUR..=3650 * DAY),
    show: Show::AsWritten,
};

static MAX_ROLLOUTS: Field<u64> = Field {
    entry: Entry {
        path: "store.retention.maxRollouts",
        about: "How many rollouts of each Canary are kept after their end; the oldest go first.",
        expected: "a whole number from 1 to 1000000",
        unwritten: Unwritten::Is("1000"),
        short_flag: None,
    },
    read: |scalar| scalar.count(1..=1_000_000),
    show: Show::AsWritten,
};

static MIGRATE: Field<Migrate> = Field {
    entry: Entry {
        path: "store.migrate",
        about: "Who applies the store's migrations: the daemon at its start, or you with `serin migrate`.",
        expected: "one of `auto`, `manual`",
        unwritten: Unwritten::Is("auto"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&[("auto", Migrate::Auto), ("manual", Migrate::Manual)]),
    show: Show::AsWritten,
};

static REPLICA: Field<String> = Field {
    entry: Entry {
        path: "store.replica",
        about: "The name of this daemon among those on the same database, of which one leads; the same after a restart. Without one it \
                is the host's.",
        expected: "a name of at most 63 lower-case letters, digits and `-`",
        unwritten: Unwritten::Nothing("serin-0"),
        short_flag: None,
    },
    read: |scalar| scalar.name(),
    show: Show::AsWritten,
};

pub(in crate::config) fn store(values: &mut Values<'_>) -> Store {
    let url = direct_or_file(&URL, &URL_FILE, "", values)
        .expect("the URL has a default, and that is the least that comes back");
    let url = match url {
        StoreUrl::Sqlite(path) => StoreUrl::Sqlite(values.resolve(&URL.entry, "", &path)),
        postgres @ StoreUrl::Postgres(_) => postgres,
    };
    Store {
        url,
        retention: Retention {
            max_age: values.value(&MAX_AGE, ""),
            max_rollouts: values.value(&MAX_ROLLOUTS, ""),
        },
        migrate: values.value(&MIGRATE, ""),
        replica: values.optional(&REPLICA, ""),
    }
}

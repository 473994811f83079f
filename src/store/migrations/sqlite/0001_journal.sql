-- One row a rollout. `state` is what a restart needs (JSON as text, so that every number comes back with the same bits).
CREATE TABLE rollouts (
    id            TEXT    NOT NULL PRIMARY KEY,
    namespace     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    revision      TEXT    NOT NULL,
    phase         TEXT    NOT NULL,
    outcome       TEXT,              -- this, cause and ended_at only once the phase is final
    cause         TEXT,              -- in words
    ended_at      INTEGER,           -- times are milliseconds since the Unix epoch
    started_at    INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL,
    state         TEXT    NOT NULL
) STRICT;
CREATE INDEX rollouts_newest ON rollouts (started_at, id);
CREATE INDEX rollouts_of_canary ON rollouts (namespace, name, started_at, id);
CREATE INDEX rollouts_unfinished ON rollouts (started_at, id) WHERE ended_at IS NULL;

-- The journal: append-only, without a gap in `sequence`.
CREATE TABLE events (
    rollout  TEXT    NOT NULL REFERENCES rollouts (id),
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    input    TEXT    NOT NULL,          -- JSON
    effects  TEXT    NOT NULL,          -- JSON
    PRIMARY KEY (rollout, sequence)
) STRICT;

-- One row for each notice and channel, written in the transaction of the decision that it tells of.
CREATE TABLE outbox (
    key          TEXT    NOT NULL PRIMARY KEY,
    rollout      TEXT    NOT NULL REFERENCES rollouts (id),
    sequence     INTEGER NOT NULL,       -- the entry that it came of, and which of its notices
    notice_index INTEGER NOT NULL,
    channel      TEXT    NOT NULL,
    namespace    TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    notice       TEXT    NOT NULL,       -- JSON
    created_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,       -- a lease moves it into the future
    state        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    last_error   TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE state = 'pending';
CREATE INDEX outbox_of_rollout ON outbox (rollout, sequence, notice_index, channel);

-- Who may write: the daemon that counted `epoch` up last. Here the file's lock says who may do so.
CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    epoch      INTEGER NOT NULL,
    holder     TEXT    NOT NULL,          -- for people
    replica    TEXT    NOT NULL DEFAULT '',
    expires_at INTEGER NOT NULL DEFAULT 0
) STRICT;

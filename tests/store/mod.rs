//! One contract, three journals: memory, a SQLite file, and a real PostgreSQL server.

mod durable;
mod history;
mod journal;
mod migrations;
mod outbox;
mod postgres;
mod recorded;
mod retention;
mod small_disk;
mod sqlite;
mod subject;
mod wire;

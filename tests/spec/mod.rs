//! What a user writes, and what the check says of it.

mod complete;
mod defaults;

//! The admission policy: the real server refuses Serin's own account what would be a mistake, rule by rule, and never an abort.

mod aborts;
mod fields;
mod shop;
mod weights;

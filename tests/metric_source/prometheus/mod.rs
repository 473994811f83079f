//! Asking what speaks Prometheus' API, and reading what it answers.

mod answers;

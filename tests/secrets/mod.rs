//! Secrets, in a whole daemon: every kind that there is, with the mark of the tests, and that whoever looks for the mark finds it.

mod bites;
mod every;
mod whole;

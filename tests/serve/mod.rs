//! The daemon as a program: started, asked, edited under, stopped and killed.

mod commands;
mod daemon;
mod editing;
mod kills;
mod place;
mod receiver;
mod starting;
mod stopping;

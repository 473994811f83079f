//! Deployments of a cluster: what is seen of them, and what is done to them.

mod command;
mod pair;
mod promoting;
mod putting_back;
mod rolling_back;
mod scaling;
mod seeing;

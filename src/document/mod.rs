//! What both a manifest and the configuration are written in: YAML that is read strictly, and the words for what is wrong.
//!
//! A text becomes trees that remember their lines; a tree is read into a shape, and every field that does not fit is told at
//! once, each as a [`Problem`] with its file, line, field, what was expected and found, and a hint. Which fields there are and
//! what may stand in them is the reader's own business: `spec` for manifests, `config` for the
//! configuration.

mod file;
mod names;
mod nearest;
mod node;
mod path;
mod percent;
mod problem;
pub(crate) mod strict;
pub mod units;
mod yaml;

pub(crate) use file::{documents, take_out_repeated_keys};
pub(crate) use names::{
    DNS_LABEL, DNS_SUBDOMAIN, MAX_LABEL_BYTES, MAX_SUBDOMAIN_BYTES, is_dns_label, is_dns_subdomain,
};
pub(crate) use nearest::{did_you_mean, nearest};
pub(crate) use node::{Node, Value, shown};
pub(crate) use path::FieldPath;
pub(crate) use problem::Printable;

pub use file::MAX_FILE_BYTES;
pub use percent::Percent;
pub use problem::{MAX_PROBLEMS, Problem, Problems};

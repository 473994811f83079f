//! `health`: the listener for probes and metrics.

use std::net::SocketAddr;

use crate::config::address::address;
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::values::Values;

/// The listener for probes and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Where it listens.
    pub address: SocketAddr,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "health",
    about: "The listener for probes and metrics.",
    example_name: None,
    entries: &[&ADDRESS.entry],
};

pub(in crate::config) static ADDRESS: Field<SocketAddr> = Field {
    entry: Entry {
        path: "health.address",
        about: "Where it listens. It tells nothing secret and takes no commands, so it needs no token; in a container it has to \
                listen beyond loopback.",
        expected: "an IP address and a port, such as `127.0.0.1:9090`",
        unwritten: Unwritten::Is("127.0.0.1:9090"),
        short_flag: None,
    },
    read: address,
    show: Show::AsWritten,
};

pub(in crate::config) fn health(values: &mut Values<'_>) -> Health {
    Health {
        address: values.value(&ADDRESS, ""),
    }
}

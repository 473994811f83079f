//! A Canary whose traffic is in a file; the rest of it is of no account here.

use serin::spec::{CheckedCanary, FileTraffic, Traffic, WeightedRoute};

use super::subset;
use crate::world::canary::canary as checked;

/// A Canary whose traffic is VirtualService `name` of `namespace` in the file at `path`.
pub(super) fn canary(path: &str, namespace: &str, name: &str) -> CheckedCanary {
    CheckedCanary {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        traffic: Traffic::File(FileTraffic {
            path: path.to_owned(),
            route: WeightedRoute {
                virtual_service: name.to_owned(),
                namespace: namespace.to_owned(),
                route: None,
                stable: subset("stable"),
                canary: subset("canary"),
            },
        }),
        ..checked("")
    }
}

//! A Canary whose traffic is in a file; the rest of it is of no account here.

use serin::spec::{CheckedCanary, FileTraffic, Traffic, WeightedRoute};

use super::subset;
use crate::world::canary::canary as checked;

/// A Canary whose traffic is VirtualService `name` of `namespace` in the file at `path`.
pub(crate) fn canary(path: &str, namespace: &str, name: &str) -> CheckedCanary {
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

/// A Canary whose traffic is VirtualService `name` of `namespace` in a cluster.
pub(crate) fn canary_in_cluster(namespace: &str, name: &str) -> CheckedCanary {
    let in_file = canary("", namespace, name);
    CheckedCanary {
        traffic: Traffic::Istio(in_file.traffic.route().clone()),
        ..in_file
    }
}

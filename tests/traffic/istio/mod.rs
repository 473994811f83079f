//! The port on VirtualServices of a cluster, against an API server in process.
//!
//! Which routes are found and which are refused is told in `finding`, for all places alike; here is what a cluster adds.

mod faults;
mod foreign;
mod writes;

use serde_json::Value;
use serin::driver::ports::{Traffic, TrafficError};
use serin::engine::{TrafficState, TrafficWrite};
use serin::spec::{self, CheckedCanary};
use serin::traffic::istio::VirtualServices;

use super::canary::canary_in_cluster;
use crate::world::api_server::ApiServer;

/// What the server calls the objects.
const PLURAL: &str = "virtualservices";

/// A server with one VirtualService, and the port that works on it.
struct World {
    server: ApiServer,
    services: VirtualServices,
    canary: CheckedCanary,
}

impl World {
    /// With VirtualService `basket` of namespace `shop`, which is `object`.
    async fn of(object: Value) -> Self {
        let world = Self::empty().await;
        world.server.put(object);
        world
    }

    /// Without any object.
    async fn empty() -> Self {
        let server = ApiServer::start().await;
        let services = VirtualServices::new(&server.cluster());
        Self {
            server,
            services,
            canary: canary_in_cluster("shop", "basket"),
        }
    }

    /// With a Canary that names the service of both subsets.
    fn with_host(mut self, host: &str) -> Self {
        if let spec::Traffic::Istio(route) = &mut self.canary.traffic {
            route.stable.host = Some(host.to_owned());
            route.canary.host = Some(host.to_owned());
        }
        self
    }

    fn object(&self) -> Value {
        self.server.object(PLURAL, "shop", "basket")
    }

    /// How many versions of the object there have been.
    fn versions(&self) -> usize {
        self.server.history(PLURAL, "shop", "basket").len()
    }

    /// The methods of all requests, in order.
    fn asked(&self) -> Vec<String> {
        self.server
            .requests()
            .into_iter()
            .map(|asked| asked.method)
            .collect()
    }

    async fn read(&self) -> Result<TrafficState, TrafficError> {
        self.services.read(&self.canary).await
    }

    async fn write(&self, seen: &TrafficState, write: &TrafficWrite) -> Result<TrafficState, TrafficError> {
        self.services.write(&self.canary, seen, write).await
    }
}

/// Why the port will not, where it says so of VirtualService `shop/basket`.
fn refusal<T: std::fmt::Debug>(result: Result<T, TrafficError>) -> String {
    match result {
        Err(TrafficError::Refused { object, reason }) => {
            assert_eq!(object, "VirtualService shop/basket");
            reason
        }
        other => panic!("{other:?}"),
    }
}

/// Where the object has been changed by another.
fn conflict() -> TrafficError {
    TrafficError::Conflict {
        object: "VirtualService shop/basket".to_owned(),
    }
}

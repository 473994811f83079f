//! Workloads outside a cluster: an endpoint is a pod, and is ready when it accepts a connection.
//!
//! Serin did not start these processes, so it neither scales nor replaces them.

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::driver::ports::{NotPromoted, WorkloadError, Workloads};
use crate::engine::WorkloadState;
use crate::spec::{CheckedCanary, Workload};

/// A process that is ready accepts within milliseconds; one that needs longer than this is not ready.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections tried at once: enough for any service outside a cluster, few for the machine.
const CONNECTING_MAX: usize = 16;

/// Sees endpoints by connecting to them.
#[derive(Debug, Clone, Copy, Default)]
pub struct EndpointWorkloads;

#[async_trait]
impl Workloads for EndpointWorkloads {
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        let (Workload::Endpoints(stable), Workload::Endpoints(endpoints)) =
            (&canary.workloads.stable, &canary.workloads.canary)
        else {
            return Err(WorkloadError {
                workload: format!("{}/{}", canary.namespace, canary.name),
                reason: "expected endpoints, found objects in a cluster".to_owned(),
                is_lasting: true,
            });
        };
        let connects: Vec<_> = endpoints
            .addresses
            .iter()
            .map(|endpoint| connect(endpoint))
            .collect();
        let tried: Vec<_> = stream::iter(connects)
            .buffer_unordered(CONNECTING_MAX)
            .collect()
            .await;
        Ok(WorkloadState {
            stable_replicas: count(stable.addresses.len()),
            canary_ready: count(tried.iter().filter(|tried| tried.is_ok()).count()),
            canary_reason: tried.into_iter().find_map(Result::err),
            // That Serin cannot connect does not prove that nobody can: metrics have to say so.
            canary_failing: None,
            // What a process was made from nobody says here.
            canary_revision: None,
            scaling: None,
        })
    }

    async fn promote(&self, canary: &CheckedCanary, _: &str, _: Option<&str>) -> Result<(), NotPromoted> {
        let refused = not_ours(canary, "promoted; write `promotion: {workload: none}`");
        Err(NotPromoted::PutBack(refused))
    }

    async fn restore(&self, canary: &CheckedCanary, _: &str) -> Result<(), WorkloadError> {
        Err(not_ours(canary, "put back"))
    }

    async fn scale(&self, canary: &CheckedCanary, _: &str, _: u32) -> Result<(), WorkloadError> {
        Err(not_ours(canary, "scaled"))
    }

    async fn scale_down(&self, _: &CheckedCanary, _: &str) -> Result<(), WorkloadError> {
        Ok(())
    }
}

fn not_ours(canary: &CheckedCanary, what: &str) -> WorkloadError {
    WorkloadError {
        workload: format!("{}/{}", canary.namespace, canary.name),
        reason: format!("endpoints are processes that Serin did not start, and cannot be {what}"),
        is_lasting: true,
    }
}

async fn connect(endpoint: &str) -> Result<(), String> {
    let address = address(endpoint).ok_or_else(|| format!("{endpoint} has no host and port"))?;
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("{endpoint}: {error}")),
        Err(_) => Err(format!(
            "{endpoint}: no connection within {} s",
            CONNECT_TIMEOUT.as_secs()
        )),
    }
}

/// Host and port of a base address such as `http://127.0.0.1:8081/app`; port 80 where it names none.
fn address(endpoint: &str) -> Option<String> {
    let url = reqwest::Url::parse(endpoint).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_its_host_and_port() {
        assert_eq!(
            address("http://127.0.0.1:8081/app").as_deref(),
            Some("127.0.0.1:8081")
        );
        assert_eq!(address("http://shop.test").as_deref(), Some("shop.test:80"));
        assert_eq!(address("http://[::1]:9000").as_deref(), Some("[::1]:9000"));
        assert_eq!(address("nonsense"), None);
    }

    #[tokio::test]
    async fn a_listening_endpoint_is_ready_and_a_closed_one_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback");
        let address = listener.local_addr().expect("bound");
        assert_eq!(connect(&format!("http://{address}")).await, Ok(()));
        drop(listener);
        let refused = connect(&format!("http://{address}"))
            .await
            .expect_err("nobody listens");
        assert!(refused.contains("refused"), "{refused}");
    }
}

//! The HTTP client below kube's: made as its own is, but for how many connections are kept.

use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder, ServiceExt};

/// Connections that are kept though nothing is under way on them: as many as work at once in quiet times. Hundreds of rollouts that
/// raise at the same moment open hundreds, of which each holds its buffers and its TLS state for as long as it is kept.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// A client for the API server that `config` leads to.
///
/// # Errors
/// Where `config` cannot be used: its certificates, its credentials, a proxy.
pub(super) fn client(config: Config) -> kube::Result<Client> {
    if config.proxy_url.is_some() {
        // Kube says which of its features that takes.
        return Client::try_from(config);
    }
    let mut connector = TimeoutConnector::new(config.rustls_https_connector()?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    let http = legacy::Builder::new(TokioExecutor::new())
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .build::<_, Body>(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service.boxed(), config.default_namespace).build())
}

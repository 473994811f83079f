//! A pod: a real HTTP server on loopback that exposes metrics, well or badly.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::routing::any;
use axum::serve::Listener;
use futures::stream::{self, StreamExt};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificates::Signed;
use super::marked::Ears;

/// A server that stops when it is dropped, and fails where it was told a secret.
pub(crate) struct Endpoint {
    /// Its base address, without a path.
    pub(crate) address: String,
    server: JoinHandle<()>,
    _ears: Ears,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves `router` on a free port.
pub(crate) async fn serve(router: Router) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    begin(address, listener, router)
}

/// The same by TLS, with this certificate; the address is one that it is for.
pub(crate) async fn serve_tls(router: Router, signed: &Signed) -> Endpoint {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", tcp.local_addr().unwrap());
    let listener = Secure {
        tcp,
        acceptor: acceptor(signed),
    };
    begin(address, listener, router)
}

fn begin<L: Listener<Addr = SocketAddr>>(address: String, listener: L, router: Router) -> Endpoint {
    let ears = Ears::default();
    let router = ears.on(router);
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Endpoint {
        address,
        server,
        _ears: ears,
    }
}

fn acceptor(signed: &Signed) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(&signed.certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(&signed.key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Takes connections whose other end trusts its certificate.
struct Secure {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, peer) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// Exposes `body` at `/metrics`.
pub(crate) async fn exposing(body: impl Into<Bytes>) -> Endpoint {
    let body: Bytes = body.into();
    serve(Router::new().route("/metrics", any(async move || body.clone()))).await
}

/// Answers every request with `status` and an innocent text.
pub(crate) async fn answering(status: StatusCode) -> Endpoint {
    serve(Router::new().fallback(async move || (status, "up 1\n"))).await
}

/// Takes every request and never answers.
pub(crate) async fn silent() -> Endpoint {
    serve(Router::new().fallback(async || std::future::pending::<()>().await)).await
}

/// Answers at once, and then sends a line now and then, without an end.
pub(crate) async fn trickling() -> Endpoint {
    streaming(|| {
        let lines = stream::repeat("up 1\n").then(async |line| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, Infallible>(line)
        });
        Body::from_stream(lines)
    })
    .await
}

/// Sends as fast as it can, without an end and without telling a length.
pub(crate) async fn flooding() -> Endpoint {
    let chunk = Bytes::from("up 1\n".repeat(10_000));
    streaming(move || Body::from_stream(stream::repeat(Ok::<_, Infallible>(chunk.clone())))).await
}

/// Breaks the connection in the middle of the body.
pub(crate) async fn breaking() -> Endpoint {
    streaming(|| {
        let start = stream::once(async { Ok("up 1\n") });
        // The server sends what it has when it must wait for more.
        let end = stream::once(async {
            tokio::task::yield_now().await;
            Err("power cut")
        });
        Body::from_stream(start.chain(end))
    })
    .await
}

async fn streaming(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Endpoint {
    serve(Router::new().fallback(async move || body())).await
}

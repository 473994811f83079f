//! Serves a router on a listener, within bounds.
//!
//! Promises, with TLS and without: a client that sends its head slowly, or not at all, is cut off; heads, and connections at a time, are bounded;
//! when there is no place for a new connection, the one that has been waiting for its client the longest makes room, so
//! that whoever holds connections open keeps nobody out; whoever is turned away and asks again at once, waits. After `stop`, requests under way are waited for, and streams end by
//! themselves. Leaves to the router: bodies, and how long an answer may take.

mod impatience;
mod places;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::access::Peer;
use super::counters::Counters;
use impatience::Impatience;
use places::{Place, Places};

/// Header fields of a request: browsers and proxies send some thirty.
const HEADER_FIELDS_MAX: usize = 100;

/// What is read of a head before it is refused without a word; the router refuses less with one.
const HEAD_BUFFER_BYTES: usize = 64 << 10;

/// Pause after a connection could not be accepted: the process is out of file descriptors, and some come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Requests under way have this long after `stop`: the longest that an ordinary request takes.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// What one listener takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections at a time.
    pub(super) connections: usize,
    /// Time for the head of a request, and for which an idle connection stays open.
    pub(super) header_timeout: Duration,
}

/// Serves until `stop`, and then until what is under way is answered; by TLS where there is a certificate.
pub(super) async fn serve(
    (listener, tls): (TcpListener, Option<TlsAcceptor>),
    router: Router,
    bounds: Bounds,
    counters: &Counters,
    stop: CancellationToken,
) {
    let places = Places::new(bounds.connections);
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, Peer(peer)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (place, made_room) = places.take();
        if made_room {
            counters.connections.add();
        }
        if let Some(place) = place {
            let serving = secured(
                (stream, tls.clone()),
                peer,
                router.clone(),
                bounds.header_timeout,
                place,
                stop.clone(),
            );
            connections.spawn(serving);
        }
    }
    drop(listener);
    connections.close();
    if timeout(DRAIN_MAX, connections.wait()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "cut off: not answered {} s after the stop",
            DRAIN_MAX.as_secs()
        );
    }
    places.clear();
}

/// A connection, from its handshake on. That has as long as a head has, and makes room as an idle connection does.
async fn secured(
    (stream, tls): (TcpStream, Option<TlsAcceptor>),
    peer: Peer,
    router: Router,
    header_timeout: Duration,
    place: Place,
    stop: CancellationToken,
) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return connection((stream, peer), router, header_timeout, place, stop).await;
    };
    let gone = place.gone();
    let shaken = tokio::select! {
        shaken = timeout(header_timeout, tls.accept(stream)) => shaken,
        () = gone.cancelled() => return,
        () = stop.cancelled() => return,
    };
    match shaken {
        Ok(Ok(stream)) => connection((stream, peer), router, header_timeout, place, stop).await,
        // Nobody has to act: a client that trusts another authority says so itself.
        Ok(Err(error)) => tracing::debug!(%error, "a connection was not made secure"),
        Err(_) => tracing::debug!("a connection was not made secure in time"),
    }
}

async fn connection<S>(
    (stream, peer): (S, Peer),
    router: Router,
    header_timeout: Duration,
    place: Place,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let gone = place.gone();
    let (place, impatience) = (&place, &Impatience::default());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let router = router.clone();
        async move {
            // Not busy yet: whoever waits may have to make room.
            impatience.wait(request.uri()).await;
            let busy = place.busy();
            let answer = router.oneshot(request.map(Body::new)).await;
            if let Ok(answer) = &answer {
                impatience.heard(answer);
            }
            let is_stream = answer.as_ref().is_ok_and(|answer| {
                let kind = answer.headers().get(CONTENT_TYPE);
                kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
            });
            if is_stream {
                busy.for_ever();
            }
            answer
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(HEADER_FIELDS_MAX)
        .max_buf_size(HEAD_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = gone.cancelled() => return,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                served = serving => served,
                () = gone.cancelled() => return,
            }
        }
    };
    if let Err(error) = served {
        // Clients go away, and slow ones are sent away: nobody has to act.
        tracing::debug!(%error, "a connection ended early");
    }
}

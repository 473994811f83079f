//! Gates by TLS: whom a hook trusts.

use std::sync::atomic::{AtomicUsize, Ordering};

use serin::authorities::Authorities;
use serin::hook::Reach;

use super::*;
use crate::world::certificates::Certificates;
use crate::world::endpoint::serve_tls;

/// A gate of an authority that no system knows, and how often it was called.
async fn secure_gate(certificates: &Certificates) -> (Endpoint, Arc<AtomicUsize>) {
    let calls = Arc::<AtomicUsize>::default();
    let counted = calls.clone();
    let answer = async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        "open"
    };
    let router = Router::new().fallback(answer);
    (serve_tls(router, &certificates.server).await, calls)
}

fn trusting(gate: &Endpoint, certificates: &Certificates) -> HookCaller {
    caller_to(&gate.address).trusting(Authorities::read(&certificates.authority).unwrap())
}

#[tokio::test]
async fn a_gate_is_called_where_its_own_authority_is_trusted_and_as_long_as_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::write(folder.path());
    let (gate, calls) = secure_gate(&certificates).await;
    let hook = hook_with(&gate.address, "");
    let untrusting = call(&caller_to(&gate.address), &hook).await;
    assert_eq!(untrusting.outcome, HookOutcome::Failed, "{}", untrusting.detail);
    let caller = trusting(&gate, &certificates);
    assert_eq!(
        call(&caller, &hook).await,
        reply(HookOutcome::Passed, "200 OK: open")
    );
    // Another authority, in the same file.
    Certificates::write(folder.path());
    let changed = call(&caller, &hook).await;
    assert_eq!(changed.outcome, HookOutcome::Failed, "{}", changed.detail);
    std::fs::remove_file(&certificates.authority).unwrap();
    let gone = call(&caller, &hook).await;
    assert!(gone.detail.contains("authority.pem"), "{}", gone.detail);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_gate_is_reached_as_it_is_called_and_is_asked_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::write(folder.path());
    let (secure, calls) = secure_gate(&certificates).await;
    let url = Url::parse(&secure.address).unwrap();
    assert_eq!(trusting(&secure, &certificates).reach(&url).await, Reach::Reached);
    let untrusting = caller_to(&secure.address).reach(&url).await;
    assert!(
        matches!(&untrusting, Reach::Unreachable(why) if why.contains("certificate")),
        "{untrusting:?}"
    );
    assert_eq!(calls.load(Ordering::Relaxed), 0);

    let plain = Gate::always("open").await;
    let url = Url::parse(&plain.endpoint.address).unwrap();
    assert_eq!(
        caller_to(&plain.endpoint.address).reach(&url).await,
        Reach::Reached
    );
    assert_eq!(plain.calls(), 0);
}

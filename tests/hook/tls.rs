//! Gates by TLS: whom a hook trusts.

use std::sync::atomic::{AtomicUsize, Ordering};

use serin::authorities::Authorities;

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

//! Receivers by TLS: whom a channel trusts.

use std::path::Path;

use serin::authorities::Authorities;
use serin::notify::{Channel, ReceiverAddress, SendError, Sent};

use super::*;
use crate::world::certificates::Certificates;
use crate::world::endpoint::serve_tls;

fn webhook_trusting(url: &str, authority: Option<&Path>) -> Webhook {
    let authorities = authority.map(|path| Arc::new(Authorities::read(path).unwrap()));
    let options = WebhookOptions {
        url: ReceiverAddress {
            authorities,
            ..url.into()
        },
        signing_keys: Vec::new(),
        source: "/serin/test".into(),
        templates: Templates::default(),
    };
    Webhook::new(options, Arc::new(SystemClock::start_at(BEGIN))).unwrap()
}

#[tokio::test]
async fn a_receiver_is_told_where_its_own_authority_is_trusted_and_as_long_as_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::write(folder.path());
    let receiver = serve_tls(Router::new().fallback(async || "taken"), &certificates.server).await;
    let news = delivery(NoticeKind::Started);
    let is_later = |sent: &Result<Sent, SendError>| matches!(sent, Err(SendError::Later { .. }));
    let untrusting = webhook_trusting(&receiver.address, None).send(&news).await;
    assert!(is_later(&untrusting), "{untrusting:?}");
    let webhook = webhook_trusting(&receiver.address, Some(&certificates.authority));
    assert!(webhook.send(&news).await.is_ok());
    // Another authority, in the same file.
    Certificates::write(folder.path());
    let changed = webhook.send(&news).await;
    assert!(is_later(&changed), "{changed:?}");
}

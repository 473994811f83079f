//! Where nothing goes, whatever a Canary, a name server or a gate says.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::http::StatusCode;
use serin::hook::lookup::Lookup;

use super::*;

/// A name server that answers each question with the next of these, and the last one for ever.
struct NameServer {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl NameServer {
    fn answering(answers: &[&[&str]]) -> Arc<Self> {
        let answer = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: answers.iter().map(answer).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Lookup for NameServer {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(self.answers[asked.min(self.answers.len() - 1)].clone())
    }
}

/// What comes of a hook to `http://gate.test` and this port, which the administrator lists, with these names.
async fn call_by_name(names: &Arc<NameServer>, port: u16, hook: &Hook) -> HookReply {
    let entry = format!("http://gate.test:{port}/");
    let caller = HookCaller::with_lookup(listing(&[&entry]), names.clone());
    call(&caller, hook).await
}

fn port(gate: &Gate) -> u16 {
    Url::parse(&gate.endpoint.address).unwrap().port().unwrap()
}

#[tokio::test]
async fn a_name_that_stands_for_this_machine_or_a_metadata_server_is_not_called() {
    let gate = Gate::always(StatusCode::OK).await;
    let port = port(&gate);
    let hook = hook_with(&format!("http://gate.test:{port}/"), "retries: 3");
    for (address, why) in [
        ("127.0.0.1", "this machine itself (loopback)"),
        ("::1", "this machine itself (loopback)"),
        ("::ffff:127.0.0.1", "this machine itself (loopback)"),
        ("169.254.169.254", "a link-local address"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("64:ff9b::a9fe:a9fe", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("fd00:ec2::254", "a cloud's metadata server"),
        ("0.0.0.0", "no address of a server"),
        ("::", "no address of a server"),
        ("224.0.0.1", "no address of a server"),
    ] {
        let names = NameServer::answering(&[&[address]]);
        let reply = call_by_name(&names, port, &hook).await;
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(
            reply,
            HookReply::not_called(format!(
                "hooks do not go to gate.test: its address {address} is {why}"
            ))
        );
    }
    assert_eq!(gate.calls(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_address_after_the_check_is_not_followed() {
    let gate = Gate::always(StatusCode::OK).await;
    let port = port(&gate);
    // The first address is one of documentation (RFC 5737): nobody is there.
    let names = NameServer::answering(&[&["192.0.2.1"], &["127.0.0.1"]]);
    let hook = Hook {
        timeout: SECOND / 20,
        retries: 1,
        ..hook_with(&format!("http://gate.test:{port}/"), "")
    };
    let reply = call_by_name(&names, port, &hook).await;
    assert_eq!(reply.outcome, HookOutcome::Failed, "{}", reply.detail);
    assert_eq!((names.asked.load(Ordering::Relaxed), gate.calls()), (1, 0));
    let reply = call_by_name(&names, port, &hook).await;
    assert_eq!(reply.outcome, HookOutcome::NotCalled, "{}", reply.detail);
    assert_eq!(gate.calls(), 0);
}

#[tokio::test]
async fn an_address_that_the_list_does_not_have_is_not_called() {
    let gate = Gate::always(StatusCode::OK).await;
    let address = &gate.endpoint.address;
    let hook = hook_with(address, "");
    for allowed in [
        AllowList::default(),
        listing(&["https://gate.example.com/"]),
        listing(&["http://127.0.0.1/"]),
    ] {
        let caller = HookCaller::new(allowed);
        assert_eq!(
            call(&caller, &hook).await,
            HookReply::not_called(format!(
                "`hooks.allow` of the configuration does not list {address}"
            ))
        );
        assert_eq!(caller.counters().not_allowed.load(Ordering::Relaxed), 1);
    }
    assert_eq!(gate.calls(), 0);
}

#[tokio::test]
async fn this_machine_is_called_where_its_address_is_listed_however_it_is_written() {
    let gate = Gate::always(StatusCode::OK).await;
    let port = port(&gate);
    let caller = caller_to(&format!("http://127.0.0.1:{port}/"));
    for host in ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1"] {
        let hook = hook_with(&format!("http://{host}:{port}/"), "");
        assert_eq!(call(&caller, &hook).await.outcome, HookOutcome::Passed, "{host}");
    }
}

#[tokio::test]
async fn a_metadata_server_is_not_called_though_it_is_listed() {
    let caller = caller_to("http://169.254.169.254/");
    let hook = Hook {
        url: "http://2852039166/latest/".to_owned(),
        ..hook_with("http://gate.test/", "")
    };
    assert_eq!(
        call(&caller, &hook).await,
        HookReply::not_called("hooks do not go to 169.254.169.254: it is a link-local address")
    );
}

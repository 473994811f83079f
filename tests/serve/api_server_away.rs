//! What the daemon's log says of an API server that is away.

use std::fs;

use super::daemon::{Daemon, until};
use crate::world::api_server::ApiServer;
use crate::world::home::Home;

/// Canaries, their templates, and Deployments.
const FOLLOWED: usize = 3;

#[tokio::test]
async fn an_api_server_that_is_away_is_a_line_for_each_kind_when_it_goes_and_when_it_is_back() {
    let server = ApiServer::start().await;
    let home = Home::new("shop/checkout");
    fs::create_dir_all(home.canaries()).unwrap();
    home.configure("canaries: {from: cluster}");
    let kubeconfig = server.kubeconfig();
    let _daemon = Daemon::start_with(&home, &["--kubeconfig", kubeconfig.to_str().unwrap()]).await;
    let lines = |with: &str| {
        let log = home.log_text();
        log.lines().filter(|line| line.contains(with)).count()
    };
    let all = async |with: &str| {
        until(with, async || (lines(with) == FOLLOWED).then_some(())).await;
    };
    until("watched", async || {
        let watches = server.requests().into_iter();
        let watches = watches.filter(|asked| asked.path.contains("watch=true"));
        (watches.count() == FOLLOWED).then_some(())
    })
    .await;

    server.forget_requests();
    server.fail_with(503);
    server.close_watches();
    all("not followed for now, and tried again").await;
    until("asked again and again", async || {
        (server.requests().len() >= 4 * FOLLOWED).then_some(())
    })
    .await;
    server.recover();
    all("followed again").await;

    let log = home.log_text();
    assert_eq!(lines("not followed for now"), FOLLOWED, "{log}");
    assert_eq!((lines("answered 503"), lines("kube_")), (FOLLOWED, 0), "{log}");
}

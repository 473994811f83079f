use serin::kubernetes::{Kind, Watch, Watched};
use tokio::sync::watch;

use crate::world::api_server::ApiServer;
use crate::world::patience::until;

#[tokio::test]
async fn a_list_that_is_never_answered_is_given_up_and_asked_for_again() {
    let server = ApiServer::start().await;
    server.hang();
    let deployments = Watch::new(&server.cluster(), Kind::DEPLOYMENT, None);
    let (known, mut seen) = watch::channel(Watched::<()>::default());
    let following = deployments.follow(|_| (), &known);
    tokio::pin!(following);
    tokio::select! {
        () = &mut following => panic!("it is followed for ever"),
        () = until("asked", async || (!server.requests().is_empty()).then_some(())) => {}
    }
    // Nothing is on its way any more: what is left is waiting, which passes at once.
    tokio::time::pause();
    tokio::select! {
        () = &mut following => panic!("it is followed for ever"),
        told = seen.wait_for(|known| known.trouble.is_some()) => drop(told.unwrap()),
    }
    tokio::time::resume();

    server.recover();

    tokio::select! {
        () = &mut following => panic!("it is followed for ever"),
        told = seen.wait_for(|known| known.objects.is_some() && known.trouble.is_none()) => drop(told.unwrap()),
    }
}

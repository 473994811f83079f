//! What a rollout owes its workloads after its end is done, whatever fails and whoever dies.

use std::time::Duration;

use serin::driver::StartError;
use serin::engine::{Action, NoticeKind};

use crate::world::World;
use crate::world::workloads::Change;

#[tokio::test(start_paused = true)]
async fn a_put_back_that_fails_is_tried_again_until_it_is_done() {
    let world = World::in_the_copy().await;
    world.workloads.fail_restores(3);
    world.command(Action::Abort).await.unwrap();
    world.end().await;

    let refused = world.driver.start(world.canary.clone(), "v3".into());
    assert!(
        matches!(refused, Err(StartError::ClearingUp { .. })),
        "{refused:?}"
    );
    assert!(!world.workloads.changes().contains(&Change::Restored));
    world.pass(60).await;

    assert!(world.workloads.changes().contains(&Change::Restored));
    assert!(!world.status().owes());
    let told = world.people.delivered();
    let of_it = |told: &&crate::world::people::Delivered| told.notice.kind == NoticeKind::StableNotRestored;
    assert_eq!(told.iter().filter(of_it).count(), 1);
    world.driver.start(world.canary.clone(), "v3".into()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_put_back_that_still_fails_when_the_daemon_dies_is_the_next_ones() {
    let mut world = World::in_the_copy().await;
    world.workloads.fail_restores(3);
    world.command(Action::Abort).await.unwrap();
    world.end().await;

    world.workloads.fail_restores(0);
    assert_eq!(world.restart().await, 1, "it has ended, and is gone on with");
    world.pass(60).await;

    assert!(world.workloads.changes().contains(&Change::Restored));
    assert!(world.status().is_over());
    assert_eq!(world.restart().await, 0, "nothing is owed any more");
}

#[tokio::test(start_paused = true)]
async fn a_scale_down_is_the_next_daemons_where_this_one_dies_in_the_delay_before_it() {
    let mut world = World::new().start();
    world.weight(25).await;
    world.workloads.scale_down_takes(Duration::from_secs(3_600));
    world.command(Action::Abort).await.unwrap();
    world.end().await;
    assert!(!world.workloads.changes().contains(&Change::ScaledDown));

    world.workloads.scale_down_takes(Duration::ZERO);
    assert_eq!(world.restart().await, 1);
    world.pass(5).await;

    assert_eq!(world.workloads.changes(), [Change::ScaledDown]);
    assert!(!world.status().owes());
}

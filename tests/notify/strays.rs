//! Deliveries to channels that do not exist.

use super::outbox::notice;
use super::*;
use crate::world::journal::Outage;

#[tokio::test(start_paused = true)]
async fn a_delivery_to_a_channel_that_does_not_exist_is_dead_with_the_reason() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    let pipeline = office.open(&[("chat", &chat)]);
    office.pass(Duration::from_millis(100)).await;
    office.outbox.decide(40, &["chatt", "chat"]).await;
    wake(&pipeline, &["chatt", "chat"], &notice()).await;
    let deliveries = office.outbox.until_settled().await;
    assert_eq!(office.elapsed(), Duration::from_millis(100));
    let dead: Vec<&Delivery> = deliveries.iter().filter(|d| is_dead(d)).collect();
    assert_eq!(dead.len(), 40);
    for delivery in dead {
        assert_eq!(
            delivery.last_error.as_deref(),
            Some(
                "there is no channel `chatt`; hint: configure it, or change `notify` in the Canary (there are `chat`)"
            )
        );
    }
    assert_eq!(number(&pipeline.counters().no_such_channel), 40);
    assert_eq!(chat.arrivals().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_configuration_left_is_given_up_at_the_start_even_in_an_outage() {
    let office = Office::new();
    office.outbox.decide(3, &["gone"]).await;
    office.outbox.break_down(Outage::Fails);
    let _pipeline = office.open(&[]);
    office.pass(Duration::from_secs(60)).await;
    office.outbox.recover();
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(is_dead));
}

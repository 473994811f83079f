use crate::world::endpoint::exposing;
use crate::world::patience::until;
use crate::world::samples::Samples;
use crate::world::target::Target;
use crate::world::times::{before, now};
use crate::world::victoria::Victoria;

#[tokio::test]
async fn what_is_imported_and_written_can_be_asked_for_and_a_killed_one_starts_again() {
    let mut victoria = Victoria::start().await;
    let now = now();
    let series = |pod| Samples::of("http_requests_total", &[("code", "200"), ("pod", pod)]);
    victoria
        .import(&[series("a \"quoted\" one").every(15, (before(now, 7200), now), |_| 7.0)])
        .await;
    victoria
        .api
        .remote_write(&[series("b").at(before(now, 1), 5.0)])
        .await;
    victoria.flush().await;
    let sum = async |at| victoria.api.query_at("sum(http_requests_total)", at).await[0].value;
    assert_eq!((sum(now).await, sum(before(now, 3600)).await), (12.0, 7.0));

    victoria.stop();
    victoria.cont();
    // What it took in is on its disk within seconds of its own choice.
    victoria.kill();
    victoria.restart().await;

    victoria.import(&[series("c").at(before(now, 1), 1.0)]).await;
    let c = victoria
        .api
        .query_at(r#"http_requests_total{pod="c"}"#, now)
        .await;
    assert_eq!(c[0].value, 1.0);
}

#[tokio::test]
async fn targets_are_scraped_with_their_labels_and_others_when_they_are_named() {
    let (one, other) = (exposing("up_one 1\n").await, exposing("up_other 2\n").await);
    let target = |at: &str, pod| Target::at(at).label("pod", pod);
    let victoria = Victoria::scraping([target(&one.address, "one")]).await;
    let scraped = async |query: &str| {
        victoria.flush().await;
        victoria.api.value(query).await
    };
    until("the one", async || {
        scraped(r#"up_one{pod="one",job="pods"}"#).await
    })
    .await;
    victoria.scrape([target(&other.address, "other")]);
    until("the other", async || scraped(r#"up_other{pod="other"}"#).await).await;
    until("the one gone", async || {
        scraped("up_one").await.is_none().then_some(())
    })
    .await;
}

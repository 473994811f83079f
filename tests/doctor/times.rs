//! Samples that do not come any more, or not as often as a rollout looks.

use super::patient::{EVERY, Patient, arm, both_arms, text};
use crate::world::times::{before, now};

#[tokio::test(flavor = "multi_thread")]
async fn an_arm_without_new_samples_is_a_problem() {
    let stale = before(now(), 180);
    let patient =
        Patient::with(&[arm("checkout-stable", now()), arm("checkout-canary", stale)].concat()).await;
    let (code, diagnosis) = patient.examined().await;
    let fresh = diagnosis.of("success", "fresh");
    assert_eq!(text(fresh, "level"), "problem");
    assert!(
        text(fresh, "said").contains("canary: nothing new for 18"),
        "{fresh:#}"
    );
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_that_come_more_often_than_samples_are_a_warning() {
    let patient = Patient::with(&both_arms())
        .await
        .canary("interval: 15s", "interval: 5s");
    let (code, diagnosis) = patient.examined().await;
    let interval = diagnosis.of("success", "scrape_interval");
    assert_eq!(text(interval, "level"), "warning");
    assert_eq!(
        text(interval, "said"),
        format!(
            "a sample each {EVERY} s, a look each 5 s: the looks in between find nothing new, and count as stale"
        )
    );
    assert_eq!(interval["asked"].as_array().unwrap().len(), 2);
    assert_eq!(code, 0);
}

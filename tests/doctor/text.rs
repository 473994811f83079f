//! What people read, and the ways to call it.

use super::patient::{Patient, Told, both_arms};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_well_takes_a_line_each() {
    let patient = Patient::with(&both_arms()).await;
    let Told { code, stdout, stderr } = patient.told(&["canary.yaml", "templates.yaml"]).await;
    assert_eq!(stdout, "");
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_has_what_was_asked_below_it() {
    let patient = Patient::with(&both_arms()).await;
    let patient = patient.template("metric: http_requests_total", "metric: http_request_total");
    let Told { stdout, .. } = patient.told(&["canary.yaml", "templates.yaml"]).await;
    assert_eq!(stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_files_it_looks_at_the_folder_of_the_configuration() {
    let patient = Patient::at("http://127.0.0.1:1");
    let told = patient.told(&["--config", "serin.yaml"]).await;
    assert!(told.stderr.contains("canaries"), "{}", told.stderr);
    assert_eq!(told.code, 1);
    let folder = patient.path().join("canaries");
    std::fs::create_dir(&folder).unwrap();
    for file in ["canary.yaml", "templates.yaml"] {
        std::fs::rename(patient.path().join(file), folder.join(file)).unwrap();
    }
    let told = patient.told(&[]).await;
    assert!(
        told.stdout
            .ends_with("Cannot be judged as things are: shop/checkout.\n"),
        "{}",
        told.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_ends_with_2() {
    let told = Patient::at("http://127.0.0.1:1").told(&["--verbos"]).await;
    assert_eq!(told.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_refused_is_told_beside_the_others() {
    let patient = Patient::at("http://127.0.0.1:1").canary("interval: 15s", "interval: 15");
    let told = patient.told(&["canary.yaml", "templates.yaml"]).await;
    assert!(told.stderr.contains("error: canary.yaml"), "{}", told.stderr);
    assert_eq!(told.code, 1);
}

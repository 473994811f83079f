//! What people read, and the ways to call it.

use regex::Regex;

use super::patient::{Patient, Told, both_arms};

/// What people read of a server on any port, at any speed.
fn settled(stdout: &str) -> String {
    let mut settled = stdout.to_owned();
    for (pattern, same) in [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:9090"),
        (r"version \S+,", "version 2.42.0,"),
        (r"\d+ ms( of round trip|\n)", "1 ms$1"),
        (r"sample [0-9.]+ m?s old", "sample 0.4 s old"),
        (r"\d+ names", "3 names"),
        // Two milliseconds apart or none: a busy machine's round trip cannot tell.
        (
            r"the server's clock differs by \d+ m?s from this machine's, give or take \d+ m?s",
            "the server's clock is this machine's, as far as 1 ms of round trip can tell",
        ),
        (
            r"\d+ looks of the stable version, .* in all",
            "40 looks of the stable version, 10m in all",
        ),
    ] {
        settled = Regex::new(pattern)
            .unwrap()
            .replace_all(&settled, same)
            .into_owned();
    }
    settled
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_well_takes_a_line_each() {
    let patient = Patient::with(&both_arms()).await;
    let Told { code, stdout, stderr } = patient.told(&["canary.yaml", "templates.yaml"]).await;
    let expected = "\
data source default, http://127.0.0.1:9090/
  ok       reachable        version 2.42.0, answers in 1 ms
  ok       clock            the server's clock is this machine's, as far as 1 ms of round trip can tell

  shop/checkout, a look every 15s
    success
      ok       present          both arms have series of `http_requests_total`
      ok       labels           `pod` tells pods apart, and no series belongs to both arms
      ok       pods             stable: 2 pods (`checkout-stable-a`, `checkout-stable-b`); canary: 2 pods (`checkout-canary-a`, `checkout-canary-b`)
      ok       fresh            stable: newest sample 0.4 s old; canary: newest sample 0.4 s old
      ok       scrape interval  a sample each 15 s, a look each 15 s
      ok       errors           the stable version has series of errors
      ok       history          40 looks of the stable version, 10m in all
      ok       look             stable: 2 pods with 4 series and 16024 requests so far; canary: 2 pods with 4 series and 16024 requests so far
    latency
      ok       present          both arms have series of `http_request_duration_seconds_bucket`
      ok       labels           `pod` tells pods apart, and no series belongs to both arms
      ok       pods             stable: 2 pods (`checkout-stable-a`, `checkout-stable-b`); canary: 2 pods (`checkout-canary-a`, `checkout-canary-b`)
      ok       fresh            stable: newest sample 0.4 s old; canary: newest sample 0.4 s old
      ok       scrape interval  a sample each 15 s, a look each 15 s
      ok       buckets          p95 of stable between 50 ms and 100 ms, of the canary between 50 ms and 100 ms; 50 ms wide, the margin is 60 ms there
      ok       history          40 looks of the stable version, 10m in all
      ok       look             stable: 2 pods with 8 series and 14000 requests so far; canary: 2 pods with 8 series and 14000 requests so far
    memory
      ok       value            stable: 1000 bytes; canary: 1000 bytes

The Canary can be judged.
";
    assert_eq!(settled(&stdout), expected);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_has_what_was_asked_below_it() {
    let patient = Patient::with(&both_arms()).await;
    let patient = patient
        .template("metric: http_requests_total", "metric: http_request_total")
        .canary("    - {template: latency, margin: {absolute: 60ms}}\n", "")
        .canary("    - {template: memory, threshold: {max: 512MiB}}\n", "");
    let Told { stdout, .. } = patient.told(&["canary.yaml", "templates.yaml"]).await;
    let expected = "\
data source default, http://127.0.0.1:9090/
  ok       reachable        version 2.42.0, answers in 1 ms
  ok       clock            the server's clock is this machine's, as far as 1 ms of round trip can tell

  shop/checkout, a look every 15s
    problem  look             data source default: neither arm has a series of `http_request_total{app=…}`: nobody called yet, \
       or the template names it wrongly; hint: compare its names with what `serin doctor` finds
    success
      problem  present          there is no metric `http_request_total`
               asked  http_request_total{app=\"checkout-stable\"}
               asked  count(http_request_total)
               asked  api/v1/label/__name__/values
               got    3 names, none of them this
               hint   did you mean `http_requests_total`?

Cannot be judged as things are: shop/checkout.
";
    assert_eq!(settled(&stdout), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn verbosely_everything_has_what_was_asked_below_it() {
    let patient = Patient::with(&both_arms()).await;
    let told = patient
        .told(&["canary.yaml", "templates.yaml", "--verbose"])
        .await;
    let asked = "         asked  count(http_requests_total{app=\"checkout-canary\"} and http_requests_total{app=\"checkout-stable\"})\n";
    assert!(told.stdout.contains(asked), "{}", told.stdout);
    assert_eq!(told.code, 0);
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
    let last = "Cannot be judged as things are: shop/checkout.\n";
    assert!(told.stdout.ends_with(last), "{}", told.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_ends_with_2() {
    let told = Patient::at("http://127.0.0.1:1").told(&["--verbos"]).await;
    assert_eq!(told.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_refused_is_told() {
    let patient = Patient::at("http://127.0.0.1:1").canary("interval: 15s", "interval: 15");
    let told = patient.told(&["canary.yaml", "templates.yaml"]).await;
    assert!(told.stderr.contains("error: canary.yaml"), "{}", told.stderr);
    assert_eq!(told.code, 1);
}

//! The demo's options are read strictly, and what is refused is refused clearly.

use std::time::Duration;

use clap::Parser;
use serin::demo::fault::Fault;
use serin::demo::options::DemoOptions;
use serin::demo::service::Behaviour;

/// Stands for the command that will carry the options.
#[derive(Debug, Parser)]
struct Demo {
    #[command(flatten)]
    options: DemoOptions,
}

#[test]
fn the_defaults_are_a_healthy_canary_beside_a_nearly_healthy_stable_version() {
    let options = parse(&[]).unwrap();
    assert_eq!(options.fault, Fault::None);
    assert_eq!(options.stable_errors.to_string(), "0.1%");
    assert_eq!(options.rps.get(), 300);
    assert_eq!(options.interval, Duration::from_secs(1));
    assert_eq!(options.steps.weights(), [5, 25, 50, 100]);
    assert_eq!(options.margin_errors.to_string(), "50% + 0.5%");
    assert_eq!(options.margin_latency.to_string(), "20%");
    assert_eq!((options.seed, options.dir.clone()), (None, None));
    assert_eq!(options.canary_behaviour(), options.stable_behaviour());
}

#[test]
fn an_error_fault_replaces_the_stable_rate() {
    let options = parse(&["--fault", "errors=5%", "--stable-errors", "0"]).unwrap();
    assert_eq!(options.stable_behaviour(), behaviour(0.0, 1.0));
    assert_eq!(options.canary_behaviour(), behaviour(0.05, 1.0));
}

#[test]
fn a_latency_fault_multiplies_and_keeps_the_error_rate() {
    let options = parse(&["--fault", "latency=+50%"]).unwrap();
    assert_eq!(options.canary_behaviour(), behaviour(0.001, 1.5));
}

#[test]
fn a_canary_that_will_crash_is_healthy_until_then() {
    let options = parse(&["--fault", "crash"]).unwrap();
    assert_eq!(options.fault, Fault::Crash);
    assert_eq!(options.canary_behaviour(), options.stable_behaviour());
}

#[test]
fn everything_can_be_chosen() {
    let options = parse(&[
        "--rps=50",
        "--interval=2s",
        "--steps=1, 99",
        "--margin-errors=0%+1%",
        "--margin-latency=7.5%",
        "--seed=42",
        "--dir=kept",
    ])
    .unwrap();
    assert_eq!(options.rps.get(), 50);
    assert_eq!(options.interval, Duration::from_secs(2));
    assert_eq!(options.steps.weights(), [1, 99]);
    assert_eq!(options.margin_errors.to_string(), "0% + 1%");
    assert_eq!(options.margin_latency.to_string(), "7.5%");
    assert_eq!((options.seed, options.dir), (Some(42), Some("kept".into())));
}

#[test]
fn each_wrong_value_is_refused_with_what_was_expected_and_what_was_found() {
    let refusals = [
        (
            "--fault=error=5%",
            "expected none, errors=PERCENT, latency=+PERCENT or crash, found \"error=5%\"",
        ),
        ("--fault=none=1", "hint: for example errors=5%"),
        (
            "--fault=errors=5",
            "expected a percentage such as `1%` or `0.5%`, found `5`",
        ),
        (
            "--fault=errors=101%",
            "expected an error rate of at most 100%, found 101%",
        ),
        (
            "--fault=latency=50%",
            "expected a rise from +1% to +400%, found \"50%\"",
        ),
        ("--fault=latency=+0%", "hint: for example latency=+50%"),
        ("--fault=latency=+401%", "found \"+401%\""),
        (
            "--fault=latency=+half",
            "expected a percentage such as `1%` or `0.5%`, found `half`",
        ),
        (
            "--stable-errors=0.1",
            "expected a percentage such as `1%` or `0.5%`, found `0.1`",
        ),
        ("--stable-errors=200%", "at most 100%"),
        ("--rps=0", "expected a whole number from 1 to 1000, found \"0\""),
        ("--rps=1001", "found \"1001\""),
        ("--rps=-1", "found \"-1\""),
        ("--interval=1", "expected a duration from 1s to 10s, found \"1\""),
        ("--interval=999ms", "found \"999ms\""),
        ("--interval=11s", "found \"11s\""),
        (
            "--steps=",
            "expected weights from 1 to 100 that rise, such as 5,25,50,100, found \"\"",
        ),
        ("--steps=5,5", "found \"5,5\""),
        ("--steps=50,25", "found \"50,25\""),
        ("--steps=0,100", "found \"0,100\""),
        ("--steps=50,101", "found \"50,101\""),
        ("--steps=5%,100%", "found \"5%,100%\""),
        (
            "--margin-errors=50%",
            "expected a relative and an absolute part, such as \"50% + 0.5%\"",
        ),
        ("--margin-errors=50% + 0.5", "found \"50% + 0.5\""),
        (
            "--margin-errors=0% + 101%",
            "expected an absolute part of at most 100%",
        ),
        ("--margin-latency=-5%", "found `-5%`"),
        ("--seed=random", "invalid digit"),
    ];
    for (argument, expected) in refusals {
        let message = parse(&[argument]).unwrap_err().to_string();
        let option = argument.split('=').next().unwrap();
        assert!(message.contains(expected), "{argument}: {message}");
        assert!(message.contains(option), "{argument}: {message}");
    }
}

fn parse(arguments: &[&str]) -> Result<DemoOptions, clap::Error> {
    let command = std::iter::once(&"demo").chain(arguments);
    Demo::try_parse_from(command).map(|demo| demo.options)
}

fn behaviour(error_rate: f64, latency_factor: f64) -> Behaviour {
    Behaviour {
        error_rate,
        latency_factor,
    }
}

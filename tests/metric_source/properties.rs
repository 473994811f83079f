//! Exposition texts at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serin::metric_source::scrape::exposition::{Dialect, Exposition, Labels};
use serin::spec::Timestamp;

use super::*;
use crate::world::endpoint::serve;
use crate::world::watching::{latency, success_rate};

/// Value and own time of each series of each family.
type Families = BTreeMap<String, BTreeMap<Labels, (f64, Option<u64>)>>;

fn label_value() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select("{},=\"\\\n\r\t# %+-2n7cd".chars().collect::<Vec<_>>());
    vec(prop_oneof![3 => nasty, 1 => any::<char>()], 1..8).prop_map(String::from_iter)
}

fn families() -> impl Strategy<Value = Families> {
    let labels = btree_map("[a-zA-Z_][a-zA-Z0-9_]{0,4}", label_value(), 0..4);
    let point = (
        any::<f64>().prop_filter("NaN equals nothing", |value| !value.is_nan()),
        prop::option::of(0..4_000_000_000_000_u64),
    );
    btree_map(
        "[a-zA-Z_:][a-zA-Z0-9_:]{0,8}",
        btree_map(labels, point, 1..5),
        1..4,
    )
}

/// The text of `families`, with the blanks and trimmings that `style` picks.
fn render(families: &Families, style: u8) -> String {
    let blank = ["", " ", "\t "][usize::from(style % 3)];
    let mut text = String::new();
    for (name, series) in families {
        writeln!(
            text,
            "# HELP {name} A {{strange}} = \"family\", 1\n# TYPE {name} histogram\n"
        )
        .unwrap();
        for (labels, (value, time)) in series {
            text += &format!("{blank}{name}{blank}");
            if !labels.is_empty() || style & 4 != 0 {
                let labels: Vec<String> = labels
                    .iter()
                    .map(|(name, value)| {
                        let value = value
                            .replace('\\', "\\\\")
                            .replace('"', "\\\"")
                            .replace('\n', "\\n");
                        format!("{blank}{name}{blank}={blank}\"{value}\"{blank}")
                    })
                    .collect();
                let comma = if style & 8 != 0 && !labels.is_empty() {
                    ","
                } else {
                    ""
                };
                text += &format!("{{{}{comma}}}", labels.join(","));
            }
            text += &format!(" {value:e}");
            if let Some(time) = time {
                text += &format!(" {blank}{time}");
            }
            if style & 16 != 0 {
                text += " # {trace_id=\"}, \\\" #\"} 0.5 17";
            }
            text += &format!("{blank}\n");
        }
    }
    text
}

fn read_back(exposition: &Exposition, families: &Families) -> Families {
    let series = |name: &String| {
        exposition
            .family(name)
            .map(|(labels, point)| {
                (
                    labels.clone(),
                    (point.value, (point.at != NOW).then_some(point.at.0)),
                )
            })
            .collect()
    };
    families.keys().map(|name| (name.clone(), series(name))).collect()
}

proptest! {
    #[test]
    fn families_with_nasty_label_values_are_read_back_exactly(families in families(), style: u8) {
        let text = render(&families, style);
        let wanted = families.keys().cloned().collect();
        let exposition = Exposition::parse(text.as_bytes(), Dialect::Prometheus, &wanted, NOW)?;
        prop_assert_eq!(read_back(&exposition, &families), families);
    }

    #[test]
    fn a_text_that_lost_its_end_is_refused_or_is_a_whole_beginning(
        families in families(),
        cut: prop::sample::Index,
    ) {
        let text = render(&families, 0);
        let start = &text.as_bytes()[..cut.index(text.len())];
        let wanted = families.keys().cloned().collect();
        if Exposition::parse(start, Dialect::Prometheus, &wanted, NOW).is_ok() {
            prop_assert_eq!(start.last(), Some(&b'\n'));
        }
    }

    #[test]
    fn random_bytes_never_panic(body in vec(any::<u8>(), 0..200), open: bool) {
        let dialect = if open { Dialect::OpenMetrics } else { Dialect::Prometheus };
        let _ = Exposition::parse(&body, dialect, &BTreeSet::new(), NOW);
    }

    #[test]
    fn a_damaged_text_never_panics(
        families in families(),
        style: u8,
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut text = render(&families, style).into_bytes();
        for (place, byte) in damage {
            let place = place.index(text.len());
            text[place] = byte;
        }
        let wanted = families.keys().cloned().collect();
        let _ = Exposition::parse(&text, Dialect::Prometheus, &wanted, Timestamp(0));
    }
}

/// A line that is nearly one of the demo's: the interesting values are few, so that they meet.
fn nearly_right_line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "requests_total",
        "latency_seconds_bucket",
        "latency_seconds_bucket",
        "latency_seconds_count",
        "process_start_time_seconds",
    ]);
    let le = prop::sample::select(vec![
        "",
        ",le=\"1\"",
        ",le=\"2\"",
        ",le=\"+Inf\"",
        ",le=\"x\"",
        ",le=\"-0\"",
    ]);
    let value = prop::sample::select(vec!["0", "1", "2", "3", "NaN", "+Inf", "-1", "1e308", "1e999"]);
    (name, 0..3_u8, le, value)
        .prop_map(|(name, code, le, value)| format!("{name}{{code=\"50{code}\"{le}}} {value}\n"))
}

#[test]
fn whatever_is_counted_is_finite_and_not_negative() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (send, body) = tokio::sync::watch::channel(String::new());
    let served = body.clone();
    let router = axum::Router::new().fallback(async move || served.borrow().clone());
    let endpoint = runtime.block_on(serve(router));
    let address = endpoint.address.as_str();
    let canary = watching(&[address], &[address], vec![success_rate(), latency()]);
    proptest!(ProptestConfig::with_cases(200), |(lines in vec(nearly_right_line(), 0..8))| {
        send.send_replace(lines.concat());
        let Ok(readings) = runtime.block_on(look(&canary)).readings else { return Ok(()) };
        for reading in counters(readings) {
            for pod in reading.arms.canary.pods.values().chain(reading.arms.baseline.pods.values()) {
                for sum in pod.parts.iter().chain([&pod.requests]) {
                    prop_assert!(sum.value.is_finite() && sum.value >= 0.0, "{pod:?}");
                }
                prop_assert!(pod.parts.iter().all(|part| part.value <= pod.requests.value), "{pod:?}");
            }
        }
    });
}

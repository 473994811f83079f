//! Whatever a VirtualService looks like, a write changes two weights and Serin's annotations.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use serin::engine::TrafficWrite;
use serin::traffic::manifest::Manifest;
use serin::traffic::virtual_service::apply;

use super::find_subsets;

/// More by the variable `PROPTEST_CASES`.
const CASES_MIN: u32 = 2_000;

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(CASES_MIN),
        // The failing case is printed in full; what it taught becomes a test of its own.
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_write_changes_two_weights_and_marks_in_the_object(world in world(), write in write_at(1..=100)) {
        let route = find_subsets(&world.object, None).unwrap();
        prop_assert_eq!(route.route, world.managed);

        let mut written = world.object.clone();
        apply(&mut written, &route.edits(&write).unwrap()).unwrap();

        let weights = weights(&written["spec"]["http"][world.managed]);
        prop_assert_eq!(weights.iter().sum::<u64>(), 100);
        prop_assert_eq!(in_order(&foreign(&written, world.managed)), in_order(&foreign(&world.object, world.managed)));

        let state = find_subsets(&written, None).unwrap().state(String::new());
        prop_assert_eq!(state.canary_weight, write.canary_weight);
        prop_assert_eq!(state.epoch, write.epoch);
        prop_assert_eq!(state.rollout.as_deref(), Some(write.rollout.as_str()));
        prop_assert_eq!(state.is_aborted(&write.rollout), write.aborted);
        prop_assert!(write.aborted || state.aborted.is_none());
    }

    #[test]
    fn a_write_changes_two_weights_and_marks_in_the_text(
        world in world(),
        style in select(vec![Style::Block, Style::DeepLists, Style::Pretty, Style::OneLine]),
        write in write_at(1..=100),
        neighbours in (neighbour(), neighbour()),
    ) {
        let (before, after) = neighbours;
        let document = render(&world.object, style);
        let text = format!("{before}---\n{document}\n---\n{after}");
        let manifest = Manifest::find(&text, "shop", "basket").unwrap();
        prop_assert_eq!(in_order(manifest.object()), in_order(&world.object));
        let edits = find_subsets(manifest.object(), None).unwrap().edits(&write).unwrap();
        let mut intended = world.object.clone();
        apply(&mut intended, &edits).unwrap();

        let edited = manifest.with(&edits).unwrap();

        let again = Manifest::find(&edited, "shop", "basket").unwrap();
        prop_assert_eq!(again.object(), &intended);
        prop_assert_eq!(
            in_order(&foreign(again.object(), world.managed)),
            in_order(&foreign(&world.object, world.managed))
        );
        let (prefix, suffix) = (format!("{before}---\n"), format!("---\n{after}"));
        prop_assert!(edited.starts_with(&prefix) && edited.ends_with(&suffix));
        if matches!(style, Style::Block | Style::DeepLists) {
            prop_assert_eq!(foreign_lines(&edited), foreign_lines(&text));
        }
    }

    #[test]
    fn no_text_panics(text in "[-a-z:{}\\[\\]&*!|>'\"#%?, \n]{0,80}") {
        let _ = Manifest::find(&text, "shop", "basket");
    }
}

/// A VirtualService with one route that is ours.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) object: Value,
    pub(crate) managed: usize,
}

prop_compose! {
    pub(crate) fn world()(
        weight in 0..=100_u64,
        stable_first in any::<bool>(),
        unwritten in any::<bool>(),
        own_extras in extras(),
        others in prop::collection::vec(foreign_route(), 0..4),
        place in any::<Index>(),
        sections in (prop::option::of(foreign_route()), prop::option::of(foreign_route())),
        annotations in annotations(),
        labels in extras(),
        (spec_extras, top_extras) in (extras(), extras()),
        shuffle in any::<u64>(),
    ) -> World {
        let mut destinations = vec![
            entry("stable", 100 - weight, unwritten),
            entry("canary", weight, unwritten),
        ];
        if !stable_first {
            destinations.reverse();
        }
        let mut own = own_extras;
        own.insert("timeout".to_owned(), json!("2s"));
        own.insert("route".to_owned(), destinations.into());

        let mut http: Vec<Value> = others;
        let managed = place.index(http.len() + 1);
        http.insert(managed, reordered(own, shuffle));

        let mut spec = spec_extras;
        spec.insert("hosts".to_owned(), json!(["basket"]));
        spec.insert("http".to_owned(), http.into());
        for (section, route) in [("tcp", sections.0), ("tls", sections.1)] {
            if let Some(route) = route {
                spec.insert(section.to_owned(), json!([route]));
            }
        }
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), json!("basket"));
        metadata.insert("labels".to_owned(), labels.into());
        if let Some(annotations) = annotations {
            metadata.insert("annotations".to_owned(), annotations);
        }
        let mut object = top_extras;
        object.insert("apiVersion".to_owned(), json!("networking.istio.io/v1"));
        object.insert("kind".to_owned(), json!("VirtualService"));
        object.insert("metadata".to_owned(), reordered(metadata, shuffle));
        object.insert("spec".to_owned(), reordered(spec, shuffle));
        World { object: reordered(object, shuffle), managed }
    }
}

/// A destination of ours; a weight of 0 may stay unwritten.
fn entry(subset: &str, weight: u64, unwritten: bool) -> Value {
    let destination = json!({"host": "basket.shop", "subset": subset, "port": {"number": 80}});
    match weight {
        0 if unwritten => json!({"destination": destination, "headers": {}}),
        _ => {
            json!({"destination": destination, "weight": weight, "headers": {"request": {"set": {"a": "b"}}}})
        }
    }
}

/// A route that is not ours: to one arm only, elsewhere, with odd weights, or to no destination at all.
fn foreign_route() -> impl Strategy<Value = Value> {
    let header = json!([{"headers": {"canary": {"exact": "true"}}}]);
    let to = |host: &str, subset: &str| json!({"host": host, "subset": subset});
    let routes = vec![
        json!({"match": header, "route": [{"destination": to("basket", "canary")}]}),
        json!({"route": [{"destination": to("cart", "stable"), "weight": 60}, {"destination": {"host": "a.b"}, "weight": 60}]}),
        json!({"route": [{"destination": to("basket", "stable")}], "mirror": to("basket", "canary"), "mirrorPercentage": {"value": 0.5}}),
        json!({"redirect": {"uri": "/v2"}}),
        json!({"delegate": {"name": "basket", "namespace": "shop"}}),
        json!({"directResponse": {"status": 503}}),
        json!({"match": [{"port": 27017, "sniHosts": ["login.example.com"]}], "route": [{"destination": to("basket", "canary")}]}),
        json!({"route": []}),
    ];
    (select(routes), extras()).prop_map(|(mut route, extras)| {
        let fields = route.as_object_mut().unwrap();
        fields.extend(extras);
        route
    })
}

/// Fields that Serin has never heard of.
fn extras() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((key(), unknown()), 0..4).prop_map(|entries| entries.into_iter().collect())
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "x-[a-z]{1,6}",
        "x/[a-z.]{1,6}",
        Just("x ~1é: #".to_owned()),
        Just("y".to_owned())
    ]
}

fn unknown() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0e9..1.0e9).prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Strings that YAML readers like to take for something else.
fn string() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "yes",
        "no",
        "on",
        "y",
        "null",
        "~",
        "true",
        "0755",
        "1.10",
        "1e3",
        "0x1F",
        "2024-01-01",
        "12:30:45",
        "- a",
        "a: b",
        "# c",
        "a #b",
        "&a",
        "*a",
        "!t",
        "%d",
        "@x",
        "{",
        "[a]",
        "'",
        "\"",
        "\\",
        " lead",
        "trail ",
        "two\nlines",
        "block\n\n  indented\n",
        "tab\tbed",
        "\r\n",
        "é ✓ 💡",
        "---",
        "...",
        "<<",
        "=",
        "123456789012345678901234567890",
    ];
    prop_oneof![select(odd.to_vec()).prop_map(ToOwned::to_owned), "[ -~]{0,100}"]
}

/// Absent, null, empty, foreign, or with marks of earlier rollouts.
fn annotations() -> impl Strategy<Value = Option<Value>> {
    let with_marks = |marks: Value| {
        prop::collection::vec((key(), string()), 0..4).prop_map(move |foreign| {
            let mut annotations: Map<String, Value> = foreign
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect();
            annotations.extend(marks.as_object().unwrap().clone());
            Some(reordered(annotations, 7))
        })
    };
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        Just(Some(json!({}))),
        with_marks(json!({})),
        with_marks(json!({"serin.dev/epoch": "0"})),
        with_marks(json!({"serin.dev/epoch": "0", "serin.dev/rollout": "old", "serin.dev/aborted": "old"})),
        with_marks(json!({"serin.dev/aborted": "old"})),
    ]
}

pub(crate) fn write_at(epochs: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = TrafficWrite> {
    (0..=100_u8, epochs, "[ -~é]{1,20}", any::<bool>()).prop_map(|(weight, epoch, rollout, aborted)| {
        TrafficWrite {
            canary_weight: if aborted { 0 } else { weight },
            epoch,
            rollout,
            aborted,
        }
    })
}

/// The entries in an order that `seed` picks.
fn reordered(entries: Map<String, Value>, seed: u64) -> Value {
    let mut entries: Vec<(String, Value)> = entries.into_iter().collect();
    let turns = seed as usize % entries.len().max(1);
    entries.rotate_left(turns);
    Value::Object(entries.into_iter().collect())
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Block,
    DeepLists,
    Pretty,
    OneLine,
}

fn render(object: &Value, style: Style) -> String {
    match style {
        Style::Block => serde_saphyr::to_string(object).unwrap(),
        Style::DeepLists => {
            let options = serde_saphyr::ser_options! { compact_list_indent: false, indent_step: 4 };
            serde_saphyr::to_string_with_options(object, options).unwrap()
        }
        Style::Pretty => serde_json::to_string_pretty(object).unwrap(),
        Style::OneLine => object.to_string(),
    }
}

/// A document of another kind, written in a way that only its author would.
fn neighbour() -> impl Strategy<Value = String> {
    select(vec![
        "# nothing but a comment\n".to_owned(),
        "a: 1 # kept\nb: [ 1,2 ,  3]\nc: 0755\n".to_owned(),
        "kind: VirtualService\napiVersion: networking.istio.io/v1\nmetadata: {name: other}\n".to_owned(),
        "a: &x {b: .nan}\nc: *x\nd: |+\n  kept\n\n".to_owned(),
    ])
}

/// The two weights.
fn weights(route: &Value) -> Vec<u64> {
    let entries = route["route"].as_array().unwrap().iter();
    entries.map(|entry| entry["weight"].as_u64().unwrap()).collect()
}

/// What nobody may change: everything but the two weights and Serin's annotations.
pub(crate) fn foreign(object: &Value, managed: usize) -> Value {
    let mut foreign = object.clone();
    for entry in foreign["spec"]["http"][managed]["route"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().shift_remove("weight");
    }
    let metadata = foreign["metadata"].as_object_mut().unwrap();
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.retain(|key, _| !key.starts_with("serin.dev/"));
    }
    // A write may bring the mapping itself.
    if metadata
        .get("annotations")
        .is_some_and(|found| found.is_null() || found == &json!({}))
    {
        metadata.shift_remove("annotations");
    }
    foreign
}

/// A text that also tells the order of keys.
pub(crate) fn in_order(value: &Value) -> String {
    value.to_string()
}

/// The lines that hold none of the entries a write may touch, without the dash that an inserted weight takes over.
fn foreign_lines(text: &str) -> Vec<String> {
    let touched = |line: &&str| {
        ["weight:", "annotations:", "serin.dev/"]
            .iter()
            .any(|key| line.contains(key))
    };
    let lines = text.lines().filter(|line| !touched(line));
    lines
        .map(|line| line.replacen("- destination:", "  destination:", 1))
        .collect()
}

use promql_parser::util::escape_string;
use proptest::prelude::*;

use super::*;

const MEMORY: &str =
    r#"max(container_memory_working_set_bytes{namespace="${namespace}",pod=~"${workload}-.*"})"#;

fn values<'a>(workload: &'a str, namespace: &'a str) -> BTreeMap<&'a str, &'a str> {
    BTreeMap::from([("workload", workload), ("namespace", namespace)])
}

/// What is wrong with a query: its place, what was expected, the hint.
fn told(query: &str) -> String {
    let misfit = Query::read(query).map(|query| query.text).unwrap_err();
    let place = misfit.place(query).unwrap_or_else(|| "somewhere".to_owned());
    let hint = misfit.hint.unwrap_or_default();
    format!("{place}: {} ({hint})", misfit.expected)
}

#[test]
fn values_are_put_into_matchers() {
    let query = Query::read(MEMORY).unwrap();
    assert_eq!(query.variables().collect::<Vec<_>>(), ["namespace", "workload"]);
    assert_eq!(
        query.rendered(&values("shop-canary", "shop")).unwrap(),
        r#"max(container_memory_working_set_bytes{namespace="shop",pod=~"shop\\-canary-.*"})"#
    );
    assert_eq!(
        query.rendered(&values("a.b", "a.b")).unwrap(),
        r#"max(container_memory_working_set_bytes{namespace="a.b",pod=~"a\\.b-.*"})"#
    );
}

#[test]
fn all_that_is_no_value_stays_as_it_was_written() {
    let query = "max by (pod) ( # the largest\n  x{a='${workload}', b!~\"(c|d)\", e=`f`}\n) / 1e3";
    assert_eq!(
        Query::read(query).unwrap().rendered(&values("it's", "")).unwrap(),
        "max by (pod) ( # the largest\n  x{a='it\\'s', b!~\"(c|d)\", e=`f`}\n) / 1e3"
    );
}

#[test]
fn a_number_without_a_series_is_put_into_one() {
    let query = Query::read("scalar(x{a=\"${workload}\"}) # of one pod").unwrap();
    assert_eq!(
        query.rendered(&values("w", "")).unwrap(),
        "vector(\nscalar(x{a=\"w\"}) # of one pod\n)"
    );
}

#[test]
fn a_variable_stands_in_a_matchers_string_and_nowhere_else() {
    for query in [
        "x{pod=~`${workload}`}",
        "${workload}",
        "x{${label}=\"a\"}",
        "x{\"${label}\"=\"a\"}",
        "{\"${metric}\"}",
        "x[${window}]",
        "label_replace(x, \"a\", \"${workload}\", \"b\", \"c\")",
        "x # ${workload}",
    ] {
        assert!(told(query).contains(IN_MATCHERS), "{query}: {}", told(query));
    }
    assert_eq!(
        told("x{pod=~\"\\\\${workload}\"}"),
        "line 1, character 11: no backslash before a variable (it would take the value's first character for a part of itself)"
    );
    assert_eq!(
        told("x{pod=\"${workload\"}"),
        "line 1, character 8: a `}` after each `${` ()"
    );
    let hidden = Query::read(r#"x{pod=~"\x5c${workload}"}"#).unwrap();
    assert!(
        hidden.rendered(&values("d", "")).is_err(),
        "it would be a class of digits"
    );
    let hidden = Query::read(r#"x{pod=~"\x24{workload}"}"#).unwrap();
    assert!(
        hidden.rendered(&values("d", "")).is_err(),
        "nothing was filled in"
    );
}

#[test]
fn a_query_that_does_not_parse_is_told_with_its_place() {
    assert_eq!(
        told("x{a=\"b\" c=\"d\"}"),
        "line 1, character 9: PromQL (`c` cannot stand there)"
    );
    assert_eq!(
        told("sum(\n  rate(x[5m]) by\n)"),
        "line 2, character 15: PromQL (`by` cannot stand there)"
    );
    assert_eq!(
        told("x y"),
        "line 1, character 3: PromQL (`y` cannot stand there)"
    );
    assert_eq!(
        told("max(rat(x[1m]))"),
        "line 1, character 8: PromQL (unknown function with name 'rat')"
    );
    assert_eq!(
        told("sum(rate(x))"),
        "line 1, character 11: PromQL (expected type matrix in call to function 'rate', got vector)"
    );
    assert_eq!(told("sum(x"), "line 1, character 4: a `)` for the `(` there ()");
    assert_eq!(told("x +"), "somewhere: PromQL (invalid promql query)");
    assert_eq!(
        told("x{a=~\"((\"}"),
        "line 1, character 6: PromQL (illegal regex for (()"
    );
    assert_eq!(told(" \n"), "somewhere: a query ()");
    assert!(told(&"x+".repeat(1_500)).contains("at most 2000 bytes"));
}

#[test]
fn a_query_gives_one_number() {
    for query in ["rate(x[1m])", "1", "time()", "max(x)", "x > 1"] {
        assert!(Query::read(query).is_ok(), "{query}");
    }
    assert!(told("x[1m]").contains("not a range of them"));
    assert!(told("\"x\"").contains("not a text"));
}

#[test]
fn the_deepest_query_there_is_room_for_is_walked() {
    for query in [
        format!("{}x{}", "(".repeat(999), ")".repeat(999)),
        format!("{}x", "-".repeat(1_999)),
        format!("x{}", "+x".repeat(999)),
        format!("{}x{}", "abs(".repeat(399), ")".repeat(399)),
    ] {
        assert_eq!(
            Query::read(&query).unwrap().rendered(&values("", "")).unwrap(),
            query
        );
    }
}

#[test]
fn the_parser_has_no_words_for_what_it_does_not_expect() {
    assert_eq!(parse("x x").unwrap_err(), stop::NO_WORDS);
}

/// What a value may try: everything that means something in PromQL, in strings, in patterns and in templates.
fn hostile() -> impl Strategy<Value = String> {
    let bits = [
        "\"",
        "'",
        "`",
        "\\",
        "\n",
        "\r",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=~",
        "#",
        "$",
        "${",
        "${namespace}",
        ".*",
        "|",
        "^",
        "*",
        "+",
        "?",
        "-",
        "\\E",
        "\\x22",
        "\u{0}",
        "\u{7f}",
        "\u{fffd}",
        "\u{2028}",
        "é",
        "x",
        " ",
        "\"} or vector(1) #",
        "'} or vector(1) #",
        "\", b=\"z\"} #",
        "a|b",
    ];
    let bit = prop_oneof![
        prop::sample::select(bits.to_vec()).prop_map(str::to_owned),
        any::<char>().prop_map(String::from)
    ];
    prop::collection::vec(bit, 0..8).prop_map(|bits| bits.concat())
}

/// The matchers of a selector.
fn matchers(query: &str) -> Vec<promql_parser::label::Matcher> {
    match parse(query).unwrap() {
        Expr::VectorSelector(selector) => selector.matchers.matchers,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn a_matcher_matches_the_value_and_nothing_else(value in hostile(), other in hostile()) {
        let query = Query::read(r#"x{a="${workload}",b!='${workload}',c=~"${workload}",d!~'${workload}',e="fixed"}"#).unwrap();
        let rendered = query.rendered(&values(&value, "")).unwrap();
        let matchers = matchers(&rendered);
        prop_assert_eq!(matchers.len(), 5);
        for (matcher, wanted) in matchers.iter().zip([true, false, true, false]) {
            prop_assert_eq!(matcher.is_match(&value), wanted, "{}", rendered);
            prop_assert_eq!(matcher.is_match(&other), wanted == (value == other), "{}", rendered);
        }
        prop_assert!(matchers[4].is_match("fixed"));
        // Prometheus takes no line break and no broken UTF-8 within quotes.
        let breaks = ['\n', char::REPLACEMENT_CHARACTER];
        prop_assert!(!rendered.contains(breaks));
    }

    #[test]
    fn no_value_changes_what_is_asked(workload in hostile(), namespace in hostile()) {
        let template = "sum(rate(x{a='${workload}'}[5m])) / on (b) y{c=~\"${namespace}|d\"} # e";
        let rendered = Query::read(template).unwrap().rendered(&values(&workload, &namespace)).unwrap();
        let expected = format!(
            "sum(rate(x{{a=\"{}\"}}[5m])) / on (b) y{{c=~\"{}|d\"}}",
            escape_string(&workload),
            escape_string(&regex::escape(&namespace))
        );
        prop_assert_eq!(parse(&rendered).unwrap().to_string(), expected);
    }

    #[test]
    fn whatever_is_read_is_no_reason_to_panic(bits in prop::collection::vec(prop_oneof![
        prop::sample::select(vec!["x", "sum", "by", "(", ")", "{", "}", "[", "]", "1e300", "0x1ffffffffffffffffffff", "5m", ":", "offset",
            "@", "\"a\"", "'${workload}'", "`", "=~", "=", "a", ",", " ", "\n", "#", "\\", "+", "-", "1e", "group_left", "on", "é"])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ], 0..12)) {
        let text = bits.concat();
        match Query::read(&text) {
            Ok(query) => drop(query.rendered(&values("v", "n"))),
            Err(misfit) => drop(misfit.place(&text)),
        }
    }
}

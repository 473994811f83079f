//! Which route is ours, and which objects are refused with what words.

use serde_json::{Value, json};
use serin::spec::RouteDestination;

use super::{find_arms, find_subsets, host, service, split, subset, to};

fn refusal(http: Value) -> String {
    find_subsets(&service(http), None).unwrap_err().to_string()
}

fn named_refusal(http: Value, name: &str) -> String {
    find_subsets(&service(http), Some(name)).unwrap_err().to_string()
}

fn with(mut route: Value, key: &str, value: Value) -> Value {
    route[key] = value;
    route
}

#[test]
fn finds_the_only_route_with_both_subsets_and_sees_the_header_route_beside_it() {
    let header_route = json!({
        "match": [{"headers": {"canary": {"exact": "true"}}}],
        "route": [{"destination": {"host": "basket", "subset": "canary"}}],
    });
    let found = find_subsets(&service(json!([header_route, split(95, 5)])), None).unwrap();
    assert_eq!((found.route, found.stable.index, found.canary.index), (1, 0, 1));
    assert_eq!((found.stable.weight, found.canary.weight), (Some(95), Some(5)));
    assert!(found.other_routes_reach_canary);
}

#[test]
fn finds_a_route_by_name_among_several_that_fit() {
    let http = json!([
        with(split(100, 0), "name", json!("a")),
        with(split(90, 10), "name", json!("b"))
    ]);
    assert_eq!(find_subsets(&service(http), Some("b")).unwrap().route, 1);
}

#[test]
fn hosts_are_compared_as_full_names() {
    let route = json!({"route": [
        {"destination": {"host": "basket-canary.shop.svc.cluster.local", "port": {"number": 80}}, "weight": 0},
        {"destination": {"host": "basket.shop"}, "weight": 100},
    ]});
    let found = find_arms(
        &service(json!([route])),
        None,
        &host("basket"),
        &host("basket-canary"),
    )
    .unwrap();
    assert_eq!((found.stable.index, found.canary.index), (1, 0));
}

#[test]
fn the_same_service_name_in_another_namespace_is_another_service() {
    let route = json!({"route": [
        {"destination": {"host": "basket.old.svc.cluster.local"}, "weight": 100},
        {"destination": {"host": "basket-canary"}, "weight": 0},
    ]});
    let refused = find_arms(
        &service(json!([route])),
        None,
        &host("basket"),
        &host("basket-canary"),
    );
    assert!(refused.is_err());
}

#[test]
fn external_hosts_are_found_as_they_are() {
    let route = json!({"route": [
        {"destination": {"host": "v1.example.com"}, "weight": 100},
        {"destination": {"host": "v2.example.com"}},
    ]});
    let found = find_arms(
        &service(json!([route])),
        None,
        &host("v1.example.com"),
        &host("v2.example.com"),
    );
    assert_eq!(found.unwrap().canary.weight, None);
}

#[test]
fn a_destination_without_a_weight_counts_as_zero() {
    let http = json!([{"route": [
        to("basket", "stable", 100),
        {"destination": {"host": "basket", "subset": "canary"}},
    ]}]);
    let found = find_subsets(&service(http), None).unwrap();
    assert_eq!(found.canary.weight, None);
    assert_eq!(found.state(String::new()).canary_weight, 0);
}

#[test]
fn routes_that_reach_the_canary_are_seen_in_every_section() {
    let reached = |key: &str, value: Value| {
        let mut object = service(json!([split(95, 5)]));
        match key {
            "http" => object["spec"]["http"].as_array_mut().unwrap().push(value),
            section => object["spec"][section] = json!([value]),
        }
        find_subsets(&object, None).unwrap().other_routes_reach_canary
    };
    let canary = json!({"host": "basket.shop.svc.cluster.local", "subset": "canary"});
    let stable = json!({"host": "basket", "subset": "stable"});
    let alone = json!([{"destination": canary}]);
    assert!(reached("http", json!({"route": alone})));
    assert!(reached(
        "tls",
        json!({"match": [{"sniHosts": ["a"]}], "route": alone})
    ));
    assert!(reached("tcp", json!({"route": alone})));
    assert!(reached(
        "http",
        json!({"route": [{"destination": stable}], "mirror": canary})
    ));
    assert!(reached(
        "http",
        json!({"route": [{"destination": stable}], "mirrors": [{"destination": canary}]})
    ));
    // Without a subset, every pod of the host serves.
    assert!(reached(
        "http",
        json!({"route": [{"destination": {"host": "basket"}}]})
    ));
    assert!(!reached("http", json!({"route": [{"destination": stable}]})));
    let beside_stable = |weight: u8| {
        json!({"name": "other", "route": [
            {"destination": stable, "weight": 100 - weight},
            {"destination": canary, "weight": weight},
            {"destination": {"host": "elsewhere"}, "weight": 0},
        ]})
    };
    assert!(reached("http", beside_stable(1)));
    assert!(!reached("http", beside_stable(0)));
    assert!(!reached("http", json!({"redirect": {"uri": "/"}})));
}

#[test]
fn an_object_without_http_routes_is_refused() {
    let mut object = service(json!(null));
    object["spec"]["tcp"] = json!([{"route": [to("basket", "canary", 100)]}]);
    assert_eq!(
        find_subsets(&object, None).unwrap_err().to_string(),
        "spec.http: expected a list of HTTP routes, found none; \
         hint: Serin moves HTTP routes, not tls or tcp ones"
    );
    assert_eq!(
        refusal(json!("all")),
        "spec.http: expected a list of routes, found \"all\"; hint: write each route as an item that begins with `-`"
    );
}

#[test]
fn a_route_that_is_not_there_is_refused() {
    let http = json!([with(split(100, 0), "name", json!("main")), split(100, 0)]);
    assert_eq!(
        named_refusal(http, "primary"),
        "spec.http: expected a route named `primary`, found the names main; \
         hint: give the route that name, or leave `route` out"
    );
    assert_eq!(
        named_refusal(json!([]), "primary"),
        "spec.http: expected a route named `primary`, found no named route; \
         hint: give the route that name, or leave `route` out"
    );
    assert_eq!(
        refusal(json!([])),
        "spec.http: expected a route with exactly the destinations stable (subset stable) and canary (subset canary), \
         found none; hint: name the route with `route`, and check host and subset of both"
    );
}

#[test]
fn a_name_that_is_not_unique_is_refused() {
    let route = with(split(100, 0), "name", json!("main"));
    assert_eq!(
        named_refusal(json!([route, split(1, 99), route]), "main"),
        "spec.http: expected one route named `main`, found the routes 0, 2; hint: give each route its own name"
    );
}

#[test]
fn several_routes_that_fit_are_refused() {
    assert_eq!(
        refusal(json!([split(95, 5), split(100, 0)])),
        "spec.http: expected one route with exactly the two destinations, found the routes 0, 1; \
         hint: name the wanted one with `route`"
    );
}

#[test]
fn a_third_destination_is_refused() {
    let mut route = with(split(90, 5), "name", json!("main"));
    route["route"]
        .as_array_mut()
        .unwrap()
        .push(to("basket", "old", 5));
    let reason = "spec.http[0] (`main`): route: expected only the stable and the canary destination, \
                  found a third, basket.shop.svc.cluster.local subset old; \
                  hint: Serin would have to guess its share; move it to a route of its own";
    assert_eq!(named_refusal(json!([route]), "main"), reason);
    assert_eq!(refusal(json!([route])), reason);
    // Beside a route that fits, it is somebody else's.
    assert!(find_subsets(&service(json!([route, split(95, 5)])), None).is_ok());
}

#[test]
fn a_route_without_one_of_the_arms_is_refused() {
    let route = json!({"name": "main", "route": [to("basket", "stable", 100)]});
    assert_eq!(
        named_refusal(json!([route]), "main"),
        "spec.http[0] (`main`): route: expected a canary destination, found none; hint: check its host and subset"
    );
}

#[test]
fn two_destinations_for_one_arm_are_refused() {
    let mut route = split(90, 5);
    let mut other_port = to("basket", "canary", 5);
    other_port["destination"]["port"] = json!({"number": 8080});
    route["route"].as_array_mut().unwrap().push(other_port);
    assert_eq!(
        refusal(json!([route])),
        "spec.http[0]: route: expected one canary destination, found route[1] and route[2]; \
         hint: name host and subset so that one of them matches"
    );
}

#[test]
fn one_destination_for_both_arms_is_refused() {
    let route = json!({"route": [{"destination": {"host": "basket"}, "weight": 100}]});
    let refused = find_arms(
        &service(json!([route])),
        None,
        &host("basket"),
        &host("basket.shop.svc"),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "spec.http[0]: route[0]: expected a destination of one arm, found one that matches stable and canary; \
         hint: name a different host or subset for each"
    );
}

#[test]
fn subsets_of_different_hosts_are_refused_unless_the_hosts_are_named() {
    let route = json!({"route": [to("basket", "stable", 95), to("cart", "canary", 5)]});
    assert_eq!(
        refusal(json!([route])),
        "spec.http[0]: route: expected stable and canary on one host, \
         found basket.shop.svc.cluster.local subset stable and cart.shop.svc.cluster.local subset canary; \
         hint: name the host of both destinations"
    );
    let on = |host: &str, name: &str| RouteDestination {
        host: Some(host.to_owned()),
        ..subset(name)
    };
    let (stable, canary) = (on("basket", "stable"), on("cart", "canary"));
    assert!(find_arms(&service(json!([route])), None, &stable, &canary).is_ok());
}

#[test]
fn weights_that_do_not_sum_to_100_are_refused() {
    assert_eq!(
        refusal(json!([split(95, 10)])),
        "spec.http[0]: route: expected weights that sum to 100, found stable 95 and canary 10; \
         hint: a destination without a weight counts as 0; write both"
    );
    let unweighted = json!({"route": [
        {"destination": {"host": "basket", "subset": "stable"}},
        {"destination": {"host": "basket", "subset": "canary"}},
    ]});
    assert!(refusal(json!([unweighted])).contains("found stable 0 and canary 0"));
}

#[test]
fn weights_that_are_no_percentages_are_refused() {
    for (weight, found) in [
        (json!(101), "101"),
        (json!(-5), "-5"),
        (json!(5.0), "5.0"),
        (json!("5"), "\"5\""),
        (json!(u64::MAX), "18446744073709551615"),
        (json!([5]), "[5]"),
    ] {
        let mut route = split(95, 5);
        route["route"][1]["weight"] = weight;
        assert_eq!(
            refusal(json!([route])),
            format!(
                "spec.http[0]: route[1].weight: expected an integer from 0 to 100, found {found}; \
                 hint: weights are percentages"
            )
        );
    }
}

#[test]
fn routes_that_forward_elsewhere_are_refused() {
    for field in ["delegate", "redirect", "directResponse"] {
        let route = json!({"name": "main", field: {"name": "x"}});
        assert_eq!(
            named_refusal(json!([route, split(95, 5)]), "main"),
            format!(
                "spec.http[0] (`main`): expected a route that forwards to destinations, found `{field}`; \
                 hint: choose another route with `route`"
            )
        );
    }
    assert_eq!(
        named_refusal(json!([{"name": "main"}]), "main"),
        "spec.http[0] (`main`): route: expected a list of two destinations, found none; \
         hint: choose another route with `route`"
    );
}

#[test]
fn a_mirror_to_the_canary_is_refused_on_the_managed_route_and_any_other_is_left() {
    let mirrored = |subset: &str| {
        with(
            split(95, 5),
            "mirror",
            json!({"host": "basket", "subset": subset}),
        )
    };
    assert_eq!(
        refusal(json!([mirrored("canary")])),
        "spec.http[0]: mirror: expected no mirror to the canary on the managed route, found one; \
         hint: remove it, the canary would get requests that no weight accounts for"
    );
    assert!(find_subsets(&service(json!([mirrored("shadow")])), None).is_ok());
}

#[test]
fn malformed_marks_are_refused() {
    let refusal = |annotations: Value| {
        let mut object = service(json!([split(95, 5)]));
        object["metadata"]["annotations"] = annotations;
        find_subsets(&object, None).unwrap_err().to_string()
    };
    for epoch in ["", "seven", "-1", "+7", "007", "7.0", "18446744073709551616"] {
        assert_eq!(
            refusal(json!({"serin.dev/epoch": epoch})),
            format!(
                "metadata.annotations[\"serin.dev/epoch\"]: expected a decimal integer of at most 64 bits, \
                 as Serin writes it, found \"{epoch}\"; \
                 hint: restore the number that was last written; while no rollout runs it may be removed"
            )
        );
    }
    for key in ["serin.dev/epoch", "serin.dev/rollout", "serin.dev/aborted"] {
        assert_eq!(
            refusal(json!({key: 7})),
            format!(
                "metadata.annotations[\"{key}\"]: expected a string, found 7; \
                 hint: annotations are strings: put the value in quotes"
            )
        );
    }
    assert_eq!(
        refusal(json!(["a"])),
        "metadata.annotations: expected a mapping of strings, found [\"a\"]; \
         hint: write it as `key: \"value\"` entries, or remove it"
    );
}

#[test]
fn no_shape_of_object_panics_and_messages_stay_short() {
    let long = "x".repeat(10_000);
    for object in [
        json!(null),
        json!([]),
        json!("text"),
        json!({"metadata": []}),
        json!({"metadata": {}, "spec": {"http": [1, null, [], {"route": [1, null, {"destination": 1}]}]}}),
        json!({"metadata": {"annotations": long}}),
        json!({"metadata": {}, "spec": {"http": long}}),
        service(json!([{"name": long, "route": [to("basket", "stable", 1), to("basket", "canary", 1)]}])),
    ] {
        let message = find_subsets(&object, None).unwrap_err().to_string();
        assert!(message.chars().count() < 400, "{message}");
    }
}

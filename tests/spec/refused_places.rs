//! Workloads and traffic that cannot be meant, and what is not built yet.

use super::told;

const STABLE: &str = "stable: {endpoints: ['http://a:1']}";

/// What is said of the canary's workload `canary`, beside a good stable one.
fn told_of_canary_workload(canary: &str) -> String {
    told(&format!("workloads: {{{STABLE}, canary: {canary}}}"))
}

/// What is said of the destinations.
fn told_of_destinations(stable: &str, canary: &str) -> String {
    told(&format!(
        "traffic: {{file: {{path: r.yaml, virtualService: shop, stable: {stable}, canary: {canary}}}}}"
    ))
}

#[test]
fn endpoints_are_plain_http() {
    assert_eq!(
        told_of_canary_workload("{endpoints: ['https://b:2', 'b:2', 'http://b:0']}"),
        "shop.yaml:5: spec.workloads.canary.endpoints[0]: expected an address such as `http://127.0.0.1:8081`, \
         found `https://b:2`\n  \
         hint: this version reads endpoints over plain http\n\
         shop.yaml:5: spec.workloads.canary.endpoints[1]: expected an address such as `http://127.0.0.1:8081`, \
         found `b:2`\n  \
         hint: it begins with `http://`\n\
         shop.yaml:5: spec.workloads.canary.endpoints[2]: expected an address such as `http://127.0.0.1:8081`, \
         found `http://b:0`"
    );
}

#[test]
fn an_endpoint_is_in_one_arm_once() {
    assert_eq!(
        told_of_canary_workload("{endpoints: ['http://b:2', 'http://B:2/', 'http://a:1']}"),
        "shop.yaml:5: spec.workloads.canary.endpoints[1]: expected each endpoint once, in one arm, \
         found `http://B:2/` again (first at spec.workloads.canary.endpoints[0])\n\
         shop.yaml:5: spec.workloads.canary.endpoints[2]: expected each endpoint once, in one arm, \
         found `http://a:1` again (first at spec.workloads.stable.endpoints[0])"
    );
}

#[test]
fn an_arm_has_endpoints() {
    let expected = "shop.yaml:5: spec.workloads.canary.endpoints: expected at least one endpoint, found none\n  \
                    hint: such as `[http://127.0.0.1:8081]`";
    assert_eq!(told_of_canary_workload("{}"), expected);
    assert_eq!(told_of_canary_workload("{endpoints: []}"), expected);
    let many: Vec<String> = (1..=101).map(|port| format!("'http://b:{port}'")).collect();
    assert_eq!(
        told_of_canary_workload(&format!("{{endpoints: [{}]}}", many.join(", "))),
        "shop.yaml:5: spec.workloads.canary.endpoints: expected at most 100 endpoints, found 101"
    );
}

#[test]
fn both_arms_are_of_one_sort() {
    assert_eq!(
        told_of_canary_workload("{kind: Deployment, name: shop-canary}")
            .lines()
            .next()
            .unwrap(),
        "shop.yaml:5: spec.workloads.canary: expected a workload of the sort that `stable` is, found another"
    );
    assert_eq!(
        told_of_canary_workload("{kind: Pod, name: shop}")
            .lines()
            .next()
            .unwrap(),
        "shop.yaml:5: spec.workloads.canary.kind: expected `Deployment`, found `Pod`"
    );
}

#[test]
fn a_fresh_baseline_is_for_a_later_version() {
    assert_eq!(
        told(&format!(
            "workloads: {{{STABLE}, canary: {{endpoints: ['http://b:2']}}, baseline: {{endpoints: ['http://c:3']}}}}"
        )),
        "shop.yaml:5: spec.workloads.baseline: expected nothing here in this version, found a workload\n  \
         hint: leave it out: the canary is compared with `stable`, which serves beside it"
    );
}

#[test]
fn traffic_has_one_place() {
    assert_eq!(
        told("traffic: {}"),
        "shop.yaml:5: spec.traffic: expected exactly one of `file` and `istio`, found neither"
    );
    let place = "{virtualService: shop, stable: {subset: a}, canary: {subset: b}";
    assert_eq!(
        told(&format!(
            "traffic: {{istio: {place}}}, file: {place}, path: r.yaml}}}}"
        )),
        "shop.yaml:5: spec.traffic: expected exactly one of `file` and `istio`, found both"
    );
}

#[test]
fn destinations_are_told_apart() {
    assert_eq!(
        told_of_destinations("{host: shop, subset: a}", "{host: shop, subset: a}"),
        "shop.yaml:5: spec.traffic.file.canary: expected another destination than `stable`, found the same"
    );
    assert_eq!(
        told_of_destinations("{}", "{subset: ''}"),
        "shop.yaml:5: spec.traffic.file.stable: expected `host`, `subset` or both, found neither\n  \
         hint: such as `{subset: stable}`\n\
         shop.yaml:5: spec.traffic.file.canary.subset: expected a name of at most 63 small letters, digits and `-`, \
         which begins and ends with a letter or digit, found an empty text"
    );
    assert_eq!(
        told_of_destinations("{host: shop-stable}", "{host: shop-canary}"),
        ""
    );
}

#[test]
fn a_route_file_is_named() {
    assert_eq!(
        told(
            "traffic: {file: {path: '', virtualService: Shop, route: '', stable: {subset: a}, canary: {subset: b}}}"
        ),
        "shop.yaml:5: spec.traffic.file.path: expected the path of a VirtualService manifest, found an empty text\n\
         shop.yaml:5: spec.traffic.file.virtualService: expected a name of small letters, digits, `-` and `.`, \
         found `Shop`\n\
         shop.yaml:5: spec.traffic.file.route: expected the name of an HTTP route, found an empty text\n  \
         hint: leave it out where only one route has the two destinations"
    );
}

#[test]
fn endpoints_are_neither_scaled_nor_copied() {
    assert_eq!(
        told("scaling: auto"),
        "shop.yaml:5: spec.scaling: expected `none` with `endpoints`, found `auto`\n  \
         hint: endpoints are processes that Serin did not start: they are scaled by whoever did"
    );
    assert_eq!(
        told("promotion: {workload: copy}"),
        "shop.yaml:5: spec.promotion.workload: expected `none` with `endpoints`, found `copy`\n  \
         hint: endpoints have no pod template to copy: the canary stays at its weight until somebody changes it"
    );
}

#[test]
fn a_slip_in_a_hook_is_told_with_what_was_meant() {
    let told = told("hooks: [{name: smoke, type: pre-rolout, url: 'http://tester.test/', timeuot: 15s}]");
    assert_eq!(
        told,
        "shop.yaml:5: spec.hooks[0].type: expected one of `pre-rollout`, `rollout`, `confirm-rollout`, \
         `confirm-traffic-increase`, `confirm-promotion`, `post-rollout`, `rollback`, `event`, found `pre-rolout`\n  \
         hint: did you mean `pre-rollout`?\n\
         shop.yaml:5: spec.hooks[0].timeuot: expected a field that Serin knows, found `timeuot`\n  \
         hint: did you mean `timeout`?"
    );
}

//! Hooks, as they are checked.

use serin::spec::{AllowList, Known, check, examine_for};
use url::Url;

use super::told;
use crate::world::canary::{TEMPLATES, document_with};

/// What is wrong with a Canary of these hooks where the administrator lists `allow`.
fn told_for(allow: &[&str], hooks: &str) -> String {
    let text = document_with(&format!("hooks: {hooks}"));
    let known = Known {
        hooks: AllowList::new(allow.iter().map(|entry| Url::parse(entry).unwrap())),
        ..Known::default()
    };
    let files = [("shop.yaml", text.as_str()), ("templates.yaml", TEMPLATES)];
    examine_for(&known, files).problems.to_string()
}

#[test]
fn without_a_configuration_any_address_of_a_server_will_do() {
    assert_eq!(
        told("hooks: [{name: smoke, type: pre-rollout, url: 'http://tester.test/', timeout: 15s}]"),
        ""
    );
}

#[test]
fn a_hook_goes_where_the_administrator_lets_it() {
    let hook = "[{name: smoke, type: pre-rollout, url: 'http://tester.test/hooks/smoke'}]";
    assert_eq!(told_for(&["http://tester.test/hooks"], hook), "");
    assert_eq!(
        told_for(&[], hook),
        "shop.yaml:5: spec.hooks[0].url: expected no hooks, as `hooks.allow` lists no address, found `http://tester.test/hooks/smoke`\n  \
         hint: the administrator lists where hooks may go, such as `hooks: {allow: http://tester.test/}` in the configuration"
    );
    assert_eq!(
        told_for(&["https://tester.test/"], hook),
        "shop.yaml:5: spec.hooks[0].url: expected an address that begins as one of `hooks.allow` does: `https://tester.test/`, \
         found `http://tester.test/hooks/smoke`\n  \
         hint: the administrator can list it"
    );
}

#[test]
fn a_metadata_server_is_refused_however_it_is_written() {
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
    ] {
        let told = told(&format!(
            "hooks: [{{name: a, type: rollback, url: 'http://{host}/'}}]"
        ));
        assert!(
            told.contains(
                "spec.hooks[0].url: expected the address of a gate or a test, found a link-local address"
            ),
            "{told}"
        );
    }
}

#[test]
fn names_are_told_apart_and_bounds_are_kept() {
    assert_eq!(
        told(
            "hooks: [{name: a, type: rollout, url: 'http://t/', timeout: 2h, retries: 11, failureLimit: 0}, {name: a, type: rollout, url: 'http://t/'}]"
        ),
        "shop.yaml:5: spec.hooks[0].timeout: expected a duration from `1s` to `1h`, found `2h`\n\
         shop.yaml:5: spec.hooks[0].retries: expected a whole number from 0 to 10, found `11`\n\
         shop.yaml:5: spec.hooks[0].failureLimit: expected a whole number from 1 to 100, found `0`\n\
         shop.yaml:5: spec.hooks[1].name: expected each hook's own name, found `a` again"
    );
}

#[test]
fn what_has_no_effect_is_refused() {
    assert_eq!(
        told("hooks: [{name: a, type: rollback, url: 'http://t/', failureLimit: 1, expires: {after: 1h}}]"),
        "shop.yaml:5: spec.hooks[0].expires: expected a hook that a rollout waits for: `confirm-rollout`, `pre-rollout`, \
         `confirm-traffic-increase` or `confirm-promotion`, found one of type `rollback`\n  \
         hint: nothing waits for this one: leave the field out\n\
         shop.yaml:5: spec.hooks[0].failureLimit: expected a hook of type `pre-rollout` or `rollout`, found one of type `rollback`\n  \
         hint: an answer of another type that does not pass is no failed check: leave the field out"
    );
}

#[test]
fn credentials_do_not_stand_in_an_address() {
    let told = told("hooks: [{name: a, type: event, url: 'http://me:hunter2@t/'}]");
    assert!(
        told.contains("found one with credentials, which is not shown"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_canary_without_hooks_says_nothing_of_them_in_its_journal() {
    let text = document_with("");
    let files = [("shop.yaml", text.as_str()), ("templates.yaml", TEMPLATES)];
    let canary = check(files).unwrap().remove(0);
    assert!(!serde_json::to_string(&canary).unwrap().contains("hooks"));
}

//! What the README's section on a cluster tells people to type, so that these rollouts are what comes of it.

const README: &str = include_str!("../../../README.md");

/// The namespace that the README has its application in.
const ITS_NAMESPACE: &str = "shop";

/// The arguments of the one kubectl command there that begins so, for the application in `namespace`.
pub(super) fn kubectl<'a>(beginning: &str, namespace: &'a str) -> Vec<&'a str> {
    let line = section().lines().find(|line| line.starts_with(beginning));
    let line = line.unwrap_or_else(|| panic!("`{beginning}…` is not in the README's section on a cluster"));
    let words = line
        .split(" # ")
        .next()
        .unwrap_or(line)
        .split_whitespace()
        .skip(1);
    words
        .map(|word| if word == ITS_NAMESPACE { namespace } else { word })
        .collect()
}

/// The Canary there, for the application in `namespace`, with what would let a test wait for minutes made short.
pub(super) fn canary(namespace: &str) -> String {
    let blocks = section().split("```\n");
    let found = blocks.filter(|block| block.contains("kind: Canary")).last();
    let canary = found.expect("the section shows a Canary");
    let soon = "  steps: [{weight: 5}, {weight: 50}, {weight: 100}]\n  promotion: {bake: 2s}\n  analysis:\n    interval: 1s\n    warmup: 1s\n";
    assert!(canary.contains("  analysis:\n"), "{canary}");
    canary.replace("  analysis:\n", soon).replace(
        &format!("namespace: {ITS_NAMESPACE}"),
        &format!("namespace: {namespace}"),
    )
}

/// Flagger's webhooks as the README has them, for the Serin at `gate` and with this metadata, but for those of the types `without`.
pub(super) fn flaggers_webhooks(gate: &str, metadata: &str, without: &[&str]) -> String {
    let gate_in_readme = "http://flagger:TOKEN@serin.serin:8080";
    let section = from("### As Flagger's gate\n");
    let webhooks = section
        .lines()
        .filter(|line| line.starts_with("    - {name: ") && line.contains(gate_in_readme))
        .filter(|line| {
            !without
                .iter()
                .any(|kind| line.contains(&format!("type: {kind},")))
        });
    webhooks
        .map(|line| {
            let line = line.replace(gate_in_readme, gate);
            let webhook = line.strip_suffix('}').expect("a webhook is a line");
            format!("{webhook}, metadata: {metadata}}}\n")
        })
        .collect()
}

fn section() -> &'static str {
    from("### In a cluster\n")
}

/// What comes after a heading, until the next of the first order.
fn from(heading: &str) -> &'static str {
    let from = README.split(heading).nth(1).expect("the README has it");
    from.split("\n## ").next().unwrap_or(from)
}

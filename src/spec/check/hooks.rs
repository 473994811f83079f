//! The hooks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use url::Url;

use super::findings::{Findings, Range};
use crate::document::FieldPath;
use crate::spec::allow_list::{AllowList, reachable_as_listed};
use crate::spec::canary::{ExpirySpec, HookSpec};
use crate::spec::checked::{AfterExpiry, Expiry, Hook, Mode};

/// Hooks of a Canary: each is called before a raise or at every look, and waited for.
pub(in crate::spec) const MAX_HOOKS: usize = 20;
/// Length of a hook's name: it is a word or two, and told wherever the hook holds a rollout.
pub(in crate::spec) const MAX_HOOK_NAME: usize = 100;
/// Length of a hook's address: the usual limit of servers and proxies for a whole request line is four times that.
pub(in crate::spec) const MAX_HOOK_URL: usize = 2_000;
/// Flagger's own.
pub(in crate::spec) const DEFAULT_HOOK_TIMEOUT: Duration = Duration::from_secs(10);
/// Attempts beyond the first; with pauses up to half a minute, ten take as long as most outages.
pub(in crate::spec) const MAX_RETRIES: u64 = 10;
/// A day: whoever was asked in the evening has seen it the next morning.
pub(in crate::spec) const DEFAULT_EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);
/// Answers in a row. Whoever waits for more waits for the deadline.
pub(in crate::spec) const MAX_FAILURE_LIMIT: u64 = 100;
/// Entries of the metadata: a load tester's commands have three or four.
pub(in crate::spec) const MAX_METADATA: usize = 50;
/// Length of a name in the metadata.
const MAX_METADATA_NAME_BYTES: usize = 100;
/// Length of a value in the metadata: a command line or a small script.
pub(in crate::spec) const MAX_METADATA_VALUE: usize = 4_000;

/// The longest is what Flagger's load tester gives its own tasks.
const TIMEOUT: Range<Duration> = Range {
    expected: "a duration from `1s` to `1h`",
    holds: |timeout| (1..=60 * 60 * 1000).contains(&timeout.as_millis()) && timeout >= Duration::from_secs(1),
};

const EXPIRY: Range<Duration> = Range {
    expected: "a duration from `1s` to `30d`",
    holds: |after| after >= Duration::from_secs(1) && after <= Duration::from_secs(30 * 24 * 60 * 60),
};

/// Checks the hooks; where the daemon's configuration is known, also that they may go where they go.
pub(super) fn hooks(
    here: &FieldPath,
    specs: &[HookSpec],
    mode: Mode,
    allowed: Option<&AllowList>,
    findings: &mut Findings<'_>,
) -> Vec<Hook> {
    if specs.len() > MAX_HOOKS {
        let found = specs.len().to_string();
        findings.refuse_found(here, format!("at most {MAX_HOOKS} hooks"), found, None);
        return Vec::new();
    }
    if !specs.is_empty() && mode == Mode::Observe {
        findings.remark(
            here,
            "none is called with `mode: observe`: whoever moves the traffic calls its own",
        );
    }
    if !specs.is_empty() && allowed.is_none() {
        findings.remark(
            here,
            "where hooks may go is the configuration's to say (`hooks.allow`): check the two together",
        );
    }
    let mut seen = BTreeSet::new();
    let checked = specs.iter().enumerate().map(|(index, spec)| {
        let here = here.index(index);
        if !is_name(&spec.name) {
            let expected = format!("a name of 1 to {MAX_HOOK_NAME} characters in one line");
            findings.refuse(&here.key("name"), expected, None);
        } else if !seen.insert(spec.name.as_str()) {
            let found = format!("`{}` again", spec.name);
            findings.refuse_found(&here.key("name"), "each hook's own name", found, None);
        }
        hook(&here, spec, allowed, findings)
    });
    checked.collect()
}

fn hook(here: &FieldPath, spec: &HookSpec, allowed: Option<&AllowList>, findings: &mut Findings<'_>) -> Hook {
    let r#type = spec.r#type;
    if spec.expires.is_some() && !r#type.is_waited_for() {
        let hint = "nothing waits for this one: leave the field out".to_owned();
        findings.refuse_found(
            &here.key("expires"),
            "a hook that a rollout waits for: `confirm-rollout`, `pre-rollout`, `confirm-traffic-increase` or `confirm-promotion`",
            format!("one of type `{type}`"),
            hint,
        );
    }
    Hook {
        name: spec.name.clone(),
        r#type,
        url: address(&here.key("url"), &spec.url, allowed, findings),
        timeout: findings.duration(
            &here.key("timeout"),
            spec.timeout.as_ref(),
            DEFAULT_HOOK_TIMEOUT,
            &TIMEOUT,
        ),
        retries: number(&here.key("retries"), spec.retries, 0..=MAX_RETRIES, findings).unwrap_or_default(),
        metadata: metadata(&here.key("metadata"), spec.metadata.as_ref(), findings),
        failure_limit: failure_limit(&here.key("failureLimit"), spec, findings),
        expires: expiry(&here.key("expires"), spec.expires.as_ref(), findings),
    }
}

fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    (1..=MAX_HOOK_NAME).contains(&length) && name.trim() == name && !name.contains(char::is_control)
}

/// Where a hook goes, in the one way to write it.
fn address(
    here: &FieldPath,
    written: &str,
    allowed: Option<&AllowList>,
    findings: &mut Findings<'_>,
) -> String {
    const EXPECTED: &str = "an address such as `https://gate.example.com/check`";
    let begins = || "it begins with `https://` or `http://`".to_owned();
    if written.len() > MAX_HOOK_URL {
        let found = format!("one of {} bytes", written.len());
        findings.refuse_found(
            here,
            format!("an address of at most {MAX_HOOK_URL} bytes"),
            found,
            None,
        );
        return String::new();
    }
    let Ok(url) = Url::parse(written) else {
        findings.refuse(here, EXPECTED, (!written.contains("://")).then(begins));
        return String::new();
    };
    if !matches!(url.scheme(), "http" | "https") {
        findings.refuse(here, EXPECTED, begins());
    } else if !url.username().is_empty() || url.password().is_some() {
        let hint = "credentials do not belong here, where everybody reads them".to_owned();
        findings.refuse_found(here, EXPECTED, "one with credentials, which is not shown", hint);
    } else if url.fragment().is_some() || written.trim() != written {
        findings.refuse(
            here,
            EXPECTED,
            "an address has no `#` and no white space".to_owned(),
        );
    } else if let Some(Err(why)) = url.host().as_ref().map(reachable_as_listed) {
        let hint = "hooks never go to link-local and metadata addresses, in whatever way they are written"
            .to_owned();
        findings.refuse_found(
            here,
            "the address of a gate or a test",
            format!("{why}: `{url}`"),
            hint,
        );
    } else if let Some(allowed) = allowed.filter(|allowed| !allowed.allows(&url)) {
        not_allowed(here, &url, allowed, findings);
    }
    url.to_string()
}

fn not_allowed(here: &FieldPath, url: &Url, allowed: &AllowList, findings: &mut Findings<'_>) {
    let found = format!("`{url}`");
    if allowed.is_empty() {
        let hint = format!(
            "the administrator lists where hooks may go, such as `hooks: {{allow: {}/}}` in the configuration",
            url.origin().ascii_serialization()
        );
        findings.refuse_found(here, "no hooks, as `hooks.allow` lists no address", found, hint);
    } else {
        let expected = format!("an address that begins as one of `hooks.allow` does: {allowed}");
        findings.refuse_found(here, expected, found, "the administrator can list it".to_owned());
    }
}

fn number(
    here: &FieldPath,
    written: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
    findings: &mut Findings<'_>,
) -> Option<u32> {
    let written = written?;
    if !range.contains(&written) {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        findings.refuse(here, expected, None);
    }
    u32::try_from(written).ok()
}

fn failure_limit(here: &FieldPath, spec: &HookSpec, findings: &mut Findings<'_>) -> Option<u32> {
    let limit = number(here, spec.failure_limit, 1..=MAX_FAILURE_LIMIT, findings)?;
    if !spec.r#type.is_check() {
        let hint =
            "an answer of another type that does not pass is no failed check: leave the field out".to_owned();
        let found = format!("one of type `{}`", spec.r#type);
        findings.refuse_found(here, "a hook of type `pre-rollout` or `rollout`", found, hint);
    }
    Some(limit)
}

fn expiry(here: &FieldPath, spec: Option<&ExpirySpec>, findings: &mut Findings<'_>) -> Expiry {
    let after = spec.and_then(|spec| spec.after.as_ref());
    Expiry {
        after: findings.duration(&here.key("after"), after, DEFAULT_EXPIRY, &EXPIRY),
        then: spec.and_then(|spec| spec.then).unwrap_or(AfterExpiry::Hold),
    }
}

fn metadata(
    here: &FieldPath,
    written: Option<&BTreeMap<String, String>>,
    findings: &mut Findings<'_>,
) -> BTreeMap<String, String> {
    let Some(written) = written else {
        return BTreeMap::new();
    };
    if written.len() > MAX_METADATA {
        let found = written.len().to_string();
        findings.refuse_found(here, format!("at most {MAX_METADATA} entries"), found, None);
    }
    for (name, value) in written {
        if name.is_empty() || name.len() > MAX_METADATA_NAME_BYTES {
            let expected = format!("names of 1 to {MAX_METADATA_NAME_BYTES} bytes");
            findings.refuse_found(here, expected, format!("one of {} bytes", name.len()), None);
        }
        if value.len() > MAX_METADATA_VALUE {
            let expected = format!("a text of at most {MAX_METADATA_VALUE} bytes");
            findings.refuse_found(
                &here.key(name),
                expected,
                format!("one of {} bytes", value.len()),
                None,
            );
        }
    }
    written.clone()
}

//! The servers that hooks may go to: whether a call would arrive there.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use url::Url;

use super::diagnosis::HookDiagnosis;
use super::finding::{About, Finding};
use crate::hook::{HookCaller, Reach};

/// Servers that are connected to at once: each takes milliseconds, or its whole time.
const SERVERS_AT_ONCE: usize = 8;

/// Looks at each server of `allowed` once, whatever paths of it are listed. Nothing is asked there, so no gate is opened and no test begun.
pub async fn reach(caller: &HookCaller, allowed: &[Url]) -> Vec<HookDiagnosis> {
    let servers: BTreeMap<String, &Url> = allowed
        .iter()
        .map(|url| (url.origin().ascii_serialization(), url))
        .collect();
    let looked = servers.into_iter().map(|(server, url)| async move {
        let found = finding(caller.reach(url).await, url);
        let findings = vec![found.asked(format!("a connection to {server}, and nothing over it"))];
        HookDiagnosis { server, findings }
    });
    stream::iter(looked).buffered(SERVERS_AT_ONCE).collect().await
}

fn finding(reach: Reach, url: &Url) -> Finding {
    let is_secure = url.scheme() == "https";
    match reach {
        Reach::Reached if is_secure => Finding::ok(
            About::Reachable,
            "takes connections, and its certificate is one to trust",
        ),
        Reach::Reached => Finding::ok(About::Reachable, "takes connections"),
        Reach::NotAllowed(why) => Finding::warning(About::Reachable, why)
            .hint("hooks there hold their rollouts; list an address that they may go to in `hooks.allow`"),
        Reach::Unreachable(why) => Finding::warning(About::Reachable, why).hint(if is_secure {
            "hooks there hold their rollouts; where its authority is your own, name that in `hooks.caFile`"
        } else {
            "hooks there hold their rollouts until it is"
        }),
    }
}

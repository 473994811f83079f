//! A channel of every kind, all told by one server.

use crate::world::home::Home;
use crate::world::marked;

/// The channels, by name: what they are in the configuration, `ADDRESS` standing for the other side's and `SECRET` for a file. Each
/// one's path begins with its name.
pub(super) const CHANNELS: [(&str, &str); 5] = [
    ("hook", "type: webhook, url: ADDRESS/hook"),
    ("room", "type: slack, url: ADDRESS/room"),
    (
        "chat",
        "type: slack, channel: deploys, tokenFile: SECRET, apiUrl: ADDRESS/chat",
    ),
    (
        "pager",
        "type: pagerduty, routingKeyFile: SECRET, apiUrl: ADDRESS/pager",
    ),
    ("alerts", "type: alertmanager, members: ADDRESS/alerts"),
];

/// What a Canary writes to tell all of them.
pub(super) fn names() -> String {
    CHANNELS.map(|(name, _)| name).join(", ")
}

/// Their part of a configuration, below `notify.channels`: each takes all news, and a server at `address` is told.
pub(super) fn configured(home: &Home, address: &str) -> String {
    let secret = home.secret_file("channels", &marked::secret("channels"));
    let channels = CHANNELS.map(|(name, what)| {
        let what = what.replace("ADDRESS", address);
        let what = what.replace("SECRET", &secret.display().to_string());
        format!("    {name}: {{{what}, urgencies: \"info, warning, page\", kinds: none, timeout: 1s}}\n")
    });
    channels.concat()
}

//! Who hears the news, and who could have made it up.

use url::Url;

use super::finding::{Audit, Check, Severity};
use super::in_the_open;
use crate::config::{Config, Destination, Notify, Source};

/// What is shorter in an address is a name.
const SECRET_BYTES_MIN: usize = 16;

pub(super) fn look(notify: &Notify, audit: &mut Audit) {
    for (name, channel) in &notify.channels {
        // An address of most channels is a secret itself, or a secret goes there.
        let (addresses, severity) = match &channel.destination {
            Destination::Log => continue,
            Destination::Webhook { url, secret } => {
                if secret.is_none() {
                    audit.find(
                        Severity::Low,
                        Check::WebhookUnsigned,
                        format!("notify.channels.{name}"),
                        "nothing tells its receiver that the news is Serin's",
                        "set `secretFile`, and check `webhook-signature` there",
                    );
                }
                (vec![url], Severity::Medium)
            }
            Destination::SlackWebhook { url } => (vec![url], Severity::High),
            Destination::Slack { api, .. } | Destination::PagerDuty { api, .. } => {
                (api.iter().collect(), Severity::High)
            }
            Destination::Alertmanager { members, token } => {
                let severity = if token.is_some() {
                    Severity::High
                } else {
                    Severity::Low
                };
                (members.iter().collect(), severity)
            }
        };
        for address in addresses {
            if Url::parse(address.expose()).is_ok_and(|url| in_the_open(&url)) {
                audit.find(
                    severity,
                    Check::ChannelInTheOpen,
                    format!("notify.channels.{name}"),
                    format!("plain HTTP to {address}"),
                    "use https, with `caFile` where the authority is your own",
                );
            }
        }
    }
}

/// Whether an address that whoever has it can use stands where a configuration is read, copied and kept.
pub(super) fn look_at_files(config: &Config, audit: &mut Audit) {
    for (name, channel) in &config.notify.channels {
        let field = format!("notify.channels.{name}.url");
        // What was read from a file of its own is told as written where that file is named.
        let has_own_file = written(config, &format!("{field}File")).is_some();
        let is_in_file = !has_own_file
            && written(config, &field)
                .is_some_and(|source| matches!(source, Source::File { .. } | Source::Overlay { .. }));
        let found = match &channel.destination {
            Destination::SlackWebhook { .. } => "whoever reads the file can write to that Slack channel",
            Destination::Webhook { url, .. } if Url::parse(url.expose()).is_ok_and(|url| is_secret(&url)) => {
                "its path looks like a secret: whoever reads the file can use the address"
            }
            _ => continue,
        };
        if is_in_file {
            audit.find(
                Severity::Medium,
                Check::ChannelAddressInFile,
                field,
                found,
                "put the address into a file of its own and name that in `urlFile`, or into a variable",
            );
        }
    }
}

/// Where the field was written, if it was.
fn written<'a>(config: &'a Config, field: &str) -> Option<&'a Source> {
    let setting = config.settings().iter().find(|setting| setting.field == field)?;
    Some(&setting.source).filter(|source| **source != Source::Default)
}

/// Whether part of an address is such as nobody types: long, of letters and digits.
fn is_secret(url: &Url) -> bool {
    let parts = url.path_segments().into_iter().flatten();
    let values: Vec<_> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
    let is_random = |part: &str| {
        part.len() >= SECRET_BYTES_MIN
            && part.contains(|c: char| c.is_ascii_digit())
            && part.contains(|c: char| c.is_ascii_alphabetic())
    };
    parts.chain(values.iter().map(String::as_str)).any(is_random)
}

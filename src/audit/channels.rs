//! Who hears the news, and who could have made it up.

use url::Url;

use super::finding::{Audit, Check, Severity};
use super::in_the_open;
use crate::config::{Destination, Notify};

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

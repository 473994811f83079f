//! The configured channels.

use std::collections::BTreeMap;
use std::iter;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::authorities::Authorities;
use crate::config::{Channel, Config, Destination, Notify, WebhookUrl, Whereabouts};
use crate::document::{Problem, Problems};
use crate::driver::Outbox;
use crate::driver::ports::Clock;
use crate::engine::Urgency;
use crate::notify::webhook::SOURCE_DEFAULT;
use crate::notify::{
    Alertmanager, AlertmanagerOptions, Fallback, Limits, LinkTemplates, LogChannel, Outlet, PagerDuty,
    PagerDutyOptions, ReceiverAddress, Route, Slack, SlackWay, Templates, Webhook, WebhookOptions, pagerduty,
    slack, wording,
};
use crate::signature::SigningKey;

/// One at a time where the second message of a rollout has to know where the first one is.
const ONE: NonZeroUsize = NonZeroUsize::new(1).expect("1 is not 0");

/// What a channel has over the requests that it makes: it ends each by itself, and the whole of them is cut off a little later.
const GRACE: Duration = Duration::from_secs(1);

/// An outlet for every channel, by its name. What lasts is looked up in `outbox`.
pub(super) fn outlets(
    notify: &Notify,
    outbox: &Arc<dyn Outbox>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<BTreeMap<String, Outlet>> {
    let channels = notify.channels.iter();
    channels
        .map(|(name, channel)| {
            Ok((
                name.clone(),
                outlet(name, channel, &notify.whereabouts, outbox, clock)?,
            ))
        })
        .collect()
}

/// The outlet for `channel`.
pub(super) fn outlet(
    name: &str,
    channel: &Channel,
    whereabouts: &Whereabouts,
    outbox: &Arc<dyn Outbox>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Outlet> {
    let templates = templates(channel, whereabouts);
    let outlet =
        plain(channel, templates, outbox, clock).with_context(|| format!("`notify.channels.{name}`"))?;
    let fallback = channel.fallback.as_ref();
    Ok(Outlet {
        route: route(channel),
        fallback: fallback.map(|(channel, after)| Fallback {
            channel: channel.clone(),
            after: *after,
        }),
        ..outlet
    })
}

/// What is wrong with the templates in `config`: only whoever knows the news can say so.
#[must_use]
pub fn wrong_templates(config: &Config) -> Problems {
    let Notify {
        channels,
        whereabouts,
    } = &config.notify;
    let of_channels = channels.iter().map(|(name, channel)| {
        let templates = templates(channel, &Whereabouts::default());
        (format!("notify.channels.{name}"), templates)
    });
    // A link is every channel's, and is wrong once.
    let of_links = Templates {
        links: links(whereabouts),
        ..Templates::default()
    };
    let written = iter::once(("notify.links".to_owned(), of_links)).chain(of_channels);
    let wrong = written.filter_map(|(section, templates)| {
        let error = wording::check(&templates).err()?;
        let field = format!("{section}.{}", error.part.name());
        let setting = config.settings().iter().find(|setting| setting.field == field);
        let (file, line) = setting.map(|setting| setting.source.place()).unwrap_or_default();
        Some(Problem {
            file,
            line,
            field: Some(field),
            expected: "a template that works for every kind of news".to_owned(),
            found: format!("in its line {} {}", error.line, error.reason),
            hint: None,
        })
    });
    Problems::new(wrong.collect())
}

fn plain(
    channel: &Channel,
    templates: Templates,
    outbox: &Arc<dyn Outbox>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Outlet> {
    let limits = limits(channel);
    let authorities = channel.ca_file.as_deref().map(Authorities::read).transpose();
    let authorities = authorities.context("`caFile`")?.map(Arc::new);
    let at = |address: &str| ReceiverAddress {
        authorities: authorities.clone(),
        ..address.into()
    };
    let address = |url: &WebhookUrl| at(url.expose());
    let address_or = |url: Option<&WebhookUrl>, default: &str| url.map_or_else(|| at(default), address);
    let outlet = match &channel.destination {
        Destination::Log => return Ok(Outlet::in_order(LogChannel)),
        Destination::Webhook { url, secret } => {
            let signing_keys = secret.iter().map(SigningKey::parse);
            let options = WebhookOptions {
                url: address(url),
                signing_keys: signing_keys.collect::<Result<_, _>>()?,
                source: SOURCE_DEFAULT.to_owned(),
                templates,
            };
            Outlet::new(Webhook::new(options, Arc::clone(clock))?)
        }
        Destination::SlackWebhook { url } => {
            let way = SlackWay::Webhook(address(url));
            Outlet::new(Slack::new(way, &templates, Arc::clone(outbox))?)
        }
        Destination::Slack { channel, token, api } => {
            let way = SlackWay::Bot {
                api: address_or(api.as_ref(), slack::API_DEFAULT),
                token: token.clone(),
                channel: channel.clone(),
            };
            let in_flight = ONE;
            return Ok(Outlet {
                limits: Limits { in_flight, ..limits },
                ..Outlet::new(Slack::new(way, &templates, Arc::clone(outbox))?)
            });
        }
        Destination::PagerDuty { routing_key, api } => {
            let options = PagerDutyOptions {
                api: address_or(api.as_ref(), pagerduty::API_DEFAULT),
                routing_key: routing_key.clone(),
                templates,
            };
            Outlet::new(PagerDuty::new(options, Arc::clone(outbox), Arc::clone(clock))?)
        }
        Destination::Alertmanager { members, token } => {
            let options = AlertmanagerOptions {
                members: members.iter().map(address).collect(),
                token: token.clone(),
                timeout: limits.send_timeout,
                templates,
            };
            let send_timeout = limits.send_timeout + GRACE;
            return Ok(Outlet {
                limits: Limits {
                    send_timeout,
                    ..limits
                },
                ..Outlet::new(Alertmanager::new(options, Arc::clone(outbox), Arc::clone(clock))?)
            });
        }
    };
    Ok(Outlet { limits, ..outlet })
}

fn limits(channel: &Channel) -> Limits {
    let effort = channel.effort;
    let per_minute = usize::try_from(effort.max_per_minute)
        .ok()
        .and_then(NonZeroUsize::new);
    Limits {
        per_minute: per_minute.unwrap_or_else(|| Limits::default().per_minute),
        send_timeout: effort.timeout,
        expiry: effort.expiry,
        ..Limits::default()
    }
}

fn route(channel: &Channel) -> Route {
    let urgencies = [Urgency::Info, Urgency::Warning, Urgency::Page];
    let chosen = |urgency: &Urgency| channel.urgencies.contains(&urgency.name());
    Route {
        urgencies: urgencies.into_iter().filter(chosen).collect(),
        kinds: channel.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    }
}

fn templates(channel: &Channel, whereabouts: &Whereabouts) -> Templates {
    Templates {
        title: channel.title.clone(),
        text: channel.text.clone(),
        cluster: whereabouts.cluster.clone(),
        links: links(whereabouts),
    }
}

fn links(whereabouts: &Whereabouts) -> LinkTemplates {
    LinkTemplates {
        rollout: whereabouts.rollout.clone(),
        graph: whereabouts.graph.clone(),
        dashboard: whereabouts.dashboard.clone(),
        runbook: whereabouts.runbook.clone(),
    }
}

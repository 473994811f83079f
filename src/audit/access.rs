//! Who may ask the API, and who can listen.

use secrecy::ExposeSecret;

use super::finding::{Audit, Check, Severity};
use crate::config::{Config, is_loopback};
use crate::spec::Timestamp;

/// A day in milliseconds.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A token that is good for longer outlives whoever made it.
const LONG_DAYS: u64 = 366;

/// A new token needs a ticket and somebody's time.
const SOON_DAYS: u64 = 14;

pub(super) fn look(config: &Config, now: Timestamp, audit: &mut Audit) {
    let api = &config.api;
    let is_alone = is_loopback(api.address);
    if !is_alone && api.tls.is_none() {
        audit.find(
            Severity::High,
            Check::ApiInTheOpen,
            "api.address",
            format!("plain HTTP on {}: whoever is on the way reads the tokens", api.address),
            "set `api.tls.certificate` and `api.tls.key`, or listen on 127.0.0.1 behind a proxy that has a certificate",
        );
    }
    if api.token.is_some() {
        let severity = if is_alone { Severity::Low } else { Severity::Medium };
        audit.find(
            severity,
            Check::ApiTokenWithoutEnd,
            "api.token",
            "one token for all, which may do everything and never expires",
            "give each of them a token with a role and an end: `serin generate token`",
        );
    }
    for token in &api.tokens {
        let about = format!("api.tokens.{}", token.name);
        let end = token.expires.as_millisecond().try_into().unwrap_or_default();
        let left = Timestamp(end).since(now).as_millis() as u64 / DAY_MS;
        if left > LONG_DAYS {
            audit.find(
                Severity::Low,
                Check::ApiTokenLongLived,
                about,
                format!("good until {}, which is {left} days", token.expires),
                "make it anew each year: `serin generate token`",
            );
        } else if left < SOON_DAYS {
            audit.find(
                Severity::Medium,
                Check::ApiTokenExpires,
                about,
                format!("good until {}, which is {left} days", token.expires),
                "make the next one now, and let both count for a while: `serin generate token`",
            );
        }
    }
    if api.jwt.as_ref().is_some_and(|jwt| jwt.audience.is_none()) {
        audit.find(
            Severity::Medium,
            Check::JwtForAnybody,
            "api.jwt",
            "signed tokens count whomever they were made for: what another service of the same signer was given opens this one",
            "set `api.jwt.audience`, and have tokens made for it",
        );
    }
    if let (Some(all), Some(webhooks)) = (&api.token, &api.webhook_token)
        && all.expose_secret() == webhooks.expose_secret()
    {
        audit.find(
            Severity::High,
            Check::WebhookTokenOpensAll,
            "api.webhookToken",
            "the same as `api.token`: whoever reads the address of a webhook may do everything",
            "give the webhooks a token of their own: `openssl rand -base64 33`",
        );
    }
}

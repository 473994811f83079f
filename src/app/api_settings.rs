//! What the API is told, made of the configuration.

use std::sync::Arc;

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use sha2::Digest;

use super::reviews;
use crate::api::access::{Claimed, Jwt, JwtKey, Role, Token};
use crate::api::{ApiSettings, Tls, TlsFiles};
use crate::config::{Api, ApiJwt, ApiJwtKey, ApiRole, ApiTls, ApiToken, Config, Sha256};
use crate::signature::SigningKey;
use crate::spec::Timestamp;

/// What the API is told.
///
/// # Errors
/// Where a secret or a key is none that can be used, or a client's own token is the one that may do everything.
pub(super) fn of(config: &Config) -> anyhow::Result<ApiSettings> {
    let api = &config.api;
    refuse_a_clients(api)?;
    let bounded = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let webhook_secrets = [
        ("`api.webhookSecret`", &api.webhook_secret),
        ("`api.previousWebhookSecret`", &api.previous_webhook_secret),
    ];
    let webhook_keys = webhook_secrets.into_iter().filter_map(|(field, secret)| {
        let key = SigningKey::parse(secret.as_ref()?);
        Some(key.context(field))
    });
    Ok(ApiSettings {
        token: api.token.clone(),
        tokens: api.tokens.iter().map(token).collect(),
        jwt: api.jwt.as_ref().map(jwt).transpose()?,
        reviewer: reviews::configured(config),
        webhook_token: api.webhook_token.clone(),
        webhook_keys: webhook_keys.collect::<anyhow::Result<_>>()?,
        tls: api.tls.clone().map(tls).transpose()?,
        body_limit_bytes: bounded(api.body_limit_bytes),
        header_timeout: api.header_timeout,
        request_timeout: api.request_timeout,
        max_connections: bounded(api.max_connections),
    })
}

/// Says which tokens count no longer: whoever has one is told so as well, and this is for whoever gave it to them.
pub(super) fn warn_of_expired(settings: &ApiSettings, now: Timestamp) {
    for token in settings.tokens.iter().filter(|token| token.expires <= now) {
        let (name, expired) = (&token.name, token.expires);
        tracing::warn!(name, %expired, "a token of `api.tokens` has expired");
    }
}

/// SERIN_API_TOKEN is a client's own token to every command but `serin serve`, for which it is the one that may do everything: where it
/// is left in the environment, its owner could as well.
fn refuse_a_clients(api: &Api) -> anyhow::Result<()> {
    let Some(token) = &api.token else {
        return Ok(());
    };
    let hash = Sha256(sha2::Sha256::digest(token.expose_secret()).into());
    let same = api.tokens.iter().find(|known| known.sha256 == hash);
    ensure!(
        same.is_none(),
        "api.token: expected a token of its own, since whoever has it may do everything; found that of `{}` in `api.tokens`\n  \
         hint: leave SERIN_API_TOKEN out of what `serin serve` sees",
        same.map_or("", |same| &same.name)
    );
    Ok(())
}

fn token(token: &ApiToken) -> Token {
    Token {
        name: token.name.clone(),
        role: match token.role {
            ApiRole::Viewer => Role::Viewer,
            ApiRole::Operator => Role::Operator,
            ApiRole::Admin => Role::Admin,
        },
        sha256: token.sha256.0,
        // Before 1970 every token has expired.
        expires: Timestamp(u64::try_from(token.expires.as_millisecond()).unwrap_or(0)),
    }
}

fn jwt(jwt: &ApiJwt) -> anyhow::Result<Arc<Jwt>> {
    let key = match &jwt.key {
        ApiJwtKey::Secret(secret) => JwtKey::Secret(secret.clone()),
        ApiJwtKey::PublicKeyFile(path) => JwtKey::PublicKey(path.clone()),
        ApiJwtKey::JwksFile(path) => JwtKey::KeySet(path.clone()),
    };
    let claimed = Claimed {
        issuer: jwt.issuer.clone(),
        audience: jwt.audience.clone(),
        name: jwt.name_claim.clone(),
        role: jwt.role_claim.clone(),
    };
    Ok(Arc::new(Jwt::new(&key, claimed).context("`api.jwt`")?))
}

fn tls(tls: ApiTls) -> anyhow::Result<Arc<Tls>> {
    let ApiTls { certificate, key } = tls;
    Tls::read(TlsFiles { certificate, key }).context("`api.tls`")
}

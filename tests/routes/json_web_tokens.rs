//! Tokens that somebody else signs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::KeyPair;
use serde_json::{Value, json};
use serin::api::access::{Claimed, Jwt, JwtKey};
use tempfile::TempDir;

use super::Answer;
use super::in_process::InProcess;
use crate::world::World;

const ISSUER: &str = "https://login.test/";
const AUDIENCE: &str = "serin";

/// Somebody who signs, with a key on P-256.
struct Signer {
    id: &'static str,
    pair: KeyPair,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        Self {
            id,
            pair: KeyPair::generate().unwrap(),
        }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header {
            kid: Some(self.id.to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let key = EncodingKey::from_ec_pem(self.pair.serialize_pem().as_bytes()).unwrap();
        encode(&header, claims, &key).unwrap()
    }

    /// As a key of a set.
    fn jwk(&self) -> Value {
        let point = self.pair.public_key_raw();
        let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.id, "x": x, "y": y})
    }
}

fn claimed() -> Claimed {
    Claimed {
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        name: "sub".to_owned(),
        role: "roles".to_owned(),
    }
}

fn api_with(key: &JwtKey) -> InProcess {
    let jwt = Arc::new(Jwt::new(key, claimed()).unwrap());
    InProcess::with(World::new(), |settings| settings.jwt = Some(jwt))
}

/// An API that takes what `signer` signs, by its public key in a file.
fn api_of(signer: &Signer) -> (InProcess, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    fs::write(&file, signer.pair.public_key_pem()).unwrap();
    (api_with(&JwtKey::PublicKey(file)), folder)
}

/// What ada's token says, for a minute from now.
fn ada(api: &InProcess) -> Value {
    let now = api.world.clock.now().0 / 1000;
    json!({"sub": "ada", "iss": ISSUER, "aud": [AUDIENCE, "other"], "exp": now + 60, "roles": ["operator", "sales"]})
}

async fn post(api: &InProcess, command: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let path = format!("/api/v1/canaries/shop/nothing/{command}");
    api.post(&path, &[("authorization", &bearer)], r#"{"reason": "because"}"#)
        .await
}

#[tokio::test(start_paused = true)]
async fn a_signed_token_gives_its_owner_the_highest_role_that_it_claims() {
    let signer = Signer::new("1");
    let (api, _folder) = api_of(&signer);
    let token = signer.sign(&ada(&api));
    post(&api, "abort", &token).await.problem(404, "not-found");
    let problem = post(&api, "promote", &token).await.problem(403, "role");
    assert_eq!(
        problem["detail"],
        "`jwt:ada` has the role `operator`; promote takes the role `admin`"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_says_less_or_something_else_is_nobodys() {
    let signer = Signer::new("1");
    let (api, _folder) = api_of(&signer);
    let changes: [(&str, Value); 9] = [
        ("exp", Value::Null),
        ("exp", json!("tomorrow")),
        ("iss", json!("https://login.evil.test/")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("nbf", json!(api.world.clock.now().0 / 1000 + 45)),
    ];
    for (claim, value) in changes {
        let mut claims = ada(&api);
        claims[claim] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        }
        let answer = post(&api, "abort", &signer.sign(&claims)).await;
        assert_eq!(answer.status, 401, "{claim}: {value}");
        answer.problem(401, "unauthorised");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_has_a_role_or_may_nothing() {
    let signer = Signer::new("1");
    let (api, _folder) = api_of(&signer);
    let mut claims = ada(&api);
    claims["roles"] = json!(["sales"]);
    let problem = post(&api, "abort", &signer.sign(&claims))
        .await
        .problem(403, "role");
    assert!(
        problem["detail"].as_str().unwrap().contains("`roles`"),
        "{problem:#}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_says_so_once_the_clocks_cannot_be_the_reason() {
    let signer = Signer::new("1");
    let (api, _folder) = api_of(&signer);
    let token = signer.sign(&ada(&api));
    tokio::time::advance(Duration::from_secs(60 + 29)).await;
    post(&api, "abort", &token).await.problem(404, "not-found");
    tokio::time::advance(Duration::from_secs(1)).await;
    post(&api, "abort", &token).await.problem(401, "expired");
}

#[tokio::test(start_paused = true)]
async fn the_key_says_how_it_is_signed_and_the_token_does_not() {
    let signer = Signer::new("1");
    let (api, folder) = api_of(&signer);
    let claims = ada(&api);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |alg: &str| format!("{}.{}.", part(&json!({"typ": "JWT", "alg": alg})), part(&claims));
    // The public key, as if it were a secret.
    let pem = fs::read(folder.path().join("key.pem")).unwrap();
    let as_secret = encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(&pem).unwrap(),
    )
    .unwrap();
    let good = signer.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut admin = claims.clone();
    admin["roles"] = json!("admin");
    let header = signed.split('.').next().unwrap();
    let forged = [
        unsigned("none"),
        unsigned("None"),
        unsigned("ES256"),
        as_secret,
        Signer::new("1").sign(&claims),
        format!("{header}.{}.{signature}", part(&admin)),
        format!("{signed}."),
        format!("{signed}.{}", "A".repeat(signature.len())),
        good.replacen('e', "f", 1),
        "a.b.c-0123456789abcdef0123456789abcdef".to_owned(),
    ];
    for token in forged {
        post(&api, "abort", &token).await.problem(401, "unauthorised");
    }
    post(&api, "abort", &good).await.problem(404, "not-found");
}

#[tokio::test(start_paused = true)]
async fn a_shared_secret_signs_as_well() {
    let secret = "a-secret-that-two-have-0123456789abcdef";
    let api = api_with(&JwtKey::Secret(secret.into()));
    let sign = |secret: &str| {
        let key = EncodingKey::from_secret(secret.as_bytes()).unwrap();
        encode(&Header::default(), &ada(&api), &key).unwrap()
    };
    post(&api, "abort", &sign(secret)).await.problem(404, "not-found");
    let other = sign("another-secret-0123456789abcdef01234567");
    post(&api, "abort", &other).await.problem(401, "unauthorised");
}

#[tokio::test(start_paused = true)]
async fn a_key_set_is_read_again_when_it_changes_and_kept_when_it_breaks() {
    const LOOKED_AT_FOR: Duration = Duration::from_secs(10);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let write = |signers: &[&Signer]| {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
        fs::write(&file, json!({ "keys": keys }).to_string()).unwrap();
    };
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    write(&[&old]);
    let api = api_with(&JwtKey::KeySet(file.clone()));
    let mut claims = ada(&api);
    claims["exp"] = json!(u32::MAX);
    let known = async |signer: &Signer| {
        let answer = post(&api, "abort", &signer.sign(&claims)).await;
        answer.status != 401
    };
    assert_eq!((known(&old).await, known(&new).await), (true, false));
    write(&[&new, &old]);
    tokio::time::advance(LOOKED_AT_FOR).await;
    assert_eq!((known(&old).await, known(&new).await), (true, true));
    fs::write(&file, "{").unwrap();
    tokio::time::advance(LOOKED_AT_FOR).await;
    assert_eq!((known(&old).await, known(&new).await), (true, true));
    write(&[&new]);
    tokio::time::advance(LOOKED_AT_FOR).await;
    assert_eq!((known(&old).await, known(&new).await), (false, true));
}

#[test]
fn a_file_without_a_usable_key_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |key: fn(&Path) -> JwtKey, text: &str| {
        let file = folder.path().join("file");
        fs::write(&file, text).unwrap();
        let error = Jwt::new(&key(&file), claimed()).unwrap_err().to_string();
        assert!(error.contains("/file: expected "), "{error}");
        error
    };
    let pem = |path: &Path| JwtKey::PublicKey(path.to_owned());
    let set = |path: &Path| JwtKey::KeySet(path.to_owned());
    assert!(refused(pem, "").ends_with("found none"));
    let private = Signer::new("1").pair.serialize_pem();
    assert!(!refused(pem, &private).contains("MI"));
    assert!(refused(set, r#"{"keys": []}"#).ends_with("found none"));
    let mut key = Signer::new("1").jwk();
    key.as_object_mut().unwrap().remove("kid");
    assert!(refused(set, &json!({ "keys": [key] }).to_string()).contains("`kid`"));
    // A secret has no place beside public keys.
    let secret = json!({"keys": [{"kty": "oct", "kid": "s", "k": "c2VjcmV0"}]}).to_string();
    assert!(refused(set, &secret).contains("another algorithm"));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_looking_may_not_command() {
    let signer = Signer::new("1");
    let (api, _folder) = api_of(&signer);
    let mut claims = ada(&api);
    claims["roles"] = json!("viewer");
    let bearer = format!("Bearer {}", signer.sign(&claims));
    let headers = [("authorization", bearer.as_str())];
    api.ask(Method::GET, "/api/v1/canaries", &headers, String::new())
        .await
        .ok();
    post(&api, "abort", &bearer["Bearer ".len()..])
        .await
        .problem(403, "role");
}

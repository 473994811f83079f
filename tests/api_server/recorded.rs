//! The fake against exchanges that were recorded with a real server.
//!
//! `SERIN_TRANSCRIPTS=DIR cargo test --test main api_server::recorded -- --ignored` replays every `.jsonl` file of a folder, a
//! server each, in order: `{name, request: {method, path, contentType, identity, body}, response: {status, body}}` a line. The
//! files are not part of this repository. What the server alone makes up (uids, times, managed fields) is not compared; versions
//! are. Exchanges about what the fake leaves to a real server are named below, with the reason.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::send;
use crate::world::api_server::{ALICE, ApiServer, SERIN};

const VARIABLE: &str = "SERIN_TRANSCRIPTS";

/// Exchanges that the fake is not held to.
const LEFT_TO_THE_REAL_ONE: [(&str, &str); 13] = [
    ("discovery of group", "the fake knows the kinds that Serin uses"),
    ("version", "a build has a commit and a date"),
    ("weight string", "no schema"),
    ("weight int32 overflow", "no schema"),
    (
        "unknown field Ignore (default)",
        "no schema, so nothing is pruned",
    ),
    ("unknown field Strict", "no schema"),
    ("SSA without fieldManager", "no server-side apply"),
    ("SSA conflict", "no server-side apply"),
    ("SSA force, dryRun: sticky route lost", "no server-side apply"),
    ("lease bad time", "no types"),
    ("Event create", "no types, so no defaults"),
    ("TokenReview", "no reviews"),
    ("SubjectAccessReview", "no reviews"),
];

#[tokio::test]
#[ignore = "needs recorded exchanges: SERIN_TRANSCRIPTS=DIR"]
async fn recorded_exchanges_agree() {
    let folder = std::env::var_os(VARIABLE).expect(VARIABLE);
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            replay(&path).await;
            files += 1;
        }
    }
    assert!(
        files > 0,
        "{VARIABLE}: no .jsonl file in {}",
        Path::new(&folder).display()
    );
}

async fn replay(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let exchanges: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let server = ApiServer::start_at(first_version(&exchanges)).await;
    // As recorded: the store had forgotten what came before, and was one without progress reports.
    server.compact();
    server.without_watch_list();
    let mut uids = BTreeMap::new();
    let (mut agreed, mut left) = (0, 0);
    for exchange in &exchanges {
        let name = exchange["name"].as_str().unwrap();
        if LEFT_TO_THE_REAL_ONE
            .iter()
            .any(|(beginning, _)| name.starts_with(beginning))
        {
            left += 1;
            keep_up(&server, exchange);
            continue;
        }
        let (code, body) = ask(&server, &exchange["request"], &uids).await;
        let expected = &exchange["response"];
        learn(&expected["body"], &body, &mut uids);
        let (ours, theirs) = (comparable(&body), comparable(&expected["body"]));
        assert_eq!((u64::from(code), &ours), (code_of(expected), &theirs), "{name}");
        agreed += 1;
    }
    let told = format!(
        "{}: {agreed} exchanges agree, {left} are left to a real server\n",
        path.display()
    );
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}

/// The version before the first exchange that tells one.
fn first_version(exchanges: &[Value]) -> u64 {
    let told = exchanges.iter().find_map(|exchange| {
        let metadata = &exchange["response"]["body"]["metadata"];
        metadata["resourceVersion"].as_str()?.parse().ok()
    });
    told.expect("an exchange that tells a version")
}

/// What an exchange that is left out wrote counts in the versions after it.
fn keep_up(server: &ApiServer, exchange: &Value) {
    let body = &exchange["response"]["body"];
    let is_dry = exchange["request"]["path"].as_str().unwrap().contains("dryRun");
    if exchange["request"]["method"] != "GET" && !is_dry && body["metadata"]["resourceVersion"].is_string() {
        server.put(body.clone());
    }
}

async fn ask(server: &ApiServer, request: &Value, uids: &BTreeMap<String, String>) -> (u16, Value) {
    let text = |field: &str| request[field].as_str().unwrap();
    let token = match text("identity") {
        "admin" => SERIN,
        "alice" => ALICE,
        _ => "nobody-s",
    };
    let mut body = match &request["body"] {
        Value::Null => String::new(),
        // What is no JSON was recorded as text.
        Value::String(text) => text.clone(),
        object => object.to_string(),
    };
    for (theirs, ours) in uids {
        body = body.replace(theirs, ours);
    }
    let method: Method = text("method").parse().unwrap();
    let is_watch = text("path").contains("watch=1");
    let (code, answer) = send(server, token, method, text("path"), text("contentType"), body).await;
    match (is_watch, answer) {
        (true, Value::String(lines)) => (code, events(&lines)),
        (true, one) => (code, json!([one])),
        (false, answer) => (code, answer),
    }
}

fn events(lines: &str) -> Value {
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .collect()
}

/// Which uid of ours stands for which of theirs.
fn learn(theirs: &Value, ours: &Value, uids: &mut BTreeMap<String, String>) {
    let uid = |object: &Value| object["metadata"]["uid"].as_str().map(ToOwned::to_owned);
    if let (Some(theirs), Some(ours)) = (uid(theirs), uid(ours)) {
        uids.insert(theirs, ours);
    }
}

/// Without what a server alone makes up.
fn comparable(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let kept = fields
                .iter()
                .filter(|(name, _)| !["uid", "creationTimestamp", "managedFields"].contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), comparable(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(comparable).collect(),
        other => other.clone(),
    }
}

fn code_of(response: &Value) -> u64 {
    response["status"].as_u64().unwrap()
}

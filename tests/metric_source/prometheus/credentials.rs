//! Secrets in files: taken as they are now, and shown nowhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use serin::metric_source::prometheus::{Auth, Client, DataSourceSettings};
use tempfile::TempDir;

use super::{ONE, client, counts, settings, told};
use crate::world::endpoint::{Endpoint, serve};

/// A server that remembers who asked, and a folder for secrets.
struct World {
    server: Endpoint,
    asked: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remember = asked.clone();
        let answer = async move |headers: HeaderMap| {
            let who = headers
                .get("authorization")
                .map_or("", |who| who.to_str().unwrap());
            remember.lock().unwrap().push(who.to_owned());
            ONE
        };
        Self {
            server: serve(Router::new().fallback(answer)).await,
            asked,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn client(&self, auth: Auth) -> Client {
        client(DataSourceSettings {
            auth,
            ..settings(&self.server.address)
        })
    }

    fn bearer(&self) -> Client {
        self.client(Auth::Bearer {
            token_file: self.folder.path().join("token"),
        })
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join("token"), text).unwrap();
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_token_counts_from_the_moment_that_it_is_written() {
    let world = World::new().await;
    let client = world.bearer();
    for token in ["one\n", "two", "  two \r\n"] {
        world.write(token);
        assert_eq!(told(&client).await, "1 rows");
    }
    assert_eq!(world.asked(), ["Bearer one", "Bearer two", "Bearer two"]);
}

#[tokio::test]
async fn a_user_asks_with_a_password() {
    let world = World::new().await;
    world.write("open sesame\n");
    let client = world.client(Auth::Basic {
        username: "Aladdin".to_owned(),
        password_file: world.folder.path().join("token"),
    });
    assert_eq!(told(&client).await, "1 rows");
    // The example of RFC 7617, section 2.
    assert_eq!(world.asked(), ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]);
}

/// As Kubernetes does: the file is a link into `..data`, which is a link to a folder that is exchanged.
#[tokio::test]
async fn a_secret_that_kubernetes_exchanges_counts_at_once() {
    let world = World::new().await;
    let folder = world.folder.path();
    let publish = |version: &str| {
        fs::create_dir(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("token"), version).unwrap();
        symlink(version, folder.join("..beside")).unwrap();
        fs::rename(folder.join("..beside"), folder.join("..data")).unwrap();
    };
    publish("..1");
    symlink(Path::new("..data").join("token"), folder.join("token")).unwrap();
    let client = world.bearer();
    assert_eq!(told(&client).await, "1 rows");
    publish("..2");
    fs::remove_dir_all(folder.join("..1")).unwrap();
    assert_eq!(told(&client).await, "1 rows");
    assert_eq!(world.asked(), ["Bearer ..1", "Bearer ..2"]);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_an_error_and_recovers() {
    let world = World::new().await;
    let client = world.bearer();
    let path = world.folder.path().join("token");
    let refused = format!(
        "bad-file: `bearerTokenFile`: the file `{}` cannot be used: ",
        path.display()
    );
    assert_eq!(
        told(&client).await,
        format!("{refused}No such file or directory (os error 2)")
    );
    for (text, reason) in [
        (&b""[..], "it is empty"),
        (b" \n", "it is empty"),
        (b"hunter2\xff", "it is not UTF-8 text"),
        (
            b"hunter2\nhunter2",
            "it has characters that cannot stand in a header",
        ),
        (&[b'a'; 70_000], "it has more than 65536 bytes"),
    ] {
        world.write(text);
        assert_eq!(told(&client).await, format!("{refused}{reason}"));
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(told(&client).await, format!("{refused}it is no file"));
    assert_eq!(counts(&client), [("bad-file", 7)]);
    fs::remove_dir(&path).unwrap();
    world.write("right");
    assert_eq!(told(&client).await, "1 rows");
    assert_eq!(world.asked(), ["Bearer right"]);
}

#[tokio::test]
async fn without_credentials_nobody_asks() {
    let world = World::new().await;
    assert_eq!(told(&world.client(Auth::None)).await, "1 rows");
    assert_eq!(world.asked(), [""]);
}

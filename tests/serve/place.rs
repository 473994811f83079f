//! A daemon's home with a world around it: two real services behind a real router, and people to notify.

use std::fs;
use std::ops::{Deref, DerefMut};

use clap::Parser;
use serin::clock::SystemClock;
use serin::demo::options::DemoOptions;
use serin::demo::world::World;

use super::receiver::Receiver;
use crate::world::home::Home;
use crate::world::{marked, postgres};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: DemoOptions,
}

/// One daemon's place. What is in it outlives the daemon.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) people: Receiver,
    home: Home,
}

impl Place {
    /// With a SQLite store; `arguments` are the demo's (`--fault errors=5%`).
    pub(crate) async fn new(arguments: &str, seed: u64) -> Self {
        Self::with_home(arguments, seed, Home::new("demo/checkout")).await
    }

    /// With a database of its own on the tests' PostgreSQL server.
    pub(crate) async fn on_postgres(arguments: &str, seed: u64) -> Self {
        let url = postgres::database().await.url();
        Self::at(url, arguments, seed).await
    }

    /// With the store at this URL.
    pub(crate) async fn at(url: String, arguments: &str, seed: u64) -> Self {
        Self::with_home(arguments, seed, Home::on("demo/checkout", url)).await
    }

    async fn with_home(arguments: &str, seed: u64, home: Home) -> Self {
        let words = format!("demo {arguments} --dir {}", home.canaries().display());
        let options = Arguments::parse_from(words.split_whitespace()).options;
        let world = World::start(options, seed, &SystemClock::start()).await.unwrap();
        let people = Receiver::start().await;
        let place = Self { world, people, home };
        place.edit("notify: [log]", "notify: [oncall]");
        place.edit("bake: 5s", "bake: 2s");
        place.edit("  maxDuration: 2m", "  maxDuration: 10m");
        place.configure("");
        place
    }

    /// Replaces a part of the Canary's file.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        self.home.edit(&self.world.manifests().canary, from, to);
    }

    /// Writes the daemon's configuration: the channel, and `more`.
    pub(crate) fn configure(&self, more: &str) {
        let path = marked::secret("path-of-a-webhook");
        let url = self
            .home
            .secret_file("webhook-url", &format!("http://{}/{path}", self.people.address()));
        let key = self
            .home
            .secret_file("webhook-key", &marked::secret("key-of-a-webhook"));
        let channel = format!(
            "notify:\n  channels:\n    oncall: {{type: webhook, urlFile: {}, secretFile: {}}}\n{more}",
            url.display(),
            key.display()
        );
        self.home.configure(&channel);
    }

    /// The VirtualService's text.
    pub(crate) fn virtual_service(&self) -> String {
        fs::read_to_string(&self.world.manifests().virtual_service).unwrap()
    }
}

impl Deref for Place {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl DerefMut for Place {
    fn deref_mut(&mut self) -> &mut Home {
        &mut self.home
    }
}

/// The epoch that a VirtualService's text carries.
pub(crate) fn epoch(text: &str) -> u64 {
    let line = text.lines().find(|line| line.contains("serin.dev/epoch"));
    let digits: String = line.unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

//! A client that asks as fast as it is answered.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::force::Counts;
use crate::manifests::NAMESPACE;

/// One of them.
pub(super) struct Asker {
    names: Arc<[String]>,
    turn: usize,
    counts: Arc<Counts>,
}

impl Asker {
    /// The one of this number; each begins with another question.
    pub(super) const fn new(names: Arc<[String]>, number: usize, counts: Arc<Counts>) -> Self {
        Self {
            names,
            turn: number,
            counts,
        }
    }

    /// Asks for ever; with a new connection whenever the old one is closed. Adds a permit to `present` once it was heard.
    pub(super) async fn ask(mut self, address: SocketAddr, present: Arc<Semaphore>) {
        let mut present = Some(present);
        loop {
            // Sent away is a part of the game.
            let Err(_) = self.talk(address, &mut present).await;
            self.counts.cut_off.fetch_add(1, Ordering::Relaxed);
            arrive(&mut present);
            tokio::task::yield_now().await;
        }
    }

    /// Asks on one connection, until that fails.
    async fn talk(
        &mut self,
        address: SocketAddr,
        present: &mut Option<Arc<Semaphore>>,
    ) -> io::Result<Infallible> {
        let mut stream = BufStream::new(TcpStream::connect(address).await?);
        loop {
            let count = match one(&mut stream, &self.next_path()).await? {
                200 => &self.counts.answered,
                _ => &self.counts.turned_away,
            };
            count.fetch_add(1, Ordering::Relaxed);
            arrive(present);
        }
    }

    /// Lists and details in turn.
    fn next_path(&mut self) -> String {
        let turn = self.turn;
        self.turn += 1;
        let name = &self.names[turn / 4 % self.names.len()];
        match turn % 4 {
            0 => "/api/v1/canaries".to_owned(),
            1 => format!("/api/v1/canaries/{NAMESPACE}/{name}"),
            2 => "/api/v1/rollouts".to_owned(),
            _ => format!("/api/v1/rollouts?namespace={NAMESPACE}&name={name}"),
        }
    }
}

fn arrive(present: &mut Option<Arc<Semaphore>>) {
    if let Some(present) = present.take() {
        present.add_permits(1);
    }
}

/// One question; gives the answer's status once all of it is read.
async fn one(stream: &mut BufStream<TcpStream>, path: &str) -> io::Result<u16> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let (mut status, mut length) = (0, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end().to_ascii_lowercase();
        if let Some(rest) = text.strip_prefix("http/1.1 ") {
            status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
        } else if let Some(rest) = text.strip_prefix("content-length: ") {
            length = rest.parse().unwrap_or(0);
        } else if text.is_empty() {
            break;
        }
    }
    tokio::io::copy(&mut stream.take(length), &mut tokio::io::sink()).await?;
    Ok(status)
}

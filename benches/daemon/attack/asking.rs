//! A client that asks by the clock, whether or not it was answered: requests follow each other on one connection, for as long as that
//! lasts.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Semaphore;
use tokio::time::{Interval, interval, sleep};

use super::force::Counts;
use crate::manifests::NAMESPACE;

/// Between two questions of one client.
pub(super) const PERIOD: Duration = Duration::from_millis(100);

/// One of them.
pub(super) struct Asker {
    names: Arc<[String]>,
    turn: usize,
    counts: Arc<Counts>,
    /// Its own part of the period.
    offset: Duration,
}

impl Asker {
    /// The one of this number of so many; each begins with another question, and at another part of the period.
    pub(super) fn new(names: Arc<[String]>, (number, of): (usize, usize), counts: Arc<Counts>) -> Self {
        Self {
            names,
            turn: number,
            counts,
            offset: PERIOD.mul_f64(number as f64 / of as f64),
        }
    }

    /// Asks for ever; with a new connection whenever the old one is closed. Adds a permit to `present` once it was heard.
    pub(super) async fn ask(mut self, address: SocketAddr, present: Arc<Semaphore>) {
        let mut present = Some(present);
        sleep(self.offset).await;
        // What comes due while it has no connection, or a full one, is asked as soon as it can be.
        let mut due = interval(PERIOD);
        loop {
            // Sent away is a part of the game.
            let Err(_) = self.talk(address, &mut due, &mut present).await;
            self.counts.cut_off.fetch_add(1, Ordering::Relaxed);
            arrive(&mut present);
            tokio::task::yield_now().await;
        }
    }

    /// Asks and listens on one connection, until that fails.
    async fn talk(
        &mut self,
        address: SocketAddr,
        due: &mut Interval,
        present: &mut Option<Arc<Semaphore>>,
    ) -> io::Result<Infallible> {
        let (answers, questions) = TcpStream::connect(address).await?.into_split();
        let counts = Arc::clone(&self.counts);
        let (asking, hearing) = (self.ask_on(questions, due), hear(answers, &counts, present));
        tokio::select! {
            failed = asking => failed,
            failed = hearing => failed,
        }
    }

    async fn ask_on(&mut self, mut stream: OwnedWriteHalf, due: &mut Interval) -> io::Result<Infallible> {
        loop {
            due.tick().await;
            let head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.next_path());
            stream.write_all(head.as_bytes()).await?;
            self.counts.asked.fetch_add(1, Ordering::Relaxed);
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

/// Listens to one answer after the other.
async fn hear(
    stream: impl AsyncRead + Unpin,
    counts: &Counts,
    present: &mut Option<Arc<Semaphore>>,
) -> io::Result<Infallible> {
    let mut stream = BufReader::new(stream);
    loop {
        let count = match one(&mut stream).await? {
            200 => &counts.answered,
            _ => &counts.turned_away,
        };
        count.fetch_add(1, Ordering::Relaxed);
        arrive(present);
    }
}

/// One answer; gives its status once all of it is read.
async fn one(stream: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<u16> {
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

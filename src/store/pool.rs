//! Connections that are kept open between uses.
//!
//! sqlx has a pool of its own; this one tells *why* there is no connection (that one waits and says "timed out"), and closes
//! a connection whose use did not end well (that one takes it back). What is given up in the middle may still
//! have half an answer on its wire, or a transaction open: closing it is the rollback.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::error::StoreError;
use super::limits::Limits;

/// A connection that can be made fit for use.
pub(super) trait Prepare: Connection {
    /// Sets what a session needs and reads it back.
    fn prepare(
        &mut self,
        place: &str,
        limits: &Limits,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

pub(super) struct Pool<C: Connection> {
    options: C::Options,
    place: String,
    limits: Limits,
    size: usize,
    permits: Semaphore,
    idle: Mutex<Vec<C>>,
}

impl<C: Prepare> Pool<C> {
    /// A pool of at most `size` connections; none is open yet.
    pub(super) fn new(options: C::Options, place: String, limits: Limits, size: usize) -> Self {
        Self {
            options,
            place,
            limits,
            size,
            permits: Semaphore::new(size),
            idle: Mutex::default(),
        }
    }

    /// An open connection that answers.
    pub(super) async fn take(&self) -> Result<Checkout<'_, C>, StoreError> {
        let permit = timeout(self.limits.turn, self.permits.acquire())
            .await
            .map_err(|_| StoreError::Busy {
                connections: self.size,
                waited: self.limits.turn,
            })?
            .expect("the semaphore is open: nothing closes it");
        match timeout(self.limits.connect, self.connection()).await {
            Ok(connection) => Ok(Checkout {
                connection: Some(connection?),
                idle: &self.idle,
                _permit: permit,
            }),
            Err(_) => {
                // What fell silent on one connection has done so on all of them.
                self.idle().clear();
                Err(StoreError::Unreachable {
                    place: self.place.clone(),
                    reason: format!("no answer within {} s", self.limits.connect.as_secs_f64()),
                })
            }
        }
    }

    /// Closes what is open and idle.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // What does not close politely is closed by being dropped.
            let _ = timeout(self.limits.connect, connection.close()).await;
        }
    }

    async fn connection(&self) -> Result<C, StoreError> {
        // The guard must be gone before the ping, hence no `while let`.
        loop {
            let idle = self.idle().pop();
            match idle {
                None => break,
                Some(mut idle) => {
                    if idle.ping().await.is_ok() {
                        return Ok(idle);
                    }
                }
            }
        }
        let mut connection = self
            .options
            .connect()
            .await
            .map_err(|error| StoreError::from_sqlx(error, &self.place))?;
        connection.prepare(&self.place, &self.limits).await?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Closed when it is dropped, unless it is given back.
pub(super) struct Checkout<'p, C> {
    connection: Option<C>,
    idle: &'p Mutex<Vec<C>>,
    _permit: SemaphorePermit<'p>,
}

impl<C> Checkout<'_, C> {
    pub(super) fn connection(&mut self) -> &mut C {
        self.connection
            .as_mut()
            .expect("a checkout has its connection until it is given back, which consumes it")
    }

    /// For the next one: only where nothing is under way on it.
    pub(super) fn give_back(mut self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

//! What can befall the server.

use serde_json::Value;

use super::ApiServer;
use super::shared::{Affected, Lost};
use super::store::Store;

impl ApiServer {
    /// From now on it takes requests and answers none, as a stopped process does. What came meanwhile is done and answered
    /// after [`recover`](Self::recover), writes whose senders have given up included. Open watches go silent.
    pub(crate) fn hang(&self) {
        self.shared.set_fault(|fault| fault.hangs = Some(Affected::All));
    }

    /// As [`hang`](Self::hang), for writes alone.
    pub(crate) fn hang_writes(&self) {
        self.shared
            .set_fault(|fault| fault.hangs = Some(Affected::Writes));
    }

    /// From now on connecting is refused, and every connection is broken, as after a kill.
    pub(crate) async fn refuse(&self) {
        let open = self.open.lock().unwrap().take();
        self.shared.set_fault(|fault| fault.life += 1);
        if let Some(open) = open {
            open.close().await;
        }
    }

    /// From now on every request is answered with this code, in the server's words for it.
    pub(crate) fn fail_with(&self, code: u16) {
        self.shared
            .set_fault(|fault| fault.code = Some((code, Affected::All)));
    }

    /// From now on every write is answered with this code, and reads as ever.
    pub(crate) fn fail_writes_with(&self, code: u16) {
        self.shared
            .set_fault(|fault| fault.code = Some((code, Affected::Writes)));
    }

    /// The next write is made, and its connection breaks before the answer.
    pub(crate) fn answer_lost_after_commit(&self) {
        self.shared.plan().lost.push_back(Lost::AfterCommit);
    }

    /// The connection of the next write breaks before anything is done.
    pub(crate) fn request_lost_before_commit(&self) {
        self.shared.plan().lost.push_back(Lost::BeforeCommit);
    }

    /// All is well again: it listens, answers, and does what it is asked.
    pub(crate) fn recover(&self) {
        self.shared.set_fault(|fault| {
            fault.hangs = None;
            fault.code = None;
        });
        let mut open = self.open.lock().unwrap();
        if open.is_none() {
            *open = Some(self.port.open(&self.shared).unwrap());
        }
    }

    /// Waits until every request that it took is done, those whose senders have given up included.
    pub(crate) async fn settled(&self) {
        self.shared.settled().await;
    }

    /// Somebody else writes just before the next write is looked at; called again, one before the write after that.
    pub(crate) fn on_next_write(&self, racer: impl FnOnce(&mut Store) + Send + 'static) {
        self.shared.plan().racers.push_back(Box::new(racer));
    }

    /// Somebody else writes just after the next write, before anybody can read; called again, one after the write after that.
    pub(crate) fn after_next_write(&self, follower: impl FnOnce(&mut Store) + Send + 'static) {
        self.shared.plan().followers.push_back(Box::new(follower));
    }

    /// Admission changes what the next write wrote, before anybody reads it.
    pub(crate) fn admit_next_write(&self, admission: impl FnOnce(&mut Value) + Send + 'static) {
        self.shared.plan().admissions.push_back(Box::new(admission));
    }

    /// Forgets the changes until now: a watch or a page from before gets 410.
    pub(crate) fn compact(&self) {
        self.shared.change(Store::compact);
    }

    /// Sends a bookmark to every watch that takes them.
    pub(crate) fn bookmark(&self) {
        self.shared.beat(|pulse| pulse.bookmarked += 1);
    }

    /// Ends every watch, as the server does after a while.
    pub(crate) fn close_watches(&self) {
        self.shared.beat(|pulse| pulse.closed += 1);
    }

    /// Watches that ask for the objects that are there get the error of an old store.
    pub(crate) fn without_watch_list(&self) {
        self.shared.plan().without_watch_list = true;
    }

    /// The kind of this plural is not installed.
    pub(crate) fn without_kind(&self, plural: &str) {
        self.shared.plan().without.insert(plural.to_owned());
    }
}

//! `/api/v1/stream`: what happens, as it happens (server-sent events).
//!
//! It begins with the status of every rollout, and goes on with a `status` and its `notice`s whenever something happens. A reader
//! that comes back says in `Last-Event-ID` what it saw last, and goes on from there; one that missed something, because it was
//! away too long or reads too slowly, is told so by `missed`, and gets every status anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{Stream, unfold};
use tokio::sync::watch;
use utoipa::IntoParams;

use super::Shared;
use super::canaries::NAME_CHARS_MAX;
use super::error::ApiError;
use super::extract::Parameters;
use super::fields::{Fields, FromFields};
use super::hub::{Found, Hub, HubEvent};
use super::lanes::Pass;
use super::view::MissedEvent;

/// A stream on which nothing happens says so this often: proxies end what is silent for a minute or half of one.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Events that a reader takes from the ring at once.
const BATCH: usize = 64;

/// Which rollouts to tell of.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// Only of Canaries in this namespace.
    #[param(min_length = 1, max_length = 253, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    namespace: Option<String>,
    /// Only of Canaries of this name.
    #[param(min_length = 1, max_length = 253, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    name: Option<String>,
}

impl FromFields for StreamQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        Ok(Self {
            namespace: fields.text("namespace", 1..=NAME_CHARS_MAX)?,
            name: fields.text("name", 1..=NAME_CHARS_MAX)?,
        })
    }
}

/// Streams what happens, as server-sent events: `status`, `notice` and `missed`.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    tag = "stream",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the event that was seen last."),
    ),
    responses((status = 200, body = String, content_type = "text/event-stream")),
)]
pub(super) async fn stream(
    State(shared): State<Shared>,
    Extension(pass): Extension<Pass>,
    Parameters(query): Parameters<StreamQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let hub = Arc::clone(shared.hub()?);
    let reader = Reader::new(shared, hub, query, pass, last);
    let events = unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// One reader's place.
struct Reader {
    shared: Shared,
    hub: Arc<Hub>,
    query: StreamQuery,
    news: watch::Receiver<u64>,
    place: u64,
    /// To be sent next.
    due: VecDeque<Event>,
    _pass: Pass,
}

impl Reader {
    fn new(shared: Shared, hub: Arc<Hub>, query: StreamQuery, pass: Pass, last_seen: Option<&str>) -> Self {
        let mut reader = Self {
            news: hub.news(),
            place: 0,
            due: VecDeque::new(),
            _pass: pass,
            shared,
            hub,
            query,
        };
        match last_seen {
            None => reader.begin_anew(),
            Some(id) => match reader.hub.place_after(id) {
                Some(place) => reader.place = place,
                None => {
                    reader.miss(None);
                    reader.begin_anew();
                }
            },
        }
        reader
    }

    /// The next event; none after the stop.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            self.news.mark_unchanged();
            let is_at_the_end = !self.read();
            if is_at_the_end {
                let stop = &self.shared.stop;
                stop.run_until_cancelled(self.news.changed()).await?.ok()?;
            }
        }
    }

    /// Reads on, and says whether there was anything.
    fn read(&mut self) -> bool {
        match self.hub.read(self.place, BATCH) {
            Found::Events(events) => {
                for event in &events {
                    self.place = event.number + 1;
                    if self.wants(event) {
                        let id = self.hub.id(event.number);
                        self.due.push_back(sent(event).id(id));
                    }
                }
                !events.is_empty()
            }
            Found::Missed(number) => {
                self.shared.counters.laggards.add();
                self.miss(Some(number));
                self.begin_anew();
                true
            }
        }
    }

    fn miss(&mut self, events: Option<u64>) {
        let missed = MissedEvent { events };
        let event = Event::default().event("missed").json_data(missed);
        self.due.extend(event);
    }

    /// Every status. Only the last of them has an id: who comes back before it begins anew.
    fn begin_anew(&mut self) {
        let (statuses, place) = self.hub.statuses();
        self.place = place;
        let wanted = statuses.iter().filter(|event| self.wants(event));
        let mut due: Vec<Event> = wanted.map(|event| sent(event)).collect();
        if let (Some(last), Some(seen)) = (due.pop(), place.checked_sub(1)) {
            due.push(last.id(self.hub.id(seen)));
        }
        self.due.extend(due);
    }

    fn wants(&self, event: &HubEvent) -> bool {
        let status = event.status();
        let StreamQuery { namespace, name } = &self.query;
        namespace
            .as_ref()
            .is_none_or(|namespace| *namespace == status.namespace)
            && name.as_ref().is_none_or(|name| *name == status.name)
    }
}

fn sent(event: &HubEvent) -> Event {
    Event::default().event(event.kind()).data(event.data())
}

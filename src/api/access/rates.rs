//! How often each may ask.
//!
//! An abort by somebody who is known is never counted. One by nobody is, and apart from everything else that strangers ask: it is found out
//! whose its token is before that is looked at, so nobody who is known waits or is refused because of those who are not.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as Ticking;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::api::error::ApiError;
use crate::driver::ports::Clock;
use crate::spec::Timestamp;

/// Requests a second, in the long run: ten people with a page each that asks every 200 ms.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");

/// Requests at once: a pipeline that asks for every Canary of a team, after a pause of two seconds.
const BURST: NonZeroU32 = NonZeroU32::new(100).expect("100 is not 0");

/// Aborts a second that one address asks for with tokens that are nobody's, in the long run. Whoever mistakes their token does so once.
const ABORTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).expect("1 is not 0");

/// Such aborts at once: everybody on call behind one proxy, with tokens that have just expired.
const ABORTS_BURST: NonZeroU32 = NonZeroU32::new(20).expect("20 is not 0");

/// Askers remembered of each kind, each for the seconds that its burst takes to come back (two, or twenty), in a megabyte. Those beyond share what one may.
const ASKERS_MAX: usize = 10_000;

/// How much of an IPv6 address tells one network from another: whoever has one address has the others of its network.
const NETWORK_PREFIX: u128 = !0 << 64;

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker<K> {
    One(K),
    /// One of those for whom there is no room.
    Other,
}

/// How often identities may ask, and those who are nobody.
pub(super) struct Rates {
    identities: Rate<String>,
    strangers: Rate<IpAddr>,
    /// Strangers who ask for an abort.
    aborts: Rate<IpAddr>,
    /// Aborts by tokens of which a cluster has to say whose they are.
    abort_reviews: Rate<IpAddr>,
}

struct Rate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<Asker<K>, HashMapStateStore<Asker<K>>, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
}

/// The daemon's clock, as the limiter reads it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl Ticking for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.now().since(Timestamp::default())
    }
}

impl Rates {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        let of_aborts = Quota::per_second(ABORTS_PER_SECOND).allow_burst(ABORTS_BURST);
        Self {
            identities: Rate::new(clock, quota),
            strangers: Rate::new(clock, quota),
            aborts: Rate::new(clock, of_aborts),
            abort_reviews: Rate::new(clock, of_aborts),
        }
    }

    /// Counts a request of an identity.
    ///
    /// # Errors
    /// Where it asks too often, with when it may again.
    pub(super) fn identity(&self, name: &str) -> Result<(), ApiError> {
        self.identities.count(name.to_owned())
    }

    /// Counts a request of somebody who is nobody, or of whom that is to be found out.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub(super) fn stranger(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        // Without a connection there is no stranger.
        address.map_or(Ok(()), |address| self.strangers.count(network(address)))
    }

    /// Counts an abort of somebody who is nobody.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub(super) fn strange_abort(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| self.aborts.count(network(address)))
    }

    /// Counts an abort of which it is to be found out whose it is, and says whether many came from there.
    pub(super) fn is_of_crowd(&self, address: Option<IpAddr>) -> bool {
        address.is_some_and(|address| self.abort_reviews.count(network(address)).is_err())
    }
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(clock: &Arc<dyn Clock>, quota: Quota) -> Self {
        let ticks = Ticks(Arc::clone(clock));
        Self {
            limiter: RateLimiter::hashmap_with_clock(quota, ticks.clone()),
            ticks,
        }
    }

    fn count(&self, asker: K) -> Result<(), ApiError> {
        if self.limiter.len() >= ASKERS_MAX {
            self.limiter.retain_recent();
        }
        let asker = match self.limiter.len() {
            askers if askers < ASKERS_MAX => Asker::One(asker),
            _ => Asker::Other,
        };
        self.limiter.check_key(&asker).map_err(|until| {
            let wait = until.wait_time_from(self.ticks.now());
            ApiError::TooOften(wait.as_secs() + 1)
        })
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK_PREFIX)),
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::SystemClock;

    use super::*;

    fn rates() -> Rates {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        Rates::new(&clock)
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_let_through_and_then_fifty_a_second() {
        let rates = rates();
        let let_through = |wanted: usize| (0..wanted).filter(|_| rates.identity("ci").is_ok()).count();
        assert_eq!(let_through(200), 100);
        assert_eq!(rates.identity("ci"), Err(ApiError::TooOften(1)));
        assert_eq!(rates.identity("ops"), Ok(()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(let_through(200), 50);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(let_through(200), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_is_one_stranger() {
        let rates = rates();
        let ask = |address: &str| rates.stranger(address.parse().ok());
        for host in 0..100 {
            assert_eq!(ask(&format!("2001:db8::{host:x}")), Ok(()));
        }
        assert_eq!(ask("2001:db8::ffff"), Err(ApiError::TooOften(1)));
        assert_eq!(ask("2001:db8:0:1::1"), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn more_strangers_than_there_is_room_for_share_what_one_may() {
        let rates = rates();
        let ask = |host: usize| rates.stranger(Some(IpAddr::V4(u32::try_from(host).unwrap().into())));
        for host in 0..ASKERS_MAX {
            assert_eq!(ask(host), Ok(()));
        }
        let let_through = (0..1_000)
            .filter(|beyond| ask(ASKERS_MAX + beyond).is_ok())
            .count();
        // The first of them are remembered no longer once their burst has come back.
        assert_eq!(let_through, 100);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(ask(0), Ok(()));
    }
}

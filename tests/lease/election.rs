//! Many elections: replicas whose clocks go wrong, who sleep and die, over a network that loses, delays, and delivers late.
//!
//! Who watches asks each replica at every turn whether it believes that it leads. Replicas that sleep are not asked: they do
//! nothing, and what they believe when they wake is what counts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serin::kubernetes::lease::{Record, Terms};

use super::replica::Replica;

/// Elections of each test.
const ELECTIONS: u64 = 1_000;
/// How long everything goes wrong, in ms.
const TROUBLE: u64 = 300_000;
/// How long a write may be under way and still arrive.
const LATE_MAX: u64 = 40_000;
/// How long a process may sleep.
const SLEEP_MAX: u64 = 60_000;
/// From then on one leads: the last one is awake, the Lease of a leader that is gone runs out by the slowest clock (19 s), and the
/// slowest look (4 s) follows.
const FOUND: u64 = TROUBLE + SLEEP_MAX + 25_000;
/// The end.
const END: u64 = FOUND + 60_000;

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// What does the Lease say?
    Read,
    /// Say this, if the Lease still has this version.
    Write { record: Record, version: Option<u64> },
}

/// The Lease as it is, with its version.
pub(super) type Lease = Option<(Record, u64)>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: u64,
    number: u64,
    what: usize,
}

enum Turn {
    Wakes {
        replica: usize,
        life: u64,
    },
    Arrives {
        replica: usize,
        life: u64,
        attempt: u64,
        call: Call,
    },
    /// `None`: a conflict.
    Answered {
        replica: usize,
        life: u64,
        attempt: u64,
        call: Call,
        lease: Option<Lease>,
    },
    GivesUp {
        replica: usize,
        life: u64,
        attempt: u64,
    },
    Sleeps {
        replica: usize,
    },
    Dies {
        replica: usize,
    },
}

struct Election {
    dice: StdRng,
    now: u64,
    lease: Lease,
    version: u64,
    replicas: Vec<Replica>,
    due: BinaryHeap<Reverse<Due>>,
    turns: Vec<Option<Turn>>,
    changes: u64,
}

/// How an election went.
#[derive(Default)]
struct Told {
    two_led: u64,
    leaderless_at_the_end: u64,
    changes: u64,
}

impl Election {
    fn of(seed: u64, terms: Terms) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let number = dice.random_range(2..=3);
        let replicas = (0..number)
            .map(|name| {
                Replica::new(
                    name,
                    dice.random_range(0.8..=1.2),
                    dice.random_range(0..1_000_000),
                    terms,
                )
            })
            .collect();
        let mut election = Self {
            dice,
            now: 0,
            lease: None,
            version: 100,
            replicas,
            due: BinaryHeap::new(),
            turns: Vec::new(),
            changes: 0,
        };
        for replica in 0..number {
            let at = election.dice.random_range(0..3_000);
            election.at(at, Turn::Wakes { replica, life: 0 });
            for _ in 0..3 {
                let (sleeps, dies) = (election.some_time(), election.some_time());
                election.at(sleeps, Turn::Sleeps { replica });
                election.at(dies, Turn::Dies { replica });
            }
        }
        election
    }

    fn some_time(&mut self) -> u64 {
        self.dice.random_range(0..TROUBLE)
    }

    fn at(&mut self, at: u64, turn: Turn) {
        let number = self.turns.len() as u64;
        self.turns.push(Some(turn));
        let what = self.turns.len() - 1;
        self.due.push(Reverse(Due { at, number, what }));
    }

    fn in_trouble(&mut self, percent: u32) -> bool {
        self.now < TROUBLE && self.dice.random_range(0..100) < percent
    }

    fn play(mut self) -> Told {
        let mut told = Told::default();
        while let Some(Reverse(due)) = self.due.pop() {
            if due.at > END {
                break;
            }
            self.now = self.now.max(due.at);
            let turn = self.turns[due.what].take().unwrap();
            self.turn(turn);
            let leaders = self.leaders();
            told.two_led += u64::from(leaders > 1);
            told.leaderless_at_the_end += u64::from(leaders == 0 && self.now > FOUND);
        }
        told.changes = self.changes;
        told
    }

    fn leaders(&self) -> usize {
        let awake = self
            .replicas
            .iter()
            .filter(|replica| replica.sleeps_until <= self.now);
        awake.filter(|replica| replica.leads(self.now)).count()
    }

    fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Wakes { replica, life } if self.is(replica, life) => {
                let until = self.replicas[replica].sleeps_until;
                if until > self.now {
                    return self.at(until, Turn::Wakes { replica, life });
                }
                if self.replicas[replica].has_lost(self.now) {
                    return self.begin_anew(replica);
                }
                let attempt = self.replicas[replica].begin_attempt();
                let patience = self.replicas[replica].real(self.replicas[replica].terms.attempt());
                self.at(
                    self.now + patience,
                    Turn::GivesUp {
                        replica,
                        life,
                        attempt,
                    },
                );
                let call = self.replicas[replica].first_call(self.now);
                self.send_or_rest(replica, call);
            }
            Turn::Arrives {
                replica,
                life,
                attempt,
                call,
            } => {
                let lease = self.served(&call);
                if !self.in_trouble(5) {
                    let at = self.now + self.dice.random_range(1..50);
                    self.at(
                        at,
                        Turn::Answered {
                            replica,
                            life,
                            attempt,
                            call,
                            lease,
                        },
                    );
                }
            }
            Turn::Answered {
                replica,
                life,
                attempt,
                call,
                lease,
            } if self.is(replica, life) => {
                let until = self.replicas[replica].sleeps_until;
                if until > self.now {
                    return self.at(
                        until,
                        Turn::Answered {
                            replica,
                            life,
                            attempt,
                            call,
                            lease,
                        },
                    );
                }
                if self.replicas[replica].attempt != attempt {
                    return;
                }
                let next = self.replicas[replica].hears(&call, lease, self.now);
                self.send_or_rest(replica, next);
            }
            Turn::GivesUp {
                replica,
                life,
                attempt,
            } if self.is(replica, life) => {
                let until = self.replicas[replica].sleeps_until;
                if until > self.now {
                    return self.at(
                        until,
                        Turn::GivesUp {
                            replica,
                            life,
                            attempt,
                        },
                    );
                }
                if self.replicas[replica].attempt == attempt && self.replicas[replica].is_asking {
                    self.send_or_rest(replica, None);
                }
            }
            Turn::Sleeps { replica } => {
                self.replicas[replica].sleeps_until = self.now + self.dice.random_range(1_000..SLEEP_MAX);
            }
            Turn::Dies { replica } => self.begin_anew(replica),
            Turn::Wakes { .. } | Turn::Answered { .. } | Turn::GivesUp { .. } => {}
        }
    }

    fn is(&self, replica: usize, life: u64) -> bool {
        self.replicas[replica].life == life
    }

    fn begin_anew(&mut self, replica: usize) {
        self.replicas[replica].begin_anew();
        let life = self.replicas[replica].life;
        let at = self.now + self.dice.random_range(500..3_000);
        self.at(at, Turn::Wakes { replica, life });
    }

    /// The call goes out, and may be lost or late; without one the attempt is over.
    fn send_or_rest(&mut self, replica: usize, call: Option<Call>) {
        let (life, attempt) = (self.replicas[replica].life, self.replicas[replica].attempt);
        let Some(call) = call else {
            self.replicas[replica].is_asking = false;
            let random = self.dice.random_range(0.0..1.0);
            let pause = self.replicas[replica].terms.pause(random);
            let at = self.now + self.replicas[replica].real(pause);
            return self.at(at, Turn::Wakes { replica, life });
        };
        self.replicas[replica].is_asking = true;
        if self.in_trouble(5) {
            return;
        }
        let late = if self.in_trouble(7) { LATE_MAX } else { 50 };
        let at = self.now + self.dice.random_range(1..late);
        self.at(
            at,
            Turn::Arrives {
                replica,
                life,
                attempt,
                call,
            },
        );
    }

    /// What the server does and says: none for a conflict.
    fn served(&mut self, call: &Call) -> Option<Lease> {
        if let Call::Write { record, version } = call {
            if *version != self.lease.as_ref().map(|(_, version)| *version) {
                return None;
            }
            let before = self.lease.as_ref().map(|(record, _)| record.holder.clone());
            self.changes += u64::from(before.is_some_and(|before| before != record.holder));
            self.version += 1;
            self.lease = Some((record.clone(), self.version));
        }
        Some(self.lease.clone())
    }
}

fn played(terms: Terms) -> Vec<Told> {
    (0..ELECTIONS)
        .map(|seed| Election::of(seed, terms).play())
        .collect()
}

#[test]
fn at_most_one_believes_that_it_leads_and_a_new_leader_is_found_once_calls_work() {
    let mut changes = 0;
    for (seed, told) in played(Terms::default()).into_iter().enumerate() {
        assert_eq!(told.two_led, 0, "two led, with seed {seed}");
        assert_eq!(told.leaderless_at_the_end, 0, "nobody led, with seed {seed}");
        changes += told.changes;
    }
    assert!(
        changes > 5 * ELECTIONS,
        "only {changes} changes: nothing went wrong"
    );
}

#[test]
fn a_leader_that_believed_for_the_whole_lease_would_be_one_of_two() {
    let terms = Terms {
        renew_deadline: Duration::from_secs(15),
        ..Terms::default()
    };
    let caught = played(terms).iter().filter(|told| told.two_led > 0).count();
    assert!(caught > 0, "this test sees no two leaders where there are some");
}

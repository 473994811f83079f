//! What every endpoint of both arms answered in one look.

use std::collections::BTreeMap;

use super::exposition::Exposition;
use super::scrape_error::ScrapeError;
use super::series_error::SeriesError;
use crate::engine::{ArmReading, PerArm, PodReading, SourceDown};

/// Endpoints that are told of one by one when none can be read.
const REASONS_SHOWN: usize = 4;

/// By endpoint.
pub(super) type ArmScrapes = BTreeMap<String, Result<Exposition, ScrapeError>>;

/// Both arms' answers.
#[derive(Debug)]
pub(super) struct Scrapes(pub(super) PerArm<ArmScrapes>);

/// Something read from each endpoint of an arm, or why not.
#[derive(Debug)]
pub(super) struct Answers<T> {
    pub(super) pods: BTreeMap<String, T>,
    pub(super) missing: BTreeMap<String, String>,
}

impl Scrapes {
    fn all(&self) -> impl Iterator<Item = (&String, &Result<Exposition, ScrapeError>)> {
        self.0.baseline.iter().chain(&self.0.canary)
    }

    /// The texts that could be read.
    pub(super) fn expositions(&self) -> impl Iterator<Item = &Exposition> {
        self.all().filter_map(|(_, scrape)| scrape.as_ref().ok())
    }

    /// Whether an endpoint's text could be read, whatever was then made of it.
    pub(super) fn was_read(&self, endpoint: &str) -> bool {
        self.all()
            .any(|(name, scrape)| name == endpoint && scrape.is_ok())
    }

    /// Why there is nothing at all, where no endpoint of either arm could be read.
    pub(super) fn source_down(&self) -> Option<SourceDown> {
        if self.expositions().next().is_some() {
            return None;
        }
        let failures: Vec<_> = self
            .all()
            .filter_map(|(endpoint, scrape)| Some((endpoint, scrape.as_ref().err()?)))
            .collect();
        let mut reasons: Vec<_> = failures
            .iter()
            .take(REASONS_SHOWN)
            .map(|(endpoint, error)| format!("{endpoint}: {error}"))
            .collect();
        if failures.len() > REASONS_SHOWN {
            reasons.push(format!("and {} more", failures.len() - REASONS_SHOWN));
        }
        Some(SourceDown {
            reason: format!("no endpoint of either arm could be read: {}", reasons.join("; ")),
        })
    }

    /// `read` applied to every text; an endpoint without one is missing for the reason of its scrape.
    pub(super) fn each<T>(&self, read: impl Fn(&Exposition) -> Result<T, SeriesError>) -> PerArm<Answers<T>> {
        self.0.as_ref().map(|arm| {
            let mut answers = Answers {
                pods: BTreeMap::new(),
                missing: BTreeMap::new(),
            };
            for (endpoint, scrape) in arm {
                let answer = match scrape {
                    Ok(exposition) => read(exposition).map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                match answer {
                    Ok(answer) => drop(answers.pods.insert(endpoint.clone(), answer)),
                    Err(reason) => drop(answers.missing.insert(endpoint.clone(), reason)),
                }
            }
            answers
        })
    }
}

impl<T> Answers<T> {
    /// Every endpoint that answered is missing too, for `reason`.
    pub(super) fn refused(mut self, reason: &str) -> ArmReading {
        let refused = self
            .pods
            .into_keys()
            .map(|endpoint| (endpoint, reason.to_owned()));
        self.missing.extend(refused);
        ArmReading {
            pods: BTreeMap::new(),
            missing: self.missing,
        }
    }

    /// With every answer made into a pod's reading.
    pub(super) fn into_reading(self, pod: impl Fn(T) -> PodReading) -> ArmReading {
        ArmReading {
            pods: self
                .pods
                .into_iter()
                .map(|(endpoint, answer)| (endpoint, pod(answer)))
                .collect(),
            missing: self.missing,
        }
    }
}

//! What `${name}` stands for in templates.

use std::collections::BTreeMap;

use super::context::Context;
use super::findings::Findings;
use super::variables::{CLOSED, Piece, pieces};
use crate::document::{FieldPath, did_you_mean};
use crate::spec::checked::{RouteDestination, Workload};

/// What every template may name beside its own parameters: the Canary's own, and what its arms are called.
pub(super) const BUILT_IN: [&str; 5] = ["workload", "namespace", "name", "host", "subset"];

/// A template's parameters by name, as they are written: they may name what is built in.
pub(super) type Parameters<'a> = BTreeMap<&'a str, &'a str>;

/// What variables stand for in one place.
pub(super) struct Variables<'a> {
    values: BTreeMap<&'a str, String>,
    /// Names that exist and have no value here.
    without: Vec<&'a str>,
    /// Why not, after "`${name}` ".
    because: &'static str,
}

impl<'a> Variables<'a> {
    /// Where nothing is one Canary's: the parameters that name nothing of it.
    pub(super) fn of_all(parameters: &Parameters<'a>) -> Self {
        Self::of(
            parameters,
            BTreeMap::new(),
            "tells the arms apart: it belongs into `arm`",
        )
    }

    /// While no Canary is known: what is built in stands for its name.
    pub(super) fn of_nobody(parameters: &Parameters<'a>) -> Self {
        Self::of(parameters, BUILT_IN.map(|name| (name, name)).into(), "")
    }

    /// Those of the canary and of the stable arm; `None` where too little is known of these, which has been told.
    pub(super) fn of_arms(parameters: &Parameters<'a>, context: &Context<'a>) -> Option<(Self, Self)> {
        let route = context.traffic?.route();
        let of_arm = |workload: &'a Workload, destination: &'a RouteDestination| {
            let mut built_in = BTreeMap::from([
                ("workload", workload.name()?),
                ("namespace", context.namespace),
                ("name", context.name),
                // As Istio has it in the names of clusters.
                ("subset", destination.subset.as_deref().unwrap_or_default()),
            ]);
            built_in.extend(destination.host.as_deref().map(|host| ("host", host)));
            let because = "needs a `host` in both destinations of the Canary's `traffic`";
            Some(Self::of(parameters, built_in, because))
        };
        let canary = of_arm(&context.workloads.canary, &route.canary)?;
        Some((canary, of_arm(&context.workloads.stable, &route.stable)?))
    }

    fn of(parameters: &Parameters<'a>, built_in: BTreeMap<&'a str, &'a str>, because: &'static str) -> Self {
        let mut without: Vec<&str> = BUILT_IN
            .into_iter()
            .filter(|name| !built_in.contains_key(name))
            .collect();
        let mut values = BTreeMap::new();
        for (name, value) in parameters {
            match expanded(value, &built_in) {
                Some(value) => drop(values.insert(*name, value)),
                None => without.push(name),
            }
        }
        values.extend(built_in.into_iter().map(|(name, value)| (name, value.to_owned())));
        Self {
            values,
            without,
            because,
        }
    }

    /// Those that stand for something, by name.
    pub(super) fn values(&self) -> BTreeMap<&str, &str> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// What the variable stands for.
    ///
    /// # Errors
    /// What to do about a variable that stands for nothing here.
    pub(super) fn value(&self, name: &str) -> Result<&str, String> {
        if let Some(value) = self.values.get(name) {
            return Ok(value);
        }
        if self.without.contains(&name) {
            return Err(format!("`${{{name}}}` {}", self.because));
        }
        let name = crate::document::shown(name);
        Err(match did_you_mean(&name, self.values.keys().copied()) {
            Some(hint) => format!("`{name}` is none; {hint}"),
            None => format!("`{name}` is none: name it under `parameters`"),
        })
    }
}

/// A parameter's value with what is built in filled in; `None` where some of that has no value. What else looks like a variable
/// stays as it is: [`check_parameter`] tells it.
fn expanded(value: &str, built_in: &BTreeMap<&str, &str>) -> Option<String> {
    let Ok(pieces) = pieces(value) else {
        return Some(value.to_owned());
    };
    let texts = pieces.into_iter().map(|piece| match piece {
        Piece::Literal(text) => Some(text.to_owned()),
        Piece::Variable(name) if BUILT_IN.contains(&name) => {
            built_in.get(name).map(|value| (*value).to_owned())
        }
        Piece::Variable(name) => Some(format!("${{{name}}}")),
    });
    texts.collect()
}

/// A parameter's value may name what is built in, and nothing else.
pub(super) fn check_parameter(field: &FieldPath, value: &str, findings: &mut Findings<'_>) {
    let Ok(pieces) = pieces(value) else {
        return findings.refuse(field, CLOSED, None);
    };
    for piece in pieces {
        if let Piece::Variable(name) = piece
            && !BUILT_IN.contains(&name)
        {
            let name = crate::document::shown(name);
            let hint = did_you_mean(&name, BUILT_IN).map(|hint| format!("`{name}` is none; {hint}"));
            findings.refuse(field, "variables that are built in", hint);
        }
    }
}

//! Where there is more to see of what is told: addresses, made by templates of the user's own.
//!
//! What a template puts in is percent-encoded, so that a name can become neither a host nor a parameter.

use std::cell::LazyCell;

use minijinja::value::Value;
use minijinja::{Environment, Output, State};
use reqwest::Url;

use super::variables::variables;
use super::{Part, WordingError, bounded, wrong};
use crate::driver::Delivery;

/// Characters of an address: as many as a button of Slack's takes, and browsers take more.
const URL_CHARS_MAX: usize = 3_000;

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The rollout, wherever people look at it.
    Rollout,
    /// A graph of its metrics.
    Graph,
    /// The service's dashboard.
    Dashboard,
    /// What to do.
    Runbook,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 4] = [Self::Rollout, Self::Graph, Self::Dashboard, Self::Runbook];

    /// The field in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Graph => "graph",
            Self::Dashboard => "dashboard",
            Self::Runbook => "runbook",
        }
    }

    /// What stands on a button.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rollout => "Rollout",
            Self::Graph => "Graph",
            Self::Dashboard => "Dashboard",
            Self::Runbook => "Runbook",
        }
    }
}

/// The templates of addresses, as the user wrote them; without one there is no such link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkTemplates {
    /// Of [`Place::Rollout`].
    pub rollout: Option<String>,
    /// Of [`Place::Graph`].
    pub graph: Option<String>,
    /// Of [`Place::Dashboard`].
    pub dashboard: Option<String>,
    /// Of [`Place::Runbook`].
    pub runbook: Option<String>,
}

impl LinkTemplates {
    const fn of(&self, place: Place) -> Option<&String> {
        match place {
            Place::Rollout => self.rollout.as_ref(),
            Place::Graph => self.graph.as_ref(),
            Place::Dashboard => self.dashboard.as_ref(),
            Place::Runbook => self.runbook.as_ref(),
        }
    }
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it leads to.
    pub place: Place,
    /// Its address.
    pub url: String,
}

/// Makes links.
pub(super) struct Links {
    templates: Environment<'static>,
}

impl Links {
    pub(super) fn new(templates: &LinkTemplates) -> Result<Self, WordingError> {
        let mut environment = bounded();
        environment.set_formatter(write_encoded);
        for place in Place::ALL {
            if let Some(template) = templates.of(place) {
                environment
                    .add_template_owned(place.name(), template.clone())
                    .map_err(|error| wrong(Part::Link(place), &error))?;
            }
        }
        Ok(Self {
            templates: environment,
        })
    }

    /// The links of `delivery`, in the order of [`Place::ALL`].
    pub(super) fn of(&self, delivery: &Delivery, cluster: Option<&str>) -> Vec<Result<Link, WordingError>> {
        let known = LazyCell::new(|| variables(delivery, cluster));
        let made = Place::ALL.into_iter().filter_map(|place| {
            let template = self.templates.get_template(place.name()).ok()?;
            let rendered = template.render(&*known);
            match rendered {
                // A template may say that there is nothing to see of this news.
                Ok(url) if url.trim().is_empty() => None,
                Ok(url) => Some(address(place, url.trim())),
                Err(error) => Some(Err(wrong(Part::Link(place), &error))),
            }
        });
        made.collect()
    }
}

fn address(place: Place, url: &str) -> Result<Link, WordingError> {
    let is_one = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_one || url.chars().count() > URL_CHARS_MAX {
        return Err(WordingError {
            part: Part::Link(place),
            line: 1,
            reason: format!(
                "it makes `{}`, which is no address (http or https, at most {URL_CHARS_MAX} characters)",
                super::super::text::cut(url, 100)
            ),
        });
    }
    Ok(Link {
        place,
        url: url.to_owned(),
    })
}

fn write_encoded(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    Ok(out.write_str(&encoded)?)
}

#[cfg(test)]
mod tests {
    use super::super::{Escape, Templates, Wording};
    use super::*;
    use crate::engine::{NoticeKind, Outcome, Urgency};
    use crate::notify::sample;

    fn wording(dashboard: &str) -> Result<Wording, WordingError> {
        let templates = Templates {
            cluster: Some("prod eu".to_owned()),
            links: LinkTemplates {
                dashboard: Some(dashboard.to_owned()),
                ..LinkTemplates::default()
            },
            ..Templates::default()
        };
        Wording::new(&templates, Escape::Slack)
    }

    #[test]
    fn a_link_has_what_is_known_and_encodes_it() {
        let template =
            "https://grafana.test/d/serin?var-cluster={{ cluster }}&var-name={{ name }}&from={{ from_ms }}";
        let mut delivery = sample::of(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning);
        delivery.name = "a&b=/c".to_owned();
        let links = wording(template).unwrap().links(&delivery);
        assert_eq!(
            links,
            [Link {
                place: Place::Dashboard,
                url: "https://grafana.test/d/serin?var-cluster=prod+eu&var-name=a%26b%3D%2Fc&from=1699998650000"
                    .to_owned(),
            }]
        );
    }

    #[test]
    fn what_makes_no_address_is_refused_before_anything_is_sent() {
        let refused = |template: &str| wording(template).map(drop).unwrap_err();
        let relative = refused("/d/{{ name }}");
        assert_eq!(relative.part, Part::Link(Place::Dashboard));
        assert!(
            relative.reason.contains("`/d/checkout`, which is no address"),
            "{relative}"
        );
        assert!(refused("javascript:alert(1)").reason.contains("http or https"));
        assert!(
            refused("https://x.test/{{ nmae }}")
                .reason
                .contains("known are `namespace`")
        );
    }
}

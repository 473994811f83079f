//! How a channel words its news: as Serin does, or by templates of the user's own.
//!
//! Templates are minijinja's, without loops over anything that is not there: a variable that does not exist is an error, and so is a
//! template that takes too many steps. Both are found before anything is sent, by wording one piece of news of each kind. Should a
//! template fail all the same, Serin's own words are sent: bad wording is better than no news.

use std::fmt;

mod links;
mod variables;

use minijinja::value::Value;
use minijinja::{Environment, ErrorKind, Output, State, UndefinedBehavior};

use self::links::Links;
pub use self::links::{Link, LinkTemplates, Place};
use self::variables::variables;
use super::{news, sample};
use crate::driver::Delivery;

/// Steps of a template: some thousand times what a message needs, and done in a millisecond.
const FUEL: u64 = 50_000;

/// Characters that a template may make: channels cut what is too long for them, and this is beyond all of them.
const CHARS_MAX: usize = 40_000;

/// The part of a message that a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One line.
    Title,
    /// What there is to say.
    Text,
    /// The address that this link leads to.
    Link(Place),
}

impl Part {
    /// The field in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Link(place) => place.name(),
        }
    }
}

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}`, line {line}: {reason}", .part.name())]
pub struct WordingError {
    /// Of which part.
    pub part: Part,
    /// In which line of the template, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// How values are written into a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// As they are.
    None,
    /// As Slack asks for it: `&`, `<` and `>` begin something there.
    Slack,
}

/// Whether `templates` can be used.
///
/// # Errors
/// Where one cannot be read, or does not work for some kind of news.
pub fn check(templates: &Templates) -> Result<(), WordingError> {
    Wording::new(templates, Escape::None).map(drop)
}

/// The words of a channel.
pub(super) struct Wording {
    templates: Environment<'static>,
    escape: Escape,
    cluster: Option<String>,
    links: Links,
}

/// The templates of a channel, as the user wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    /// Makes the title; without it Serin's own is taken.
    pub title: Option<String>,
    /// Makes the text; without it Serin's own is taken.
    pub text: Option<String>,
    /// What the cluster is called where people have several.
    pub cluster: Option<String>,
    /// Make addresses where there is more to see.
    pub links: LinkTemplates,
}

impl Wording {
    /// Words by `templates` where there are some.
    ///
    /// # Errors
    /// Where one cannot be read, or does not work for some kind of news.
    pub(super) fn new(templates: &Templates, escape: Escape) -> Result<Self, WordingError> {
        let mut environment = bounded();
        if escape == Escape::Slack {
            environment.set_formatter(write_escaped);
        }
        let written = [(Part::Title, &templates.title), (Part::Text, &templates.text)];
        for (part, template) in written {
            if let Some(template) = template {
                environment
                    .add_template_owned(part.name(), template.clone())
                    .map_err(|error| wrong(part, &error))?;
            }
        }
        let wording = Self {
            templates: environment,
            escape,
            cluster: templates.cluster.clone(),
            links: Links::new(&templates.links)?,
        };
        for delivery in sample::of_every_kind() {
            for part in [Part::Title, Part::Text] {
                wording.templated(part, &delivery).transpose()?;
            }
            for link in wording.links.of(&delivery, wording.cluster()) {
                link?;
            }
        }
        Ok(wording)
    }

    /// Where there is more to see of `delivery`. A link that cannot be made is left out, and said so in the log.
    pub(super) fn links(&self, delivery: &Delivery) -> Vec<Link> {
        let made = self.links.of(delivery, self.cluster()).into_iter();
        made.filter_map(|link| {
            link.inspect_err(|error| {
                tracing::warn!(
                    notice.channel = delivery.channel,
                    notice.key = delivery.key,
                    "{}: {} goes without a link: {error}",
                    delivery.channel,
                    delivery.key
                );
            })
            .ok()
        })
        .collect()
    }

    /// What the cluster is called, where it has a name.
    pub(super) fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// The title of `delivery`, or `own` where the user has no words for it.
    pub(super) fn title(&self, delivery: &Delivery, own: impl FnOnce(&Delivery) -> String) -> String {
        self.words(Part::Title, delivery, own)
    }

    /// The text of `delivery`.
    pub(super) fn text(&self, delivery: &Delivery) -> String {
        self.words(Part::Text, delivery, |delivery| delivery.notice.text.clone())
    }

    /// `text` as it may stand in a message.
    pub(super) fn escaped(&self, text: &str) -> String {
        match self.escape {
            Escape::None => text.to_owned(),
            Escape::Slack => slack(text),
        }
    }

    fn words(&self, part: Part, delivery: &Delivery, own: impl FnOnce(&Delivery) -> String) -> String {
        match self.templated(part, delivery) {
            Some(Ok(text)) if !text.trim().is_empty() => return text,
            Some(Err(error)) => tracing::warn!(
                notice.channel = delivery.channel,
                notice.key = delivery.key,
                "{}: {} is sent in Serin's own words: {error}",
                delivery.channel,
                delivery.key
            ),
            Some(Ok(_)) | None => {}
        }
        self.escaped(&own(delivery))
    }

    fn templated(&self, part: Part, delivery: &Delivery) -> Option<Result<String, WordingError>> {
        let template = self.templates.get_template(part.name()).ok()?;
        let rendered = template.render(variables(delivery, self.cluster()));
        let rendered = rendered.map(|text| super::text::cut(&text, CHARS_MAX));
        Some(rendered.map_err(|error| wrong(part, &error)))
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wording")
            .field("escape", &self.escape)
            .finish_non_exhaustive()
    }
}

/// An environment in which a template can neither name what is not there nor take for ever.
fn bounded() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

fn wrong(part: Part, error: &minijinja::Error) -> WordingError {
    let known = variables::NAMES.map(|name| format!("`{name}`")).join(", ");
    let reason = match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, _) => format!("a variable that does not exist; known are {known}"),
        (ErrorKind::OutOfFuel, _) => format!("it takes more than {FUEL} steps"),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    WordingError {
        part,
        line: error.line().unwrap_or(1),
        reason,
    }
}

fn write_escaped(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    Ok(out.write_str(&slack(&value.to_string()))?)
}

/// `text` in Slack's mrkdwn: the three characters that it asks to escape (docs.slack.dev, *Formatting message text*).
fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{NoticeKind, Outcome, Urgency};

    fn titled(template: &str) -> Result<Wording, WordingError> {
        let templates = Templates {
            title: Some(template.to_owned()),
            ..Templates::default()
        };
        Wording::new(&templates, Escape::Slack)
    }

    fn aborted() -> Delivery {
        sample::of(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning)
    }

    #[test]
    fn a_template_has_the_news_and_its_values_are_escaped_and_its_own_text_is_not() {
        let wording =
            titled("<https://run.test/{{ rollout }}|{{ name }}>{% if outcome %} {{ outcome }}{% endif %}")
                .unwrap();
        let mut delivery = aborted();
        delivery.name = "a<b>&c".to_owned();
        assert_eq!(
            wording.title(&delivery, news::title),
            "<https://run.test/checkout-1700000000000|a&lt;b&gt;&amp;c> aborted"
        );
        assert_eq!(wording.text(&delivery), delivery.notice.text);
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_with_its_line() {
        let refused = |template: &str| titled(template).unwrap_err();
        let unknown = refused("{{ name }}\n{{ nmae }}");
        assert_eq!((unknown.part, unknown.line), (Part::Title, 2));
        assert!(unknown.reason.contains("known are `namespace`"), "{unknown}");
        let open = refused("one\ntwo\n{% if page %}");
        assert_eq!(open.line, 3, "{open}");
        let endless =
            refused("{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}");
        assert!(endless.reason.contains("more than 50000 steps"), "{endless}");
        // Only where the news is a hold.
        let seldom = refused("{% if reason %}{{ detail }}{% endif %}");
        assert_eq!(seldom.line, 1, "{seldom}");
    }

    #[test]
    fn nothing_is_worded_as_nothing() {
        let wording = titled("{% if page %}call somebody{% endif %}").unwrap();
        assert_eq!(wording.title(&aborted(), news::title), "shop/checkout: aborted");
    }
}

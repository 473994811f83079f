//! What Flagger sends, checked.

use std::collections::BTreeMap;

use crate::api::error::ApiError;
use crate::api::fields::{Fields, FromFields};
use crate::document::{DNS_LABEL, is_dns_label};
use crate::spec::HookType;

/// Characters of a checksum. Flagger's has ten; a digest with its algorithm has seventy.
const CHECKSUM_CHARS_MAX: usize = 200;

/// Characters of a phase: Flagger's longest has sixteen.
const PHASE_CHARS_MAX: usize = 40;

/// Characters of what an event tells that are kept: a paragraph.
const NEWS_CHARS_MAX: usize = 1000;

/// A webhook's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Payload {
    /// The name of Flagger's Canary.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: String,
    /// Where Flagger stands; empty where it does not say.
    pub(super) phase: String,
    /// What is judged.
    pub(super) checksum: String,
    /// What the user wrote at the webhook.
    pub(super) metadata: BTreeMap<String, String>,
}

impl FromFields for Payload {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        let payload = Self {
            name: label(fields, "name")?,
            namespace: label(fields, "namespace")?,
            phase: fields.text("phase", 0..=PHASE_CHARS_MAX)?.unwrap_or_default(),
            checksum: fields.required_text("checksum", 1..=CHECKSUM_CHARS_MAX)?,
            metadata: fields.texts("metadata")?,
        };
        // It is somebody else's protocol: what a later version of it adds is none of ours.
        fields.pass_over_the_rest();
        Ok(payload)
    }
}

fn label(fields: &mut Fields, name: &'static str) -> Result<String, ApiError> {
    let parse = |text: &str| is_dns_label(text).then(|| text.to_owned());
    let label = fields.take(name, || DNS_LABEL.to_owned(), parse)?;
    label.ok_or_else(|| ApiError::Field {
        field: name.to_owned(),
        expected: DNS_LABEL.to_owned(),
        found: "nothing".to_owned(),
        hint: None,
    })
}

impl Payload {
    /// The Canary, as messages name it.
    pub(super) fn canary(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether Flagger's run has ended, and with a promotion; none while it goes on. Only `post-rollout` says so: the first events of a
    /// revision still have the phase in which the one before it ended.
    pub(super) fn ends(&self, hook: HookType) -> Option<bool> {
        match (hook, self.phase.as_str()) {
            (HookType::PostRollout, "Succeeded") => Some(true),
            (HookType::PostRollout, "Failed") => Some(false),
            _ => None,
        }
    }

    /// What it tells, for people.
    pub(super) fn news(&self, hook: HookType) -> String {
        let message = self.metadata.get("eventMessage").map_or("", String::as_str);
        let text = format!("{} ({}): {message}", hook.name(), self.phase);
        let text = text.trim_end_matches([':', ' ']);
        text.chars()
            .take(NEWS_CHARS_MAX)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect()
    }
}

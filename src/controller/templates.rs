//! Writes each AnalysisTemplate's status: whether Canaries can use what it says.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::Parts;
use super::passes::{Pass, Pauses};
use super::telling::{Ground, difference};
use crate::canaries::cluster::{Resources, TemplateResource};
use crate::controller::missing::Missing;
use crate::kubernetes::status::AnalysisTemplateStatus;
use crate::kubernetes::{Failure, Kind};
use crate::spec::Problem;

/// What was told of a template.
type Told = (String, i64, Option<Vec<Problem>>);

/// Works for as long as it is polled.
pub(super) async fn run(parts: &Parts) {
    let mut resources = parts.resources.clone();
    let mut told = BTreeMap::new();
    let mut pauses = Pauses::new(&*parts.clock);
    loop {
        let now = Arc::clone(&resources.borrow_and_update());
        let due = pauses.after(Pass::of(tell_all(parts, &now, &mut told).await));
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            () = pauses.until(due) => {}
        }
    }
}

/// Tells of those that are new or changed, one after the other. Gives whether something is to be tried again.
async fn tell_all(parts: &Parts, resources: &Resources, told: &mut BTreeMap<String, Told>) -> bool {
    told.retain(|name, _| resources.templates.contains_key(name));
    let mut failed = false;
    for (name, template) in &resources.templates {
        let refused = resources.refused_templates.get(name).cloned();
        let ground = (template.uid.clone(), template.generation, refused);
        if told.get(name) == Some(&ground) {
            continue;
        }
        match write(parts, template, ground.2.as_deref()).await {
            Ok(()) | Err(Failure::NotFound(_)) => drop(told.insert(name.clone(), ground)),
            Err(failure @ (Failure::Refused(_) | Failure::Denied(_))) => {
                tracing::warn!(template = name, "its status is not written: {failure}");
                // Asking again does not help.
                told.insert(name.clone(), ground);
            }
            Err(failure) => {
                tracing::debug!(template = name, "its status is not written yet: {failure}");
                failed = true;
            }
        }
    }
    failed
}

async fn write(
    parts: &Parts,
    template: &TemplateResource,
    refused: Option<&[Problem]>,
) -> Result<(), Failure> {
    let templates = parts.cluster.objects(Kind::ANALYSIS_TEMPLATE);
    let (namespace, name) = (&template.namespace, &template.name);
    let object = templates.get(namespace, name).await?;
    let before = &object["status"];
    let known: AnalysisTemplateStatus = serde_json::from_value(before.clone()).unwrap_or_default();
    let ground = Ground {
        generation: template.generation,
        refused,
        missing: &Missing::Nothing,
        rollout: None,
        reason: None,
        before: &known.conditions,
        now: parts.clock.now(),
    };
    let after = AnalysisTemplateStatus {
        observed_generation: Some(template.generation),
        conditions: ground.of_template(),
    };
    let after = serde_json::to_value(after).unwrap_or_default();
    if let Some(patch) = difference(before, &after) {
        templates
            .merge_status(namespace, name, &json!({ "status": patch }))
            .await?;
    }
    Ok(())
}

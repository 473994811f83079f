//! A folder of Canaries that people edit, break, empty and take away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serin::canaries::{Followed, Snapshot, folder};
use serin::spec::{Known, Mode};
use tempfile::TempDir;

use crate::world::canary::{TEMPLATES, document_with};

/// Longer than any pause of the folder's own; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A followed folder with the templates and two Canaries, `default/shop` and `default/till`.
struct World {
    folder: TempDir,
    canaries: Followed,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = |folder: &Path| {
            fs::write(folder.join("templates.yaml"), TEMPLATES).unwrap();
            fs::write(folder.join("shop.yaml"), canary("shop", "")).unwrap();
            fs::write(folder.join("till.yml"), canary("till", "")).unwrap();
        };
        world(folder.path());
        let canaries = folder::follow(folder.path(), known()).await.unwrap();
        Self { folder, canaries }
    }

    fn write(&self, file: &str, text: &str) {
        // As a deployment would: whole, by a rename.
        let beside = self.folder.path().join("new");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.folder.path().join(file)).unwrap();
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.folder.path().join(file)).unwrap();
    }

    /// The state in which `is_so`.
    async fn when(&self, what: &str, is_so: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut states = self.canaries.subscribe();
        let state = tokio::time::timeout(PATIENCE, states.wait_for(|snapshot| is_so(snapshot))).await;
        let state = state.unwrap_or_else(|_| panic!("never {what}: {:#?}", self.canaries.now()));
        Arc::clone(&state.unwrap())
    }
}

fn canary(name: &str, fields: &str) -> String {
    document_with(fields).replace("name: shop}\nspec", &format!("name: {name}}}\nspec"))
}

fn mode(snapshot: &Snapshot, name: &str) -> Option<Mode> {
    snapshot.canary("default", name).map(|canary| canary.mode)
}

#[tokio::test]
async fn canaries_know_where_their_files_are() {
    let world = World::start().await;
    let now = world.canaries.now();

    assert_eq!(
        now.canaries().keys().collect::<Vec<_>>(),
        ["default/shop", "default/till"]
    );
    assert!(now.is_complete());
    let serin::spec::Traffic::File(traffic) = &now.canary("default", "shop").unwrap().traffic else {
        panic!("the Canary's traffic is in a file");
    };
    assert_eq!(Path::new(&traffic.path), world.folder.path().join("routes.yaml"));
}

#[tokio::test]
async fn an_edit_is_taken_and_a_broken_one_is_refused_while_the_old_goes_on() {
    let world = World::start().await;

    world.write("shop.yaml", &canary("shop", "mode: observ"));
    let refused = world.when("refused", |now| !now.problems().is_empty()).await;
    assert_eq!(mode(&refused, "shop"), Some(Mode::Control));
    assert_eq!(refused.problems().listed[0].field.as_deref(), Some("spec.mode"));

    world.write("till.yml", &canary("till", "mode: observe"));
    let other = world
        .when("taken", |now| mode(now, "till") == Some(Mode::Observe))
        .await;
    assert_eq!(mode(&other, "shop"), Some(Mode::Control));
    assert!(!other.problems().is_empty());

    world.write("shop.yaml", &canary("shop", "mode: observe"));
    let mended = world.when("mended", |now| now.problems().is_empty()).await;
    assert_eq!(mode(&mended, "shop"), Some(Mode::Observe));
    assert!(mended.is_complete());
}

#[tokio::test]
async fn a_template_that_is_still_used_cannot_be_taken_away() {
    let world = World::start().await;

    world.remove("templates.yaml");

    let now = world.when("told", |now| !now.problems().is_empty()).await;
    assert_eq!(now.canaries().len(), 2);
    assert!(!now.is_complete());
}

#[tokio::test]
async fn a_canary_whose_file_is_taken_away_is_gone() {
    let world = World::start().await;

    world.remove("till.yml");

    let now = world.when("gone", |now| now.canaries().len() == 1).await;
    assert!(now.is_complete());
    assert!(now.problems().is_empty());
}

#[tokio::test]
async fn an_empty_folder_takes_nothing_away() {
    let world = World::start().await;

    for file in ["templates.yaml", "shop.yaml", "till.yml"] {
        world.remove(file);
    }

    let now = world.when("told", |now| !now.problems().is_empty()).await;
    assert_eq!(now.canaries().len(), 2);
    assert!(!now.is_complete());
    assert!(!now.is_unwritten("default", "kiosk"));
}

#[tokio::test]
async fn a_folder_that_is_empty_from_the_start_has_no_canary_and_ends_none() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder::follow(folder.path(), known()).await.unwrap().now();
    assert!(empty.is_unwritten("default", "shop"));
    assert!(!empty.is_gone("default", "shop"));

    let missing = folder.path().join("missing");
    let missing = folder::follow(&missing, known()).await.unwrap().now();
    assert!(!missing.is_unwritten("default", "shop"));
}

#[tokio::test]
async fn what_is_broken_from_the_start_is_left_out_and_nothing_is_known_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("templates.yaml"), TEMPLATES).unwrap();
    fs::write(folder.path().join("shop.yaml"), canary("shop", "mode: observ")).unwrap();
    fs::write(folder.path().join("till.yaml"), canary("till", "")).unwrap();

    let now = folder::follow(folder.path(), known()).await.unwrap().now();

    assert_eq!(now.canaries().keys().collect::<Vec<_>>(), ["default/till"]);
    assert_eq!(now.problems().listed.len(), 1);
    assert!(!now.is_complete());
}

#[tokio::test]
async fn a_canary_that_names_a_channel_which_there_is_not_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("templates.yaml"), TEMPLATES).unwrap();
    fs::write(
        folder.path().join("shop.yaml"),
        canary("shop", "notify: [on-call]"),
    )
    .unwrap();

    let now = folder::follow(folder.path(), known()).await.unwrap().now();

    let problem = now.problems().listed[0].to_string();
    assert!(
        problem.ends_with(
            "shop.yaml:5: spec.notify[0]: expected a channel of the configuration: `log`, `oncall`, found `on-call`\n  \
             hint: did you mean `oncall`?"
        ),
        "{problem}"
    );
}

#[tokio::test]
async fn a_problem_is_of_the_namespace_of_its_file_as_that_is_written() {
    let world = World::start().await;
    let broken = |namespace: &str| {
        let names = format!("{{name: shop, namespace: {namespace}}}");
        canary("shop", "mode: sideways").replace("{name: shop}", &names)
    };
    world.write("shop.yaml", &broken("bank"));
    world.write("both.yaml", &format!("{}---\n{}", broken("bank"), broken("shop")));
    world.write("torn.yaml", "}");

    let now = world
        .when("told", |now| {
            ["shop", "both", "torn"].iter().all(|file| {
                let problems = &now.problems().listed;
                problems
                    .iter()
                    .any(|problem| problem.file.ends_with(&format!("{file}.yaml")))
            })
        })
        .await;

    let of_bank: BTreeSet<&str> = now
        .problems_in("bank")
        .map(|problem| problem.file.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(of_bank, BTreeSet::from(["shop.yaml"]));
    assert_eq!(
        now.problems_in("default").count(),
        0,
        "what was there before counts no longer"
    );
    assert_eq!(now.problems_in("shop").count(), 0);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_and_taken_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();

    let now = folder::follow(&folder.path().join("absent"), known())
        .await
        .unwrap()
        .now();

    assert!(now.canaries().is_empty());
    assert!(!now.is_complete());
    assert_eq!(now.problems().listed.len(), 1);
}

/// What the daemon's configuration has, for a Canary to name.
fn known() -> Known {
    Known {
        channels: BTreeSet::from(["log".to_owned(), "oncall".to_owned()]),
        ..Known::default()
    }
}

#[tokio::test]
async fn a_document_in_no_file_is_checked_beside_the_templates_of_the_folder() {
    let world = World::start().await;
    let now = world
        .when("read", |snapshot| snapshot.canaries().len() == 2)
        .await;
    let document = canary("beside", "mode: observe");
    let checked = now.check(&known(), &document).unwrap();
    assert_eq!((checked.name.as_str(), checked.mode), ("beside", Mode::Observe));
    assert_eq!(now.canary("default", "beside"), None);
    let broken = document.replace("template: latency", "template: latencies");
    let problems = now.check(&known(), &broken).unwrap_err();
    assert_eq!(problems.listed.len(), 1, "{problems}");
    assert_eq!(
        problems.listed[0].field.as_deref(),
        Some("spec.analysis.metrics[1].template")
    );
}

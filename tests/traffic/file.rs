//! The port on real files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

use serin::driver::ports::{Traffic, TrafficError};
use serin::engine::{TrafficState, TrafficWrite};
use serin::spec::CheckedCanary;
use serin::traffic::file::{MANIFEST_BYTES_MAX, ManifestFiles};
use tempfile::TempDir;

use super::canary::canary;
use super::{EDGE, SHOP, abort, write};

/// A folder with one manifest, and the port that works on it.
struct World {
    folder: TempDir,
    files: ManifestFiles,
    canary: CheckedCanary,
}

impl World {
    fn of(manifest: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("basket.yaml"), manifest).unwrap();
        Self {
            files: ManifestFiles::new(folder.path()),
            canary: canary("basket.yaml", "shop", "basket"),
            folder,
        }
    }

    fn manifest(&self) -> PathBuf {
        self.folder.path().join("basket.yaml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.manifest()).unwrap()
    }

    async fn read(&self) -> Result<TrafficState, TrafficError> {
        self.files.read(&self.canary).await
    }

    async fn write(&self, seen: &TrafficState, write: &TrafficWrite) -> Result<TrafficState, TrafficError> {
        self.files.write(&self.canary, seen, write).await
    }

    fn conflict(&self) -> TrafficError {
        let object = format!("VirtualService shop/basket in {}", self.manifest().display());
        TrafficError::Conflict { object }
    }
}

#[tokio::test]
async fn a_write_is_read_back_and_can_be_followed_by_another() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    assert_eq!(
        (seen.canary_weight, seen.epoch, seen.rollout.as_deref()),
        (5, 0, None)
    );
    assert!(seen.other_routes_reach_canary);

    let raised = world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    assert_eq!(
        (raised.canary_weight, raised.epoch, raised.rollout.as_deref()),
        (20, 1, Some("r1"))
    );
    assert_eq!(raised, world.read().await.unwrap());

    let aborted = world.write(&raised, &abort(2, "r1")).await.unwrap();
    assert!(aborted.is_aborted("r1"));
    let restarted = world.write(&aborted, &write(5, 3, "r2")).await.unwrap();
    assert_eq!(restarted.aborted, None);
}

#[tokio::test]
async fn the_second_manifest_of_a_file_is_written_and_the_first_keeps_its_bytes() {
    let world = World {
        canary: canary("basket.yaml", "frontier", "edge"),
        ..World::of(EDGE)
    };
    let seen = world.read().await.unwrap();
    assert_eq!(seen.canary_weight, 0);
    world.write(&seen, &write(50, 1, "r1")).await.unwrap();
    let first = EDGE.split("---").next().unwrap();
    assert!(world.text().starts_with(first));
}

#[tokio::test]
async fn a_changed_object_is_a_conflict_and_stays() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    let changed = SHOP
        .replace("weight: 95", "weight: 97")
        .replace("weight: 5\n", "weight: 3\n");
    fs::write(world.manifest(), &changed).unwrap();
    assert_eq!(
        world.write(&seen, &write(20, 1, "r1")).await,
        Err(world.conflict())
    );
    assert_eq!(world.text(), changed);
}

#[tokio::test]
async fn a_change_of_another_document_is_no_conflict() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    fs::write(world.manifest(), SHOP.replace("version: canary", "version: next")).unwrap();
    world.write(&seen, &abort(1, "r1")).await.unwrap();
    assert!(world.text().contains("version: next"));
}

#[tokio::test]
async fn an_epoch_that_is_not_above_the_object_s_is_a_conflict() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    let seen = world.write(&seen, &write(20, 7, "r1")).await.unwrap();
    let before = world.text();
    for epoch in [6, 7] {
        assert_eq!(
            world.write(&seen, &abort(epoch, "r1")).await,
            Err(world.conflict())
        );
    }
    assert_eq!(world.text(), before);
}

#[tokio::test]
async fn clearing_its_own_abort_is_refused() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    let aborted = world.write(&seen, &abort(1, "r1")).await.unwrap();
    let refused = world.write(&aborted, &write(5, 2, "r1")).await;
    assert!(matches!(refused, Err(TrafficError::Refused { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_never_lose_an_epoch() {
    const WRITERS: u64 = 4;
    const WRITES: u64 = 15;
    let world = Arc::new(World::of(SHOP));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let rollout = format!("r{writer}");
                let mut written = 0;
                while written < WRITES {
                    let seen = world.read().await.unwrap();
                    // A conflict means that another one wrote, so all of them together always get on.
                    match world.write(&seen, &write(20, seen.epoch + 1, &rollout)).await {
                        Ok(_) => written += 1,
                        Err(TrafficError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(world.read().await.unwrap().epoch, WRITERS * WRITES);
}

#[tokio::test]
async fn a_temporary_left_by_a_crash_is_replaced() {
    let world = World::of(SHOP);
    let left = world.folder.path().join(".basket.yaml.serin-tmp");
    fs::write(&left, "half a manif").unwrap();
    let seen = world.read().await.unwrap();
    assert_eq!(seen.epoch, 0);
    assert_eq!(world.write(&seen, &abort(1, "r1")).await.unwrap().epoch, 1);
    assert!(!left.exists());
}

#[tokio::test]
async fn mode_and_symbolic_link_stay() {
    let world = World::of(SHOP);
    fs::set_permissions(world.manifest(), fs::Permissions::from_mode(0o440)).unwrap();
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("link.yaml");
    symlink(world.manifest(), &link).unwrap();
    let by_link = canary(link.to_str().unwrap(), "shop", "basket");

    let seen = world.files.read(&by_link).await.unwrap();
    world.files.write(&by_link, &seen, &abort(1, "r1")).await.unwrap();

    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_dir(links.path()).unwrap().count(), 1);
    assert_eq!(world.read().await.unwrap().epoch, 1);
    let mode = world.manifest().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o440);
}

#[tokio::test]
async fn a_lock_that_is_never_released_is_given_up_on() {
    let world = World::of(SHOP);
    let seen = world.read().await.unwrap();
    let other = fs::File::create(world.folder.path().join(".basket.yaml.serin-lock")).unwrap();
    other.lock().unwrap();
    let given_up = world.write(&seen, &abort(1, "r1")).await.unwrap_err();
    assert!(
        given_up.to_string().contains("another writer holds"),
        "{given_up}"
    );
    drop(other);
    world.write(&seen, &abort(1, "r1")).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_there_or_empty_or_no_file_is_unreachable() {
    let unreachable = |result| matches!(result, Err(TrafficError::Unreachable { .. }));
    assert!(unreachable(World::of("").read().await));
    let missing = World::of(SHOP);
    let seen = missing.read().await.unwrap();
    fs::remove_file(missing.manifest()).unwrap();
    assert!(unreachable(missing.read().await));
    assert!(unreachable(missing.write(&seen, &abort(1, "r1")).await));
    fs::create_dir(missing.manifest()).unwrap();
    assert!(unreachable(missing.read().await));
}

#[tokio::test]
async fn a_file_that_nobody_can_edit_is_refused_with_object_and_reason() {
    let reason = |bytes: Vec<u8>| async move {
        match World::of(bytes).read().await {
            Err(TrafficError::Refused { object, reason }) => {
                assert!(object.starts_with("VirtualService shop/basket in "), "{object}");
                reason
            }
            other => panic!("{other:?}"),
        }
    };
    let with_sum_105 = SHOP.replace("weight: 5\n", "weight: 10\n");
    assert!(
        reason(with_sum_105.into())
            .await
            .contains("expected weights that sum to 100")
    );
    assert!(
        reason(EDGE.into())
            .await
            .starts_with("expected the VirtualService in the file")
    );
    assert!(
        reason(b"a: [".to_vec())
            .await
            .starts_with("expected YAML documents")
    );
    assert!(reason(vec![0xff, 0xfe, 0x00]).await.starts_with("expected UTF-8"));
    let huge = vec![b'#'; MANIFEST_BYTES_MAX as usize + 1];
    assert_eq!(
        reason(huge).await,
        "expected at most 1048576 bytes, found more; hint: give the VirtualService its own file"
    );
}

#[tokio::test]
async fn a_write_that_would_make_the_file_too_large_is_refused_beforehand() {
    let filling = "#".repeat(MANIFEST_BYTES_MAX as usize - SHOP.len());
    let world = World::of(format!("{SHOP}{filling}"));
    let seen = world.read().await.unwrap();
    let refused = world.write(&seen, &abort(1, "r1")).await;
    assert!(matches!(refused, Err(TrafficError::Refused { .. })));
    assert_eq!(world.read().await.unwrap(), seen);
}

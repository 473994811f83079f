//! A cluster in which Serin is installed as its README says, with Istio's definitions beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::world::cluster::{Cluster, Shared};
use crate::world::patience::until;
use crate::world::programs::{built, made};

static SHARED: Shared = Shared::new();
/// The kubeconfig of its service account.
static SERIN: OnceLock<PathBuf> = OnceLock::new();
static INSTALLED: OnceCell<()> = OnceCell::const_new();

/// The cluster that these tests have together.
pub(in crate::control_plane) async fn installed() -> Cluster {
    let cluster = SHARED.join().await;
    INSTALLED.get_or_init(async || install(&cluster).await).await;
    cluster
}

pub(in crate::control_plane) async fn install(cluster: &Cluster) {
    let istio = made("istio-crds", "istio-crds.yaml");
    cluster.kubectl(&["apply", "--server-side", "-f", istio.to_str().unwrap()]);
    cluster.kubectl(&["wait", "--for=condition=Established", "crd", "--all"]);
    // What a cluster's administrator has: a volume for who claims one.
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "some"},
        "spec": {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/nowhere"}},
    });
    cluster.kubectl_in(&["apply", "-f", "-"], &volume.to_string());
    apply(cluster, &shipped("standalone"));
    until_guarded(cluster).await;
}

/// What kustomize makes of an overlay of `deploy/`.
pub(in crate::control_plane) fn shipped(overlay: &str) -> String {
    rendered(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("deploy/overlays")
            .join(overlay),
    )
}

/// What it makes of one's own overlay, `{deploy}` in which stands for the folder of that name.
pub(in crate::control_plane) fn rendered_own(kustomization: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let canonical = folder.path().canonicalize().unwrap();
    // A base is named by a relative path.
    let up = "../".repeat(canonical.components().count() - 1);
    let deploy = format!(
        "{}{}/deploy",
        up.trim_end_matches('/'),
        env!("CARGO_MANIFEST_DIR")
    );
    let text = kustomization.replace("{deploy}", &deploy);
    fs::write(canonical.join("kustomization.yaml"), text).unwrap();
    rendered(&canonical)
}

fn rendered(folder: &Path) -> String {
    let output = Command::new(built("kubectl"))
        .arg("kustomize")
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Applies it as the README says: nothing unknown in it, and nothing that the server would warn of.
pub(in crate::control_plane) fn apply(cluster: &Cluster, manifests: &str) {
    let arguments = [
        "apply",
        "--server-side",
        "--validate=strict",
        "--warnings-as-errors",
        "-f",
        "-",
    ];
    cluster.kubectl_in(&arguments, manifests);
}

/// The API server reads its policies a moment after they are there.
async fn until_guarded(cluster: &Cluster) {
    let folder = "/apis/networking.istio.io/v1/namespaces/serin/virtualservices";
    let probe = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "probe"}, "spec": {"hosts": ["probe"]},
    });
    cluster.api.create(folder, &probe).await;
    // Each cluster has tokens of its own.
    let kubeconfig = cluster.kubeconfig_of("serin", "serin");
    let patch = r#"{"metadata": {"labels": {"probe": "1"}}}"#;
    let write = [
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
        "patch",
        "virtualservice",
        "probe",
        "--dry-run=server",
        "--type=merge",
        "--patch",
        patch,
    ];
    until("guarded by the policy", async || {
        let refused = cluster.try_kubectl(&write).err();
        refused
            .filter(|said| said.contains("ValidatingAdmissionPolicy"))
            .map(drop)
    })
    .await;
}

/// What kubectl prints for Serin's service account, with a token of it, in the namespace that is named or its own.
pub(in crate::control_plane) fn as_serin(cluster: &Cluster, arguments: &[&str]) -> Result<String, String> {
    let kubeconfig = SERIN.get_or_init(|| cluster.kubeconfig_of("serin", "serin"));
    let mut all = vec!["--kubeconfig", kubeconfig.to_str().unwrap()];
    all.extend(arguments);
    cluster.try_kubectl(&all)
}

/// An object or a list, as kubectl has it.
pub(in crate::control_plane) fn got(cluster: &Cluster, arguments: &[&str]) -> Value {
    let mut all = vec!["get", "--output=json"];
    all.extend(arguments);
    serde_json::from_str(&cluster.kubectl(&all)).unwrap()
}

//! `serin audit` with the token of each overlay's service account: it finds nothing wider than needed, and what somebody adds it finds.

use serde_json::{Value, json};

use crate::control_plane::installed::{apply, installed, rendered_own};
use crate::world::cluster::Cluster;
use crate::world::daemon::run;
use crate::world::home::Home;
use crate::world::patience::until;

/// What says who may do what, and who that is.
const RIGHTS: [&str; 5] = [
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
];

/// A service account with the rights of an overlay, and no others of the cluster's.
struct Account<'a> {
    cluster: &'a Cluster,
    home: Home,
    /// `namespace:name`.
    name: String,
}

impl<'a> Account<'a> {
    /// The overlay under other names, since the cluster has one of them already.
    fn of(cluster: &'a Cluster, overlay: &str) -> Self {
        let namespace = format!("audited-{overlay}");
        let own = format!(
            "namespace: {namespace}\nnameSuffix: -{overlay}\nresources: [\"{{deploy}}/overlays/{overlay}\"]\n"
        );
        let documents: Vec<Value> = serde_saphyr::from_multiple(&rendered_own(&own)).unwrap();
        let has_rights = |document: &&Value| RIGHTS.contains(&document["kind"].as_str().unwrap());
        let rights: Vec<String> = documents
            .iter()
            .filter(has_rights)
            .map(Value::to_string)
            .collect();
        assert!(rights.len() >= RIGHTS.len(), "{documents:?}");
        cluster.kubectl(&["create", "namespace", &namespace]);
        apply(cluster, &rights.join("\n---\n"));
        let name = format!("serin-{overlay}");
        let kubeconfig = cluster.kubeconfig_of(&namespace, &name);
        let home = Home::new("shop/checkout");
        home.configure(&format!(
            "canaries: {{from: cluster}}\nkubernetes: {{kubeconfig: {}}}\n",
            kubeconfig.display()
        ));
        Self {
            cluster,
            home,
            name: format!("{namespace}:{name}"),
        }
    }

    /// How grave it is what the audit says of its rights, and which they are; and whether it is content with them. None where the API
    /// server did not say in time.
    async fn excess(&self) -> Option<(Vec<(String, String)>, bool)> {
        let (_, stdout, stderr) = run(&self.home, &["audit", "--output", "json"]).await;
        let audit: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
        if !audit["unseen"].is_null() {
            return None;
        }
        let of = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
        let findings = audit["findings"].as_array().unwrap().iter();
        let found = findings
            .filter(|finding| finding["check"] == "right-not-needed")
            .map(|finding| (of(finding, "severity"), of(finding, "about")))
            .collect();
        let passed = audit["passed"].as_array().unwrap();
        Some((found, passed.contains(&json!("right-not-needed"))))
    }

    /// The API server reads its rules a moment after they are there.
    async fn until_found(&self, expected: &[(&str, &str)]) {
        let owned = |(severity, about): &(&str, &str)| ((*severity).to_owned(), (*about).to_owned());
        let expected: Vec<(String, String)> = expected.iter().map(owned).collect();
        until(&format!("{expected:?} of {}", self.name), async || {
            (self.excess().await? == (expected.clone(), expected.is_empty())).then_some(())
        })
        .await;
    }

    /// Binds it to one more role of the cluster.
    fn also_bound_to(&self, role: &str) {
        let (role, account) = (
            format!("--clusterrole={role}"),
            format!("--serviceaccount={}", self.name),
        );
        self.cluster
            .kubectl(&["create", "clusterrolebinding", "widened", &role, &account]);
    }

    /// Takes that away.
    fn no_longer_bound(&self) {
        self.cluster.kubectl(&["delete", "clusterrolebinding", "widened"]);
    }
}

#[tokio::test]
async fn the_audit_finds_nothing_in_either_overlays_rights_and_everything_that_is_added() {
    let cluster = installed().await;
    let reads = [
        "create",
        "clusterrole",
        "reads-secrets",
        "--verb=get",
        "--resource=secrets",
    ];
    cluster.kubectl(&reads);
    for overlay in ["standalone", "replicated"] {
        let account = Account::of(&cluster, overlay);
        // The rights that are needed are there by now, so that none is found is no question of when.
        let may_watch = ["auth", "can-i", "watch", "canaries.serin.dev", "--all-namespaces"];
        let who = format!("--as=system:serviceaccount:{}", account.name);
        until("its rights are read", async || {
            let may = cluster.try_kubectl(&[&may_watch[..], &[&who]].concat());
            may.is_ok().then_some(())
        })
        .await;
        let excess = until("audited", async || account.excess().await).await;
        assert_eq!(excess, (Vec::new(), true), "{overlay}");

        account.also_bound_to("reads-secrets");
        account.until_found(&[("high", "get secrets")]).await;
        account.no_longer_bound();
        account.until_found(&[]).await;
        account.also_bound_to("cluster-admin");
        account.until_found(&[("critical", "* *.*")]).await;
        account.no_longer_bound();
    }
}

//! The control plane, as Kubernetes' own programs with the flags of a small cluster, and KWOK in place of its nodes.

use std::path::Path;
use std::process::Command;

use super::access::{ADMIN, API_SERVER, Access, CONTROLLERS, SCHEDULER};
use super::audit;
use super::network::Network;
use super::part::Part;
use crate::world::programs::built;

/// What the pods do, in KWOK's own words.
const STAGES: &str = include_str!("kwok.yaml");

const ETCD: &str = "http://127.0.0.1:2379";
const ETCD_PEERS: &str = "http://127.0.0.1:2380";

/// Requests a second that a controller may make, and in a burst. The usual 20 and 30 are five seconds' waiting at the
/// start.
const QPS: [&str; 2] = ["--kube-api-qps=500", "--kube-api-burst=1000"];

/// All of it, running.
pub(super) struct Plane {
    // Whoever asks another one goes first.
    kwok: Part,
    pub(super) scheduler: Part,
    pub(super) controllers: Part,
    pub(super) api_server: Part,
    pub(super) etcd: Part,
}

/// Where it is started, and with what.
struct Place<'a> {
    network: &'a Network,
    folder: &'a Path,
    access: &'a Access,
}

impl Plane {
    /// Starts it; all programs are ready, which says little about what they have done so far.
    pub(super) async fn start(network: &Network, folder: &Path, access: &Access) -> Self {
        let place = Place {
            network,
            folder,
            access,
        };
        let etcd = place.etcd();
        etcd.until_ready().await;
        let api_server = place.api_server();
        api_server.until_ready().await;
        let plane = Self {
            etcd,
            api_server,
            controllers: place.controllers(),
            scheduler: place.scheduler(),
            kwok: place.kwok(),
        };
        for part in [&plane.controllers, &plane.scheduler, &plane.kwok] {
            part.until_ready().await;
        }
        plane
    }
}

impl Place<'_> {
    /// Without waiting for the disk: nothing here outlives the machine.
    fn etcd(&self) -> Part {
        let mut command = self.network.command(built("etcd"));
        command
            .arg(flag("data-dir", self.folder.join("etcd").display()))
            .arg(flag("listen-client-urls", ETCD))
            .arg(flag("advertise-client-urls", ETCD))
            .arg(flag("listen-peer-urls", ETCD_PEERS))
            .arg(flag("initial-advertise-peer-urls", ETCD_PEERS))
            .arg(flag("initial-cluster", format!("default={ETCD_PEERS}")))
            .args(["--unsafe-no-fsync", "--log-level=warn"])
            // It elects itself, which need not take a second.
            .args(["--heartbeat-interval=20", "--election-timeout=100"]);
        self.part(command, "etcd", &format!("{ETCD}/health"))
    }

    fn api_server(&self) -> Part {
        let (signing, verifying) = (self.access.signing_key(), self.access.verifying_key());
        let mut command = self.network.command(built("kube-apiserver"));
        command
            .arg(flag("etcd-servers", ETCD))
            .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
            .arg("--secure-port=6443")
            .args(self.certificate())
            .arg(flag("token-auth-file", self.access.tokens().display()))
            .arg("--authorization-mode=RBAC")
            .arg(flag("service-account-key-file", verifying.display()))
            .arg(flag("service-account-signing-key-file", signing.display()))
            .arg("--service-account-issuer=https://kubernetes.default.svc")
            .arg("--service-cluster-ip-range=10.0.0.0/16")
            .args(audit::flags(self.folder))
            // There is one, and nobody looks for it by the Service `kubernetes`.
            .arg("--endpoint-reconciler-type=none");
        self.part(command, "api-server", &format!("{API_SERVER}/readyz"))
    }

    fn controllers(&self) -> Part {
        let mut command = self.component("kube-controller-manager", CONTROLLERS, 10257);
        let key = self.access.signing_key();
        command
            .arg(flag("service-account-private-key-file", key.display()))
            .arg(flag("root-ca-file", self.access.authority().display()))
            // Else every controller is the manager, who may do nothing.
            .arg("--use-service-account-credentials=true")
            .arg("--node-monitor-period=1s")
            // Nodes that could not renew their leases, since the API server was away, are no worse for that.
            .arg("--node-monitor-grace-period=10m")
            .arg("--horizontal-pod-autoscaler-sync-period=1s")
            .arg("--horizontal-pod-autoscaler-initial-readiness-delay=1s")
            .arg("--horizontal-pod-autoscaler-cpu-initialization-period=1s");
        self.part(command, "controllers", "https://127.0.0.1:10257/healthz")
    }

    fn scheduler(&self) -> Part {
        let command = self.component("kube-scheduler", SCHEDULER, 10259);
        self.part(command, "scheduler", "https://127.0.0.1:10259/healthz")
    }

    fn kwok(&self) -> Part {
        let stages = self.folder.join("kwok.yaml");
        std::fs::write(&stages, STAGES).unwrap();
        let mut command = self.network.command(built("kwok"));
        command
            .arg(flag("kubeconfig", self.access.kubeconfig_of(ADMIN).display()))
            .arg(flag("config", stages.display()))
            .args(["--manage-all-nodes=true", "--node-ip=127.0.0.1"])
            .arg("--server-address=127.0.0.1:10247")
            .arg("--node-lease-duration-seconds=40");
        self.part(command, "kwok", "http://127.0.0.1:10247/healthz")
    }

    /// What the controllers and the scheduler have in common.
    fn component(&self, program: &str, user: &str, port: u16) -> Command {
        let mut command = self.network.command(built(program));
        command
            .arg(flag("kubeconfig", self.access.kubeconfig_of(user).display()))
            .args(["--leader-elect=false", "--bind-address=127.0.0.1"])
            .arg(flag("secure-port", port))
            .args(self.certificate())
            .args(QPS);
        command
    }

    fn certificate(&self) -> [String; 2] {
        let server = self.access.server();
        [
            flag("tls-cert-file", server.certificate.display()),
            flag("tls-private-key-file", server.key.display()),
        ]
    }

    fn part(&self, command: Command, name: &'static str, probe: &str) -> Part {
        let probe = (self.access.client(), probe.to_owned());
        Part::launch(command, self.folder, name, probe)
    }
}

fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}

//! Who may talk to the API server, and how: its certificate, the key that signs service accounts' tokens, and a
//! kubeconfig for each user.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use reqwest::{Certificate, Client, ClientBuilder};
use serde_json::json;

use crate::world::certificates::{Certificates, Signed};
use crate::world::patience::PATIENCE;

/// Where the API server listens, in every cluster.
pub(crate) const API_SERVER: &str = "https://127.0.0.1:6443";

/// Users that are there from the start, each with its group if it needs one. What is secret about their tokens is that
/// nobody else reaches the server.
const USERS: [(&str, &str); 3] = [(ADMIN, "system:masters"), (CONTROLLERS, ""), (SCHEDULER, "")];

pub(super) const ADMIN: &str = "admin";
pub(super) const CONTROLLERS: &str = "system:kube-controller-manager";
pub(super) const SCHEDULER: &str = "system:kube-scheduler";

/// The files, in the cluster's folder.
pub(super) struct Access {
    folder: PathBuf,
    certificates: Certificates,
}

impl Access {
    /// Makes new ones.
    pub(super) fn write(folder: &Path) -> Self {
        let access = Self {
            folder: folder.to_owned(),
            certificates: Certificates::write(folder),
        };
        let key = KeyPair::generate().unwrap();
        fs::write(access.signing_key(), key.serialize_pem()).unwrap();
        fs::write(access.verifying_key(), key.public_key_pem()).unwrap();
        let line = |(user, group): &(&str, &str)| format!("{},{user},{user},\"{group}\"\n", token(user));
        let lines: String = USERS.iter().map(line).collect();
        fs::write(access.tokens(), lines).unwrap();
        for (user, _) in USERS {
            access.kubeconfig(user, &token(user), "default");
        }
        access
    }

    /// The certificate that clients trust.
    pub(super) fn authority(&self) -> &Path {
        &self.certificates.authority
    }

    /// The servers' certificate and its key.
    pub(super) const fn server(&self) -> &Signed {
        &self.certificates.server
    }

    /// What signs service accounts' tokens.
    pub(super) fn signing_key(&self) -> PathBuf {
        self.folder.join("accounts.key")
    }

    /// What proves that they are signed by it.
    pub(super) fn verifying_key(&self) -> PathBuf {
        self.folder.join("accounts.pub")
    }

    /// The users that the API server knows, and their tokens.
    pub(super) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    /// Writes a kubeconfig for whoever has this token.
    pub(super) fn kubeconfig(&self, user: &str, token: &str, namespace: &str) -> PathBuf {
        let file = self.kubeconfig_of(user);
        let configuration = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": {"server": API_SERVER, "certificate-authority": self.authority()}}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": user, "namespace": namespace}}],
            "current-context": "tests",
        });
        fs::write(&file, configuration.to_string()).unwrap();
        file
    }

    /// Where a user's kubeconfig is.
    pub(super) fn kubeconfig_of(&self, user: &str) -> PathBuf {
        self.folder.join(format!("{}.kubeconfig", user.replace(':', "-")))
    }

    /// A client that trusts the servers. A connection belongs to the runtime that opened it, and tests that share a
    /// cluster have one each; so none is kept.
    pub(super) fn client(&self) -> Client {
        self.trusting().timeout(PATIENCE).build().unwrap()
    }

    /// The same, for an answer that has no end.
    pub(super) fn watching_client(&self) -> Client {
        self.trusting().build().unwrap()
    }

    fn trusting(&self) -> ClientBuilder {
        let authority = Certificate::from_pem(&fs::read(self.authority()).unwrap()).unwrap();
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0);
        client.tls_certs_only([authority])
    }
}

/// The token of a user that is there from the start.
pub(super) fn token(user: &str) -> String {
    format!("{user}-token")
}

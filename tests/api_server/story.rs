//! Requests, one after another, that a real server answers in the same way: the fake is held to it where both are there.

use reqwest::Method;
use serde_json::{Value, json};

/// One request of the story.
pub(crate) struct Step {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    /// None where nothing is sent.
    pub(crate) body: Option<Value>,
}

/// What a body says for the version of the last answer, or of the first.
const NEWEST: &str = "$newest";
const FIRST: &str = "$first";

/// Of VirtualServices, of which everything is compared.
pub(crate) fn of_virtual_services(namespace: &str) -> Vec<Step> {
    let place = Place::new("networking.istio.io", "v1", namespace, "virtualservices");
    let object = |name: &str| {
        json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": name, "labels": {"app": name, "tier": "a"}},
            "spec": {"hosts": [name], "http": [{"name": "primary", "route": [
                {"destination": {"host": name, "subset": "v1"}, "weight": 100},
                {"destination": {"host": name, "subset": "v2"}, "weight": 0},
            ]}]},
        })
    };
    let with = |name: &str, path: &str, value: Value| {
        let mut object = object(name);
        let (parent, field) = path.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[field] = value;
        object
    };
    let weight = |path: &str, value: u8| json!({"op": "replace", "path": format!("/spec/http/0/route/{path}/weight"), "value": value});
    let guard =
        |version: &str| json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version});
    let mut steps = vec![
        place.get("/basket"),
        place.get(""),
        place.post(object("basket")),
        place.post(object("basket")),
        place.post(json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {}, "spec": {"hosts": ["a"]}})),
        place.post(with("other", "/metadata/namespace", json!("elsewhere"))),
        place.post(with("other", "/metadata/resourceVersion", json!("7"))),
        place.post(with("other", "/apiVersion", json!("networking.istio.io/v1beta1"))),
        place.get("/basket"),
        place.json_patch("/basket", json!([guard(NEWEST), weight("0", 90), weight("1", 10)])),
        place.json_patch("/basket", json!([guard(FIRST), weight("0", 50), weight("1", 50)])),
        place.json_patch("/basket", json!([{"op": "test", "path": "/spec/http/0/name", "value": "other"}])),
        place.json_patch("/basket", json!([{"op": "test", "path": "/spec/http/0/name", "value": "primary"}])),
        place.json_patch("/basket", json!([{"op": "remove", "path": "/metadata/annotations"}])),
        place.json_patch("/basket", json!([{"op": "add", "path": "/metadata/annotations/a", "value": "b"}])),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/spec/http/7/name", "value": "x"}])),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/spec/http/0/timeout", "value": "3s"}])),
        place.json_patch("/basket", json!([{"op": "add", "path": "/spec/http/5", "value": {}}])),
        place.json_patch("/basket", json!([{"op": "jump", "path": "/spec"}])),
        place.json_patch("/basket", json!([])),
        place.json_patch("/basket", json!({"op": "add"})),
        place.json_patch("/basket", json!([weight("0", 90), weight("1", 10)])),
        place.json_patch("/basket", json!([{"op": "add", "path": "/metadata/annotations", "value": {"a/b": "1"}}])),
        place.json_patch("/basket", json!([{"op": "add", "path": "/metadata/annotations/c~1d", "value": "2"}])),
        place.json_patch("/basket", json!([{"op": "remove", "path": "/metadata/annotations/a~1b"}])),
        place.json_patch("/basket", json!([{"op": "remove", "path": "/metadata/resourceVersion"}])),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/metadata/name", "value": "new"}])),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/metadata/uid", "value": "00000000-0000-4000-8000-0123456789ab"}])),
        place.put("/basket", with("basket", "/metadata/uid", json!("00000000-0000-4000-8000-0123456789ab"))),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/spec/http/0/route/1/weight/deep", "value": 1}])),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/metadata/generation", "value": 77}])),
        place.json_patch("/basket", json!([{"op": "copy", "from": "/spec/hosts/0", "path": "/spec/hosts/-"}])),
        place.json_patch("/basket", json!([{"op": "move", "from": "/spec/http/0/name", "path": "/spec/hosts/0"}])),
        place.json_patch("/nobody", json!([weight("0", 1)])),
        place.json_patch("/basket?dryRun=All", json!([weight("0", 1)])),
        place.merge_patch("/basket", json!({"metadata": {"resourceVersion": FIRST}, "spec": {"hosts": ["x"]}})),
        place.merge_patch("/basket", json!({"metadata": {"labels": {"tier": null, "team": "b"}}})),
        place.merge_patch("/basket", json!({"spec": {"hosts": ["basket"]}})),
        place.merge_patch("/basket/status", json!({"status": {"observedGeneration": 3}, "spec": {"hosts": ["ignored"]}, "metadata": {"labels": {"x": "y"}}})),
        place.merge_patch("/basket", json!({"status": {"observedGeneration": 9}})),
        place.get("/basket/status"),
        place.json_patch("/basket/status", json!([guard(FIRST), {"op": "add", "path": "/status/x", "value": 1}])),
        place.json_patch("/basket/status", json!([{"op": "replace", "path": "/status/observedGeneration", "value": 4}])),
        place.merge_patch("/basket", json!({"metadata": {"finalizers": [], "ownerReferences": []}})),
        place.json_patch("/basket", json!([{"op": "replace", "path": "/metadata/annotations", "value": {}}])),
        place.put("/basket", with("basket", "/metadata/resourceVersion", json!(FIRST))),
        place.put("/basket", object("basket")),
        place.put("/basket", with("basket", "/metadata/resourceVersion", json!(NEWEST))),
        place.put("/basket", with("other", "/metadata/resourceVersion", json!(NEWEST))),
        place.put("/nobody", with("nobody", "/metadata/resourceVersion", json!(NEWEST))),
        place.send(Method::PATCH, "/basket", "application/json", json!([])),
        place.send(Method::PATCH, "/basket", "application/strategic-merge-patch+json", json!({})),
        place.send(Method::POST, "/basket", "application/json", object("basket")),
        place.send(Method::PUT, "", "application/json", object("basket")),
        place.send(Method::PATCH, "", "application/json-patch+json", json!([])),
        place.post(object("cart")),
        place.post(object("zebra")),
        place.get("?labelSelector=app%20in%20(cart,zebra)"),
        place.get("?labelSelector=app!%3Dcart,tier"),
        place.get("?labelSelector=!tier"),
        place.get("?labelSelector=app%20among%20(cart)"),
        place.get("?fieldSelector=metadata.name%3Dcart"),
        place.get("?limit=2"),
        place.get("?limit=2&labelSelector=tier"),
        place.get("?limit=2&continue=bogus"),
        place.delete_with("/cart", json!({"preconditions": {"uid": "00000000-0000-4000-8000-0123456789ab"}})),
        place.delete_with("/cart", json!({"preconditions": {"resourceVersion": "1"}})),
        place.delete("/cart?dryRun=All"),
        place.delete_with("/cart", json!({"propagationPolicy": "Background"})),
        place.delete("/cart"),
        place.post(with("held", "/metadata/finalizers", json!(["example.com/tidy"]))),
        place.delete("/held"),
        place.delete("/held"),
        place.merge_patch("/held", json!({"spec": {"hosts": ["still"]}})),
        place.merge_patch("/held", json!({"metadata": {"finalizers": ["example.com/tidy", "example.com/late"]}})),
        place.json_patch("/held", json!([{"op": "remove", "path": "/metadata/finalizers"}])),
        place.get("/held"),
        place.get("?watch=1&resourceVersion=$first&timeoutSeconds=1"),
        place.get("?watch=1&timeoutSeconds=1&labelSelector=app%3Dzebra"),
        place.get("?watch=1&resourceVersion=$first&timeoutSeconds=1&labelSelector=tier%3Da"),
        place.get("?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"),
    ];
    for version in ["v1beta1", "v1alpha3"] {
        let place = Place::new("networking.istio.io", version, namespace, "virtualservices");
        steps.push(place.get("/basket"));
        steps.push(place.json_patch("/basket", json!([weight("0", 100), weight("1", 0)])));
    }
    let cats = Place::new("networking.istio.io", "v1", namespace, "cats");
    let group = Place::new("example.test", "v1", namespace, "cats");
    steps.extend([cats.get(""), cats.get("/tom"), group.get("")]);
    steps
}

/// Of Kubernetes' own kinds, of which the rules are compared: a real server fills in fields that the fake has never heard of.
pub(crate) fn of_built_in_kinds(namespace: &str) -> Vec<Step> {
    let place = Place::new("apps", "v1", namespace, "deployments");
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "example.test/web:1"}]}});
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        // No pods: nobody but the test writes.
        "spec": {"replicas": 0, "paused": true, "selector": {"matchLabels": {"app": "web"}}, "template": template},
        "status": {"replicas": 7},
    });
    let leases = Place::new("coordination.k8s.io", "v1", namespace, "leases");
    let lease = |version: Option<&str>| json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "serin", "resourceVersion": version}, "spec": {"holderIdentity": "a"}});
    let events = Place::new("events.k8s.io", "v1", namespace, "events");
    vec![
        place.get("/web"),
        place.post(deployment.clone()),
        place.merge_patch("/web", json!({"metadata": {"annotations": {"a": "b"}}})),
        place.merge_patch("/web", json!({"metadata": {"labels": {"a": "b"}}})),
        place.merge_patch("/web", json!({"spec": {"minReadySeconds": 1}})),
        place.merge_patch("/web", json!({"spec": {"minReadySeconds": 1}})),
        place.json_patch("/web", json!([{"op": "replace", "path": "/metadata/resourceVersion", "value": FIRST}, {"op": "replace", "path": "/spec/replicas", "value": 0}])),
        place.json_patch("/web", json!([{"op": "test", "path": "/spec/replicas", "value": 3}])),
        place.send(Method::PATCH, "/web", "application/json", json!([])),
        place.get("?labelSelector=a%3Db"),
        place.delete_with("/web", json!({"preconditions": {"uid": "00000000-0000-4000-8000-0123456789ab"}})),
        place.put("/web", deployment),
        leases.post(lease(None)),
        leases.put("/serin", lease(None)),
        leases.put("/serin", lease(Some(FIRST))),
        leases.merge_patch("/serin", json!({"spec": {"holderIdentity": "b"}})),
        leases.post(json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {}})),
        leases.get("/nobody"),
        leases.get("/serin/status"),
        events.post(json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"generateName": "web-"}, "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "serin.dev/serin", "reportingInstance": "a", "action": "Promote", "reason": "Promoted", "note": "done", "type": "Normal", "regarding": {"kind": "Deployment", "name": "web", "namespace": namespace}})),
        Place::new("apps", "v9", namespace, "deployments").get(""),
    ]
}

/// Where the objects of one kind are.
struct Place(String);

impl Place {
    fn new(group: &str, version: &str, namespace: &str, plural: &str) -> Self {
        Self(format!("/apis/{group}/{version}/namespaces/{namespace}/{plural}"))
    }

    fn get(&self, rest: &str) -> Step {
        self.step(Method::GET, rest, "", None)
    }

    fn delete(&self, rest: &str) -> Step {
        self.step(Method::DELETE, rest, "", None)
    }

    fn delete_with(&self, rest: &str, options: Value) -> Step {
        self.send(Method::DELETE, rest, "application/json", options)
    }

    fn post(&self, object: Value) -> Step {
        self.send(Method::POST, "", "application/json", object)
    }

    fn put(&self, rest: &str, object: Value) -> Step {
        self.send(Method::PUT, rest, "application/json", object)
    }

    fn json_patch(&self, rest: &str, patch: Value) -> Step {
        self.send(Method::PATCH, rest, "application/json-patch+json", patch)
    }

    fn merge_patch(&self, rest: &str, patch: Value) -> Step {
        self.send(Method::PATCH, rest, "application/merge-patch+json", patch)
    }

    fn send(&self, method: Method, rest: &str, content_type: &'static str, body: Value) -> Step {
        self.step(method, rest, content_type, Some(body))
    }

    fn step(&self, method: Method, rest: &str, content_type: &'static str, body: Option<Value>) -> Step {
        Step {
            method,
            path: format!("{}{rest}", self.0),
            content_type,
            body,
        }
    }
}

impl Step {
    /// What to call it.
    pub(crate) fn told(&self) -> String {
        let body = self.body.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {body}", self.method, self.path)
    }

    /// With the versions that this server has given.
    fn at(&self, versions: &Versions) -> Self {
        let filled = |text: &str| {
            text.replace(NEWEST, &versions.newest)
                .replace(FIRST, &versions.first)
        };
        Self {
            method: self.method.clone(),
            path: filled(&self.path),
            content_type: self.content_type,
            body: self
                .body
                .as_ref()
                .map(|body| serde_json::from_str(&filled(&body.to_string())).unwrap()),
        }
    }
}

/// The versions that a server gave.
#[derive(Default)]
struct Versions {
    first: String,
    newest: String,
}

/// What `send` answers to each step, in the order of the story.
pub(crate) async fn answers(steps: &[Step], send: impl AsyncFn(Step) -> (u16, Value)) -> Vec<(u16, Value)> {
    let (mut versions, mut answers) = (Versions::default(), Vec::new());
    for step in steps {
        let answer = send(step.at(&versions)).await;
        if let Some(version) = answer.1["metadata"]["resourceVersion"]
            .as_str()
            .filter(|_| answer.1["items"].is_null())
        {
            version.clone_into(&mut versions.newest);
            if versions.first.is_empty() {
                version.clone_into(&mut versions.first);
            }
        }
        answers.push(answer);
    }
    answers
}

//! Istio's manifests among the files that are checked: what stands beside the Canaries is theirs to use.

use crate::document::{FieldPath, Node, Value, documents};
use crate::spec::WeightedRoute;

/// Istio's API group; any version of it has the same shape.
const API_GROUP: &str = "networking.istio.io/";

/// Every manifest of Istio's in some files.
pub(super) struct IstioManifests<'a> {
    manifests: Vec<Manifest<'a>>,
}

/// A manifest and where it stands.
pub(super) struct Manifest<'a> {
    /// Name of its file.
    pub(super) file: &'a str,
    /// The whole text of the file.
    pub(super) text: &'a str,
    /// What was written.
    root: Node,
}

/// The pods of one subset of a DestinationRule.
pub(super) struct Subset<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// The labels that its pods have, as they are written.
    pub(super) labels: Vec<(&'a str, String)>,
}

impl<'a> IstioManifests<'a> {
    /// Those in `files`, each a name and a text. What cannot be read is somebody else's to tell.
    pub(super) fn among(files: &[(&'a str, &'a str)]) -> Self {
        let of_file = |(file, text): &(&'a str, &'a str)| {
            let (file, text) = (*file, *text);
            let read = documents(file, text).into_iter().filter_map(Result::ok);
            let manifests = read.map(move |root| Manifest { file, text, root });
            manifests.filter(Manifest::is_istios).collect::<Vec<_>>()
        };
        Self {
            manifests: files.iter().flat_map(of_file).collect(),
        }
    }

    /// Those that are the VirtualService of this route: more than one where a base and its overlays are checked together.
    pub(super) fn virtual_services(&self, wanted: &WeightedRoute) -> impl Iterator<Item = &Manifest<'a>> {
        self.of_kind("VirtualService", &wanted.namespace)
            .filter(|manifest| manifest.text_at("metadata.name") == Some(&wanted.virtual_service))
    }

    /// The DestinationRules of a namespace.
    pub(super) fn destination_rules(&self, namespace: &str) -> impl Iterator<Item = &Manifest<'a>> {
        self.of_kind("DestinationRule", namespace)
    }

    /// One without a namespace counts as being in the wanted one, as it would be with `kubectl --namespace`.
    fn of_kind(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &Manifest<'a>> {
        let is_in = move |manifest: &&Manifest<'a>| {
            manifest
                .text_at("metadata.namespace")
                .is_none_or(|found| found == namespace)
        };
        let of_kind = move |manifest: &&Manifest<'a>| manifest.text_at("kind") == Some(kind);
        self.manifests.iter().filter(of_kind).filter(is_in)
    }
}

impl Manifest<'_> {
    /// The text at a path of keys.
    pub(super) fn text_at(&self, dotted: &str) -> Option<&str> {
        self.root.text_at(&FieldPath::of(dotted))
    }

    /// Line of its document, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.root.line
    }

    /// The subsets of a DestinationRule.
    pub(super) fn subsets(&self) -> Vec<Subset<'_>> {
        let subsets = self
            .root
            .at(&FieldPath::of("spec.subsets"))
            .map(|node| &node.value);
        let Some(Value::List(subsets)) = subsets else {
            return Vec::new();
        };
        subsets.iter().filter_map(Subset::read).collect()
    }

    fn is_istios(&self) -> bool {
        self.text_at("apiVersion")
            .is_some_and(|version| version.starts_with(API_GROUP))
    }
}

impl<'a> Subset<'a> {
    fn read(node: &'a Node) -> Option<Self> {
        let labels = match node.at(&FieldPath::of("labels")).map(|labels| &labels.value) {
            Some(Value::Mapping(labels)) => labels.as_slice(),
            _ => &[],
        };
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            // A version such as 2 or 1.10 without its quotes.
            other => other.to_string().trim_matches('`').to_owned(),
        };
        Some(Self {
            name: node.text_at(&FieldPath::of("name"))?,
            labels: labels
                .iter()
                .map(|(key, node)| (key.as_str(), text(&node.value)))
                .collect(),
        })
    }
}

//! All fields that there are, section by section.

use super::field::{Entry, Section};
use super::sections;

/// The sections, in the order in which the example has them.
pub(super) static SECTIONS: [&Section; 10] = [
    &sections::canaries::SECTION,
    &sections::kubernetes::SECTION,
    &sections::api::SECTION,
    &sections::health::SECTION,
    &sections::store::SECTION,
    &sections::data_source_fields::SECTION,
    &sections::hooks::SECTION,
    &sections::channel_fields::SECTION,
    &sections::log::SECTION,
    &sections::shutdown::SECTION,
];

/// All fields.
pub(super) fn entries() -> impl Iterator<Item = &'static Entry> {
    SECTIONS.iter().flat_map(|section| section.entries).copied()
}

/// What stands at a path.
pub(super) enum Place {
    /// A field.
    Field(&'static Entry),
    /// Something that has fields below it.
    Group,
    /// Nothing that Serin knows.
    Nothing,
}

/// What stands at `path`, key by key.
pub(super) fn place(path: &[&str]) -> Place {
    match entries().find(|entry| begins(entry, path)) {
        Some(entry) if entry.path.split('.').count() == path.len() => Place::Field(entry),
        Some(_) => Place::Group,
        None => Place::Nothing,
    }
}

/// Whether the keys below `path` are names that the user chooses.
pub(super) fn is_named_below(path: &[&str]) -> bool {
    keys_below(path).any(|key| key == "*")
}

/// The keys that a file may have below `path`, for a hint.
pub(super) fn known_below(path: &[&str]) -> Vec<&'static str> {
    let mut known: Vec<&str> = keys_below(path).filter(|key| *key != "*").collect();
    known.dedup();
    known
}

/// The only field that ends with `key`, if there is just one.
pub(super) fn elsewhere(key: &str) -> Option<&'static str> {
    let mut ending = entries()
        .filter(|entry| entry.is_for_files() && !entry.path.contains('*'))
        .filter(|entry| entry.path.rsplit('.').next() == Some(key))
        .map(|entry| entry.path);
    ending.next().filter(|_| ending.next().is_none())
}

fn keys_below(path: &[&str]) -> impl Iterator<Item = &'static str> {
    entries()
        .filter(|entry| entry.is_for_files() && begins(entry, path))
        .filter_map(|entry| entry.path.split('.').nth(path.len()))
}

/// Whether `path` leads to `entry`, or to something around it.
fn begins(entry: &Entry, path: &[&str]) -> bool {
    let mut keys = entry.path.split('.');
    path.iter()
        .all(|key| keys.next().is_some_and(|known| known == "*" || known == *key))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::field::variable;

    #[test]
    fn each_field_has_its_own_path_variable_and_flag() {
        let distinct = |names: Vec<String>| {
            let count = names.len();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count, "{names:?}");
        };
        distinct(entries().map(|entry| entry.path.to_owned()).collect());
        distinct(entries().map(|entry| variable(entry.path)).collect());
        distinct(entries().filter_map(Entry::flag).collect());
    }

    #[test]
    fn a_section_holds_its_own_fields() {
        for section in SECTIONS {
            for entry in section.entries {
                assert_eq!(entry.path.split('.').next(), Some(section.name));
                assert!(!entry.path.contains('*') || section.example_name.is_some());
            }
        }
    }

    #[test]
    fn finds_fields_and_groups() {
        assert!(matches!(place(&["api", "address"]), Place::Field(entry) if entry.path == "api.address"));
        assert!(matches!(
            place(&["notify", "channels", "x", "url"]),
            Place::Field(_)
        ));
        assert!(matches!(place(&["store", "retention"]), Place::Group));
        assert!(matches!(place(&["api", "address", "port"]), Place::Nothing));
        assert!(matches!(place(&["api.address"]), Place::Nothing));
        assert_eq!(known_below(&["store", "retention"]), ["maxAge", "maxRollouts"]);
        assert!(is_named_below(&["notify", "channels"]));
        assert!(is_named_below(&["dataSources"]));
        assert_eq!(elsewhere("tokenFile"), Some("api.tokenFile"));
        assert_eq!(elsewhere("address"), None);
    }
}

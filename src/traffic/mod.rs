//! Where traffic is moved.
//!
//! - [`virtual_service`] — which route is ours and what a write changes in it. Pure; works on the parsed object,
//!   wherever that came from.
//! - [`manifest`] — the same changes made in the text of a YAML file, every other byte kept. Pure.
//! - [`file`](mod@file) — the port on a manifest in a file: locking, guarding, replacing.
//! - [`istio`] — the port on an object in a cluster: one guarded patch, read back.
//! - [`places`] — the port on whichever of them a Canary names.

pub mod file;
pub mod istio;
pub mod manifest;
pub mod places;
pub mod virtual_service;

/// `text` for a message, at most `chars` characters of it.
fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

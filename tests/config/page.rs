//! The page of bad configuration, `page.md`: what is written there is refused in exactly the words that stand there.
//!
//! `SERIN_TEST_PAGE=write cargo test --test main config::page` writes what is said today into the page, to be read over.

use std::fs;

use serin::spec;

use super::World;
use crate::world::canary::TEMPLATES;

const PAGE: &str = "tests/config/page.md";
/// What the page is to have at least.
const MIN_CASES: usize = 30;

/// A heading of the page and what stands under it.
#[derive(Default)]
struct Case {
    title: String,
    /// Name and text.
    files: Vec<(String, String)>,
    /// Variables, command and flags, as a shell has them.
    line: String,
    told: String,
}

impl Case {
    /// What is said today.
    fn told_today(&self) -> String {
        let manifests: Vec<(&str, &str)> = self
            .files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .filter(|(name, _)| name.ends_with("canary.yaml"))
            .collect();
        if manifests.is_empty() {
            let world = self.world();
            let told = world.told();
            if !told.is_empty() {
                return told;
            }
            return serin::app::wrong_templates(&world.config()).to_string();
        }
        let files = manifests.into_iter().chain([("templates.yaml", TEMPLATES)]);
        spec::check(files).map_or_else(|problems| problems.to_string(), |_| String::new())
    }

    fn world(&self) -> World {
        let mut world = World::default();
        for (name, text) in &self.files {
            world = world.file(name, text);
        }
        let mut words = self.line.split_whitespace().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            world = world.variable(name, value);
            words.next();
        }
        world.flags = words.skip(2).map(str::to_owned).collect();
        world
    }
}

#[test]
fn the_page_of_bad_configuration_stands() {
    let page = fs::read_to_string(PAGE).unwrap();
    if std::env::var("SERIN_TEST_PAGE").is_ok_and(|wish| wish == "write") {
        fs::write(PAGE, rewritten(&page)).unwrap();
        return;
    }
    let cases = cases(&page);
    assert!(cases.len() >= MIN_CASES, "{} cases", cases.len());
    for case in cases {
        assert_eq!(case.told_today(), case.told, "{}", case.title);
        assert!(!case.told.is_empty(), "{} is taken", case.title);
    }
}

/// Takes the page apart.
fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case {
                title: title.to_owned(),
                ..Case::default()
            });
        }
        let (Some(fence), Some(case)) = (line.strip_prefix("```"), cases.last_mut()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match fence.split_once(' ') {
            Some((_, name)) => case.files.push((name.to_owned(), block.join("\n") + "\n")),
            None if fence == "sh" => case.line = block.join(" "),
            None => case.told = block.join("\n"),
        }
    }
    cases
}

/// The page with what is said today.
fn rewritten(page: &str) -> String {
    let mut told = cases(page).into_iter().map(|case| case.told_today());
    let mut text = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        if line == "```text" {
            lines.by_ref().find(|line| *line == "```");
            text.push_str(&format!("{}\n```\n", told.next().unwrap()));
        }
    }
    text
}

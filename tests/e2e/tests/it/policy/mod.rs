//! What holds for every action file, workflow and page.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test says by a panic what is wrong")]

mod contract;
mod expressions;
mod files;
mod harden;
mod interface;
mod oracle;
mod planted;
mod uses;

use files::{File, World};

/// A rule: what it complains of in a file.
type Rule = fn(&World, &File) -> Vec<String>;

/// Each rule by its name.
const RULES: &[(&str, Rule)] = &[
    ("uses", uses::pinned),
    ("uses-exists", uses::exists),
    ("no-local", uses::no_local),
    ("checkout", uses::checkout),
    ("with", contract::with),
    ("secrets", contract::secrets),
    ("grants", contract::grants),
    ("no-injection", harden::no_injection),
    ("triggers", harden::triggers),
    ("permissions", harden::permissions),
    ("timeouts", harden::timeouts),
    ("queue", harden::queue),
    ("shells", harden::shells),
    ("references", expressions::references),
    ("inputs-used", interface::used),
    ("inputs-documented", interface::documented),
];

fn complaints(world: &World, file: &File) -> Vec<String> {
    let all = RULES.iter().flat_map(|(name, rule)| {
        let found = rule(world, file);
        found.into_iter().map(move |text| format!("{}: {name}: {text}", file.path))
    });
    all.collect()
}

#[test]
fn every_workflow_action_and_snippet_keeps_the_rules() {
    let world = World::read();
    let files = world.files();
    assert!(files.len() > 30, "only {} files were found", files.len());
    let found: Vec<String> = files.iter().flat_map(|file| complaints(&world, file)).collect();
    assert!(found.is_empty(), "{} complaints:\n{}", found.len(), found.join("\n"));
}

/// Nothing but what GitHub still runs, and one commit for one version.
#[test]
fn pins_are_of_this_year_and_each_version_is_one_commit() {
    let pins = launchway_e2e::pins::read();
    for pin in &pins {
        assert!(
            ["node24", "composite", "docker"].contains(&pin.using.as_str()),
            "{} runs on {}",
            pin.action,
            pin.using
        );
        assert!(
            pin.sha.len() == 40 && pin.sha.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{} has no full commit: {}",
            pin.action,
            pin.sha
        );
        for other in &pins {
            let same = other.repository() == pin.repository() && other.version == pin.version;
            assert!(!same || other.sha == pin.sha, "{} {} is two commits", pin.action, pin.version);
        }
    }
}

/// A stand-in for each action that a workflow of ours may use, and for nothing else.
#[test]
fn each_pinned_action_has_a_stand_in() {
    let pins = launchway_e2e::pins::read();
    let pinned: std::collections::BTreeSet<_> =
        pins.iter().filter(|pin| !pin.nested && !pin.page).map(|pin| pin.action.as_str()).collect();
    let stand_ins: std::collections::BTreeSet<_> =
        launchway_e2e::stand_in::names().into_iter().collect();
    assert_eq!(pinned, stand_ins);
}

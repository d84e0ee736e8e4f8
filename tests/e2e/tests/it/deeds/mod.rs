//! What each action is there for, done by a real program: one row for each action, with its main job, what
//! that leaves outside, and one refusal. The composite actions do it here, the container actions in
//! `containers`; both lists come from the tree.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with its first fault"
)]

mod deploy;
mod image;
mod notify;
mod serve;
mod version;
mod windows;

use std::path::{Path, PathBuf};

use launchway_e2e::{at, needed, programs, root};
use launchway_testkit::{FakeRunner, StepRun, TestRepo};

/// How an action is run: in a checkout, by this runner, with these inputs.
pub(super) type Act<'a> = &'a dyn Fn(&TestRepo, &FakeRunner, &[(&str, &str)]) -> StepRun;

/// What an action does so, and what is looked at then.
pub(super) type Deed = fn(Act<'_>);

/// The actions and their deeds.
const DEEDS: &[(&str, Deed)] = &[
    ("changelog", version::changelog),
    ("changeset-affected", version::affected),
    ("changeset-status", version::status),
    ("deployment-finish", deploy::finish),
    ("deployment-start", deploy::start),
    ("discord-notify", notify::discord),
    ("email-notify", notify::email),
    ("health-check", serve::health),
    ("image-build-plan", image::build_plan),
    ("image-merge-sboms", image::merge_sboms),
    ("image-promote", image::promote),
    ("image-push", image::push),
    ("image-push-tags", image::push_tags),
    ("image-tags", image::tags),
    ("release", version::release),
    ("setup", serve::setup),
    ("slack-notify", notify::slack),
    ("teams-notify", notify::teams),
    ("webhook-notify", notify::webhook),
];

/// An action of this tree.
pub(super) struct Action {
    /// The last of its folders that says what it does: `release` at the root, too.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) is_container: bool,
}

impl Action {
    /// Its row.
    pub(super) fn deed(&self) -> Deed {
        let found = DEEDS.iter().find(|(name, _)| *name == self.name);
        let row = found.unwrap_or_else(|| {
            panic!(
                "{} does no work in any test: add a row `{}` to DEEDS in tests/e2e/tests/it/deeds/mod.rs",
                self.folder.join("action.yml").display(),
                self.name
            )
        });
        row.1
    }
}

/// Every `action.yml` of the tree, by folder.
pub(super) fn actions() -> Vec<Action> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() {
                if !["target", "node_modules", ".git"].contains(&name.as_str()) {
                    folders.push(entry.path());
                }
            } else if ["action.yml", "action.yaml"].contains(&name.as_str()) {
                found.push(action(&folder, &entry.path()));
            }
        }
    }
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found
}

fn action(folder: &Path, file: &Path) -> Action {
    let below = folder.strip_prefix(at("actions")).unwrap_or(Path::new("release"));
    let name = below.iter().next().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap();
    Action { name, folder: folder.to_owned(), is_container: text.contains("\n  using: docker\n") }
}

#[test]
fn every_composite_action_does_its_work() {
    let Some(programs) = needed("the programs of this tree", programs()) else { return };
    let programs = programs.to_string_lossy();
    let composites: Vec<_> = actions().into_iter().filter(|action| !action.is_container).collect();
    each(&composites, |action| {
        action.deed()(&|_, runner, inputs| {
            runner.clone().env("LAUNCHWAY_PATH", &programs).run_action(&action.folder, inputs)
        });
    });
}

/// Does it for each action, a few at a time; fails in the end, with all that failed.
pub(super) fn each(actions: &[Action], one: impl Fn(&Action) + Sync) {
    let mut failed = Vec::new();
    for some in actions.chunks(4) {
        std::thread::scope(|scope| {
            let running: Vec<_> =
                some.iter().map(|action| (action, scope.spawn(|| one(action)))).collect();
            for (action, running) in running {
                if running.join().is_err() {
                    failed.push(action.folder.display().to_string());
                }
            }
        });
    }
    assert!(failed.is_empty(), "of {}: {failed:#?}", actions.len());
}

/// A row nobody needs is left over from an action that is gone.
#[test]
fn every_deed_is_that_of_an_action() {
    let actions = actions();
    for (name, _) in DEEDS {
        assert!(actions.iter().any(|action| action.name == *name), "there is no action `{name}`");
    }
    let is_here = |path: &str| actions.iter().any(|action| action.folder == at(path));
    assert!(is_here("") && is_here("actions/setup") && is_here("actions/changelog/container"));
}

/// The one error of a run that is refused.
#[track_caller]
fn refused(run: StepRun, code: i32, says: &str) {
    let run = run.exits(code);
    let errors = run.messages("error");
    assert!(errors.len() == 1 && errors[0].contains(says), "{says}: {errors:?}\n{}", run.log);
}

/// A checkout of one commit with these files.
fn checkout() -> TestRepo {
    TestRepo::with_files(&[("README.md", "# Shop\n")])
}

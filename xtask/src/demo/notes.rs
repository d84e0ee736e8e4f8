//! The last chapter: notes from the history, by the changelog action.

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::TestRepo;
use serde::Deserialize;

use super::Demo;
use crate::shell;

/// What comes after the release: a file, and the message of the commit that changes it.
const AFTER: &[(&str, &str)] = &[
    ("packages/app/print.js", "feat(app): print without shadows"),
    ("packages/app/log.js", "fix(app): lines like ::error::this stay text"),
    ("packages/theme/paper.js", "fix(theme): shadows on white paper"),
    (
        "packages/app/window.js",
        "feat(app)!: windows open where they were\n\nBREAKING CHANGE: `center` is gone; leave it out.",
    ),
];

/// What asks for the next versions of packages, and their notes.
const INPUTS: &[(&str, &str)] = &[
    ("packages", "@acme/app\n@acme/colors\n@acme/theme"),
    ("preset", "keepachangelog"),
    ("unreleased", "true"),
    ("bump", "auto"),
    ("prepend", "NEWS.md"),
];

/// Packages that changed, with their next versions.
const NEXT: &[(&str, &str)] =
    &[("@acme/app", "@acme/app@4.0.0"), ("@acme/theme", "@acme/theme@0.5.1")];

#[derive(Deserialize)]
struct Row {
    name: String,
    version: Option<String>,
    changed: bool,
    file: Option<String>,
}

impl Demo {
    /// Notes for what came after the release.
    pub(super) fn tells(&self) -> Result<()> {
        let story = &self.story;
        story.chapter("After the release: notes from the history, by `actions/changelog`");
        story.say("A second action needs no changesets. From one reading of the history it takes, package by package, the commits since its last tag that changed it, works out the next version, and writes the notes. It knows git-cliff's configuration; here a preset does.");
        self.maintainer.pull();
        for (path, message) in AFTER {
            self.maintainer.write(path, message);
            self.maintainer.commit(message);
        }
        self.maintainer.push();
        story.quote("git log", &self.maintainer.git(&["log", "--format=%h %s", "-5"]));
        let before = self.now();
        let checkout = TestRepo::clone_of(self.remote.path());
        let action = shell::at("actions/changelog");
        let run = self.seen(self.runner(&checkout)?.run_action(&action, INPUTS))?;
        ensure!(run.exit_code == 0, "the action ended with {}:\n{}", run.exit_code, run.log);
        ensure!(run.messages("error").is_empty(), "a commit message acted:\n{}", run.log);
        let rows: Vec<Row> = serde_json::from_str(run.output("packages"))?;
        let changed: Vec<&Row> = rows.iter().filter(|row| row.changed).collect();
        ensure!(changed.len() == NEXT.len(), "not just {NEXT:?} changed:\n{}", run.summary);
        story.summary(&run);
        for (name, version) in NEXT {
            let row = changed.iter().find(|row| row.name == *name);
            let row = row.with_context(|| format!("nothing was written for {name}"))?;
            ensure!(row.version.as_deref() == Some(version), "wrong version:\n{}", run.summary);
            let file = row.file.as_deref().unwrap_or_default();
            let path = checkout.path().join(file);
            let notes = std::fs::read_to_string(path).with_context(|| format!("no {file}"))?;
            ensure!(notes.contains("white paper") == (*name == "@acme/theme"), "{file}:\n{notes}");
            story.notes(file, &notes);
        }
        self.nothing_written(&before)
    }
}

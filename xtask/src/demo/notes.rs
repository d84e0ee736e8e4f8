//! The last chapter: notes from the history, by the changelog action.

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::TestRepo;

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

/// What asks for the app's next version.
const INPUTS: &[(&str, &str)] = &[
    ("preset", "keepachangelog"),
    ("include-path", "packages/app/**"),
    ("tag-pattern", "^@acme/app@"),
    ("unreleased", "true"),
    ("bump", "auto"),
    ("prepend", "packages/app/NEWS.md"),
];

impl Demo {
    /// Notes for what came after the release.
    pub(super) fn tells(&self) -> Result<()> {
        self.story
            .chapter("After the release: a changelog from the history, by `actions/changelog`");
        self.story.say("A second action needs no changesets: it reads commits since the last tag of the app, takes those that changed it, and works out the next version. It knows git-cliff's configuration; here a preset does.");
        self.maintainer.pull();
        for (path, message) in AFTER {
            self.maintainer.write(path, message);
            self.maintainer.commit(message);
        }
        self.maintainer.push();
        let log = self.maintainer.git(&["log", "--format=%h %s", "-5"]);
        self.story.quote("git log", &log);
        let before = self.now();
        let checkout = TestRepo::clone_of(self.remote.path());
        let action = shell::at("actions/changelog");
        let run = self.seen(self.runner(&checkout)?.run_action(&action, INPUTS))?;
        ensure!(run.exit_code == 0, "the action ended with {}:\n{}", run.exit_code, run.log);
        let (version, content) = (run.output("version"), run.output("content"));
        ensure!(version == "@acme/app@4.0.0", "the next version is {version}, not 4.0.0");
        ensure!(content.contains("print without shadows"), "a commit is missing in\n{content}");
        ensure!(!content.contains("white paper"), "a commit of another package is in\n{content}");
        ensure!(run.messages("error").is_empty(), "a commit message acted:\n{}", run.log);
        let file = run.output("file");
        let written = std::fs::read_to_string(checkout.path().join(file))
            .with_context(|| format!("{file} is not there"))?;
        ensure!(written.contains("print without shadows"), "{file} holds something else");
        self.story.quote(
            "outputs",
            &format!(
                "version: {version}\nbump: {}\nfile: {file}\nchanged: {}",
                run.output("bump"),
                run.output("changed")
            ),
        );
        self.story.notes(file, content);
        self.nothing_written(&before)
    }
}

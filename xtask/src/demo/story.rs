//! What the demo prints.

use std::cell::Cell;
use std::time::Duration;

use launchway_testkit::github::Pull;
use launchway_testkit::{FakeGitHub, FakeRegistry, RepoHandle, StepRun};

/// A teller that counts its chapters.
pub(super) struct Story {
    chapter: Cell<usize>,
    log: bool,
    indent: &'static str,
}

impl Story {
    pub(super) fn new(log: bool) -> Self {
        Self { chapter: Cell::new(0), log, indent: "   " }
    }

    pub(super) fn chapter(&self, title: &str) {
        self.chapter.set(self.chapter.get() + 1);
        println!("\n{}. {title}\n", self.chapter.get());
    }

    /// A text behind a bar, under a title.
    pub(super) fn quote(&self, title: &str, text: &str) {
        println!("{}{title}", self.indent);
        for line in text.trim_end().lines() {
            println!("{}│ {line}", self.indent);
        }
        println!();
    }

    pub(super) fn log(&self, run: &StepRun) {
        if self.log {
            self.quote("log", &run.log);
        }
    }

    /// The plan as the log tells it.
    pub(super) fn plan(&self, run: &StepRun) {
        let after = run.log.split_once("##[group]Plan\n").map_or("", |(_, after)| after);
        let plan = after.split_once("##[endgroup]").map_or(after, |(plan, _)| plan);
        self.quote("the plan, in the log", plan);
    }

    /// What the step hands on, each value once.
    pub(super) fn outputs(&self, run: &StepRun) {
        let ours = |name: &str| !name.contains(char::is_uppercase) && name != "plan";
        let lines: Vec<_> = run
            .outputs
            .iter()
            .filter(|(name, value)| ours(name) && !value.is_empty())
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        self.quote("outputs", &lines.join("\n"));
    }

    pub(super) fn summary(&self, run: &StepRun) {
        self.quote("step summary", &run.summary);
    }

    pub(super) fn pull(&self, pull: &Pull) {
        let title = format!(
            "pull request #{}: {} ({} ← {})",
            pull.number, pull.title, pull.base, pull.head
        );
        self.quote(&title, &pull.body);
    }

    pub(super) fn released(
        &self,
        registry: &FakeRegistry,
        remote: &RepoHandle,
        expected: &[(&str, &str)],
    ) {
        for (package, version) in expected {
            let tag = format!("{package}@{version}");
            let all = registry.versions(package).join(", ");
            let kind = match remote.tag_type(&tag).as_deref() {
                Some("tag") => "annotated tag",
                Some(_) => "tag",
                None => "no tag",
            };
            println!("   {tag}: {kind}; in the registry: {all}");
            if let Some(release) = remote.release(&tag) {
                self.quote(&format!("Release {tag}"), release.body.as_deref().unwrap_or_default());
            }
        }
    }

    pub(super) fn requests(&self, before: (usize, usize), after: (usize, usize)) {
        let (all, writes) = (after.0 - before.0, after.1 - before.1);
        println!("{}✓ as it should be; {all} requests, {writes} of them writes", self.indent);
    }

    pub(super) fn end(&self, github: &FakeGitHub, registry: &FakeRegistry, took: Duration) {
        println!(
            "\nEvery step did what it says: {} chapters, {} requests to GitHub and {} to the registry, {:.1} s.",
            self.chapter.get(),
            github.requests().len(),
            registry.requests().len(),
            took.as_secs_f64()
        );
    }
}

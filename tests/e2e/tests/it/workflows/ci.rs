//! The CI workflows, as the examples call them, for a push and for a stranger's pull request.

use std::path::Path;

use launchway_e2e::act::{Act, Run};
use launchway_testkit::{FakeGitHub, RepoHandle, TokenKind, git};
use serde_json::json;

use super::events::event;

/// A repository with the files of an example, and the machine for its workflows.
pub(super) struct Repo {
    pub(super) act: Act,
    _github: FakeGitHub,
    repository: RepoHandle,
    base: String,
}

fn files(folder: &Path, at: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["node_modules", "target", ".venv", "__pycache__"].contains(&name.as_str()) {
            continue;
        }
        let path = if at.is_empty() { name } else { format!("{at}/{name}") };
        if entry.path().is_dir() {
            files(&entry.path(), &path, found);
        } else {
            found.push((path, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

impl Repo {
    pub(super) fn of(example: &str) -> Option<Self> {
        let mut found = Vec::new();
        files(&launchway_e2e::at(format!("examples/{example}")), "", &mut found);
        Self::with(&found)
    }

    pub(super) fn with(files: &[(String, String)]) -> Option<Self> {
        let mut act = Act::new()?;
        let github = FakeGitHub::start();
        let reads = [("contents", "read"), ("metadata", "read"), ("pull_requests", "read")];
        github.add_token("ghs_reads_only", TokenKind::Actions, &reads);
        let repository = github.add_repository("acme", "shop");
        let found: Vec<_> =
            files.iter().map(|(path, text)| (path.as_str(), Some(text.as_str()))).collect();
        let base = repository.commit("main", "start", &found);
        act.repository(&github, &repository, "ghs_reads_only");
        Some(Self { act, _github: github, repository, base })
    }

    fn change(&self, branch: &str, files: &[(&str, Option<&str>)]) -> String {
        let reference = format!("refs/heads/{branch}");
        if self.repository.sha(&reference).is_none() {
            git::text(&self.repository.path(), &["update-ref", &reference, &self.base]);
        }
        self.repository.commit(branch, "A change", files)
    }

    pub(super) fn push(&mut self, workflow: &str, files: &[(&str, Option<&str>)]) -> Run {
        let before = self.repository.sha("refs/heads/main").unwrap();
        let sha = self.change("main", files);
        self.act.on("refs/heads/main", &sha);
        let mut payload = event("push");
        payload["before"] = before.into();
        payload["after"] = sha.into();
        self.act.run(workflow, "push", &payload)
    }

    fn stranger(&mut self, workflow: &str, files: &[(&str, Option<&str>)]) -> Run {
        let head = self.change("stranger", files);
        let base = self.repository.sha("refs/heads/main").unwrap();
        let tree = git::text(&self.repository.path(), &["rev-parse", &format!("{head}^{{tree}}")]);
        let merge = ["commit-tree", &tree, "-p", &base, "-p", &head, "-m", "merge"];
        let merge = git::text(&self.repository.path(), &merge);
        git::text(&self.repository.path(), &["update-ref", "refs/pull/7/merge", &merge]);
        let mut payload = event("pull_request-fork");
        payload["pull_request"]["head"]["sha"] = head.into();
        payload["pull_request"]["base"]["sha"] = base.into();
        self.act.without_secrets("ghs_reads_only");
        self.act.on("refs/pull/7/merge", &merge);
        self.act.run(workflow, "pull_request", &payload)
    }
}

#[test]
fn a_library_is_tested_on_a_push_and_a_stranger_is_asked_for_a_changeset() {
    let Some(mut repo) = Repo::of("npm-library") else { return };
    let path = launchway_e2e::at("examples/npm-library/.github/workflows/ci.yml");
    // One version will do: the machine has one Node.js, whatever is asked for.
    let ci =
        std::fs::read_to_string(path).unwrap().replace(r#"'["20", "22", "24"]'"#, r#"'["24"]'"#);

    let run = repo.push(&ci, &[("notes.md", Some("more\n"))]).success();
    assert_eq!(run.needs["test"]["result"], "success");
    assert!(run.ran("ok"), "{:?}", run.jobs);
    assert_eq!(run.step("Test with coverage"), "success");
    assert!(!run.ran("Changeset"), "only pull requests are asked for changesets");
    assert!(!repo.act.records("caches").is_empty(), "nothing is cached by the lock file");

    // A test that fails makes `ok` fail, which is what a branch rule looks at.
    let test = "import test from 'node:test';\ntest('no', () => { throw new Error('no'); });\n";
    let run = repo.stranger(&ci, &[("test/new.test.js", Some(test))]).failure();
    assert!(run.jobs.iter().any(|(name, job)| name.ends_with("/ok") && job.result == "failure"));

    // A change of the package without a changeset, then with one.
    let code = [("src/index.js", Some("export const greet = (name) => `Hi, ${name}!`;\n"))];
    let gate = changeset_job(&ci);
    repo.change("stranger", &[("test/new.test.js", None)]);
    let run = repo.stranger(&gate, &code).failure();
    assert!(run.annotations.iter().any(|(_, text)| text.contains("@acme/greet")), "{}", run.log());
    let changeset = "---\n\"@acme/greet\": minor\n---\n\nSays hi.\n";
    repo.stranger(&gate, &[(".changeset/hi.md", Some(changeset))]).success();
}

/// Only the job that asks for a changeset.
fn changeset_job(ci: &str) -> String {
    let mut file: serde_json::Value = yaml_serde::from_str(ci).unwrap();
    let job = file["jobs"]["changeset"].clone();
    file["jobs"] = json!({ "changeset": job });
    yaml_serde::to_string(&file).unwrap()
}

#[test]
fn only_what_a_change_affects_is_tested_in_a_monorepo() {
    let Some(mut repo) = Repo::of("polyglot-monorepo") else { return };
    let workflow = |language: &str| {
        format!(
            "name: CI\non: [push, pull_request]\npermissions: {{}}\njobs:\n  ci:\n    permissions:\n      \
             contents: read\n    uses: launchway/launchway/.github/workflows/ci-{language}.yml@v1\n    with:\n      \
             affected: true\n      global: shared/**\n      test-command: basename \"$PWD\" >>\"$TESTED\"\n      \
             lint-command: skip\n      format-command: skip\n      {more}\n",
            more = if language == "node" { "filter: packages/*" } else { "coverage: 0" },
        )
    };
    let tested = repo.act.at("tested");
    repo.act.env("TESTED", &tested.to_string_lossy());
    let take = || {
        let text = std::fs::read_to_string(&tested).unwrap_or_default();
        let _ = std::fs::remove_file(&tested);
        let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
        names.sort();
        names.join(" ")
    };
    let note = [("packages/prices/more.txt", Some("more\n"))];
    let run = repo.push(&workflow("node"), &note).success();
    assert_eq!(take(), "prices web", "prices, and web, which depends on it\n{}", run.log());

    let note = [("packages/web/more.txt", Some("more\n"))];
    repo.push(&workflow("node"), &note).success();
    assert_eq!(take(), "web", "nothing depends on web");

    let note = [("packages/web/more.txt", Some("even more\n"))];
    let run = repo.push(&workflow("go"), &note).success();
    assert_eq!(take(), "", "nothing in Go is affected");
    assert!(!run.ran("Test"), "{:?}", run.jobs);

    let note = [("services/gate/more.txt", Some("more\n"))];
    repo.stranger(&workflow("go"), &note).success();
    assert_eq!(take(), "gate");
}

//! Changesets, the release of them, and what is told of it.

use launchway_testkit::github::FULL;
use launchway_testkit::{FakeGitHub, FakeRunner, TestRepo, TokenKind};

use super::{Act, refused};

const TOKEN: &str = "ghs_releaser";

/// Two packages, one of which needs the other, and a change of that on a branch.
fn shop() -> TestRepo {
    let repo = TestRepo::with_files(&[
        ("package.json", r#"{"name":"shop","private":true,"workspaces":["packages/*"]}"#),
        ("package-lock.json", r#"{"name":"shop","lockfileVersion":3,"packages":{}}"#),
        (".changeset/config.json", "{}"),
        ("packages/prices/package.json", r#"{"name":"prices","version":"1.0.0"}"#),
        (
            "packages/till/package.json",
            r#"{"name":"till","version":"1.0.0","dependencies":{"prices":"^1.0.0"}}"#,
        ),
        ("packages/other/package.json", r#"{"name":"other","version":"1.0.0"}"#),
    ]);
    repo.branch("topic")
        .write("packages/prices/index.js", "1\n")
        .commit("feat: prices 'and' $(id)");
    repo
}

const CHANGESET: &str = "---\n\"prices\": minor\n---\n\nPrices.\n";

pub(super) fn affected(act: Act<'_>) {
    let repo = shop();
    let runner = FakeRunner::new(repo.path());
    let run = act(&repo, &runner, &[("since", "main")]).success();
    assert_eq!((run.output("names"), run.output("count")), ("prices\ntill", "2"));
    assert_eq!(run.output_json("matrix")["include"][0]["path"], "packages/prices");
    refused(act(&repo, &runner, &[("since", "nonesuch")]), 2, "nonesuch");
}

pub(super) fn status(act: Act<'_>) {
    let repo = shop();
    let runner = FakeRunner::new(repo.path());
    let run = act(&repo, &runner, &[("since", "main")]);
    assert_eq!((run.output("missing"), run.output("changed")), ("true", "prices"));
    refused(run, 1, "prices");
    repo.write(".changeset/one.md", CHANGESET).commit("Changeset");
    let run = act(&repo, &runner, &[("since", "main")]).success();
    assert_eq!(run.output_json("releases")[0]["newVersion"], "1.1.0");
}

pub(super) fn release(act: Act<'_>) {
    let repo = shop();
    repo.switch("main").write(".changeset/one.md", CHANGESET).commit("Changeset");
    let bare = repo.bare_remote();
    repo.push();
    let github = FakeGitHub::start();
    let remote = github.add_repository_at("acme", "shop", &bare);
    github.add_token(TOKEN, TokenKind::Actions, FULL);
    let runner = FakeRunner::new(repo.path()).api_url(github.url());
    refused(act(&repo, &runner, &[]), 2, "token");
    let run = act(&repo, &runner.token(TOKEN), &[]).success();
    assert_eq!((run.output("has-changesets"), run.output("published")), ("true", "false"));
    let pull = remote.pull(run.output("pr-number").parse().unwrap_or_default());
    assert_eq!(pull.head, "changeset-release/main");
    let manifest = remote.file_at("changeset-release/main", "packages/prices/package.json");
    assert!(manifest.is_some_and(|text| text.contains("1.1.0")));
}

pub(super) fn changelog(act: Act<'_>) {
    let repo = shop();
    let runner = FakeRunner::new(repo.path());
    let inputs = [("preset", "keepachangelog"), ("tag", "v1.1.0"), ("output", "NEWS.md")];
    let run = act(&repo, &runner, &inputs).success();
    assert_eq!(run.output("version"), "v1.1.0");
    assert!(run.output("content").contains("$(id)"), "{:?}", run.outputs);
    assert!(repo.read("NEWS.md").contains("\n- prices 'and' $(id)\n"), "{}", repo.read("NEWS.md"));
    refused(act(&repo, &runner, &[("tag-pattern", "v(")]), 2, "tag-pattern");
}

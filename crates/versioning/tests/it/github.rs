use launchway_base::Kind;
use launchway_testkit::github::FULL;
use launchway_testkit::{FakeGitHub, TestRepo, TokenKind};

use crate::support::{Table, prepared, version};

const CONFIG: &str = r#"{ "changelog": ["@changesets/changelog-github", { "repo": "acme/tools" }], "format": false }"#;

/// A workspace with one changeset per number, each in a commit of its own.
fn repo(config: &str, changesets: usize) -> TestRepo {
    let repo = TestRepo::with_files(&[
        ("package.json", r#"{"name":"solo","version":"1.0.0"}"#),
        (".changeset/config.json", config),
    ]);
    for n in 0..changesets {
        repo.write(
            &format!(".changeset/c{n:03}.md"),
            format!("---\n\"solo\": patch\n---\n\nChange {n}\n"),
        );
        repo.commit(&format!("add {n}"));
    }
    repo
}

fn env(hub: &FakeGitHub) -> Table {
    Table::new([
        ("GITHUB_API_URL", hub.url()),
        ("GITHUB_GRAPHQL_URL", &hub.graphql_url()),
        ("GITHUB_SERVER_URL", "https://hub.test"),
        ("GITHUB_TOKEN", "token-of-the-test"),
    ])
}

#[test]
fn all_changesets_share_few_requests() {
    let repo = repo(CONFIG, 60);
    repo.write(".changeset/pull.md", "---\n\"solo\": minor\n---\n\npr: #1\n\nBy a pull request\n");
    let hub = FakeGitHub::start();
    hub.add_token("token-of-the-test", TokenKind::Actions, FULL);
    let remote = hub.add_repository_at("acme", "tools", &repo.bare_remote());
    remote.commit("topic", "work", &[("x", Some("y"))]);
    let number = remote.open_pull("topic", "main", "Work", "");
    assert_eq!(number, 1);
    version(&repo, &env(&hub)).unwrap();
    let text = repo.read("CHANGELOG.md");
    assert!(text.contains("- [#1]("), "{text}");
    assert!(text.contains("- By a pull request\n"), "{text}");
    assert_eq!(text.matches("- Change ").count(), 60, "{text}");
    assert!(text.contains("/acme/tools/commit/"), "{text}");
    let requests = hub.requests();
    assert_eq!(requests.len(), 3, "60 commits in two requests, one pull request in one");
    assert!(requests.iter().all(|request| request.token() == Some("token-of-the-test")));
}

#[test]
fn it_works_inside_a_runtime_too() {
    let repo = repo(CONFIG, 1);
    let hub = FakeGitHub::start();
    hub.add_token("token-of-the-test", TokenKind::Actions, FULL);
    hub.add_repository("acme", "tools");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { version(&repo, &env(&hub)) }).unwrap();
    // The commit is not on the remote: the line goes without links.
    assert!(repo.read("CHANGELOG.md").contains("\n- Change 0\n"));
}

#[test]
fn the_env_file_of_the_project_is_read() {
    let repo = repo(CONFIG, 1);
    let hub = FakeGitHub::start();
    hub.add_token("from-the-file", TokenKind::Actions, FULL);
    hub.add_repository("acme", "tools");
    let text = format!("GITHUB_GRAPHQL_URL={}\nGITHUB_TOKEN='from-the-file'\n", hub.graphql_url());
    repo.write(".env", text);
    version(&repo, &Table::new([("GITHUB_API_URL", hub.url())])).unwrap();
    assert_eq!(hub.requests().len(), 1);
}

#[test]
fn what_is_missing_is_said_before_anything_is_written() {
    let unnamed = r#"{ "changelog": "@changesets/changelog-github" }"#;
    let bad = r#"{ "changelog": ["@changesets/changelog-github", { "repo": "acme" }] }"#;
    for (config, says, hint) in [
        (CONFIG, "needs a token to ask GitHub about acme/tools", "GITHUB_TOKEN"),
        (unnamed, "is not told the repository", "GITHUB_REPOSITORY"),
        (bad, "cannot be used: `acme` is not a repository", "owner/name"),
    ] {
        let repo = repo(config, 1);
        let failure = version(&repo, &Table::new([])).unwrap_err();
        assert!(failure.chain().contains(says), "{}", failure.chain());
        assert!(failure.hint().unwrap().contains(hint));
        assert_eq!(failure.location().unwrap().file, ".changeset/config.json");
        assert_eq!((failure.kind(), repo.status().as_str()), (Kind::Input, ""));
    }
}

#[test]
fn a_github_that_refuses_is_a_remote_failure() {
    let repo = repo(CONFIG, 1);
    let hub = FakeGitHub::start();
    hub.add_repository("acme", "tools");
    let failure = prepared(&repo, &env(&hub)).unwrap_err();
    assert!(failure.chain().starts_with("asking GitHub about the commits"), "{}", failure.chain());
    assert!(!failure.chain().contains("token-of-the-test"));
    assert_eq!(repo.status(), "");
}

#[test]
fn nothing_is_asked_when_nothing_is_committed() {
    let repo = repo(CONFIG, 0);
    repo.write(".changeset/a.md", "---\n\"solo\": patch\n---\n\nauthor: @ada\nSee #4\n");
    version(&repo, &Table::new([("GITHUB_SERVER_URL", "https://hub.test")])).unwrap();
    let text = repo.read("CHANGELOG.md");
    let line =
        "- Thanks [@ada](https://hub.test/ada)! - See [#4](https://hub.test/acme/tools/issues/4)\n";
    assert!(text.ends_with(line), "{text}");
}

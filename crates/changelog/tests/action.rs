//! The action as a runner starts it, and workflows that were written for git-cliff-action.

#![cfg(unix)]

use std::path::{Path, PathBuf};

use launchway_testkit::github::FULL;
use launchway_testkit::{FakeGitHub, FakeRunner, StepRun, TestRepo, TokenKind};

const TOKEN: &str = "the-token-of-the-job";

const CONFIG: &str = r##"[changelog]
header = "# All changes\n"
body = """
## {{ version | default(value="unreleased") }}
{% for commit in commits %}
- {{ commit.message }}
{%- endfor %}
"""

[git]
conventional_commits = false
filter_unconventional = false
require_conventional = false
"##;

/// A history with commits whose messages would be commands to a runner.
fn repository() -> TestRepo {
    let repo = TestRepo::with_files(&[("cliff.toml", CONFIG)]);
    repo.write("a", "1").commit("feat: a cart");
    repo.tag("v0.1.0");
    repo.write("a", "2").commit("fix: totals\n\n::error::pwned\n::add-mask::cart\n##[error]pwned");
    repo.write("a", "3").commit("##[error]pwned");
    repo.write("a", "4").commit("::error::pwned");
    repo.tag("v0.1.1");
    repo
}

fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions/changelog")
}

/// A GitHub that has the repository.
fn github(repo: &TestRepo) -> FakeGitHub {
    let github = FakeGitHub::start();
    github.add_token(TOKEN, TokenKind::Actions, FULL);
    repo.add_origin(&github.add_repository("acme", "shop").path());
    github
}

/// A runner without network.
fn runner(repo: &TestRepo) -> FakeRunner {
    FakeRunner::new(repo.path())
        .token(TOKEN)
        .env("LAUNCHWAY_PATH", env!("CARGO_BIN_EXE_launchway-changelog"))
}

fn run(repo: &TestRepo, inputs: &[(&str, &str)]) -> StepRun {
    runner(repo).run_action(action(), inputs)
}

#[test]
fn a_preset_needs_one_input_and_writes_nothing() {
    let repo = repository();
    let run = run(&repo, &[("preset", "keepachangelog"), ("latest", "true")]).success();
    assert_eq!(run.output("version"), "v0.1.1");
    assert_eq!(run.output("changed"), "false");
    assert_eq!(run.output("file"), "");
    let content = run.output("content");
    assert!(content.contains("## [0.1.1]") || content.contains("## 0.1.1"), "{content}");
    assert!(content.contains("- totals"), "{content}");
    assert!(!content.contains("a cart"), "{content}");
    assert!(run.summary.contains("Changelog of v0.1.1"), "{}", run.summary);
    assert!(run.log.contains("- totals"), "the log shows it:\n{}", run.log);
    assert_eq!(repo.status(), "");
}

#[test]
fn commit_messages_never_act() {
    let repo = repository();
    let github = github(&repo);
    for inputs in [
        &[("preset", "detailed")][..],
        &[("config", "cliff.toml")],
        &[("config", "cliff.toml"), ("context", "true")],
    ] {
        let run = runner(&repo).api_url(github.url()).run_action(action(), inputs).success();
        assert!(run.output("content").contains("pwned"), "{inputs:?}: {}", run.output("content"));
        assert_eq!(run.messages("error"), Vec::<&str>::new(), "{inputs:?}");
        assert!(!run.masks.iter().any(|mask| mask == "cart"), "{inputs:?}");
        assert!(
            !run.log.lines().any(|line| line.trim_start().starts_with("##[error]")),
            "{}",
            run.log
        );
    }
    let run = run(&repo, &[("config", "cliff.toml"), ("output", "OUT.md")]).success();
    assert!(repo.read("OUT.md").contains("\n- ::error::pwned"), "the file has what was written");
    assert!(run.output("content").contains("\n- ::error::pwned"), "the output, too");
}

#[test]
fn a_changelog_is_prepended_once() {
    let repo = repository();
    repo.write("CHANGELOG.md", "# All changes\n\n## v0.1.0\n\n- feat: a cart\n");
    repo.commit("chore: begin a changelog");
    let inputs = [("config", "cliff.toml"), ("latest", "true"), ("prepend", "CHANGELOG.md")];
    let first = run(&repo, &inputs).success();
    assert_eq!(first.output("changed"), "true");
    assert_eq!(first.output("file"), "CHANGELOG.md");
    let text = repo.read("CHANGELOG.md");
    assert!(text.find("## v0.1.1") < text.find("## v0.1.0"), "{text}");
    let second = run(&repo, &inputs).exits(2);
    assert!(second.messages("error")[0].contains("already holds `v0.1.1`"), "{}", second.log);
    assert_eq!(repo.read("CHANGELOG.md"), text);
}

#[test]
fn the_next_version_is_an_output() {
    let repo = repository();
    repo.write("a", "5").commit("feat: pay by card");
    let run = run(&repo, &[("bumped-version", "true")]).success();
    assert_eq!(
        (run.output("version"), run.output("bump"), run.output("content")),
        ("v0.2.0", "minor", "v0.2.0"),
    );
}

#[test]
fn a_range_is_an_input_too() {
    let repo = repository();
    let inputs = [("config", "cliff.toml"), ("range", "v0.1.0..v0.1.1")];
    let run = run(&repo, &inputs).success();
    assert!(run.output("content").contains("totals"), "{}", run.output("content"));
    assert!(!run.output("content").contains("a cart"), "{}", run.output("content"));
}

/// What the documentation of git-cliff-action shows, word by word.
#[test]
fn a_workflow_of_git_cliff_action_goes_on() {
    let repo = repository();
    let simple = [("config", "cliff.toml"), ("args", "--verbose")];
    let run = runner(&repo).env("OUTPUT", "CHANGELOG.md").run_action(action(), &simple).success();
    assert_eq!(run.output("changelog"), "CHANGELOG.md");
    assert_eq!(repo.read("CHANGELOG.md"), run.output("content"));
    assert!(run.output("content").starts_with("# All changes\n"), "{}", run.output("content"));

    let github = github(&repo);
    let advanced = [("config", "cliff.toml"), ("args", "-vv --latest --strip header")];
    let run = runner(&repo)
        .env("OUTPUT", "notes/CHANGES.md")
        .env("GITHUB_REPO", "acme/shop")
        .api_url(github.url())
        .run_action(action(), &advanced)
        .success();
    assert_eq!((run.output("changelog"), run.output("version")), ("notes/CHANGES.md", "v0.1.1"));
    assert!(!run.output("content").contains("All changes"), "{}", run.output("content"));
    assert!(!run.output("content").contains("a cart"), "{}", run.output("content"));
    assert_eq!(repo.read("notes/CHANGES.md"), run.output("content"));
}

#[test]
fn inputs_of_git_cliff_action_are_known() {
    let repo = repository();
    let github = github(&repo);
    github.add_token("a-token-of-its-own", TokenKind::Personal, FULL);
    let inputs = [
        ("version", "v2.13.1"),
        ("github_token", "a-token-of-its-own"),
        ("config", "cliff.toml"),
        ("args", "-v --latest"),
    ];
    let run = runner(&repo)
        .env("GITHUB_REPO", "acme/shop")
        .api_url(github.url())
        .run_action(action(), &inputs)
        .success();
    let used: Vec<_> = github.token_hosts().into_keys().collect();
    assert_eq!(used, ["a-token-of-its-own"], "the default of `github-token` comes second");
    assert_eq!(run.output("changelog"), "git-cliff/CHANGELOG.md");
    assert!(repo.exists("git-cliff/CHANGELOG.md"));
    assert!(run.annotations.iter().all(|one| one.level == "warning"), "{:?}", run.annotations);
    assert!(!run.log.contains("a-token-of-its-own"), "{}", run.log);
}

#[test]
fn flags_of_args_win_and_a_bad_one_is_named() {
    let repo = repository();
    let inputs = [("config", "cliff.toml"), ("strip", "all"), ("args", "--strip footer -o X.md")];
    run(&repo, &inputs).success();
    assert!(repo.read("X.md").starts_with("# All changes"));
    for (args, said) in [
        ("--latets", "`--latets` is an unknown flag"),
        ("--init", "`--init` of git-cliff is not supported"),
        ("--latest 'x", "`args` ends within quotes"),
        ("--tag $VERSION", "`args` holds `$VERSION`"),
        ("--help", "`args` asks for help"),
    ] {
        let run = run(&repo, &[("args", args)]).exits(2);
        assert!(run.messages("error")[0].contains(said), "{args}: {}", run.log);
    }
}

#[test]
fn a_file_is_prepended_to_although_the_variable_names_it_too() {
    let repo = repository();
    repo.write("CHANGELOG.md", "# All changes\n\n## v0.1.0\n\n- feat: a cart\n");
    repo.commit("chore: begin a changelog");
    let inputs = [("config", "cliff.toml"), ("args", "--latest --prepend CHANGELOG.md")];
    runner(&repo).env("OUTPUT", "./CHANGELOG.md").run_action(action(), &inputs).success();
    let text = repo.read("CHANGELOG.md");
    assert!(text.contains("## v0.1.1") && text.contains("## v0.1.0"), "{text}");
    let inputs = [("latest", "true"), ("prepend", "CHANGELOG.md"), ("output", "./CHANGELOG.md")];
    run(&repo, &inputs).exits(2);
    assert_eq!(repo.read("CHANGELOG.md"), text);
}

#[test]
fn a_named_configuration_that_is_not_there_is_said_aloud() {
    let repo = repository();
    repo.remove("cliff.toml").commit("chore: no configuration");
    let run = run(&repo, &[("config", "cliff.toml"), ("args", "--latest")]).success();
    let warning = &run.messages("warning")[0];
    assert!(warning.contains("there is no configuration `cliff.toml`"), "{}", run.log);
    assert!(run.output("content").contains("v0.1.1") || run.output("content").contains("0.1.1"));
}

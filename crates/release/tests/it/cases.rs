//! The case folders in `tests/cases/release`: the program runs twice, dry and real. `summary.md`
//! holds the summary, then what is at GitHub afterwards.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use launchway_testkit::cases::{Case, Mode, Observed, run_cases};
use launchway_testkit::github::FULL;
use launchway_testkit::runner::How;
use launchway_testkit::{FakeGitHub, FakeRunner, RepoHandle, TokenKind, git};

use crate::shop::{PROGRAM, TOKEN};

#[test]
fn every_case() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/release");
    assert!(run_cases(&root, run) >= 8);
}

fn run(case: &Case, mode: Mode, dir: &Path) -> Observed {
    let bare = dir.parent().unwrap().join("origin.git");
    let in_dir = |args: &[&str]| git::text(dir, args);
    in_dir(&["init", "--quiet", "--initial-branch=main"]);
    in_dir(&["config", "user.name", "Test"]);
    in_dir(&["config", "user.email", "test@example.com"]);
    in_dir(&["add", "--all"]);
    in_dir(&["commit", "--quiet", "--message", "start"]);
    in_dir(&["clone", "--quiet", "--bare", ".", &bare.to_string_lossy()]);
    in_dir(&["remote", "add", "origin", &bare.to_string_lossy()]);
    let github = FakeGitHub::start();
    let handle = github.add_repository_at("acme", "shop", &bare);
    github.add_token(TOKEN, TokenKind::Actions, FULL);
    let mut inputs: Vec<(&str, &str)> = vec![("github-token", TOKEN)];
    inputs.extend(case.inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if mode == Mode::Dry {
        inputs.push(("dry-run", "true"));
    }
    let runner = FakeRunner::new(dir).api_url(github.url());
    let step = runner.run_program(PROGRAM, &["run"], How::Json, &inputs);
    crate::schema::hold(&step);
    if mode == Mode::Dry {
        assert_eq!(github.write_lines(), [""; 0], "{}: a dry run writes nothing", case.name);
    }
    let effects = serde_json::from_str(step.output("plan")).ok();
    Observed {
        exit_code: step.exit_code,
        // A refused plan is no plan; a failing real run has the same exit code but for scripts.
        effects: effects.filter(|_| mode == Mode::Dry),
        outputs: step.outputs.into_iter().filter(|(name, _)| name != "plan").collect(),
        summary: step.summary + &at_github(&handle),
        log: step.log,
    }
}

/// Pull requests, tags and Releases as Markdown.
fn at_github(handle: &RepoHandle) -> String {
    let mut text = "\n---\n".to_owned();
    for pull in handle.pulls() {
        let draft = if pull.draft { " (draft)" } else { "" };
        writeln!(
            text,
            "pull request {}{draft}: {} → {}\n\n{}",
            pull.title, pull.head, pull.base, pull.body
        )
        .unwrap();
    }
    for tag in handle.tags() {
        writeln!(text, "tag {tag}: {}", handle.tag_type(&tag).unwrap_or_default()).unwrap();
    }
    for release in handle.releases() {
        let pre = if release.prerelease { " (prerelease)" } else { "" };
        writeln!(text, "\nRelease {}{pre}\n\n{}", release.tag, release.body.unwrap_or_default())
            .unwrap();
    }
    text
}

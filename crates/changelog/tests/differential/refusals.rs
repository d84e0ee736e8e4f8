//! What the reference passes over in silence is refused, with the remedy, unless its flag allows it.

use launchway_testkit::git;

use crate::history::{History, Shape};
use crate::{call, config, furnish};

/// Ours ends with 2 and says this; with the flag it ends well.
#[track_caller]
fn refused(history: &History, config: Option<&str>, line: &str, words: &[&str], leave: &str) {
    let end = call(history, config, line).alone().end.exits(2);
    for word in words {
        assert!(end.stderr.contains(word), "`{word}` is missing in {}", end.stderr);
    }
    assert_eq!(end.stdout, "");
    if !leave.is_empty() {
        call(history, config, &format!("{leave} {line}")).alone().end.success();
    }
}

#[test]
fn what_would_be_silently_wrong() {
    let history = History::new(600, Shape::LINEAR);
    furnish(&history);
    let plain = config("plain.toml");
    refused(&history, None, "--include-path packagez/", &["packagez/"], "--allow-empty-path");
    refused(
        &history,
        None,
        "--include-path src/ --include-path nope/**",
        &["nope/**"],
        "--allow-empty-path",
    );
    let tag = history.fill("{tag:0}");
    history.write("HELD.md", format!("# Changes\n\n## {tag} (2024-01-01)\n\n- old\n"));
    let line = format!("--prepend HELD.md --tag-pattern ^{tag}$ -l");
    refused(&history, Some(&plain), &line, &["HELD.md", &tag], "--allow-duplicate");
}

#[test]
fn what_is_read_is_not_written_over() {
    let history = History::new(604, Shape::LINEAR);
    history.write("body.tera", "{{ version }}\n");
    refused(&history, None, "--body-file body.tera -o ./body.tera", &["--body-file"], "");
    let kept = std::fs::read_to_string(history.path().join("body.tera")).unwrap();
    assert_eq!(kept, "{{ version }}\n");
    refused(&history, None, "v0.0.0-none..HEAD", &["v0.0.0-none", "is it fetched?"], "");
}

#[test]
fn what_is_no_regular_expression_is_told_on_one_line() {
    let history = History::new(605, Shape::LINEAR);
    let words = &["error: `--tag-pattern` is no regular expression: unclosed character class\n"];
    refused(&history, None, "--tag-pattern [", words, "");
}

#[test]
fn keys_and_variables_that_mean_nothing() {
    let history = History::new(603, Shape::LINEAR);
    history.write("odd.toml", "[git]\nconventional_comits = true\n");
    let odd = history.path().join("odd.toml");
    let words = &["conventional_comits", "conventional_commits", "odd.toml"];
    refused(&history, odd.to_str(), "", words, "--allow-unknown-keys");
    history.write("broken.toml", "[changelog]\nbody = \"\"\"\nfine\n{{ versoin }}\n\"\"\"\n");
    let broken = history.path().join("broken.toml");
    refused(&history, broken.to_str(), "", &["versoin", "broken.toml"], "");
}

#[test]
fn a_shallow_clone_without_a_remote_to_ask() {
    let history = History::new(601, Shape::LINEAR);
    let clone = history.beside("shallow");
    let url = format!("file://{}", history.path().display());
    git::text(&history.path(), &["clone", "--quiet", "--depth=2", &url, clone.to_str().unwrap()]);
    let mut offline = call(&history, None, "");
    offline.dir.clone_from(&clone);
    let end = offline.alone().end.exits(2);
    assert!(end.stderr.contains("shallow"), "{}", end.stderr);
    offline.args.push("--allow-shallow".into());
    offline.alone().end.success();
    // With leave to fetch it completes the history by itself.
    offline.args.retain(|arg| !matches!(arg.as_str(), "--offline" | "--allow-shallow"));
    offline.alone().end.success();
    assert_eq!(git::text(&clone, &["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn several_tags_on_one_commit_are_told() {
    let history = History::new(602, Shape::LINEAR);
    history.git(&["tag", "v90.1.0"]);
    history.git(&["tag", "v90.0.0"]);
    history.git(&["tag", "aaa"]);
    history.git(&["tag", "zzz"]);
    let end = call(&history, None, "--context -l").alone().end.success();
    let releases: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
    let release = &releases[0];
    assert_eq!(release["version"], "v90.1.0");
    let others = release["extra"]["tags"].to_string();
    for tag in ["v90.0.0", "aaa", "zzz"] {
        assert!(
            others.contains(tag) && end.stderr.contains(tag),
            "{tag}: {others}\n{}",
            end.stderr
        );
    }
    let end = call(&history, None, "--context -l --tag-pattern ^z").alone().end.success();
    assert!(end.stdout.contains("\"version\":\"zzz\""), "{}", end.stdout);
}

#[test]
fn a_repository_without_a_commit_is_named_as_such() {
    let repo = launchway_testkit::TestRepo::new();
    let program = env!("CARGO_BIN_EXE_launchway-changelog");
    let end = launchway_testkit::Scrubbed::new(program).dir(repo.path()).run().exits(2);
    assert!(end.stderr.contains("the repository has no commit yet"), "{}", end.stderr);
}

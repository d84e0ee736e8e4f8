//! What must hold whatever the history.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::history::{Dice, History, Shape};
use crate::{OLD, call, config, furnish};

/// The context of a call.
fn context(history: &History, config: Option<&str>, line: &str) -> Value {
    let end = call(history, config, &format!("{line} --context")).alone().end.success();
    serde_json::from_str(&end.stdout).unwrap()
}

#[test]
fn every_commit_is_in_exactly_one_release() {
    let everything = config("all.toml");
    for seed in 500..506 {
        let shape = Shape::any(&mut Dice(seed));
        let history = History::new(seed, shape);
        let releases = context(&history, Some(&everything), "");
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for release in releases.as_array().unwrap() {
            for commit in release["commits"].as_array().unwrap() {
                *seen.entry(commit["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let all = history.git(&["rev-list", "HEAD"]);
        assert!(seen.values().all(|times| *times == 1), "seed {seed}: {seen:?}");
        let mut expected: Vec<_> = all.lines().collect();
        expected.sort_unstable();
        assert_eq!(seen.keys().collect::<Vec<_>>(), expected, "seed {seed}");
    }
}

#[test]
fn prepending_nothing_changes_nothing() {
    let history = History::new(510, Shape::LINEAR);
    furnish(&history);
    // Only a header without commits to put below it would be something.
    let call =
        call(&history, Some(&config("all.toml")), "HEAD..HEAD --strip header --prepend OLD.md");
    let left = call.alone();
    left.end.success();
    assert!(left.files.is_empty(), "{:?}", left.files);
    assert_eq!(std::fs::read_to_string(history.path().join("OLD.md")).unwrap(), OLD);
}

#[test]
fn a_context_that_goes_in_comes_out() {
    for (seed, name) in
        [(520, "unconventional.toml"), (521, "parsers.toml"), (522, "untrimmed.toml")]
    {
        let history = History::new(seed, Shape::WILD);
        let name = config(name);
        let first = call(&history, Some(&name), "--context").alone().end.success().stdout;
        history.write("context.json", &first);
        let again = |line: &str| call(&history, Some(&name), line).alone().end.success().stdout;
        let second = again("--from-context context.json --context");
        history.write("context.json", &second);
        assert_eq!(again("--from-context context.json --context"), second, "seed {seed}");
    }
}

#[test]
fn a_context_is_read_as_the_reference_reads_it() {
    let Some(program) = crate::peer::peer() else { return };
    let mut found = Vec::new();
    for (seed, name) in [
        (530, "unconventional.toml"),
        (531, "extra.toml"),
        (532, "filters.toml"),
        (533, "marker.toml"),
    ] {
        let history = History::new(seed, Shape::WILD);
        furnish(&history);
        let name = config(name);
        let text =
            call(&history, Some(&name), "--context").reference(&program).end.success().stdout;
        let extra =
            text.replace("\"extra\":null", "\"extra\":{\"who\":\"<me>\",\"n\":[1,2.5,null]}");
        history.write("context.json", extra);
        for line in [
            "",
            "--context",
            "-x --strip all",
            "--bump -x",
            "--bumped-version",
            "--tag v9.9.9",
            "-u -p OLD.md",
            "--no-exec -o X.md",
        ] {
            let call = call(&history, Some(&name), &format!("--from-context context.json {line}"));
            found.extend(call.difference(&program).map(|text| format!("{}\n{text}", call.shown())));
        }
        let stdin = call(&history, Some(&name), "--from-context -");
        let stdin = crate::peer::Call { stdin: text, ..stdin };
        found.extend(stdin.difference(&program));
    }
    crate::none(&found, 36);
}

#[test]
fn messages_are_never_commands_of_the_workflow() {
    let hostile = Shape { odd: 100, ..Shape::MERGED };
    let history = History::new(540, hostile);
    let output = history.beside("output");
    std::fs::write(&output, "").unwrap();
    let summary = history.beside("summary");
    std::fs::write(&summary, "").unwrap();
    for line in ["", "--context", "-u --bump", "-vv"] {
        let mut call = call(&history, None, line);
        let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        call.env = vec![
            ("GITHUB_ACTIONS".into(), "true".into()),
            ("GITHUB_OUTPUT".into(), path(&output)),
            ("GITHUB_STEP_SUMMARY".into(), path(&summary)),
        ];
        let end = call.alone().end.success();
        for stream in [&end.stdout, &end.stderr] {
            for text in stream.lines() {
                let text = text.trim_start();
                let ours = [
                    "::warning",
                    "::notice",
                    "::error",
                    "::group",
                    "::endgroup",
                    "::debug",
                    "::add-mask::",
                    "::stop-commands::",
                ];
                let command = text.starts_with("::") || text.starts_with("##[");
                let known = stream == &end.stderr && ours.iter().any(|word| text.starts_with(word));
                assert!(!command || known, "{line}: {text}");
                assert!(!text.starts_with("::add-mask::secret"), "{line}: {text}");
            }
        }
    }
    let summary = std::fs::read_to_string(&summary).unwrap();
    assert!(!summary.contains("<script") && !summary.contains('\u{1b}'), "{summary}");
}

//! A dry run of `slack`: what would be sent, without an account, and nothing that acts.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

use launchway_testkit::Scrubbed;
use launchway_testkit::runner::{FakeRunner, How};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

/// What stands on the standard output, as JSON, and what stands in the log.
fn dry(arguments: &[&str]) -> (Value, String) {
    let program = Scrubbed::new(PROGRAM).args(["slack", "--dry-run"]).args(arguments.to_vec());
    let done = program.run().success();
    (serde_json::from_str(&done.stdout).unwrap(), done.stderr)
}

#[test]
fn a_newcomer_needs_no_account() {
    let (body, log) = dry(&["--text", "hello **you**"]);
    assert_eq!(body["text"], "hello *you*");
    assert_eq!(body.get("channel"), None);
    assert!(log.contains("┃ hello you\n") && log.contains("block-kit-builder"), "{log}");
    assert!(log.contains("to send it, give a `webhook`, or a `token` and a `channel`"), "{log}");

    let (body, log) = dry(&["--text", "hello", "--channel", "#deploys"]);
    assert_eq!(body["channel"], "#deploys");
    assert!(log.contains("chat.postMessage would get this"), "{log}");
    assert!(log.contains("to send it, give a `token`"), "{log}");

    let payload = r#"{"version":"1.2"}"#;
    let (body, log) = dry(&["--payload", payload, "--webhook-type", "webhook-trigger"]);
    assert_eq!(body.to_string(), payload);
    assert!(log.contains("the workflow trigger would get this") && !log.contains('┃'), "{log}");
}

#[test]
fn what_it_prints_is_what_is_sent() {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let dir = tempfile::tempdir().unwrap();
    let inputs = [
        ("token", BOT_TOKEN),
        ("api-url", api.as_str()),
        ("channel", DEPLOYS),
        ("key", "deploy-prod"),
        ("template", "deploy"),
        ("status", "started"),
        ("version", "1.4.2"),
    ];
    let runner = FakeRunner::new(dir.path());
    let dry = [&inputs[..], &[("dry-run", "true")]].concat();
    let step = runner.run_program(PROGRAM, &["slack"], How::Json, &dry).success();
    assert!(slack.requests().is_empty());
    let (start, end) = (step.log.find("{\n").unwrap(), step.log.rfind("\n}").unwrap());
    let printed: Value = serde_json::from_str(&step.log[start..end + 2]).unwrap();
    assert_eq!(printed["metadata"]["event_payload"]["key"], "deploy-prod");

    runner.run_program(PROGRAM, &["slack"], How::Json, &inputs).success();
    let all = slack.messages(DEPLOYS);
    assert_eq!(all[0].arguments, printed);
    let line = format!("its thread would get this line: {}", all[1].text);
    assert!(step.log.contains(&line), "{line}\n{}", step.log);
}

#[test]
fn with_a_key_it_tells_what_would_be_done() {
    let arguments = [
        "--key",
        "deploy-prod",
        "--channel",
        "#deploys",
        "--status",
        "success",
        "--mentions",
        "@here",
    ];
    let (body, log) = dry(&[&arguments[..], &["--title", "Deployed <!channel>"]].concat());
    assert_eq!(
        (&body["channel"], &body["metadata"]["event_type"]),
        (&"#deploys".into(), &"launchway_message".into())
    );
    for said in [
        "the id of the channel would be asked for",
        "the message of the key `deploy-prod` would be looked for in #deploys, and updated by chat.update if found",
        "chat.postMessage would get this",
        "its thread would get this line: ✅ Deployed &lt;!channel&gt;\n",
        "an update calls nobody, so the line would call <!here>",
        "┃ ✅ Deployed <!channel>",
    ] {
        assert!(log.contains(said), "{said}\n{log}");
    }
}

#[test]
fn what_follows_the_message_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("build.log");
    std::fs::write(&path, "line 1\n").unwrap();
    let path = path.to_str().unwrap();
    let (_, log) = dry(&["--channel", DEPLOYS, "--text", "a", "--snippet", path]);
    assert!(log.contains("the file `build.log` would follow, 7 bytes"), "{log}");
    let program = Scrubbed::new(PROGRAM).args(["slack", "--dry-run", "--channel", DEPLOYS]);
    let done = program.args(["--reaction", "tada", "--update-ts", "1.2"]).run().success();
    assert_eq!(done.stdout, "");
    assert!(done.stderr.contains("reactions.add would get"), "{}", done.stderr);
}

#[test]
fn foreign_text_acts_neither_on_a_terminal_nor_on_a_runner() {
    let text = "a\n::error::x\n##[group]y\n\u{1b}[2J\u{9b}31mz\u{202e}\r::warning::w";
    for colours in ["0", "1"] {
        let program = Scrubbed::new(PROGRAM)
            .args([
                "slack",
                "--dry-run",
                "--channel",
                "::stop-commands::q",
                "--key",
                "::error::k\n::error::l",
            ])
            .args(["--title", text, "--text", text])
            .env("FORCE_COLOR", colours)
            .env("GITHUB_ACTIONS", "true");
        let done = program.run().success();
        let all = done.all();
        assert!(!all.contains("\u{1b}[2J") && !all.contains('\u{9b}'), "{all:?}");
        for line in all.split(['\n', '\r']) {
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
        }
        let body: Value = serde_json::from_str(&done.stdout).unwrap();
        assert!(body["text"].as_str().unwrap().contains("::error::x"));
    }
}

#[test]
fn bad_input_is_bad_in_a_dry_run_too() {
    for (arguments, said) in [
        (&["--dry-run"][..], "there is nothing to say"),
        (&["--dry-run", "--text", "a", "--key", "k"], "`channel` is missing"),
        (&["--dry-run", "--text", "a", "--webhook", "x"], "`webhook` is no address"),
        (&["--text", "a"], "`dry-run` needs neither"),
    ] {
        let done = Scrubbed::new(PROGRAM).args(["slack"]).args(arguments.to_vec()).run();
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.stderr.contains(said), "{arguments:?}\n{}", done.stderr);
    }
}

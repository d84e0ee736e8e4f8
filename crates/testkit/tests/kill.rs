//! A program is killed on either side of its n-th write.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use launchway_testkit::github::FULL;
use launchway_testkit::runner::How;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS};
use launchway_testkit::{FakeGitHub, FakeRunner, FakeSlack, KillSwitch, Moment, TokenKind};

/// Two labels, each made by bash alone: it stops when a request is not answered.
const SCRIPT: &str = r#"
for name in a b; do
  exec 3<>"/dev/tcp/127.0.0.1/${GITHUB_API_URL##*:}"
  body="{\"name\":\"$name\"}"
  printf 'POST /repos/acme/shop/labels HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s' ${#body} "$body" >&3
  cat <&3 | grep -q '201 Created' || exit 1
done
"#;

fn labels(switch: &KillSwitch) -> (i32, usize) {
    let github = FakeGitHub::start();
    let repo = github.add_repository("acme", "shop");
    repo.commit("main", "start", &[("a", Some("b"))]);
    github.add_token("t", TokenKind::App, FULL).kill_switch(switch);
    let dir = tempfile::tempdir().unwrap();
    let runner = FakeRunner::new(dir.path()).sha(&repo.sha("main").unwrap()).api_url(github.url());
    let runner = runner.kill_switch(switch);
    let run = runner.run_program("bash", &["-c", SCRIPT], How::Json, &[]);
    (run.exit_code, repo.labels().len())
}

#[test]
fn before_and_after_the_nth_write() {
    let switch = KillSwitch::never();
    assert_eq!(labels(&switch), (0, 2));
    assert_eq!(switch.writes(), ["POST /repos/acme/shop/labels"; 2]);
    for (write, moment, made) in [
        (1, Moment::Before, 0),
        (1, Moment::After, 1),
        (2, Moment::Before, 1),
        (2, Moment::After, 2),
    ] {
        let switch = KillSwitch::at(write, moment);
        assert_eq!(labels(&switch), (-1, made), "{write} {moment:?}");
        assert!(switch.has_struck() && switch.writes().len() == write);
    }
}

/// A read sent by POST, then two messages.
const CHAT: &str = r#"
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'POST /api/%s HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %s\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: %d\r\n\r\n%s' "$1" "$TOKEN" ${#2} "$2" >&3
  cat <&3 | grep -q '"ok":true' || exit 1
}
ask conversations.history "channel=$CHANNEL"
ask chat.postMessage "channel=$CHANNEL&text=one"
ask chat.postMessage "channel=$CHANNEL&text=two"
"#;

fn chat(switch: &KillSwitch) -> (i32, usize) {
    let slack = FakeSlack::start();
    slack.kill_switch(switch);
    let port = slack.url().rsplit(':').next().unwrap();
    let script = format!("PORT={port} TOKEN={BOT_TOKEN} CHANNEL={DEPLOYS}\n{CHAT}");
    let dir = tempfile::tempdir().unwrap();
    let runner = FakeRunner::new(dir.path()).kill_switch(switch);
    let run = runner.run_program("bash", &["-c", &script], How::Json, &[]);
    (run.exit_code, slack.messages(DEPLOYS).len())
}

#[test]
fn before_and_after_the_nth_message() {
    let switch = KillSwitch::never();
    assert_eq!(chat(&switch), (0, 2));
    assert_eq!(switch.writes(), ["POST /api/chat.postMessage"; 2], "a read is no write");
    for (write, moment, made) in
        [(1, Moment::Before, 0), (1, Moment::After, 1), (2, Moment::After, 2)]
    {
        let switch = KillSwitch::at(write, moment);
        assert_eq!(chat(&switch), (-1, made), "{write} {moment:?}");
        assert!(switch.has_struck());
    }
}

//! Steps as they are written for slackapi/slack-github-action 2, 3 and 4: only `uses:` changes.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::time::Duration;

use launchway_testkit::chat::{How, Trouble};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::{StepRun, TestRepo};
use serde_json::{Value, json};

use super::{action, runner};

/// A repository with these files, and what its steps talk to.
struct Job {
    slack: FakeSlack,
    checkout: TestRepo,
    webhook: String,
    trigger: String,
}

impl Job {
    fn new(files: &[(&str, &str)], variables: &[&str]) -> Self {
        let slack = FakeSlack::start();
        let (webhook, trigger) = (slack.add_webhook(DEPLOYS), slack.add_trigger(variables));
        Self { slack, checkout: TestRepo::with_files(files), webhook, trigger }
    }

    /// Runs a step; names in capitals stand for what a workflow has as secrets.
    fn step(&self, step: &str) -> StepRun {
        self.step_at(step, &[])
    }

    fn step_at(&self, step: &str, env: &[(&str, &str)]) -> StepRun {
        let step = step
            .replace("WEBHOOK", &self.webhook)
            .replace("TRIGGER", &self.trigger)
            .replace("CHANNEL", DEPLOYS)
            .replace("TOKEN", BOT_TOKEN);
        let step: Value = yaml_serde::from_str(&step).unwrap();
        let uses = step["uses"].as_str().unwrap();
        assert!(uses.starts_with("slackapi/slack-github-action@v"), "{uses}");
        let mut inputs = vec![("api".to_owned(), self.slack.api_url())];
        for (name, value) in step["with"].as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            inputs.retain(|(other, _)| other != name);
            inputs.push((name.clone(), text));
        }
        let inputs: Vec<_> = inputs.iter().map(|(name, text)| (&**name, &**text)).collect();
        let runner = env
            .iter()
            .fold(runner(&self.checkout), |runner, (name, value)| runner.env(name, value));
        let run = runner.run_action(action("slack-notify"), &inputs);
        for secret in [BOT_TOKEN, &self.webhook, &self.trigger] {
            assert!(!run.log.contains(secret), "{}", run.log);
        }
        run
    }

    /// What was posted last.
    fn posted(&self) -> Value {
        let message = self.slack.messages(DEPLOYS).pop().unwrap();
        json!({ "text": message.text, "blocks": message.blocks, "attachments": message.attachments })
    }
}

#[test]
fn a_method_with_text() {
    let job = Job::new(&[], &[]);
    for version in ["v2", "v2.1.1", "v3.0.5", "v4.0.0"] {
        let run = job
            .step(&format!(
                r#"
uses: slackapi/slack-github-action@{version}
with:
  method: chat.postMessage
  token: TOKEN
  errors: true
  retries: RAPID
  payload: |
    channel: CHANNEL
    text: "shipped <!here>: all is well"
"#
            ))
            .success();
        assert_eq!(job.posted()["text"], "shipped <!here>: all is well");
        let ts = job.slack.messages(DEPLOYS).last().unwrap().ts.clone();
        assert_eq!((run.output("ok"), run.output("ts")), ("true", ts.as_str()));
        assert_eq!((run.output("channel_id"), run.output("thread_ts")), (DEPLOYS, ts.as_str()));
        assert_eq!(run.output_json("response")["message"]["text"], "shipped <!here>: all is well");
        assert!(run.output("time").parse::<u64>().is_ok(), "{:?}", run.output("time"));
    }
    assert_eq!(job.slack.messages(DEPLOYS).len(), 4);
}

#[test]
fn json_without_braces_and_with_commas_at_its_end() {
    let job = Job::new(&[], &["channel", "notes", "version"]);
    job.step(
        r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  method: chat.postMessage
  token: TOKEN
  errors: true
  payload: |
    "channel": "CHANNEL",
    "text": "acme/shop changed",
    "blocks": [
      {
        "type": "section",
        "text": { "type": "mrkdwn", "text": "line one\nline \"two\": `0123`" }
      }
    ]
"#,
    )
    .success();
    assert_eq!(job.posted()["blocks"][0]["text"]["text"], "line one\nline \"two\": `0123`");
    job.step(
        r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  webhook: TRIGGER
  webhook-type: webhook-trigger
  payload: |
    "channel": "C0",
    "notes": "- a\r\n- b: \"c\"",
    "version": "v1.2.0",
"#,
    )
    .success();
    let sent = json!({ "channel": "C0", "notes": "- a\r\n- b: \"c\"", "version": "v1.2.0" });
    assert_eq!(job.slack.trigger_runs(&job.trigger), [sent]);
}

#[test]
fn a_message_is_posted_answered_and_updated_by_the_outputs_of_steps() {
    let job = Job::new(&[], &[]);
    let began = job
        .step(
            r#"
uses: slackapi/slack-github-action@v3.0.5
with:
  method: chat.postMessage
  token: TOKEN
  payload: |
    channel: CHANNEL
    text: "Rolling out :eyes:"
    attachments:
      - color: "dbab09"
        fields:
          - title: "State"
            short: true
            value: "Going on"
"#,
        )
        .success();
    assert_eq!(job.posted()["attachments"][0]["fields"][0]["short"], true);
    let ts = began.output("ts");
    let answer = job.step(&format!(
        r#"
uses: slackapi/slack-github-action@v3.0.5
with:
  method: chat.postMessage
  token: TOKEN
  payload: |
    channel: CHANNEL
    thread_ts: "{ts}"
    text: "Half way"
"#
    ));
    assert_eq!(answer.success().output("thread_ts"), ts);
    let done = job.step(&format!(
        r#"
uses: slackapi/slack-github-action@v3.0.5
with:
  method: chat.update
  token: TOKEN
  payload: |
    channel: CHANNEL
    ts: "{ts}"
    text: "Rolled out :rocket:"
    attachments:
      - color: "28a745"
        fallback: "done"
"#
    ));
    assert_eq!(done.success().output("ts"), ts);
    let message = job.slack.message(ts).unwrap();
    assert_eq!((message.text.as_str(), message.updates), ("Rolled out :rocket:", 1));
    assert_eq!(job.slack.messages(DEPLOYS).len(), 2);
}

#[test]
fn an_incoming_webhook() {
    let job = Job::new(&[], &[]);
    let run = job.step(
        r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  webhook: WEBHOOK
  webhook-type: incoming-webhook
  payload: |
    text: "A review came in."
    blocks:
      - type: "section"
        text:
          type: "mrkdwn"
          text: "<https://example.com|*Hotel*> :star: \n Too many doors."
        accessory:
          type: "image"
          image_url: "https://example.com/a.jpg"
          alt_text: "A hotel"
      - type: "section"
        fields:
          - type: "mrkdwn"
            text: "*Rating*: 1.0"
"#,
    );
    assert_eq!(run.success().output("ok"), "true");
    assert_eq!(job.posted()["blocks"][0]["accessory"]["alt_text"], "A hotel");
    assert_eq!(job.posted()["blocks"][1]["fields"][0]["text"], "*Rating*: 1.0");
}

#[test]
fn a_trigger_gets_flat_texts() {
    let file = r#"{ "state": { "is": "done", "tries": 3, "left": [true, null] }, "errors": "" }"#;
    let names = ["state_is", "state_tries", "state_left_0", "state_left_1", "errors"];
    let job = Job::new(&[("build/result.json", file)], &names);
    job.step(
        r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  payload-file-path: "./build/result.json"
  payload-delimiter: "_"
  webhook: TRIGGER
  webhook-type: webhook-trigger
"#,
    )
    .success();
    let runs = job.slack.trigger_runs(&job.trigger);
    assert_eq!((&runs[0]["state_is"], &runs[0]["state_tries"]), (&json!("done"), &json!("3")));
    assert_eq!((&runs[0]["state_left_0"], &runs[0]["errors"]), (&json!("true"), &json!("")));
    // Without a payload the whole event went there; here nothing goes without being named.
    let run = job.step(
        r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  payload-delimiter: "_"
  webhook: TRIGGER
  webhook-type: webhook-trigger
"#,
    );
    assert!(run.exits(2).messages("error")[0].contains("payload"));
    assert_eq!(job.slack.trigger_runs(&job.trigger).len(), 1);
}

#[test]
fn a_file_with_names_of_the_context() {
    let file = r#"{
  "channel": "${{ env.SLACK_CHANNEL_ID }}",
  "text": "${{ github.actor }} pushed ${{ github.sha }} in ${{ github.serverUrl }}/${{ github.repository }}"
}"#;
    let known = file.replace("${{ env.SLACK_CHANNEL_ID }}", DEPLOYS);
    let job = Job::new(&[("message.json", &known), ("of-env.json", file)], &[]);
    let step = |file: &str| {
        format!(
            r#"
uses: slackapi/slack-github-action@v4.0.0
with:
  method: chat.postMessage
  token: TOKEN
  payload-file-path: "./{file}"
  payload-templated: true
"#
        )
    };
    job.step(&step("message.json")).success();
    let sha = job.checkout.head();
    let text = format!("octocat pushed {sha} in https://github.com/acme/shop");
    assert_eq!(job.posted()["text"], text);
    // What stands in the environment may be a secret: it is never put in.
    let run = job.step_at(&step("of-env.json"), &[("SLACK_CHANNEL_ID", DEPLOYS)]).exits(2);
    assert!(run.messages("error")[0].contains("env.SLACK_CHANNEL_ID"), "{}", run.log);
    assert_eq!(job.slack.messages(DEPLOYS).len(), 1);
}

#[test]
fn methods_that_only_ask_hand_on_their_answer() {
    let job = Job::new(&[], &[]);
    for (method, payload, answer) in [
        (
            "users.lookupByEmail",
            "email: o@example.com",
            json!({ "ok": true, "user": { "id": "U1" } }),
        ),
        ("usergroups.users.list", "usergroup: S1", json!({ "ok": true, "users": ["U1", "U2"] })),
        ("conversations.create", "name: issue-7", json!({ "ok": true, "channel": { "id": "C7" } })),
    ] {
        let body = How::Body(200, "application/json".into(), answer.to_string());
        job.slack.fail(Trouble::before(body).on(method));
        let run = job.step(&format!(
            r"
uses: slackapi/slack-github-action@v4.0.0
with:
  errors: true
  method: {method}
  token: TOKEN
  payload: |
    {payload}
"
        ));
        let run = run.success();
        assert_eq!(run.output_json("response"), answer, "{method}");
        let id = answer["channel"]["id"].as_str().unwrap_or_default();
        assert_eq!((run.output("ok"), run.output("channel_id")), ("true", id), "{method}");
    }
}

#[test]
fn errors_says_what_a_refusal_does() {
    let job = Job::new(&[], &[]);
    let step = |errors: &str| {
        format!(
            r#"
uses: slackapi/slack-github-action@v4.0.0
with:{errors}
  method: chat.reverse
  token: TOKEN
  payload: |
    text: "palindrome"
"#
        )
    };
    let run = job.step(&step("\n  errors: true")).exits(1);
    assert!(run.messages("error")[0].contains("unknown_method"), "{}", run.log);
    // Nobody wrote that a message may be lost in silence: red.
    job.step(&step("")).exits(1);
    let run = job.step(&step("\n  errors: false")).success();
    assert_eq!((run.output("ok"), run.output("error")), ("false", "unknown_method"));
    assert!(
        run.messages("warning").iter().any(|one| one.contains("unknown_method")),
        "{}",
        run.log
    );
    // A payload that cannot be read always fails.
    let broken = step("\n  errors: false").replace("\"palindrome\"", "[");
    job.step(&broken).exits(2);
}

#[test]
fn the_proxy_is_asked_and_sees_no_token() {
    for by_input in [true, false] {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", door.local_addr().unwrap());
        let seen = std::thread::spawn(move || {
            let (stream, _) = door.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let lines = BufReader::new(stream).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        });
        let job = Job::new(&[], &[]);
        let line = if by_input { format!("\n  proxy: \"{proxy}\"") } else { String::new() };
        let env = if by_input { vec![] } else { vec![("HTTPS_PROXY", proxy.as_str())] };
        let step = format!(
            r#"
uses: slackapi/slack-github-action@v4.0.0
with:{line}
  api: https://slack.example/api/
  retries: 0
  method: chat.postMessage
  token: TOKEN
  payload: |
    channel: CHANNEL
    text: "by a proxy"
"#
        );
        job.step_at(&step, &env).exits(3);
        let head = seen.join().unwrap();
        assert!(head.starts_with("CONNECT slack.example:443 HTTP/1.1"), "{head}");
        assert!(!head.contains(BOT_TOKEN), "{head}");
    }
}

//! The steps of `docs/notifications.md` do what the guide says: each runs against the fake Slack.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

use std::path::Path;

use launchway_testkit::runner::{FakeRunner, How, StepRun};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, OCTOCAT};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");
const GUIDE: &str = include_str!("../../../../docs/notifications.md");

/// Where a step runs.
struct Scene {
    slack: FakeSlack,
    webhook: String,
    trigger: String,
    last: Option<StepRun>,
}

impl Scene {
    fn new() -> Self {
        let slack = FakeSlack::start();
        let (webhook, trigger) =
            (slack.add_webhook(DEPLOYS), slack.add_trigger(&["version", "run"]));
        Self { slack, webhook, trigger, last: None }
    }

    /// What GitHub makes of an expression.
    fn value(&self, expression: &str) -> String {
        let begun =
            |name| self.last.as_ref().map_or("1.2".to_owned(), |step| step.output(name).to_owned());
        match expression {
            "secrets.SLACK_BOT_TOKEN" | "secrets.slack-bot-token" => BOT_TOKEN.to_owned(),
            "secrets.SLACK_WEBHOOK_URL" => self.webhook.clone(),
            "secrets.SLACK_TRIGGER_URL" => self.trigger.clone(),
            "toJSON(needs)" | "inputs.needs" => {
                json!({ "build": { "result": "success" }, "test": { "result": "failure" } })
                    .to_string()
            }
            "job.status" | "github.event.deployment_status.state" => "success".to_owned(),
            "needs.begin.outputs.at" => "1700000000".to_owned(),
            "steps.begin.outputs.ts" => begun("ts"),
            "steps.begin.outputs.thread-ts" => begun("thread-ts"),
            "steps.begin.outputs.channel-id" => begun("channel-id"),
            other => format!("of \"{other}\""),
        }
    }

    fn filled(&self, text: &str) -> String {
        let mut pieces = text.split("${{");
        let mut filled = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (expression, rest) = piece.split_once("}}").unwrap();
            filled.push_str(&self.value(expression.trim()));
            filled.push_str(rest);
        }
        filled.replace("C0123456789", DEPLOYS).replace("U012AB3CD", OCTOCAT)
    }

    fn run(&mut self, with: &serde_json::Map<String, Value>) {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put(".github/slack-people.txt", &self.filled(block("text", "# GitHub login").unwrap()));
        put("target/test.log", "it failed\n");
        let mut inputs: Vec<(String, String)> = with
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => (name.clone(), self.filled(text)),
                other => (name.clone(), other.to_string()),
            })
            .collect();
        let has = |name: &str| with.contains_key(name);
        if !has("webhook") {
            inputs.push(("api-url".to_owned(), self.slack.api_url()));
            if !has("token") {
                inputs.push(("token".to_owned(), BOT_TOKEN.to_owned()));
            }
            if !has("channel") && !has("method") {
                inputs.push(("channel".to_owned(), DEPLOYS.to_owned()));
            }
        }
        let inputs: Vec<_> = inputs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let runner = FakeRunner::new(dir.path());
        let step = runner.run_program(PROGRAM, &["slack"], How::Json, &inputs).success();
        assert!(step.messages("warning").is_empty(), "{inputs:?}: {}", step.log);
        self.last = Some(step);
    }
}

/// The first block of a language that contains this.
fn block(language: &str, with: &str) -> Option<&'static str> {
    blocks(language).find(|block| block.contains(with))
}

fn blocks(language: &str) -> impl Iterator<Item = &'static str> {
    let fence = format!("```{language}\n");
    let mut rest = GUIDE;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once(&fence)?;
        let (block, after) = from.split_once("\n```")?;
        rest = after;
        Some(block)
    })
}

/// The inputs of every step of ours.
fn steps(tree: &Value, found: &mut Vec<serde_json::Map<String, Value>>) {
    match tree {
        Value::Object(map) => {
            let ours = map
                .get("uses")
                .and_then(Value::as_str)
                .is_some_and(|uses| uses.contains("slack-notify"));
            if ours {
                found.push(map["with"].as_object().unwrap().clone());
            }
            map.values().for_each(|one| steps(one, found));
        }
        Value::Array(list) => list.iter().for_each(|one| steps(one, found)),
        _ => {}
    }
}

#[test]
fn every_step_of_the_guide_works() {
    let mut scene = Scene::new();
    let mut count = 0;
    for text in blocks("yaml") {
        let list = text.trim_start().starts_with("- ");
        let text = if list { format!("steps:\n{text}") } else { text.to_owned() };
        let tree = launchway_notify::payload::load(Some(&text), None).unwrap().unwrap();
        let mut found = Vec::new();
        steps(&Value::Object(tree.clone()), &mut found);
        if found.is_empty() && !tree.contains_key("jobs") {
            // Inputs alone.
            found.push(tree);
        }
        for with in &found {
            scene.run(with);
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
    let slack = &scene.slack;
    assert_eq!(slack.trigger_runs(&scene.trigger).len(), 1);
    assert_eq!(slack.files().len(), 1);
    // Five steps of two workflows share a key and a run.
    let of_key = |one: &&launchway_testkit::slack::Message| {
        one.metadata.to_string().contains("\"key\":\"deploy-production\"")
            && one.thread_ts.is_none()
    };
    let all = slack.messages(DEPLOYS);
    let all: Vec<_> = all.iter().filter(of_key).collect();
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn every_fact_of_the_guide_is_one() {
    let names = launchway_notify::payload::names::names(&<_>::default(), &[]);
    let table = GUIDE.split_once("### All facts").unwrap().1;
    let table = table.split_once("A fact nobody knows").unwrap().0;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    // The last row names spellings in both columns.
    let told: Vec<&str> = table.split('`').skip(1).step_by(2).collect();
    for name in names.keys() {
        assert!(told.contains(&name.as_str()), "`{name}` is not in the guide");
    }
    for name in rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        assert!(names.contains_key(name) || name == "fields.Name", "`{name}` is no fact");
    }
}

#[test]
fn every_picture_of_the_guide_is_there() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let pictures: Vec<&str> =
        GUIDE.split("](pictures/").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert_eq!(pictures.len(), 6);
    for picture in pictures {
        assert!(docs.join("pictures").join(picture).is_file(), "{picture}");
    }
}

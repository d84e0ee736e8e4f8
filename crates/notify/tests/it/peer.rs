//! Steps written for slackapi/slack-github-action, with what its versions sent and said
//! (`tests/conformance/notify`): ours sends and says the same, but for rows of
//! `docs/compatibility.md`, which `differences.json` names case by case.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails here"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use launchway_testkit::runner::{FakeRunner, How};
use launchway_testkit::target::{Asked, Reply, Script, Target};
use serde_json::{Map, Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");
const TOPICS: &[&str] =
    &["payload", "files", "templates", "triggers", "methods", "uploads", "errors", "inputs"];
const HOOK: &str = "/services/T0TEAM0001/B0HOOK0001/hookKeyHookKeyHookKey01";
const CHANNEL: &str = "C0DEPLOYS01";
const TRIGGER: &str = "/triggers/T0TEAM0001/1234567890/triggerKeyTriggerKey01";

/// Exit code (0 or 1), outputs and requests, by what they are called in `differences.json`.
type Told = BTreeMap<String, Value>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json_of(name: &str) -> Value {
    serde_json::from_str(&read(&format!("tests/conformance/notify/{name}.json"))).unwrap()
}

fn texts(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// What a request is for, as the answers of a case name it.
fn call(path: &str) -> &str {
    ["services", "triggers", "upload"]
        .iter()
        .zip(["hook", "trigger", "upload"])
        .find(|(start, _)| path.trim_start_matches('/').starts_with(*start))
        .map_or_else(|| path.rsplit('/').next().unwrap(), |(_, name)| name)
}

/// The server of a case: answers in order, the last one holds.
fn serve(answers: &Value) -> Target {
    let answers: Map<String, Value> = answers.as_object().cloned().unwrap_or_default();
    let done = Mutex::new(BTreeMap::<String, usize>::new());
    Target::start(Script::choose(move |asked: &Asked| {
        let name = call(&asked.path).to_owned();
        let Some(given) = answers.get(&name).and_then(Value::as_array) else {
            return Reply::new(404).body("not found").into();
        };
        let mut done = done.lock().unwrap();
        let count = done.entry(name).or_default();
        let answer = &given[(*count).min(given.len() - 1)];
        *count += 1;
        let mut reply = Reply::new(u16::try_from(answer[0].as_u64().unwrap()).unwrap());
        for (name, value) in texts(&answer[2]) {
            reply = reply.header(&name, value);
        }
        let base = format!("http://{}", asked.header("host").unwrap());
        let (text, is_json) = match &answer[1] {
            Value::String(text) => (text.clone(), false),
            other => (other.to_string(), true),
        };
        if is_json {
            reply = reply.header("content-type", "application/json; charset=utf-8");
        }
        reply.body(text.replace("{base}", &base)).into()
    }))
}

/// Arguments of a method: how a body is written does not count, neither do texts that are JSON.
fn arguments(body: &Map<String, Value>) -> Value {
    let mut known = Map::new();
    for (name, value) in body {
        let value = match value {
            Value::Null => continue,
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(tree @ (Value::Object(_) | Value::Array(_))) => tree,
                _ => Value::String(text.clone()),
            },
            Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
            tree => tree.clone(),
        };
        known.insert(name.clone(), value);
    }
    Value::Object(known)
}

/// A number without a fraction is the same with `.0`.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                serde_json::from_str(&format!("{float:.0}")).unwrap()
            }
            _ => Value::Number(number),
        },
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        other => other,
    }
}

fn request(path: &str, token: &str, kind: &str, body: Value) -> Value {
    // The token goes to the API and nowhere else here.
    let (token, kind) = if call(path) == "upload" { ("", "") } else { (token, kind) };
    let kind = kind.split(';').next().unwrap();
    let body = match (call(path), body) {
        ("hook" | "trigger" | "upload", body) => plain(body),
        (_, Value::Object(body)) => arguments(&body),
        (_, other) => other,
    };
    json!({ "path": path, "token": token, "type": kind, "body": body })
}

/// Requests of ours, as the record writes them.
fn sent(asked: &Asked) -> Value {
    let token = asked.header("authorization").unwrap_or_default();
    let token = token.strip_prefix("Bearer ").unwrap_or_default();
    let kind = asked.header("content-type").unwrap_or_default();
    let text = String::from_utf8_lossy(&asked.body).into_owned();
    let body = if kind.starts_with("application/json") {
        serde_json::from_str(&text).unwrap()
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = url::form_urlencoded::parse(&asked.body);
        Value::Object(fields.map(|(name, value)| (name.into(), value.into())).collect())
    } else {
        Value::String(text)
    };
    request(&asked.path, token, kind, body)
}

/// Without what ours does not add, and as a tree, as the order of keys does not count.
fn response(text: &str) -> Value {
    fn strip(value: &mut Value) {
        if let Value::Object(map) = value {
            if let Some(Value::Object(more)) = map.get_mut("response_metadata") {
                more.retain(|name, _| !matches!(name.as_str(), "scopes" | "acceptedScopes"));
            }
            if map.get("response_metadata") == Some(&json!({})) {
                map.remove("response_metadata");
            }
        }
        match value {
            Value::Object(map) => map.values_mut().for_each(strip),
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    strip(&mut value);
    value
}

/// By name; what is empty, is not there.
fn told(exit: &Value, outputs: &BTreeMap<String, String>, mut requests: Vec<Value>) -> Told {
    // Files go up side by side there.
    requests.sort_by_key(ToString::to_string);
    let mut told = Told::new();
    told.insert("exit".into(), exit.clone());
    told.insert("requests".into(), Value::Array(requests));
    for name in ["ok", "response", "channel_id", "ts", "thread_ts"] {
        let value = outputs.get(name).filter(|value| !value.is_empty());
        let value = value.map(|value| match name {
            "response" => response(value),
            _ => Value::from(value.as_str()),
        });
        told.insert(name.into(), value.unwrap_or_default());
    }
    told
}

/// What a version of the other action did.
fn theirs(peer: &Value) -> Told {
    let exit = match peer["exit"].as_u64() {
        Some(code) => json!(code.min(1)),
        None => peer["exit"].clone(),
    };
    let outputs = texts(&peer["outputs"]).into_iter().collect();
    let requests = peer["requests"].as_array().unwrap().iter().map(|one| {
        let text = |name: &str| one[name].as_str().unwrap();
        request(text("path"), text("token"), text("type"), one["body"].clone())
    });
    told(&exit, &outputs, requests.collect())
}

/// What our program does.
fn ours(case: &Value) -> Told {
    let target = serve(&case["answers"]);
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in texts(&case["files"]) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let fill = |text: String| {
        let text = text.replace("{api}", &target.url("/api"));
        text.replace("{hook}", &target.url(HOOK)).replace("{trigger}", &target.url(TRIGGER))
    };
    let mut runner = FakeRunner::new(dir.path())
        .sha("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        .event("push", json_of("event"));
    for (name, value) in texts(&case["env"]) {
        runner = runner.env(&name, &fill(value));
    }
    let inputs: Vec<_> =
        texts(&case["inputs"]).into_iter().map(|(name, value)| (name, fill(value))).collect();
    let inputs: Vec<_> =
        inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let step = runner.run_program(PROGRAM, &["slack"], How::Json, &inputs);
    let is_time = step.output("time").parse::<u64>().is_ok();
    assert!(is_time || step.outputs.is_empty(), "{}: {}", case["name"], step.log);
    let own = case["inputs"]["method"] == "chat.getPermalink";
    let asked = target.requests();
    // Where the message can be seen is asked besides.
    let asked = asked.iter().filter(|asked| own || call(&asked.path) != "chat.getPermalink");
    let requests = asked.map(sent).collect();
    let outputs = step
        .outputs
        .iter()
        .map(|(name, value)| (name.clone(), value.replace(&target.url(""), "{base}")));
    let mut told = told(&json!(step.exit_code.min(1)), &outputs.collect(), requests);
    told.insert("log".into(), step.log.into());
    told
}

/// Rows that hold for every case.
const ALWAYS: &[&str] = &[
    "`thread_ts` of a message outside of a thread",
    "`response`",
    "one more request after a message",
    "the bytes of a file",
];

/// What of `ours` is not as in `theirs`.
fn differs(ours: &Told, theirs: &Told) -> Map<String, Value> {
    let same = |name: &str, value: &Value| {
        ours[name] == *value || (name == "thread_ts" && value.is_null() && ours[name] == ours["ts"])
    };
    let differ = theirs.iter().filter(|(name, value)| !same(name, value));
    differ.map(|(name, _)| (name.clone(), ours[name].clone())).collect()
}

#[test]
fn steps_for_the_other_action_do_the_same_here() {
    let known = json_of("differences");
    let known = known.as_object().unwrap();
    let docs = read("docs/compatibility.md");
    let section = docs.split("\n## slackapi/slack-github-action").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap();
    let has_row = |row: &str| section.contains(&format!("\n| {row} |"));
    let (mut complaints, mut used) = (Vec::new(), BTreeSet::new());
    complaints.extend(ALWAYS.iter().filter(|row| !has_row(row)).map(|row| format!("no row {row}")));
    let (mut equal, mut defended, mut found) = (0, 0, Map::new());
    let cases: Vec<Value> =
        TOPICS.iter().flat_map(|topic| json_of(topic).as_array().unwrap().clone()).collect();
    let done: Vec<Told> = std::thread::scope(|scope| {
        let parts: Vec<_> = cases
            .chunks(cases.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().map(ours).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    {
        for (case, ours) in cases.iter().zip(&done) {
            let name = case["name"].as_str().unwrap();
            for peer in case["peer"].as_array().unwrap() {
                let versions = peer["versions"].as_array().unwrap();
                let theirs = theirs(peer);
                let changed = differs(ours, &theirs);
                if changed.is_empty() {
                    equal += versions.len();
                    continue;
                }
                let label = versions.iter().filter_map(Value::as_str).collect::<Vec<_>>();
                found.insert(format!("{name} {}", label.join(" ")), changed.clone().into());
                let Some(accepted) = known.get(name) else {
                    let log = ours["log"].as_str().unwrap();
                    let shown: Vec<_> = changed
                        .iter()
                        .map(|(what, got)| format!("  {what}: {got}, there {}", theirs[what]))
                        .collect();
                    complaints.push(format!("{name} {label:?}:\n{}\n{log}", shown.join("\n")));
                    continue;
                };
                used.insert(name.to_owned());
                defended += versions.len();
                // Each row stands for what it explains, and for nothing else.
                let rows = accepted["rows"].as_array().unwrap();
                for row in rows {
                    if !has_row(row.as_str().unwrap()) {
                        complaints.push(format!("{name}: docs/compatibility.md has no row {row}"));
                    }
                }
                for (what, got) in &changed {
                    if &accepted["here"][what] != got {
                        complaints.push(format!("{name} {label:?}: {what} is {got} here"));
                    }
                }
            }
        }
    }
    for name in known.keys().filter(|name| !used.contains(*name)) {
        complaints.push(format!("{name}: stands in differences.json and does not differ"));
    }
    if let Ok(path) = std::env::var("LAUNCHWAY_PEER_DIFFERENCES") {
        std::fs::write(path, Value::Object(found).to_string()).unwrap();
    }
    println!("{equal} runs equal, {defended} defended");
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), complaints.len());
}

#[test]
fn every_input_and_output_of_the_other_action_is_declared() {
    let action = read("actions/slack-notify/action.yml");
    let (inputs, outputs) = action.split_once("\noutputs:").unwrap();
    let has = |part: &str, name: &str| part.contains(&format!("\n  {name}:"));
    for name in [
        "api",
        "errors",
        "method",
        "payload",
        "payload-delimiter",
        "payload-file-path",
        "payload-templated",
        "proxy",
        "retries",
        "token",
        "webhook",
        "webhook-type",
        // Version 1.
        "channel-id",
        "update-ts",
    ] {
        assert!(has(inputs, name), "{name}");
    }
    for name in ["ok", "response", "time", "channel_id", "thread_ts", "ts"] {
        assert!(has(outputs, name), "{name}");
    }
}

/// Version 1 goes to Slack's own address only, so there is no record: what its steps have, works.
#[test]
fn a_step_of_version_1_has_its_variables_and_its_channel() {
    let api = serve(&json!({
        "chat.postMessage": [[200, { "ok": true, "channel": CHANNEL, "ts": "1.2" }, {}]],
        "chat.update": [[200, { "ok": true, "channel": CHANNEL, "ts": "1.2" }, {}]],
        "hook": [[200, "ok", {}]],
        "trigger": [[200, { "ok": true }, {}]],
    }));
    let dir = tempfile::tempdir().unwrap();
    let url = api.url("/api");
    let token = FakeRunner::new(dir.path()).env("SLACK_BOT_TOKEN", "xoxb-1234567890-abcdefghij");
    let last = || sent(api.requests().iter().rfind(|one| !one.path.contains("Permalink")).unwrap());
    let payload = ("payload", r#"{"text":"hello"}"#);
    let inputs = [("channel-id", CHANNEL), ("api-url", url.as_str()), payload];
    let step = token.run_program(PROGRAM, &["slack"], How::Json, &inputs).success();
    assert_eq!((step.output("ts"), step.output("thread_ts")), ("1.2", "1.2"));
    assert_eq!(step.output("channel_id"), CHANNEL);
    assert_eq!(last()["body"], json!({ "channel": CHANNEL, "text": "hello" }));
    let inputs = [&inputs[..], &[("update-ts", "1.2")]].concat();
    token.run_program(PROGRAM, &["slack"], How::Json, &inputs).success();
    assert_eq!(last()["path"], "/api/chat.update");
    assert_eq!(last()["body"]["ts"], "1.2");
    // As in docs/coming-from.md.
    let file = r#"{"text": "to ${{ fields.TARGET }} by ${{ github.actor }}"}"#;
    std::fs::write(dir.path().join("message.json"), file).unwrap();
    let file = [
        ("channel-id", CHANNEL),
        ("api-url", url.as_str()),
        ("payload-file-path", "message.json"),
        ("payload-templated", "true"),
        ("fields", "TARGET=production"),
    ];
    token.run_program(PROGRAM, &["slack"], How::Json, &file).success();
    assert_eq!(last()["body"]["text"], "to production by octocat");
    let several = [("channel-id", "C0DEPLOYS01,C2"), ("api-url", url.as_str()), payload];
    let step = token.run_program(PROGRAM, &["slack"], How::Json, &several).exits(2);
    assert!(step.messages("error")[0].contains("several"), "{}", step.log);
    // The address alone would say something else.
    for (kind, path) in [("INCOMING_WEBHOOK", TRIGGER), ("workflow_trigger", HOOK)] {
        let hook = FakeRunner::new(dir.path())
            .env("SLACK_WEBHOOK_URL", &api.url(path))
            .env("SLACK_WEBHOOK_TYPE", kind);
        let inputs = [("payload", "a: 1 & 2 {{ actor }}"), ("payload-delimiter", ".")];
        let step = hook.run_program(PROGRAM, &["slack"], How::Json, &inputs).success();
        let what = if kind == "INCOMING_WEBHOOK" { "incoming webhook" } else { "workflow trigger" };
        assert!(step.log.contains(what), "{}", step.log);
        assert_eq!(last()["body"], json!({ "a": "1 & 2 octocat" }));
    }
}

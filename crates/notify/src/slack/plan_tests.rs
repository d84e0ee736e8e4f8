use clap::Parser;
use serde_json::json;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    inputs: Inputs,
}

fn inputs(words: &str) -> Inputs {
    Line::try_parse_from(std::iter::once("x").chain(words.split_whitespace())).unwrap().inputs
}

/// The plan, as one line: way and body, then reaction, file and notes; or the failure and its hint.
fn planned(way: Way, words: &str, payload: &Value) -> String {
    let inputs = inputs(words);
    let body = if has_payload(&inputs) { payload.clone() } else { json!({ "text": "hi" }) };
    let plan = match plan(&inputs, way, body) {
        Ok(plan) => plan,
        Err(failure) => {
            assert_eq!(failure.kind().code(), 2, "{words}");
            return format!("{} / {}", failure.chain(), failure.hint().unwrap_or_default());
        }
    };
    let post = match &plan.post {
        Post::None => "-".to_owned(),
        Post::Hook(body) => format!("hook {body}"),
        Post::Call(call) => format!("{} {}", call.method, Value::Object(call.body.clone())),
        Post::Keyed { key, channel, message } => format!("key {key} {channel} {message}"),
    };
    let reaction =
        plan.reaction.map(|call| format!("{} {}", call.method, Value::Object(call.body)));
    let file = plan
        .file
        .map(|(channel, thread)| format!("file {channel} {}", thread.as_deref().unwrap_or("-")));
    std::iter::once(post)
        .chain(reaction)
        .chain(file)
        .chain(plan.notes)
        .collect::<Vec<_>>()
        .join(" + ")
}

#[track_caller]
fn check(way: Way, rows: &[(&str, &str)]) {
    let payload = json!({ "text": "hi" });
    for (words, expected) in rows {
        let found = planned(way, words, &payload);
        let fits = found == *expected
            || (expected.ends_with('…') && found.contains(expected.trim_end_matches('…')));
        assert!(fits, "{words}\n  is: {found}\n  not: {expected}");
    }
}

#[test]
fn by_a_token() {
    check(
        Way::Method,
        &[
            (
                "--channel C0123456789 --text hi",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#,
            ),
            (
                "--channel #deploys --text hi",
                r##"chat.postMessage {"text":"hi","channel":"#deploys"}"##,
            ),
            (
                "--channel C0123456789 --payload {}",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#,
            ),
            (
                "--channel C0123456789 --status success",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#,
            ),
            (
                "--channel C0123456789 --text hi --thread-ts 1.2",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789","thread_ts":"1.2"}"#,
            ),
            (
                "--channel C0123456789 --text hi --thread-ts 1.2 --reply-broadcast",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789","thread_ts":"1.2","reply_broadcast":true}"#,
            ),
            (
                "--channel C0123456789 --text hi --update-ts 1.2",
                r#"chat.update {"text":"hi","channel":"C0123456789","ts":"1.2"}"#,
            ),
            (
                "--channel C0123456789 --text hi --ephemeral-to U1",
                r#"chat.postEphemeral {"text":"hi","channel":"C0123456789","user":"U1"}"#,
            ),
            (
                "--channel C0123456789 --reaction :tada: --update-ts 1.2",
                r#"- + reactions.add {"channel":"C0123456789","timestamp":"1.2","name":"tada"}"#,
            ),
            (
                "--channel C0123456789 --text hi --reaction tada --thread-ts 1.2",
                r#"chat.postMessage {"text":"hi","channel":"C0123456789","thread_ts":"1.2"} + reactions.add {"channel":"C0123456789","timestamp":"1.2","name":"tada"}"#,
            ),
            ("--channel C0123456789 --snippet a.log", "- + file C0123456789 -"),
            ("--channel C0123456789 --snippet a.log --thread-ts 1.2", "- + file C0123456789 1.2"),
            (
                "--channel #deploys --text hi --snippet a.log",
                r##"chat.postMessage {"text":"hi","channel":"#deploys"} + file #deploys -"##,
            ),
            ("--method conversations.list --payload {}", r#"conversations.list {"text":"hi"}"#),
            (
                "--method chat.update --update-ts 1.2 --channel C0123456789 --text hi",
                r#"chat.update {"text":"hi","channel":"C0123456789","ts":"1.2"}"#,
            ),
        ],
    );
}

#[test]
fn what_cannot_be_by_a_token() {
    check(
        Way::Method,
        &[
            ("", "there is nothing to say…"),
            ("--channel C0123456789", "there is nothing to say…"),
            ("--text hi", "`channel` is missing…"),
            ("--text hi --snippet a.log", "`channel` is missing…"),
            ("--method conversations.list --payload {} --snippet a.log", "`channel` is missing…"),
            (
                "--channel #deploys --text hi --update-ts 1.2",
                "`update-ts` needs the id of the channel…",
            ),
            (
                "--channel #deploys --reaction tada --thread-ts 1.2",
                "`reaction` needs the id of the channel…",
            ),
            ("--channel #deploys --snippet a.log", "`snippet` needs the id of the channel…"),
            (
                "--channel C0123456789 --reaction tada",
                "`reaction` needs `update-ts` or `thread-ts`…",
            ),
            ("--channel C0123456789 --reaction :: --update-ts 1.2", "`reaction` is no name…"),
            (
                "--channel C0123456789 --text hi --reply-broadcast",
                "`reply-broadcast` needs `thread-ts`…",
            ),
            (
                "--channel C0123456789 --text hi --update-ts 1.2 --ephemeral-to U1",
                "`update-ts` and `ephemeral-to` are both given…",
            ),
            (
                "--channel C0123456789 --text hi --ephemeral-to U1 --snippet a.log",
                "`ephemeral-to` and `snippet` are both given…",
            ),
            (
                "--channel C0123456789 --text hi --method chat.postMessage --update-ts 1.2",
                "`update-ts` is for `chat.update`, and `method` is `chat.postMessage`…",
            ),
            (
                "--channel C0123456789 --text hi --webhook-type incoming-webhook",
                "+ `webhook-type` says nothing here…",
            ),
            (
                "--channel https://acme.slack.com/archives/C012 --text hi",
                "`channel` is an address…",
            ),
            (
                "--channel C0123456789 --text hi --thread-ts p1712345678000100",
                "`thread-ts` is no timestamp of a message…",
            ),
            ("--channel C0123456789 --text hi --update-ts 17.", "`update-ts` is no timestamp…"),
            ("--channel C0123456789 --payload {} --mentions @here", "+ `mentions` calls nobody…"),
            ("--method ../x --payload {}", "`method` is no name of a method…"),
            ("--method .x --payload {}", "`method` is no name of a method…"),
            (
                "--channel C0123456789 --payload {} --text hi",
                "`payload` and `text` are both given…",
            ),
            (
                "--channel C0123456789 --payload {} --template ci",
                "`payload` and `template` are both given…",
            ),
            (
                "--channel C0123456789 --payload {} --payload-file-path a.json",
                "`payload` and `payload-file-path` are both given…",
            ),
        ],
    );
}

#[test]
fn a_key_goes_with_what_posts_and_with_nothing_that_names_a_message() {
    const TEXT: &str = "--channel C0123456789 --key k --text hi";
    let with = |more: &str| planned(Way::Method, &format!("{TEXT} {more}"), &json!({}));
    let posts = r#"key k C0123456789 {"text":"hi"}"#;
    assert_eq!(with(""), posts);
    assert_eq!(with("--snippet a.log"), format!("{posts} + file C0123456789 -"));
    for (more, name, hint) in [
        ("--reaction tada --update-ts 1.2", "update-ts", "finds its message by itself"),
        ("--reaction tada", "reaction", "in a step of its own"),
        ("--ephemeral-to U1", "ephemeral-to", "one person"),
        ("--update-ts 1.2", "update-ts", "finds its message by itself"),
        ("--thread-ts 1.2", "thread-ts", "its own thread"),
        ("--reply-broadcast", "reply-broadcast", "its own thread"),
        ("--method chat.postMessage", "method", "finds its message by itself"),
    ] {
        let said = with(more);
        assert!(said.starts_with(&format!("`key` and `{name}` are both given / ")), "{said}");
        assert!(said.contains(hint), "{said}");
    }
    for name in ["ts", "thread_ts"] {
        let payload = json!({ "text": "hi", name: "1.2" });
        let said = planned(Way::Method, "--channel C0123456789 --key k --payload {}", &payload);
        assert!(
            said.starts_with(&format!("`key` is given, and `{name}` in the payload")),
            "{said}"
        );
    }
    // A key is about a message: a file alone has none.
    for more in ["", "--snippet a.log"] {
        let said =
            planned(Way::Method, &format!("--channel C0123456789 --key k {more}"), &json!({}));
        assert!(said.starts_with("there is nothing to say"), "{said}");
    }
    let said = planned(Way::Method, "--key k --text hi", &json!({}));
    assert!(said.starts_with("`channel` is missing"), "{said}");
}

#[test]
fn the_channel_of_a_payload_comes_first() {
    let payload = json!({ "text": "hi", "channel": "C0123456789" });
    for (words, expected) in [
        ("--payload {}", r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#),
        (
            "--payload {} --channel C0123456789",
            r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#,
        ),
        ("--payload {} --key k", r#"key k C0123456789 {"text":"hi","channel":"C0123456789"}"#),
        (
            "--payload {} --channel C0000000000",
            r#"chat.postMessage {"text":"hi","channel":"C0123456789"}"#,
        ),
        (
            "--payload {} --channel C0000000000 --snippet a.log",
            r#"chat.postMessage {"text":"hi","channel":"C0123456789"} + file C0123456789 -"#,
        ),
    ] {
        assert_eq!(planned(Way::Method, words, &payload), expected, "{words}");
    }
    let said = planned(Way::Method, "--payload {}", &json!([1]));
    assert!(said.starts_with("`payload` is no object"), "{said}");
}

#[test]
fn by_a_webhook() {
    let rows = [
        ("--text hi", r#"hook {"text":"hi"}"#),
        ("--payload {}", r#"hook {"text":"hi"}"#),
        (
            "--text hi --thread-ts 1.2 --reply-broadcast",
            r#"hook {"text":"hi","thread_ts":"1.2","reply_broadcast":true}"#,
        ),
        (
            "--text hi --channel C0123456789",
            r#"hook {"text":"hi"} + `channel` is left out: a webhook posts to the channel it was made for"#,
        ),
        ("--payload {} --mentions @here", "+ `mentions` calls nobody beside a payload…"),
        ("", "there is nothing to say…"),
        ("--text hi --reply-broadcast", "`reply-broadcast` needs `thread-ts`…"),
        ("--text hi --key k", "`key` needs a `token`…"),
        ("--text hi --method chat.postMessage", "`method` needs a `token`…"),
        ("--text hi --update-ts 1.2", "`update-ts` needs a `token`…"),
        ("--text hi --ephemeral-to U1", "`ephemeral-to` needs a `token`…"),
        ("--reaction tada --thread-ts 1.2", "`reaction` needs a `token`…"),
        ("--snippet a.log", "`snippet` needs a `token`…"),
    ];
    check(Way::Webhook, &rows);
}

#[test]
fn by_a_trigger() {
    check(
        Way::Trigger,
        &[
            ("--payload {}", r#"hook {"text":"hi"}"#),
            ("--payload {} --thread-ts 1.2", r#"hook {"text":"hi"}"#),
            ("--text hi", "a workflow trigger needs a `payload`…"),
            ("", "a workflow trigger needs a `payload`…"),
            ("--payload {} --key k", "`key` needs a `token`…"),
        ],
    );
}

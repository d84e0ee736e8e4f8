//! The fake workspace: what it answers, refuses and gets wrong.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod blocks;
mod trouble;

use std::time::Duration;

use launchway_testkit::client::{Answer, request};
use launchway_testkit::slack::{
    ARCHIVED, BOT_TOKEN, DEPLOYS, FakeSlack, HookState, OCTOCAT, OTHERS, SECRET, TokenState,
};
use serde_json::{Value, json};

fn try_call(slack: &FakeSlack, method: &str, body: &Value) -> std::io::Result<Answer> {
    call_as(slack, BOT_TOKEN, method, body)
}

/// A form, as every method takes it.
fn call_as(slack: &FakeSlack, token: &str, method: &str, body: &Value) -> std::io::Result<Answer> {
    let encode =
        |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
    let pairs = body.as_object().unwrap().iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={}", encode(text)),
        value => format!("{name}={}", encode(&value.to_string())),
    });
    let form = pairs.collect::<Vec<_>>().join("&");
    let bearer = format!("Bearer {token}");
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let url = format!("{}/{method}", slack.api_url());
    request("POST", &url, &headers, form.as_bytes())
}

fn call(slack: &FakeSlack, method: &str, body: &Value) -> Value {
    let answer = try_call(slack, method, body).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn error(slack: &FakeSlack, method: &str, body: &Value) -> String {
    let answer = call(slack, method, body);
    assert_eq!(answer["ok"], false, "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

fn post(slack: &FakeSlack, text: &str) -> String {
    let answer = call(slack, "chat.postMessage", &json!({ "channel": DEPLOYS, "text": text }));
    assert_eq!(answer["ok"], true, "{answer}");
    answer["ts"].as_str().unwrap().to_owned()
}

fn json_call(slack: &FakeSlack, kind: &str, body: &str) -> Value {
    let bearer = format!("Bearer {BOT_TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    let url = format!("{}/chat.postMessage", slack.api_url());
    request("POST", &url, &headers, body.as_bytes()).unwrap().json()
}

#[test]
fn a_message_lives() {
    let slack = FakeSlack::start();
    let metadata = json!({ "event_type": "deploy", "event_payload": { "key": "prod" } });
    let sent = call(
        &slack,
        "chat.postMessage",
        &json!({
            "channel": "#deploys", "text": "started", "metadata": metadata,
            "blocks": [{ "type": "divider" }],
        }),
    );
    assert_eq!((&sent["ok"], &sent["channel"]), (&json!(true), &json!(DEPLOYS)));
    let ts = sent["ts"].as_str().unwrap();
    let updated =
        call(&slack, "chat.update", &json!({ "channel": DEPLOYS, "ts": ts, "text": "done" }));
    assert_eq!(updated["text"], "done");
    let reply = json!({ "channel": DEPLOYS, "text": "step", "thread_ts": ts });
    let reply = call(&slack, "chat.postMessage", &reply)["ts"].clone();
    assert!(reply.as_str().unwrap() > ts);
    let react = json!({ "channel": DEPLOYS, "timestamp": ts, "name": "rocket" });
    assert_eq!(call(&slack, "reactions.add", &react)["ok"], true);
    assert_eq!(error(&slack, "reactions.add", &react), "already_reacted");

    let asked = json!({ "channel": DEPLOYS, "include_all_metadata": true });
    let history = call(&slack, "conversations.history", &asked);
    assert_eq!(history["messages"].as_array().unwrap().len(), 1, "a reply is in its thread");
    let found = &history["messages"][0];
    assert_eq!(
        found["metadata"]["event_payload"]["key"], "prod",
        "an update keeps what it does not name"
    );
    assert_eq!(found["blocks"][0]["type"], "divider");
    assert_eq!((&found["reply_count"], &found["latest_reply"]), (&json!(1), &reply));
    assert_eq!(found["reactions"][0]["count"], 1);
    assert!(found["edited"]["ts"].is_string());
    let plain = call(&slack, "conversations.history", &json!({ "channel": DEPLOYS }));
    assert!(plain["messages"][0]["metadata"].is_null());
    let thread = call(&slack, "conversations.replies", &json!({ "channel": DEPLOYS, "ts": reply }));
    assert_eq!(thread["messages"][0]["ts"], ts);
    assert_eq!(thread["messages"][1]["text"], "step");
    let link = json!({ "channel": DEPLOYS, "message_ts": reply });
    let link = call(&slack, "chat.getPermalink", &link)["permalink"].clone();
    assert!(link.as_str().unwrap().ends_with(&format!("?thread_ts={ts}&cid={DEPLOYS}")), "{link}");

    let kept = &slack.messages(DEPLOYS)[0];
    assert_eq!((kept.text.as_str(), kept.updates), ("done", 1));
    assert_eq!(kept.payload("key"), "prod");
    let delete = json!({ "channel": DEPLOYS, "ts": ts });
    assert_eq!(call(&slack, "chat.delete", &delete)["ok"], true);
    assert_eq!(
        error(&slack, "chat.update", &json!({ "channel": DEPLOYS, "ts": ts, "text": "x" })),
        "message_not_found"
    );
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    assert_eq!(slack.all_messages().len(), 2);
}

#[test]
fn bodies_come_in_two_forms() {
    let slack = FakeSlack::start();
    let body = format!(r#"{{"channel":"{DEPLOYS}","text":"a"}}"#);
    let sent = json_call(&slack, "application/json; charset=utf-8", &body);
    assert_eq!((&sent["ok"], &sent["warning"]), (&json!(true), &Value::Null));
    let sent = json_call(&slack, "application/json", &body);
    assert_eq!(sent["response_metadata"]["warnings"], json!(["missing_charset"]));
    assert_eq!(json_call(&slack, "application/json", "{")["error"], "invalid_json");
    assert_eq!(json_call(&slack, "application/json", "[]")["error"], "json_not_object");
    assert_eq!(json_call(&slack, "text/xml", "<a/>")["error"], "invalid_post_type");
    let url = format!("{}/chat.postMessage", slack.api_url());
    let token_in_body = format!(r#"{{"token":"{BOT_TOKEN}","channel":"{DEPLOYS}","text":"a"}}"#);
    let kind = [("content-type", "application/json")];
    let no = request("POST", &url, &kind, token_in_body.as_bytes()).unwrap().json();
    assert_eq!(no["error"], "not_authed");
    assert_eq!(error(&slack, "chat.nothing", &json!({})), "unknown_method");
    assert_eq!(call(&slack, "auth.test", &json!({}))["user_id"], "U0LAUNCHWAY");
}

#[test]
fn who_may_not() {
    let slack = FakeSlack::start();
    let body = json!({ "channel": DEPLOYS, "text": "a" });
    let as_token = |token: &str| call_as(&slack, token, "chat.postMessage", &body).unwrap().json();
    assert_eq!(as_token("xoxb-unknown")["error"], "invalid_auth");
    let states = [
        (TokenState::Revoked, "token_revoked"),
        (TokenState::Expired, "token_expired"),
        (TokenState::Inactive, "account_inactive"),
    ];
    slack.add_token("xoxb-two", &["chat:write"]);
    for (state, word) in states {
        slack.token_state("xoxb-two", state);
        assert_eq!(as_token("xoxb-two")["error"], word);
    }
    slack.token_state("xoxb-two", TokenState::Active).limit_scopes("xoxb-two", &["files:write"]);
    let no = as_token("xoxb-two");
    assert_eq!((&no["error"], &no["needed"]), (&json!("missing_scope"), &json!("chat:write")));
    assert_eq!(no["provided"], "files:write");
    for (method, needed) in [
        ("conversations.history", "channels:history"),
        ("conversations.info", "channels:read"),
        ("reactions.add", "reactions:write"),
    ] {
        let body = json!({ "channel": DEPLOYS, "name": "x", "timestamp": "1.0" });
        let no = call_as(&slack, "xoxb-two", method, &body).unwrap().json();
        assert_eq!(no["needed"], needed, "{no}");
    }
    assert!(slack.messages(DEPLOYS).is_empty());
}

#[test]
fn where_and_what_may_not() {
    let slack = FakeSlack::start();
    let word = |channel: &str, more: Value| {
        let mut body = json!({ "channel": channel, "text": "a" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        error(&slack, "chat.postMessage", &body)
    };
    assert_eq!(word("C0NOWHERE", json!({})), "channel_not_found");
    assert_eq!(word(SECRET, json!({})), "channel_not_found");
    assert_eq!(word(OTHERS, json!({})), "not_in_channel");
    assert_eq!(word(ARCHIVED, json!({})), "is_archived");
    assert_eq!(word(DEPLOYS, json!({ "text": " " })), "no_text");
    assert_eq!(word(DEPLOYS, json!({ "thread_ts": "1.000001" })), "thread_not_found");
    assert_eq!(word(DEPLOYS, json!({ "blocks": "{" })), "invalid_blocks_format");
    assert_eq!(word(DEPLOYS, json!({ "blocks": "{}" })), "invalid_blocks_format");
    assert_eq!(word(DEPLOYS, json!({ "metadata": "x" })), "invalid_metadata_format");
    assert_eq!(
        word(DEPLOYS, json!({ "metadata": { "event_type": "" } })),
        "invalid_metadata_schema"
    );
    let large = json!({ "event_type": "x", "event_payload": { "a": "x".repeat(17_000) } });
    assert_eq!(word(DEPLOYS, json!({ "metadata": large })), "metadata_too_large");
    let many = vec![json!({ "text": "a" }); 101];
    assert_eq!(word(DEPLOYS, json!({ "attachments": many })), "too_many_attachments");
    let long = json!({ "channel": DEPLOYS, "markdown_text": "x".repeat(12_001) });
    assert_eq!(error(&slack, "chat.postMessage", &long), "msg_too_long");
    slack.channel(DEPLOYS, |channel| channel.is_restricted = true);
    assert_eq!(word(DEPLOYS, json!({})), "restricted_action");
    let none = call(&slack, "chat.postMessage", &json!({ "text": "a" }));
    assert_eq!(none["error"], "invalid_arguments");
    slack.channel(DEPLOYS, |channel| channel.is_restricted = false);

    let text = "x".repeat(40_001);
    let sent = call(&slack, "chat.postMessage", &json!({ "channel": DEPLOYS, "text": text }));
    assert_eq!(sent["warning"], "message_truncated");
    assert_eq!(slack.messages(DEPLOYS)[0].text.len(), 40_000);
}

#[test]
fn updates_that_may_not() {
    let slack = FakeSlack::start();
    let ts = post(&slack, "ours");
    let theirs = slack.post_as_other(DEPLOYS, "theirs");
    let word = |channel: &str, ts: &str, text: &str| {
        error(&slack, "chat.update", &json!({ "channel": channel, "ts": ts, "text": text }))
    };
    assert_eq!(word("#deploys", &ts, "a"), "channel_not_found", "a name is no id");
    assert_eq!(word("deploys", &ts, "a"), "channel_not_found");
    assert_eq!(word(DEPLOYS, &theirs, "a"), "cant_update_message");
    assert_eq!(word(DEPLOYS, "1.000000", "a"), "message_not_found");
    assert_eq!(word(DEPLOYS, &ts, &"x".repeat(4_001)), "msg_too_long");
    assert_eq!(word(DEPLOYS, &ts, ""), "no_text");
    slack.edit_window(Some(Duration::ZERO));
    assert_eq!(word(DEPLOYS, &ts, "a"), "edit_window_closed");
    slack.edit_window(None).channel(DEPLOYS, |channel| channel.is_archived = true);
    assert_eq!(word(DEPLOYS, &ts, "a"), "is_inactive");
    let delete = json!({ "channel": DEPLOYS, "ts": theirs });
    assert_eq!(error(&slack, "chat.delete", &delete), "cant_delete_message");
    assert_eq!(slack.messages(DEPLOYS)[0].updates, 0);
}

#[test]
fn reactions_links_and_whispers_that_may_not() {
    let slack = FakeSlack::start();
    let ts = post(&slack, "a");
    let react = |channel: &str, ts: &str, name: &str| {
        let body = json!({ "channel": channel, "timestamp": ts, "name": name });
        error(&slack, "reactions.add", &body)
    };
    assert_eq!(react("#deploys", &ts, "x"), "channel_not_found");
    assert_eq!(react(DEPLOYS, "1.000000", "x"), "message_not_found");
    assert_eq!(react(DEPLOYS, "soon", "x"), "bad_timestamp");
    assert_eq!(react(DEPLOYS, &ts, "no emoji"), "invalid_name");
    let remove = json!({ "channel": DEPLOYS, "timestamp": ts, "name": "x" });
    assert_eq!(error(&slack, "reactions.remove", &remove), "no_reaction");
    let link = json!({ "channel": DEPLOYS, "message_ts": "1.0" });
    assert_eq!(error(&slack, "chat.getPermalink", &link), "message_not_found");
    let whisper = json!({ "channel": DEPLOYS, "user": OCTOCAT, "text": "psst" });
    let whispered = call(&slack, "chat.postEphemeral", &whisper)["message_ts"].clone();
    assert_eq!(
        slack.message(whispered.as_str().unwrap()).unwrap().ephemeral_to.as_deref(),
        Some(OCTOCAT)
    );
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    let nobody = json!({ "channel": DEPLOYS, "user": "U0NOBODY", "text": "psst" });
    assert_eq!(error(&slack, "chat.postEphemeral", &nobody), "user_not_in_channel");
}

#[test]
fn history_is_paged() {
    let slack = FakeSlack::start();
    let all: Vec<String> = (0..5).map(|number| post(&slack, &number.to_string())).collect();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let asked = json!({ "channel": DEPLOYS, "limit": 2, "cursor": cursor });
        let page = call(&slack, "conversations.history", &asked);
        let texts = page["messages"].as_array().unwrap().iter();
        seen.extend(texts.map(|one| one["text"].as_str().unwrap().to_owned()));
        match page["response_metadata"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
    let between = |more: &[(&str, &str)]| {
        let mut asked = json!({ "channel": DEPLOYS });
        for (name, value) in more {
            asked[name] = json!(value);
        }
        let page = call(&slack, "conversations.history", &asked);
        page["messages"].as_array().unwrap().len()
    };
    assert_eq!(between(&[("oldest", &all[2])]), 2);
    assert_eq!(between(&[("latest", &all[2])]), 2);
    assert_eq!(between(&[("latest", &all[2]), ("inclusive", "true")]), 3);
    assert_eq!(between(&[("oldest", &all[1]), ("latest", &all[3]), ("inclusive", "1")]), 3);
    let word = |name: &str, value: &str| {
        error(&slack, "conversations.history", &json!({ "channel": DEPLOYS, name: value }))
    };
    assert_eq!(word("cursor", "x"), "invalid_cursor");
    assert_eq!(word("limit", "1000"), "invalid_limit");
    assert_eq!(word("oldest", "x"), "invalid_ts_oldest");
    assert_eq!(word("latest", "x"), "invalid_ts_latest");
    slack.page_size(1);
    assert_eq!(between(&[("limit", "5")]), 1);
    slack.page_size(9).history_lag(Duration::from_mins(1));
    assert_eq!(between(&[]), 0);
    assert_eq!(
        error(&slack, "conversations.history", &json!({ "channel": OTHERS })),
        "not_in_channel"
    );
    let nothing = json!({ "channel": DEPLOYS, "ts": "1.0" });
    assert_eq!(error(&slack, "conversations.replies", &nothing), "thread_not_found");
}

#[test]
fn channels_are_listed() {
    let slack = FakeSlack::start();
    let names = |more: Value| {
        let list = call(&slack, "conversations.list", &more);
        let list = list["channels"].as_array().unwrap().clone();
        list.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})), ["general", "deploys", "others", "old"]);
    assert_eq!(names(json!({ "exclude_archived": true, "limit": 1 })), ["general"]);
    assert!(names(json!({ "types": "private_channel" })).is_empty());
    let info = call(&slack, "conversations.info", &json!({ "channel": DEPLOYS }));
    assert_eq!(info["channel"]["name"], "deploys");
    assert_eq!(
        error(&slack, "conversations.info", &json!({ "channel": SECRET })),
        "channel_not_found"
    );
}

#[test]
fn a_file_in_three_steps() {
    let slack = FakeSlack::start();
    let asked = json!({ "filename": "log.txt", "length": 5 });
    let got = call(&slack, "files.getUploadURLExternal", &asked);
    let (url, id) = (got["upload_url"].as_str().unwrap(), got["file_id"].clone());
    assert!(url.starts_with(slack.files_url()));
    let complete = json!({ "files": [{ "id": id, "title": "Log" }], "channel_id": DEPLOYS });
    let early = error(&slack, "files.completeUploadExternal", &complete);
    assert_eq!(early, "file_not_found");
    assert_eq!(request("POST", url, &[], b"four").unwrap().status, 400);
    assert_eq!(request("PUT", url, &[], b"hello").unwrap().status, 405);
    let sent = request("POST", url, &[], b"hello").unwrap();
    assert_eq!((sent.status, sent.text().as_str()), (200, "OK - 5"));
    let form = b"--B\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--B--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=B")];
    assert_eq!(request("POST", url, &kind, form).unwrap().status, 200);
    let mut elsewhere = complete.clone();
    elsewhere["channel_id"] = json!("#deploys");
    assert_eq!(error(&slack, "files.completeUploadExternal", &elsewhere), "channel_not_found");
    elsewhere["channel_id"] = json!(OTHERS);
    assert_eq!(error(&slack, "files.completeUploadExternal", &elsewhere), "not_in_channel");
    assert_eq!(call(&slack, "files.completeUploadExternal", &complete)["ok"], true);
    assert_eq!(error(&slack, "files.completeUploadExternal", &complete), "file_not_found");
    let file = &slack.files()[0];
    assert_eq!((file.bytes.as_deref(), file.is_complete), (Some(b"hello".as_slice()), true));
    assert_eq!(slack.messages(DEPLOYS)[0].files, std::slice::from_ref(&file.id));
    assert_eq!(slack.hosts_that_saw(BOT_TOKEN).len(), 1);
    assert_eq!(slack.hosts_that_saw("fakeUploadKey").len(), 1);
    let calls = slack.calls();
    assert_eq!(calls.iter().filter(|call| *call == "upload").count(), 4);
    let wrong = call(&slack, "files.getUploadURLExternal", &json!({ "filename": "x" }));
    assert_eq!(wrong["error"], "invalid_arguments");
}

#[test]
fn webhooks() {
    let slack = FakeSlack::start();
    let hook = slack.add_webhook(DEPLOYS);
    let send = |body: &str| {
        let answer =
            request("POST", &hook, &[("content-type", "application/json")], body.as_bytes());
        let answer = answer.unwrap();
        (answer.status, answer.text())
    };
    let is = |status: u16, word: &str| (status, word.to_owned());
    assert_eq!(send(r#"{"text":"hello"}"#), is(200, "ok"));
    assert_eq!(slack.messages(DEPLOYS)[0].text, "hello");
    assert_eq!(send("{"), is(400, "invalid_payload"));
    assert_eq!(send("[]"), is(400, "invalid_payload"));
    assert_eq!(send("{}"), is(400, "no_text"));
    assert_eq!(send(r#"{"blocks":[{"type":"nope"}]}"#), is(400, "invalid_blocks"));
    let many = json!({ "attachments": vec![json!({ "text": "a" }); 101] });
    assert_eq!(send(&many.to_string()), is(400, "too_many_attachments"));
    let form = "payload=%7B%22text%22%3A%22form%22%7D";
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(request("POST", &hook, &kind, form.as_bytes()).unwrap().status, 200);
    for (word, status) in [
        ("user_not_found", 400),
        ("action_prohibited", 403),
        ("posting_to_general_channel_denied", 403),
        ("no_service", 404),
        ("no_team", 404),
        ("channel_not_found", 404),
        ("rollup_error", 500),
    ] {
        slack.webhook_state(&hook, HookState::Refuses(word.to_owned()));
        assert_eq!(send(r#"{"text":"a"}"#), is(status, word));
    }
    slack.webhook_state(&hook, HookState::Active);
    slack.channel(DEPLOYS, |channel| channel.is_archived = true);
    assert_eq!(send(r#"{"text":"a"}"#), is(410, "channel_is_archived"));
    let wrong = |url: String| request("POST", &url, &[], b"{}").unwrap().text();
    assert_eq!(wrong(format!("{hook}x")), "invalid_token");
    assert_eq!(wrong(hook.replace("B0HOOK", "B0NONE")), "no_service");
    assert_eq!(wrong(hook.replace("T0LAUNCHWAY", "T0OTHER")), "no_team");
    assert_eq!(slack.messages(DEPLOYS).len(), 2);
}

#[test]
fn triggers() {
    let slack = FakeSlack::start();
    let loud = slack.add_trigger(&["version"]);
    let silent = slack.add_silent_trigger(&[]);
    let send = |url: &str, body: &str| request("POST", url, &[], body.as_bytes()).unwrap();
    assert_eq!(send(&loud, r#"{"version":"1"}"#).json()["ok"], true);
    let quiet = send(&silent, "{}");
    assert_eq!((quiet.status, quiet.body.len()), (200, 0));
    assert_eq!(send(&loud, r#"{"version":1}"#).json()["error"], "invalid_workflow_input");
    assert_eq!(send(&loud, r#"{"version":"1","more":"x"}"#).status, 400);
    assert_eq!(send(&loud, "x").json()["error"], "invalid_json");
    assert_eq!(send(&format!("{loud}x"), "{}").status, 404);
    assert_eq!(slack.trigger_runs(&loud), [json!({ "version": "1" })]);
    assert_eq!(slack.trigger_runs(&silent).len(), 1);
}

#[test]
fn the_api_says_what_is_wrong_with_blocks() {
    let slack = FakeSlack::start();
    let body = json!({ "channel": DEPLOYS, "text": "a", "blocks": [{ "type": "nope" }] });
    let answer = call(&slack, "chat.postMessage", &body);
    assert_eq!(answer["error"], "invalid_blocks");
    let message = "unsupported type: nope [json-pointer:/blocks/0/type]";
    assert_eq!(answer["errors"], json!([message]));
    assert_eq!(answer["response_metadata"]["messages"], json!([format!("[ERROR] {message}")]));
    slack.blocks_total(10);
    let body = json!({ "channel": DEPLOYS, "text": "a", "blocks": [{ "type": "markdown", "text": "x".repeat(11) }] });
    assert_eq!(error(&slack, "chat.postMessage", &body), "msg_blocks_too_long");
}

//! Discord.

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::{How, Limit, Trouble};
use serde_json::{Value, json};

use super::{HOSTILE, run};

fn sent(discord: &FakeDiscord) -> Value {
    serde_json::from_str(&discord.requests().last().unwrap().body).unwrap()
}

#[test]
fn a_message_is_a_card_that_calls_only_who_is_named() {
    let discord = FakeDiscord::start();
    let url = discord.webhook();
    let inputs = [
        ("webhook", url.as_str()),
        ("title", HOSTILE),
        ("text", HOSTILE),
        ("status", "failure"),
        ("fields", "Version=1.4.2"),
        ("mentions", "failure: 123456789012345678 <@&223456789012345678> @everyone@nobody"),
    ];
    let done = run("discord", &inputs).success();
    assert_eq!(done.output("ok"), "true");
    assert!(
        !done.output("message-id").is_empty() && !done.output("channel-id").is_empty(),
        "{:?}",
        done.outputs
    );
    let body = sent(&discord);
    let allowed =
        json!({ "parse": [], "users": ["123456789012345678"], "roles": ["223456789012345678"] });
    assert_eq!(body["allowed_mentions"], allowed);
    let content = body["content"].as_str().unwrap();
    assert!(content.starts_with("<@123456789012345678> <@&223456789012345678> "), "{content}");
    assert!(!content.contains("@everyone") && !content.contains("@here"), "{content}");
    let card = &body["embeds"][0];
    assert_eq!(card["color"], 0x00e0_1e5a);
    assert_eq!(card["fields"][0]["name"], "Version");
    assert!(card["title"].as_str().unwrap().starts_with("❌ "));
    assert!(!done.log.contains(url.rsplit('/').next().unwrap()), "{}", done.log);
}

#[test]
fn nobody_is_called_unless_named() {
    let discord = FakeDiscord::start();
    run("discord", &[("webhook", &discord.webhook()), ("text", HOSTILE)]).success();
    let body = sent(&discord);
    assert_eq!(body["allowed_mentions"], json!({ "parse": [], "users": [], "roles": [] }));
    assert_eq!(body["content"], Value::Null);
}

#[test]
fn a_message_is_updated_and_an_update_may_be_repeated() {
    let discord = FakeDiscord::start();
    let url = discord.webhook();
    let started = [("webhook", url.as_str()), ("text", "one"), ("mentions", "123456789012345678")];
    let first = run("discord", &started).success();
    discord.fail(Trouble::after(How::Close));
    let id = first.output("message-id");
    let done = run("discord", &[("webhook", &url), ("text", "two"), ("update-id", id)]).success();
    assert_eq!((done.output("message-id"), done.output("attempts")), (id, "2"));
    let messages = discord.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["embeds"][0]["description"], "two");
    assert_eq!(messages[0]["content"], "");
    run("discord", &[("webhook", &url), ("text", "x"), ("update-id", "../1")]).exits(2);
}

#[test]
fn a_post_of_a_forum_is_opened_by_its_name() {
    let discord = FakeDiscord::start();
    let url = discord.webhook();
    let name = format!("Release\n{}", "é".repeat(200));
    run("discord", &[("webhook", &url), ("text", "x"), ("thread-name", &name)]).success();
    let body = sent(&discord);
    let shown = body["thread_name"].as_str().unwrap();
    assert!(shown.starts_with("Release é") && shown.chars().count() == 100, "{shown}");
    run("discord", &[("webhook", &url), ("text", "x"), ("thread-name", "")]).success();
    assert_eq!(sent(&discord)["thread_name"], Value::Null);
    for other in ["thread-id", "update-id"] {
        let inputs = [("webhook", url.as_str()), ("text", "x"), ("thread-name", "a"), (other, "1")];
        let done = run("discord", &inputs).exits(2);
        assert!(done.log.contains(&format!("`thread-name` and `{other}`")), "{}", done.log);
    }
    let forum = "Webhooks posted to forum channels must have a thread_name or thread_id";
    let forum = json!({ "message": forum, "code": 220_001 }).to_string();
    discord.fail(Trouble::before(How::Body(400, "application/json".into(), forum)));
    let done = run("discord", &[("webhook", &url), ("text", "x")]).exits(1);
    assert!(done.summary.contains("for a new post"), "{}", done.summary);
}

#[test]
fn troubles() {
    let discord = FakeDiscord::start();
    let url = discord.webhook();
    discord.fail(Trouble::before(How::Limit(Limit::Json(0.3))));
    let done = run("discord", &[("webhook", &url), ("text", "x")]).success();
    assert_eq!(done.output("attempts"), "2");
    discord.fail(Trouble::after(How::Close));
    run("discord", &[("webhook", &url), ("text", "y")]).exits(3);
    assert_eq!(discord.messages().len(), 2);
    let gone = json!({ "message": "Unknown Webhook", "code": 10015 }).to_string();
    discord.fail(Trouble::before(How::Body(404, "application/json".into(), gone)));
    let done = run("discord", &[("webhook", &url), ("text", "z")]).exits(1);
    assert!(done.log.contains("Unknown Webhook (10015)"), "{}", done.log);
    assert!(done.summary.contains("copy it again"), "{}", done.summary);
}

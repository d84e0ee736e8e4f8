//! Microsoft Teams.

use launchway_testkit::chat::teams::FakeTeams;
use launchway_testkit::chat::{How, Trouble};
use serde_json::{Value, json};

use super::{HOSTILE, run};

#[test]
fn a_message_is_a_card_that_calls_only_who_is_named() {
    let teams = FakeTeams::start();
    let url = teams.webhook();
    let inputs = [
        ("webhook", url.as_str()),
        ("title", HOSTILE),
        ("text", HOSTILE),
        ("status", "success"),
        ("fields", "Version=1.4.2\nBy=<at>Boss</at>"),
        ("mentions", "ann@example.com @nobody @everyone"),
    ];
    let done = run("teams", &inputs).success();
    assert_eq!(done.output("ok"), "true");
    let card = &teams.cards()[0];
    assert_eq!((&card["version"], &card["body"][0]["style"]), (&json!("1.4"), &json!("good")));
    let entities = json!([{
        "type": "mention",
        "text": "<at>ann</at>",
        "mentioned": { "id": "ann@example.com", "name": "ann" },
    }]);
    assert_eq!(card["msteams"]["entities"], entities);
    let text = card.to_string();
    assert_eq!(text.matches("<at>").count(), 2, "{text}");
    // What is escaped is no link.
    let body = card["body"].to_string().replace("\\\\](", "");
    assert!(!body.contains("](javascript:"), "{body}");
    for secret in url.split(['/', '=', '&', '?']).filter(|part| part.len() >= 20) {
        assert!(!done.log.contains(secret), "{}", done.log);
    }
}

#[test]
fn the_bar_of_the_title_leads_to_the_run_and_jobs_stand_close_to_their_heading() {
    let teams = FakeTeams::start();
    let needs = r#"{"test":{"result":"failure"},"lint":{"result":"success"}}"#;
    let inputs = [("webhook", teams.webhook()), ("template", "ci".into()), ("needs", needs.into())];
    let inputs: Vec<_> = inputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    run("teams", &inputs).success();
    let body = &teams.cards()[0]["body"];
    let bar = &body[0];
    assert_eq!((&bar["type"], &bar["style"]), (&json!("Container"), &json!("attention")));
    assert_eq!(bar["selectAction"]["type"], "Action.OpenUrl");
    assert!(bar["selectAction"]["url"].as_str().unwrap().contains("/actions/runs/"), "{bar}");
    // A link would take the colour of the bar's text away.
    assert!(!bar["items"][0]["text"].as_str().unwrap().contains("]("), "{bar}");
    let all = body.as_array().unwrap();
    let at = all.iter().position(|one| one["text"] == "Other jobs").unwrap();
    assert_eq!((&all[at]["weight"], &all[at + 1]["spacing"]), (&json!("Bolder"), &json!("Small")));
    assert_eq!(all[at + 1]["text"], "✅ lint");
}

#[test]
fn troubles() {
    let teams = FakeTeams::start();
    let url = teams.webhook();
    teams.fail(Trouble::after(How::Status(502)));
    let done = run("teams", &[("webhook", &url), ("text", "x")]).exits(3);
    assert_eq!((done.output("error"), teams.cards().len()), ("unknown", 1));
    let said = "Webhook message delivery failed with error: no such channel".to_owned();
    teams.fail(Trouble::before(How::Body(200, "text/plain".into(), said)));
    let done = run("teams", &[("webhook", &url), ("text", "x")]).exits(1);
    assert!(done.log.contains("no such channel"), "{}", done.log);
}

#[test]
fn a_long_message_fits_and_links_to_the_rest() {
    let teams = FakeTeams::start();
    let text = "é<&\"\n\n".repeat(10_000);
    run("teams", &[("webhook", &teams.webhook()), ("title", "Long"), ("text", &text)]).success();
    let body = &teams.requests()[0].body;
    assert!((14_000..=28_000).contains(&body.len()), "{}", body.len());
    assert_ne!(teams.cards()[0]["body"], Value::Null);
}

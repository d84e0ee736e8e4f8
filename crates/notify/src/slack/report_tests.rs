use clap::Parser;
use serde_json::json;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    inputs: Inputs,
}

fn told(ended: Ended, status: Option<u16>, body: &str) -> Told {
    Told {
        what: "chat.postMessage".to_owned(),
        ended: Some(ended),
        status,
        body: body.to_owned(),
        attempts: 1,
        done: None,
        failure: None,
    }
}

const TAKEN: &str = r#"{"ok":true,"channel":"C1","ts":"1.2","message":{"text":"hi"}}"#;

#[test]
fn what_fails_the_step() {
    for (arguments, expected) in [
        (&[][..], true),
        (&["--errors=true"], true),
        (&["--errors=false"], false),
        (&["--fail-on-error=true"], true),
        (&["--fail-on-error=false"], false),
        (&["--fail-on-error=true", "--errors=false"], true),
        (&["--fail-on-error=false", "--errors=true"], false),
    ] {
        let line = Line::try_parse_from([&["x"], arguments].concat()).unwrap();
        assert_eq!(fails(&line.inputs), expected, "{arguments:?}");
    }
}

#[test]
fn every_end_has_a_word_a_code_and_a_remedy() {
    let why = || "no answer within 10s".to_owned();
    for (ended, word, code, said, hint) in [
        (
            Ended::Refused("not_in_channel".into()),
            "not_in_channel",
            1,
            "Slack refused chat.postMessage: `not_in_channel`",
            "/invite",
        ),
        (
            Ended::Refused("brand_new_word".into()),
            "brand_new_word",
            1,
            "Slack refused chat.postMessage: `brand_new_word`",
            "",
        ),
        (
            Ended::Ambiguous(why()),
            "unknown",
            3,
            "whether Slack took chat.postMessage is unknown: no answer within 10s",
            "the message may be there",
        ),
        (
            Ended::Exhausted(why()),
            "unreachable",
            3,
            "Slack did not get chat.postMessage: no answer within 10s",
            "nothing was posted",
        ),
        (
            Ended::OutOfTime(why()),
            "deadline",
            3,
            "Slack did not get chat.postMessage in time: no answer within 10s",
            "`deadline-seconds`",
        ),
    ] {
        let told = told(ended, None, "");
        let failure = failure(&told).unwrap();
        assert_eq!((failure.kind().code(), failure.chain().as_str()), (code, said));
        assert!(failure.hint().unwrap().contains(hint), "{word}: {:?}", failure.hint());
        let outputs = outputs(&[told], None, 7);
        assert_eq!((outputs.ok.as_deref(), outputs.error.as_deref()), (Some("false"), Some(word)));
    }
    assert!(failure(&told(Ended::Done, Some(200), TAKEN)).is_none());
    assert!(failure(&Told::default()).is_none());
}

#[test]
fn a_failure_that_is_known_better_is_told_as_it_is() {
    let known = Failure::rejected("the app is in no channel `x`").with_hint("invite it");
    let told = Told { failure: Some(known), ..told(Ended::Done, Some(200), TAKEN) };
    assert!(!told.is_ok());
    let failure = failure(&told).unwrap();
    assert_eq!((failure.kind().code(), failure.hint()), (1, Some("invite it")));
    assert_eq!(failure.chain(), "the app is in no channel `x`");
}

#[test]
fn a_refusal_names_scopes_and_places() {
    for (answer, said) in [
        (
            json!({"needed": "chat:write", "provided": "im:read"}),
            " (needed is `chat:write`, the token has `im:read`)",
        ),
        (
            json!({"response_metadata": {"messages": ["[ERROR] too long [json-pointer:/blocks/0]", "[ERROR] too long [json-pointer:/blocks/0]"]}, "errors": ["b"]}),
            " (b; too long [json-pointer:/blocks/0])",
        ),
        (json!({"needed": 7, "errors": "no list"}), ""),
        (json!([]), ""),
        (json!("text"), ""),
    ] {
        assert_eq!(detail(&answer), said);
    }
    let many: Vec<_> = (0..99).map(|at| format!("{at:02}")).collect();
    assert_eq!(detail(&json!({ "errors": many })).split(';').count(), 10);
}

#[test]
fn outputs_are_of_the_message_and_of_what_went_wrong_first() {
    let posted = || told(Ended::Done, Some(200), TAKEN);
    let all = outputs(&[posted()], Some("https://x.example/p1".into()), 7);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    assert_eq!(
        [
            &all.ok,
            &all.ts,
            &all.thread_ts,
            &all.channel_id,
            &all.status_code,
            &all.error,
            &all.attempts,
            &all.time
        ]
        .map(text),
        ["true", "1.2", "1.2", "C1", "200", "", "1", "7"]
    );
    assert_eq!(
        (text(&all.response).as_str(), text(&all.permalink).as_str()),
        (TAKEN, "https://x.example/p1")
    );

    // The message was sent, and the reaction refused.
    let refused = told(Ended::Refused("invalid_name".into()), Some(429), "{}");
    let all = outputs(&[posted(), refused], None, 7);
    assert_eq!(
        [&all.ok, &all.ts, &all.status_code, &all.error, &all.response].map(text),
        ["false", "1.2", "429", "invalid_name", TAKEN]
    );

    // An answer in a thread belongs to its message.
    let answer = r#"{"channel":{"id":"C2"},"message":{"ts":"3.4","thread_ts":"1.2"}}"#;
    let all = outputs(&[told(Ended::Done, Some(200), answer)], None, 7);
    assert_eq!([&all.ts, &all.thread_ts, &all.channel_id].map(text), ["3.4", "1.2", "C2"]);

    // Nothing was sent.
    let all = outputs(&[], None, 7);
    assert_eq!(
        [&all.ok, &all.attempts, &all.response, &all.error].map(text),
        ["true", "0", "", ""]
    );
    assert_eq!((all.ts, all.channel_id, all.status_code), (None, None, None));
}

#[test]
fn an_answer_is_json_whatever_it_was_and_no_larger_than_an_output() {
    for (body, response) in [
        ("ok", "\"ok\""),
        ("", "\"\""),
        ("null", "null"),
        ("<html>\"&\n", "\"<html>\\\"&\\n\""),
        (r#"{"ok":true}"#, r#"{"ok":true}"#),
    ] {
        let all = outputs(&[told(Ended::Done, Some(200), body)], None, 7);
        assert_eq!(all.response.as_deref(), Some(response), "{body}");
    }
    let long = "x".repeat(RESPONSE);
    let answer = json!({ "ts": "y".repeat(TEXT + 1), "channel": "C1" }).to_string();
    let all = outputs(&[told(Ended::Done, Some(200), &long)], Some("z".repeat(TEXT + 1)), 7);
    assert_eq!((all.response.as_deref(), all.permalink), (Some(""), None));
    let all = outputs(&[told(Ended::Done, Some(200), &answer)], None, 7);
    assert_eq!((all.ts, all.channel_id.as_deref()), (None, Some("C1")));
}

#[test]
fn the_log_says_where_and_the_summary_links() {
    let mut one = told(Ended::Done, Some(200), TAKEN);
    assert_eq!(one.success(), "Slack took chat.postMessage in C1 as 1.2");
    one.attempts = 3;
    one.body = "ok".to_owned();
    assert_eq!(one.success(), "Slack took chat.postMessage, in 3 requests");
    one.done = Some("the message was updated".to_owned());
    assert_eq!(one.success(), "the message was updated");

    let all = outputs(&[told(Ended::Done, Some(200), TAKEN)], None, 7);
    assert!(summary(&all, "Deployed").is_none());
    let all = Outputs { permalink: Some("https://x.example/p1".into()), ..all };
    let text = summary(&all, "a](https://evil.example) <b>").unwrap().render();
    assert!(text.contains("](https://x.example/p1) was sent to Slack."), "{text}");
    assert!(text.starts_with(r"[a\](https://evil.example) &lt;b&gt;]("), "{text}");
    assert!(summary(&all, "").unwrap().render().contains("The message"));
}

#[test]
fn an_answer_that_means_harm_is_no_id_and_no_link() {
    let body =
        json!({ "ok": true, "channel": "C1\n::set-output name=a::b", "ts": "1.2\u{1b}[31m" });
    let all = [told(Ended::Done, Some(200), &body.to_string())];
    for link in ["javascript:alert(1)", "https://a.example/\n[x](y)", "data:text/html,x"] {
        let got = outputs(&all, Some(link.to_owned()), 7);
        assert_eq!((got.channel_id, got.ts, got.permalink), (None, None, None), "{link}");
    }
}

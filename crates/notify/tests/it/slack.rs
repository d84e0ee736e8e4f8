//! `slack` against a workspace that keeps state: one message, or a clear word on why not.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

use std::time::{Duration, Instant};

use launchway_testkit::chat::{How as Goes, Limit, Trouble};
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, OCTOCAT};
use serde_json::Value;

use crate::ways::each;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

fn run(inputs: &[(&str, &str)]) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    FakeRunner::new(dir.path()).run_program(PROGRAM, &["slack"], How::Json, inputs)
}

/// By token, with these inputs besides.
fn by_token(slack: &FakeSlack, more: &[(&str, &str)]) -> StepRun {
    let api = slack.api_url();
    let base = [("token", BOT_TOKEN), ("api-url", api.as_str()), ("channel", DEPLOYS)];
    run(&[&base, more].concat())
}

fn by_webhook(slack: &FakeSlack, more: &[(&str, &str)]) -> StepRun {
    let url = slack.add_webhook(DEPLOYS);
    let step = run(&[&[("webhook", url.as_str())], more].concat());
    let secret = url.rsplit('/').next().unwrap();
    assert!(!step.log.contains(secret), "{}", step.log);
    assert!(!step.log.contains(&url), "{}", step.log);
    step
}

const HELLO: (&str, &str) = ("text", "hello & <!channel>");

#[test]
fn a_token_posts_once_and_tells_where() {
    let slack = FakeSlack::start();
    let step = by_token(&slack, &[HELLO]).success();
    let all = slack.messages(DEPLOYS);
    assert_eq!(all.len(), 1);
    assert!(all[0].text.contains("hello &amp; &lt;!channel&gt;"), "{}", all[0].text);
    assert_eq!(step.output("ok"), "true");
    assert_eq!(
        (step.output("ts"), step.output("thread_ts")),
        (all[0].ts.as_str(), all[0].ts.as_str())
    );
    assert_eq!((step.output("channel-id"), step.output("channel_id")), (DEPLOYS, DEPLOYS));
    assert!(step.output("permalink").contains(DEPLOYS), "{}", step.output("permalink"));
    assert_eq!((step.output("status-code"), step.output("attempts")), ("200", "1"));
    assert_eq!(step.output("error"), "");
    assert_eq!(step.output_json("response")["ok"], true);
    assert!(step.output("time").parse::<u64>().unwrap() > 1_700_000_000);
    assert_eq!(slack.calls(), ["chat.postMessage", "chat.getPermalink"]);
}

#[test]
fn a_webhook_posts_once() {
    let slack = FakeSlack::start();
    let step = by_webhook(&slack, &[HELLO]).success();
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    assert_eq!((step.output("ok"), step.output("response")), ("true", "\"ok\""));
}

#[test]
fn a_trigger_starts_once_even_when_it_answers_nothing() {
    let slack = FakeSlack::start();
    for url in [slack.add_trigger(&["version"]), slack.add_silent_trigger(&["version"])] {
        let step = run(&[("webhook", &url), ("payload", r#"{"version":"1.2 & 3"}"#)]).success();
        assert_eq!(slack.trigger_runs(&url), [serde_json::json!({"version": "1.2 & 3"})]);
        assert_eq!(step.output("ok"), "true");
    }
}

#[test]
fn a_webhook_that_may_have_posted_is_not_used_again() {
    let hang = Duration::from_secs(30);
    for goes in [
        Goes::Status(500),
        Goes::Status(502),
        Goes::Empty,
        Goes::Close,
        Goes::Reset,
        Goes::Hang,
        Goes::Garbage,
        Goes::Truncated,
        Goes::Word("rollup_error".into()),
        Goes::Slow(hang),
    ] {
        let slack = FakeSlack::start();
        slack.fail(Trouble::after(goes.clone()).always());
        let step = by_webhook(&slack, &[HELLO, ("timeout-seconds", "1")]).exits(3);
        assert_eq!(slack.messages(DEPLOYS).len(), 1, "{goes:?}");
        assert_eq!((step.output("ok"), step.output("error")), ("false", "unknown"), "{goes:?}");
        assert!(step.messages("error")[0].contains("unknown"), "{goes:?}: {}", step.log);
    }
}

#[test]
fn on_ambiguous_retry_sends_again() {
    let slack = FakeSlack::start();
    slack.fail(Trouble::after(Goes::Status(500)));
    let step = by_webhook(&slack, &[HELLO, ("on-ambiguous", "retry")]).success();
    assert_eq!(slack.messages(DEPLOYS).len(), 2);
    assert_eq!(step.output("attempts"), "2");
}

#[test]
fn a_drip_ends_with_the_timeout() {
    let slack = FakeSlack::start();
    slack.fail(Trouble::after(Goes::Drip(Duration::from_millis(700))).always());
    let began = Instant::now();
    by_webhook(&slack, &[HELLO, ("timeout-seconds", "1")]).exits(3);
    assert!(began.elapsed() < Duration::from_secs(8));
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
}

#[test]
fn a_token_post_that_may_be_there_is_not_repeated_and_an_update_is() {
    let slack = FakeSlack::start();
    slack.fail(Trouble::after(Goes::Close).on("chat.postMessage"));
    by_token(&slack, &[HELLO]).exits(3);
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    let ts = slack.messages(DEPLOYS)[0].ts.clone();
    slack.fail(Trouble::after(Goes::Close).on("chat.update"));
    let step = by_token(&slack, &[("text", "done"), ("update-ts", &ts)]).success();
    assert_eq!((slack.messages(DEPLOYS).len(), step.output("attempts")), (1, "2"));
    assert!(slack.messages(DEPLOYS)[0].text.contains("done"));
}

#[test]
fn rate_limits_in_every_form_are_waited_for() {
    let limits = [
        Limit::Usual(1),
        Limit::Text,
        Limit::Json(0.3),
        Limit::Both(1, 0.3),
        Limit::Garbled,
        Limit::Bare,
    ];
    each(&limits, |limit| {
        let slack = FakeSlack::start();
        slack.fail(Trouble::before(Goes::Limit(limit.clone())).on("chat.postMessage"));
        let step = by_token(&slack, &[HELLO]).success();
        assert_eq!((slack.messages(DEPLOYS).len(), step.output("attempts")), (1, "2"), "{limit:?}");
        assert!(step.log.contains("waiting"), "{}", step.log);
        slack.fail(Trouble::before(Goes::Limit(limit.clone())).on("webhook"));
        by_webhook(&slack, &[HELLO]).success();
        assert_eq!(slack.messages(DEPLOYS).len(), 2, "{limit:?}");
    });
}

#[test]
fn a_wait_past_the_deadline_is_named_and_not_begun() {
    let slack = FakeSlack::start();
    slack.fail(Trouble::before(Goes::Limit(Limit::Usual(30))).always());
    let began = Instant::now();
    let step = by_webhook(&slack, &[HELLO, ("deadline-seconds", "5")]).exits(3);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!((step.output("error"), slack.messages(DEPLOYS).len()), ("deadline", 0));
    assert!(step.messages("error")[0].contains("30s"), "{}", step.log);
}

#[test]
fn nobody_there_is_tried_again_and_then_said() {
    let inputs = [
        ("webhook", "http://127.0.0.1:9/services/T1/B1/swordfishswordfish"),
        HELLO,
        ("retries", "2"),
    ];
    let step = run(&inputs).exits(3);
    assert_eq!((step.output("error"), step.output("attempts")), ("unreachable", "3"));
    let said = step.messages("error")[0];
    assert!(said.contains("cannot connect") && said.contains("HTTPS_PROXY"), "{said}");
    assert!(!step.log.contains("swordfish"), "{}", step.log);
}

#[test]
fn a_refusal_is_slacks_word_and_what_to_do() {
    let slack = FakeSlack::start();
    for word in ["not_in_channel", "invalid_auth", "channel_not_found", "invalid_blocks"] {
        slack.heal().fail(Trouble::before(Goes::Word(word.into())).always());
        let step = by_token(&slack, &[HELLO]).exits(1);
        assert_eq!((step.output("ok"), step.output("error")), ("false", word));
        let said = step.messages("error")[0].to_owned();
        assert!(said.contains(word) && said.contains("hint: "), "{said}");
        for quiet in [("fail-on-error", "false"), ("errors", "false")] {
            let step = by_token(&slack, &[HELLO, quiet]).success();
            assert_eq!(step.output("ok"), "false");
            assert!(step.messages("warning")[0].contains(word), "{}", step.log);
        }
        let step = by_token(&slack, &[HELLO, ("errors", "false"), ("fail-on-error", "true")]);
        assert_eq!(step.exit_code, 1);
        by_webhook(&slack, &[HELLO]).exits(1);
    }
    assert!(slack.messages(DEPLOYS).is_empty());
}

#[test]
fn a_scope_that_is_missing_is_named() {
    let slack = FakeSlack::start();
    slack.limit_scopes(BOT_TOKEN, &["channels:read"]);
    let step = by_token(&slack, &[HELLO]).exits(1);
    let said = step.messages("error")[0].to_owned();
    assert!(said.contains("missing_scope") && said.contains("chat:write"), "{said}");
}

#[test]
fn answers_reactions_and_files_go_to_the_message() {
    let slack = FakeSlack::start();
    let ts = by_token(&slack, &[HELLO]).success().output("ts").to_owned();
    let step =
        by_token(&slack, &[("text", "more"), ("thread-ts", &ts), ("reply-broadcast", "true")]);
    assert_eq!(step.success().output("thread-ts"), ts);
    for _ in 0..2 {
        by_token(&slack, &[("update-ts", &ts), ("reaction", ":tada:")]).success();
    }
    assert_eq!(slack.messages(DEPLOYS).len(), 2);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("build.log");
    std::fs::write(&path, "line 1\n").unwrap();
    let path = path.to_str().unwrap();
    by_token(&slack, &[("text", "a log"), ("snippet", path)]).success();
    assert_eq!(slack.files().len(), 1);
    assert_eq!(slack.hosts_that_saw(BOT_TOKEN).len(), 1, "the token goes to one host");
}

#[test]
fn what_is_for_one_person_is_seen_by_nobody_else() {
    let slack = FakeSlack::start();
    let ts = by_token(&slack, &[HELLO]).success().output("ts").to_owned();
    slack.forget_requests();
    let step = by_token(&slack, &[("text", "psst"), ("ephemeral-to", OCTOCAT)]).success();
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    let seen = slack.all_messages().pop().unwrap();
    assert_eq!(seen.ephemeral_to.as_deref(), Some(OCTOCAT));
    assert!(seen.text.contains("psst"));
    assert_eq!((step.output("ok"), step.output("ts")), ("true", seen.ts.as_str()));
    assert_eq!(step.output("permalink"), "", "nobody else could follow it");
    let in_thread = [("text", "psst"), ("ephemeral-to", OCTOCAT), ("thread-ts", ts.as_str())];
    by_token(&slack, &in_thread).success();
    assert_eq!(slack.all_messages().pop().unwrap().thread_ts, Some(ts));
    let stranger = by_token(&slack, &[("text", "psst"), ("ephemeral-to", "U0STRANGER")]).exits(1);
    assert_eq!(stranger.output("error"), "user_not_in_channel");
    assert!(stranger.messages("error")[0].contains("`ephemeral-to`"), "{}", stranger.log);
    slack.channel(DEPLOYS, |channel| channel.is_archived = true);
    by_token(&slack, &[("text", "psst"), ("ephemeral-to", OCTOCAT)]).exits(1);
    assert_eq!(slack.all_messages().len(), 3);
}

#[test]
fn a_file_is_no_whisper() {
    let slack = FakeSlack::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("build.log");
    std::fs::write(&path, "line 1\n").unwrap();
    let inputs = [("text", "psst"), ("ephemeral-to", OCTOCAT), ("snippet", path.to_str().unwrap())];
    let step = by_token(&slack, &inputs).exits(2);
    assert!(step.messages("error")[0].contains("`ephemeral-to` and `snippet`"), "{}", step.log);
    assert!(slack.requests().is_empty());
}

#[test]
fn a_dry_run_prints_the_body_and_sends_nothing() {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let program = launchway_testkit::Scrubbed::new(PROGRAM).args([
        "slack",
        "--token",
        BOT_TOKEN,
        "--api-url",
        &api,
        "--channel",
        DEPLOYS,
        "--text",
        "hello",
        "--dry-run",
    ]);
    let done = program.run().success();
    let body: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(body["channel"], DEPLOYS);
    assert!(body["text"].as_str().unwrap().contains("hello"));
    assert!(done.stderr.contains("block-kit-builder"), "{}", done.stderr);
    assert!(!done.all().contains(BOT_TOKEN));
    assert!(slack.requests().is_empty());
}

#[test]
fn bad_input_is_said_before_anything_is_sent() {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let hook = slack.add_webhook(DEPLOYS);
    let (token, api) = (("token", BOT_TOKEN), ("api-url", api.as_str()));
    let (hook, channel) = (("webhook", hook.as_str()), ("channel", DEPLOYS));
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[HELLO], "neither a `token` nor a `webhook`"),
        (&[token, hook, HELLO], "both"),
        (&[hook, HELLO, ("key", "k")], "`key` needs a `token`"),
        (&[hook, HELLO, ("update-ts", "1.2")], "`update-ts` needs a `token`"),
        (&[token, api, HELLO], "`channel` is missing"),
        (&[token, api, channel], "nothing to say"),
        (&[token, api, ("channel", "#deploys"), HELLO, ("update-ts", "1.2")], "needs the id"),
        (&[token, api, channel, HELLO, ("payload", "text: x")], "both"),
        (&[token, api, channel, HELLO, ("reply-broadcast", "true")], "needs `thread-ts`"),
        (&[token, ("api-url", "http://slack.com/api"), channel, HELLO], "`https`"),
        (&[("webhook", "http://hooks.slack.com/services/a"), HELLO], "`https`"),
        (&[token, api, channel, HELLO, ("retries", "many")], "RAPID"),
        (&[token, api, ("method", "../x"), ("payload", "{}")], "`method`"),
        (&[token, api, channel, ("snippet", "no/such.log")], "cannot read"),
    ];
    for (inputs, said) in cases {
        let quiet = [inputs, &[("fail-on-error", "false")][..]].concat();
        let step = run(&quiet).exits(2);
        assert!(step.messages("error")[0].contains(said), "{said}: {}", step.log);
    }
    assert!(slack.requests().is_empty());
}

#[test]
fn fields_can_be_named_in_a_payload() {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let inputs = [
        ("token", BOT_TOKEN),
        ("api-url", api.as_str()),
        ("channel", DEPLOYS),
        ("fields", "Image=a \"b\": {{ sha }}"),
        ("payload", "text: \"Built {{ fields.Image }}\""),
    ];
    run(&inputs).success();
    assert_eq!(slack.messages(DEPLOYS)[0].text, "Built a \"b\": {{ sha }}");
}

#[test]
fn a_step_written_for_the_other_action_works() {
    let slack = FakeSlack::start();
    let api = format!("{}/", slack.api_url());
    let payload = format!("channel: {DEPLOYS}\ntext: \"hi: there\"\n");
    let inputs = [
        ("token", BOT_TOKEN),
        ("method", "chat.postMessage"),
        ("payload", payload.as_str()),
        ("api", api.as_str()),
        ("errors", "true"),
        ("retries", "RAPID"),
    ];
    let step = run(&inputs).success();
    assert_eq!(slack.messages(DEPLOYS)[0].text, "hi: there");
    assert_eq!(step.output("channel_id"), DEPLOYS);
}

#[test]
fn a_token_in_a_payload_is_refused_and_shown_nowhere() {
    let slack = FakeSlack::start();
    let payload = r#"{"channel":"C0DEPLOYS01","text":"x","token":"xoxb-9-9-swordfish"}"#;
    for more in [&[][..], &[("method", "chat.postMessage")], &[("dry-run", "true")]] {
        let step = by_token(&slack, &[&[("payload", payload)], more].concat()).exits(2);
        assert!(step.log.contains("`token` stands in the payload"), "{}", step.log);
        assert!(!step.log.contains("swordfish"), "{}", step.log);
    }
    assert!(slack.calls().is_empty());
}

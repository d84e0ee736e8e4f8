//! The generic webhook.

use launchway_testkit::chat::generic::{Receiver, hmac};
use launchway_testkit::chat::{How, Trouble};
use serde_json::{Value, json};

use super::{HOSTILE, run};

#[test]
fn the_message_arrives_signed_and_with_a_key() {
    let receiver = Receiver::unsigned();
    let url = receiver.url("/hooks/a-secret-path-4711");
    let inputs = [
        ("webhook", url.as_str()),
        ("secret", "swordfish-4711"),
        ("headers", "Authorization: Bearer tok_8812_secret\nX-Team: web"),
        ("key", "deploy-prod"),
        ("title", "Deployed"),
        ("status", "success"),
        ("text", HOSTILE),
        ("fields", "Version=1.4.2\nFormula=a=b"),
    ];
    let done = run("webhook", &inputs).success();
    assert_eq!(
        (done.output("ok"), done.output("attempts"), done.output("status-code")),
        ("true", "1", "200")
    );
    let asked = &receiver.requests()[0];
    let header = |name: &str| {
        asked
            .headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let signed = format!("{}.{}", header("x-launchway-timestamp"), asked.body);
    let expected = format!("sha256={}", hmac(b"swordfish-4711", signed.as_bytes()));
    assert_eq!(header("x-launchway-signature"), expected);
    assert_eq!(header("idempotency-key"), done.output("idempotency-key"));
    assert_eq!(header("idempotency-key").len(), 64);
    assert_eq!((header("authorization"), header("x-team")), ("Bearer tok_8812_secret", "web"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["schema"], "launchway-notify/1");
    assert_eq!(
        (&body["key"], &body["status"], &body["title"]),
        (&json!("deploy-prod"), &json!("success"), &json!("✅ Deployed"))
    );
    assert_eq!(body["fields"][1], json!({ "name": "Formula", "value": "a=b", "url": null }));
    assert_eq!(body["mentions"], json!([]));
    assert!(body["text"].as_str().unwrap().contains("@everyone"));
    for secret in ["swordfish-4711", "tok_8812_secret", "a-secret-path-4711"] {
        assert!(!done.log.contains(secret), "{}", done.log);
    }
    super::schema::hold(asked.body.as_bytes());
}

#[test]
fn a_secret_an_answer_repeats_in_json_is_in_no_output() {
    for status in [200, 400] {
        let receiver = Receiver::unsigned();
        let said = json!({
            "got": "Bearer sw\"ord\\fish-4711",
            "url": "a%2Fpath-4711",
            "path": "/hooks/a4711",
        });
        receiver.fail(Trouble::after(How::Body(
            status,
            "application/json".into(),
            said.to_string(),
        )));
        let url = receiver.url("/hooks/a4711?sig=a%2Fpath-4711");
        let headers = "Authorization: Bearer sw\"ord\\fish-4711";
        let done = run("webhook", &[("webhook", &url), ("headers", headers), ("text", "x")]);
        for output in ["response", "error"] {
            assert!(!done.output(output).contains("4711"), "{}", done.output(output));
        }
        assert!(done.output("response").contains("***"), "{}", done.output("response"));
    }
}

#[test]
fn what_may_have_arrived_is_sent_no_second_time_unless_asked() {
    for how in [How::Close, How::Status(502), How::Truncated] {
        let receiver = Receiver::unsigned();
        receiver.fail(Trouble::after(how.clone()));
        let url = receiver.url("/hook");
        let done = run("webhook", &[("webhook", &url), ("text", "x")]).exits(3);
        assert_eq!(receiver.taken().len(), 1, "{how:?}");
        assert_eq!(done.output("error"), "unknown", "{how:?}");
        assert_eq!(done.output("ok"), "false");
    }
    let receiver = Receiver::unsigned();
    receiver.fail(Trouble::after(How::Close));
    let url = receiver.url("/hook");
    run("webhook", &[("webhook", &url), ("text", "x"), ("on-ambiguous", "retry")]).success();
    let keys = receiver.requests().into_iter().map(|asked| {
        asked.headers.into_iter().find(|(name, _)| name == "idempotency-key").unwrap().1
    });
    let keys: Vec<String> = keys.collect();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
}

#[test]
fn refusals_and_bad_inputs_name_no_secret() {
    let receiver = Receiver::unsigned();
    receiver.fail(
        Trouble::before(How::Body(
            403,
            "text/plain".into(),
            "no, a-secret-path-4711 is off".into(),
        ))
        .always(),
    );
    let url = receiver.url("/hooks/a-secret-path-4711");
    let done = run("webhook", &[("webhook", &url), ("text", "x")]).exits(1);
    assert!(done.log.contains("403: no, *** is off"), "{}", done.log);
    let quiet =
        run("webhook", &[("webhook", &url), ("text", "x"), ("fail-on-error", "false")]).success();
    assert_eq!(quiet.messages("warning").len(), 1, "{}", quiet.log);
    assert_eq!(receiver.requests().len(), 2);
    for bad in [
        "http://example.com/a-secret-path-4711",
        "a-secret-path-4711",
        "ftp://h/a-secret-path-4711",
    ] {
        let done =
            run("webhook", &[("webhook", bad), ("text", "x"), ("fail-on-error", "false")]).exits(2);
        assert!(!done.log.contains("a-secret-path-4711"), "{}", done.log);
    }
    run("webhook", &[("text", "x")]).exits(2);
    let key = "k".repeat(501);
    run("webhook", &[("text", "x"), ("key", &key), ("dry-run", "true")]).exits(2);
}

#[test]
fn a_rate_limit_is_waited_for() {
    let receiver = Receiver::unsigned();
    let limit = launchway_testkit::chat::Limit::Usual(1);
    receiver.fail(Trouble::before(How::Limit(limit)));
    let url = receiver.url("/hook");
    let done = run("webhook", &[("webhook", &url), ("text", "x")]).success();
    assert_eq!(done.output("attempts"), "2");
    assert!(done.elapsed.as_millis() >= 1000);
    assert_eq!(receiver.taken().len(), 1);
}

#[test]
fn a_dry_run_sends_nothing() {
    let done = run("webhook", &[("dry-run", "true"), ("text", "hello")]).success();
    assert!(done.log.contains("\"text\":\"hello\""), "{}", done.log);
}

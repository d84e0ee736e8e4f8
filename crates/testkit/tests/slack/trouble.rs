//! What goes wrong when it is told to, and rates.

use std::time::{Duration, Instant};

use launchway_testkit::chat::{How, Limit, Trouble};
use launchway_testkit::client::{Answer, request};
use launchway_testkit::slack::{DEPLOYS, FakeSlack};
use serde_json::json;

use crate::{call, call_as, error, post, try_call};

/// Whether the sender sees what it should.
type Seen<'a> = &'a dyn Fn(std::io::Result<Answer>) -> bool;

#[test]
fn rates() {
    let slack = FakeSlack::start();
    slack.throttle("chat.postMessage", 1, Duration::from_secs(2));
    slack.throttle("webhook", 1, Duration::from_secs(2));
    post(&slack, "one");
    let body = json!({ "channel": DEPLOYS, "text": "two" });
    let no = try_call(&slack, "chat.postMessage", &body).unwrap();
    assert_eq!((no.status, no.header("retry-after")), (429, Some("2")));
    assert_eq!(no.json()["error"], "ratelimited");
    let hook = slack.add_webhook(DEPLOYS);
    let send = || request("POST", &hook, &[], br#"{"text":"a"}"#).unwrap();
    assert_eq!(send().status, 200);
    let no = send();
    assert_eq!(
        (no.status, no.text().as_str(), no.header("retry-after")),
        (429, "rate_limited", Some("2"))
    );
    std::thread::sleep(Duration::from_millis(2_050));
    post(&slack, "two");
}

#[test]
fn limits_come_in_many_forms() {
    let slack = FakeSlack::start();
    let hook = slack.add_webhook(DEPLOYS);
    let send = |limit: Limit| {
        slack.fail(Trouble::before(How::Limit(limit)).on("webhook"));
        let answer = request("POST", &hook, &[], br#"{"text":"a"}"#).unwrap();
        assert_eq!(answer.status, 429);
        (answer.header("retry-after").map(str::to_owned), answer)
    };
    let (header, answer) = send(Limit::Usual(3));
    assert_eq!((header.as_deref(), answer.text().as_str()), (Some("3"), "rate_limited"));
    assert_eq!(send(Limit::Text).0, None);
    let (header, answer) = send(Limit::Json(1.5));
    assert_eq!((header, &answer.json()["retry_after"]), (None, &json!(1.5)));
    let (header, answer) = send(Limit::Both(2, 1.5));
    assert_eq!((header.as_deref(), &answer.json()["retry_after"]), (Some("2"), &json!(1.5)));
    assert!(send(Limit::Date(Duration::from_secs(9))).0.unwrap().ends_with("GMT"));
    assert_eq!(send(Limit::Garbled).0.as_deref(), Some("soon"));
    assert!(send(Limit::Bare).1.body.is_empty());
    assert!(slack.messages(DEPLOYS).is_empty());
}

#[test]
fn it_fails_before_and_after() {
    let slack = FakeSlack::start();
    let body = json!({ "channel": DEPLOYS, "text": "a" });
    let send = || try_call(&slack, "chat.postMessage", &body);
    let hows: [(How, Seen<'_>); 8] = [
        (How::Status(502), &|got| got.unwrap().status == 502),
        (How::Close, &|got| got.is_err()),
        (How::Reset, &|got| got.is_err()),
        (How::Garbage, &|got| got.is_err() || got.unwrap().json().is_null()),
        (How::Empty, &|got| got.unwrap().body.is_empty()),
        (How::NotJson, &|got| got.unwrap().json().is_null()),
        (How::Truncated, &|got| got.unwrap().body.len() < 1000),
        (How::Word("fatal_error".to_owned()), &|got| got.unwrap().json()["error"] == "fatal_error"),
    ];
    for (how, check) in hows {
        let before = slack.messages(DEPLOYS).len();
        slack.fail(Trouble::before(how.clone()));
        assert!(check(send()), "{how:?}");
        assert_eq!(slack.messages(DEPLOYS).len(), before, "{how:?} before");
        slack.fail(Trouble::after(how.clone()));
        assert!(check(send()), "{how:?}");
        assert_eq!(slack.messages(DEPLOYS).len(), before + 1, "{how:?} after");
    }
    let start = Instant::now();
    slack.fail(Trouble::after(How::Slow(Duration::from_millis(300))));
    assert_eq!(send().unwrap().json()["ok"], true);
    slack.fail(Trouble::after(How::Drip(Duration::from_millis(1))));
    assert_eq!(send().unwrap().json()["ok"], true);
    assert!(start.elapsed() > Duration::from_millis(500));
    assert_eq!(slack.requests().iter().filter(|one| one.injected).count(), 18);
}

#[test]
fn silence_keeps_the_connection() {
    use std::io::{Read as _, Write as _};
    let slack = FakeSlack::start();
    let hook = slack.add_webhook(DEPLOYS);
    slack.fail(Trouble::after(How::Hang).on("webhook"));
    let host = slack.url().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let path = hook.strip_prefix(slack.url()).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 12\r\n\r\n");
    stream.write_all(format!("{head}{{\"text\":\"a\"}}").as_bytes()).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
}

#[test]
fn troubles_choose_their_requests() {
    let slack = FakeSlack::start();
    let body = json!({ "channel": DEPLOYS, "text": "a" });
    let word = |word: &str| How::Word(word.to_owned());
    slack.fail(Trouble::before(word("first")).on("chat.*").nth(2));
    post(&slack, "one");
    assert_eq!(call(&slack, "auth.test", &json!({}))["ok"], true);
    assert_eq!(error(&slack, "chat.postMessage", &body), "first");
    slack.fail(Trouble::before(word("second")).body_contains("%74%77%6F").always());
    post(&slack, "one");
    assert_eq!(
        error(&slack, "chat.postMessage", &json!({ "channel": DEPLOYS, "text": "two" })),
        "second"
    );
    slack.heal();
    post(&slack, "two");
    slack.add_token("xoxb-two", &["chat:write"]);
    slack.fail(Trouble::before(word("third")).token("xoxb-two").on("/api/*"));
    post(&slack, "three");
    let other = call_as(&slack, "xoxb-two", "chat.postMessage", &body).unwrap().json();
    assert_eq!(other["error"], "third");
    assert_eq!(slack.requests_to("chat.postMessage").len(), 7);
    assert_eq!(slack.forget_requests().requests().len(), 0);
}

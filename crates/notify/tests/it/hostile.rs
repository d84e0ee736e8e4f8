//! Servers and networks at their worst: the message is there once at most, how it ended is told, and
//! the time is kept.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails here")]

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use launchway_testkit::chat::{How as Goes, Limit, Trouble};
use launchway_testkit::slack::DEPLOYS;
use launchway_testkit::target::{Act, Reply, Target};

use crate::ways::{Stage, Way, each};

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(700);

/// What ends a request without telling what became of it, at once.
fn broken() -> Vec<Goes> {
    let reply = |kind: &str, body: &[u8]| {
        Goes::Act(Reply::new(200).header("content-type", kind).body(body).into())
    };
    let mut all = vec![
        Goes::Close,
        Goes::Garbage,
        Goes::NotJson,
        Goes::Status(500),
        Goes::Status(502),
        Goes::Status(504),
        // A word nobody knows is no refusal where a server is in trouble.
        Goes::Body(500, "text/plain".into(), "who_knows".into()),
        Goes::Body(503, "application/json".into(), r#"{"ok":false,"error":"who_knows"}"#.into()),
        reply("text/html", b"<!doctype html><title>Sign in to the hotel's network</title>"),
        reply("application/json", b"<html>"),
        reply("application/json", b"[true]"),
        reply("application/json", b"{\"ok\":true"),
        reply("text/plain", b"ok\xff"),
        reply("text/plain", b"\xff\xfe\x00"),
        reply("text/plain", b"fine"),
    ];
    let acts = [
        Act::Reset,
        Act::ResetInHead,
        Act::ResetInBody,
        Act::Truncated,
        Act::TruncatedChunks,
        Act::Endless,
        Act::EndlessUntilClose,
        Act::EndlessHead,
        Act::Huge(1 << 33),
        Act::Bomb,
        Act::HugeHeader(8 << 20),
        Act::ManyHeaders(100_000),
    ];
    all.extend(acts.map(Goes::Act));
    all
}

/// What ends with the time only.
fn slow() -> Vec<Goes> {
    vec![
        Goes::Hang,
        Goes::Slow(Duration::from_secs(40)),
        Goes::Drip(TICK),
        Goes::Act(Act::DripHead(TICK)),
        Goes::Act(Act::DripBody(TICK)),
        Goes::Act(Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ok\":".to_vec())),
    ]
}

/// Webhooks, triggers and calls each have their own way to read an answer; the calls take turns.
fn readers(turn: usize) -> [Way; 3] {
    let calls = [Way::Token, Way::Key, Way::Update, Way::Ephemeral, Way::Reaction, Way::Snippet];
    [Way::Webhook, Way::Trigger, calls[turn % calls.len()]]
}

/// Something goes wrong once, before or after it was done.
fn goes_wrong(way: Way, goes: &Goes, is_done: bool, more: &[(&str, &str)]) {
    let stage = Stage::new();
    let trouble =
        if is_done { Trouble::after(goes.clone()) } else { Trouble::before(goes.clone()) };
    stage.slack.fail(trouble.on(way.call()));
    let step = stage.goes(way, more);
    let said = format!("{way:?} {goes:?} done: {is_done}:\n{}", step.log);
    let asked = stage.asked(way.call());
    match way {
        // The same twice is the same once.
        Way::Update | Way::Reaction => {
            assert_eq!((step.exit_code, asked, stage.copies(way)), (0, 2, 1), "{said}");
        }
        // It is looked for before it is sent again; its line in the thread comes after.
        Way::Key => {
            let times = if is_done { 2 } else { 3 };
            assert_eq!((step.exit_code, asked, stage.copies(way)), (0, times, 1), "{said}");
        }
        _ => {
            let copies = stage.copies(way);
            assert_eq!((step.exit_code, asked, copies), (3, 1, usize::from(is_done)), "{said}");
            assert_eq!((step.output("ok"), step.output("error")), ("false", "unknown"), "{said}");
            let error = step.messages("error")[0];
            assert!(error.contains("unknown") && error.contains("hint: "), "{said}");
        }
    }
    assert!(step.peak < 200 << 20, "{} bytes: {said}", step.peak);
    assert!(step.elapsed < 12 * SECOND, "{:?}: {said}", step.elapsed);
}

#[test]
fn what_breaks_off_is_never_there_twice() {
    let mut rows: Vec<_> = Way::ALL.map(|way| (way, Goes::Close, true)).into();
    for (turn, goes) in broken().into_iter().enumerate() {
        rows.extend(readers(turn).map(|way| (way, goes.clone(), true)));
        let way = [Way::Token, Way::Key, Way::Update][turn % 3];
        rows.push((way, goes, false));
    }
    each(&rows, |(way, goes, is_done)| {
        goes_wrong(*way, goes, *is_done, &[("deadline-seconds", "11")]);
    });
}

#[test]
fn what_takes_too_long_ends_with_the_timeout() {
    let mut rows = Vec::new();
    for (turn, goes) in slow().into_iter().enumerate() {
        rows.extend(readers(turn).map(|way| (way, goes.clone())));
    }
    each(&rows, |(way, goes)| {
        goes_wrong(*way, goes, true, &[("timeout-seconds", "1"), ("deadline-seconds", "11")]);
    });
}

/// What mostly waits, at the same time.
#[test]
fn the_time_is_kept() {
    let all: [fn(); 5] = [
        the_deadline_ends_a_request_that_may_take_longer,
        a_limit_without_end_ends_with_the_deadline,
        doubt_is_told_as_doubt_at_the_deadline,
        a_lookup_that_hangs_leaves_time_for_the_message,
        nobody_there_ends_with_the_tries_or_with_the_deadline,
    ];
    each(&all, |act| act());
}

fn the_deadline_ends_a_request_that_may_take_longer() {
    each(&Way::ALL, |way| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(Goes::Hang).always());
        let more = [("timeout-seconds", "30"), ("deadline-seconds", "2"), ("retries", "100")];
        let step = stage.goes(*way, &more).exits(3);
        assert!(step.elapsed < 4 * SECOND, "{way:?} took {:?}", step.elapsed);
        assert_eq!(stage.slack.calls().len(), 1, "{way:?}: {}", step.log);
    });
}

#[test]
fn an_answer_is_known_by_its_body_not_by_its_type() {
    let bodies: [&[u8]; 2] = [
        br#" {"ok":true,"channel":"C0DEPLOYS01","ts":"7.000001"} "#,
        b"{\"ok\":true,\"channel\":\"C0DEPLOYS01\",\"ts\":\"7.000001\",\"name\":\"\xff\"}",
    ];
    for body in bodies {
        for kind in ["text/html", "image/png", "", "application/json; charset=utf-16"] {
            let stage = Stage::new();
            let reply = Reply::new(200).header("content-type", kind).body(body);
            stage.slack.fail(Trouble::after(Goes::Act(reply.into())).on("chat.postMessage"));
            let step = stage.goes(Way::Token, &[]).success();
            assert_eq!((step.output("ts"), step.output("channel-id")), ("7.000001", DEPLOYS));
        }
    }
}

#[test]
fn an_answer_too_long_for_an_output_is_left_out() {
    let stage = Stage::new();
    let long = "x".repeat(1 << 20);
    let body = format!(r#"{{"ok":true,"channel":"{DEPLOYS}","ts":"7.000001","long":"{long}"}}"#);
    stage.slack.fail(Trouble::after(Goes::Act(Act::ok(body))).on("chat.postMessage"));
    let step = stage.goes(Way::Token, &[]).success();
    assert_eq!((step.output("ts"), step.output("response")), ("7.000001", ""));
    let body = format!(r#"{{"ok":true,"channel":"{long}","ts":"{long}"}}"#);
    stage.slack.fail(Trouble::after(Goes::Act(Act::ok(body))).on("chat.postMessage"));
    let step = stage.goes(Way::Token, &[]).success();
    assert_eq!((step.output("ts"), step.output("channel-id")), ("", ""));
}

#[test]
fn a_yes_is_a_yes_only_in_its_own_form() {
    for body in [r#"{"ok":"true"}"#, r#"{"ok":1}"#, "{}", "true", "\"ok\"", "null"] {
        for way in [Way::Webhook, Way::Token, Way::Ephemeral] {
            let stage = Stage::new();
            stage.slack.fail(Trouble::after(Goes::Act(Act::ok(body))).on(way.call()));
            let step = stage.goes(way, &[]).exits(3);
            assert_eq!(step.output("error"), "unknown", "{way:?} {body}");
        }
    }
}

#[test]
fn a_workflow_may_answer_nothing_and_a_webhook_may_not() {
    for (way, code) in [(Way::Trigger, 0), (Way::Webhook, 3), (Way::Token, 3)] {
        let stage = Stage::new();
        stage.slack.fail(Trouble::after(Goes::Empty).on(way.call()));
        stage.goes(way, &[]).exits(code);
        assert_eq!((stage.asked(way.call()), stage.copies(way)), (1, 1), "{way:?}");
    }
}

#[test]
fn no_secret_follows_a_redirect() {
    let other = Target::start(Act::ok(r#"{"ok":true}"#));
    let mut rows = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        let ways = Way::ALL.into_iter().filter(|way| *way != Way::Key);
        rows.extend(ways.map(|way| (way, way.call(), status)));
        rows.push((Way::Snippet, "files.getUploadURLExternal", status));
        rows.push((Way::Snippet, "upload", status));
        rows.push((Way::Key, "conversations.history", status));
    }
    each(&rows, |(way, call, status)| {
        let stage = Stage::new();
        let reply = Reply::new(*status).header("location", other.url("/api/chat.postMessage"));
        stage.slack.fail(Trouble::before(Goes::Act(reply.into())).on(call).always());
        let more = [("on-ambiguous", "retry"), ("retries", "RAPID")];
        let step = stage.goes(*way, &more).exits(1);
        assert_eq!(step.output("error"), format!("http {status}"), "{}", step.log);
        assert!(step.messages("error")[0].contains("leads to another"), "{}", step.log);
        assert_eq!((stage.asked(call), stage.copies(*way)), (1, 0), "{way:?} {call}");
    });
    assert_eq!(other.count(), 0);
}

/// The ways a rate limit is told, with what has to be waited at least.
fn limits() -> Vec<(Goes, u64)> {
    let header = |value: &str| {
        Goes::Act(Reply::new(429).header("retry-after", value).body("rate_limited").into())
    };
    let json = |value: &str| {
        let body = format!(r#"{{"ok":false,"error":"rate_limited","retry_after":{value}}}"#);
        Goes::Body(429, "application/json".into(), body)
    };
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    let mut all = vec![(header("1"), 1000), (json("0.7"), 700), (json("\"0.7\""), 700)];
    all.push((Goes::Limit(Limit::Date(3 * SECOND)), 1000));
    let odd = ["0", "-1", "1.5", "soon", "", "NaN", past, "99999999999999999999999", "\u{fc}"];
    all.extend(odd.map(|value| (header(value), 50)));
    let odd = ["0", "-1", "1e300", "null", "[1]", "\"soon\"", "{}"];
    all.extend(odd.map(|value| (json(value), 50)));
    all.extend([(Goes::Limit(Limit::Text), 50), (Goes::Limit(Limit::Bare), 50)]);
    all
}

const LIMITED: [Way; 6] =
    [Way::Webhook, Way::Trigger, Way::Token, Way::Update, Way::Ephemeral, Way::Reaction];

/// The same for each reader of an answer; the calls take turns.
fn limited(turn: usize) -> [Way; 3] {
    let [webhook, trigger, calls @ ..] = LIMITED;
    [webhook, trigger, calls[turn % calls.len()]]
}

#[test]
fn a_rate_limit_is_waited_for_however_it_is_told() {
    let mut rows = Vec::new();
    for (turn, (goes, least)) in limits().into_iter().enumerate() {
        rows.extend(limited(turn).map(|way| (way, goes.clone(), least)));
    }
    each(&rows, |(way, goes, least)| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(goes.clone()).on(way.call()));
        let began = Instant::now();
        let step = stage.goes(*way, &[("retries", "RAPID"), ("deadline-seconds", "30")]).success();
        let took = began.elapsed();
        let said = format!("{way:?} {goes:?}: {}", step.log);
        assert_eq!((stage.asked(way.call()), stage.copies(*way)), (2, 1), "{said}");
        assert_eq!(step.output("attempts"), "2", "{said}");
        assert!(took >= Duration::from_millis(*least), "{took:?}: {said}");
        assert!(step.log.contains("a rate limit was hit"), "{said}");
    });
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let header = |value: &str| Goes::Act(Reply::new(429).header("retry-after", value).into());
    let json = |value: &str| {
        let body = format!(r#"{{"ok":false,"error":"ratelimited","retry_after":{value}}}"#);
        Goes::Body(429, "application/json".into(), body)
    };
    let beyond = [
        header("30"),
        header("18446744073709551615"),
        header("Fri, 31 Dec 9999 23:59:59 GMT"),
        json("30"),
        json("1e18"),
        Goes::Limit(Limit::Date(30 * SECOND)),
    ];
    let mut rows = Vec::new();
    for (turn, goes) in beyond.into_iter().enumerate() {
        rows.extend(limited(turn).map(|way| (way, goes.clone())));
    }
    each(&rows, |(way, goes)| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(goes.clone()).on(way.call()).always());
        let step = stage.goes(*way, &[("deadline-seconds", "5")]).exits(3);
        let said = format!("{way:?} {goes:?}: {}", step.log);
        assert_eq!((stage.asked(way.call()), stage.copies(*way)), (1, 0), "{said}");
        assert_eq!(step.output("error"), "deadline", "{said}");
        assert!(step.messages("error")[0].contains("deadline-seconds"), "{said}");
        assert!(step.elapsed < 4 * SECOND, "{:?}: {said}", step.elapsed);
    });
}

fn a_limit_without_end_ends_with_the_deadline() {
    each(&LIMITED, |way| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(Goes::Limit(Limit::Usual(1))).always());
        let more = [("deadline-seconds", "3"), ("retries", "100")];
        let step = stage.goes(*way, &more).exits(3);
        assert_eq!(step.output("error"), "deadline", "{way:?}: {}", step.log);
        assert!((2..=3).contains(&stage.asked(way.call())), "{way:?}: {}", step.log);
        assert!(step.elapsed < 4 * SECOND, "{way:?} took {:?}", step.elapsed);
    });
}

/// What may have been done is told as that, and not as late, when the time for another try is up.
fn doubt_is_told_as_doubt_at_the_deadline() {
    each(&[Way::Update, Way::Reaction], |way| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::after(Goes::Close).on(way.call()).always());
        let step = stage.goes(*way, &[("retries", "100"), ("deadline-seconds", "2")]).exits(3);
        assert_eq!(step.output("error"), "unknown", "{way:?}: {}", step.log);
        assert!(step.elapsed < 3 * SECOND, "{way:?} took {:?}", step.elapsed);
        assert_eq!(stage.copies(*way), 1);
    });
}

/// What is looked up first takes only part of the time: the message goes out all the same.
fn a_lookup_that_hangs_leaves_time_for_the_message() {
    let github = Target::start(Act::Silent);
    let mut stage = Stage::new();
    stage.env.push(("GITHUB_API_URL".to_owned(), github.url("")));
    let more = [
        ("template", "ci"),
        ("status", "failure"),
        ("github-token", "ghs_sesamesesame"),
        ("deadline-seconds", "3"),
    ];
    each(&[Way::Token, Way::Webhook], |way| {
        stage.goes(*way, &more).success();
    });
    assert_eq!((github.count(), stage.copies(Way::Token)), (2, 2));
}

#[test]
fn a_server_that_repeats_parts_of_the_address_gives_nothing_away() {
    for way in [Way::Webhook, Way::Trigger] {
        let stage = Stage::new();
        let url = if way == Way::Webhook { &stage.hook } else { &stage.trigger };
        let echo = url.replace('/', " / ");
        stage.slack.fail(Trouble::after(Goes::Act(Act::ok(echo))).on(way.call()));
        let step = stage.goes(way, &[]).exits(3);
        assert!(step.output("response").contains("***"), "{}", step.output("response"));
    }
}

/// A way, inputs, what is told, and how often it is tried.
type Tried = (Way, &'static [(&'static str, &'static str)], &'static str, RangeInclusive<u32>);

fn nobody_there_ends_with_the_tries_or_with_the_deadline() {
    let nobody = Target::reserved(Act::Silent);
    let api = nobody.url("/api");
    let cases: [Tried; 6] = [
        (Way::Token, &[("retries", "0")], "unreachable", 1..=1),
        (Way::Update, &[("retries", "1")], "unreachable", 2..=2),
        (Way::Ephemeral, &[("retries", "RAPID")], "unreachable", 11..=11),
        (Way::Token, &[("retries", "100"), ("deadline-seconds", "2")], "deadline", 2..=3),
        (Way::Update, &[("retries", "100"), ("deadline-seconds", "2")], "deadline", 2..=3),
        (Way::Reaction, &[("retries", "100"), ("deadline-seconds", "2")], "deadline", 2..=3),
    ];
    each(&cases, |(way, more, error, attempts)| {
        let stage = Stage::new();
        let step = stage.goes(*way, &[more, &[("api-url", api.as_str())][..]].concat()).exits(3);
        assert_eq!(step.output("error"), *error, "{way:?}: {}", step.log);
        let made: u32 = step.output("attempts").parse().unwrap();
        assert!(attempts.contains(&made), "{way:?} {made}: {}", step.log);
        assert!(step.elapsed < 8 * SECOND, "{way:?} took {:?}", step.elapsed);
    });
}

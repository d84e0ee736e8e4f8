//! Targets that do their worst: every run ends in time, with the right word, in little memory.

use std::time::Duration;

use launchway_testkit::Scrubbed;
use launchway_testkit::runner::StepRun;
use launchway_testkit::target::{Act, BlackHole, Reply, Script, Target};

use crate::checker::{MARGIN, PROGRAM, check, in_time, report};

/// The deadline of most runs here.
const TIMEOUT: Duration = Duration::from_millis(900);
/// The most memory of a run with one target, and with two hundred.
const MEMORY: u64 = 30 << 20;
const MEMORY_OF_MANY: u64 = 60 << 20;
const PAUSE: Duration = Duration::from_millis(50);
/// The word of a healthy target.
const FINE: &str = "";

/// What is expected of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Nothing,
    Text,
}

/// Runs with a deadline and asserts what holds for every run.
fn ends(url: &str, body: Body, reason: &str, more: &[(&str, &str)]) -> StepRun {
    let run = in_time(TIMEOUT + MARGIN, || {
        let timeout = format!("{}ms", TIMEOUT.as_millis());
        let mut inputs = vec![("url", url), ("timeout", &timeout), ("interval", "100ms")];
        if body == Body::Text {
            inputs.push(("expected-body", "ok"));
        }
        inputs.extend(more);
        check(&inputs)
    });
    assert_eq!(run.output("reason"), reason, "{url} {body:?} {more:?}\n{}", run.log);
    assert_eq!(run.exit_code, i32::from(reason != FINE), "{url}\n{}", run.log);
    assert_eq!(run.output("healthy"), (reason == FINE).to_string());
    assert!(run.peak < MEMORY, "{url} {body:?}: {} KiB", run.peak >> 10);
    run
}

/// One row of the table: with a request-timeout longer than the deadline and a shorter one, with and
/// without something expected of the body.
fn row(url: &str, plain: &str, with_body: &str) {
    std::thread::scope(|scope| {
        for (body, reason) in [(Body::Nothing, plain), (Body::Text, with_body)] {
            scope.spawn(move || ends(url, body, reason, &[]));
            scope.spawn(move || ends(url, body, reason, &[("request-timeout", "300ms")]));
        }
    });
}

fn rows(rows: Vec<(Act, &str, &str)>) {
    std::thread::scope(|scope| {
        for (act, plain, with_body) in rows {
            scope.spawn(move || {
                let target = Target::start(act);
                row(&target.url("/"), plain, with_body);
                assert!(target.count() + target.connections().len() > 0);
            });
        }
    });
}

#[test]
fn nobody_there() {
    row(&Target::reserved("ok").url("/"), "connection_refused", "connection_refused");
}

#[test]
fn no_such_name() {
    row("http://nothing.invalid/", "dns_failure", "dns_failure");
}

#[test]
fn a_black_hole() {
    row(&BlackHole::open().url("/"), "connect_timeout", "connect_timeout");
}

#[test]
fn silence_and_dripping() {
    rows(vec![
        (Act::Silent, "response_timeout", "response_timeout"),
        (Act::DripHead(PAUSE), "response_timeout", "response_timeout"),
        (Act::DripBody(PAUSE), "response_timeout", "response_timeout"),
    ]);
}

#[test]
fn bodies_without_an_end() {
    rows(vec![
        (Act::Endless, FINE, "body_too_large"),
        (Act::EndlessUntilClose, FINE, "body_too_large"),
    ]);
}

#[test]
fn bodies_of_300_megabytes() {
    rows(vec![
        (Act::Bomb, FINE, "body_too_large"),
        (Act::Huge(300_000_000), FINE, "body_too_large"),
    ]);
}

/// What costs more to unpack than to send holds up neither its own deadline nor the look at others.
#[test]
fn bodies_that_are_all_work() {
    // An empty gzip member.
    let member = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let head = |line: &str| format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n").into_bytes();
    let members = [head("content-encoding: gzip"), member.repeat(1_000_000)].concat();
    let chunks = [head("transfer-encoding: chunked"), b"1\r\nx\r\n".repeat(500_000)].concat();
    rows(vec![
        (Act::Stall(members), "response_timeout", "response_timeout"),
        (Act::Stall(chunks), "response_timeout", "response_timeout"),
    ]);
}

#[test]
fn torn_and_broken_answers() {
    rows(vec![
        (Act::Reset, "reset", "reset"),
        (Act::ResetInBody, "reset", "reset"),
        (Act::Garbage, "protocol_error", "protocol_error"),
        (Act::Truncated, "protocol_error", "protocol_error"),
    ]);
}

/// All at once: each has its own word, none takes more time than the others leave it.
#[test]
fn a_crowd_of_them() {
    let head = |text: &str| Act::Raw(text.replace('\n', "\r\n").into_bytes());
    let slow = Duration::from_mins(1);
    let cases: Vec<(Act, &[&str])> = vec![
        (Act::ok("ok"), &[FINE]),
        (Reply::new(200).body(b"ok \xff\xfe".as_slice()).into(), &[FINE]),
        (Act::ok("ok").after(Duration::from_millis(100)), &[FINE]),
        (Act::HugeHeader(8_000), &[FINE]),
        (head("HTTP/1.1 200 OK\n\nok"), &[FINE]),
        (head("HTTP/1.0 200 OK\n\nok"), &[FINE]),
        (head("HTTP/1.1 103 Early Hints\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nok"), &[FINE]),
        // What comes after the length that was said is not of this answer.
        (head("HTTP/1.1 200 OK\ncontent-length: 2\n\nok and more"), &[FINE]),
        (head("HTTP/1.1 200 OK\ncontent-length: 2\ncontent-length: 3\n\nok"), &["protocol_error"]),
        (head("HTTP/1.1 200 OK\ncontent-length: -2\n\nok"), &["protocol_error"]),
        (head("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nzz\nok"), &["protocol_error"]),
        (head("HTTP/1.1 200 OK\ncontent-encoding: gzip\n\nok"), &["protocol_error"]),
        (head("HTTP/1.1 200 OK\nno colon here\n\nok"), &["protocol_error"]),
        (head("HTTP/9.9 200 OK\n\nok"), &["protocol_error"]),
        (head("HTTP/1.1 99 OK\n\nok"), &["protocol_error"]),
        (
            head("HTTP/1.1 101 Switching Protocols\nupgrade: x\n\nok"),
            &["status_mismatch", "protocol_error"],
        ),
        (head("<html>ok</html>"), &["protocol_error"]),
        (Act::status(503), &["status_mismatch"]),
        (Act::status(401), &["status_mismatch"]),
        (Act::status(204), &["body_mismatch"]),
        (Act::ok("other"), &["body_mismatch"]),
        (Act::Stall(b"HTTP/1.1 200 OK\r\ncont".to_vec()), &["response_timeout"]),
        (
            Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok".to_vec()),
            &["response_timeout"],
        ),
        (Act::ok("ok").after(slow), &["response_timeout"]),
        (Act::EndlessHints, &["protocol_error"]),
        (Act::EndlessHead, &["protocol_error"]),
        (Act::HugeHeader(4_000_000), &["protocol_error"]),
        (Act::ManyHeaders(20_000), &["protocol_error"]),
        (Act::ResetAtOnce, &["reset"]),
        (Act::Reset, &["reset"]),
        (Act::ResetInHead, &["reset"]),
        (Act::ResetInBody, &["reset"]),
        (Act::CloseAtOnce, &["protocol_error"]),
        (Act::Close, &["protocol_error"]),
        (Act::GarbageAtOnce, &["protocol_error"]),
        (Act::Truncated, &["protocol_error"]),
        (Act::TruncatedChunks, &["protocol_error"]),
        (Act::Endless, &["body_too_large"]),
        (Act::Bomb, &["body_too_large"]),
    ];
    let targets: Vec<_> = cases.iter().map(|(act, _)| Target::start(act.clone())).collect();
    let named = |(number, target): (usize, &Target)| format!("{number}={}", target.url("/"));
    let urls: Vec<_> = targets.iter().enumerate().map(named).collect();
    let timeout = Duration::from_secs(3);
    let inputs = [
        ("url", urls.join("\n")),
        ("expected-body", "ok".to_owned()),
        ("timeout", "3s".to_owned()),
        ("fail-fast", "false".to_owned()),
    ];
    let inputs = inputs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = in_time(timeout + MARGIN, || check(&inputs)).exits(1);
    assert!(run.peak < MEMORY_OF_MANY, "{} KiB", run.peak >> 10);
    let report = report(&run);
    let found = report["targets"].as_array().unwrap();
    assert_eq!(found.len(), cases.len());
    let mut wrong = Vec::new();
    for ((act, reasons), found) in cases.iter().zip(found) {
        let reason = found["reason"].as_str().unwrap_or(FINE);
        if !reasons.contains(&reason) {
            let act = format!("{act:?}").chars().take(100).collect::<String>();
            wrong.push(format!("{act}: {reason}, not {reasons:?}: {}", found["words"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn over_tls_a_silent_or_speechless_server_ends_as_well() {
    for (act, reason) in [
        (Act::Silent, "response_timeout"),
        (Act::GarbageAtOnce, "protocol_error"),
        (Act::ResetAtOnce, "reset"),
        (Act::CloseAtOnce, "protocol_error"),
    ] {
        let target = Target::start(act);
        ends(&target.url("/").replace("http:", "https:"), Body::Nothing, reason, &[]);
    }
}

#[test]
fn a_redirect_loop_is_one_attempt() {
    for (script, reason, most) in [
        (Script::loop_to_self(), "redirect_loop", 2),
        (Script::loop_of_two(), "redirect_loop", 3),
        (Script::loop_of_new(), "too_many_redirects", 11),
    ] {
        for follow in ["true", "same-host"] {
            let target = Target::start(script.clone());
            let run =
                ends(&target.url("/one"), Body::Nothing, reason, &[("follow-redirects", follow)]);
            assert_eq!(run.output("attempts"), "1", "{}", run.log);
            assert!(target.count() <= most, "{} requests", target.count());
        }
    }
}

#[test]
fn two_hundred_at_once_take_no_longer_than_the_slowest() {
    let slowest = Duration::from_secs(3);
    let target = Target::start(Script::choose(move |_| Act::ok("ok").after(slowest)));
    let urls: Vec<_> = (0..200).map(|n| format!("t{n}={}", target.url(&format!("/{n}")))).collect();
    let run = in_time(slowest + slowest / 10 + MARGIN, || check(&[("targets", &urls.join("\n"))]))
        .success();
    assert_eq!(run.output("attempts"), "200");
    assert!(run.peak < MEMORY_OF_MANY, "{} KiB", run.peak >> 10);
}

#[test]
fn many_bodies_at_once_are_not_many_megabytes() {
    for act in [Act::Endless, Act::Bomb, Act::Huge(300_000_000)] {
        let target = Target::start(act.clone());
        let urls: Vec<_> = (0..100).map(|n| format!("t{n}={}", target.url("/"))).collect();
        let run = check(&[("targets", &urls.join("\n")), ("mode", "once")]).success();
        assert!(run.peak < MEMORY_OF_MANY, "{act:?}: {} KiB", run.peak >> 10);
    }
}

#[test]
fn a_low_limit_of_open_files_is_raised() {
    let target = Target::start(Act::ok("ok").after(Duration::from_millis(500)));
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("targets.txt");
    let urls: Vec<_> = (0..300).map(|n| format!("t{n}={}", target.url("/"))).collect();
    std::fs::write(&list, urls.join("\n")).unwrap();
    let script = "ulimit -Sn 100 && exec \"$0\" --mode once --url-file \"$1\"";
    let run = Scrubbed::new("sh").args(["-c", script, PROGRAM]).arg(&list).run().success();
    assert!(run.all().contains("all 300 targets are healthy"), "{}", run.all());
}

//! A real redis.

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::services::redis::Redis;

use super::{start, story};
use crate::check::{check, once};

#[test]
fn every_login_right_and_wrong() {
    let Some(mut redis) = Redis::prepare() else { return };
    once(&redis.url("", None, ""), &[]).fails("connection_refused", "");
    redis.start();
    once(&redis.url("", None, ""), &[]).healthy();
    once(&redis.url("", None, "/3"), &[]).healthy();
    once(&redis.url("", None, "/99"), &[]).fails("auth_failed", "DB index is out of range");
    once(&redis.url("", Some("any-password"), ""), &[])
        .fails("auth_failed", "without any password");

    redis.setting("requirepass sword-fish/@:%");
    redis.setting("user reader on >another-word ~* +ping");
    redis.restart();
    // It is up, and that is all that was asked.
    let seen = once(&redis.url("", None, ""), &[]).healthy();
    assert_eq!(seen.last()["note"], "NOAUTH Authentication required.", "{}", seen.report);
    once(&redis.url("", Some("sword-fish/@:%"), "/1"), &[]).healthy();
    once(&redis.url("default", Some("sword-fish/@:%"), ""), &[]).healthy();
    let seen = once(&redis.url("reader", Some("another-word"), ""), &[]).healthy();
    assert!(!seen.run.all().contains("another-word"));
    once(&redis.url("reader", Some("another-word"), "/1"), &[]).fails("auth_failed", "NOPERM");
    for (user, password) in [("", "wrong"), ("reader", "wrong"), ("who", "another-word")] {
        check(&["--url", &redis.url(user, Some(password), "")])
            .fails("auth_failed", "WRONGPASS")
            .attempts(1);
    }
}

#[test]
fn one_that_cannot_serve_says_why() {
    let Some(mut redis) = Redis::prepare() else { return };
    redis.setting("replicaof 127.0.0.1 1");
    redis.setting("replica-serve-stale-data no");
    redis.start();
    once(&redis.url("", None, ""), &[]).fails("not_serving", "MASTERDOWN");
}

#[test]
fn over_tls() {
    let Some(certificates) = Certificates::new() else { return };
    let Some(mut redis) = Redis::prepare() else { return };
    let authority = certificates.authority().to_str().unwrap();
    redis.setting("requirepass sword-fish");
    redis.tls(&certificates.make(&Wanted::server(&["IP:127.0.0.1"])));
    redis.start();
    let url = redis.url("", Some("sword-fish"), "/2");
    once(&url, &["--ca-file", authority]).healthy();
    once(&url, &[]).fails("tls_untrusted", "");
    once(&url.replace("127.0.0.1", "localhost"), &["--ca-file", authority])
        .fails("tls_hostname", "");
    let plain = once(&url.replace("rediss", "redis"), &[]);
    assert_eq!(plain.run.code, Some(1), "{}", plain.report);
}

#[test]
fn started_late_stopped_and_restarted() {
    let Some(mut redis) = Redis::prepare() else { return };
    let url = redis.url("", None, "");
    let waiting = start(&["--url", &url, "--interval", "50ms", "--timeout", "20s"]);
    waiting.until_it_says("connection_refused");
    redis.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    assert_eq!(story(&report), ["connection_refused", ""], "{report}");

    let watch = ["--url", &url, "--mode", "watch", "--interval", "50ms", "--bake-time", "15s"];
    let watching = start(&watch);
    watching.until_it_says("attempt 1 ");
    redis.stop();
    let (run, report) = watching.end();
    assert_eq!(run.code, Some(1), "{}", run.all());
    assert_eq!(story(&report).first().unwrap(), "", "{report}");

    redis.start();
    let steady = ["--url", &url, "--stable-for", "700ms", "--interval", "50ms", "--timeout", "20s"];
    let waiting = start(&steady);
    waiting.until_it_says("attempt 1 ");
    redis.stop();
    waiting.until_it_says("connection_refused");
    redis.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    assert!(story(&report).len() >= 3, "{report}");
}

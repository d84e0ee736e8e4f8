//! A real MariaDB.

use std::net::UdpSocket;

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::services::mariadb::{MariaDb, PASSWORD};

use super::{start, story};
use crate::check::{check, once};

#[test]
fn every_login_right_and_wrong() {
    let Some(mut mariadb) = MariaDb::prepare() else { return };
    once(&mariadb.url("native", Some(PASSWORD), ""), &[]).fails("connection_refused", "");
    mariadb.start();
    for user in ["native", "ed25519", "multi"] {
        let seen = once(&mariadb.url(user, Some(PASSWORD), ""), &[]).healthy();
        assert!(!seen.run.all().contains("fish"), "{}", seen.run.all());
        let note = seen.last()["note"].as_str().unwrap_or_default();
        assert!(note.starts_with("server 1") && note.contains("MariaDB"), "{}", seen.report);
        check(&["--url", &mariadb.url(user, Some("wrong"), "")])
            .fails("auth_failed", "Access denied for user")
            .attempts(1);
    }
    once(&mariadb.url("native", Some(PASSWORD), "/shop"), &[]).healthy();
    once(&mariadb.url("ed25519", Some(PASSWORD), "/shop"), &[])
        .fails("auth_failed", "Access denied for user 'ed25519'@'%' to database 'shop'");
    once(&mariadb.url("who", Some(PASSWORD), ""), &[]).fails("auth_failed", "Access denied");
    once(&mariadb.url("native", Some(PASSWORD), "?tls=require"), &[])
        .fails("protocol_error", "the server has no TLS");
    // Whoever asks, known or not, with or without a password of theirs: it is up.
    for user in ["", "native", "ed25519", "multi", "nobody", "tls", "who"] {
        once(&mariadb.url(user, None, "/nowhere"), &[]).healthy();
    }
}

/// After so many interrupted handshakes as `max_connect_errors`, MariaDB refuses the machine they
/// came from. Looking whether it is up may not be one.
#[test]
fn looking_does_not_get_us_blocked() {
    // It counts for other machines only, so this one must seem to be one.
    let Some(host) = own_address() else { return };
    let Some(mut mariadb) = MariaDb::prepare() else { return };
    mariadb.flag("--max-connect-errors=2");
    mariadb.listen_on("0.0.0.0");
    mariadb.start();
    let url = |user: &str, password| mariadb.url(user, password, "").replace("127.0.0.1", &host);
    let at = |user: &str| url(user, None);
    // Being let in would make it forget what it has counted, so nobody is.
    for user in ["", "native", "ed25519", "multi", "tls"] {
        for _ in 0..4 {
            once(&at(user), &[]).healthy();
            once(&url(user, Some("wrong")).replace("//:", "//who:"), &[])
                .fails("auth_failed", "Access denied");
        }
    }
    // What hanging up does: the test would show it.
    for _ in 0..4 {
        once(&at("").replace("mysql://", "tcp://"), &[]).healthy();
    }
    once(&at(""), &[]).fails("not_serving", "is blocked because of many connection errors");
}

/// An address of this machine that is not the loopback's.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only says from where it would be.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

#[test]
fn over_tls() {
    let Some(certificates) = Certificates::new() else { return };
    let Some(mut mariadb) = MariaDb::prepare() else { return };
    let authority = certificates.authority().to_str().unwrap();
    mariadb.tls(&certificates.make(&Wanted::server(&["DNS:localhost"]).rsa()));
    mariadb.start();
    let url = |mode: &str| mariadb.url("tls", Some(PASSWORD), &format!("?tls={mode}"));
    for mode in ["prefer", "require"] {
        let seen = once(&url(mode), &[]).healthy();
        assert_eq!(seen.last()["certificateDays"], 30, "{}", seen.report);
    }
    once(&url("disable"), &[]).fails("auth_failed", "Access denied");
    once(&url("verify-ca"), &[]).fails("tls_untrusted", "");
    once(&url("verify-ca"), &["--ca-file", authority]).healthy();
    once(&url("verify-full"), &["--ca-file", authority]).fails("tls_hostname", "");
    let by_name = url("verify-full").replace("127.0.0.1", "localhost");
    once(&by_name, &["--ca-file", authority]).healthy();
    let mut native = mariadb.url("native", Some(PASSWORD), "/shop?tls=require");
    once(&native, &[]).healthy();
    native = native.replace("native", "ed25519").replace("/shop", "/");
    once(&native, &[]).healthy();
}

#[test]
fn started_late_stopped_and_restarted() {
    let Some(mut mariadb) = MariaDb::prepare() else { return };
    let url = mariadb.url("native", Some(PASSWORD), "/shop");
    let waiting = start(&["--url", &url, "--interval", "50ms", "--timeout", "20s"]);
    waiting.until_it_says("connection_refused");
    mariadb.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    let seen = story(&report);
    assert_eq!(seen.first().unwrap(), "connection_refused", "{report}");
    assert_eq!(seen.last().unwrap(), "", "{report}");

    let watch = ["--url", &url, "--mode", "watch", "--interval", "50ms", "--bake-time", "15s"];
    let watching = start(&watch);
    watching.until_it_says("attempt 1 ");
    mariadb.stop();
    let (run, report) = watching.end();
    assert_eq!(run.code, Some(1), "{}", run.all());
    assert_eq!(story(&report).first().unwrap(), "", "{report}");

    mariadb.start();
    let steady = ["--url", &url, "--stable-for", "5s", "--interval", "50ms", "--timeout", "40s"];
    let waiting = start(&steady);
    waiting.until_it_says("attempt 1 ");
    // A quick restart fits between two looks.
    mariadb.stop();
    waiting.until_it_says("connection_refused");
    mariadb.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    assert!(story(&report).len() >= 3, "{report}");
}

//! A real PostgreSQL.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::services::postgres::{PASSWORD, Postgres};

use super::{start, story, until};
use crate::check::{check, once};

#[test]
fn every_login_right_and_wrong() {
    let Some(mut postgres) = Postgres::prepare() else { return };
    once(&postgres.url("scram", Some(PASSWORD), ""), &[]).fails("connection_refused", "");
    postgres.start();
    for user in ["scram", "md5", "clear", "trust"] {
        let url = postgres.url(user, Some(PASSWORD), "/postgres");
        let seen = once(&url, &[]).healthy();
        let note = seen.last()["note"].as_str().unwrap_or_default();
        assert!(note.starts_with("PostgreSQL 1"), "{}", seen.report);
        assert!(!seen.run.all().contains("fish"), "{}", seen.run.all());
        assert!(!seen.report.to_string().contains("fish"), "{}", seen.report);

        if user != "trust" {
            check(&["--url", &postgres.url(user, Some("wrong"), "/postgres")])
                .fails("auth_failed", "password authentication failed for user")
                .attempts(1);
        }
        once(&postgres.url(user, Some(PASSWORD), "/nowhere"), &[])
            .fails("auth_failed", "database \"nowhere\" does not exist (3D000)");
    }
    once(&postgres.url("tls", Some(PASSWORD), "/postgres"), &[])
        .fails("auth_failed", "no pg_hba.conf entry");
    once(&postgres.url("scram", Some(PASSWORD), "/postgres?sslmode=require"), &[])
        .fails("protocol_error", "the server has no TLS");
}

#[test]
fn without_a_password_it_is_pg_isready() {
    let Some(mut postgres) = Postgres::prepare() else { return };
    postgres.setting("log_connections = on");
    assert_eq!(postgres.pg_isready("", ""), Some(2));
    once(&postgres.url("", None, ""), &[]).fails("connection_refused", "");
    postgres.start();
    for (user, database) in [
        ("", ""),
        ("scram", "postgres"),
        ("trust", "postgres"),
        ("nobody-knows-me", "nowhere"),
        ("trust", "nowhere"),
    ] {
        assert_eq!(postgres.pg_isready(user, database), Some(0));
        once(&postgres.url(user, None, &format!("/{database}")), &[]).healthy();
    }
    let said = postgres.said();
    assert!(!said.contains("unexpected") && !said.contains("incomplete"), "{said}");

    // One that stays, so that the server cannot end: it says so to everybody else.
    let mut guest = TcpStream::connect(postgres.address()).unwrap();
    guest.write_all(b"\0\0\0\x26\0\x03\0\0user\0trust\0database\0postgres\0\0").unwrap();
    assert_ne!(guest.read(&mut [0; 4096]).unwrap(), 0);
    postgres.stop_politely();
    until(|| postgres.said().contains("smart shutdown"));
    assert_eq!(postgres.pg_isready("", ""), Some(1));
    for (user, password) in [("", None), ("scram", Some(PASSWORD))] {
        once(&postgres.url(user, password, ""), &[])
            .fails("not_serving", "the database system is shutting down (57P03)");
    }
}

#[test]
fn over_tls() {
    let Some(certificates) = Certificates::new() else { return };
    let Some(mut postgres) = Postgres::prepare() else { return };
    let authority = certificates.authority().to_str().unwrap();
    postgres.tls(&certificates.make(&Wanted::server(&["DNS:localhost"])));
    postgres.start();
    let url =
        |mode: &str| postgres.url("tls", Some(PASSWORD), &format!("/postgres?sslmode={mode}"));
    // The password is safe from who cannot show that they know it.
    for mode in ["prefer", "require"] {
        let seen = once(&url(mode), &[]).healthy();
        assert_eq!(seen.last()["certificateDays"], 30, "{}", seen.report);
    }
    once(&url("disable"), &[]).fails("auth_failed", "no encryption");
    once(&url("verify-ca"), &[]).fails("tls_untrusted", "");
    once(&url("verify-full"), &[]).fails("tls_untrusted", "");
    once(&url("verify-ca"), &["--ca-file", authority]).healthy();
    once(&url("verify-full"), &["--ca-file", authority]).fails("tls_hostname", "");
    let by_name = url("verify-full").replace("127.0.0.1", "localhost");
    once(&by_name, &["--ca-file", authority]).healthy();
    once(&by_name, &["--ca-file", authority, "--min-certificate-days", "90"])
        .fails("tls_expired", "");
}

#[test]
fn started_late_stopped_and_restarted() {
    let Some(mut postgres) = Postgres::prepare() else { return };
    let url = postgres.url("scram", Some(PASSWORD), "/postgres");
    let waiting = start(&["--url", &url, "--interval", "50ms", "--timeout", "20s"]);
    waiting.until_it_says("connection_refused");
    postgres.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    let story = story(&report);
    assert_eq!(story.first().unwrap(), "connection_refused", "{report}");
    assert_eq!(story.last().unwrap(), "", "{report}");

    let watch = ["--url", &url, "--mode", "watch", "--interval", "50ms", "--bake-time", "15s"];
    let watching = start(&watch);
    watching.until_it_says("attempt 1 ");
    postgres.stop();
    let (run, report) = watching.end();
    assert_eq!(run.code, Some(1), "{}", run.all());
    assert_eq!(super::story(&report).first().unwrap(), "", "{report}");

    postgres.start();
    let steady = ["--url", &url, "--stable-for", "5s", "--interval", "50ms", "--timeout", "40s"];
    let waiting = start(&steady);
    waiting.until_it_says("attempt 1 ");
    // A quick restart fits between two looks.
    postgres.stop();
    waiting.until_it_says("connection_refused");
    postgres.start();
    let (run, report) = waiting.end();
    assert_eq!(run.code, Some(0), "{}", run.all());
    let story = super::story(&report);
    assert!(story.len() >= 3 && story.first().unwrap().is_empty(), "{story:?}");
}

//! MySQL 8's own login, against a server that is written from its documentation.

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::services::mysql8::FakeMysql8;
use launchway_testkit::tls::TlsSettings;

use super::until;
use crate::check::once;

const PASSWORD: &str = "swordfish/@:%é";

/// The events of one look, once the server has seen its end.
fn events(server: &FakeMysql8, last: &str) -> Vec<String> {
    let all = std::cell::RefCell::new(Vec::new());
    until(|| {
        all.borrow_mut().extend(server.events());
        all.borrow().iter().any(|event| event == last)
    });
    all.into_inner()
}

#[test]
fn the_password_is_shown_once_and_over_tls_only() {
    let Some(certificates) = Certificates::new() else { return };
    let tls = TlsSettings::new(&certificates.make(&Wanted::server(&["DNS:localhost"])));
    let server = FakeMysql8::start("me", PASSWORD, Some(&tls));
    let url = |rest: &str| server.url("me", Some(PASSWORD), rest);
    once(&url("?tls=disable"), &[]).fails("auth_failed", "which is sent over TLS only");
    assert_eq!(events(&server, "hung up"), ["full", "hung up"]);
    // A wrong one is told by the server.
    once(&server.url("me", Some("wrong"), ""), &[]).fails("auth_failed", "Access denied");
    assert_eq!(events(&server, "refused"), ["tls", "full", "refused"]);
    once(&url("/shop"), &[]).healthy();
    assert_eq!(events(&server, "quit"), ["tls", "full", "in", "ping", "quit"]);
    // From now on it is remembered.
    once(&url("?tls=disable"), &[]).healthy();
    assert_eq!(events(&server, "quit"), ["fast", "in", "ping", "quit"]);
    for plugin in ["mysql_native_password", "sha256_password", "an_unknown_one"] {
        server.greet_with(plugin);
        once(&url("?tls=require"), &[]).healthy();
        assert_eq!(events(&server, "quit"), ["tls", "fast", "in", "ping", "quit"], "{plugin}");
    }
}

#[test]
fn without_a_password_it_is_greeted_and_left_in_order() {
    let server = FakeMysql8::start("me", PASSWORD, None);
    for user in ["", "me", "who"] {
        let seen = once(&server.url(user, None, "/shop"), &[]).healthy();
        assert_eq!(seen.last()["note"], "server 8.4.0", "{}", seen.report);
        assert_eq!(events(&server, "refused"), ["refused"]);
    }
    once(&server.url("me", Some(PASSWORD), "?tls=require"), &[])
        .fails("protocol_error", "the server has no TLS");
}

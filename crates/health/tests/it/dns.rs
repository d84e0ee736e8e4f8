//! Names, and ports behind names.

use launchway_testkit::target::Reserved;

use crate::check::{check, once};

#[test]
fn a_name_with_the_right_addresses_is_healthy() {
    let line = ["--expected-body-regex", "(?m)^127[.]0[.]0[.]1$"];
    once("dns:localhost", &line).healthy().attempts(1);
    let given = ["--resolve", "app.example:*:192.0.2.7,2001:db8::7"];
    once("dns:app.example", &[&given[..], &["--expected-body", "192.0.2.7\n2001:db8::7"]].concat())
        .healthy();
    once("dns:app.example", &[&given[..], &["--expected-body", "192.0.2.8"]].concat())
        .fails("body_mismatch", "192.0.2.8");
    let six = [&given[..], &["--ip-version", "6", "--expected-body", "192.0.2.7"]].concat();
    once("dns:app.example", &six).fails("body_mismatch", "192.0.2.7");
}

#[test]
fn a_name_without_an_address_is_waited_for() {
    once("dns:nothing-here.invalid", &[])
        .fails("dns_failure", "`nothing-here.invalid` has no address");
    for url in [
        "tcp://nothing-here.invalid:1",
        "tls://nothing-here.invalid",
        "http://nothing-here.invalid",
    ] {
        once(url, &[]).fails("dns_failure", "`nothing-here.invalid` has no address");
    }
    let waited =
        check(&["--url", "dns:nothing-here.invalid", "--interval", "50ms", "--timeout", "600ms"]);
    let waited = waited.fails("dns_failure", "nothing-here.invalid");
    assert!(waited.report["attempts"].as_u64().unwrap() >= 1);
}

#[test]
fn what_a_name_leads_to_is_checked() {
    let evil = ["--resolve", "innocent.example:*:127.0.0.1,169.254.169.254"];
    let url = |scheme: &str| format!("{scheme}://innocent.example:1");
    for scheme in ["tcp", "tls", "http", "https", "grpc", "postgres", "mysql", "redis"] {
        once(&url(scheme), &evil)
            .fails("address_refused", "`innocent.example` leads to 169.254.169.254")
            .attempts(1);
    }
    once("dns:innocent.example", &evil).fails("address_refused", "169.254.169.254");
    let allowed = [&evil[..], &["--allow-private", "link-local", "--request-timeout", "300ms"]];
    let done = once(&url("tcp"), &allowed.concat());
    assert_ne!(done.last()["reason"], "address_refused");
}

#[test]
fn a_port_is_healthy_when_it_is_open() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["localhost", "127.0.0.1", "app.localhost", "0x7f.1"] {
        let done = once(&format!("tcp://{host}:{port}"), &[]).healthy();
        assert_eq!(done.last()["address"], format!("127.0.0.1:{port}"), "{host}");
    }
    let given = format!("app.example:{port}:127.0.0.1");
    once(&format!("tcp://app.example:{port}"), &["--resolve", &given]).healthy();
    let closed = Reserved::new().address();
    once(&format!("tcp://{closed}"), &[]).fails("connection_refused", "connection refused");
}

#[test]
fn a_target_or_line_that_is_none_is_bad_input() {
    for args in [
        &["--url", "dns:"][..],
        &["--url", "dns:127.0.0.1"],
        &["--url", "dns://x"],
        &["--url", "tcp://h"],
        &["--url", "tcp://h:0"],
        &["--url", "tls://h/x"],
        &["--url", "tcp://h:1", "--resolve", "h:1"],
        &["--url", "tcp://h:1", "--ca-file", "no-such-file.pem"],
        &["--url", "tcp://h:1", "--cert-file", "no-such-file.pem", "--key-file", "x.pem"],
    ] {
        let done = check(args);
        assert_eq!(done.run.code, Some(2), "{args:?}: {}", done.run.all());
    }
}

//! The health service of gRPC servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::grpc_health::{GrpcAnswer, GrpcHealth};
use launchway_testkit::tls::{Instead, TlsServer, TlsSettings};

use crate::check::{check, once};
use crate::checker::{self, MARGIN};

fn url(server: &GrpcHealth, service: &str) -> String {
    server.url("grpc", "localhost", service)
}

#[test]
fn a_server_that_serves_is_healthy() {
    let server = GrpcHealth::start();
    let done = once(&url(&server, ""), &[]).healthy();
    assert_eq!(done.last()["note"], "SERVING");
    assert_eq!(done.last()["requests"], 1);
    assert_eq!(done.last()["address"], server.address().to_string());
    assert!(done.last()["timingsMs"]["firstByte"].is_number());
    let calls = server.calls();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(call.service.as_deref(), Some(""));
    assert_eq!(call.line, "POST /grpc.health.v1.Health/Check");
    assert_eq!(call.authority, format!("localhost:{}", server.address().port()));
    assert_eq!(call.header("content-type"), Some("application/grpc"));
    assert_eq!(call.header("te"), Some("trailers"));
    assert!(call.header("user-agent").unwrap().starts_with("launchway-health/"));
    // At most what is left of the five seconds.
    let left = call.header("grpc-timeout").unwrap().strip_suffix('m').unwrap();
    assert!((4000..=5000).contains(&left.parse::<u32>().unwrap()), "{left}");
}

#[test]
fn every_answer_has_its_reason() {
    let server = GrpcHealth::start();
    let text = |text: &str| text.to_owned();
    for (answer, reason, words) in [
        (GrpcAnswer::Health(0), "not_serving", "UNKNOWN"),
        (GrpcAnswer::Health(2), "not_serving", "the service `a.B` does not serve (NOT_SERVING)"),
        (GrpcAnswer::Health(3), "not_serving", "SERVICE_UNKNOWN"),
        (
            GrpcAnswer::TrailersOnly(5, text("unknown")),
            "not_serving",
            "does not know the service `a.B`",
        ),
        (GrpcAnswer::TrailersOnly(12, text("")), "protocol_error", "no health service"),
        (
            GrpcAnswer::Trailers(14, text("caf%C3%A9%0A::error::x")),
            "not_serving",
            "café ::error::x",
        ),
        (GrpcAnswer::Trailers(13, text("boom")), "not_serving", "INTERNAL): boom"),
        (GrpcAnswer::Trailers(16, text("who?")), "auth_failed", "who?"),
        (GrpcAnswer::TrailersOnly(7, text("")), "auth_failed", "PERMISSION_DENIED"),
        (GrpcAnswer::Http(200, text("text/html")), "protocol_error", "`text/html`"),
        (GrpcAnswer::Http(503, text("text/html")), "not_serving", "HTTP status 503"),
        (GrpcAnswer::Http(404, text("text/html")), "protocol_error", "HTTP status 404"),
        (GrpcAnswer::Bytes(vec![]), "protocol_error", "holds no message"),
        (GrpcAnswer::Bytes(b"\0\xff\xff\xff\xff".to_vec()), "protocol_error", "announces"),
        (GrpcAnswer::Bytes(b"\0\0\0\0\x09\x08".to_vec()), "protocol_error", "ends after 1 of 9"),
        (GrpcAnswer::Bytes(vec![7; 100_000]), "protocol_error", "far longer"),
        (GrpcAnswer::Endless, "protocol_error", "far longer"),
        (GrpcAnswer::NoStatus, "protocol_error", "without a gRPC status"),
        (GrpcAnswer::Reset(7), "not_serving", "RST_STREAM, REFUSED_STREAM"),
        (GrpcAnswer::Reset(2), "reset", "RST_STREAM, INTERNAL_ERROR"),
        (GrpcAnswer::GoAway(0), "protocol_error", "closed without an answer"),
        (GrpcAnswer::GoAway(11), "not_serving", "GOAWAY, ENHANCE_YOUR_CALM"),
        (GrpcAnswer::GoAway(2), "reset", "GOAWAY, INTERNAL_ERROR"),
    ] {
        server.set("a.B", answer.clone());
        let done = once(&url(&server, "a.B"), &[]);
        assert!(done.run.elapsed < Duration::from_secs(4), "{answer:?}: {:?}", done.run.elapsed);
        done.fails(reason, words);
    }
    assert!(server.calls().iter().all(|call| call.service.as_deref() == Some("a.B")));
}

#[test]
fn a_server_that_is_silent_ends_with_its_time() {
    let server = GrpcHealth::start();
    for (answer, words) in [
        (GrpcAnswer::Silence, "did not answer the call in time"),
        (GrpcAnswer::Stall, "began and did not end in time"),
    ] {
        server.set("", answer);
        let done = once(&url(&server, ""), &["--request-timeout", "300ms"]);
        let done = done.fails("response_timeout", words);
        assert!(done.run.elapsed < Duration::from_secs(3), "{:?}", done.run.elapsed);
    }
    let mute = TlsServer::without_tls(Instead::Stall);
    once(&mute.url("grpc", "127.0.0.1"), &["--request-timeout", "300ms"])
        .fails("response_timeout", "said nothing in time");
}

#[test]
fn a_hostile_server_costs_neither_time_nor_memory() {
    let server = GrpcHealth::start();
    for (answer, reason) in [
        (GrpcAnswer::Endless, "protocol_error"),
        (GrpcAnswer::Bytes(vec![0; 30_000_000]), "protocol_error"),
        (GrpcAnswer::EndlessInterim, "protocol_error"),
    ] {
        server.set("", answer.clone());
        let inputs =
            [("url", url(&server, "")), ("mode", "once".into()), ("request-timeout", "5s".into())];
        let inputs = inputs.each_ref().map(|(name, value)| (*name, value.as_str()));
        let limit = Duration::from_secs(5) + MARGIN;
        let run = checker::in_time(limit, || checker::check(&inputs)).exits(1);
        assert_eq!(run.output("reason"), reason, "{answer:?}");
        assert!(run.peak < 20 << 20, "{answer:?}: {} bytes", run.peak);
    }
}

#[test]
fn what_is_no_grpc_server_is_said() {
    let http = TlsServer::without_tls(Instead::PlainText);
    once(&http.url("grpc", "127.0.0.1"), &[]).fails("protocol_error", "a server for HTTP/1");
    let rude = TlsServer::without_tls(Instead::HangUp);
    let done = once(&rude.url("grpc", "127.0.0.1"), &[]);
    assert!(["protocol_error", "reset"].contains(&done.last()["reason"].as_str().unwrap()));
    once("grpc://127.0.0.1:1/a.B", &[]).fails("connection_refused", "");
}

/// What a server said that is none for gRPC counts, and not that it hung up with our request unread: that
/// one is seen at some looks only.
#[test]
fn what_was_said_comes_before_the_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("grpc://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"-ERR unknown command 'PRI'\r\n");
        }
    });
    let args = ["--failure-threshold", "20", "--interval", "20ms", "--timeout", "20s"];
    let done = check(&[&["--url", &url], &args[..]].concat()).attempts(20);
    for attempt in done.report["targets"][0]["attempts"].as_array().unwrap() {
        assert_eq!(attempt["reason"], "protocol_error", "{attempt}");
    }
}

#[test]
fn it_is_waited_for() {
    let server = GrpcHealth::start();
    server.set("", GrpcAnswer::Health(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while server.calls().len() < 3 {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.set("", GrpcAnswer::Health(1));
        });
        let done = check(&["--url", &url(&server, ""), "--interval", "50ms", "--timeout", "10s"]);
        assert!(done.healthy().report["attempts"].as_u64().unwrap() >= 4);
    });
}

#[test]
fn headers_go_along_as_metadata() {
    let server = GrpcHealth::start();
    let headers = "Authorization: Bearer sesame-opens\nX-Tenant: a\nContent-Type: text/plain\n\
                   Keep-Alive: 5\nProxy-Connection: close\nHost: shop.example";
    once(&url(&server, ""), &["--headers", headers]).healthy();
    let calls = server.calls();
    assert_eq!(calls[0].header("authorization"), Some("Bearer sesame-opens"));
    assert_eq!(calls[0].header("x-tenant"), Some("a"));
    assert_eq!(calls[0].header("content-type"), Some("application/grpc"));
    assert_eq!(calls[0].authority, "shop.example");
    assert_eq!(calls[0].headers.iter().filter(|(name, _)| name == "host").count(), 0);
}

#[test]
fn a_refused_login_is_final() {
    let server = GrpcHealth::start();
    server.set("", GrpcAnswer::TrailersOnly(16, "who?".to_owned()));
    let args = ["--url", &url(&server, ""), "--timeout", "10s", "--interval", "50ms"];
    check(&args).fails("auth_failed", "who?").attempts(1);
}

#[test]
fn over_tls_the_certificate_counts_too() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(&["DNS:localhost"]));
    let server = GrpcHealth::tls(&TlsSettings::new(&pair).alpn(&["h2"]));
    let authority = certificates.authority().to_str().unwrap();
    let url = server.url("grpcs", "localhost", "");
    let done = once(&url, &["--ca-file", authority, "--min-certificate-days", "20"]).healthy();
    assert_eq!(done.last()["certificateDays"], 30);
    assert!(done.last()["timingsMs"]["tls"].is_number());
    once(&url, &["--ca-file", authority, "--min-certificate-days", "40"]).fails("tls_expired", "");
    once(&url, &[]).fails("tls_untrusted", "");
    once(&server.url("grpcs", "127.0.0.1", ""), &["--ca-file", authority])
        .fails("tls_hostname", "");
    // The two ways of speaking do not mix.
    let done = once(&server.url("grpc", "localhost", ""), &["--ca-file", authority]);
    assert!(["protocol_error", "reset"].contains(&done.last()["reason"].as_str().unwrap()));
    let plain = GrpcHealth::start();
    once(&plain.url("grpcs", "localhost", ""), &[]).fails("protocol_error", "");
}

const SERVER: &str = r#"
import sys, time
from concurrent import futures
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
server = grpc.server(futures.ThreadPoolExecutor(4))
servicer = health.HealthServicer()
Status = health_pb2.HealthCheckResponse
servicer.set("", Status.SERVING)
servicer.set("shop.Cart", Status.SERVING)
servicer.set("shop.Till", Status.NOT_SERVING)
if sys.argv[1] == "health":
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
time.sleep(60)
"#;

struct Real(Child);

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn say(line: &str) {
    println!("{line}");
}

/// A Python that has gRPC's own server and health service.
fn python() -> Option<PathBuf> {
    let python =
        std::env::var_os("LAUNCHWAY_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let has_it = Command::new(&python)
        .args(["-c", "import grpc_health.v1.health"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_it {
        let wanted = "gRPC's own server (Python's grpcio-health-checking)";
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "{wanted} is missing");
        say(&format!("skipped: {wanted} is missing"));
        return None;
    }
    Some(python)
}

fn real(python: &PathBuf, mode: &str) -> (Real, String) {
    let mut child = Command::new(python)
        .args(["-c", SERVER, mode])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Real(child), format!("grpc://localhost:{}", line.trim()))
}

#[test]
fn grpcs_own_server_is_understood() {
    let Some(python) = python() else { return };
    let (server, url) = real(&python, "health");
    // The port is bound before the server answers on it.
    check(&["--url", &url, "--timeout", "10s", "--interval", "50ms"]).healthy();
    once(&format!("{url}/shop.Cart"), &[]).healthy();
    once(&format!("{url}/shop.Till"), &[]).fails("not_serving", "`shop.Till` does not serve");
    once(&format!("{url}/shop.Nothing"), &[]).fails("not_serving", "does not know the service");
    let http = url.replace("grpc://", "http://");
    assert_eq!(once(&http, &[]).run.code, Some(1));
    drop(server);
    once(&url, &[]).fails("connection_refused", "");
    let (_server, url) = real(&python, "none");
    let args =
        ["--url", &url, "--timeout", "3s", "--interval", "50ms", "--failure-threshold", "20"];
    check(&args).fails("protocol_error", "no health service");
}

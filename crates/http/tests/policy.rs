//! The policy against a server that misbehaves, on loopback.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot do its work stops")]

mod server;
mod stream;

use std::time::{Duration, Instant};

use launchway_base::{Deadline, Fault, Secret};
use launchway_http::{
    Client, HttpError, Intent, Proxies, Redirects, Request, Response, Settings, block_on, header,
};
use server::{Answer, Server};

fn client(settings: Settings) -> Client {
    Client::new(Settings { proxies: Some(settings.proxies.unwrap_or_default()), ..settings })
        .unwrap()
}

fn send(request: &Request) -> Result<Response, HttpError> {
    send_with(Settings::default(), request)
}

fn send_with(settings: Settings, request: &Request) -> Result<Response, HttpError> {
    block_on(async { client(settings).send(request).await }).unwrap()
}

fn get(url: &str) -> Request {
    Request::get(url).unwrap()
}

fn post(url: &str) -> Request {
    Request::post(url).unwrap().with_body("x")
}

/// 502, then fine.
fn flaky() -> Server {
    Server::start(|n, _| if n == 1 { Answer::status(502) } else { Answer::status(200) })
}

#[test]
fn a_read_is_repeated_a_write_is_not() {
    let server = flaky();
    assert_eq!(send(&get(&server.url)).unwrap().status, 200);
    assert_eq!(server.requests().len(), 2);

    let server = flaky();
    assert_eq!(send(&post(&server.url)).unwrap().status, 502);
    assert_eq!(server.requests().len(), 1);

    let server = flaky();
    let query = post(&server.url).with_intent(Intent::Read);
    assert_eq!(send(&query).unwrap().status, 200);
    assert!(
        server.requests().iter().all(|request| request.ends_with("\r\n\r\nx")),
        "the body goes along again"
    );
}

#[test]
fn a_write_is_repeated_when_the_server_says_that_it_did_nothing() {
    for refusal in [
        Answer::status(503).with("Retry-After", "0"),
        Answer::status(429),
        Answer::status(403).with("Retry-After", "0"),
    ] {
        let server =
            Server::start(move |n, _| if n == 1 { refusal.clone() } else { Answer::status(201) });
        assert_eq!(send(&post(&server.url)).unwrap().status, 201);
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn no_wait_outlasts_the_deadline() {
    let server = Server::start(|_, _| Answer::status(429).with("Retry-After", "30"));
    let settings =
        Settings { deadline: Deadline::after(Duration::from_secs(5)), ..Settings::default() };
    let started = Instant::now();
    let response = send_with(settings, &get(&server.url)).unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "it waited");
    assert_eq!((response.status.as_u16(), response.wait), (429, Some(Duration::from_secs(30))));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_wait_within_the_deadline_is_kept() {
    let server = Server::start(|n, _| {
        if n == 1 { Answer::status(429).with("Retry-After", "1") } else { Answer::status(200) }
    });
    let settings =
        Settings { deadline: Deadline::after(Duration::from_secs(20)), ..Settings::default() };
    let started = Instant::now();
    assert_eq!(send_with(settings, &get(&server.url)).unwrap().status, 200);
    assert!(started.elapsed() >= Duration::from_secs(1), "it did not wait");
}

#[test]
fn attempts_end() {
    let server = Server::start(|_, _| Answer::status(500));
    assert_eq!(send(&get(&server.url).with_attempts(3)).unwrap().status, 500);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_secret_stays_with_its_origin() {
    let token = Secret::new("ghs_redirected");
    let elsewhere = Server::start(|_, _| Answer::status(200));
    let target = format!("{}/asset", elsewhere.url);
    let server = Server::start(move |_, _| Answer::status(302).with("Location", &target));
    let request = get(&server.url)
        .with_bearer(&token)
        .unwrap()
        .with_secret_header("x-api-key".parse().unwrap(), &token)
        .unwrap()
        .with_header(header::ACCEPT, "text/plain")
        .unwrap();

    let error = send(&request).unwrap_err();
    assert!(matches!(error, HttpError::Redirect { .. }), "{error}");
    assert_eq!(elsewhere.requests().len(), 0);

    let followed = request.with_redirects(Redirects::Any);
    assert_eq!(send(&followed).unwrap().status, 200);
    let seen = elsewhere.requests();
    assert_eq!(seen.len(), 1);
    assert!(seen.iter().all(|request| !request.contains("ghs_redirected")), "{seen:?}");
    assert!(seen.iter().all(|request| request.contains("text/plain")), "{seen:?}");
    assert!(server.requests().iter().all(|request| request.contains("ghs_redirected")));
}

#[test]
fn redirects_within_the_origin_are_followed_and_end() {
    let server = Server::start(|_, request| {
        if request.starts_with("GET /new ") {
            Answer::status(200)
        } else {
            Answer::status(301).with("Location", "/new")
        }
    });
    let request = get(&server.url).with_bearer(&Secret::new("ghs_same_origin")).unwrap();
    let response = send(&request).unwrap();
    assert_eq!((response.status.as_u16(), response.url.path()), (200, "/new"));
    assert!(server.requests().iter().all(|request| request.contains("ghs_same_origin")));

    let server = Server::start(|_, _| Answer::status(302).with("Location", "/again"));
    let error = send(&get(&server.url)).unwrap_err();
    assert!(error.to_string().contains("too many redirects"), "{error}");
    assert!(server.requests().len() < 10);
}

#[test]
fn an_answer_is_read_to_its_limit_only() {
    let long = Server::start(|_, _| Answer::status(200).body(&"x".repeat(2000)));
    let chunked = Server::start(|_, _| Answer::status(200).chunked(&"x".repeat(2000)));
    for server in [long, chunked] {
        let error = send(&get(&server.url).with_body_limit(1999)).unwrap_err();
        assert!(matches!(error, HttpError::BodyTooLarge { limit: 1999, .. }), "{error}");
        assert_eq!(send(&get(&server.url).with_body_limit(2000)).unwrap().body.len(), 2000);
        assert_eq!(server.requests().len(), 2, "what is too long is not asked again");
    }
}

#[test]
fn a_slow_server_is_left() {
    let server = Server::start(|_, _| Answer::status(200).after(Duration::from_secs(5)));
    let request = post(&server.url).with_timeout(Duration::from_millis(200));
    let started = Instant::now();
    let error = send(&request).unwrap_err();
    assert!(matches!(error, HttpError::Timeout { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(server.requests().len(), 1, "a write whose fate is unknown is not repeated");

    let settings =
        Settings { deadline: Deadline::after(Duration::from_millis(300)), ..Settings::default() };
    let error = send_with(settings, &get(&server.url)).unwrap_err();
    assert!(matches!(error, HttpError::Deadline { .. }), "{error}");
    assert!(error.hint().unwrap().contains("run again"));
}

#[test]
fn a_broken_answer_is_no_answer() {
    let server = Server::start(|n, _| {
        if n == 1 {
            Answer::status(200).body("whole").cut(2)
        } else {
            Answer::status(200).body("whole")
        }
    });
    assert_eq!(send(&get(&server.url)).unwrap().text(), "whole");
    let server = Server::start(|_, _| Answer::status(200).body("whole").cut(2));
    let error = send(&post(&server.url)).unwrap_err();
    assert!(matches!(error, HttpError::Interrupted { .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_closed_port_and_a_plain_server_are_told_apart() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error =
        send(&get(&format!("http://127.0.0.1:{port}/x?key=s3cr3t")).with_attempts(2)).unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("http://127.0.0.1:{port}/x")) && !text.contains("s3cr3t"),
        "{text}"
    );
    assert!(text.to_lowercase().contains("refused"), "the cause is said: {text}");

    let server = Server::start(|_, _| Answer::status(200));
    let error = send(&get(&server.url.replace("http:", "https:")).with_attempts(1)).unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"));
}

#[test]
fn requests_go_through_the_proxy_but_for_the_named_hosts() {
    let proxy = Server::start(|_, _| Answer::status(200).body("proxied"));
    let direct = Server::start(|_, _| Answer::status(200).body("direct"));
    let port = direct.url.rsplit(':').next().unwrap().to_owned();
    let proxies = |none_for: &str| {
        let url = proxy.url.replace("http://", "http://user:pr0xyword@");
        Proxies::read(|name| match name {
            "HTTP_PROXY" => Some(url.clone()),
            "NO_PROXY" => Some(none_for.to_owned()),
            _ => None,
        })
        .unwrap()
    };
    let ask = |none_for: &str, host: &str| {
        let settings = Settings { proxies: Some(proxies(none_for)), ..Settings::default() };
        let request = get(&format!("http://{host}/page")).with_attempts(1);
        send_with(settings, &request).map(|answer| answer.text())
    };
    assert_eq!(ask("other.example", "named.invalid").unwrap(), "proxied");
    let seen = proxy.requests().join("");
    assert!(seen.starts_with("GET http://named.invalid/page "), "{seen}");
    assert!(seen.to_lowercase().contains("proxy-authorization: basic"), "{seen}");
    assert!(ask("named.invalid", "named.invalid").is_err());
    // The proxy's own loopback is not the one that is meant.
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(ask("other.example", &format!("{host}:{port}")).unwrap(), "direct", "{host}");
    }
    let there = ask("", "[::1]:9").unwrap_err();
    assert!(matches!(there, HttpError::Connect { .. }), "{there:?}");
}

#[test]
fn every_request_names_the_program() {
    let server = Server::start(|_, _| Answer::status(200));
    send(&get(&server.url)).unwrap();
    assert!(
        server
            .requests()
            .concat()
            .contains(&format!("user-agent: launchway/{}", launchway_base::VERSION))
    );
}

#[test]
fn a_status_becomes_an_error_with_a_redacted_excerpt() {
    let secret = Secret::new("npm_swordfish");
    let server = Server::start(move |_, _| Answer::status(403).body("no\n\n  npm_swordfish  here"));
    let error =
        send(&get(&server.url).with_bearer(&secret).unwrap()).unwrap().success().unwrap_err();
    assert_eq!(error.to_string(), format!("GET {}/: answered 403: no *** here", server.url));
    assert!(error.hint().unwrap().contains("token"));
}

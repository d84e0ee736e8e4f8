//! `http` and `https` targets over real sockets: what is sent, what is made of the answer, what it costs.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use launchway_health::attempt::Observation;
use launchway_health::inputs::Follow;
use launchway_health::net::{Net, Settings};
use launchway_health::probe::Means;
use launchway_health::probe::http::{KIND, RequestSpec};
use launchway_health::reason::Reason;
use launchway_http::Proxies;
use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::grpc_health::GrpcHealth;
use launchway_testkit::target::{Act, Reply, Script, Target};
use launchway_testkit::tls::{TlsServer, TlsSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::net::{net, within};

/// The time of a look that is not to be used up.
const LONG: Duration = Duration::from_secs(10);

fn spec(method: &str, headers: &str, body: &str, follow: Follow) -> RequestSpec {
    RequestSpec::parse(method, &[headers.to_owned()], body.as_bytes().to_vec(), follow).unwrap()
}

fn following(follow: Follow) -> RequestSpec {
    spec("GET", "", "", follow)
}

fn means(net: Net, request: RequestSpec) -> Means {
    Means { net, request, max_body_bytes: 1 << 20, body_matters: true, hidden_env: Vec::new() }
}

async fn look_with(url: &str, means: &Means, limit: Duration) -> Observation {
    (KIND.parse)(url).unwrap().look(means, within(limit)).await
}

async fn look(url: &str, request: RequestSpec) -> Observation {
    look_with(url, &means(net(Settings::default()), request), LONG).await
}

async fn get(url: &str) -> Observation {
    look(url, RequestSpec::default()).await
}

fn body(seen: &Observation) -> &[u8] {
    &seen.response.as_ref().unwrap().body
}

fn status(seen: &Observation) -> Option<u16> {
    seen.response.as_ref().and_then(|response| response.status)
}

#[track_caller]
fn fails(seen: &Observation, reason: Reason, words: &str) {
    assert!(seen.fault.is_some(), "{words}: {:?}", seen.timings);
    let fault = seen.fault.as_ref().unwrap();
    assert_eq!(fault.reason, reason, "{fault:?}");
    assert!(fault.detail.contains(words), "{words}: {fault:?}");
}

/// A server that writes parts with pauses between them, whoever asks, and keeps what it was sent.
async fn parts(parts: Vec<(u64, Vec<u8>)>) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&sent);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                if stream.read_buf(&mut head).await.unwrap_or_default() == 0 {
                    break;
                }
            }
            shared.lock().unwrap().extend(head);
            for (pause, bytes) in &parts {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
                let _ = stream.write_all(bytes).await;
            }
        }
    });
    (url, sent)
}

#[tokio::test]
async fn the_request_is_what_was_asked_for() {
    let target = Target::start("ok");
    let seen = get(&target.url("/a%20b?x=1&y#z")).await;
    assert_eq!((status(&seen), body(&seen), &seen.fault), (Some(200), &b"ok"[..], &None));
    assert_eq!((seen.requests, seen.address), (1, Some(target.address())));
    assert!(seen.note.is_none() && seen.proxy.is_none() && seen.certificate.is_none());
    let asked = &target.requests()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/a%20b?x=1&y"));
    assert_eq!(asked.header("host"), Some(target.address().to_string().as_str()));
    assert_eq!(asked.header("accept"), Some("*/*"));
    assert_eq!(asked.header("connection"), Some("close"));
    assert!(asked.header("user-agent").unwrap().starts_with("launchway-health/"));
    assert_eq!(asked.headers.len(), 4, "{}", asked.head);

    let own = "Host: inner.example\nuser-agent: probe\nX-Two: a\nX-Two: b\nAccept:";
    let seen = look(&target.url("/"), spec("post", own, "{\"a\":1}", Follow::No)).await;
    assert_eq!(seen.fault, None);
    let asked = &target.requests()[1];
    assert_eq!((asked.method.as_str(), asked.body.as_slice()), ("POST", &b"{\"a\":1}"[..]));
    assert_eq!(asked.header("host"), Some("inner.example"));
    assert_eq!(asked.header("user-agent"), Some("probe"));
    assert_eq!(asked.header("content-length"), Some("7"));
    assert_eq!(asked.header("accept"), None);
    let twice: Vec<_> = asked.headers.iter().filter(|(name, _)| name == "x-two").collect();
    assert_eq!(twice.len(), 2);

    let seen =
        look(&target.url("/").replace("://", "://al:s3cret-pa%3Fs@"), RequestSpec::default()).await;
    assert_eq!(seen.fault, None);
    let asked = &target.requests()[2];
    assert_eq!(asked.header("authorization"), Some("Basic YWw6czNjcmV0LXBhP3M="));
    assert_eq!(target.connections().len(), 3, "one connection each");
}

#[tokio::test]
async fn answers_without_a_body_are_whole() {
    for (method, act) in [
        ("HEAD", Act::from(Reply::new(200).header("x-a", "1"))),
        ("GET", Act::status(204)),
        ("GET", Act::status(304)),
        ("HEAD", Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n".to_vec())),
        ("HEAD", Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec())),
        ("GET", Act::Stall(b"HTTP/1.1 204 No Content\r\ncontent-length: 9\r\n\r\n".to_vec())),
        ("GET", Act::Stall(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n".to_vec())),
    ] {
        let target = Target::start(act.clone());
        let seen = look(&target.url("/"), spec(method, "", "", Follow::No)).await;
        assert_eq!(seen.fault, None, "{method} {act:?}");
        assert!(body(&seen).is_empty());
    }
}

#[tokio::test]
async fn each_phase_has_its_time() {
    let wait = Duration::from_millis(120);
    let target = Target::start(Act::ok("ok").after(wait));
    let started = Instant::now();
    let seen = get(&target.localhost("/")).await;
    let all = started.elapsed();
    let timings = seen.timings;
    assert!(timings.dns.is_some() && timings.connect.is_some() && timings.tls.is_none());
    let first_byte = timings.first_byte.unwrap();
    assert!(
        first_byte >= wait && first_byte <= timings.total && timings.total <= all,
        "{timings:?}"
    );

    // Hints are no answer, however early they come; and the body is not the first byte.
    let (hints, answer) =
        (b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(), b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
    let (url, _) =
        parts(vec![(0, hints.clone()), (150, answer.clone()), (150, b"ok".to_vec())]).await;
    let seen = get(&url).await;
    assert_eq!((status(&seen), body(&seen)), (Some(200), &b"ok"[..]));
    let first_byte = seen.timings.first_byte.unwrap();
    assert!(first_byte >= Duration::from_millis(140), "{first_byte:?}");
    assert!(seen.timings.total >= first_byte + Duration::from_millis(140));
    let (url, _) = parts(vec![(150, [hints, answer].concat())]).await;
    assert!(get(&url).await.timings.first_byte.unwrap() >= Duration::from_millis(140));

    // With redirects they are added up.
    let to = target.url("/");
    let home = Target::start(Act::redirect(&to).after(wait));
    let seen = look(&home.url("/"), following(Follow::Yes)).await;
    assert_eq!(
        (status(&seen), seen.requests, seen.address),
        (Some(200), 2, Some(target.address()))
    );
    assert!(seen.timings.first_byte.unwrap() >= wait * 2);
}

#[tokio::test]
async fn bodies_are_decoded() {
    let plain = b"all is well, ".repeat(1000);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&plain).unwrap();
    zlib.write_all(&plain).unwrap();
    raw.write_all(&plain).unwrap();
    for (encoding, packed) in [
        ("gzip", gzip.finish().unwrap()),
        ("X-GZIP", raw_gzip(&plain)),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("identity", plain.clone()),
    ] {
        let reply = |body: &[u8]| Reply::new(200).header("content-encoding", encoding).body(body);
        let target = Target::start(reply(&packed));
        let seen = get(&target.url("/")).await;
        assert_eq!((body(&seen), &seen.fault), (plain.as_slice(), &None), "{encoding}");
        if encoding != "identity" {
            let target = Target::start(reply(&packed[..packed.len() - 3]));
            fails(&get(&target.url("/")).await, Reason::ProtocolError, "cannot be decompressed");
        }
    }
    // What cannot be read is left to whoever expects something of it.
    let target = Target::start(Reply::new(200).header("content-encoding", "br").body("\x01x"));
    let seen = get(&target.url("/")).await;
    assert_eq!((body(&seen), &seen.fault), (&b"\x01x"[..], &None));
}

fn raw_gzip(plain: &[u8]) -> Vec<u8> {
    // Two members in a row are one body.
    let mut all = Vec::new();
    for half in plain.chunks(plain.len() / 2) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(half).unwrap();
        all.extend(gzip.finish().unwrap());
    }
    all
}

#[tokio::test]
async fn reading_stops_at_the_limit() {
    for act in [Act::Huge(300_000_000), Act::Bomb, Act::Endless, Act::EndlessUntilClose] {
        let target = Target::start(act.clone());
        let mut means = means(net(Settings::default()), RequestSpec::default());
        means.max_body_bytes = 1000;
        let started = Instant::now();
        let seen = look_with(&target.url("/"), &means, LONG).await;
        assert!(started.elapsed() < LONG / 2, "{act:?}");
        let response = seen.response.as_ref().unwrap();
        assert!(response.body_is_cut && response.body.len() == 1000 && seen.fault.is_none());
        // What the system's buffers took in, and not much more.
        assert!(target.sent() < 32 << 20, "{act:?}: {}", target.sent());
    }
    let target = Target::start("12345");
    for (most, cut) in [(5, false), (4, true), (0, true)] {
        let mut means = means(net(Settings::default()), RequestSpec::default());
        means.max_body_bytes = most;
        let seen = look_with(&target.url("/"), &means, LONG).await;
        let response = seen.response.as_ref().unwrap();
        assert_eq!((response.body.len(), response.body_is_cut), (most, cut));
    }
}

#[tokio::test]
async fn every_way_to_fail_is_told_apart() {
    let limit = Duration::from_millis(400);
    let drip = Duration::from_millis(20);
    for (act, reason, words) in [
        (Act::Silent, Reason::ResponseTimeout, "no answer came"),
        (Act::DripHead(drip), Reason::ResponseTimeout, "headers did not end"),
        (Act::DripBody(drip), Reason::ResponseTimeout, "body did not end in time; "),
        (Act::Close, Reason::ProtocolError, "closed without an answer"),
        (Act::CloseAtOnce, Reason::ProtocolError, "closed without an answer"),
        (Act::Truncated, Reason::ProtocolError, "the body ends in the middle, after 10 bytes"),
        (Act::TruncatedChunks, Reason::ProtocolError, "the body ends in the middle"),
        (
            Act::Raw(b"HTTP/1.1 200 OK\r\nx-a".to_vec()),
            Reason::ProtocolError,
            "middle of the headers",
        ),
        (
            Act::Raw(b"220 mail.example ESMTP\r\n".to_vec()),
            Reason::ProtocolError,
            "`220 mail.example ESMTP`",
        ),
        (
            Act::Raw(b"HTTP/1.1 2x0 OK\r\n\r\n".to_vec()),
            Reason::ProtocolError,
            "head of the answer",
        ),
        (Act::HugeHeader(100_000), Reason::ProtocolError, "too large"),
        (Act::ManyHeaders(1000), Reason::ProtocolError, "too large"),
        (Act::EndlessHead, Reason::ProtocolError, "too large"),
        (Act::Reset, Reason::Reset, "reset"),
        (Act::ResetAtOnce, Reason::Reset, "reset"),
        (Act::ResetInHead, Reason::Reset, "reset"),
        (Act::ResetInBody, Reason::Reset, "reset"),
    ] {
        let target = Target::start(act.clone());
        let means = means(net(Settings::default()), RequestSpec::default());
        let started = Instant::now();
        let seen = look_with(&target.url("/"), &means, limit).await;
        let took = started.elapsed();
        fails(&seen, reason, words);
        assert_eq!(seen.fault.as_ref().unwrap().is_final, reason.is_final());
        let in_time = took < limit + Duration::from_millis(200);
        assert!(
            in_time && (reason != Reason::ResponseTimeout || took >= limit),
            "{act:?} {took:?}"
        );
    }
    // The status of an answer whose body is broken is known all the same.
    let target = Target::start(Act::Truncated);
    assert_eq!(status(&get(&target.url("/")).await), Some(200));
    let grpc = GrpcHealth::start();
    let url = grpc.url("http", "127.0.0.1", "");
    fails(&get(&url).await, Reason::ProtocolError, "HTTP/2");
}

#[tokio::test]
async fn an_answer_before_the_request_is_through_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut some = [0; 1000];
        let _ = stream.read(&mut some).await;
        let answer =
            b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(answer).await;
        tokio::time::sleep(LONG).await;
    });
    let seen = look(&url, spec("POST", "", &"x".repeat(20 << 20), Follow::No)).await;
    assert_eq!((status(&seen), &seen.fault), (Some(413), &None));
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_is_told() {
    let other = Target::start("there");
    let there = other.localhost("/landed?k=v");
    let home = Target::start(Script::choose(move |asked| match asked.path.as_str() {
        "/away" => Act::redirect(&there),
        "/near" => Act::redirect("near/by"),
        "/near/by" => Act::ok("here"),
        "/bytes" => Reply::new(302).header("location", b"/caf\xc3\xa9").into(),
        "/form" => Reply::new(303).header("location", "/near/by").into(),
        "/kept" => Reply::new(307).header("location", "/near/by").into(),
        "/mute" => Act::status(301),
        _ => Act::status(404),
    }));
    for (follow, path, expected, note) in [
        (
            Follow::No,
            "/near",
            302,
            "points to `http://127.0.0.1:PORT/near/by`; with `follow-redirects: true`",
        ),
        (Follow::No, "/mute", 301, "does not say where"),
        (Follow::SameHost, "/near", 200, "one redirect led to"),
        (Follow::SameHost, "/away", 302, "`http://localhost:OTHER/landed?k=***`, another host"),
        (
            Follow::Yes,
            "/away",
            200,
            "one redirect led to `http://localhost:OTHER/landed?k=***`; credentials stayed",
        ),
        (Follow::Yes, "/bytes", 404, "/caf%C3%A9"),
        (Follow::Yes, "/mute", 301, "does not say where"),
    ] {
        let seen = look(&home.url(path), following(follow)).await;
        assert_eq!((status(&seen), &seen.fault), (Some(expected), &None), "{follow:?} {path}");
        let note = note
            .replace("PORT", &home.port().to_string())
            .replace("OTHER", &other.port().to_string());
        assert!(seen.note.as_ref().unwrap().contains(&note), "{note}: {:?}", seen.note);
    }
    let before = home.count();
    for path in ["/form", "/kept"] {
        let request = spec("POST", "Content-Type: text/plain", "data", Follow::SameHost);
        let seen = look(&home.url(path), request).await;
        assert_eq!((status(&seen), seen.requests), (Some(200), 2));
    }
    let asked = &home.requests()[before..];
    let said: Vec<_> = asked.iter().map(|one| (one.method.as_str(), one.body.as_slice())).collect();
    let data = &b"data"[..];
    assert_eq!(said, [("POST", data), ("GET", &b""[..]), ("POST", data), ("POST", data)]);
    assert_eq!(asked[1].header("content-type"), None);
    assert_eq!(asked[3].header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn a_loop_takes_no_more_requests_than_it_needs() {
    for (script, reason, requests) in [
        (Script::loop_to_self(), Reason::RedirectLoop, 1),
        (Script::loop_of_two(), Reason::RedirectLoop, 2),
        (Script::loop_of_new(), Reason::TooManyRedirects, 11),
    ] {
        let target = Target::start(script);
        let seen = look(&target.url("/one"), following(Follow::Yes)).await;
        fails(&seen, reason, "redirect");
        assert!(seen.fault.as_ref().unwrap().is_final);
        assert_eq!((seen.requests, target.count()), (requests, requests as usize));
    }
    for bad in ["ftp://127.0.0.1/", "http://[::1", "http://127.0.0.1:99999/"] {
        let target = Target::start(Act::redirect(bad));
        let seen = look(&target.url("/"), following(Follow::Yes)).await;
        fails(&seen, Reason::ProtocolError, bad);
        assert_eq!(look(&target.url("/"), following(Follow::No)).await.fault, None);
    }
}

#[tokio::test]
async fn a_slow_way_ends_in_time_too() {
    let step = Duration::from_millis(100);
    let target = Target::start(Script::choose(move |asked| {
        Act::redirect(format!("/{}", asked.number)).after(step)
    }));
    let means = means(net(Settings::default()), following(Follow::Yes));
    let started = Instant::now();
    let seen = look_with(&target.url("/"), &means, step * 4).await;
    assert!(started.elapsed() < step * 6);
    fails(&seen, Reason::ResponseTimeout, "no answer came");
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let other = Target::start("there");
    let there = other.url("/");
    let home = Target::start(Script::choose(move |asked| {
        if asked.path == "/" { Act::redirect("/next") } else { Act::redirect(&there) }
    }));
    let headers = "Authorization: Bearer s3cret-one\nX-Access-Token: s3cret-two\nCookie: a=s3cret-three\nX-Plain: 1";
    let seen = look(&home.url("/"), spec("GET", headers, "", Follow::Yes)).await;
    assert_eq!((status(&seen), seen.requests), (Some(200), 3));
    for asked in home.requests() {
        assert!(asked.head.contains("s3cret-one") && asked.head.contains("s3cret-three"));
    }
    let landed = &other.requests()[0];
    assert!(!landed.head.contains("s3cret"), "{}", landed.head);
    assert_eq!(landed.header("x-plain"), Some("1"));
    assert!(seen.note.unwrap().contains("credentials stayed with"));
    // A body may be a login as well.
    let kept = Target::start(Reply::new(307).header("location", other.url("/form").as_str()));
    let seen = look(&kept.url("/"), spec("POST", "", "s3cret-four", Follow::Yes)).await;
    assert_eq!((status(&seen), other.count()), (Some(307), 1));
    assert!(seen.note.unwrap().contains("body does not go"));
}

#[tokio::test]
async fn a_client_certificate_stays_with_its_origin() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(&["DNS:localhost", "IP:127.0.0.1"]));
    let client = certificates.make(&Wanted::client());
    let server = TlsServer::start(&TlsSettings::new(&pair).clients_of(certificates.authority()));
    let home = Target::start(Act::redirect(server.url("https", "localhost")));
    let settings = Settings {
        ca_file: Some(certificates.authority().to_owned()),
        cert_file: Some(client.certificate.clone()),
        key_file: Some(client.key.clone()),
        ..Settings::default()
    };
    let means = means(net(settings), following(Follow::Yes));
    let seen = look_with(&server.url("https", "localhost"), &means, LONG).await;
    assert_eq!((status(&seen), &seen.fault), (Some(200), &None));
    assert!(seen.timings.tls.is_some() && seen.certificate.is_some());
    let seen = look_with(&home.url("/"), &means, LONG).await;
    fails(&seen, Reason::AuthFailed, "certificate");
    assert!(server.handshakes().iter().filter(|one| one.has_certificate).count() == 1);
    // Asked without TLS, it says so.
    fails(&get(&server.url("http", "localhost")).await, Reason::ProtocolError, "TLS");
}

#[tokio::test]
async fn a_proxy_gets_the_whole_url_and_its_own_login() {
    let proxy = Target::start("by proxy");
    let (name, value) = ("http_proxy", format!("http://me:s3cret-proxy@{}", proxy.address()));
    let proxies = Proxies::read(|asked| (asked == name).then(|| value.clone())).unwrap();
    let request = spec("GET", "Authorization: Bearer s3cret-five", "", Follow::No);
    let means = means(net(Settings { proxies, ..Settings::default() }), request);
    let seen = look_with("http://shop.example:81/a?b", &means, LONG).await;
    assert_eq!((status(&seen), body(&seen)), (Some(200), &b"by proxy"[..]));
    assert_eq!(seen.proxy, Some(format!("http://{}", proxy.address())));
    let asked = &proxy.requests()[0];
    assert_eq!(asked.path, "http://shop.example:81/a?b");
    assert_eq!(asked.header("host"), Some("shop.example:81"));
    assert_eq!(asked.header("proxy-authorization"), Some("Basic bWU6czNjcmV0LXByb3h5"));
    assert_eq!(asked.header("authorization"), Some("Bearer s3cret-five"));

    proxy.turn(Act::status(407));
    let seen = look_with("http://shop.example:81/", &means, LONG).await;
    fails(&seen, Reason::AuthFailed, &format!("the proxy `http://{}`", proxy.address()));
    assert!(seen.fault.unwrap().is_final);
    // Without a proxy it is the target's status like any other.
    assert_eq!(get(&Target::start(Act::status(407)).url("/")).await.fault, None);
}

#[tokio::test]
async fn an_upgrade_can_be_what_is_expected() {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x02hi";
    let (url, heard) = parts(vec![(0, answer.to_vec()), (3000, Vec::new())]).await;
    let headers = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==";
    let started = Instant::now();
    let seen = look(&url, spec("GET", headers, "", Follow::No)).await;
    assert_eq!((status(&seen), &seen.fault), (Some(101), &None));
    assert!(started.elapsed() < Duration::from_secs(2));
    let heard = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    assert!(heard.contains("connection: Upgrade") && !heard.contains("close"), "{heard}");
}

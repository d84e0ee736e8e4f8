//! Behind a proxy: messages go through it, its login goes to it alone, and this machine is never
//! asked for by it.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::runner::StepRun;
use launchway_testkit::tls::{TlsServer, TlsSettings};

use crate::ways::{Stage, Way, each, keeps_secrets};

const PASSWORD: &str = "hunter88hunter";
const HOOK: &str = "https://hooks.example/services/T0PROXY000/B0PROXY000/sesamesesame";

/// A proxy that answers `CONNECT` so, and leads tunnels to one address.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(answer: &'static str, target: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heads);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|n| n == 1) {
                    head.extend(byte);
                }
                shared.lock().unwrap().push(String::from_utf8(head).unwrap());
                let _ = client.write_all(answer.as_bytes());
                if let Some(target) = target {
                    tunnel(client, TcpStream::connect(target).unwrap());
                }
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn url(&self) -> String {
        format!("http://user:{PASSWORD}@{}", self.address)
    }
}

fn tunnel(mut client: TcpStream, mut server: TcpStream) {
    let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut up, &mut down);
        let _ = down.shutdown(std::net::Shutdown::Write);
    });
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Write);
    });
}

/// One step; neither the login nor the address of the webhook is told.
fn step(stage: &Stage, more: &[(&str, &str)]) -> StepRun {
    let base = [("webhook", HOOK), ("text", "hello"), ("retries", "RAPID")];
    let step = stage.step(&[&base, more].concat());
    // `user:password`, as the proxy gets it.
    let encoded = "dXNlcjpodW50ZXI4OGh1bnRlcg";
    keeps_secrets(&step, &[PASSWORD, encoded, "sesamesesame"].map(str::to_owned));
    step
}

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[test]
fn a_webhook_is_reached_through_a_tunnel_whose_login_stays_at_the_proxy() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(&["DNS:hooks.example"]));
    let server = TlsServer::start(&TlsSettings::new(&pair));
    let proxy = Proxy::start(ESTABLISHED, Some(server.address()));
    let mut stage = Stage::new();
    let authority = certificates.authority().to_str().unwrap().to_owned();
    stage.env.push(("SSL_CERT_FILE".to_owned(), authority));
    let url = proxy.url();
    let done = step(&stage, &[("proxy", &url)]).success();
    assert_eq!((done.output("ok"), done.output("attempts")), ("true", "1"));
    stage.env.push(("HTTPS_PROXY".to_owned(), url.clone()));
    step(&stage, &[]).success();
    // What is given wins over the environment.
    stage.env.push(("https_proxy".to_owned(), "http://127.0.0.1:9".to_owned()));
    step(&stage, &[("proxy", &url)]).success();
    let heads = proxy.heads();
    assert_eq!((heads.len(), server.handshakes().len()), (3, 3));
    for head in heads {
        assert!(head.starts_with("CONNECT hooks.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
        assert!(!head.contains("sesame"), "{head}");
    }
}

#[test]
fn a_proxy_that_says_no_has_sent_nothing() {
    let answers = [
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "",
    ];
    each(&answers, |answer| {
        let proxy = Proxy::start(answer, None);
        let url = proxy.url();
        let done = step(&Stage::new(), &[("proxy", &url), ("retries", "2")]).exits(3);
        assert_eq!(done.output("error"), "unreachable", "{answer}: {}", done.log);
        assert_eq!(proxy.heads().len(), 3, "{answer}: {}", done.log);
        assert!(done.messages("error")[0].contains("proxy"), "{answer}: {}", done.log);
    });
}

#[test]
fn a_proxy_nobody_answers_at_is_tried_again_and_named() {
    let url = format!("http://user:{PASSWORD}@127.0.0.1:9");
    let done = step(&Stage::new(), &[("proxy", &url), ("retries", "1")]).exits(3);
    assert_eq!((done.output("error"), done.output("attempts")), ("unreachable", "2"));
    assert!(done.messages("error")[0].contains("proxy"), "{}", done.log);
}

#[test]
fn a_proxy_that_hangs_is_left_with_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:{PASSWORD}@{}", listener.local_addr().unwrap());
    let more = [
        ("proxy", url.as_str()),
        ("retries", "0"),
        ("timeout-seconds", "1"),
        ("deadline-seconds", "4"),
    ];
    let done = step(&Stage::new(), &more).exits(3);
    assert!(done.elapsed < Duration::from_secs(5), "{:?}", done.elapsed);
    assert!(matches!(done.output("error"), "unreachable" | "unknown" | "deadline"), "{}", done.log);
}

#[test]
fn this_machine_is_never_asked_for_by_a_proxy() {
    let proxy = Proxy::start("HTTP/1.1 502 Bad Gateway\r\n\r\n", None);
    let url = proxy.url();
    for way in [Way::Webhook, Way::Token, Way::Snippet] {
        let mut stage = Stage::new();
        stage.goes(way, &[("proxy", &url)]).success();
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"] {
            stage.env.push((name.to_owned(), url.clone()));
        }
        stage.goes(way, &[]).success();
        assert_eq!(stage.copies(way), 2);
    }
    assert!(proxy.heads().is_empty());
}

#[test]
fn hosts_the_environment_excludes_are_reached_without() {
    let proxy = Proxy::start("HTTP/1.1 502 Bad Gateway\r\n\r\n", None);
    let url = proxy.url();
    let mut stage = Stage::new();
    stage.env.push(("NO_PROXY".to_owned(), "hooks.example".to_owned()));
    let done = step(&stage, &[("proxy", &url), ("retries", "0")]).exits(3);
    assert!(!done.messages("error")[0].contains("the proxy"), "{}", done.log);
    assert!(proxy.heads().is_empty());
}

#[test]
fn a_proxy_that_is_none_is_bad_input_and_not_shown() {
    for url in [
        format!("socks5://user:{PASSWORD}@proxy.example:1080"),
        format!("http://user:{PASSWORD}@[x"),
        format!("ftp://user:{PASSWORD}@proxy.example"),
    ] {
        let done = step(&Stage::new(), &[("proxy", &url)]).exits(2);
        assert!(done.messages("error")[0].contains("`proxy`"), "{}", done.log);
    }
}

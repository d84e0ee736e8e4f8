//! Targets behind the proxies of the environment.

#![expect(clippy::panic, reason = "a test says so when it fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use launchway_health::attempt::{Fault, Timings};
use launchway_health::net::{Net, Opened, Settings};
use launchway_health::reason::Reason;
use launchway_http::Proxies;
use launchway_testkit::target::Reserved;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use crate::net::{Hole, net, within};

/// A proxy that reads a head, answers with a text and then says `hello` as the target.
struct Proxy {
    address: std::net::SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heads);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap() > 0
                {
                }
                shared.lock().unwrap().push(String::from_utf8(head).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.write_all(b"hello").await.unwrap();
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn behind(pairs: &[(&str, &str)]) -> Net {
    let get = |name: &str| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    net(Settings { proxies: Proxies::read(get).unwrap(), ..Settings::default() })
}

async fn open(net: &Net, scheme: &str, host: &str, port: u16) -> Result<Opened, Fault> {
    let until = within(Duration::from_millis(800));
    net.open(scheme, host, port, until, &mut Timings::default()).await
}

/// The fault of a way that does not open.
async fn fault(net: &Net, host: &str) -> Fault {
    match open(net, "https", host, 443).await {
        Ok(_) => panic!("a way to {host} is open"),
        Err(fault) => fault,
    }
}

#[tokio::test]
async fn a_tunnel_leads_to_the_target_and_nothing_of_it_is_lost() {
    let proxy = Proxy::start("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n").await;
    let address = proxy.address;
    let behind = behind(&[("https_proxy", &format!("http://user:hunter77@{address}"))]);
    for (host, target) in [
        ("target.example", "target.example:443"),
        ("93.184.216.34", "93.184.216.34:443"),
        ("[2001:db8::7]", "[2001:db8::7]:443"),
        ("b\u{fc}cher.example", "xn--bcher-kva.example:443"),
    ] {
        let mut opened = open(&behind, "https", host, 443).await.unwrap();
        assert_eq!(opened.address, address, "the checked address is the proxy's");
        assert_eq!(opened.proxy.as_deref(), Some(format!("http://{address}").as_str()));
        assert!(opened.forward.is_none());
        let mut said = [0; 5];
        opened.stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"hello");
        let head = proxy.heads().pop().unwrap();
        assert!(
            head.starts_with(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n")),
            "{head}"
        );
        assert!(head.contains("Proxy-Authorization: Basic dXNlcjpodW50ZXI3Nw==\r\n"), "{head}");
    }
}

#[tokio::test]
async fn plain_http_is_passed_on_and_the_login_is_for_the_proxy() {
    let proxy = Proxy::start("").await;
    let behind = behind(&[("HTTP_PROXY", &format!("http://user:hunter77@{}", proxy.address))]);
    let opened = open(&behind, "http", "target.example", 80).await.unwrap();
    let login = opened.forward.unwrap().authorization.unwrap();
    assert_eq!(login, "Basic dXNlcjpodW50ZXI3Nw==");
    assert!(login.is_sensitive());
    assert!(proxy.heads().is_empty(), "nothing is asked before the request");
    let url = Url::parse("http://target.example/").unwrap();
    assert_eq!(behind.proxy_for(&url).unwrap().to_string(), format!("http://{}", proxy.address));
}

#[tokio::test]
async fn the_scheme_chooses_the_variable() {
    let variables = [
        ("HTTP_PROXY", "http://one.example:1"),
        ("HTTPS_PROXY", "http://two.example:2"),
        ("ALL_PROXY", "http://three.example:3"),
        ("NO_PROXY", "internal.example"),
    ];
    let behind = behind(&variables);
    let chosen = |url: &str| {
        let url = Url::parse(url).unwrap();
        behind.proxy_for(&url).map(|proxy| proxy.to_string())
    };
    for (url, proxy) in [
        ("http://a.example", Some("http://one.example:1")),
        ("https://a.example", Some("http://two.example:2")),
        ("tls://a.example", Some("http://two.example:2")),
        ("grpc://a.example:1", Some("http://two.example:2")),
        ("tcp://a.example:1", Some("http://three.example:3")),
        ("postgres://a.example", Some("http://three.example:3")),
        ("https://app.internal.example", None),
        ("https://localhost:8443", None),
        ("http://127.0.0.1", None),
        ("tcp://[::1]:1", None),
    ] {
        assert_eq!(chosen(url).as_deref(), proxy, "{url}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    for (answer, reason, part) in [
        ("HTTP/1.1 407 Login\r\n\r\n", Reason::AuthFailed, "407 Login"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", Reason::ConnectionRefused, "502 Bad Gateway"),
        ("HTTP/1.1 503 Later\r\n\r\n", Reason::ConnectionRefused, "503 Later"),
        ("HTTP/1.1 504 Late\r\n\r\n", Reason::ConnectTimeout, "504 Late"),
        ("SSH-2.0-OpenSSH\r\n\r\n", Reason::ProtocolError, "SSH-2.0-OpenSSH"),
    ] {
        let proxy = Proxy::start(answer).await;
        let url = format!("http://user:hunter77@{}", proxy.address);
        let fault = fault(&behind(&[("HTTPS_PROXY", &url)]), "target.example").await;
        assert_eq!(fault.reason, reason, "{fault:?}");
        // The others may say that the target is down.
        assert_eq!(fault.is_own, part.starts_with("407"), "{fault:?}");
        assert!(fault.detail.contains(part), "{fault:?}");
        assert!(fault.detail.contains(&format!("proxy `http://{}`", proxy.address)), "{fault:?}");
        assert!(!fault.detail.contains("hunter77"));
    }
}

#[tokio::test]
async fn hints_of_a_proxy_are_no_answer_yet() {
    for answer in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\nVia: odd\n\r\n",
    ] {
        let proxy = Proxy::start(answer).await;
        let behind = behind(&[("HTTPS_PROXY", &format!("http://{}", proxy.address))]);
        assert!(open(&behind, "https", "target.example", 443).await.is_ok(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let refusing = Reserved::new();
    let url = format!("http://{}", refusing.address());
    let refused = fault(&behind(&[("HTTPS_PROXY", &url)]), "target.example").await;
    assert_eq!(refused.reason, Reason::ConnectionRefused);
    assert!(refused.is_own, "that says nothing of the target");
    assert!(refused.detail.contains(&format!("the proxy `{url}`")), "{refused:?}");
    let hole = Hole::open().await;
    let url = format!("http://{}", hole.address());
    let silent = fault(&behind(&[("HTTPS_PROXY", &url)]), "target.example").await;
    assert_eq!(silent.reason, Reason::ConnectTimeout, "{silent:?}");
    let closing = Proxy::start("HTTP/1.1 200 but no end").await;
    let url = format!("http://{}", closing.address);
    let closed = fault(&behind(&[("HTTPS_PROXY", &url)]), "target.example").await;
    assert!(matches!(closed.reason, Reason::ProtocolError | Reason::Reset), "{closed:?}");
}

#[tokio::test]
async fn what_is_never_asked_is_not_asked_through_a_proxy_either() {
    let proxy = Proxy::start("HTTP/1.1 200 OK\r\n\r\n").await;
    let behind = behind(&[("HTTPS_PROXY", &format!("http://{}", proxy.address))]);
    for host in ["169.254.169.254", "2852039166", "[fe80::1]", "metadata.google.internal"] {
        assert_eq!(fault(&behind, host).await.reason, Reason::AddressRefused, "{host}");
    }
    // Nothing that is no host gets into the request.
    for host in ["a\r\nX: y", "a b", "a/b", ""] {
        assert_eq!(fault(&behind, host).await.reason, Reason::DnsFailure, "{host:?}");
    }
    assert!(proxy.heads().is_empty());
    let metadata = net(Settings {
        proxies: Proxies::read(|name| {
            (name == "HTTPS_PROXY").then(|| "http://169.254.169.254:80".to_owned())
        })
        .unwrap(),
        ..Settings::default()
    });
    let fault = fault(&metadata, "target.example").await;
    assert_eq!(fault.reason, Reason::AddressRefused, "a proxy is checked like a target");
}

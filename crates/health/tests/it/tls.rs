//! Secure connections to servers that are right, wrong, strange or silent.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use launchway_health::attempt::{Certificate, Fault, Timings};
use launchway_health::net::{Net, Settings, broken};
use launchway_health::reason::Reason;
use launchway_testkit::certificates::{Certificates, Pair, Wanted};
use launchway_testkit::tls::{Instead, TlsServer, TlsSettings};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::net::{net, within};

const NAMES: &[&str] = &["DNS:localhost", "DNS:*.app.example", "IP:127.0.0.1"];
const PATIENCE: Duration = Duration::from_secs(5);

fn trusting(file: &Path) -> Net {
    net(Settings { ca_file: Some(file.to_owned()), ..Settings::default() })
}

fn with_identity(authority: &Path, pair: &Pair) -> Net {
    net(Settings {
        ca_file: Some(authority.to_owned()),
        cert_file: Some(pair.certificate.clone()),
        key_file: Some(pair.key.clone()),
        ..Settings::default()
    })
}

/// The certificate that is shown under a name, or what is wrong.
async fn look(net: &Net, address: SocketAddr, name: &str) -> Result<Certificate, Fault> {
    let stream = TcpStream::connect(address).await.unwrap();
    net.certificate(stream, name, within(PATIENCE), &mut Timings::default()).await
}

async fn reason(net: &Net, address: SocketAddr, name: &str, part: &str) -> Reason {
    let fault = look(net, address, name).await.unwrap_err();
    assert!(fault.detail.contains(part), "{part}: {fault:?}");
    fault.reason
}

#[tokio::test]
async fn what_is_trusted_and_for_the_name_is_good() {
    let Some(certificates) = Certificates::new() else { return };
    let trusting = trusting(certificates.authority());
    for wanted in [Wanted::server(NAMES), Wanted::server(NAMES).rsa()] {
        let pair = certificates.make(&wanted);
        for settings in [TlsSettings::new(&pair), TlsSettings::new(&pair).tls12()] {
            let server = TlsServer::start(&settings);
            for name in
                ["localhost", "LOCALHOST", "localhost.", "x.app.example", "127.0.0.1", "127.1"]
            {
                let shown = look(&trusting, server.address(), name).await;
                let shown = shown.unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
                assert!(shown.subject.starts_with("launchway test"), "{shown:?}");
                let days = (shown.not_after_unix - jiff::Timestamp::now().as_second()) / 86_400;
                assert!((28..=30).contains(&days), "{days}");
            }
            let names: Vec<_> = server.handshakes().into_iter().map(|seen| seen.name).collect();
            assert_eq!(names.first().unwrap().as_deref(), Some("localhost"));
            assert_eq!(names.last().unwrap(), &None, "an address is no server name");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let Some(certificates) = Certificates::new() else { return };
    let trusting = trusting(certificates.authority());
    let plain = net(Settings::default());
    let start = |wanted: Wanted| TlsServer::start(&TlsSettings::new(&certificates.make(&wanted)));
    let good = start(Wanted::server(NAMES));
    let foreign = reason(&plain, good.address(), "localhost", "`launchway test authority`").await;
    assert_eq!(foreign, Reason::TlsUntrusted);
    let names = "is for `localhost`, `*.app.example`, `127.0.0.1`";
    for other in ["other.example", "app.example", "a.b.app.example", "127.0.0.2", "::1"] {
        let found = reason(&trusting, good.address(), other, names).await;
        assert_eq!(found, Reason::TlsHostname, "{other}");
    }
    let nameless = start(Wanted::server(&[]));
    let found = reason(&trusting, nameless.address(), "localhost", "common name").await;
    assert_eq!(found, Reason::TlsHostname);
    let expired = start(Wanted::server(NAMES).expired());
    let found = reason(&trusting, expired.address(), "localhost", " ago").await;
    assert_eq!(found, Reason::TlsExpired);
    let early = start(Wanted::server(NAMES).not_yet_valid());
    let found = reason(&trusting, early.address(), "localhost", " only, in 2").await;
    assert_eq!(found, Reason::TlsExpired);
    let own = start(Wanted::server(NAMES).self_signed());
    let found = reason(&trusting, own.address(), "localhost", "is signed by itself").await;
    assert_eq!(found, Reason::TlsUntrusted);
    let insecure = net(Settings { insecure: true, ..Settings::default() });
    for server in [&good, &nameless, &expired, &early, &own] {
        let shown = look(&insecure, server.address(), "other.example").await.unwrap();
        assert!(shown.subject.starts_with("launchway test"), "{shown:?}");
    }
}

/// What most people make by hand: `openssl req -x509`, an authority that serves.
#[tokio::test]
async fn a_certificate_that_is_named_itself_is_trusted_for_its_names() {
    let Some(certificates) = Certificates::new() else { return };
    let (certificate, key) =
        (certificates.dir().join("own.pem"), certificates.dir().join("own.key"));
    let done = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "9", "-subj", "/CN=own", "-addext", "subjectAltName=DNS:own.example"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(done.status.success());
    let server =
        TlsServer::start(&TlsSettings::new(&Pair { certificate: certificate.clone(), key }));
    let plain = net(Settings::default());
    let found = reason(&plain, server.address(), "own.example", "signed by itself").await;
    assert_eq!(found, Reason::TlsUntrusted);
    let trusting = trusting(&certificate);
    assert_eq!(look(&trusting, server.address(), "own.example").await.unwrap().subject, "own");
    let found = reason(&trusting, server.address(), "other.example", "`own.example`").await;
    assert_eq!(found, Reason::TlsHostname);
}

#[tokio::test]
async fn a_client_certificate_is_shown_and_its_lack_is_said() {
    let Some(certificates) = Certificates::new() else { return };
    let Some(others) = Certificates::new() else { return };
    let authority = certificates.authority();
    let server = certificates.make(&Wanted::server(NAMES));
    let good = with_identity(authority, &certificates.make(&Wanted::client()));
    let rsa = with_identity(authority, &certificates.make(&Wanted::client().rsa()));
    let expired = with_identity(authority, &certificates.make(&Wanted::client().expired()));
    let foreign = with_identity(authority, &others.make(&Wanted::client()));
    let none = trusting(authority);
    let both = TlsSettings::new(&server).clients_of(authority);
    for settings in [both.clone(), both.tls12()] {
        let server = TlsServer::start(&settings);
        for net in [&good, &rsa] {
            look(net, server.address(), "localhost").await.unwrap();
        }
        assert!(server.handshakes().iter().all(|seen| seen.has_certificate));
        for (net, part) in [
            (&none, "wants a client certificate"),
            (&foreign, "refuses the client certificate"),
            (&expired, "refuses the client certificate"),
        ] {
            let found = reason(net, server.address(), "localhost", part).await;
            assert_eq!(found, Reason::AuthFailed, "{settings:?}");
            // Who reads instead of waiting learns the same.
            let stream = TcpStream::connect(server.address()).await.unwrap();
            let made =
                net.tls(stream, "localhost", &[], within(PATIENCE), &mut Timings::default()).await;
            let fault = match made {
                Ok((mut stream, _)) => broken(&stream.read(&mut [0; 9]).await.unwrap_err()),
                Err(fault) => fault,
            };
            assert_eq!(fault.reason, Reason::AuthFailed, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_from_what_is_silent() {
    let plain = net(Settings::default());
    for (instead, wanted, part) in [
        (Instead::PlainText, Reason::ProtocolError, "not in TLS"),
        (Instead::HangUp, Reason::ProtocolError, "closes the connection"),
    ] {
        let server = TlsServer::without_tls(instead);
        let found = reason(&plain, server.address(), "localhost", part).await;
        assert_eq!(found, wanted, "{instead:?}");
    }
    let server = TlsServer::without_tls(Instead::Stall);
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let started = Instant::now();
    let mut timings = Timings::default();
    let until = within(Duration::from_millis(300));
    let fault = plain.tls(stream, "localhost", &[], until, &mut timings).await.unwrap_err();
    assert_eq!(fault.reason, Reason::ResponseTimeout, "{fault:?}");
    assert!(started.elapsed() < Duration::from_millis(500));
    assert!(timings.tls.unwrap() >= Duration::from_millis(290));
}

#[tokio::test]
async fn a_reset_in_the_handshake_is_a_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // What was sent is not read: the system answers with a reset.
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(stream);
    });
    let plain = net(Settings::default());
    assert_eq!(reason(&plain, address, "localhost", "resets").await, Reason::Reset);
}

#[tokio::test]
async fn a_host_that_no_certificate_can_be_for_is_said_to_be_none() {
    let server = TlsServer::without_tls(Instead::Stall);
    let plain = net(Settings::default());
    for name in ["a b", "", "-"] {
        let found = reason(&plain, server.address(), name, "is no name").await;
        assert_eq!(found, Reason::TlsHostname, "{name}");
    }
}

#[tokio::test]
async fn a_key_that_belongs_to_another_certificate_is_bad_input() {
    let Some(certificates) = Certificates::new() else { return };
    let (one, other) = (certificates.make(&Wanted::client()), certificates.make(&Wanted::client()));
    let failure = Net::new(Settings {
        cert_file: Some(one.certificate),
        key_file: Some(other.key),
        ..Settings::default()
    })
    .unwrap_err();
    assert_eq!(failure.kind().code(), 2);
    assert!(failure.to_string().contains("cannot be used with the certificate"), "{failure}");
}

//! Certificates that are good, and every way in which one is not, over each protocol that shows one.

use std::time::{Duration, Instant};

use launchway_testkit::certificates::{Certificates, Pair, Wanted};
use launchway_testkit::grpc_health::GrpcHealth;
use launchway_testkit::tls::{Handshake, Instead, TlsServer, TlsSettings};

use crate::check::{check, once};

const NAMES: &[&str] = &["DNS:localhost", "IP:127.0.0.1"];

/// A server with this certificate: for `grpcs` one that speaks it.
enum Server {
    Plain(TlsServer),
    Grpc(GrpcHealth),
}

impl Server {
    fn start(scheme: &str, settings: &TlsSettings) -> Self {
        if scheme == "grpcs" {
            Self::Grpc(GrpcHealth::tls(&settings.clone().alpn(&["h2"])))
        } else {
            Self::Plain(TlsServer::start(settings))
        }
    }

    fn url(&self, scheme: &str, host: &str) -> String {
        let port = match self {
            Self::Plain(server) => server.address().port(),
            Self::Grpc(server) => server.address().port(),
        };
        format!("{scheme}://{host}:{port}")
    }
}

const SCHEMES: &[&str] = &["https", "tls", "grpcs"];

fn authority(certificates: &Certificates) -> [&str; 2] {
    ["--ca-file", certificates.authority().to_str().unwrap()]
}

#[test]
fn a_good_certificate_is_good() {
    let Some(certificates) = Certificates::new() else { return };
    let trusted = authority(&certificates);
    for wanted in [Wanted::server(NAMES), Wanted::server(NAMES).rsa()] {
        let settings = TlsSettings::new(&certificates.make(&wanted));
        for settings in [settings.clone(), settings.tls12()] {
            for scheme in SCHEMES {
                let server = Server::start(scheme, &settings);
                for host in ["localhost", "127.0.0.1"] {
                    let done = once(&server.url(scheme, host), &trusted).healthy();
                    assert_eq!(done.last()["certificateDays"], 30, "{scheme} {host}");
                    assert!(done.last()["timingsMs"]["tls"].as_f64().unwrap() > 0.0);
                }
            }
        }
    }
}

#[test]
fn a_server_is_asked_for_its_name() {
    let Some(certificates) = Certificates::new() else { return };
    let server = TlsServer::start(&TlsSettings::new(&certificates.make(&Wanted::server(NAMES))));
    for scheme in ["https", "tls"] {
        for host in ["localhost", "127.0.0.1"] {
            once(&server.url(scheme, host), &authority(&certificates)).healthy();
        }
    }
    let seen =
        |name: Option<&str>| Handshake { name: name.map(str::to_owned), has_certificate: false };
    // The program may have ended before the server wrote down what it saw.
    let began = Instant::now();
    while server.handshakes().len() < 4 && began.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (named, unnamed) = (seen(Some("localhost")), seen(None));
    assert_eq!(server.handshakes(), [named.clone(), unnamed.clone(), named, unnamed]);
}

/// Every bad certificate, its reason, and words of it.
fn bad(certificates: &Certificates) -> Vec<(Pair, &'static str, &'static str)> {
    let other = Certificates::new().unwrap();
    let good = Wanted::server(NAMES);
    let copied = |pair: Pair| {
        let keep = |file: &std::path::Path, name: &str| {
            let copy = certificates.dir().join(name);
            std::fs::copy(file, &copy).unwrap();
            copy
        };
        Pair {
            certificate: keep(&pair.certificate, "foreign.pem"),
            key: keep(&pair.key, "foreign.key"),
        }
    };
    vec![
        (copied(other.make(&good)), "tls_untrusted", ""),
        (certificates.make(&good.clone().self_signed()), "tls_untrusted", ""),
        (certificates.make(&good.clone().expired()), "tls_expired", ""),
        (certificates.make(&good.not_yet_valid()), "tls_expired", "begins on"),
        (certificates.make(&Wanted::server(&["DNS:shop.example"])), "tls_hostname", "shop.example"),
        (certificates.make(&Wanted::server(&["IP:127.0.0.2"])), "tls_hostname", "localhost"),
    ]
}

#[test]
fn a_bad_certificate_is_final_and_has_its_reason() {
    let Some(certificates) = Certificates::new() else { return };
    for (pair, reason, words) in bad(&certificates) {
        for scheme in SCHEMES {
            let server = Server::start(scheme, &TlsSettings::new(&pair));
            let url = server.url(scheme, "localhost");
            let wait = ["--url", &url, "--timeout", "10s", "--interval", "50ms"];
            let done = check(&[&wait[..], &authority(&certificates)].concat());
            assert!(done.run.elapsed < Duration::from_secs(2), "{scheme} {reason}");
            done.fails(reason, words).attempts(1);
        }
    }
}

#[test]
fn a_bad_certificate_is_waited_for_when_asked() {
    let Some(certificates) = Certificates::new() else { return };
    for (pair, reason, _) in bad(&certificates) {
        for (scheme, patience) in [
            ("https", ["--retry-on", reason]),
            ("https", ["--fail-fast", "false"]),
            ("tls", ["--retry-on", reason]),
            ("grpcs", ["--retry-on", reason]),
        ] {
            let server = Server::start(scheme, &TlsSettings::new(&pair));
            let url = server.url(scheme, "localhost");
            let wait = ["--url", &url, "--interval", "20ms", "--failure-threshold", "3"];
            let done = check(&[&wait[..], &patience, &authority(&certificates)].concat());
            done.fails(reason, "").attempts(3);
        }
    }
}

#[test]
fn insecure_takes_any_certificate_and_warns() {
    let Some(certificates) = Certificates::new() else { return };
    for (pair, reason, _) in bad(&certificates) {
        for scheme in SCHEMES {
            let server = Server::start(scheme, &TlsSettings::new(&pair));
            let done = once(&server.url(scheme, "localhost"), &["--insecure"]);
            assert!(done.run.all().contains("insecure"), "{}", done.run.all());
            // `tls://` asks about nothing but the certificate: what is expected of it still counts.
            assert_eq!(done.run.code, Some(0), "{scheme} {reason}: {}", done.run.all());
        }
    }
}

#[test]
fn days_left_can_be_asked_for() {
    let Some(certificates) = Certificates::new() else { return };
    let day = 24 * 60 * 60;
    let pair = certificates.make(&Wanted::server(NAMES).valid(-day, 10 * day + 3600));
    for scheme in SCHEMES {
        let server = Server::start(scheme, &TlsSettings::new(&pair));
        let url = server.url(scheme, "localhost");
        let with =
            |days| [&authority(&certificates)[..], &["--min-certificate-days", days]].concat();
        once(&url, &with("10")).healthy();
        let done = check(&[&["--url", &url, "--timeout", "10s"], &with("11")[..]].concat());
        done.fails("tls_expired", "10 days").attempts(1);
    }
}

#[test]
fn without_the_authority_nothing_is_trusted() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(NAMES));
    for scheme in SCHEMES {
        let server = Server::start(scheme, &TlsSettings::new(&pair));
        once(&server.url(scheme, "localhost"), &[]).fails("tls_untrusted", "");
    }
    // A file that is none is known before anything is asked.
    let server = TlsServer::start(&TlsSettings::new(&pair));
    let nothing = certificates.dir().join("nothing.pem");
    std::fs::write(&nothing, "nothing\n").unwrap();
    for file in [nothing, certificates.dir().join("not-there.pem")] {
        let done = once(&server.url("https", "localhost"), &["--ca-file", file.to_str().unwrap()]);
        assert_eq!(done.run.code, Some(2), "{}", done.run.all());
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_client_certificate_is_shown_to_who_asks() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(NAMES));
    let client = certificates.make(&Wanted::client());
    let foreign = certificates.make(&Wanted::client().self_signed());
    let files =
        |pair: &Pair| [&pair.certificate, &pair.key].map(|file| file.to_str().unwrap().to_owned());
    let ([cert, key], [bad_cert, bad_key]) = (files(&client), files(&foreign));
    let settings = TlsSettings::new(&pair).clients_of(certificates.authority());
    for settings in [settings.clone(), settings.tls12()] {
        for scheme in SCHEMES {
            let server = Server::start(scheme, &settings);
            let url = server.url(scheme, "localhost");
            let wait = ["--url", &url, "--timeout", "5s", "--interval", "50ms"];
            let base = [&wait[..], &authority(&certificates)].concat();
            check(&[&base[..], &["--cert-file", &cert, "--key-file", &key]].concat()).healthy();
            check(&base).fails("auth_failed", "certificate").attempts(1);
            let strange = ["--cert-file", &bad_cert, "--key-file", &bad_key];
            check(&[&base[..], &strange].concat()).fails("auth_failed", "").attempts(1);
        }
    }
}

#[test]
fn a_client_certificate_needs_its_own_key() {
    let Some(certificates) = Certificates::new() else { return };
    let [one, two] = [(); 2].map(|()| certificates.make(&Wanted::client()));
    let cert = one.certificate.to_str().unwrap();
    let args = ["--cert-file", cert, "--key-file", two.key.to_str().unwrap()];
    assert_eq!(once("https://127.0.0.1:1", &args).run.code, Some(2));
    assert_eq!(once("https://127.0.0.1:1", &["--cert-file", cert]).run.code, Some(2));
}

#[test]
fn what_speaks_no_tls_is_no_certificate_fault() {
    for scheme in SCHEMES {
        let stalled = TlsServer::without_tls(Instead::Stall);
        let done = once(&stalled.url(scheme, "127.0.0.1"), &["--request-timeout", "300ms"]);
        assert!(done.run.elapsed < Duration::from_secs(4), "{:?}", done.run.elapsed);
        done.fails("response_timeout", "");
        let plain = TlsServer::without_tls(Instead::PlainText);
        once(&plain.url(scheme, "127.0.0.1"), &[]).fails("protocol_error", "");
        let rude = TlsServer::without_tls(Instead::HangUp);
        let done = once(&rude.url(scheme, "127.0.0.1"), &[]);
        let reason = done.last()["reason"].as_str().unwrap().to_owned();
        assert!(["protocol_error", "reset"].contains(&reason.as_str()), "{scheme}: {reason}");
    }
}

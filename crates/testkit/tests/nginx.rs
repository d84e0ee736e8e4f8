//! The real nginx comes, goes and changes.

use std::io::ErrorKind;
use std::net::TcpStream;

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::client::request;
use launchway_testkit::services::nginx::Nginx;

#[test]
fn it_starts_late_reloads_stops_and_comes_back() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    let refused = |nginx: &Nginx| TcpStream::connect(nginx.address()).map_err(|e| e.kind()).err();
    assert_eq!(refused(&nginx), Some(ErrorKind::ConnectionRefused));
    nginx.start();
    let ask = |nginx: &Nginx| {
        let answer = request("GET", &nginx.url("/health"), &[], b"").unwrap();
        (answer.status, answer.text())
    };
    assert_eq!(ask(&nginx), (200, "ok".into()));
    nginx.page(503, "on holiday");
    assert_eq!(ask(&nginx), (503, "on holiday".into()));
    nginx.lines("location = /health { return 204; }");
    assert_eq!(ask(&nginx).0, 204);
    assert_eq!(nginx.requests(), ["GET /health 200", "GET /health 503", "GET /health 204"]);
    nginx.restart();
    assert_eq!(ask(&nginx).0, 204);
    nginx.stop();
    assert_eq!(refused(&nginx), Some(ErrorKind::ConnectionRefused));
}

#[test]
fn it_speaks_tls_and_stops_to() {
    let (Some(mut nginx), Some(made)) = (Nginx::prepare(), Certificates::new()) else { return };
    nginx.start();
    let plain = nginx.url("/");
    nginx.tls(Some(&made.make(&Wanted::server(&["DNS:localhost"]))));
    assert!(nginx.url("/").starts_with("https://localhost:"));
    // What nginx says to those who speak no TLS.
    assert_eq!(request("GET", &plain, &[], b"").unwrap().status, 400);
    nginx.tls(None);
    assert_eq!(request("GET", &plain, &[], b"").unwrap().status, 200);
}

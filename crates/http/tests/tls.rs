//! A real TLS handshake with a server only `SSL_CERT_FILE` vouches for.

#![expect(clippy::expect_used, reason = "a test that cannot do its work stops")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use launchway_http::{Client, HttpError, Proxies, Request, Response, Settings, block_on};

/// Where the child asks; the variable that says so makes it the child.
const TARGET: &str = "LAUNCHWAY_TEST_TLS_TARGET";
const TRUSTED: &str = "LAUNCHWAY_TEST_TLS_TRUSTED";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(url: &str) -> Result<Response, HttpError> {
    let settings = Settings { proxies: Some(Proxies::default()), ..Settings::default() };
    block_on(async { Client::new(settings)?.send(&Request::get(url)?.with_attempts(1)).await })?
}

fn certificate(folder: &Path) -> bool {
    Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Serves one page on a port of its choice.
fn serve(folder: &Path) -> (Server, String) {
    let mut child = Command::new("openssl")
        .args(["s_server", "-accept", "0", "-www", "-cert", "cert.pem", "-key", "key.pem", "-4"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    let output = child.stdout.take().expect("its output");
    let port = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("ACCEPT ")?.rsplit(':').next()?.to_owned()))
        .expect("a port");
    (Server(child), format!("https://localhost:{port}/"))
}

/// Runs this test again with other variables.
fn again(url: &str, trusted: bool, variables: &[(&str, &Path)]) {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "only_the_named_authority_is_trusted"])
        .env(TARGET, url)
        .env(TRUSTED, trusted.to_string())
        .envs(variables.iter().copied())
        .output()
        .expect("this program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn only_the_named_authority_is_trusted() {
    if let Ok(url) = std::env::var(TARGET) {
        let result = ask(&url);
        if std::env::var(TRUSTED).is_ok_and(|trusted| trusted == "true") {
            assert_eq!(result.expect("an answer").status, 200);
        } else {
            assert!(matches!(result, Err(HttpError::Tls { .. })), "{result:?}");
        }
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    if !certificate(folder.path()) {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "openssl is missing");
        println!("skipped: openssl");
        return;
    }
    let (_server, url) = serve(folder.path());
    let certificate = folder.path().join("cert.pem");
    again(&url, true, &[("SSL_CERT_FILE", &certificate)]);
    again(&url, false, &[]);
    // A file that is not there must not widen the trust to the bundled roots.
    again(&url, false, &[("SSL_CERT_FILE", &folder.path().join("none.pem"))]);
}

//! The whole program behind a proxy that works: a tunnel, TLS inside it, and the login at the proxy only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::tls::{TlsServer, TlsSettings};

use crate::check::{check_with, program};

/// A proxy that leads every tunnel to one address.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heads);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                tunnel(client.unwrap(), target, &shared);
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, target: SocketAddr, heads: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    let mut server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
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

#[test]
fn secure_targets_are_reached_through_a_tunnel_and_checked_behind_it() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(&["DNS:target.example"]));
    let server = TlsServer::start(&TlsSettings::new(&pair));
    let proxy = Proxy::to(server.address());
    let address = proxy.address.to_string();
    let url = format!("http://user:hunter88@{address}");
    let program = program().env("HTTPS_PROXY", &url).env("NO_PROXY", "direct.example");
    let authority = certificates.authority().to_str().unwrap().to_owned();
    let look = |url: &str, trusted: bool| {
        let mut args = vec!["--mode", "once", "--url", url];
        if trusted {
            args.extend(["--ca-file", &authority]);
        }
        check_with(&program, &args)
    };
    for url in ["https://target.example/health", "tls://target.example"] {
        let done = look(url, true).healthy();
        assert_eq!(done.last()["proxy"], format!("http://{address}"), "{}", done.report);
        assert_eq!(done.last()["address"], address);
        assert!(!done.run.all().contains("hunter88"));
        assert!(!done.report.to_string().contains("hunter88"));
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.starts_with("CONNECT target.example:443 HTTP/1.1\r\n")));
    assert!(heads.iter().all(|head| head.contains("Proxy-Authorization: Basic ")), "{heads:?}");
    look("tls://target.example", false).fails("tls_untrusted", "launchway test authority");
    look("tls://other.example", true).fails("tls_hostname", "`target.example`");
    let before = proxy.heads().len();
    look("tls://direct.example", true).fails("dns_failure", "direct.example");
    look("tls://169.254.169.254", true).fails("address_refused", "169.254.169.254");
    assert_eq!(proxy.heads().len(), before, "neither went through the proxy");
}

/// What a system trusts is trusted beside `ca-file`.
#[test]
fn named_authorities_are_added_to_those_of_the_system() {
    let (Some(system), Some(other)) = (Certificates::new(), Certificates::new()) else { return };
    let names = Wanted::server(&["DNS:localhost"]);
    let servers = [&system, &other]
        .map(|authority| TlsServer::start(&TlsSettings::new(&authority.make(&names))));
    let program = program().env("SSL_CERT_FILE", system.authority().to_str().unwrap());
    let both = other.dir().join("several.pem");
    let third = Certificates::new().unwrap();
    let pems = [third.authority(), other.authority()].map(|file| std::fs::read(file).unwrap());
    std::fs::write(&both, pems.concat()).unwrap();
    for server in &servers {
        let url = server.url("tls", "localhost");
        let args = ["--mode", "once", "--url", &url, "--ca-file", both.to_str().unwrap()];
        check_with(&program, &args).healthy();
    }
    let url = servers[1].url("tls", "localhost");
    check_with(&program, &["--mode", "once", "--url", &url]).fails("tls_untrusted", "localhost");
}

#[test]
fn a_proxy_that_is_none_is_bad_input_and_not_shown() {
    let program = program().env("ALL_PROXY", "socks5://user:hunter99@proxy.example:1080");
    let done = check_with(&program, &["--mode", "once", "--url", "tcp://localhost:1"]);
    assert_eq!(done.run.code, Some(2), "{}", done.run.all());
    assert!(done.run.all().contains("ALL_PROXY"), "{}", done.run.all());
    assert!(!done.run.all().contains("hunter99"));
}

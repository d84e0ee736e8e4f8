//! The way to a target, over real sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use launchway_health::attempt::{Fault, Timings};
use launchway_health::inputs::IpVersion;
use launchway_health::net::{Connected, Net, Settings};
use launchway_health::reason::Reason;
use launchway_testkit::target::{BlackHole, Reserved, has_ipv6};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// What an answer at once may take on a busy machine.
const SOON: Duration = Duration::from_millis(200);

pub(crate) fn within(limit: Duration) -> Instant {
    Instant::now() + limit
}

pub(crate) fn net(settings: Settings) -> Net {
    Net::new(settings).unwrap()
}

/// A black hole that is made and filled in on a thread without a runtime, as it has one of its own.
pub(crate) struct Hole(Option<BlackHole>);

impl Hole {
    pub(crate) async fn open() -> Self {
        Self(Some(tokio::task::spawn_blocking(BlackHole::open).await.unwrap()))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.as_ref().unwrap().address()
    }
}

impl Drop for Hole {
    fn drop(&mut self) {
        let hole = self.0.take();
        std::thread::spawn(move || drop(hole)).join().unwrap();
    }
}

fn resolving(lines: &[String]) -> Net {
    net(Settings { resolve: lines.to_vec(), ..Settings::default() })
}

async fn connect(net: &Net, host: &str, port: u16, limit: Duration) -> Result<Connected, Fault> {
    net.connect(host, port, within(limit), &mut Timings::default()).await
}

#[tokio::test]
async fn localhost_is_whichever_family_answers() {
    let plain = net(Settings::default());
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        if ip.is_ipv6() && !has_ipv6() {
            println!("skipped: ::1 cannot be used here");
            continue;
        }
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        for host in ["localhost", "app.localhost"] {
            let started = Instant::now();
            let connected =
                connect(&plain, host, address.port(), Duration::from_secs(5)).await.unwrap();
            assert_eq!(connected.address, address);
            assert_eq!(connected.stream.peer_addr().unwrap(), address);
            assert!(connected.stream.nodelay().unwrap());
            assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        }
    }
}

#[tokio::test]
async fn where_nothing_listens_is_refused_at_once_with_every_address() {
    let port = Reserved::new().address().port();
    let started = Instant::now();
    let plain = net(Settings::default());
    let mut timings = Timings::default();
    let until = within(Duration::from_secs(5));
    let fault = plain.connect("localhost", port, until, &mut timings).await.unwrap_err();
    assert_eq!(fault.reason, Reason::ConnectionRefused, "{fault:?}");
    assert!(fault.detail.contains("connection refused"), "{fault:?}");
    assert!(fault.detail.contains(&format!("127.0.0.1:{port}")), "{fault:?}");
    assert!(!fault.is_final, "it may be starting");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(timings.dns.is_some() && timings.connect.is_some());
}

#[tokio::test]
async fn silence_ends_in_time() {
    let hole = Hole::open().await;
    let plain = net(Settings::default());
    let mut timings = Timings::default();
    let started = Instant::now();
    let until = within(Duration::from_millis(400));
    let fault =
        plain.connect("127.0.0.1", hole.address().port(), until, &mut timings).await.unwrap_err();
    assert_eq!(fault.reason, Reason::ConnectTimeout, "{fault:?}");
    assert!(fault.detail.contains(&format!("{} is silent", hole.address())), "{fault:?}");
    assert!(started.elapsed() < Duration::from_millis(400) + SOON);
    assert!(timings.connect.unwrap() >= Duration::from_millis(390));
}

/// Only there is the whole of `127.0.0.0/8` this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_silent_address_holds_the_next_up_by_a_quarter_of_a_second_only() {
    let hole = Hole::open().await;
    let port = hole.address().port();
    // Another address of this machine, the same port.
    let listener = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
    let both = resolving(&[format!("app.example:{port}:127.0.0.1,127.0.0.2")]);
    let started = Instant::now();
    let connected = connect(&both, "app.example", port, Duration::from_secs(5)).await.unwrap();
    assert_eq!(connected.address, listener.local_addr().unwrap());
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(200) && took < Duration::from_millis(250) + SOON,
        "{took:?}"
    );
}

/// Only there is the whole of `127.0.0.0/8` this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn in_little_time_a_silent_address_leaves_some_to_the_next() {
    let hole = Hole::open().await;
    let port = hole.address().port();
    let listener = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
    let both = resolving(&[format!("app.example:{port}:127.0.0.1,127.0.0.2")]);
    let connected = connect(&both, "app.example", port, Duration::from_millis(240)).await.unwrap();
    assert_eq!(connected.address, listener.local_addr().unwrap());
}

/// Only there is the whole of `127.0.0.0/8` this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_refusing_address_holds_the_next_up_not_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let list = (2..20).map(|n| format!("127.0.0.{n}")).collect::<Vec<_>>().join(",");
    let many = resolving(&[format!("app.example:*:{list},127.0.0.1")]);
    let started = Instant::now();
    let connected =
        connect(&many, "app.example", address.port(), Duration::from_secs(5)).await.unwrap();
    assert_eq!(connected.address, address);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// Only there is the whole of `127.0.0.0/8` this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_refuses_and_one_is_silent_at_the_deadline() {
    let hole = Hole::open().await;
    let port = hole.address().port();
    let both = resolving(&[format!("app.example:{port}:127.0.0.3,127.0.0.1")]);
    let fault = connect(&both, "app.example", port, Duration::from_millis(400)).await.unwrap_err();
    assert_eq!(fault.reason, Reason::ConnectTimeout, "{fault:?}");
    assert!(fault.detail.contains("127.0.0.1"), "{fault:?}");
    assert!(fault.detail.contains(&format!("connection refused (127.0.0.3:{port})")), "{fault:?}");
}

#[tokio::test]
async fn no_route_is_said_in_the_systems_words() {
    let plain = net(Settings::default());
    // The broadcast address: no connection can ever be made there, on no system.
    let fault = connect(&plain, "255.255.255.255", 9, Duration::from_secs(2)).await.unwrap_err();
    assert!(
        matches!(fault.reason, Reason::ConnectionRefused | Reason::ConnectTimeout),
        "{fault:?}"
    );
    assert!(fault.detail.contains("255.255.255.255:9"), "{fault:?}");
}

#[tokio::test]
async fn two_hundred_at_once_all_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taking = tokio::spawn(async move {
        let mut taken = Vec::new();
        while taken.len() < 200 {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"x").await.unwrap();
            taken.push(stream);
        }
    });
    let plain = net(Settings::default());
    let connecting = (0..200).map(|_| connect(&plain, "localhost", port, Duration::from_secs(10)));
    let connected = join_all(connecting).await;
    assert!(connected.iter().all(Result::is_ok));
    taking.await.unwrap();
}

#[tokio::test]
async fn metadata_services_are_refused_however_they_are_reached() {
    let line = |address: &str| vec![format!("innocent.example:*:{address}")];
    for address in ["169.254.169.254", "127.0.0.1,169.254.169.254", "fe80::1", "::ffff:169.254.1.1"]
    {
        let fault =
            connect(&resolving(&line(address)), "innocent.example", 80, SOON).await.unwrap_err();
        assert_eq!(fault.reason, Reason::AddressRefused, "{fault:?}");
        assert!(fault.is_final);
    }
    let plain = net(Settings::default());
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9.254.0251.254",
        "[fd00:ec2::254]",
        "metadata.google.internal",
    ] {
        let fault = connect(&plain, host, 80, SOON).await.unwrap_err();
        assert_eq!(fault.reason, Reason::AddressRefused, "{host}: {fault:?}");
    }
    let allowed = net(Settings {
        allow_link_local: true,
        resolve: line("169.254.169.254,127.0.0.1"),
        ..Settings::default()
    });
    let found = allowed.resolve("innocent.example", 80, within(SOON)).await.unwrap();
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn the_family_can_be_chosen() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let six = net(Settings { ip_version: IpVersion::V6, ..Settings::default() });
    let fault = connect(&six, "localhost", port, Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(fault.reason, Reason::ConnectionRefused, "{fault:?}");
    assert!(!fault.detail.contains("127.0.0.1"), "{fault:?}");
    let four = net(Settings { ip_version: IpVersion::V4, ..Settings::default() });
    let connected = connect(&four, "localhost", port, Duration::from_secs(2)).await.unwrap();
    assert_eq!(connected.address, SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
}

#[tokio::test]
async fn a_look_that_has_no_time_left_ends_at_once_in_every_phase() {
    let plain = net(Settings::default());
    let now = Duration::ZERO;
    let started = Instant::now();
    let named = connect(&plain, "nothing-here.invalid", 1, now).await.unwrap_err();
    assert_eq!(named.reason, Reason::DnsFailure, "{named:?}");
    let hole = Hole::open().await;
    let silent = connect(&plain, "127.0.0.1", hole.address().port(), now).await.unwrap_err();
    assert_eq!(silent.reason, Reason::ConnectTimeout, "{silent:?}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn bad_settings_are_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("text.pem");
    std::fs::write(&text, "hello\n").unwrap();
    let garbage = dir.path().join("garbage.pem");
    std::fs::write(&garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let locked = dir.path().join("locked.pem");
    std::fs::write(
        &locked,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    let missing = dir.path().join("missing.pem");
    let none = Settings::default;
    for (settings, file) in [
        (Settings { ca_file: Some(missing.clone()), ..none() }, "missing.pem"),
        (Settings { ca_file: Some(text.clone()), ..none() }, "text.pem"),
        (Settings { ca_file: Some(garbage), ..none() }, "garbage.pem"),
        (Settings { ca_file: Some(dir.path().to_owned()), ..none() }, "is a directory"),
        #[cfg(unix)]
        (Settings { ca_file: Some("/dev/zero".into()), ..none() }, "no certificate"),
        (Settings { cert_file: Some(text.clone()), key_file: Some(missing), ..none() }, "text.pem"),
        (Settings { cert_file: Some(text), ..none() }, "key-file"),
    ] {
        let failure = Net::new(settings).unwrap_err();
        assert_eq!(failure.kind().code(), 2, "{failure}");
        assert!(failure.chain().contains(file), "{failure}");
    }
}

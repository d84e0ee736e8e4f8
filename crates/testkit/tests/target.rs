//! The hostile target does what its acts say.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use launchway_testkit::target::{Act, BlackHole, Family, Reply, Script, Target, has_ipv6};

const ASK: &[u8] = b"GET /a?b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s\r\n\r\n";

/// The same, after which the connection is closed.
const LAST: &[u8] = b"GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

fn connect(target: &Target) -> TcpStream {
    let stream = TcpStream::connect(target.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream
}

/// Everything that comes after one request, and how it ended.
fn ask(target: &Target) -> (Vec<u8>, std::io::Result<usize>) {
    let mut stream = connect(target);
    let _ = stream.write_all(ASK);
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    (bytes, end)
}

fn said(act: impl Into<Act>) -> String {
    let target = Target::start(act.into());
    String::from_utf8_lossy(&ask(&target).0).into_owned()
}

fn ends(act: Act) -> Option<ErrorKind> {
    let target = Target::start(act);
    ask(&target).1.err().map(|error| error.kind())
}

#[test]
fn proper_answers_keep_the_connection_and_are_recorded() {
    let target = Target::start([Act::status(503), Reply::new(200).header("x-a", "1").into()]);
    let mut stream = connect(&target);
    let mut bytes = [0; 1024];
    for status in ["503", "200", "200"] {
        stream.write_all(ASK).unwrap();
        let length = stream.read(&mut bytes).unwrap();
        assert_eq!(std::str::from_utf8(&bytes[9..12]).unwrap(), status);
        assert!(bytes[..length].ends_with(b"content-length: 0\r\n\r\n"));
    }
    let asked = target.requests();
    assert_eq!((asked.len(), target.connections().len()), (3, 1));
    assert_eq!((asked[2].method.as_str(), asked[2].path.as_str()), ("GET", "/a?b"));
    assert_eq!(asked[2].header("authorization"), Some("Bearer s"));
    assert!(asked[0].at <= asked[1].at && asked[2].number == 2);
}

#[test]
fn connections_end_as_the_acts_say() {
    let reset = Some(ErrorKind::ConnectionReset);
    for act in [Act::ResetAtOnce, Act::Reset, Act::ResetInHead, Act::ResetInBody] {
        assert_eq!(ends(act.clone()), reset, "{act:?}");
    }
    for act in [Act::CloseAtOnce, Act::Close, Act::Garbage, Act::GarbageAtOnce, Act::Truncated] {
        assert_eq!(ends(act.clone()), None, "{act:?}");
    }
    let waits = Some(ErrorKind::WouldBlock);
    let slow = Duration::from_secs(9);
    for act in [Act::Silent, Act::DripHead(slow), Act::DripBody(slow), Act::Stall(b"HTTP".into())] {
        assert_eq!(ends(act.clone()), waits, "{act:?}");
    }
    assert_eq!(ends(Act::TruncatedChunks), None);
    assert_eq!(said(Act::Close), "");
    assert!(said(Act::Truncated).ends_with("content-length: 1000\r\n\r\nten bytes!"));
    assert!(said(Act::ok("x").after(Duration::from_millis(50))).ends_with("\r\n\r\nx"));
}

#[test]
fn what_drips_comes_byte_by_byte() {
    let target = Target::start(Act::DripHead(Duration::from_millis(20)));
    let mut stream = connect(&target);
    stream.write_all(ASK).unwrap();
    let (mut byte, mut times) = ([0; 64], Vec::new());
    for _ in 0..4 {
        assert_eq!(stream.read(&mut byte).unwrap(), 1);
        times.push(Instant::now());
    }
    assert!(times[3] - times[0] >= Duration::from_millis(50));
}

#[test]
fn what_has_no_end_goes_on() {
    let acts = [Act::Endless, Act::EndlessUntilClose, Act::EndlessHead, Act::EndlessHints];
    for act in acts.into_iter().chain([Act::Huge(300_000_000)]) {
        let target = Target::start(act.clone());
        let mut stream = connect(&target);
        stream.write_all(ASK).unwrap();
        let mut bytes = vec![0; 8 << 20];
        stream.read_exact(&mut bytes).unwrap();
        drop(stream);
        assert!(target.sent() >= 7 << 20, "{act:?}");
    }
}

#[test]
fn the_bomb_is_a_gzip_file_of_300_megabytes() {
    let target = Target::start(Act::Bomb);
    let mut stream = connect(&target);
    stream.write_all(LAST).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let body = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let packed = bytes[body..].to_vec();
    assert!(packed.len() < 310_000, "{}", packed.len());
    let mut gzip = Command::new("gzip");
    let gzip = gzip.args(["-dc"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut gzip = gzip.spawn().unwrap();
    let mut into = gzip.stdin.take().unwrap();
    std::thread::spawn(move || into.write_all(&packed));
    let mut out = gzip.stdout.take().unwrap();
    let length = std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    assert_eq!(length, 299_999_821);
    assert!(gzip.wait().unwrap().success());
}

#[test]
fn it_comes_and_goes_at_its_port() {
    let target = Target::reserved("up");
    let refused = || TcpStream::connect(target.address()).map_err(|error| error.kind()).err();
    for _ in 0..3 {
        assert_eq!(refused(), Some(ErrorKind::ConnectionRefused));
        target.listen();
        let mut open = connect(&target);
        assert!(ask(&target).0.ends_with(b"up"));
        target.stop();
        assert_eq!(open.read(&mut [0; 9]).unwrap(), 0, "a stopped target holds nothing open");
    }
    target.listen_after(Duration::from_millis(50));
    assert_eq!(refused(), Some(ErrorKind::ConnectionRefused));
    let began = Instant::now();
    while refused().is_some() && began.elapsed() < Duration::from_secs(5) {}
    assert_eq!(refused(), None);
    target.stop_after(Duration::ZERO);
    while refused().is_none() && began.elapsed() < Duration::from_secs(5) {}
    assert_eq!(refused(), Some(ErrorKind::ConnectionRefused));
}

#[test]
fn it_turns_at_a_moment() {
    let target = Target::start(Act::status(503));
    assert!(ask(&target).0.starts_with(b"HTTP/1.1 503 "));
    target.turn_after(Duration::from_millis(60), "new");
    let before = Instant::now();
    assert!(ask(&target).0.starts_with(b"HTTP/1.1 503 "));
    while !ask(&target).0.ends_with(b"new") {
        assert!(before.elapsed() < Duration::from_secs(5));
    }
    assert!(target.turned() - before >= Duration::from_millis(40));
    let flaps = Target::start(Script::flap(Duration::from_millis(30), 200, 503));
    let began = Instant::now();
    let mut seen = String::new();
    while began.elapsed() < Duration::from_millis(150) {
        let mut stream = connect(&flaps);
        stream.write_all(LAST).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        if !seen.ends_with(&text[9..12]) {
            seen.push_str(&text[9..12]);
        }
    }
    assert!(seen.contains("200503200"), "{seen}");
}

#[test]
fn it_listens_where_it_should() {
    let v4 = |target: &Target| {
        TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], target.port()))).is_ok()
    };
    let v6 = |target: &Target| {
        TcpStream::connect(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], target.port()))).is_ok()
    };
    let only4 = Target::start("4");
    assert!(v4(&only4) && !v6(&only4));
    if !has_ipv6() {
        return;
    }
    let only6 = Target::start_on(Family::V6, "6");
    let both = Target::start_on(Family::Both, "both");
    assert!(!v4(&only6) && v6(&only6) && v4(&both) && v6(&both));
}

#[test]
fn a_black_hole_answers_nothing() {
    let hole = BlackHole::open();
    for _ in 0..3 {
        let began = Instant::now();
        let end = TcpStream::connect_timeout(&hole.address(), Duration::from_millis(100));
        assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(began.elapsed() >= Duration::from_millis(100));
    }
}

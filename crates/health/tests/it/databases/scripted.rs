//! Servers that say what is written here: what real ones say for a moment only, and what only
//! hostile ones say.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::check::{Checked, once};

/// A line that does not end.
const LONG: &[u8] = &[b'+'; 12_000];

/// A server that does this with every connection, until the tests end.
fn serve(serve: impl Fn(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(&mut stream.unwrap());
        }
    });
    address
}

/// One that says this first and then waits for the end.
fn says(bytes: &'static [u8]) -> SocketAddr {
    serve(move |stream| {
        let _ = stream.write_all(bytes);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

/// One that says this when it was spoken to, and then waits for the end.
fn answers(bytes: &'static [u8]) -> SocketAddr {
    serve(move |stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(bytes);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

/// One look with half a second of time.
#[track_caller]
fn look(url: &str) -> Checked {
    let began = Instant::now();
    let seen = once(url, &["--request-timeout", "500ms", "--timeout", "2s"]);
    assert!(began.elapsed() < Duration::from_secs(2), "{url} took {:?}", began.elapsed());
    seen
}

/// What goes wrong in every protocol in the same way.
#[test]
fn silence_garbage_and_the_end() {
    let silent = says(b"");
    let garbage = says(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n");
    let gone = serve(|stream| {
        let _ = stream.read(&mut [0; 1024]);
    });
    // What was not read when a connection is closed tears it down.
    let torn = serve(|_| std::thread::sleep(Duration::from_millis(100)));
    let flood =
        serve(
            |stream| {
                while stream.write_all(&[0x53, 0, 0, 0, 7, b'a', 0, 0].repeat(512)).is_ok() {}
            },
        );
    for scheme in ["postgres", "mysql", "redis"] {
        for login in ["", "u:pass-word@"] {
            let at = |address: SocketAddr| format!("{scheme}://{login}{address}");
            look(&at(silent)).fails("response_timeout", "no answer in time");
            look(&at(garbage)).fails("protocol_error", "");
            look(&at(flood)).fails("protocol_error", "");
            if scheme == "mysql" {
                // It waits for the server to speak, and so do we.
                look(&at(gone)).fails("response_timeout", "");
            } else {
                look(&at(torn)).fails("reset", "the connection was reset");
                look(&at(gone)).fails("protocol_error", "closed the connection without an answer");
            }
        }
    }
}

#[test]
fn lengths_that_are_lies() {
    for (scheme, address) in [
        ("postgres", answers(b"R\x40\0\0\0\0\0\0\0")),
        ("postgres", answers(b"R\0\0\0\x02")),
        ("mysql", says(b"\xff\xff\xff\0\x0a8.0")),
        ("mysql", says(b"\0\0\0\0")),
        ("redis", answers(b"$1073741824\r\n")),
        ("redis", answers(b"*1000000000\r\n")),
        ("redis", answers(LONG)),
        ("redis", answers(b"+PONG\n")),
        ("redis", answers(b"+PONK\r\n")),
    ] {
        look(&format!("{scheme}://u:pass-word@{address}")).fails("protocol_error", "");
        look(&format!("{scheme}://{address}")).fails("protocol_error", "");
    }
}

#[test]
fn starting_stopping_and_full() {
    let starting = answers(
        b"E\0\0\0\x46SFATAL\0VFATAL\0C57P03\0Mthe database system is \x1b[31mstarting up\0Ra\0\0",
    );
    for login in ["", "u:pass-word@"] {
        let seen = look(&format!("postgres://{login}{starting}?sslmode=disable"))
            .fails("not_serving", "the database system is [31mstarting up (57P03)");
        assert!(!seen.run.all().contains('\u{1b}'), "{}", seen.run.all());
    }
    for (address, words) in [
        (says(b"\x17\0\0\0\xff\x10\x04Too many connections"), "Too many connections (1040)"),
        (says(b"\x1d\0\0\0\xff\x6a\x04Host 'x' is not allowed to"), "is not allowed to (1130)"),
        (says(b"\x16\0\0\0\xff\x69\x04Host 'x' is blocked"), "is blocked (1129)"),
    ] {
        look(&format!("mysql://{address}")).fails("not_serving", words);
        look(&format!("mysql://u:pass-word@{address}")).fails("not_serving", words);
    }
    for (address, words) in [
        (answers(b"-LOADING Redis is loading the dataset in memory\r\n"), "loading the dataset"),
        (answers(b"-BUSY Redis is busy running a script\r\n"), "busy running a script"),
        (says(b"-ERR max number of clients reached\r\n"), "max number of clients"),
        (says(b"-DENIED Redis is running in protected mode\r\n"), "protected mode"),
    ] {
        look(&format!("redis://{address}")).fails("not_serving", words);
        look(&format!("redis://:pass-word@{address}")).fails("not_serving", words);
    }
}

/// A greeting of MySQL, and then what it says to whatever comes.
fn mysql(answers: &'static [&'static [u8]]) -> SocketAddr {
    serve(move |stream| {
        let greeting =
            b"\x0a8.0.36\0\x0b\0\0\0\x15\x1bD\x1a\x1bL4\x01\0\xff\xf7\xff\x02\0\xff\xdf\x15\
            \0\0\0\0\0\0\0\0\0\0y\x10#\x1bxJ\x02\x1c`Q1E\0mysql_native_password\0";
        let length = u8::try_from(greeting.len()).unwrap();
        let _ = stream.write_all(&[&[length, 0, 0, 0], &greeting[..]].concat());
        for answer in answers {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
        }
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

#[test]
fn packets_come_in_order() {
    let url = |server: SocketAddr| format!("mysql://u:pass-word@{server}");
    let ok = |sequence: &'static [&'static [u8]]| look(&url(mysql(sequence)));
    ok(&[b"\x07\0\0\x02\0\0\0\x02\0\0\0", b"\x07\0\0\x01\0\0\0\x02\0\0\0"]).healthy();
    ok(&[b"\x07\0\0\x07\0\0\0\x02\0\0\0"]).fails("protocol_error", "out of order");
    ok(&[b"\x07\0\0\x02\0\0\0\x02\0\0\0", b"\x07\0\0\x02\0\0\0\x02\0\0\0"])
        .fails("protocol_error", "out of order");
    ok(&[b"\x0d\0\0\x00\xff\x15\x04#28000no!!"]).fails("auth_failed", "no!! (1045)");
}

/// A server may ask a client for a file of its own. It gets none.
#[test]
fn no_file_is_handed_out() {
    let asks: &[&[u8]] = &[b"\x0c\0\0\x02\xfb/etc/passwd"];
    look(&format!("mysql://u:pass-word@{}", mysql(asks))).fails("protocol_error", "");
    look(&format!("mysql://{}", mysql(asks))).fails("protocol_error", "");
}

#[test]
fn a_notice_is_passed_over() {
    let noisy = answers(b"N\0\0\0\x0dSNOTICE\0\0R\0\0\0\x0c\0\0\0\x05abcd");
    look(&format!("postgres://{noisy}")).healthy();
}

/// What took the time counts once.
#[test]
fn the_first_byte_comes_once() {
    let slow = serve(|stream| {
        let _ = stream.read(&mut [0; 1024]);
        std::thread::sleep(Duration::from_millis(200));
        let _ = stream.write_all(b"N");
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let seen = once(&format!("postgres://u:pass-word@{slow}"), &[]).healthy();
    let span = |name: &str| seen.last()["timingsMs"][name].as_f64().unwrap();
    assert!(span("firstByte") >= 200.0, "{}", seen.last());
    assert!(span("firstByte") <= span("total"), "{}", seen.last());
}

#[test]
fn what_is_said_before_tls_is_not_believed() {
    let early = answers(b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
    look(&format!("postgres://u:pass-word@{early}/?sslmode=require"))
        .fails("protocol_error", "before TLS");
    // Not even what it calls an error: nobody knows who says it.
    let error = answers(b"E\0\0\0\x18SFATAL\0Mevil words\0\0");
    let seen = look(&format!("postgres://u:pass-word@{error}")).fails("not_serving", "");
    assert!(!seen.run.all().contains("evil"), "{}", seen.run.all());
}

/// Somebody who does not know the password cannot make us believe that we are in.
#[test]
fn an_impostor_is_told_from_the_server() {
    let scram = |last: &'static [u8]| {
        serve(move |stream| {
            let mut bytes = [0; 1024];
            let _ = stream.read(&mut bytes);
            let _ = stream.write_all(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0");
            let count = stream.read(&mut bytes).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let Some((_, nonce)) = text.split_once("r=") else { return };
            let challenge = format!("r={nonce}more,s=AAAA,i=1");
            let length = u32::try_from(challenge.len() + 8).unwrap().to_be_bytes();
            let head = [&b"R"[..], &length, &[0, 0, 0, 11]].concat();
            let _ = stream.write_all(&[&head, challenge.as_bytes()].concat());
            let _ = stream.read(&mut bytes);
            let _ = stream.write_all(last);
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    for last in [
        &b"R\0\0\0\x36\0\0\0\x0cv=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="[..],
        // It leaves the proof out.
        b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
    ] {
        look(&format!("postgres://u:pass-word@{}?sslmode=disable", scram(last)))
            .fails("auth_failed", "it is not the one it should be");
    }
}

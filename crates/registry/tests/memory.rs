//! A large blob on its way between two registries is never held whole. In a process of its own,
//! because the measure is the process's.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use launchway_http::{Client, Proxies, Settings};
use launchway_registry::{Descriptor, Logins, Registry, Sent};

const SIZE: usize = 40 << 20;
/// Of so many zeros.
const DIGEST: &str = "sha256:80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113";

/// A registry that has this blob only, and takes any without keeping it.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    host
}

fn serve(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 0 {
        let (method, length) = (line.split(' ').next().unwrap_or_default().to_owned(), {
            let mut length = 0;
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                let header = header.trim().to_ascii_lowercase();
                if header.is_empty() {
                    break length;
                }
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
        });
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).unwrap();
        let head = match method.as_str() {
            "HEAD" => "404 Not Found\r\ncontent-length: 0".to_owned(),
            "POST" => "202 Accepted\r\nlocation: /upload\r\ncontent-length: 0".to_owned(),
            "GET" => format!("200 OK\r\ncontent-length: {SIZE}"),
            _ => "201 Created\r\ncontent-length: 0".to_owned(),
        };
        stream.write_all(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()).unwrap();
        if method == "GET" {
            let zeros = vec![0; 1 << 16];
            for _ in 0..SIZE / zeros.len() {
                stream.write_all(&zeros).unwrap();
            }
        }
        line.clear();
    }
}

/// The most memory the process has had, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_large_blob_needs_little_memory() {
    let settings = Settings { proxies: Some(Proxies::default()), ..Settings::default() };
    let registry = Registry::new(Client::new(settings).unwrap(), Logins::none(), &[]);
    let from = format!("{}/acme/app", start()).parse().unwrap();
    let to = format!("{}/prod/app", start()).parse().unwrap();
    let blob: Descriptor = serde_json::from_value(serde_json::json!({
        "mediaType": "application/octet-stream", "digest": DIGEST, "size": SIZE,
    }))
    .unwrap();
    let before = peak();
    let sent = launchway_http::block_on(registry.copy_blob(&from, &to, &blob)).unwrap().unwrap();
    assert_eq!(sent, Sent::Copied);
    let grown = peak() - before;
    assert!(grown < 12 << 10, "{grown} KiB for a blob of {} KiB", SIZE >> 10);
}

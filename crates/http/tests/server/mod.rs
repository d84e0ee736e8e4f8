//! A server that answers as it is told, one request per connection, and keeps what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// One answer.
#[derive(Clone)]
pub(crate) struct Answer {
    head: String,
    body: Vec<u8>,
    length: Option<usize>,
    delay: Duration,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        let head = format!("HTTP/1.1 {status} Any\r\nConnection: close\r\n");
        Self { head, body: Vec::new(), length: Some(0), delay: Duration::ZERO }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.head = format!("{}{name}: {value}\r\n", self.head);
        self
    }

    pub(crate) fn body(mut self, text: &str) -> Self {
        self.body = text.into();
        self.length = Some(text.len());
        self
    }

    pub(crate) fn chunked(mut self, text: &str) -> Self {
        self.body = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len()).into();
        self.length = None;
        self.with("Transfer-Encoding", "chunked")
    }

    /// Sends so many bytes of the body and hangs up.
    pub(crate) fn cut(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` gets the number of the request, from 1, and its text.
    pub(crate) fn start(answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let answer = Arc::new(answer);
        // The threads end with the test process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(usize, &str) -> Answer) {
    let Some(request) = read(&mut stream) else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len()
    };
    let answer = answer(number, &request);
    thread::sleep(answer.delay);
    let length = answer.length.map_or_else(String::new, |n| format!("Content-Length: {n}\r\n"));
    let _ = stream.write_all(format!("{}{length}\r\n", answer.head).as_bytes());
    let _ = stream.write_all(&answer.body);
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok()?;
        bytes.extend_from_slice(buffer.get(..count)?);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        // Nothing more comes: a TLS greeting, or a client that left.
        if count == 0 || !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
    }
}

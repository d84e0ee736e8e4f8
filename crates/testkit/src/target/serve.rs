//! One connection: reads requests, does what the script says.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::act::{Act, Reply};
use super::{Asked, Shared, bomb};

/// The largest head that is read.
const LIMIT: usize = 1 << 20;
/// The largest body that is read.
const BODY_LIMIT: usize = 1 << 25;
/// What is sent at a time of what has no end.
const PIECE: usize = 1 << 14;
const GARBAGE: &[u8] = b"\x00\xff\xfe\x16\x03NO HTTP\x1b[31m\r\n\r\n::error::garbage\n\x07\x00";

/// Serves it to its end.
pub(super) async fn connection(stream: TcpStream, number: usize, shared: Arc<Shared>) {
    let mut line = Line { stream, read: Vec::new(), shared };
    // Who asks may go at any time.
    let _ = line.serve(number).await;
}

struct Line {
    stream: TcpStream,
    /// What was read beyond the last request.
    read: Vec<u8>,
    shared: Arc<Shared>,
}

/// Whether another request may come.
type Kept = bool;

impl Line {
    async fn serve(&mut self, connection: usize) -> io::Result<()> {
        if let Some(act) = self.shared.at_once() {
            self.act(act, None).await?;
            return Ok(());
        }
        while let Some(asked) = self.request(connection).await? {
            let act = self.shared.next(&asked);
            if !self.act(act, Some(&asked)).await? {
                break;
            }
        }
        Ok(())
    }

    /// The next request; `None` when there is none.
    async fn request(&mut self, connection: usize) -> io::Result<Option<Asked>> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.read.len() > LIMIT || self.stream.read_buf(&mut self.read).await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        self.read.drain(..end);
        let mut asked = self.shared.asked(&head, connection);
        let length = asked.header("content-length").and_then(|text| text.parse().ok());
        let length: usize = length.unwrap_or(0).min(BODY_LIMIT);
        while self.read.len() < length {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                break;
            }
        }
        asked.body = self.read.drain(..length.min(self.read.len())).collect();
        self.shared.record(asked.clone());
        Ok(Some(asked))
    }

    async fn act(&mut self, act: Act, asked: Option<&Asked>) -> io::Result<Kept> {
        match act {
            Act::After(wait, act) => {
                tokio::time::sleep(wait).await;
                return Box::pin(self.act(*act, asked)).await;
            }
            Act::Reply(reply) => return self.reply(&reply, asked).await,
            Act::Raw(bytes) => self.end(&bytes).await?,
            Act::Stall(bytes) => {
                self.send(&bytes).await?;
                self.wait_for_end().await?;
            }
            Act::Silent => self.wait_for_end().await?,
            Act::DripHead(pause) => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nserver: drip\r\n";
                let head = format!("{head}content-length: 2\r\n\r\nok");
                self.drip(head.bytes(), pause).await?;
            }
            Act::DripBody(pause) => {
                self.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
                self.drip(std::iter::repeat_n(b'x', 1_000_000), pause).await?;
            }
            Act::Drip(bytes, pause) => {
                self.drip(bytes.into_iter(), pause).await?;
                self.end(b"").await?;
            }
            Act::Endless => {
                self.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                let piece = format!("{PIECE:x}\r\n{}\r\n", "x".repeat(PIECE));
                self.forever(piece.as_bytes()).await?;
            }
            Act::EndlessUntilClose => {
                self.send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
                self.forever(&[b'x'; PIECE]).await?;
            }
            Act::EndlessHead => {
                self.send(b"HTTP/1.1 200 OK\r\n").await?;
                self.forever("x-more: and more\r\n".repeat(PIECE / 18).as_bytes()).await?;
            }
            Act::EndlessHints => {
                let hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
                self.forever(hint.repeat(PIECE / hint.len()).as_bytes()).await?;
            }
            Act::Huge(length) => return self.huge(length).await,
            Act::Bomb => {
                let reply = Reply::new(200).header("content-encoding", "gzip");
                return self.reply(&reply.body(bomb::gzip()), asked).await;
            }
            Act::HugeHeader(length) => {
                let reply = Reply::new(200).header("x-huge", "h".repeat(length));
                return self.reply(&reply.body("ok"), asked).await;
            }
            Act::ManyHeaders(count) => {
                let named = |reply: Reply, number| reply.header(&format!("x-{number}"), "of many");
                let reply = (0..count).fold(Reply::new(200).body("ok"), named);
                return self.reply(&reply, asked).await;
            }
            Act::ResetAtOnce | Act::Reset => self.stream.set_zero_linger()?,
            Act::ResetInHead => self.reset_after(b"HTTP/1.1 200 OK\r\ncontent-le").await?,
            Act::ResetInBody => {
                self.reset_after(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nten bytes!")
                    .await?;
            }
            Act::CloseAtOnce | Act::Close => self.end(b"").await?,
            Act::GarbageAtOnce | Act::Garbage => self.end(GARBAGE).await?,
            Act::FloodAtOnce(byte) => self.forever(&vec![byte; PIECE]).await?,
            Act::Truncated => {
                self.end(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nten bytes!").await?;
            }
            Act::TruncatedChunks => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                self.end(format!("{head}5\r\nwhole\r\n100\r\nhalf").as_bytes()).await?;
            }
        }
        Ok(false)
    }

    async fn reply(&mut self, reply: &Reply, asked: Option<&Asked>) -> io::Result<Kept> {
        let closes = asked.and_then(|asked| asked.header("connection"));
        let closes = closes.is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let mut bytes = format!("HTTP/1.1 {} Status\r\n", reply.status).into_bytes();
        for (name, value) in &reply.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if reply.status != 204 && reply.status != 304 {
            bytes.extend(format!("content-length: {}\r\n", reply.body.len()).bytes());
        }
        bytes.extend_from_slice(if closes { b"connection: close\r\n\r\n" } else { b"\r\n" });
        if asked.is_none_or(|asked| asked.method != "HEAD") {
            bytes.extend_from_slice(&reply.body);
        }
        self.send(&bytes).await?;
        if closes {
            self.end(b"").await?;
        }
        Ok(!closes)
    }

    async fn huge(&mut self, length: u64) -> io::Result<Kept> {
        self.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").as_bytes())
            .await?;
        let mut left = length;
        while left > 0 {
            let now = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            self.send(&[0; PIECE][..now]).await?;
            left -= now as u64;
        }
        Ok(true)
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.shared.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    async fn forever(&mut self, piece: &[u8]) -> io::Result<()> {
        loop {
            self.send(piece).await?;
        }
    }

    async fn drip(&mut self, bytes: impl Iterator<Item = u8>, pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.send(&[byte]).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Sends this and closes orderly: what still comes is read, or the close would be a reset.
    async fn end(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(bytes).await?;
        self.stream.shutdown().await?;
        tokio::time::timeout(Duration::from_secs(2), self.wait_for_end()).await?
    }

    /// Sends this, lets it arrive, and resets.
    async fn reset_after(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(bytes).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.stream.set_zero_linger()
    }

    async fn wait_for_end(&mut self) -> io::Result<()> {
        let mut ignored = vec![0; 1024];
        while self.stream.read(&mut ignored).await? > 0 {}
        Ok(())
    }
}

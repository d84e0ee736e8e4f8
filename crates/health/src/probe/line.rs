//! A connection on which every read is bounded in size and time, whatever the other side claims.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::attempt::Fault;
use crate::net::{Stream, broken};
use crate::reason::Reason;

/// The most one conversation may say in all: a login takes a few hundred bytes.
const MOST: usize = 64 * 1024;
/// How long leaving politely may take.
const GOODBYE: Duration = Duration::from_millis(200);

/// A conversation.
pub(super) struct Line {
    stream: Stream,
    until: Instant,
    /// Read, and not taken yet.
    buffer: Vec<u8>,
    /// Read in all.
    read: usize,
    /// When something was sent first, or the connection stood.
    asked: Instant,
    /// From then to the first byte that came.
    first_byte: Option<Duration>,
    /// What a write ran into: what was received before it counts first.
    broken: Option<Fault>,
}

impl Line {
    /// A conversation that must be over by `until`.
    pub(super) fn new(stream: Stream, until: Instant) -> Self {
        Self {
            stream,
            until,
            buffer: Vec::new(),
            read: 0,
            asked: Instant::now(),
            first_byte: None,
            broken: None,
        }
    }

    /// From the first thing that was asked to the first byte that came.
    pub(super) fn first_byte(&self) -> Option<Duration> {
        self.first_byte
    }

    /// Sends. A connection that breaks here is told by the read that follows: before it broke, the
    /// server may have said why.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.first_byte.is_none() {
            self.asked = Instant::now();
        }
        let sending = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout_at(self.until, sending).await {
            Err(_) => Err(late()),
            Ok(Err(error)) => {
                self.broken.get_or_insert_with(|| broken(&error));
                Ok(())
            }
            Ok(Ok(())) => Ok(()),
        }
    }

    /// Waits for something that neither reads nor writes, and must be over in time as well.
    pub(super) async fn within<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Fault> {
        timeout_at(self.until, work).await.map_err(|_| {
            let what = "what the server wants to be computed for the login takes too long";
            Fault::new(Reason::ResponseTimeout, what)
        })
    }

    /// Exactly so many bytes.
    pub(super) async fn take(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        while self.buffer.len() < count {
            self.more().await?;
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    /// A line, without its end, which is `\r\n`; it may be `most` bytes long.
    pub(super) async fn line(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut looked = 0;
        loop {
            let end = self.buffer.iter().skip(looked).position(|byte| *byte == b'\n');
            if let Some(end) = end.map(|end| looked + end) {
                let mut line = self.take(end + 1).await?;
                line.pop();
                if line.pop_if(|byte| *byte == b'\r').is_none() {
                    return Err(Fault::new(
                        Reason::ProtocolError,
                        "a line does not end as it should",
                    ));
                }
                return Ok(line);
            }
            looked = self.buffer.len();
            if looked > most {
                return Err(Fault::new(
                    Reason::ProtocolError,
                    format!("a line has more than {most} bytes"),
                ));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Fault> {
        if self.read >= MOST {
            return Err(Fault::new(
                Reason::ProtocolError,
                format!("more than {MOST} bytes came, and no end"),
            ));
        }
        let mut part = [0; 4096];
        match timeout_at(self.until, self.stream.read(&mut part)).await {
            Err(_) => Err(late()),
            Ok(Err(error)) => Err(self.broken.take().unwrap_or_else(|| broken(&error))),
            Ok(Ok(0)) => Err(self.broken.take().unwrap_or_else(|| {
                let what = if self.read == 0 { "without an answer" } else { "in the middle" };
                Fault::new(
                    Reason::ProtocolError,
                    format!("the server closed the connection {what}"),
                )
            })),
            Ok(Ok(count)) => {
                if self.first_byte.is_none() {
                    self.first_byte = Some(self.asked.elapsed());
                }
                self.read += count;
                self.buffer.extend_from_slice(part.get(..count).unwrap_or_default());
                Ok(())
            }
        }
    }

    /// The connection, for TLS to begin on it. What was sent before TLS and not asked for would be
    /// taken for what came within, so there must be nothing.
    pub(super) fn into_stream(self) -> Result<Stream, Fault> {
        if self.buffer.is_empty() {
            Ok(self.stream)
        } else {
            Err(Fault::new(Reason::ProtocolError, "the server spoke on before TLS began"))
        }
    }

    /// Leaves as the protocol wants it, if that can be done at once.
    pub(super) async fn leave(mut self, bytes: &[u8]) {
        let leaving = async {
            self.stream.write_all(bytes).await?;
            self.stream.shutdown().await
        };
        // Whether it works does not matter anymore.
        let _ = timeout_at(self.until.min(Instant::now() + GOODBYE), leaving).await;
    }
}

fn late() -> Fault {
    Fault::new(Reason::ResponseTimeout, "connected, and no answer in time")
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};

    use super::*;

    fn pair() -> (Line, DuplexStream) {
        let (here, there) = duplex(1 << 20);
        (Line::new(Box::new(here), Instant::now() + Duration::from_millis(300)), there)
    }

    #[tokio::test]
    async fn lines_and_counted_bytes() {
        let (mut line, mut there) = pair();
        there.write_all(b"one\r\ntwotail").await.unwrap();
        assert_eq!(line.line(100).await.unwrap(), b"one");
        assert_eq!(line.take(3).await.unwrap(), b"two");
        assert!(line.first_byte().is_some());
        assert_eq!(line.into_stream().err().unwrap().reason, Reason::ProtocolError);
    }

    #[tokio::test]
    async fn whatever_comes_is_bounded() {
        let (mut line, mut there) = pair();
        there.write_all(&vec![b'x'; 20_000]).await.unwrap();
        let fault = line.line(8192).await.unwrap_err();
        assert_eq!(fault.reason, Reason::ProtocolError, "{fault:?}");

        let (mut line, mut there) = pair();
        there.write_all(&vec![b'x'; 1 << 19]).await.unwrap();
        let fault = line.take(1 << 30).await.unwrap_err();
        assert!(fault.detail.contains("no end"), "{fault:?}");
        assert!(line.buffer.len() < MOST + 4096);
    }

    #[tokio::test]
    async fn silence_and_the_end_are_told_apart() {
        let (mut line, there) = pair();
        assert_eq!(line.take(1).await.unwrap_err().reason, Reason::ResponseTimeout);
        drop(there);
        let fault = line.take(1).await.unwrap_err();
        assert_eq!(fault.reason, Reason::ProtocolError);
        assert!(fault.detail.contains("without an answer"), "{fault:?}");
        let (mut line, there) = pair();
        drop(there);
        line.send(b"hello").await.unwrap();
        assert_eq!(line.take(1).await.unwrap_err().reason, Reason::Reset);
    }
}

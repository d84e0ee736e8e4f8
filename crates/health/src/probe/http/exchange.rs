//! One request on one connection, and its answer.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

pub(super) use super::encoding::Kept;
use super::encoding::{Body, Encoding};
use super::tap::{Marks, Tap};
use crate::attempt::Fault;
use crate::foreign::quote;
use crate::net::{Stream, broken};
use crate::reason::Reason;

/// The most bytes of the head of an answer, and of a body that wait to be read.
const MOST_HEAD: usize = 64 * 1024;
/// How many bytes of a body are kept where nothing is expected of it: those a message may quote.
const MOST_SHOWN: usize = 8 * 1024;
/// How many bytes of a body are decoded between two looks at the clock.
const PART: usize = 1024;
/// How long one body is decoded before other targets have their turn.
const TURN: Duration = Duration::from_millis(1);
/// The most headers of an answer.
const MOST_HEADERS: usize = 256;

/// A connection whose request is sent. Dropping it closes it.
pub(super) struct Exchange {
    wire: Wire,
    marks: Marks,
    until: Instant,
}

/// hyper's half of the work: it runs while anything of the answer is waited for.
struct Wire {
    connection: Pin<Box<Connection<TokioIo<Tap>, Full<Bytes>>>>,
    is_done: bool,
    error: Option<hyper::Error>,
}

impl Wire {
    async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            if self.is_done {
                return Poll::Pending;
            }
            if let Poll::Ready(result) = self.connection.as_mut().poll(cx) {
                self.is_done = true;
                self.error = result.err();
            }
            future.as_mut().poll(cx)
        })
        .await
    }
}

impl Exchange {
    /// Sends the request and reads the head of its answer, past all 1xx.
    pub(super) async fn send(
        stream: Stream,
        mut request: Request<Full<Bytes>>,
        until: Instant,
    ) -> Result<(Self, Response<Incoming>, Duration), Fault> {
        let (tap, marks) = Tap::new(stream);
        let mut builder = Builder::new();
        builder.max_buf_size(MOST_HEAD).max_header_size(MOST_HEAD).max_headers(MOST_HEADERS);
        let handshake = builder.handshake(TokioIo::new(tap)).await;
        let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
        let seen = marks.clone();
        hyper::ext::on_informational(&mut request, move |_| seen.forget_first());
        let wire = Wire { connection: Box::pin(connection), is_done: false, error: None };
        let mut exchange = Self { wire, marks, until };
        let answer = sender.send_request(request);
        match timeout_at(until, exchange.wire.drive(answer)).await {
            Ok(Ok(response)) => {
                let first_byte = exchange.marks.first_byte();
                Ok((exchange, response, first_byte))
            }
            Ok(Err(error)) => Err(exchange.no_head(&error)),
            Err(_) => Err(Fault::new(
                Reason::ResponseTimeout,
                if exchange.marks.begin().is_empty() {
                    "the connection was taken, and no answer came in time"
                } else {
                    "an answer began, and its headers did not end in time"
                },
            )),
        }
    }

    /// Reads the body, `most` bytes of it, and keeps all of them or only those a message may show.
    pub(super) async fn read(
        mut self,
        response: Response<Incoming>,
        most: usize,
        keeps_all: bool,
    ) -> (http::response::Parts, Kept, Option<Fault>) {
        let (parts, mut incoming) = response.into_parts();
        // One that cannot be read is only a fault where something is expected of the body.
        let encoding = Encoding::of(&parts.headers).unwrap_or(Encoding::Identity);
        let most_kept = if keeps_all { most } else { most.min(MOST_SHOWN) };
        let mut body = Body::new(encoding, most, most_kept);
        let fault = self.fill(&mut body, &mut incoming).await.err();
        (parts, body.take(), fault)
    }

    async fn fill(&mut self, body: &mut Body, incoming: &mut Incoming) -> Result<(), Fault> {
        let encoded = |error: std::io::Error| {
            let why = match error.kind() {
                ErrorKind::UnexpectedEof => "it ends in the middle".to_owned(),
                _ => quote(error.to_string().as_bytes()),
            };
            Fault::new(Reason::ProtocolError, format!("the body cannot be decompressed: {why}"))
        };
        let mut turn = Instant::now();
        loop {
            let frame = match timeout_at(self.until, self.wire.drive(incoming.frame())).await {
                Ok(None) => return body.finish().map_err(encoded),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(self.no_body(&error, body.came())),
                Err(_) => return Err(too_slow(body)),
            };
            // In small parts with a look at the clock: a flood of empty gzip members, say, costs a hundred
            // times the time to unpack that it takes to come.
            for part in frame.data_ref().into_iter().flat_map(|bytes| bytes.chunks(PART)) {
                if !body.add(part).map_err(encoded)? {
                    return Ok(());
                }
                let now = Instant::now();
                if now >= self.until {
                    return Err(too_slow(body));
                }
                if now.saturating_duration_since(turn) > TURN {
                    tokio::task::yield_now().await;
                    turn = Instant::now();
                }
            }
        }
    }

    fn no_head(&self, error: &hyper::Error) -> Fault {
        let begin = self.marks.begin();
        let error = self.cause(error);
        let protocol = |detail: String| Fault::new(Reason::ProtocolError, detail);
        if self.marks.is_flooded() {
            return protocol("answers of 1xx come without end, and no other".to_owned());
        }
        let is_http = begin.starts_with(b"HTTP/1.");
        if error.is_parse() && is_http {
            return protocol(format!("the head of the answer cannot be read: {error}"));
        }
        if error.is_parse() {
            return protocol(not_http(&begin));
        }
        let is_closed = is_closed(error);
        if begin.is_empty() && (is_closed || error.is_canceled()) {
            return protocol("the connection was closed without an answer".to_owned());
        }
        if is_closed {
            return protocol("the connection was closed in the middle of the headers".to_owned());
        }
        broken(error)
    }

    fn no_body(&self, error: &hyper::Error, came: u64) -> Fault {
        let error = self.cause(error);
        if is_closed(error) {
            let detail = format!("the body ends in the middle, after {came} bytes");
            return Fault::new(Reason::ProtocolError, detail);
        }
        let fault = broken(error);
        if fault.reason == Reason::ProtocolError {
            let detail = format!("the body cannot be read after {came} bytes: {}", fault.detail);
            return Fault { detail, ..fault };
        }
        fault
    }

    /// The connection knows more than what waits for it when that was only cancelled.
    fn cause<'e>(&'e self, error: &'e hyper::Error) -> &'e hyper::Error {
        self.wire.error.as_ref().filter(|_| error.is_canceled()).unwrap_or(error)
    }
}

fn too_slow(body: &Body) -> Fault {
    let detail = format!("the body did not end in time; bytes that came: {}", body.came());
    Fault::new(Reason::ResponseTimeout, detail)
}

/// Whether the other side closed in order, but too early.
fn is_closed(error: &hyper::Error) -> bool {
    error.is_incomplete_message()
        || error.source().and_then(|source| source.downcast_ref::<std::io::Error>()).is_some_and(
            |error| {
                let of_chunks = error.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>());
                error.kind() == ErrorKind::UnexpectedEof && of_chunks
            },
        )
}

/// What it speaks instead, where that can be told.
fn not_http(begin: &[u8]) -> String {
    match begin {
        [0x15 | 0x16, 3, ..] => "the answer is TLS; ask by `https://`".to_owned(),
        [0, 0, _, 4, ..] => "the answer is HTTP/2 without HTTP/1.1, as of a gRPC server".to_owned(),
        _ => match quote(begin).as_str() {
            "" => "the answer is not HTTP; it begins with bytes that are no text".to_owned(),
            text => format!("the answer is not HTTP; it begins with `{text}`"),
        },
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn asked(stream: Stream) -> Result<u16, Fault> {
        let request = Request::new(Full::new(Bytes::new()));
        let until = Instant::now() + Duration::from_secs(20);
        let (_, response, _) = Exchange::send(stream, request, until).await?;
        Ok(response.status().as_u16())
    }

    #[tokio::test]
    async fn what_comes_before_the_request_is_read_after_it() {
        for (early, expected) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Ok(200)),
            ("SSH-2.0-OpenSSH\r\n", Err("begins with `SSH-2.0-OpenSSH`")),
        ] {
            let (ours, mut theirs) = tokio::io::duplex(1024);
            theirs.write_all(early.as_bytes()).await.unwrap();
            match (asked(Box::new(ours)).await, expected) {
                (Ok(status), Ok(expected)) => assert_eq!(status, expected),
                (Err(fault), Err(words)) => assert!(fault.detail.contains(words), "{fault:?}"),
                other => panic!("{other:?}"),
            }
            let mut request = Vec::new();
            theirs.read_to_end(&mut request).await.unwrap();
            assert!(request.starts_with(b"GET / HTTP/1.1\r\n"));
        }
    }
}

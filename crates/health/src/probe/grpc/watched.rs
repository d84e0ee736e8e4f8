//! A stream that remembers how the other side began and how it broke: HTTP/2 tells neither.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::attempt::Fault;
use crate::net;
use crate::reason::Reason;

/// The most bytes of a connection for one call. HTTP/2 has frames that nobody asked for, without end
/// and each larger in memory than on the wire.
const MOST: usize = 128 * 1024;
/// Enough to know HTTP/1 by.
const HEAD: usize = 5;

/// What was seen of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    head: Vec<u8>,
    fault: Option<Fault>,
}

impl Seen {
    /// The fault of the first read or write that failed.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault.clone()
    }

    /// Whether the other side said something at all.
    pub(super) fn is_answered(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).head.is_empty()
    }

    /// Whether the other side began as HTTP/1 does.
    pub(super) fn is_http1(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).head == b"HTTP/"
    }

    fn read(&self, bytes: &[u8]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = HEAD - inner.head.len();
        inner.head.extend(bytes.iter().take(missing));
    }

    fn note(&self, result: Result<&(), &io::Error>) {
        if let Err(error) = result {
            self.fail(|| net::broken(error));
        }
    }

    fn fail(&self, fault: impl FnOnce() -> Fault) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.fault.get_or_insert_with(fault);
    }
}

/// The stream.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    seen: Seen,
    /// How many bytes may still come.
    left: usize,
    /// A write that failed, while what came before is read.
    failed: Option<io::Error>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S) -> (Self, Seen) {
        let seen = Seen::default();
        (Self { stream, seen: seen.clone(), left: MOST, failed: None }, seen)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let done = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.seen.note(done.as_ref());
        let new = buffer.filled().get(before..).unwrap_or_default();
        self.seen.read(new);
        let Some(left) = self.left.checked_sub(new.len()) else {
            let detail = "the server sends without end and does not answer the call";
            self.seen.fail(|| Fault::new(Reason::ProtocolError, detail));
            return Poll::Ready(Err(io::Error::other(detail)));
        };
        self.left = left;
        Poll::Ready(done)
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Why a write failed, the other side may have said before it closed, in a TLS alert. It is read
    /// first; a broken connection does not let that wait.
    fn last_words(&mut self, context: &mut Context<'_>, error: io::Error) -> Poll<io::Error> {
        let mut rest = [0; HEAD];
        let mut rest = ReadBuf::new(&mut rest);
        let read = Pin::new(&mut self.stream).poll_read(context, &mut rest);
        let Poll::Ready(read) = read else {
            self.failed = Some(error);
            return Poll::Pending;
        };
        self.seen.read(rest.filled());
        self.seen.note(read.as_ref());
        self.seen.note(Err(&error));
        Poll::Ready(error)
    }

    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let error = match self.failed.take() {
            Some(error) => error,
            None => match ready!(write(Pin::new(&mut self.stream), context)) {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(error) => error,
            },
        };
        self.last_words(context, error).map(Err)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.written(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

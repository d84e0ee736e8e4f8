//! A stream that remembers how the other side began and how it broke: HTTP/2 tells neither.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::attempt::Fault;
use crate::net;

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

    fn note<T>(&self, result: &io::Result<T>) {
        if let Err(error) = result {
            let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            inner.fault.get_or_insert_with(|| net::broken(error));
        }
    }
}

/// The stream.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    seen: Seen,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S) -> (Self, Seen) {
        let seen = Seen::default();
        (Self { stream, seen: seen.clone() }, seen)
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
        self.seen.note(&done);
        self.seen.read(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(done)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.seen.note(&done);
        Poll::Ready(done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.seen.note(&done);
        Poll::Ready(done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

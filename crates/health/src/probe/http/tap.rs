//! What goes through a connection, noted on the way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::net::Stream;

/// How many of the first bytes are kept, for the message when they are not HTTP.
const KEPT: usize = 80;
/// The most 1xx before an answer; a server that sends more sends them without end.
const MOST_INFORMATIONAL: u32 = 100;

/// A stream whose bytes leave marks.
pub(super) struct Tap {
    inner: Stream,
    marks: Marks,
}

/// The marks of a stream; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    sent: Option<Instant>,
    first: Option<Instant>,
    begin: Vec<u8>,
    informational: u32,
    /// Who waits for an answer while nothing is asked yet.
    early: Option<Waker>,
}

impl Tap {
    pub(super) fn new(inner: Stream) -> (Self, Marks) {
        let marks = Marks::default();
        (Self { inner, marks: marks.clone() }, marks)
    }
}

impl Marks {
    /// The first bytes that came.
    pub(super) fn begin(&self) -> Vec<u8> {
        self.inner().begin.clone()
    }

    /// From the last byte of the request to the first of the answer; to now where that did not show, as
    /// when it came in one piece with a 1xx.
    pub(super) fn first_byte(&self) -> Duration {
        let inner = self.inner();
        let now = Instant::now();
        let sent = inner.sent.unwrap_or(now);
        inner.first.unwrap_or(now).saturating_duration_since(sent)
    }

    /// What came so far was a 1xx: the answer is yet to come.
    pub(super) fn forget_first(&self) {
        let mut inner = self.inner();
        inner.first = None;
        inner.informational = inner.informational.saturating_add(1);
    }

    /// Whether 1xx come without end. Nothing more is read then.
    pub(super) fn is_flooded(&self) -> bool {
        self.inner().informational > MOST_INFORMATIONAL
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut inner = self.inner();
        inner.first.get_or_insert_with(Instant::now);
        let room = KEPT.saturating_sub(inner.begin.len());
        inner.begin.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// Whether nothing is asked yet. Then `cx` is told when it is.
    fn is_too_early(&self, cx: &Context<'_>) -> bool {
        let mut inner = self.inner();
        let is_early = inner.sent.is_none();
        if is_early {
            inner.early = Some(cx.waker().clone());
        }
        is_early
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(1..))) {
            let mut inner = self.inner();
            if inner.first.is_none() {
                inner.sent = Some(Instant::now());
            }
            if let Some(early) = inner.early.take() {
                early.wake();
            }
        }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.marks.is_flooded() {
            return Poll::Ready(Err(io::Error::other("1xx without end")));
        }
        // Some servers answer before they are asked, and hyper takes that for a fault. Whether it is there in
        // time to be seen is chance: so it is never looked at before.
        if self.marks.is_too_early(cx) {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.marks.read(buf.filled().get(before..).unwrap_or_default());
        result
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.marks.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.marks.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

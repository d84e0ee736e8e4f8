//! Bodies that are not held whole: answers read as they come, requests sent as they are made.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use launchway_base::Deadline;
use reqwest::Url;

use crate::error::reason;
use crate::{Client, HttpError, Request, Response};

/// An answer to [`Client::open`].
#[derive(Debug)]
pub enum Opened {
    /// A 2xx answer, its body still to come.
    Stream(Download),
    /// Any other answer, whole.
    Whole(Response),
}

/// A good answer whose body is read as it comes.
#[derive(Debug)]
pub struct Download {
    /// Status code, 2xx.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Where it comes from, after redirects.
    pub url: Url,
    /// The announced size of the body in bytes.
    pub size: Option<u64>,
    /// Method, host and path of the request, for messages.
    pub request: String,
    /// The body.
    pub body: Incoming,
}

impl Download {
    pub(crate) fn new(
        request: String,
        url: Url,
        (idle, deadline): (Duration, Deadline),
        response: reqwest::Response,
    ) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            url,
            size: response.content_length(),
            request: request.clone(),
            body: Incoming {
                body: response.into(),
                request,
                idle,
                deadline,
                timer: Box::pin(tokio::time::sleep(deadline.bound(idle))),
                waiting: false,
            },
        }
    }
}

/// The body of an answer. A piece that does not come in time is an error, and so is the end of the
/// command's time.
pub struct Incoming {
    body: reqwest::Body,
    request: String,
    idle: Duration,
    deadline: Deadline,
    timer: Pin<Box<tokio::time::Sleep>>,
    /// Whether the timer runs: only while a piece was asked for, not while nobody wants one.
    waiting: bool,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("request", &self.request).finish_non_exhaustive()
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let this = self.get_mut();
        let request = || this.request.clone();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.waiting = false;
            let broken = |error: reqwest::Error| HttpError::Interrupted {
                request: request(),
                reason: reason(&error.without_url()),
            };
            return Poll::Ready(frame.map(|frame| frame.map_err(broken)));
        }
        if !this.waiting {
            let next = tokio::time::Instant::now() + this.deadline.bound(this.idle);
            this.timer.as_mut().reset(next);
            this.waiting = true;
        }
        match this.timer.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Some(Err(late(request(), this.idle, this.deadline)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn late(request: String, after: Duration, deadline: Deadline) -> HttpError {
    if deadline.is_over() {
        HttpError::Deadline { request }
    } else {
        HttpError::Timeout { request, after }
    }
}

impl Client {
    /// Sends a request with a body that is made while it is sent and cannot be made twice: one
    /// attempt, no redirects. `size` is the exact number of bytes. The timeout holds for each
    /// stretch of time in which nothing moves.
    pub async fn upload<B>(
        &self,
        request: &Request,
        size: u64,
        body: B,
    ) -> Result<Response, HttpError>
    where
        B: Body<Data = Bytes> + Send + Sync + Unpin + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let started = Instant::now();
        let result = self.send_stream(request, size, body).await;
        let (host, took) = (request.url.host_str().unwrap_or_default(), started.elapsed());
        match &result {
            Ok(response) => tracing::debug!(
                method = %request.method, host, status = response.status.as_u16(),
                sent = size, ?took, "{}", request.place(&request.url)
            ),
            Err(error) => tracing::debug!(method = %request.method, host, ?took, "{error}"),
        }
        result
    }

    async fn send_stream<B>(
        &self,
        request: &Request,
        size: u64,
        body: B,
    ) -> Result<Response, HttpError>
    where
        B: Body<Data = Bytes> + Send + Sync + Unpin + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let deadline = self.settings.deadline;
        if deadline.is_over() {
            return Err(HttpError::Deadline { request: request.label() });
        }
        let idle = request.timeout.unwrap_or(self.settings.timeout);
        let moved = Arc::new(AtomicU64::new(0));
        let body = Outgoing { body, left: size, moved: Arc::clone(&moved) };
        let exchange = async {
            let builder = self
                .inner
                .request(request.method.clone(), request.url.clone())
                .headers(request.headers.clone())
                .body(reqwest::Body::wrap(body));
            let fault = |error: reqwest::Error| self.fault(request, &request.url, idle, error);
            let response = builder.send().await.map_err(fault)?;
            self.whole(request, &request.url, idle, response).await
        };
        let mut exchange = pin!(exchange);
        let mut before = 0;
        loop {
            if let Ok(result) = tokio::time::timeout(deadline.bound(idle), exchange.as_mut()).await
            {
                return result;
            }
            let now = moved.load(Ordering::Relaxed);
            if now == before || deadline.is_over() {
                return Err(late(request.label(), idle, deadline));
            }
            before = now;
        }
    }
}

/// A body of a known size that counts what goes.
struct Outgoing<B> {
    body: B,
    left: u64,
    moved: Arc<AtomicU64>,
}

impl<B> Body for Outgoing<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let bytes = data.len() as u64;
            this.moved.fetch_add(bytes, Ordering::Relaxed);
            this.left = this.left.saturating_sub(bytes);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

//! A loopback HTTP server on a thread of its own, for synchronous handlers.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::sync::oneshot;

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What the handler decides.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Reply {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Close the connection without an answer.
    Cut,
}

type Handler = dyn Fn(Incoming) -> Outgoing + Send + Sync;

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct LoopbackServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl LoopbackServer {
    /// Binds first, then makes the handler with the address, so that answers can hold links.
    pub(crate) fn start<F>(make: F) -> Self
    where
        F: FnOnce(SocketAddr) -> Arc<Handler>,
    {
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        listener.set_nonblocking(true).expect("a socket can be non-blocking");
        let address = listener.local_addr().expect("a bound socket has an address");
        let handler = make(address);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be built");
            runtime.block_on(async move {
                let listener =
                    tokio::net::TcpListener::from_std(listener).expect("the socket is usable");
                let app = Router::new().fallback(move |request: Request| {
                    let handler = Arc::clone(&handler);
                    async move { Ok::<_, Infallible>(answer(handler, request).await) }
                });
                tokio::select! {
                    _ = async { axum::serve(listener, app).await } => {}
                    _ = stopped => {}
                }
            });
            // A handler that sleeps must not keep the test waiting.
            runtime.shutdown_background();
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for LoopbackServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(handler: Arc<Handler>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    };
    let outgoing = tokio::task::spawn_blocking(move || handler(incoming)).await;
    match outgoing {
        Ok(Outgoing::Reply { status, headers, body }) => reply(status, headers, body),
        // Unwinding past hyper drops the connection, and `resume_unwind` prints nothing.
        Ok(Outgoing::Cut) => std::panic::resume_unwind(Box::new("cut")),
        Err(error) => reply(500, Vec::new(), format!("the fake broke: {error}").into_bytes()),
    }
}

fn reply(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("a fake answers with a status");
    for (name, value) in headers {
        response.headers_mut().append(
            HeaderName::try_from(name).expect("a fake sends valid header names"),
            HeaderValue::try_from(value).expect("a fake sends valid header values"),
        );
    }
    response
}

//! A gRPC server with the standard health service, `grpc.health.v1.Health/Check`, that answers as
//! told, also badly.
//!
//! ```no_run
//! # use launchway_testkit::grpc_health::{GrpcAnswer, GrpcHealth};
//! let server = GrpcHealth::start();
//! server.set("shop.Cart", GrpcAnswer::Health(2));
//! assert!(server.calls().is_empty());
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::listener::Listener;
use crate::tls::TlsSettings;

/// The path of the one method that is served.
pub const CHECK: &str = "/grpc.health.v1.Health/Check";

/// What a call gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrpcAnswer {
    /// A whole answer with this serving status: 0 unknown, 1 serving, 2 not serving, 3 service
    /// unknown.
    Health(u64),
    /// A failure in the first headers, as most servers send one.
    TrailersOnly(u32, String),
    /// A failure in trailers after the headers.
    Trailers(u32, String),
    /// An HTTP status and a content type, without a body: what a proxy answers.
    Http(u16, String),
    /// These bytes as body, and status 0.
    Bytes(Vec<u8>),
    /// A whole answer whose stream ends without a status.
    NoStatus,
    /// Headers, then nothing.
    Stall,
    /// Nothing at all.
    Silence,
    /// Messages without end.
    Endless,
    /// Interim answers (103) without end, as fast as they are taken.
    EndlessInterim,
    /// The stream is reset with this code.
    Reset(u32),
    /// The connection is ended with this code.
    GoAway(u32),
}

/// A call that came in.
#[derive(Clone, Debug)]
pub struct GrpcCall {
    /// The service in question; empty is the whole server. `None`: the message is none.
    pub service: Option<String>,
    /// Method and path, as in `POST /grpc.health.v1.Health/Check`.
    pub line: String,
    /// `:authority`.
    pub authority: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
}

impl GrpcCall {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
struct State {
    answers: BTreeMap<String, GrpcAnswer>,
    delay: Duration,
    calls: Vec<GrpcCall>,
}

/// The server, on `127.0.0.1`. It stops when it is dropped.
#[derive(Debug)]
pub struct GrpcHealth {
    listener: Listener,
    state: Arc<Mutex<State>>,
}

impl GrpcHealth {
    /// Without TLS. The whole server serves, and no service is known.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// With TLS; the settings should offer `h2`.
    pub fn tls(settings: &TlsSettings) -> Self {
        Self::listen(Some(settings))
    }

    fn listen(settings: Option<&TlsSettings>) -> Self {
        let acceptor = settings.map(TlsSettings::acceptor);
        let state = Arc::new(Mutex::new(State {
            answers: BTreeMap::from([(String::new(), GrpcAnswer::Health(1))]),
            delay: Duration::ZERO,
            calls: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let listener = Listener::start(move |stream| {
            let (acceptor, state) = (acceptor.clone(), Arc::clone(&shared));
            async move {
                match acceptor {
                    None => serve(stream, state).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            serve(stream, state).await;
                        }
                    }
                }
            }
        });
        Self { listener, state }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// A URL: `url("grpc", "localhost", "shop.Cart")` is `grpc://localhost:<port>/shop.Cart`.
    pub fn url(&self, scheme: &str, host: &str, service: &str) -> String {
        format!("{scheme}://{host}:{}/{service}", self.address().port())
    }

    /// What a service is answered from now on. One that was never set is not found.
    pub fn set(&self, service: &str, answer: GrpcAnswer) {
        self.lock().answers.insert(service.to_owned(), answer);
    }

    /// How long every answer takes.
    pub fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<GrpcCall> {
        self.lock().calls.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, state: Arc<Mutex<State>>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    // Calls that ask for the end of the connection say so here.
    let (end, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let mut calls = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            incoming = connection.accept() => {
                let Some(Ok((request, respond))) = incoming else { return };
                calls.spawn_local(call(request, respond, Arc::clone(&state), end.clone()));
            }
            Some(code) = ended.recv() => connection.abrupt_shutdown(Reason::from(code)),
        }
    }
}

async fn call(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<Mutex<State>>,
    end: tokio::sync::mpsc::UnboundedSender<u32>,
) {
    let (parts, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(data)) = body.data().await {
        let _ = body.flow_control().release_capacity(data.len());
        bytes.extend_from_slice(&data);
    }
    let service = service_of(&bytes);
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let (answer, delay) = {
        let mut state = lock(&state);
        state.calls.push(GrpcCall {
            service: service.clone(),
            line: format!("{} {}", parts.method, parts.uri.path()),
            authority: parts.uri.authority().map(ToString::to_string).unwrap_or_default(),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
        });
        let answer = if parts.uri.path() == CHECK {
            service.and_then(|service| state.answers.get(&service).cloned())
        } else {
            Some(GrpcAnswer::TrailersOnly(12, "unknown service".to_owned()))
        };
        (answer, state.delay)
    };
    tokio::time::sleep(delay).await;
    let answer = answer.unwrap_or(GrpcAnswer::TrailersOnly(5, "unknown service".to_owned()));
    let _ = give(answer, &mut respond, &end).await;
}

async fn give(
    answer: GrpcAnswer,
    respond: &mut SendResponse<Bytes>,
    end: &tokio::sync::mpsc::UnboundedSender<u32>,
) -> Result<(), h2::Error> {
    match answer {
        GrpcAnswer::Health(status) => {
            let mut stream = respond.send_response(head(200, "application/grpc"), false)?;
            stream.send_data(message(status).into(), false)?;
            stream.send_trailers(status_of(0, ""))?;
        }
        GrpcAnswer::TrailersOnly(code, words) => {
            let mut response = head(200, "application/grpc");
            response.headers_mut().extend(status_of(code, &words));
            respond.send_response(response, true)?;
        }
        GrpcAnswer::Trailers(code, words) => {
            let mut stream = respond.send_response(head(200, "application/grpc+proto"), false)?;
            stream.send_trailers(status_of(code, &words))?;
        }
        GrpcAnswer::Http(status, kind) => {
            respond.send_response(head(status, &kind), true)?;
        }
        GrpcAnswer::Bytes(bytes) => {
            let mut stream = respond.send_response(head(200, "application/grpc"), false)?;
            stream.send_data(bytes.into(), false)?;
            stream.send_trailers(status_of(0, ""))?;
        }
        GrpcAnswer::NoStatus => {
            let mut stream = respond.send_response(head(200, "application/grpc"), false)?;
            stream.send_data(message(1).into(), true)?;
        }
        GrpcAnswer::Stall => {
            let _stream = respond.send_response(head(200, "application/grpc"), false)?;
            std::future::pending::<()>().await;
        }
        GrpcAnswer::Silence => std::future::pending::<()>().await,
        GrpcAnswer::Endless => {
            let mut stream = respond.send_response(head(200, "application/grpc"), false)?;
            loop {
                stream.send_data(message(1).repeat(100).into(), false)?;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        GrpcAnswer::EndlessInterim => loop {
            for _ in 0..100 {
                let interim = Response::builder().status(103).header("x-pad", "x".repeat(500));
                respond.send_informational(interim.body(()).expect("an answer"))?;
            }
            tokio::task::yield_now().await;
        },
        GrpcAnswer::Reset(code) => respond.send_reset(Reason::from(code)),
        GrpcAnswer::GoAway(code) => {
            let _ = end.send(code);
            std::future::pending::<()>().await;
        }
    }
    Ok(())
}

fn head(status: u16, kind: &str) -> Response<()> {
    let mut response = Response::builder().status(status);
    if !kind.is_empty() {
        response = response.header("content-type", kind);
    }
    response.body(()).expect("a status and a content type")
}

fn status_of(code: u32, words: &str) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert("grpc-status", HeaderValue::from(code));
    if !words.is_empty() {
        let value = HeaderValue::from_bytes(words.as_bytes()).expect("a header value");
        map.insert("grpc-message", value);
    }
    map
}

/// A `HealthCheckResponse` with its five bytes in front. A default value is left out.
fn message(status: u64) -> Vec<u8> {
    assert!(status < 128, "a status of one byte");
    let body = if status == 0 { Vec::new() } else { vec![8, status.to_le_bytes()[0]] };
    let mut bytes = vec![0, 0, 0, 0, body.len().to_le_bytes()[0]];
    bytes.extend(body);
    bytes
}

/// The service of a `HealthCheckRequest` with its five bytes in front.
fn service_of(bytes: &[u8]) -> Option<String> {
    let [0, a, b, c, d, message @ ..] = bytes else { return None };
    if u32::from_be_bytes([*a, *b, *c, *d]) as usize != message.len() {
        return None;
    }
    match message {
        [] => Some(String::new()),
        [0x0a, length, rest @ ..] if usize::from(*length) == rest.len() && *length < 128 => {
            String::from_utf8(rest.to_vec()).ok()
        }
        // Two bytes of length are enough for any name.
        [0x0a, low, high, rest @ ..] if *low >= 128 && *high < 128 => {
            let length = usize::from(low & 127) | usize::from(*high) << 7;
            (length == rest.len()).then(|| String::from_utf8(rest.to_vec()).ok())?
        }
        _ => None,
    }
}

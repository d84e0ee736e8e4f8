//! A server that does TLS as told, also badly, and answers one HTTP/1.1 request per connection.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::certificates::Pair;
use crate::listener::Listener;

/// How a server does TLS.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    pair: Pair,
    client_authority: Option<PathBuf>,
    is_tls12: bool,
    alpn: Vec<Vec<u8>>,
}

impl TlsSettings {
    /// TLS 1.2 and 1.3 with this certificate, no client certificate asked for, no ALPN.
    pub fn new(pair: &Pair) -> Self {
        Self { pair: pair.clone(), client_authority: None, is_tls12: false, alpn: Vec::new() }
    }

    /// Only clients with a certificate of this authority (a PEM file).
    #[must_use]
    pub fn clients_of(self, authority: &Path) -> Self {
        Self { client_authority: Some(authority.to_owned()), ..self }
    }

    /// TLS 1.2 only.
    #[must_use]
    pub fn tls12(self) -> Self {
        Self { is_tls12: true, ..self }
    }

    /// The protocols it offers, such as `h2`.
    #[must_use]
    pub fn alpn(self, protocols: &[&str]) -> Self {
        Self { alpn: protocols.iter().map(|name| name.as_bytes().to_vec()).collect(), ..self }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = if self.is_tls12 { vec![&TLS12] } else { vec![&TLS13, &TLS12] };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .expect("ring speaks both versions");
        let builder = match &self.client_authority {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(file) {
                    roots.add(certificate).expect("an authority's certificate");
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().expect("an authority"))
            }
        };
        let key = PrivateKeyDer::from_pem_file(&self.pair.key).expect("a private key");
        let mut config = builder
            .with_single_cert(certificates(&self.pair.certificate), key)
            .expect("a key that belongs to its certificate");
        config.alpn_protocols.clone_from(&self.alpn);
        TlsAcceptor::from(Arc::new(config))
    }
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What a server does that speaks no TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// It takes the connection and never says a word.
    Stall,
    /// It answers as a web server without TLS does.
    PlainText,
    /// It closes the connection when the client has spoken.
    HangUp,
}

/// A connection that got through the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The name the client asked for (SNI); none when it asked for an address.
    pub name: Option<String>,
    /// Whether it showed a certificate.
    pub has_certificate: bool,
}

/// The server, on `127.0.0.1`. It stops when it is dropped.
#[derive(Debug)]
pub struct TlsServer {
    listener: Listener,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    handshakes: Vec<Handshake>,
}

impl TlsServer {
    /// Answers every request with `200` and the body `ok`.
    pub fn start(settings: &TlsSettings) -> Self {
        let acceptor = settings.acceptor();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let listener = Listener::start(move |stream| {
            lock(&shared).connections += 1;
            serve(stream, acceptor.clone(), Arc::clone(&shared))
        });
        Self { listener, seen }
    }

    /// Speaks no TLS.
    pub fn without_tls(instead: Instead) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let listener = Listener::start(move |stream| {
            lock(&shared).connections += 1;
            misbehave(stream, instead)
        });
        Self { listener, seen }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// A URL of it: `url("https", "localhost")` is `https://localhost:<port>`.
    pub fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.address().port())
    }

    /// How many connections were made, with or without TLS.
    pub fn connections(&self) -> usize {
        lock(&self.seen).connections
    }

    /// The handshakes that were done, in their order.
    pub fn handshakes(&self) -> Vec<Handshake> {
        lock(&self.seen).handshakes.clone()
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, seen: Arc<Mutex<Seen>>) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let session = stream.get_ref().1;
    let handshake = Handshake {
        name: session.server_name().map(str::to_owned),
        has_certificate: session.peer_certificates().is_some_and(|chain| !chain.is_empty()),
    };
    lock(&seen).handshakes.push(handshake);
    answer(&mut stream).await;
    let _ = stream.shutdown().await;
}

async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut head = Vec::new();
    let mut end = None;
    // Bytes that are never read would make an error of the end.
    while end.is_none_or(|end| head.len() < end) {
        match stream.read_buf(&mut head).await {
            Ok(1..) => end = length(&head),
            Ok(0) | Err(_) => return,
        }
    }
    let _ = stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        .await;
}

/// How long a request is in all, once its head is there.
fn length(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(request.get(..head)?).to_lowercase();
    let body = text.split_once("content-length:").and_then(|(_, rest)| rest.lines().next());
    Some(head + body.and_then(|body| body.trim().parse::<usize>().ok()).unwrap_or(0))
}

async fn misbehave(mut stream: TcpStream, instead: Instead) {
    if instead == Instead::Stall {
        // Read, so that a client that leaves is let go.
        let mut sink = vec![0; 4096];
        while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
        return;
    }
    let mut some = [0; 4096];
    let _ = stream.read(&mut some).await;
    if instead == Instead::PlainText {
        let _ = stream
            .write_all(
                b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            )
            .await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

//! What stands between a client and a server: TLS put before a plain server, and a proxy of the kind
//! `HTTPS_PROXY` names.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use crate::listener::Listener;
use crate::tls::TlsSettings;

/// TLS in front of a plain server on loopback. It stops when it is dropped.
#[derive(Debug)]
pub struct TlsFront {
    listener: Listener,
}

impl TlsFront {
    /// What arrives by TLS goes to this address, and its answers come back.
    pub fn start(settings: &TlsSettings, to: SocketAddr) -> Self {
        let acceptor = settings.acceptor();
        let listener = Listener::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut client) = acceptor.accept(stream).await else { return };
                let Ok(mut server) = TcpStream::connect(to).await else { return };
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
        Self { listener }
    }

    /// Where it listens, on `127.0.0.1`.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }
}

/// A proxy that takes `CONNECT` for any host and leads it to one address. It stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    listener: Listener,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Leads everything to this address.
    pub fn start(to: SocketAddr) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let listener = Listener::start(move |client| connect(client, to, Arc::clone(&seen)));
        Self { listener, asked }
    }

    /// What to set `HTTPS_PROXY` to.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address)
    }

    /// The hosts it was asked for, with their ports, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn connect(mut client: TcpStream, to: SocketAddr, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let text = String::from_utf8_lossy(&head);
    let Some(host) = text.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        return;
    };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(host.to_owned());
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

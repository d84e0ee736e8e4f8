//! A fake MySQL 8, written from the protocol's documentation, for logins with
//! `caching_sha2_password`: Debian has no MySQL.
//!
//! It knows one user. A password that was shown once over TLS is remembered, as the real one does;
//! without TLS it wants it encrypted with its key, which the fake does not have.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::listener::Listener;
use crate::tls::TlsSettings;

const CHALLENGE: &[u8; 20] = b"abcdefghij0123456789";
const PLUGIN: &str = "caching_sha2_password";
/// Protocol 4.1, a database, secure connections, plugins.
const CAPABILITIES: u32 = 0x0008_a20b;
const TLS: u32 = 0x0800;

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeMysql8 {
    listener: Listener,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    user: String,
    password: Vec<u8>,
    is_remembered: bool,
    /// The greeting names this plugin, and the login then switches to the right one.
    greets_with: String,
    events: Vec<String>,
}

impl FakeMysql8 {
    /// One that knows this user. With `tls`, it offers that.
    pub fn start(user: &str, password: &str, tls: Option<&TlsSettings>) -> Self {
        let state = Arc::new(Mutex::new(State {
            user: user.to_owned(),
            password: password.as_bytes().to_vec(),
            greets_with: PLUGIN.to_owned(),
            ..State::default()
        }));
        let (shared, tls) = (Arc::clone(&state), tls.cloned());
        let listener = Listener::start(move |stream| {
            let (state, tls) = (Arc::clone(&shared), tls.clone());
            // A client that hangs up ends the conversation, and that is seen.
            async move {
                if serve(stream, tls.as_ref(), &state).await.is_err() {
                    event(&state, "hung up");
                }
            }
        });
        Self { listener, state }
    }

    /// Greets with another plugin from now on, and switches to its own in the login.
    pub fn greet_with(&self, plugin: &str) {
        plugin.clone_into(&mut lock(&self.state).greets_with);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// `mysql://user:password@127.0.0.1:port` and the rest, which begins with `/` or `?`.
    pub fn url(&self, user: &str, password: Option<&str>, rest: &str) -> String {
        super::url("mysql", self.address(), user, password, rest)
    }

    /// What happened since this was asked last: `tls`, `fast`, `full`, `in`, `refused`, `ping`,
    /// `quit`, `key wanted`, `password in the open`, `hung up`.
    pub fn events(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).events)
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn event(state: &Mutex<State>, what: &str) {
    lock(state).events.push(what.to_owned());
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

async fn send(stream: &mut dyn Stream, sequence: u8, payload: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(payload.len()).expect("a short packet").to_le_bytes();
    let head = [length[0], length[1], length[2], sequence];
    stream.write_all(&[&head, payload].concat()).await?;
    stream.flush().await
}

async fn receive(stream: &mut dyn Stream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let length = usize::from(head[0]) | (usize::from(head[1]) << 8) | (usize::from(head[2]) << 16);
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await?;
    Ok((head[3], payload))
}

fn greeting(capabilities: u32, plugin: &str) -> Vec<u8> {
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut bytes = b"\x0a8.4.0\0\x07\0\0\0".to_vec();
    bytes.extend_from_slice(&CHALLENGE[..8]);
    bytes.extend_from_slice(&[0, a, b, 0xff, 2, 0, c, d, 21]);
    bytes.extend_from_slice(&[0; 10]);
    bytes.extend_from_slice(&CHALLENGE[8..]);
    bytes.push(0);
    bytes.extend_from_slice(plugin.as_bytes());
    bytes.push(0);
    bytes
}

/// User, proof and plugin of a client's hello.
fn hello(payload: &[u8]) -> Option<(String, Vec<u8>, String)> {
    let capabilities = u32::from_le_bytes(payload.get(..4)?.try_into().ok()?);
    let text = |bytes: &[u8]| -> Option<(String, usize)> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some((String::from_utf8(bytes[..end].to_vec()).ok()?, end + 1))
    };
    let mut rest = payload.get(32..)?;
    let (user, used) = text(rest)?;
    rest = rest.get(used..)?;
    let length = usize::from(*rest.first()?);
    let proof = rest.get(1..=length)?.to_vec();
    rest = rest.get(1 + length..)?;
    if capabilities & 8 != 0 {
        let (_, used) = text(rest)?;
        rest = rest.get(used..)?;
    }
    let (plugin, _) = text(rest)?;
    Some((user, proof, plugin))
}

/// Whether a proof is the right one for a password.
fn proves(proof: &[u8], password: &[u8]) -> bool {
    let stored = Sha256::digest(Sha256::digest(password));
    let mask = Sha256::new().chain_update(stored).chain_update(CHALLENGE).finalize();
    let once: Vec<u8> = proof.iter().zip(mask.iter()).map(|(a, b)| a ^ b).collect();
    proof.len() == 32 && Sha256::digest(once) == stored
}

async fn serve(
    stream: TcpStream,
    tls: Option<&TlsSettings>,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let mut stream: Box<dyn Stream> = Box::new(stream);
    let capabilities = CAPABILITIES | if tls.is_some() { TLS } else { 0 };
    let greets_with = lock(state).greets_with.clone();
    send(&mut *stream, 0, &greeting(capabilities, &greets_with)).await?;
    let (mut sequence, mut payload) = receive(&mut *stream).await?;
    let mut is_secure = false;
    if payload.len() == 32
        && let Some(tls) = tls
    {
        stream = Box::new(tls.acceptor().accept(stream).await?);
        is_secure = true;
        event(state, "tls");
        (sequence, payload) = receive(&mut *stream).await?;
    }
    let Some((user, mut proof, plugin)) = hello(&payload) else {
        return send(&mut *stream, sequence + 1, b"\xff\x13\x04#08S01Bad handshake").await;
    };
    if plugin != PLUGIN || greets_with != PLUGIN {
        let switch = [b"\xfe", PLUGIN.as_bytes(), b"\0", CHALLENGE, b"\0"].concat();
        send(&mut *stream, sequence + 1, &switch).await?;
        (sequence, proof) = receive(&mut *stream).await?;
    }
    let (known, password, is_remembered) = {
        let state = lock(state);
        (state.user == user, state.password.clone(), state.is_remembered)
    };
    let is_in = if proof.len() < 32 {
        false
    } else if known && is_remembered && proves(&proof, &password) {
        event(state, "fast");
        sequence += 1;
        send(&mut *stream, sequence, &[1, 3]).await?;
        true
    } else {
        event(state, "full");
        send(&mut *stream, sequence + 1, &[1, 4]).await?;
        let (at, shown) = receive(&mut *stream).await?;
        sequence = at;
        match (is_secure, shown.as_slice()) {
            (true, shown) => known && shown == [&password[..], &[0]].concat(),
            (false, [2]) => {
                event(state, "key wanted");
                false
            }
            (false, _) => {
                event(state, "password in the open");
                false
            }
        }
    };
    if !is_in {
        event(state, "refused");
        let words = format!("\u{15}\u{4}#28000Access denied for user '{user}'@'localhost'");
        let error = [b"\xff", words.as_bytes()].concat();
        return send(&mut *stream, sequence + 1, &error).await;
    }
    lock(state).is_remembered = true;
    event(state, "in");
    send(&mut *stream, sequence + 1, &[0, 0, 0, 2, 0, 0, 0]).await?;
    loop {
        match receive(&mut *stream).await? {
            (0, command) if command == [0x0e] => {
                event(state, "ping");
                send(&mut *stream, 1, &[0, 0, 0, 2, 0, 0, 0]).await?;
            }
            (0, command) if command == [0x01] => {
                event(state, "quit");
                return Ok(());
            }
            (_, command) => panic!("no client of ours sends {command:?}"),
        }
    }
}

//! A connection on which the server speaks only when it is its turn, until it is encrypted.
//!
//! What a server, or somebody on the way to it, says before TLS and nobody has read must not count as said within TLS: it
//! could tell of logins or answers that are none. So more than the answer to a command ends the connection.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What is said when a server speaks out of turn.
pub(super) const OUT_OF_TURN: &str = "it says more than it was asked before TLS begins";

/// The connection.
#[derive(Debug)]
pub(super) struct Turns {
    stream: TcpStream,
    state: State,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    /// The server has not answered yet.
    #[default]
    Theirs,
    /// It has.
    Ours,
    /// What follows is TLS, which guards itself.
    Tls,
}

/// How far a conversation is.
#[derive(Debug, Default)]
struct State {
    turn: Turn,
    /// Whether the last command asks for TLS.
    asks_for_tls: bool,
    /// How far the line is read, and whether another belongs to it.
    column: usize,
    goes_on: bool,
}

impl State {
    fn sends(&mut self, bytes: &[u8]) {
        if self.turn != Turn::Tls && !bytes.is_empty() {
            self.turn = Turn::Theirs;
            self.asks_for_tls |= bytes.starts_with(b"STARTTLS");
        }
    }

    /// Whether the server may say this now. TLS begins with our words: nothing of it can come along with an answer.
    fn may_say(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.turn != Turn::Theirs {
                return false;
            }
            if *byte == b'\n' {
                self.turn = match (self.goes_on, self.asks_for_tls) {
                    (true, _) => Turn::Theirs,
                    (false, false) => Turn::Ours,
                    (false, true) => Turn::Tls,
                };
                (self.column, self.goes_on) = (0, false);
                continue;
            }
            // `250-` goes on, `250 ` does not.
            self.goes_on |= self.column == 3 && *byte == b'-';
            self.column += 1;
        }
        true
    }
}

impl Turns {
    /// A connection that was just made.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, state: State::default() }
    }
}

impl AsyncRead for Turns {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if this.state.turn == Turn::Tls || this.state.may_say(read) {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, OUT_OF_TURN)))
    }
}

impl AsyncWrite for Turns {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.state.sends(bytes);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Turns {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the server may say each of these, before and after commands.
    fn talk(turns: &[(&str, &[&str])]) -> bool {
        let mut state = State::default();
        turns.iter().all(|(sent, said)| {
            state.sends(sent.as_bytes());
            said.iter().all(|said| state.may_say(said.as_bytes()))
        })
    }

    #[test]
    fn an_answer_may_come_in_pieces_and_nothing_may_follow_it() {
        let hello = ("", ["220-mail", "\r\n2", "20 -x-\r", "\n"].as_slice());
        let ehlo = ("EHLO x\r\n", ["250-A\r\n250 STARTTLS\r\n"].as_slice());
        assert!(talk(&[hello, ehlo, ("STARTTLS\r\n", &["220 go\r\n"])]));
        assert!(!talk(&[hello, ehlo, ("STARTTLS\r\n", &["220 go\r\n250 AUTH PLAIN\r\n"])]));
        assert!(!talk(&[hello, ehlo, ("STARTTLS\r\n", &["220 go\r\n", "2"])]));
        assert!(!talk(&[hello, ("EHLO x\r\n", &["250 STARTTLS\r\n220 go\r\n"])]));
        assert!(!talk(&[hello, ("EHLO x\r\n", &["250 STARTTLS\r\n", "220 go\r\n"])]));
        assert!(!talk(&[("", &["220 a\r\n220 b\r\n"])]));
    }
}

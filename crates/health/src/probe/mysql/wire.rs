//! The packets of MySQL's protocol that a login needs; pure.

use crate::attempt::Fault;
use crate::foreign::quote;
use crate::reason::Reason;

/// The longest packet that is read.
const LONGEST: usize = 32 * 1024;
/// How an error begins.
pub(super) const ERROR: u8 = 0xff;
/// "Are you there?"
pub(super) const PING: &[u8] = &[0x0e];
/// Says goodbye.
pub(super) const QUIT: &[u8] = &[0x01];

/// What both sides can.
pub(super) mod capability {
    pub(in super::super) const LONG_PASSWORD: u32 = 1;
    pub(in super::super) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(in super::super) const PROTOCOL_41: u32 = 1 << 9;
    pub(in super::super) const TLS: u32 = 1 << 11;
    pub(in super::super) const TRANSACTIONS: u32 = 1 << 13;
    pub(in super::super) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(in super::super) const PLUGIN_AUTH: u32 = 1 << 19;
}

/// A packet: three bytes of length, one that counts, and what it says.
pub(super) fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    // Only what came from a command line is sent: it is never that long.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let [a, b, c, _] = length;
    [&[a, b, c, sequence], payload].concat()
}

/// The length of a packet and its count, from its four bytes of head.
pub(super) fn head(head: &[u8]) -> Result<(usize, u8), Fault> {
    let &[a, b, c, sequence] = head else { return Err(garbled("a packet has no head")) };
    let length = u32::from_le_bytes([a, b, c, 0]);
    usize::try_from(length)
        .ok()
        .filter(|length| (1..=LONGEST).contains(length))
        .map(|length| (length, sequence))
        .ok_or_else(|| garbled("this is not how a MySQL server answers"))
}

/// How the server begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    /// Its version, fit to be shown.
    pub version: String,
    /// What it can.
    pub capabilities: u32,
    /// The challenge of its own kind of login.
    pub challenge: Vec<u8>,
    /// Its own kind of login.
    pub plugin: String,
}

/// What an error packet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerError {
    /// The number of the error.
    pub code: u16,
    /// Its words, fit to be shown.
    pub message: String,
}

impl ServerError {
    /// Whether the server refuses everybody now: it has too many connections, blocks this machine, or
    /// is going down.
    pub(super) fn is_busy(&self) -> bool {
        matches!(
            self.code,
            // Too many connections; no thread for one; out of memory; host blocked; host not allowed;
            // going down, in two ways; killed.
            1040 | 1135 | 1037 | 1038 | 1041 | 1129 | 1130 | 1053 | 1079 | 1927 | 3169
        )
    }

    /// What it means for who wanted to log in.
    pub(super) fn fault(&self) -> Fault {
        let reason = match self.code {
            // Access denied, in three ways; no such database; a client that is too old; an expired
            // password; a locked account, in MySQL and MariaDB; a plugin that is missing; TLS wanted.
            1044 | 1045 | 1698 | 1049 | 1251 | 1820 | 1862 | 3118 | 4151 | 1524 | 3159 => {
                Reason::AuthFailed
            }
            1043 | 1047 | 1156..=1161 => Reason::ProtocolError,
            _ => Reason::NotServing,
        };
        Fault::new(reason, format!("the server says: {self}"))
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// What a server says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// Its greeting.
    Greeting(Greeting),
    /// No.
    Error(ServerError),
}

/// Reads what a server says first.
pub(super) fn first(payload: &[u8]) -> Result<First, Fault> {
    let mut bytes = Bytes(payload);
    match bytes.byte()? {
        ERROR => return Ok(First::Error(error(bytes.0)?)),
        10 => {}
        9 => return Err(garbled("the server is older than MySQL 4.1")),
        _ => return Err(garbled("this is not how a MySQL server greets")),
    }
    let version = bytes.text()?;
    bytes.take(4)?; // the number of the connection
    let mut challenge = bytes.take(8)?.to_vec();
    bytes.take(1)?;
    let low = bytes.short()?;
    if bytes.0.is_empty() {
        return Err(garbled("the server is older than MySQL 4.1"));
    }
    bytes.take(3)?; // the character set, the status
    let capabilities = u32::from(low) | (u32::from(bytes.short()?) << 16);
    let length = usize::from(bytes.byte()?);
    bytes.take(10)?;
    let mut plugin = String::new();
    if capabilities & capability::SECURE_CONNECTION != 0 {
        let rest = bytes.take(length.saturating_sub(8).max(13).min(bytes.0.len()))?;
        challenge.extend_from_slice(rest);
        // It ends with a zero byte that is no part of it.
        challenge.pop_if(|byte| *byte == 0);
    }
    if capabilities & capability::PLUGIN_AUTH != 0 {
        // One old server leaves out the zero byte at the end.
        let end = bytes.0.iter().position(|byte| *byte == 0).unwrap_or(bytes.0.len());
        plugin = quote(bytes.take(end)?);
    }
    if capabilities & capability::PROTOCOL_41 == 0 || challenge.len() < 20 {
        return Err(garbled("the server is older than MySQL 4.1"));
    }
    // MariaDB lies here, for the sake of replication.
    let version = version.strip_prefix(b"5.5.5-").unwrap_or(version);
    Ok(First::Greeting(Greeting { version: quote(version), capabilities, challenge, plugin }))
}

/// What a client answers.
#[derive(Clone, Debug)]
pub(super) struct Hello<'a> {
    pub tls: bool,
    pub user: &'a str,
    pub database: Option<&'a str>,
    pub plugin: &'a str,
    /// What the plugin answers to the challenge.
    pub proof: &'a [u8],
}

impl Hello<'_> {
    fn start(&self) -> Vec<u8> {
        use capability::{
            CONNECT_WITH_DB, LONG_PASSWORD, PLUGIN_AUTH, PROTOCOL_41, SECURE_CONNECTION, TLS,
            TRANSACTIONS,
        };
        let mut can = LONG_PASSWORD | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | PLUGIN_AUTH;
        if self.tls {
            can |= TLS;
        }
        if self.database.is_some() {
            can |= CONNECT_WITH_DB;
        }
        let mut bytes = can.to_le_bytes().to_vec();
        bytes.extend_from_slice(&(1u32 << 24).to_le_bytes()); // the longest packet
        bytes.push(45); // utf8mb4
        bytes.extend_from_slice(&[0; 23]);
        bytes
    }

    /// Asks for TLS to begin. The hello itself follows in it.
    pub(super) fn tls_request(&self) -> Vec<u8> {
        self.start()
    }

    /// The hello itself.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.start();
        bytes.extend_from_slice(self.user.as_bytes());
        bytes.push(0);
        bytes.push(u8::try_from(self.proof.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(self.proof);
        for text in self.database.into_iter().chain([self.plugin]) {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        bytes
    }
}

/// What a server says to a hello, a proof or a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Yes.
    Ok,
    /// No.
    Error(ServerError),
    /// This user logs in by another plugin, for this challenge.
    Switch { plugin: String, challenge: Vec<u8> },
    /// More of the plugin's own conversation.
    More(Vec<u8>),
}

/// Reads a reply.
pub(super) fn reply(payload: &[u8]) -> Result<Reply, Fault> {
    let mut bytes = Bytes(payload);
    Ok(match bytes.byte()? {
        0 => Reply::Ok,
        ERROR => Reply::Error(error(bytes.0)?),
        1 => Reply::More(bytes.0.to_vec()),
        0xfe if bytes.0.is_empty() => {
            Reply::Switch { plugin: "mysql_old_password".to_owned(), challenge: Vec::new() }
        }
        0xfe => {
            let plugin = quote(bytes.text()?);
            let mut challenge = bytes.0.to_vec();
            // Some plugins end it with a zero byte that is no part of it.
            if challenge.len() == 21 {
                challenge.pop_if(|byte| *byte == 0);
            }
            Reply::Switch { plugin, challenge }
        }
        _ => return Err(garbled("this is not how a MySQL server answers a login")),
    })
}

/// The rest of an error packet.
fn error(bytes: &[u8]) -> Result<ServerError, Fault> {
    let mut bytes = Bytes(bytes);
    let code = bytes.short()?;
    // A state of five characters, except before the login.
    let message = match bytes.0.split_first() {
        Some((b'#', rest)) => rest.get(5..).unwrap_or_default(),
        _ => bytes.0,
    };
    Ok(ServerError { code, message: quote(message) })
}

/// What is left of a packet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (part, rest) =
            self.0.split_at_checked(count).ok_or_else(|| garbled("a packet is cut off"))?;
        self.0 = rest;
        Ok(part)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn short(&mut self) -> Result<u16, Fault> {
        Ok(u16::from(self.byte()?) | (u16::from(self.byte()?) << 8))
    }

    /// Up to a zero byte, which is passed over.
    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let text = self.take(end.ok_or_else(|| garbled("a text in a packet has no end"))?)?;
        self.take(1)?;
        Ok(text)
    }
}

pub(super) fn garbled(what: &str) -> Fault {
    Fault::new(Reason::ProtocolError, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A greeting as MySQL 8.0 sends it.
    const EIGHT: &[u8] =
        b"\x0a8.0.36\0\x0b\0\0\0\x15\x1bD\x1a\x1bL4\x01\0\xff\xff\xff\x02\0\xff\xdf\x15\
        \0\0\0\0\0\0\0\0\0\0y\x10#\x1bxJ\x02\x1c`Q1E\0caching_sha2_password\0";

    #[test]
    fn greetings() {
        let First::Greeting(greeting) = first(EIGHT).unwrap() else { panic!() };
        assert_eq!(greeting.version, "8.0.36");
        assert_eq!(greeting.plugin, "caching_sha2_password");
        assert_eq!(greeting.challenge, b"\x15\x1bD\x1a\x1bL4\x01y\x10#\x1bxJ\x02\x1c`Q1E");
        assert_ne!(greeting.capabilities & capability::TLS, 0);
        for end in 0..EIGHT.len() - 23 {
            let cut = first(&EIGHT[..end]);
            assert!(cut.is_err(), "{end}: {cut:?}");
        }
    }

    #[test]
    fn errors_before_and_after_the_greeting() {
        let First::Error(error) = first(b"\xff\x10\x04Too many connections").unwrap() else {
            panic!()
        };
        assert_eq!(error.to_string(), "Too many connections (1040)");
        assert!(error.is_busy());
        assert_eq!(error.fault().reason, Reason::NotServing);
        let Reply::Error(error) =
            reply(b"\xff\x15\x04#28000Access denied for user 'x'\x1b[1m").unwrap()
        else {
            panic!()
        };
        assert_eq!(error.to_string(), "Access denied for user 'x'[1m (1045)");
        assert!(!error.is_busy());
        assert_eq!(error.fault().reason, Reason::AuthFailed);
        assert!(reply(b"\xff\x15").is_err());
        assert!(reply(b"").is_err());
    }

    #[test]
    fn replies() {
        assert_eq!(reply(b"\0\0\0\x02\0\0\0").unwrap(), Reply::Ok);
        assert_eq!(reply(b"\x01\x04").unwrap(), Reply::More(vec![4]));
        assert_eq!(
            reply(b"\xfemysql_native_password\x0001234567890123456789\0").unwrap(),
            Reply::Switch {
                plugin: "mysql_native_password".to_owned(),
                challenge: b"01234567890123456789".to_vec(),
            }
        );
        assert!(
            matches!(reply(b"\xfe").unwrap(), Reply::Switch { plugin, .. } if plugin == "mysql_old_password")
        );
        assert!(reply(b"\xfeplugin").is_err());
        assert!(reply(b"\x05").is_err());
    }

    #[test]
    fn what_is_sent() {
        assert_eq!(packet(3, b"ab"), b"\x02\0\0\x03ab");
        let hello =
            Hello { tls: true, user: "me", database: Some("db"), plugin: "p", proof: b"xyz" };
        let request = hello.tls_request();
        assert_eq!(request.len(), 32);
        let bytes = hello.bytes();
        assert!(bytes.starts_with(&request));
        assert_eq!(&bytes[32..], b"me\0\x03xyzdb\0p\0");
    }

    #[test]
    fn a_length_is_believed_within_reason() {
        assert_eq!(head(b"\x02\0\0\x01").unwrap(), (2, 1));
        for bytes in [b"\0\0\0\0", b"HTTP", b"\xff\xff\xff\0"] {
            assert_eq!(head(bytes).unwrap_err().reason, Reason::ProtocolError);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = first(&bytes);
            let _ = first(&[&[10], &bytes[..]].concat());
            let _ = reply(&bytes);
        }
    }
}

//! The messages of PostgreSQL's protocol 3.0 that a login needs; pure.

use crate::attempt::Fault;
use crate::foreign::quote;
use crate::reason::Reason;

/// Asks whether the server speaks TLS: it answers with one byte.
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// Says goodbye.
pub(super) const TERMINATE: [u8; 5] = [b'X', 0, 0, 0, 4];
/// The longest message that is read.
const LONGEST: usize = 32 * 1024;

/// The first message: who wants to speak to which database.
pub(super) fn startup(user: &str, database: Option<&str>) -> Vec<u8> {
    let mut body = vec![0, 3, 0, 0];
    let mut pair = |key: &str, value: &str| {
        for text in [key, value] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
    };
    pair("user", user);
    if let Some(database) = database {
        pair("database", database);
    }
    pair("application_name", "launchway-health");
    body.push(0);
    with_length(&[], &body)
}

/// A message of the password's family.
pub(super) fn password(body: &[u8]) -> Vec<u8> {
    with_length(b"p", body)
}

/// A password, or its hash, as text.
pub(super) fn password_text(text: &[u8]) -> Vec<u8> {
    password(&[text, &[0]].concat())
}

/// The first message of a mechanism of SASL.
pub(super) fn sasl_first(mechanism: &str, data: &[u8]) -> Vec<u8> {
    password(&[mechanism.as_bytes(), &[0], &length(data.len()), data].concat())
}

fn with_length(head: &[u8], body: &[u8]) -> Vec<u8> {
    [head, &length(body.len() + 4), body].concat()
}

fn length(length: usize) -> [u8; 4] {
    // Only what came from a command line is sent: it is never that long.
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// How long the body of a message is, from its five bytes of head.
pub(super) fn body_length(head: &[u8]) -> Result<usize, Fault> {
    let &[_, a, b, c, d] = head else { return Err(garbled("a message has no head")) };
    let length = u32::from_be_bytes([a, b, c, d]);
    usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_sub(4))
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| garbled("this is not how a PostgreSQL server answers"))
}

/// What the server wants to be shown, or that it is content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Nothing (anymore).
    Nothing,
    /// The password as it is.
    Clear,
    /// The password hashed with this salt.
    Md5([u8; 4]),
    /// One of these mechanisms of SASL.
    Sasl(Vec<String>),
    /// The next step of SASL, for this.
    SaslStep(Vec<u8>),
    /// The last step of SASL, for this.
    SaslEnd(Vec<u8>),
    /// Something that needs more than a password.
    Other(&'static str),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// About the login.
    Ask(Ask),
    /// No, or not anymore.
    Error(ServerError),
    /// A setting, such as the server's version.
    Setting(String, String),
    /// Logged in, and ready for a query.
    Ready,
    /// Something that can be passed over.
    Else,
}

/// What an error message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerError {
    /// Five characters that stand for the kind of error.
    pub code: String,
    /// Its words, fit to be shown.
    pub message: String,
}

impl ServerError {
    /// What it means for who did not want to log in: as `pg_isready` has it, only "I cannot talk
    /// now" is bad news.
    pub(super) fn is_up(&self) -> bool {
        self.code.len() == 5 && self.code != "57P03"
    }

    /// What it means for who wanted to log in.
    pub(super) fn fault(&self) -> Fault {
        let reason = match self.code.as_str() {
            // Class 28: the login; no such database; not allowed to connect to it.
            code if code.starts_with("28") => Reason::AuthFailed,
            "3D000" | "42501" => Reason::AuthFailed,
            // A protocol it does not speak.
            "0A000" => Reason::ProtocolError,
            // 08P01, too: so PgBouncer says nearly everything, that its server is down above all.
            _ => Reason::NotServing,
        };
        Fault::new(reason, format!("the server says: {self}"))
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, message } = self;
        f.write_str(message)?;
        if code.is_empty() { Ok(()) } else { write!(f, " ({code})") }
    }
}

/// Reads a message.
pub(super) fn message(kind: u8, body: &[u8]) -> Result<Message, Fault> {
    Ok(match kind {
        b'R' => Message::Ask(ask(body)?),
        b'E' => Message::Error(error(body)),
        b'S' => {
            let (key, rest) = text(body)?;
            let (value, _) = text(rest)?;
            Message::Setting(quote(key), quote(value))
        }
        b'Z' => Message::Ready,
        // A notice, the key for cancelling, another version of the protocol.
        b'N' | b'K' | b'v' => Message::Else,
        other => {
            return Err(garbled(&format!(
                "a message of kind `{}` has no place in a login",
                other.escape_ascii()
            )));
        }
    })
}

fn ask(body: &[u8]) -> Result<Ask, Fault> {
    let Some((&code, rest)) = body.split_first_chunk::<4>() else {
        return Err(garbled("a question for the login is cut off"));
    };
    Ok(match u32::from_be_bytes(code) {
        0 => Ask::Nothing,
        3 => Ask::Clear,
        5 => {
            let salt = rest.try_into().map_err(|_| garbled("a salt has four bytes"))?;
            Ask::Md5(salt)
        }
        10 => {
            let mut mechanisms = Vec::new();
            let mut rest = rest;
            loop {
                let (name, tail) = text(rest)?;
                if name.is_empty() {
                    break Ask::Sasl(mechanisms);
                }
                mechanisms.push(quote(name));
                rest = tail;
            }
        }
        11 => Ask::SaslStep(rest.to_vec()),
        12 => Ask::SaslEnd(rest.to_vec()),
        2 => Ask::Other("Kerberos"),
        7 | 8 => Ask::Other("GSSAPI"),
        9 => Ask::Other("SSPI"),
        _ => Ask::Other("a kind of login that is unknown here"),
    })
}

fn error(body: &[u8]) -> ServerError {
    let mut error = ServerError::default();
    let mut rest = body;
    // One that breaks off has said enough.
    while let Some((&field, tail)) = rest.split_first()
        && field != 0
        && let Ok((value, tail)) = text(tail)
    {
        match field {
            b'C' => error.code = quote(value),
            b'M' => error.message = quote(value),
            _ => {}
        }
        rest = tail;
    }
    error
}

/// A text that ends with a zero byte, and what follows.
fn text(bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let end = bytes.iter().position(|byte| *byte == 0);
    end.and_then(|end| bytes.split_at_checked(end))
        .and_then(|(text, rest)| Some((text, rest.get(1..)?)))
        .ok_or_else(|| garbled("a text in a message has no end"))
}

pub(super) fn garbled(what: &str) -> Fault {
    Fault::new(Reason::ProtocolError, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_message() {
        let bytes = startup("me", Some("db"));
        assert_eq!(
            bytes,
            b"\0\0\0\x3f\0\x03\0\0user\0me\0database\0db\0application_name\0launchway-health\0\0"
        );
        assert_eq!(password_text(b"pw"), b"p\0\0\0\x07pw\0");
        assert_eq!(sasl_first("X", b"ab"), b"p\0\0\0\x0cX\0\0\0\0\x02ab");
    }

    #[test]
    fn a_length_is_believed_within_reason() {
        assert_eq!(body_length(b"R\0\0\0\x08").unwrap(), 4);
        assert_eq!(body_length(b"Z\0\0\0\x04").unwrap(), 0);
        for head in [b"R\0\0\0\x03", b"R\x40\0\0\0", b"R\xff\xff\xff\xff", b"HTTP/"] {
            assert_eq!(body_length(head).unwrap_err().reason, Reason::ProtocolError);
        }
    }

    #[test]
    fn what_the_server_may_ask() {
        let ask = |body: &[u8]| message(b'R', body);
        assert_eq!(ask(b"\0\0\0\0").unwrap(), Message::Ask(Ask::Nothing));
        assert_eq!(ask(b"\0\0\0\x05abcd").unwrap(), Message::Ask(Ask::Md5(*b"abcd")));
        let names = vec!["SCRAM-SHA-256-PLUS".to_owned(), "SCRAM-SHA-256".to_owned()];
        assert_eq!(
            ask(b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0").unwrap(),
            Message::Ask(Ask::Sasl(names))
        );
        for body in [&b"\0\0"[..], b"\0\0\0\x05abc", b"\0\0\0\x0aSCRAM", b"\0\0\0\x0aSCRAM\0"] {
            assert_eq!(ask(body).unwrap_err().reason, Reason::ProtocolError);
        }
        assert_eq!(message(b'q', b"").unwrap_err().reason, Reason::ProtocolError);
    }

    #[test]
    fn an_error_and_what_it_means() {
        let read = |body: &[u8]| match message(b'E', body).unwrap() {
            Message::Error(error) => error,
            other => panic!("{other:?}"),
        };
        let starting =
            read(b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fpostmaster.c\0\0");
        assert!(!starting.is_up());
        let fault = starting.fault();
        assert_eq!(fault.reason, Reason::NotServing);
        assert_eq!(fault.detail, "the server says: the database system is starting up (57P03)");
        for (code, reason) in [
            ("28P01", Reason::AuthFailed),
            ("28000", Reason::AuthFailed),
            ("3D000", Reason::AuthFailed),
            ("53300", Reason::NotServing),
            ("57P01", Reason::NotServing),
            ("08P01", Reason::NotServing),
            ("0A000", Reason::ProtocolError),
        ] {
            let error = read(format!("C{code}\0M\x1b[2Jno\0\0").as_bytes());
            assert!(error.is_up());
            assert_eq!(error.fault().reason, reason, "{code}");
            assert_eq!(error.message, "[2Jno");
        }
        // Cut off, it is still an error, and says nothing of being up.
        assert!(!read(b"C28P").is_up());
        assert!(!read(b"").is_up());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(kind: u8, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = message(kind, &body);
        }
    }
}

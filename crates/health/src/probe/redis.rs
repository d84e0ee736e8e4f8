//! `redis://` and `rediss://`: does a redis server answer a PING; with a password, does it let us in.
//!
//! Without a password a server that asks for one is good: it is up, which is all that can be known.
//! Valkey and whatever else speaks RESP is asked in the same way.

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::line::Line;
use super::login::{self, Form, Login, Security};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation};
use crate::foreign::quote;
use crate::reason::Reason;
use launchway_base::Failure;

/// The kind.
pub(super) const KIND: Kind = Kind {
    prefixes: &["redis://", "rediss://"],
    example: FORM.example,
    parse: |url| {
        let login = Login::parse(url, &FORM)?;
        let wrong = |what: &str| {
            Failure::input(format!("the URL of a redis server {what}"))
                .with_hint(format!("write it as in {}", FORM.example))
        };
        if login.user.is_some() && login.password.is_none() {
            return Err(wrong("has a user and no password"));
        }
        let database = match &login.database {
            None => None,
            Some(text) => Some(
                text.parse::<u32>().map_err(|_| wrong("has a database that is not a number"))?,
            ),
        };
        Ok(Box::new(Redis { login, database }))
    },
};

const FORM: Form =
    Form { name: "redis", example: "redis://user:password@host:6379/0", port: 6379, security: &[] };
/// The longest line of an answer that is read.
const LONGEST: usize = 8 * 1024;

#[derive(Debug)]
struct Redis {
    login: Login,
    database: Option<u32>,
}

impl Probe for Redis {
    fn shown(&self) -> String {
        self.login.shown()
    }

    fn gives(&self) -> Gives {
        Gives { certificate: self.is_secure(), ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Redis {
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        let Login { host, port, .. } = &self.login;
        let connected = means.net.connect(host, *port, until, &mut seen.timings).await?;
        seen.address = Some(connected.address);
        let stream = Box::new(connected.stream);
        let mut line = if self.is_secure() {
            let security = Security::VerifyFull;
            login::secure(&means.net, stream, &self.login, security, until, seen).await?
        } else {
            Line::new(stream, until)
        };
        let said = self.talk(&mut line, &mut seen.requests).await;
        seen.timings.first_byte = line.first_byte();
        seen.note = said?;
        line.leave(&command(&["QUIT"])).await;
        Ok(())
    }
}

/// What is being done, for what an error to it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Auth,
    Select,
    Ping,
}

impl Redis {
    fn is_secure(&self) -> bool {
        self.login.scheme == "rediss"
    }

    /// Returns what is worth a word.
    async fn talk(&self, line: &mut Line, requests: &mut u32) -> Result<Option<String>, Fault> {
        let Login { user, password, .. } = &self.login;
        if let Some(password) = password {
            // Servers before redis 6 know one password and no users.
            let parts: Vec<&str> =
                ["AUTH"].into_iter().chain(user.as_deref()).chain([password.expose()]).collect();
            *requests += 1;
            expect(line, &parts, Step::Auth, "OK").await?;
        }
        if let (Some(database), Some(_)) = (self.database, password) {
            *requests += 1;
            expect(line, &["SELECT", &database.to_string()], Step::Select, "OK").await?;
        }
        *requests += 1;
        match ask(line, &["PING"]).await? {
            Answer::Simple(text) if text == b"PONG" => {}
            Answer::Simple(_) => return Err(garbled("the answer to a PING is another than PONG")),
            Answer::Error(text) if password.is_none() && is_login(&text) => {
                return Ok(Some(quote(&text)));
            }
            Answer::Error(text) => return Err(meaning(Step::Ping, &text)),
        }
        if let (Some(database), None) = (self.database, password) {
            *requests += 1;
            expect(line, &["SELECT", &database.to_string()], Step::Select, "OK").await?;
        }
        Ok(None)
    }
}

/// An answer; there are more kinds than these, and none of them answers what is asked here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Simple(Vec<u8>),
    Error(Vec<u8>),
}

async fn ask(line: &mut Line, parts: &[&str]) -> Result<Answer, Fault> {
    line.send(&command(parts)).await?;
    // A connection that is not wanted is told so at once, and closed: the line says why.
    read(&line.line(LONGEST).await?)
}

async fn expect(line: &mut Line, parts: &[&str], step: Step, wanted: &str) -> Result<(), Fault> {
    match ask(line, parts).await? {
        Answer::Simple(text) if text == wanted.as_bytes() => Ok(()),
        Answer::Simple(_) => Err(garbled("the answer to a login is another than OK")),
        Answer::Error(text) => Err(meaning(step, &text)),
    }
}

/// A command, as an array of texts with their lengths: nothing in them can end it early.
fn command(parts: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        bytes.extend_from_slice(format!("${}\r\n{part}\r\n", part.len()).as_bytes());
    }
    bytes
}

fn read(line: &[u8]) -> Result<Answer, Fault> {
    match line.split_first() {
        Some((b'+', text)) => Ok(Answer::Simple(text.to_vec())),
        Some((b'-', text)) => Ok(Answer::Error(text.to_vec())),
        _ => Err(garbled("this is not how a redis server answers")),
    }
}

/// Whether an error says that nobody logged in who may ask.
fn is_login(text: &[u8]) -> bool {
    ["NOAUTH", "NOPERM"].iter().any(|code| starts(text, code))
}

/// Whether an error begins with this word.
fn starts(text: &[u8], code: &str) -> bool {
    text.strip_prefix(code.as_bytes()).is_some_and(|rest| matches!(rest.first(), None | Some(b' ')))
}

/// What an error means.
fn meaning(step: Step, text: &[u8]) -> Fault {
    let is_busy = ["LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MISCONF", "DENIED"]
        .iter()
        .any(|code| starts(text, code))
        || text.starts_with(b"ERR max number of clients");
    let reason = if is_busy {
        Reason::NotServing
    } else if step != Step::Ping || starts(text, "WRONGPASS") || is_login(text) {
        // No such user or password, a password where none is set, no such database.
        Reason::AuthFailed
    } else {
        Reason::NotServing
    };
    Fault::new(reason, format!("the server says: {}", quote(text)))
}

fn garbled(what: &str) -> Fault {
    Fault::new(Reason::ProtocolError, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_cannot_end_a_command() {
        assert_eq!(
            command(&["AUTH", "a\r\nFLUSHALL\r\n"]),
            b"*2\r\n$4\r\nAUTH\r\n$13\r\na\r\nFLUSHALL\r\n\r\n"
        );
    }

    #[test]
    fn answers() {
        assert_eq!(read(b"+PONG").unwrap(), Answer::Simple(b"PONG".to_vec()));
        assert_eq!(read(b"-ERR x").unwrap(), Answer::Error(b"ERR x".to_vec()));
        for line in [&b""[..], b"$4", b"HTTP/1.1 400 Bad Request", b":1", b"*1", b"$1073741824"] {
            assert_eq!(read(line).unwrap_err().reason, Reason::ProtocolError);
        }
    }

    #[test]
    fn what_errors_mean() {
        use Reason::{AuthFailed, NotServing};
        for (step, text, reason) in [
            (Step::Ping, "LOADING Redis is loading the dataset in memory", NotServing),
            (Step::Ping, "MASTERDOWN Link with MASTER is down", NotServing),
            (Step::Ping, "BUSY Redis is busy running a script", NotServing),
            (Step::Ping, "MISCONF Redis is configured to save", NotServing),
            (Step::Ping, "DENIED Redis is running in protected mode", NotServing),
            (Step::Ping, "ERR unknown command", NotServing),
            (Step::Ping, "NOAUTH Authentication required.", AuthFailed),
            (Step::Ping, "NOPERM this user has no permissions", AuthFailed),
            (Step::Auth, "WRONGPASS invalid username-password pair", AuthFailed),
            (Step::Auth, "ERR invalid password", AuthFailed),
            (Step::Auth, "ERR max number of clients reached", NotServing),
            (Step::Auth, "LOADING Redis is loading", NotServing),
            (Step::Select, "ERR DB index is out of range", AuthFailed),
        ] {
            let fault = meaning(step, text.as_bytes());
            assert_eq!(fault.reason, reason, "{text}");
            assert!(fault.detail.ends_with(text));
        }
        assert!(!starts(b"BUSYGROUP x", "BUSY"));
    }

    #[test]
    fn urls() {
        let parse = |url: &str| (KIND.parse)(url).map(|probe| probe.shown());
        assert_eq!(parse("redis://h").unwrap(), "redis://h:6379");
        assert_eq!(parse("rediss://:se%20cret@h/3").unwrap(), "rediss://:***@h:6379/3");
        for url in ["redis://u@h", "redis://h/x", "redis://h/-1", "redis://h?tls=on", "redis://"] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}

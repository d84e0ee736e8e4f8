//! `postgres://`: does a PostgreSQL server take connections; with a password, does it let us in.
//!
//! Without a password this is what `pg_isready` does: the first message is sent, and whatever shows
//! that the server works is good, be it the question for a password or that there is no such user.
//! Only its "I cannot talk now", while it starts or stops, is not.

mod scram;
mod wire;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures_util::future::BoxFuture;
use launchway_base::{Failure, Secret};
use md5::{Digest as _, Md5};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::Instant;

use super::line::Line;
use super::login::{self, Form, Login, Security};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation, Timings};
use crate::reason::Reason;
use scram::{Broken, Scram};
use wire::{Ask, Message, garbled};

/// The kind.
pub(super) const KIND: Kind = Kind {
    prefixes: &["postgres://", "postgresql://"],
    example: FORM.example,
    parse: |url| {
        let login = Login::parse(url, &FORM)?;
        if login.password.is_some() && login.user.is_none() {
            return Err(Failure::input(
                "the URL of a PostgreSQL server has a password and no user",
            )
            .with_hint(format!("write it as in {}", FORM.example)));
        }
        Ok(Box::new(Postgres { login }))
    },
};

const FORM: Form = Form {
    name: "PostgreSQL",
    example: "postgres://user:password@host:5432/database?sslmode=prefer",
    port: 5432,
    security: &["sslmode"],
};
/// Who asks when the URL does not say: it does not matter whether the server knows them.
const ANYBODY: &str = "postgres";
/// The most messages before a login has ended: there are some twenty.
const MOST_MESSAGES: usize = 200;

#[derive(Debug)]
struct Postgres {
    login: Login,
}

impl Probe for Postgres {
    fn shown(&self) -> String {
        self.login.shown()
    }

    fn gives(&self) -> Gives {
        Gives { certificate: true, ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Postgres {
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        let Login { host, port, password, .. } = &self.login;
        let connected = means.net.connect(host, *port, until, &mut seen.timings).await?;
        seen.address = Some(connected.address);
        seen.requests = 1;
        // Nothing is told to a server that is only asked whether it is up.
        let security = self.login.security.unwrap_or(match password {
            Some(_) => Security::Prefer,
            None => Security::Disable,
        });
        let mut line = Line::new(Box::new(connected.stream), until);
        let mut is_secure = false;
        if security != Security::Disable {
            let offers = offers_tls(&mut line).await;
            seen.timings.first_byte = line.first_byte();
            if offers? {
                let stream = line.into_stream()?;
                line =
                    login::secure(&means.net, stream, &self.login, security, until, seen).await?;
                is_secure = true;
            } else if security != Security::Prefer {
                let what = "the server has no TLS, which `sslmode` wants";
                return Err(Fault::new(Reason::ProtocolError, what).and_final());
            }
        }
        let may_be_clear = is_secure || connected.address.ip().to_canonical().is_loopback();
        let said = self.log_in(&mut line, may_be_clear).await;
        // Without TLS the first byte of this conversation was the answer to whether there is any.
        if (is_secure || seen.timings.first_byte.is_none())
            && let Some(first_byte) = line.first_byte()
        {
            Timings::add(&mut seen.timings.first_byte, first_byte);
        }
        seen.note = said?;
        line.leave(&wire::TERMINATE).await;
        Ok(())
    }
}

impl Postgres {
    /// Until it is known that the server is up, or that we are in. Returns what is worth a word.
    async fn log_in(&self, line: &mut Line, may_be_clear: bool) -> Result<Option<String>, Fault> {
        let user = self.login.user.as_deref().unwrap_or(ANYBODY);
        line.send(&wire::startup(user, self.login.database.as_deref())).await?;
        let Some(password) = &self.login.password else {
            for _ in 0..MOST_MESSAGES {
                match next(line).await? {
                    Message::Ask(_) => return Ok(None),
                    Message::Error(error) if error.is_up() => return Ok(Some(error.to_string())),
                    Message::Error(error) => {
                        let words = format!("the server says: {error}");
                        return Err(Fault::new(Reason::NotServing, words));
                    }
                    Message::Else => {}
                    Message::Setting(..) | Message::Ready => break,
                }
            }
            return Err(garbled("this is not how a PostgreSQL server answers"));
        };
        prove(line, user, password, may_be_clear).await?;
        let mut version = None;
        for _ in 0..MOST_MESSAGES {
            match next(line).await? {
                Message::Ready => return Ok(version),
                Message::Error(error) => return Err(error.fault()),
                Message::Setting(key, value) if key == "server_version" => {
                    version = Some(format!("PostgreSQL {value}"));
                }
                Message::Setting(..) | Message::Else => {}
                Message::Ask(_) => return Err(garbled("the server asks again after the login")),
            }
        }
        Err(garbled("the login does not come to an end"))
    }
}

/// Shows that we know the password, in the one way the server asks for.
async fn prove(
    line: &mut Line,
    user: &str,
    password: &Secret,
    may_be_clear: bool,
) -> Result<(), Fault> {
    match question(line).await? {
        Ask::Nothing => return Ok(()),
        Ask::Clear if may_be_clear => {
            line.send(&wire::password_text(password.expose().as_bytes())).await?;
        }
        Ask::Clear => {
            let what = "the server wants the password as it is, which is sent over TLS only";
            return Err(Fault::new(Reason::AuthFailed, what));
        }
        Ask::Md5(salt) => line.send(&wire::password_text(&md5(user, password, salt))).await?,
        Ask::Sasl(mechanisms) if mechanisms.iter().any(|name| name == scram::NAME) => {
            return prove_both(line, password).await;
        }
        Ask::Sasl(_) => return Err(unknown_login("a mechanism of SASL that is unknown here")),
        Ask::Other(what) => return Err(unknown_login(what)),
        Ask::SaslStep(_) | Ask::SaslEnd(_) => return Err(garbled("the login has no beginning")),
    }
    match question(line).await? {
        Ask::Nothing => Ok(()),
        _ => Err(garbled("the server asks for the password twice")),
    }
}

/// SCRAM: the server shows that it knows the password, too.
async fn prove_both(line: &mut Line, password: &Secret) -> Result<(), Fault> {
    let mut scram = Scram::new(password.expose(), nonce()?);
    line.send(&wire::sasl_first(scram::NAME, scram.first().as_bytes())).await?;
    let Ask::SaslStep(challenge) = question(line).await? else {
        return Err(broken(Broken::Impostor));
    };
    let answer = line.within(scram.answer(&challenge)).await?.map_err(broken)?;
    line.send(&wire::password(answer.as_bytes())).await?;
    let Ask::SaslEnd(last) = question(line).await? else { return Err(broken(Broken::Impostor)) };
    scram.verify(&last).map_err(broken)?;
    match question(line).await? {
        Ask::Nothing => Ok(()),
        _ => Err(garbled("the server asks for the password twice")),
    }
}

fn broken(broken: Broken) -> Fault {
    match broken {
        Broken::Rules(what) => garbled(what),
        Broken::Impostor => Fault::new(
            Reason::AuthFailed,
            "the server does not show that it knows the password: it is not the one it should be",
        ),
    }
}

fn unknown_login(what: &str) -> Fault {
    Fault::new(Reason::AuthFailed, format!("the server wants to be logged in to with {what}"))
}

fn nonce() -> Result<String, Fault> {
    let mut bytes = [0; 18];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Fault::new(Reason::AuthFailed, "this machine has no random numbers"))?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

/// `"md5" + md5(md5(password + user) + salt)`
fn md5(user: &str, password: &Secret, salt: [u8; 4]) -> Vec<u8> {
    let hex = |parts: [&[u8]; 2]| {
        let hash = Md5::new().chain_update(parts[0]).chain_update(parts[1]).finalize();
        hash.iter().fold(String::new(), |mut text, byte| {
            let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
            text.extend([digit(byte >> 4), digit(byte & 15)]);
            text
        })
    };
    let inner = hex([password.expose().as_bytes(), user.as_bytes()]);
    format!("md5{}", hex([inner.as_bytes(), &salt])).into_bytes()
}

/// What the server asks next, over what it mentions besides.
async fn question(line: &mut Line) -> Result<Ask, Fault> {
    for _ in 0..MOST_MESSAGES {
        match next(line).await? {
            Message::Ask(ask) => return Ok(ask),
            Message::Error(error) => return Err(error.fault()),
            Message::Else => {}
            Message::Setting(..) | Message::Ready => break,
        }
    }
    Err(garbled("the server does not come to the login"))
}

async fn next(line: &mut Line) -> Result<Message, Fault> {
    let head = line.take(5).await?;
    let body = line.take(wire::body_length(&head)?).await?;
    wire::message(head.first().copied().unwrap_or_default(), &body)
}

async fn offers_tls(line: &mut Line) -> Result<bool, Fault> {
    line.send(&wire::SSL_REQUEST).await?;
    match line.take(1).await?.as_slice() {
        b"S" => Ok(true),
        b"N" => Ok(false),
        // Nobody has shown who they are: what they say more is not passed on.
        b"E" => Err(Fault::new(Reason::NotServing, "the server answers with an error at once")),
        _ => Err(garbled("this is not how a PostgreSQL server answers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let parse = |url: &str| (KIND.parse)(url).map(|probe| probe.shown());
        assert_eq!(parse("postgresql://h/db").unwrap(), "postgresql://h:5432/db");
        assert_eq!(
            parse("postgres://u:secret-word@h?sslmode=verify-full").unwrap(),
            "postgres://u:***@h:5432?sslmode=verify-full"
        );
        assert!(parse("postgres://:secret-word@h").is_err());
        assert!(parse("postgres://h?sslmode=yes").is_err());
    }

    /// What PostgreSQL keeps for `postgres` with the password `postgres` is
    /// `md53175bce1d3201d16594cebf9d7eb3f9d`.
    #[test]
    fn a_hash_with_salt() {
        let hash = md5("postgres", &Secret::new("postgres"), *b"abcd");
        assert_eq!(hash, b"md50800ba833a175e428fc0110c29998942");
    }
}

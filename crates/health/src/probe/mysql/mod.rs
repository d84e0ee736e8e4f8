//! `mysql://` and `mariadb://`: does a MySQL or MariaDB server take connections; with a password, does
//! it let us in.
//!
//! Without a password the server's greeting is what is looked for, and no more is needed. Hanging up
//! then would count as an interrupted handshake, though, and after 100 of those the server blocks the
//! machine they came from (`max_connect_errors`). So, as `mysqladmin ping` does, a login is tried that
//! may well be refused: a refusal is an answer, and does not count.

mod plugin;
mod wire;

use futures_util::future::BoxFuture;
use launchway_base::{Failure, Secret};
use tokio::time::Instant;

use super::line::Line;
use super::login::{self, Form, Login, Security};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation, Timings};
use crate::foreign::quote;
use crate::reason::Reason;
use plugin::Plugin;
use wire::{First, Greeting, Hello, Reply, capability, garbled};

/// The kind.
pub(super) const KIND: Kind = Kind {
    prefixes: &["mysql://", "mariadb://"],
    example: FORM.example,
    parse: |url| {
        let login = Login::parse(url, &FORM)?;
        if login.password.is_some() && login.user.is_none() {
            return Err(Failure::input("the URL of a MySQL server has a password and no user")
                .with_hint(format!("write it as in {}", FORM.example)));
        }
        Ok(Box::new(Mysql { login }))
    },
};

const FORM: Form = Form {
    name: "MySQL",
    example: "mysql://user:password@host:3306/database?tls=prefer",
    port: 3306,
    security: &["tls", "ssl-mode", "sslmode"],
};
/// Who asks when the URL does not say: it does not matter whether the server knows them.
const ANYBODY: &str = "launchway";
/// The most packets of a login: MariaDB may ask for several plugins, one after the other.
const MOST_REPLIES: usize = 16;

#[derive(Debug)]
struct Mysql {
    login: Login,
}

impl Probe for Mysql {
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

impl Conversation for Mysql {
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
        let mut talk = Talk {
            line: Line::new(Box::new(connected.stream), until),
            sequence: 0,
            is_secure: false,
            is_here: connected.address.ip().to_canonical().is_loopback(),
        };
        let first = talk.receive().await;
        seen.timings.first_byte = talk.line.first_byte();
        let greeting = match wire::first(&first?)? {
            First::Greeting(greeting) => greeting,
            First::Error(error) => {
                let words = format!("the server says: {error}");
                return Err(Fault::new(Reason::NotServing, words));
            }
        };
        seen.note = Some(format!("server {}", greeting.version));
        let security = self.login.security.unwrap_or(match password {
            Some(_) => Security::Prefer,
            None => Security::Disable,
        });
        let plugin = Plugin::named(&greeting.plugin).unwrap_or(Plugin::Native);
        let proof = match password {
            None => Some(plugin.nothing().to_vec()),
            Some(password) => plugin.proof(password.expose().as_bytes(), &greeting.challenge),
        };
        let mut hello = Hello {
            tls: false,
            user: self.login.user.as_deref().unwrap_or(ANYBODY),
            // A database that does not exist says nothing of whether the server is up.
            database: password.as_ref().and(self.login.database.as_deref()),
            plugin: plugin.name(),
            // What would be the password itself is sent when it is asked for.
            proof: proof.as_deref().unwrap_or_default(),
        };
        if security != Security::Disable {
            talk = self.secure(talk, &greeting, security, &mut hello, means, until, seen).await?;
        }
        talk.send(&hello.bytes()).await?;
        let done = match password {
            Some(password) => log_in(&mut talk, plugin, password).await,
            None => knock(&mut talk).await,
        };
        if talk.is_secure
            && let Some(first_byte) = talk.line.first_byte()
        {
            Timings::add(&mut seen.timings.first_byte, first_byte);
        }
        if done? {
            talk.line.leave(&wire::packet(0, wire::QUIT)).await;
        }
        Ok(())
    }
}

/// A conversation in numbered packets.
struct Talk {
    line: Line,
    /// The number of the next packet, whoever sends it.
    sequence: u8,
    /// Whether TLS keeps what is said.
    is_secure: bool,
    /// Whether the other side is this machine.
    is_here: bool,
}

impl Talk {
    async fn send(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let packet = wire::packet(self.sequence, payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.line.send(&packet).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, Fault> {
        let (length, sequence) = wire::head(&self.line.take(4).await?)?;
        let payload = self.line.take(length).await?;
        // An error may come at any time: somebody ends the connection while it is idle.
        if sequence != self.sequence && payload.first() != Some(&wire::ERROR) {
            return Err(garbled("a packet comes out of order"));
        }
        self.sequence = sequence.wrapping_add(1);
        Ok(payload)
    }

    async fn reply(&mut self) -> Result<Reply, Fault> {
        wire::reply(&self.receive().await?)
    }
}

impl Mysql {
    #[expect(
        clippy::too_many_arguments,
        reason = "it is one step of `ask`, with all that step has"
    )]
    async fn secure(
        &self,
        mut talk: Talk,
        greeting: &Greeting,
        security: Security,
        hello: &mut Hello<'_>,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<Talk, Fault> {
        if greeting.capabilities & capability::TLS == 0 {
            if security == Security::Prefer {
                return Ok(talk);
            }
            let what = "the server has no TLS, which `tls` wants";
            return Err(Fault::new(Reason::ProtocolError, what).and_final());
        }
        hello.tls = true;
        talk.send(&hello.tls_request()).await?;
        let sequence = talk.sequence;
        let stream = talk.line.into_stream()?;
        let line = login::secure(&means.net, stream, &self.login, security, until, seen).await?;
        Ok(Talk { line, sequence, is_secure: true, is_here: talk.is_here })
    }
}

/// Tries to get in without a password, which may well be refused. Returns whether we are in.
async fn knock(talk: &mut Talk) -> Result<bool, Fault> {
    for _ in 0..MOST_REPLIES {
        match talk.reply().await? {
            Reply::Ok => return Ok(true),
            Reply::Error(error) if error.is_busy() => return Err(error.fault()),
            // It has looked for the user and said no: it works.
            Reply::Error(_) => return Ok(false),
            Reply::Switch { plugin, .. } => {
                let nothing = Plugin::named(&plugin).map_or(&[][..], Plugin::nothing);
                talk.send(nothing).await?;
            }
            Reply::More(_) => talk.send(&[0]).await?,
        }
    }
    Err(garbled("the login does not come to an end"))
}

/// Logs in, and has a PING answered.
async fn log_in(talk: &mut Talk, plugin: Plugin, password: &Secret) -> Result<bool, Fault> {
    let password = password.expose().as_bytes();
    let mut plugin = plugin;
    for _ in 0..MOST_REPLIES {
        match talk.reply().await? {
            Reply::Ok => {
                talk.sequence = 0;
                talk.send(wire::PING).await?;
                return match talk.reply().await? {
                    Reply::Ok => Ok(true),
                    Reply::Error(error) => Err(error.fault()),
                    _ => Err(garbled("the answer to a PING is not an OK")),
                };
            }
            Reply::Error(error) => return Err(error.fault()),
            Reply::Switch { plugin: name, challenge } => {
                plugin = Plugin::named(&name).ok_or_else(|| {
                    let what = format!(
                        "the server wants to be logged in to with {}, which is unknown here",
                        quote(name.as_bytes())
                    );
                    Fault::new(Reason::AuthFailed, what)
                })?;
                match plugin.proof(password, &challenge) {
                    Some(proof) => talk.send(&proof).await?,
                    None => send_clear(talk, plugin, password).await?,
                }
            }
            // The server remembers this password: an OK follows.
            Reply::More(more) if plugin == Plugin::CachingSha2 && more == [3] => {}
            // It does not, and must see it.
            Reply::More(more) if plugin == Plugin::CachingSha2 && more == [4] => {
                send_clear(talk, plugin, password).await?;
            }
            // `sha256_password` as the server's own plugin begins with an empty proof.
            Reply::More(_) if matches!(plugin, Plugin::Sha256 | Plugin::Clear) => {
                send_clear(talk, plugin, password).await?;
            }
            Reply::More(_) => return Err(garbled("the login goes on where it should end")),
        }
    }
    Err(garbled("the login does not come to an end"))
}

/// Sends the password as it is, where nobody on the way can read it.
async fn send_clear(talk: &mut Talk, plugin: Plugin, password: &[u8]) -> Result<(), Fault> {
    // MySQL's own plugins want it encrypted with the server's key where there is no TLS, this machine or
    // not. Who gives out the key then could be anybody.
    if talk.is_secure || (talk.is_here && plugin == Plugin::Clear) {
        talk.send(&[password, &[0]].concat()).await
    } else {
        Err(Fault::new(
            Reason::AuthFailed,
            format!(
                "the server wants the password itself ({}), which is sent over TLS only; it has no TLS, or \
                 `tls=disable` forbids it",
                plugin.name()
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let parse = |url: &str| (KIND.parse)(url).map(|probe| probe.shown());
        assert_eq!(parse("mysql://h").unwrap(), "mysql://h:3306");
        assert_eq!(
            parse("mariadb://u:secret-word@h:1/db?tls=verify-ca").unwrap(),
            "mariadb://u:***@h:1/db?tls=verify-ca"
        );
        assert_eq!(
            parse("mysql://h?ssl-mode=VERIFY_IDENTITY").unwrap(),
            "mysql://h:3306?tls=verify-full"
        );
        assert!(parse("mysql://:secret-word@h").is_err());
        assert!(parse("mysql://h?tls=yes").is_err());
    }
}

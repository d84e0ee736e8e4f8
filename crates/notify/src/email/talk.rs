//! One try to hand a message to a server.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use launchway_base::{Deadline, Failure, show_duration};
use launchway_runtime::redact;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::net::TcpStream;

use super::server::{Server, Tls};
use super::turns::{OUT_OF_TURN, Turns};
use crate::deliver::Seen;
use crate::line;

/// Mechanisms to log in by, the best first.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// What a try needs.
pub(super) struct Talk<'a> {
    pub(super) server: &'a Server,
    pub(super) tls: Option<TlsParameters>,
    pub(super) envelope: &'a Envelope,
    pub(super) message: &'a [u8],
    pub(super) timeout: Duration,
    pub(super) deadline: Deadline,
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connect,
    Tls,
    Login,
    Envelope,
    /// The message is on its way.
    Message,
}

/// What stopped it.
#[derive(Debug)]
enum Stop {
    Said(Error),
    TooLong(Duration),
    Cannot(String),
    NoConnection(String),
}

/// The certificates that are trusted, for TLS with this host.
///
/// # Errors
/// The variable that names no readable certificate.
pub(super) fn tls(server: &Server) -> Result<Option<TlsParameters>, Failure> {
    if server.tls == Tls::None {
        return Ok(None);
    }
    let trusted = launchway_http::trusted_certificates().map_err(|reason| {
        Failure::remote(format!("no secure connection: {reason}"))
            .with_hint("point SSL_CERT_FILE to certificates in PEM form")
    })?;
    let store =
        if trusted.is_empty() { CertificateStore::WebpkiRoots } else { CertificateStore::None };
    let mut builder = TlsParameters::builder(server.host.clone()).certificate_store(store);
    for certificate in trusted {
        if let Ok(certificate) = Certificate::from_der(certificate) {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build_rustls().map(Some).map_err(|error| {
        Failure::input(format!("`server` has a host TLS cannot be spoken with: {}", said(&error)))
    })
}

impl Talk<'_> {
    /// Hands the message over; what that says of it, and the server's answer.
    pub(super) async fn try_once(&self) -> (Seen, String) {
        let mut stage = Stage::Connect;
        match self.hand_over(&mut stage).await {
            Ok(answer) => (Seen::Accepted, answer),
            Err(stop) => self.judge(stage, &stop),
        }
    }

    async fn hand_over(&self, stage: &mut Stage) -> Result<String, Stop> {
        let hello = ClientId::default();
        let mut connection = self.connect(&hello).await?;
        if let Some(tls) = self.tls.clone().filter(|_| self.server.tls == Tls::Starttls) {
            *stage = Stage::Tls;
            if !connection.can_starttls() {
                return Err(Stop::Cannot("it does not speak TLS (STARTTLS)".to_owned()));
            }
            self.within(connection.starttls(tls, &hello)).await?;
        }
        if let Some((user, password)) = &self.server.login {
            *stage = Stage::Login;
            if connection.server_info().get_auth_mechanism(&MECHANISMS).is_none() {
                return Err(Stop::Cannot("it lets nobody log in with a password".to_owned()));
            }
            let login = Credentials::new(user.clone(), password.expose().to_owned());
            self.within(connection.auth(&MECHANISMS, &login)).await?;
        }
        *stage = Stage::Envelope;
        let mut parameters = Vec::new();
        let people = self.envelope.to().iter().chain(self.envelope.from());
        if people.map(ToString::to_string).any(|address| !address.is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Stop::Cannot("it takes only addresses in ASCII".to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.within(connection.command(Mail::new(self.envelope.from().cloned(), parameters)))
            .await?;
        for to in self.envelope.to() {
            self.within(connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
        }
        self.within(connection.command(Data)).await?;
        *stage = Stage::Message;
        let answer = self.within(connection.message(self.message)).await?;
        // It is taken; how the farewell goes says nothing of it.
        let _ =
            tokio::time::timeout(self.deadline.bound(Duration::from_secs(1)), connection.quit())
                .await;
        let text: Vec<&str> = answer.message().collect();
        Ok(clean(&text.join(" ")))
    }

    async fn connect(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, Stop> {
        let address = (self.server.host.as_str(), self.server.port);
        if self.server.tls != Tls::Starttls {
            let (limit, tls) = (Some(self.timeout), self.tls.clone());
            let connecting = AsyncSmtpConnection::connect_tokio1(address, limit, hello, tls, None);
            return self.within(connecting).await;
        }
        let limit = self.deadline.bound(self.timeout);
        let stream = tokio::time::timeout(limit, TcpStream::connect(address)).await;
        let stream = stream
            .map_err(|_| Stop::TooLong(limit))?
            .map_err(|error| Stop::NoConnection(error.to_string()))?;
        let stream = Box::new(Turns::new(stream));
        self.within(AsyncSmtpConnection::connect_with_transport(stream, hello)).await
    }

    async fn within<T>(&self, doing: impl Future<Output = Result<T, Error>>) -> Result<T, Stop> {
        let limit = self.deadline.bound(self.timeout);
        match tokio::time::timeout(limit, doing).await {
            Ok(done) => done.map_err(Stop::Said),
            Err(_) => Err(Stop::TooLong(limit)),
        }
    }

    fn judge(&self, stage: Stage, stop: &Stop) -> (Seen, String) {
        let doing = match stage {
            Stage::Connect => "connecting",
            Stage::Tls => "turning to TLS",
            Stage::Login => "logging in",
            Stage::Envelope => "naming sender and recipients",
            Stage::Message => "handing over the message",
        };
        let why = match stop {
            Stop::Said(error) => said(error),
            Stop::TooLong(limit) => format!("no answer within {}", show_duration(*limit)),
            Stop::Cannot(why) | Stop::NoConnection(why) => clean(why),
        };
        let place = clean(&format!("{}:{}", self.server.host, self.server.port));
        let word = format!("{why} ({doing})");
        let seen = match stop {
            Stop::Cannot(_) => Seen::Refused { word },
            Stop::Said(_) if why.contains(OUT_OF_TURN) => Seen::Refused { word },
            Stop::Said(error) if error.is_permanent() => Seen::Refused { word },
            Stop::Said(error) if error.is_transient() => Seen::NotDone { word, wait: None },
            Stop::Said(error) if error.is_client() => Seen::Refused { word },
            _ if stage == Stage::Message => Seen::Unknown { why: format!("{place}: {word}") },
            _ => Seen::NotSent { why: format!("{place}: {word}") },
        };
        (seen, why)
    }
}

/// What an error says, with its code, on one line.
fn said(error: &Error) -> String {
    let mut text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(code) = error.status() {
        text = format!("{code} {text}");
    }
    clean(&text)
}

fn clean(text: &str) -> String {
    line::one(&redact(text), 300)
}

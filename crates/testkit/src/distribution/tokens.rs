//! The service that gives tokens the real registry believes: RS256, with the certificate in them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{PASSWORD, USER};
use crate::server::{Incoming, LoopbackServer, Outgoing};

/// The name the registry has for itself.
pub(super) const SERVICE: &str = "registry.test";
/// The name of this service.
pub(super) const ISSUER: &str = "issuer.test";

/// The service. It stops when it is dropped.
#[derive(Debug)]
pub struct TokenService {
    shared: Arc<Mutex<State>>,
    realm: String,
    _server: LoopbackServer,
}

#[derive(Debug)]
struct State {
    key: PathBuf,
    certificate: String,
    /// Seconds a token lasts.
    life: i64,
    /// The queries there were, each with the user who asked.
    asked: Vec<(Option<String>, String)>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl TokenService {
    pub(super) fn start(key: &Path, certificate: &Path) -> Self {
        let pem = std::fs::read_to_string(certificate).expect("the certificate was made");
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let state = State { key: key.to_owned(), certificate: der, life: 300, asked: Vec::new() };
        let shared = Arc::new(Mutex::new(state));
        let mut realm = String::new();
        let server = LoopbackServer::start(|address| {
            realm = format!("http://{address}/token");
            let shared = Arc::clone(&shared);
            Arc::new(move |incoming| lock(&shared).answer(&incoming))
        });
        Self { shared, realm, _server: server }
    }

    /// Its address.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Who asked for what: the user, if there was a login, and the query.
    pub fn asked(&self) -> Vec<(Option<String>, String)> {
        lock(&self.shared).asked.clone()
    }

    /// Tokens from now on last so many seconds; what is below zero is over when it is given. The
    /// registry grants a minute of grace.
    pub fn life(&self, seconds: i64) {
        lock(&self.shared).life = seconds;
    }
}

impl State {
    fn answer(&mut self, incoming: &Incoming) -> Outgoing {
        let reply = |status: u16, body: &Value| Outgoing::Reply {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        let login = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let user = match incoming.header("authorization") {
            None => None,
            Some(header) if header == format!("Basic {login}") => Some(USER.to_owned()),
            Some(_) => {
                return reply(401, &json!({ "errors": [{ "code": "UNAUTHORIZED" }] }));
            }
        };
        self.asked.push((user.clone(), incoming.query.clone()));
        let mut access = Vec::new();
        for (name, value) in crate::oci::form(&incoming.query) {
            let scopes = value.split(' ').filter(|_| name == "scope");
            for scope in scopes {
                let parts = scope.strip_prefix("repository:").and_then(|s| s.rsplit_once(':'));
                let Some((repo, actions)) = parts else { continue };
                let actions: Vec<&str> = actions
                    .split(',')
                    .filter(|action| user.is_some() || *action == "pull")
                    .collect();
                access.push(json!({ "type": "repository", "name": repo, "actions": actions }));
            }
        }
        let token = self.sign(user.as_deref().unwrap_or_default(), &access);
        reply(200, &json!({ "token": token, "expires_in": self.life.max(60) }))
    }

    fn sign(&self, user: &str, access: &[Value]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let header = json!({ "typ": "JWT", "alg": "RS256", "x5c": [self.certificate] });
        let claims = json!({
            "iss": ISSUER, "sub": user, "aud": SERVICE, "jti": self.asked.len().to_string(),
            "iat": now, "nbf": now - 10, "exp": now + self.life, "access": access,
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&header), encode(&claims));
        let mut openssl = Command::new("openssl")
            .args(["dgst", "-sha256", "-sign"])
            .arg(&self.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("openssl runs");
        let mut stdin = openssl.stdin.take().expect("standard input is piped");
        stdin.write_all(text.as_bytes()).expect("openssl reads");
        drop(stdin);
        let signed = openssl.wait_with_output().expect("openssl ends");
        assert!(signed.status.success(), "openssl does not sign");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signed.stdout))
    }
}

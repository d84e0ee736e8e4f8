//! A receiver of signed webhooks.
//!
//! ```
//! # use launchway_testkit::chat::generic::Receiver;
//! let receiver = Receiver::start("a shared secret", "x-hub-signature-256", "sha256=");
//! let url = receiver.url("/hooks/deploy");
//! assert!(receiver.taken().is_empty());
//! ```

use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use super::{Answer, Service, Shared, Trouble, lock, open};
use crate::kill::KillSwitch;
use crate::record::Recorded;
use crate::server::Incoming;
use crate::target::Target;

#[derive(Debug)]
struct Receiving {
    secret: Option<String>,
    header: String,
    prefix: String,
    status: u16,
    taken: Vec<Vec<u8>>,
}

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Mutex<Shared<Receiving>>>,
    target: Target,
}

impl Receiver {
    /// Takes bodies (any path, any method but GET) whose HMAC-SHA256 with the secret stands in the
    /// header in hexadecimal, after the prefix; others get 401.
    pub fn start(secret: &str, header: &str, prefix: &str) -> Self {
        Self::open(Some(secret), header, prefix)
    }

    /// Takes everything.
    pub fn unsigned() -> Self {
        Self::open(None, "", "")
    }

    fn open(secret: Option<&str>, header: &str, prefix: &str) -> Self {
        let shared = Shared::new(Receiving {
            secret: secret.map(str::to_owned),
            header: header.to_ascii_lowercase(),
            prefix: prefix.to_owned(),
            status: 200,
            taken: Vec::new(),
        });
        let target = open("receiver", &shared, |_| {});
        Self { shared, target }
    }

    /// `http://127.0.0.1:<port>` and this path, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        self.target.url(path)
    }

    /// What it answers to what it takes; 200 unless said.
    pub fn status(&self, status: u16) -> &Self {
        lock(&self.shared).service.status = status;
        self
    }

    /// The bodies it took, in order.
    pub fn taken(&self) -> Vec<Vec<u8>> {
        lock(&self.shared).service.taken.clone()
    }

    /// Makes something go wrong. Every request is called `webhook`.
    pub fn fail(&self, trouble: Trouble) -> &Self {
        lock(&self.shared).troubles.add(trouble);
        self
    }

    /// Counts posts with this switch, which may kill the program.
    pub fn kill_switch(&self, switch: &KillSwitch) -> &Self {
        lock(&self.shared).kill = Some(switch.clone());
        self
    }

    /// Every request so far with its answer.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }
}

impl Service for Receiving {
    fn answer(&mut self, asked: &Incoming) -> Answer {
        if asked.method == "GET" {
            return Answer::text(405, "method not allowed");
        }
        if let Some(secret) = &self.secret {
            let given = asked.header(&self.header).unwrap_or_default();
            let wanted = format!("{}{}", self.prefix, hmac(secret.as_bytes(), &asked.body));
            if given != wanted {
                return Answer::text(401, "bad signature");
            }
        }
        self.taken.push(asked.body.clone());
        Answer::text(self.status, "taken")
    }

    fn name(&self, _asked: &Incoming) -> String {
        "webhook".to_owned()
    }

    fn refuse(&self, _asked: &Incoming, word: &str) -> Answer {
        Answer::text(400, word)
    }

    fn limit_body(&self, _asked: &Incoming, _seconds: f64) -> Answer {
        Answer::text(429, "too many requests")
    }
}

/// HMAC-SHA256 in hexadecimal (RFC 2104).
pub fn hmac(secret: &[u8], message: &[u8]) -> String {
    const BLOCK: usize = 64;
    let mut key =
        if secret.len() > BLOCK { Sha256::digest(secret).to_vec() } else { secret.to_vec() };
    key.resize(BLOCK, 0);
    let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    let mut text = String::new();
    for byte in outer {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

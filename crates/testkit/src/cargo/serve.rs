//! The registry's answers.

use std::sync::Mutex;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::publish::{PATH, split};
use super::{Store, lock};
use crate::fault::Fault;
use crate::record::Recorded;
use crate::server::{Incoming, Outgoing};

/// Where identity tokens are exchanged, and tokens given back.
const TOKENS: &str = "/api/v1/trusted_publishing/tokens";

pub(super) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self { status, headers: Vec::new(), body: value.to_string().into_bytes() }
    }

    fn bytes(body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }
}

pub(super) fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "errors": [{ "detail": message }] }))
}

pub(super) fn serve(shared: &Mutex<Store>, incoming: Incoming) -> Outgoing {
    let text = match split(&incoming.body) {
        Some((metadata, _)) if incoming.path == PATH => metadata.to_string(),
        _ => String::from_utf8_lossy(&incoming.body).into_owned(),
    };
    let fault = lock(shared).faults.take(&incoming.method, &incoming.path, &text);
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let mut store = lock(shared);
    let injected = !matches!(fault, None | Some(Fault::Slow(_)));
    let answer = match fault {
        Some(Fault::CutConnection) => None,
        Some(Fault::CommitThenCut) => {
            store.answer(&incoming, &text);
            None
        }
        Some(Fault::CommitThenFail) => {
            store.answer(&incoming, &text);
            Some(refuse(502, "bad gateway"))
        }
        Some(Fault::Status(status, headers, body)) => {
            Some(Answer { headers, ..Answer::json(status, &body) })
        }
        Some(Fault::SecondaryLimit(wait)) => Some(limited(wait)),
        Some(Fault::PrimaryLimit(wait)) => Some(limited(Some(wait))),
        Some(Fault::LieOk) => Some(Answer::json(200, &json!({ "warnings": null }))),
        Some(Fault::Stale) if incoming.method == "GET" => Some(refuse(404, "not found")),
        None | Some(Fault::Slow(_) | Fault::Stale) => Some(store.answer(&incoming, &text)),
    };
    let mut record = Recorded {
        sequence: 0,
        method: incoming.method,
        path: incoming.path,
        query: incoming.query,
        headers: incoming.headers,
        body: text,
        status: 0,
        response_headers: Vec::new(),
        response: String::new(),
        injected,
    };
    let Some(Answer { status, headers, body }) = answer else {
        store.log.push(record);
        return Outgoing::Cut;
    };
    record.status = status;
    record.response_headers.clone_from(&headers);
    record.response = String::from_utf8_lossy(&body).into_owned();
    store.log.push(record);
    Outgoing::Reply { status, headers, body }
}

fn limited(wait: Option<u64>) -> Answer {
    let headers =
        wait.map(|wait| ("retry-after".to_owned(), wait.to_string())).into_iter().collect();
    Answer { headers, ..refuse(429, "too many requests") }
}

impl Store {
    fn answer(&mut self, incoming: &Incoming, text: &str) -> Answer {
        let path = percent_decode_str(&incoming.path).decode_utf8_lossy().into_owned();
        let given = incoming.header("authorization").map(str::trim);
        let bearer = given.and_then(|value| value.strip_prefix("Bearer "));
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let is_reading = matches!(parts.as_slice(), ["index" | "crates", ..]);
        if self.is_private && is_reading && !given.is_some_and(|t| self.tokens.contains_key(t)) {
            let login =
                ("www-authenticate".to_owned(), format!("Cargo login_url=\"{}/me\"", self.url));
            return Answer { headers: vec![login], ..refuse(401, "a token is needed") };
        }
        match (incoming.method.as_str(), parts.as_slice()) {
            ("GET", ["index", "config.json"]) => {
                let mut config = json!({ "dl": format!("{}/crates", self.url), "api": self.url });
                if self.is_private {
                    config["auth-required"] = json!(true);
                }
                Answer::json(200, &config)
            }
            ("GET", ["index", folders @ .., name]) if folders == index_folders(name) => {
                self.index_file(name)
            }
            ("GET", ["crates", name, version, "download"]) => {
                let found = self.crates.get(*name).into_iter().flatten();
                match found.into_iter().find(|v| v.number == *version) {
                    Some(version) => Answer::bytes(version.file.clone()),
                    None => refuse(404, "not found"),
                }
            }
            ("PUT", _) if path == PATH => self.publish(given, &incoming.body),
            ("POST", _) if path == TOKENS => self.exchange(text),
            ("DELETE", _) if path == TOKENS => self.revoke(bearer),
            ("GET", ["-", "identity"]) => self.identity(bearer, &incoming.query),
            _ => refuse(404, "not found"),
        }
    }

    fn index_file(&mut self, name: &str) -> Answer {
        let mut found =
            self.crates.iter_mut().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, versions)) = found.next() else { return refuse(404, "not found") };
        let mut text = String::new();
        for version in versions {
            if version.hidden > 0 {
                version.hidden -= 1;
                continue;
            }
            text.push_str(&version.index.to_string());
            text.push('\n');
        }
        if text.is_empty() { refuse(404, "not found") } else { Answer::bytes(text.into_bytes()) }
    }

    /// The runner's identity service.
    fn identity(&mut self, token: Option<&str>, query: &str) -> Answer {
        let audience = query.split('&').find_map(|pair| pair.strip_prefix("audience="));
        let audience =
            audience.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
        match &mut self.identity {
            Some(identity) if token == Some(identity.request_token.as_str()) => {
                identity.audience = audience;
                Answer::json(200, &json!({ "value": identity.token, "count": 1 }))
            }
            _ => refuse(401, "unauthorized"),
        }
    }

    fn exchange(&mut self, text: &str) -> Answer {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let jwt = body["jwt"].as_str().unwrap_or_default();
        let own = self.url.trim_start_matches("http://");
        let is_for_us = self
            .identity
            .as_ref()
            .is_some_and(|i| i.token == jwt && i.audience.as_deref() == Some(own));
        if !is_for_us {
            return refuse(400, "Failed to decode JWT: invalid audience or signature");
        }
        let Some(crates) = self.trusted.get(jwt).cloned() else {
            return refuse(400, "No Trusted Publishing config found for repository `acme/work`.");
        };
        let token = format!("cio_tp_exchanged_{}", self.issued.len() + 1);
        self.tokens.insert(token.clone(), Some(crates));
        self.issued.push(token.clone());
        Answer::json(200, &json!({ "token": token }))
    }

    fn revoke(&mut self, token: Option<&str>) -> Answer {
        let Some(token) = token.filter(|token| self.tokens.remove(*token).is_some()) else {
            return refuse(401, "invalid token");
        };
        self.revoked.push(token.to_owned());
        Answer { status: 204, headers: Vec::new(), body: Vec::new() }
    }
}

/// The folders of a crate's index file: by the length of its name, then by its first letters.
fn index_folders(name: &str) -> Vec<&str> {
    match name.len() {
        0 => Vec::new(),
        1 => vec!["1"],
        2 => vec!["2"],
        3 => vec!["3", &name[..1]],
        _ => vec![&name[..2], &name[2..4]],
    }
}

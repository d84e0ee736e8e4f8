//! The registry's answers.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha1::Digest as _;

use super::{Package, Store, lock};
use crate::fault::Fault;
use crate::git::EPOCH;
use crate::github::stamp;
use crate::record::Recorded;
use crate::server::{Incoming, Outgoing};

pub(super) enum Body {
    Json(Value),
    Bytes(Vec<u8>),
}

pub(super) type Answer = (u16, Body);

pub(super) fn refuse(status: u16, message: &str) -> Answer {
    (status, Body::Json(json!({ "error": message })))
}

pub(super) fn serve(shared: &Mutex<Store>, incoming: Incoming) -> Outgoing {
    let text = String::from_utf8_lossy(&incoming.body).into_owned();
    let fault = lock(shared).faults.take(&incoming.method, &incoming.path, &text);
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let mut store = lock(shared);
    let mut headers = Vec::new();
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
        Some(Fault::Status(status, given, body)) => {
            headers = given;
            Some((status, Body::Json(body)))
        }
        Some(Fault::SecondaryLimit(wait)) => {
            headers.extend(wait.map(|wait| ("retry-after".to_owned(), wait.to_string())));
            Some(refuse(429, "too many requests"))
        }
        Some(Fault::PrimaryLimit(wait)) => {
            headers.push(("retry-after".to_owned(), wait.to_string()));
            Some(refuse(429, "too many requests"))
        }
        Some(Fault::LieOk) => Some((200, Body::Json(json!({ "ok": true })))),
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
    let Some((status, body)) = answer else {
        store.log.push(record);
        return Outgoing::Cut;
    };
    let (kind, bytes) = match body {
        Body::Json(value) => ("application/json", value.to_string().into_bytes()),
        Body::Bytes(bytes) => ("application/octet-stream", bytes),
    };
    headers.push(("content-type".into(), kind.into()));
    record.status = status;
    record.response_headers.clone_from(&headers);
    record.response = String::from_utf8_lossy(&bytes).into_owned();
    store.log.push(record);
    Outgoing::Reply { status, headers, body: bytes }
}

/// Why a token may not publish.
pub(super) enum Denied {
    Unknown,
    NotThis,
}

impl Store {
    fn answer(&mut self, incoming: &Incoming, text: &str) -> Answer {
        let path = percent_decode_str(incoming.path.trim_start_matches('/')).decode_utf8_lossy();
        let path = path.trim_end_matches('/').to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let bearer = incoming.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let token = bearer.as_deref();
        match (incoming.method.as_str(), parts.as_slice()) {
            ("GET", ["-", "ping"]) => (200, Body::Json(json!({}))),
            ("GET", ["-", "whoami"]) => match token.and_then(|token| self.users.get(token)) {
                Some(user) => (200, Body::Json(json!({ "username": user }))),
                None => refuse(401, "unauthenticated"),
            },
            ("GET", ["-", "identity"]) => self.identity(token),
            (method, ["-", "stage", rest @ ..]) => {
                let otp = incoming.header("npm-otp");
                self.stage_answer(method, rest, &incoming.query, token, otp, text)
            }
            ("POST", ["-", "npm", "v1", "oidc", "token", "exchange", "package", name @ ..]) => {
                self.exchange(&name.join("/"), token)
            }
            ("GET", ["-", "package", name @ .., "dist-tags"]) => {
                match self.packages.get(&name.join("/")) {
                    Some(package) => (200, Body::Json(json!(package.tags))),
                    None => refuse(404, "not found"),
                }
            }
            ("PUT" | "POST" | "DELETE", ["-", "package", name @ .., "dist-tags", tag]) => {
                self.tag(&incoming.method, &name.join("/"), tag, token, text)
            }
            ("GET", [name @ .., "-", file]) => self.tarball_answer(&name.join("/"), file),
            ("PUT", _) => self.publish(&path, token, text),
            ("GET" | "HEAD", _) => self.document(&path),
            _ => refuse(404, "not found"),
        }
    }

    pub(super) fn may(&self, token: Option<&str>, package: &str) -> Result<(), Denied> {
        match token.and_then(|token| self.tokens.get(token)) {
            None => Err(Denied::Unknown),
            Some(Some(limited)) if !limited.contains(package) => Err(Denied::NotThis),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn denied(denied: &Denied, package: &str) -> Answer {
        match denied {
            Denied::Unknown => refuse(401, "you must be logged in to publish packages"),
            Denied::NotThis => {
                refuse(403, &format!("you do not have permission to publish \"{package}\""))
            }
        }
    }

    /// The runner's token service.
    fn identity(&self, token: Option<&str>) -> Answer {
        match &self.identity {
            Some(identity) if token == Some(identity.request_token.as_str()) => {
                (200, Body::Json(json!({ "value": identity.token, "count": 1 })))
            }
            _ => refuse(401, "unauthorized"),
        }
    }

    fn exchange(&mut self, package: &str, identity: Option<&str>) -> Answer {
        let Some(trusted) = identity.and_then(|identity| self.trusted.get(identity)) else {
            return (401, Body::Json(json!({ "message": "invalid identity token" })));
        };
        if !trusted.contains(package) {
            let message = "no trusted publisher is configured for this package and workflow";
            return (404, Body::Json(json!({ "message": message })));
        }
        self.issued += 1;
        let token = format!("npm_exchanged_{}", self.issued);
        self.tokens.insert(token.clone(), Some([package.to_owned()].into()));
        if let Some(allowed) = self.publishers.get(package) {
            self.allowed.insert(token.clone(), *allowed);
        }
        let body = json!({ "token_type": "oidc", "token": token });
        (201, Body::Json(body))
    }

    fn tag(
        &mut self,
        method: &str,
        name: &str,
        tag: &str,
        token: Option<&str>,
        text: &str,
    ) -> Answer {
        if let Err(denied) = self.may(token, name) {
            return Self::denied(&denied, name);
        }
        let Some(package) = self.packages.get_mut(name) else { return refuse(404, "not found") };
        if method == "DELETE" {
            package.tags.remove(tag);
            return (200, Body::Json(json!({ "ok": true })));
        }
        let version: String = serde_json::from_str(text).unwrap_or_default();
        if !package.versions.contains_key(&version) {
            return refuse(404, "version not found");
        }
        package.tags.insert(tag.to_owned(), version);
        (201, Body::Json(json!({ "ok": true })))
    }

    fn tarball_answer(&self, name: &str, file: &str) -> Answer {
        let found = self.packages.get(name).and_then(|package| {
            let mut tarballs = package.tarballs.iter();
            tarballs.find(|(version, _)| file_name(name, version) == file)
        });
        match found {
            Some((_, bytes)) => (200, Body::Bytes(bytes.clone())),
            None => refuse(404, "not found"),
        }
    }

    fn document(&self, path: &str) -> Answer {
        // `name` or `name/version`, where a scope is the first part of the name.
        let cut = path.match_indices('/').nth(usize::from(path.starts_with('@')));
        let (name, version) =
            cut.map_or((path, None), |(at, _)| (&path[..at], Some(&path[at + 1..])));
        let Some(package) = self.packages.get(name) else { return refuse(404, "Not found") };
        let Some(version) = version else {
            return (200, Body::Json(Self::packument(name, package)));
        };
        let version = package.tags.get(version).map_or(version, String::as_str);
        match package.versions.get(version) {
            Some(manifest) => (200, Body::Json(manifest.clone())),
            None => refuse(404, &format!("version not found: {version}")),
        }
    }

    fn packument(name: &str, package: &Package) -> Value {
        let times = package.order.iter().enumerate().map(|(at, version)| {
            let seconds = EPOCH + i64::try_from(at).unwrap_or(0);
            (version.clone(), json!(stamp(seconds).replace('Z', ".000Z")))
        });
        json!({
            "_id": name, "name": name, "dist-tags": package.tags,
            "versions": package.versions, "time": times.collect::<serde_json::Map<_, _>>(),
            "modified": stamp(EPOCH),
        })
    }

    fn publish(&mut self, name: &str, token: Option<&str>, text: &str) -> Answer {
        if let Err(denied) = self.may(token, name) {
            return Self::denied(&denied, name);
        }
        if self.forbids(token, false) {
            return refuse(403, "OIDC permission denied for this action");
        }
        let Ok(document) = serde_json::from_str::<Value>(text) else {
            return refuse(400, "the body is no JSON");
        };
        if document["name"].as_str().is_some_and(|inside| inside != name) {
            return refuse(400, "the name in the document is another one");
        }
        // Lenient: `versions` as npm sends it, or just `version`.
        let versions: Vec<(String, Value)> = match document["versions"].as_object() {
            Some(versions) => versions.iter().map(|(v, m)| (v.clone(), m.clone())).collect(),
            None => match document["version"].as_str() {
                Some(version) => vec![(version.to_owned(), document.clone())],
                None => return refuse(400, "no version is given"),
            },
        };
        for (version, manifest) in versions {
            if self.packages.get(name).is_some_and(|p| p.versions.contains_key(&version)) {
                let message = format!(
                    "You cannot publish over the previously published versions: {version}."
                );
                return refuse(403, &message);
            }
            if self.is_staged(name, &version) {
                return refuse(409, &format!("version {version} is already staged"));
            }
            let tarball = attached(&document, &version);
            let tags = document["dist-tags"].as_object();
            let tag = tags.and_then(|tags| tags.keys().next()).map_or("latest", String::as_str);
            self.insert(name, &version, manifest, tarball, tag);
        }
        (201, Body::Json(json!({ "ok": true, "success": true })))
    }

    pub(super) fn insert(
        &mut self,
        name: &str,
        version: &str,
        mut manifest: Value,
        tarball: Option<Vec<u8>>,
        tag: &str,
    ) {
        manifest["name"] = json!(name);
        manifest["version"] = json!(version);
        manifest["_id"] = json!(format!("{name}@{version}"));
        let url = format!("{}/{name}/-/{}", self.url, file_name(name, version));
        let bytes = tarball.as_deref().unwrap_or_default();
        manifest["dist"]["tarball"] = json!(url);
        manifest["dist"]["shasum"] = json!(hex(&sha1::Sha1::digest(bytes)));
        let integrity = STANDARD.encode(sha2::Sha512::digest(bytes));
        manifest["dist"]["integrity"] = json!(format!("sha512-{integrity}"));
        let package = self.packages.entry(name.to_owned()).or_default();
        package.versions.insert(version.to_owned(), manifest);
        package.order.push(version.to_owned());
        package.tags.insert(tag.to_owned(), version.to_owned());
        package.tags.entry("latest".into()).or_insert_with(|| version.to_owned());
        if let Some(bytes) = tarball {
            package.tarballs.insert(version.to_owned(), bytes);
        }
    }
}

/// The tarball of a version in a document that is published.
pub(super) fn attached(document: &Value, version: &str) -> Option<Vec<u8>> {
    let all = document["_attachments"].as_object()?;
    let file = format!("-{version}.tgz");
    let named = all.iter().find(|(name, _)| name.ends_with(&file));
    let (_, attachment) = named.or_else(|| all.iter().next())?;
    STANDARD.decode(attachment["data"].as_str()?).ok()
}

fn file_name(name: &str, version: &str) -> String {
    let short = name.rsplit('/').next().unwrap_or(name);
    format!("{short}-{version}.tgz")
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|n| char::from(b"0123456789abcdef"[usize::from(n)]))
        .collect()
}

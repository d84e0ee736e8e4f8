//! Staged publishing: versions that wait for approval.

use serde_json::{Value, json};

use super::serve::{Answer, Body, attached, refuse};
use super::{Allowed, Store};
use crate::git::EPOCH;
use crate::github::stamp;

/// A version that waits.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    tag: String,
    manifest: Value,
    tarball: Option<Vec<u8>>,
    actor: String,
}

impl Staged {
    fn item(&self) -> Value {
        json!({
            "id": self.id, "packageName": self.name, "version": self.version, "tag": self.tag,
            "createdAt": stamp(EPOCH), "actor": self.actor, "actorType": "user", "shasum": "0000",
        })
    }
}

impl Store {
    /// Whether a version waits for approval.
    pub(super) fn is_staged(&self, name: &str, version: &str) -> bool {
        self.staged.iter().any(|staged| staged.name == name && staged.version == version)
    }

    /// What keeps a token from publishing directly, or from staging.
    pub(super) fn forbids(&self, token: Option<&str>, stages: bool) -> bool {
        let allowed = token.and_then(|token| self.allowed.get(token)).copied();
        match allowed.unwrap_or(Allowed::Both) {
            Allowed::Both => false,
            Allowed::Publish => stages,
            Allowed::Stage => !stages,
        }
    }

    pub(super) fn stage_answer(
        &mut self,
        method: &str,
        parts: &[&str],
        query: &str,
        token: Option<&str>,
        otp: Option<&str>,
        text: &str,
    ) -> Answer {
        match (method, parts) {
            ("POST", ["package", name @ ..]) => self.stage(&name.join("/"), token, text),
            _ if token.is_none_or(|token| !self.users.contains_key(token)) => {
                refuse(401, "you must be logged in")
            }
            ("GET", []) => {
                let wanted = query.split('&').find_map(|pair| pair.strip_prefix("package="));
                let wanted = wanted.map(|name| {
                    percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned()
                });
                let items: Vec<Value> = self
                    .staged
                    .iter()
                    .filter(|staged| wanted.as_ref().is_none_or(|name| *name == staged.name))
                    .map(Staged::item)
                    .collect();
                let total = items.len();
                (200, Body::Json(json!({ "items": items, "total": total })))
            }
            (_, [id, rest @ ..]) => {
                let Some(place) = self.staged.iter().position(|staged| staged.id == *id) else {
                    return refuse(404, "no such staged version");
                };
                self.staged_answer(method, place, rest, otp)
            }
            _ => refuse(404, "not found"),
        }
    }

    fn stage(&mut self, name: &str, token: Option<&str>, text: &str) -> Answer {
        if let Err(denied) = self.may(token, name) {
            return Self::denied(&denied, name);
        }
        if self.forbids(token, true) {
            return refuse(403, "OIDC permission denied for this action");
        }
        let document: Value = serde_json::from_str(text).unwrap_or_default();
        let versions = document["versions"].as_object();
        let Some((version, manifest)) = versions.and_then(|versions| versions.iter().next()) else {
            return refuse(400, "no version is given");
        };
        if self.packages.get(name).is_some_and(|p| p.versions.contains_key(version)) {
            return refuse(
                403,
                &format!("You cannot publish over the previously published versions: {version}."),
            );
        }
        if self.is_staged(name, version) {
            return refuse(409, &format!("version {version} is already staged"));
        }
        let tags = document["dist-tags"].as_object();
        let tag = tags.and_then(|tags| tags.keys().next()).map_or("latest", String::as_str);
        self.issued += 1;
        let id = format!("{:08x}-0000-4000-8000-000000000000", self.issued);
        let user = token.and_then(|token| self.users.get(token));
        self.staged.push(Staged {
            id: id.clone(),
            name: name.to_owned(),
            version: version.clone(),
            tag: tag.to_owned(),
            manifest: manifest.clone(),
            tarball: attached(&document, version),
            actor: user.cloned().unwrap_or_else(|| "workflow".to_owned()),
        });
        (201, Body::Json(json!({ "stageId": id })))
    }

    fn staged_answer(
        &mut self,
        method: &str,
        place: usize,
        rest: &[&str],
        otp: Option<&str>,
    ) -> Answer {
        let staged = self.staged[place].clone();
        match (method, rest) {
            ("GET", []) => (200, Body::Json(staged.item())),
            ("GET", ["tarball"]) => (200, Body::Bytes(staged.tarball.unwrap_or_default())),
            ("POST", ["approve"]) | ("DELETE", []) => {
                if !self.takes_otp(otp) {
                    return refuse(401, "this operation needs a one-time password");
                }
                self.staged.remove(place);
                if method == "POST" {
                    let Staged { name, version, manifest, tarball, tag, .. } = staged;
                    self.insert(&name, &version, manifest, tarball, &tag);
                }
                (200, Body::Json(json!({ "ok": true })))
            }
            _ => refuse(404, "not found"),
        }
    }

    /// Whether a one-time password is good; each only so often.
    fn takes_otp(&mut self, otp: Option<&str>) -> bool {
        let Some(passwords) = &mut self.otps else { return true };
        match otp.and_then(|otp| passwords.get_mut(otp)) {
            Some(left @ 1..) => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

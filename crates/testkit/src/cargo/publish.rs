//! Taking a crate as a real registry does.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::serve::{Answer, refuse};
use super::{Store, Version};

/// Where crates are published.
pub(super) const PATH: &str = "/api/v1/crates/new";

/// The two parts of a publish request, each after its length in four bytes.
pub(super) fn split(body: &[u8]) -> Option<(Value, &[u8])> {
    let part = |bytes: &'_ [u8]| -> Option<(usize, usize)> {
        let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        Some((4, 4 + usize::try_from(length).ok()?))
    };
    let (start, end) = part(body)?;
    let metadata = serde_json::from_slice(body.get(start..end)?).ok()?;
    let rest = body.get(end..)?;
    let (start, end) = part(rest)?;
    (rest.len() == end).then_some((metadata, rest.get(start..end)?))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// `-` and `_`, upper and lower case make no other crate.
fn canonical(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

impl Store {
    pub(super) fn publish(&mut self, token: Option<&str>, body: &[u8]) -> Answer {
        let Some((metadata, file)) = split(body) else {
            return refuse(400, "invalid upload request: lengths do not fit");
        };
        let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("vers"));
        let Some(allowed) = token.and_then(|token| self.tokens.get(token)) else {
            return refuse(403, "authentication failed");
        };
        if allowed.as_ref().is_some_and(|crates| !crates.contains(&name)) {
            return refuse(
                403,
                "this token does not have the required permissions to perform this action",
            );
        }
        if !is_name(&name) {
            return refuse(400, &format!("invalid crate name: {name}"));
        }
        if let Some(known) =
            self.crates.keys().find(|known| **known != name && canonical(known) == canonical(&name))
        {
            return refuse(400, &format!("crate was previously named `{known}`"));
        }
        if version.split('.').count() < 3 {
            return refuse(400, &format!("\"{version}\" is an invalid semver version"));
        }
        for dependency in metadata["deps"].as_array().into_iter().flatten() {
            let wanted = dependency["name"].as_str().unwrap_or_default();
            if dependency["registry"].is_null() && !self.crates.contains_key(wanted) {
                return refuse(400, &format!("no known crate named `{wanted}`"));
            }
        }
        let is_new = !self.crates.contains_key(&name);
        let is_there = |known: &Version| known.number == version;
        if self.crates.get(&name).is_some_and(|known| known.iter().any(is_there)) {
            return refuse(400, &format!("crate version `{version}` is already uploaded"));
        }
        let (bucket, what) = if is_new {
            (&mut self.new_crates, "new crates")
        } else {
            (&mut self.new_versions, "updates to existing crates")
        };
        if let Some(Err(wait)) = bucket.as_mut().map(super::Bucket::take) {
            return too_many(what, wait);
        }
        self.insert(&metadata, file.to_vec());
        Answer::json(
            200,
            &json!({ "warnings": { "invalid_categories": [], "invalid_badges": [], "other": [] } }),
        )
    }

    /// Puts a version into the index.
    pub(super) fn insert(&mut self, metadata: &Value, file: Vec<u8>) {
        let dependencies: Vec<Value> = metadata["deps"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|dependency| {
                let renamed = dependency["explicit_name_in_toml"].as_str();
                let own = dependency["name"].clone();
                json!({
                    "name": renamed.map_or(own.clone(), Value::from),
                    "req": dependency["version_req"],
                    "features": dependency["features"],
                    "optional": dependency["optional"],
                    "default_features": dependency["default_features"],
                    "target": dependency["target"],
                    "kind": dependency["kind"],
                    "registry": dependency["registry"],
                    "package": renamed.map(|_| own),
                })
            })
            .collect();
        let hash: String = Sha256::digest(&file).iter().flat_map(|byte| hex(*byte)).collect();
        let name = metadata["name"].as_str().expect("a crate has a name").to_owned();
        let number = metadata["vers"].as_str().expect("a crate has a version").to_owned();
        let index = json!({
            "name": name,
            "vers": number,
            "deps": dependencies,
            "cksum": hash,
            "features": metadata["features"],
            "yanked": false,
            "links": metadata["links"],
            "rust_version": metadata["rust_version"],
        });
        let hidden = self.lag;
        let version = Version { number, index, metadata: metadata.clone(), file, hidden };
        self.crates.entry(name).or_default().push(version);
    }
}

fn hex(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0'))
}

fn too_many(what: &str, wait: Duration) -> Answer {
    // A date has whole seconds: the next one.
    let at = Timestamp::now() + jiff::SignedDuration::try_from(wait).expect("a short wait");
    let at = Timestamp::from_second(at.as_second() + 1).expect("a time near now");
    let at = DateTimePrinter::new().timestamp_to_rfc9110_string(&at).expect("a time near now");
    refuse(
        429,
        &format!(
            "You have published too many {what} in a short period of time. Please try again after {at} and see the documentation on rate limits for more details."
        ),
    )
}

//! The configuration file of the container tools.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use launchway_base::Secret;
use serde::Deserialize;

use super::Login;
use crate::reference::DOCKER_HUB;
use crate::{RegistryError, Repository};

/// What is read of a `config.json` or `auth.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct File {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entry(***)")
    }
}

/// A configuration file that was read.
#[derive(Debug)]
pub(super) struct Config {
    place: String,
    file: File,
}

impl Config {
    /// Reads the text of a file; `place` names it in messages.
    pub(super) fn parse(place: String, text: &str) -> Result<Self, RegistryError> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Self { place, file: File::default() });
        }
        // A list would be read as a file without anything.
        if !text.trim_start().starts_with('{') {
            let reason = "it cannot be read: line 1 starts no JSON object".to_owned();
            return Err(RegistryError::Login { place, reason });
        }
        match serde_json::from_str(text) {
            Ok(file) => Ok(Self { place, file }),
            // The reader's own words could quote a secret.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let reason = format!("it cannot be read: line {line}, column {column}");
                Err(RegistryError::Login { place, reason })
            }
        }
    }

    /// What names it in messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The helper that keeps the login of a repository's registry.
    pub(super) fn helper(&self, repository: &Repository) -> Option<&str> {
        let helpers = self.file.cred_helpers.iter().flatten();
        let own = best(helpers, repository).map(String::as_str);
        own.or(self.file.creds_store.as_deref()).filter(|name| !name.is_empty())
    }

    /// The login that stands in the file itself.
    pub(super) fn inline(&self, repository: &Repository) -> Result<Option<Login>, RegistryError> {
        let entries = self.file.auths.iter().flatten();
        let entries = entries.filter_map(|(key, entry)| Some((key, entry.as_ref()?)));
        let Some(entry) = best(entries, repository) else { return Ok(None) };
        entry.login().map_err(|reason| RegistryError::Login {
            place: self.place.clone(),
            reason: format!("the login for {} {reason}", repository.registry()),
        })
    }
}

impl Entry {
    fn login(&self) -> Result<Option<Login>, &'static str> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.registrytoken) {
            return Ok(Some(Login::Bearer(Secret::new(token))));
        }
        if let Some(token) = given(&self.identitytoken) {
            return Ok(Some(Login::Identity(Secret::new(token))));
        }
        if let Some(auth) = given(&self.auth) {
            let auth = Secret::new(auth);
            let bytes = STANDARD
                .decode(auth.expose())
                .or_else(|_| STANDARD_NO_PAD.decode(auth.expose()))
                .map_err(|_| "is no base64")?;
            let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
            let (username, password) = text.split_once(':').ok_or("has no `:`")?;
            // Docker once padded passwords with zeros.
            let password = Secret::new(password.trim_end_matches('\0'));
            return Ok(Some(Login::Password { username: username.to_owned(), password }));
        }
        Ok(match (given(&self.username), given(&self.password)) {
            (Some(username), Some(password)) => {
                Some(Login::Password { username, password: Secret::new(password) })
            }
            _ => None,
        })
    }
}

/// The entry whose key names most of the repository: `ghcr.io/acme` before `ghcr.io`. A key is a
/// host, an old URL such as `https://index.docker.io/v1/`, or a host and the start of a name.
fn best<'a, T>(
    entries: impl Iterator<Item = (&'a String, T)>,
    repository: &Repository,
) -> Option<T> {
    let weighed = entries.filter_map(|(key, entry)| Some((weight(key, repository)?, entry)));
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, entry)| entry)
}

/// How much of the repository a key names; `None` when it names another.
fn weight(key: &str, repository: &Repository) -> Option<usize> {
    let (old, rest) = match key.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, key),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let same = servers(repository).iter().any(|server| server.eq_ignore_ascii_case(host));
    if !same {
        return None;
    }
    // An exact key before an old one for the same host.
    if path.is_empty() || matches!(path, "v1" | "v2") {
        return Some(usize::from(!old));
    }
    let name = repository.name();
    let within =
        name.strip_prefix(path).is_some_and(|more| more.is_empty() || more.starts_with('/'));
    (!old && within).then_some(1 + path.len())
}

/// The names a registry's host goes by.
fn servers(repository: &Repository) -> Vec<&str> {
    if repository.registry() == DOCKER_HUB {
        vec![DOCKER_HUB, "index.docker.io", "registry-1.docker.io"]
    } else {
        vec![repository.registry()]
    }
}

/// What a helper is asked for, the likeliest first.
pub(super) fn helper_keys(repository: &Repository) -> Vec<&str> {
    if repository.registry() == DOCKER_HUB {
        vec!["https://index.docker.io/v1/", DOCKER_HUB]
    } else {
        vec![repository.registry()]
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;

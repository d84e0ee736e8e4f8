//! Names of images: `REGISTRY/NAME:TAG@DIGEST`, with the defaults of Docker Hub.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use launchway_base::{Fault, Kind};

use crate::{Digest, Tag};

/// The registry a name without one belongs to.
pub const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_API: &str = "registry-1.docker.io";
const LONGEST_NAME: usize = 255;
const SHOWN: usize = 160;

/// A text that is no reference, repository, tag or digest, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {reason}")]
pub struct ReferenceError {
    what: &'static str,
    text: String,
    reason: String,
}

impl ReferenceError {
    pub(crate) fn new(what: &'static str, text: &str, reason: impl Into<String>) -> Self {
        Self { what, text: show(text), reason: reason.into() }
    }

    /// What is wrong, without the text.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Fault for ReferenceError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn hint(&self) -> Option<String> {
        let form = match self.what {
            "digest" => return Some("copy the digest whole, as in `sha256:…`".to_owned()),
            "tag" => return None,
            "repository" => "REGISTRY/NAME",
            _ => "REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…",
        };
        Some(format!("write it as {form}"))
    }
}

/// A text from outside as part of a message: its start, without control characters.
pub(crate) fn show(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// A repository of a registry, as in `ghcr.io/acme/app`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    registry: String,
    name: String,
}

impl Repository {
    /// The registry as people write it: `host` or `host:port`, `docker.io` for Docker Hub.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Where its API answers: `host` or `host:port`.
    pub fn api_host(&self) -> &str {
        api_host(&self.registry)
    }

    /// The name within the registry, as in `acme/app` or `library/nginx`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the registry runs on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.registry)
    }

    /// Whether both are on the same registry.
    pub fn same_registry(&self, other: &Self) -> bool {
        self.registry == other.registry
    }

    /// A tag of this repository.
    pub fn tagged(&self, tag: Tag) -> Reference {
        Reference { repository: self.clone(), tag: Some(tag), digest: None }
    }

    /// A digest of this repository.
    pub fn at(&self, digest: Digest) -> Reference {
        Reference { repository: self.clone(), tag: None, digest: Some(digest) }
    }

    /// A tag or digest of this repository.
    pub fn which(&self, which: &Which) -> Reference {
        match which {
            Which::Tag(tag) => self.tagged(tag.clone()),
            Which::Digest(digest) => self.at(digest.clone()),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    /// A name without tag and digest.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let reference: Reference = text.parse().map_err(|mut error: ReferenceError| {
            error.what = "repository";
            error
        })?;
        if reference.tag.is_some() || reference.digest.is_some() {
            let reason = "it has a tag or digest";
            return Err(ReferenceError::new("repository", text, reason));
        }
        Ok(reference.repository)
    }
}

/// What a manifest is asked by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    /// A name that may move.
    Tag(Tag),
    /// A name that never moves.
    Digest(Digest),
}

impl Which {
    /// The last part of the manifest's address.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Tag> for Which {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl From<&Tag> for Which {
    fn from(tag: &Tag) -> Self {
        Self::Tag(tag.clone())
    }
}

impl From<Digest> for Which {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl From<&Digest> for Which {
    fn from(digest: &Digest) -> Self {
        Self::Digest(digest.clone())
    }
}

/// An image: a repository, and a tag, a digest, both or neither.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The repository.
    pub repository: Repository,
    /// The tag, when the text has one; there is no default `latest`.
    pub tag: Option<Tag>,
    /// The digest, when the text has one.
    pub digest: Option<Digest>,
}

impl Reference {
    /// What its manifest is asked by: the digest before the tag, `None` without both.
    pub fn which(&self) -> Option<Which> {
        let digest = self.digest.clone().map(Which::Digest);
        digest.or_else(|| self.tag.clone().map(Which::Tag))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = |reason: String| ReferenceError::new("image reference", text, reason);
        if text.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        if text.contains("://") {
            return Err(wrong("it is a URL; leave out what stands before the host".to_owned()));
        }
        if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong(format!("it has `{}`", bad.escape_debug())));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest: Digest = digest.parse().map_err(|error: ReferenceError| {
                    wrong(format!("the digest is wrong: {}", error.reason()))
                })?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let (host, path) = split_registry(rest);
        let (name, tag) = match path.rsplit_once(':') {
            Some((name, tag)) => {
                let tag: Tag = tag.parse().map_err(|error: ReferenceError| {
                    wrong(format!("the tag is wrong: {}", error.reason()))
                })?;
                (name, Some(tag))
            }
            None => (path, None),
        };
        let registry = match host {
            Some(host) => registry(host).map_err(&wrong)?,
            None => DOCKER_HUB.to_owned(),
        };
        check_name(name).map_err(&wrong)?;
        let official = registry == DOCKER_HUB && !name.contains('/');
        let name = if official { format!("library/{name}") } else { name.to_owned() };
        if name.len() > LONGEST_NAME {
            let reason =
                format!("the name has {} characters, {LONGEST_NAME} are allowed", name.len());
            return Err(wrong(reason));
        }
        Ok(Self { repository: Repository { registry, name }, tag, digest })
    }
}

/// The part before the first `/` is a registry when it can be no part of a name.
fn split_registry(text: &str) -> (Option<&str>, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':', '[']) || first.eq_ignore_ascii_case("localhost") =>
        {
            (Some(first), rest)
        }
        _ => (None, text),
    }
}

/// Checks and normalises the host of a registry: lower case, Docker Hub under its one name.
fn registry(host: &str) -> Result<String, String> {
    let lower = host.to_ascii_lowercase();
    let (name, port) = split_port(&lower);
    if let Some(address) = name.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        if address.parse::<Ipv6Addr>().is_err() {
            return Err(format!("`{}` is no IPv6 address in brackets", show(name)));
        }
    } else {
        let bad = name.split('.').any(|part| {
            part.is_empty()
                || part.starts_with('-')
                || part.ends_with('-')
                || !part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
        if bad {
            return Err(format!("the registry `{}` is no host name", show(name)));
        }
    }
    if let Some(port) = port
        && !matches!(port.parse::<u16>(), Ok(1..) if port.chars().all(|c| c.is_ascii_digit()))
    {
        return Err(format!("`{}` is no port of a registry", show(port)));
    }
    Ok(match lower.as_str() {
        "index.docker.io" | "registry.hub.docker.com" | DOCKER_HUB_API => DOCKER_HUB.to_owned(),
        _ => lower,
    })
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("the name has upper-case letters; names are in lower case".to_owned());
    }
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/');
    if let Some(bad) = name.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "the name has `{}`; letters in lower case, digits, `.`, `_`, `-` and `/` are allowed",
            bad.escape_debug()
        ));
    }
    for part in name.split('/') {
        if part.is_empty() {
            return Err("the name has an empty part".to_owned());
        }
        if !part.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !part.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Err(format!(
                "`{}` starts or ends with a separator; parts of a name start and end with a letter or digit",
                show(part)
            ));
        }
        let separators = part.split(|c: char| c.is_ascii_alphanumeric());
        for run in separators.filter(|run| !run.is_empty()) {
            if !(matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-')) {
                return Err(format!(
                    "`{run}` in `{}` does not separate; one `.`, one or two `_`, or any number of `-` do",
                    show(part)
                ));
            }
        }
    }
    Ok(())
}

/// Where a registry's API answers.
pub(crate) fn api_host(registry: &str) -> &str {
    if registry == DOCKER_HUB { DOCKER_HUB_API } else { registry }
}

/// Whether a `host` or `host:port` is this machine: `localhost`, 127.0.0.0/8 or `::1`.
pub fn is_loopback(host: &str) -> bool {
    let (name, _) = split_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;

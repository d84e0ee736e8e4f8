//! What triggered the run: `GITHUB_*` and the event's payload, typed.
//!
//! Everything is looked up when asked for. What is missing is a failure that names the variable or
//! the JSON pointer, so a program that does not need it runs without.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;

use launchway_base::{Failure, Location};
use serde_json::Value;

use crate::Environment;

/// A payload larger than this many bytes is refused; GitHub's own limit for deliveries is 25 MB.
const PAYLOAD_LIMIT: u64 = 64 * 1024 * 1024;

/// `owner/name` of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    /// The user or organisation.
    pub owner: String,
    /// The repository's own name.
    pub name: String,
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Why a text is not `owner/name`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a repository; write `owner/name`")]
pub struct RepositoryError {
    text: String,
}

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fine = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match text.split_once('/') {
            Some((owner, name)) if fine(owner) && fine(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err(RepositoryError { text: text.to_owned() }),
        }
    }
}

/// Whether a run was started for a branch or a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefType {
    /// A branch, or a pull request's merge ref.
    Branch,
    /// A tag.
    Tag,
}

/// The event context of a run.
#[derive(Debug)]
pub struct Context {
    env: Environment,
    payload: OnceLock<Payload>,
}

impl Context {
    /// The context that `env` describes.
    pub fn new(env: &Environment) -> Self {
        Self { env: env.clone(), payload: OnceLock::new() }
    }

    /// The repository of the run (`GITHUB_REPOSITORY`).
    ///
    /// # Errors
    /// Missing, or not `owner/name`.
    pub fn repository(&self) -> Result<Repository, Failure> {
        self.parse("GITHUB_REPOSITORY")
    }

    /// The full ref, such as `refs/heads/main` (`GITHUB_REF`).
    ///
    /// # Errors
    /// Missing, as in a run that was started for no ref.
    pub fn full_ref(&self) -> Result<&str, Failure> {
        self.env.require("GITHUB_REF")
    }

    /// The short ref: branch, tag, or `7/merge` (`GITHUB_REF_NAME`, else from `GITHUB_REF`).
    ///
    /// # Errors
    /// Neither variable is set.
    pub fn ref_name(&self) -> Result<&str, Failure> {
        if let Some(name) = self.env.read("GITHUB_REF_NAME")? {
            return Ok(name);
        }
        let full = self.full_ref()?;
        Ok(["refs/heads/", "refs/tags/", "refs/pull/"]
            .iter()
            .find_map(|prefix| full.strip_prefix(prefix))
            .unwrap_or(full))
    }

    /// Branch or tag (`GITHUB_REF_TYPE`, else from `GITHUB_REF`).
    ///
    /// # Errors
    /// Neither variable is set.
    pub fn ref_type(&self) -> Result<RefType, Failure> {
        let tag = match self.env.read("GITHUB_REF_TYPE")? {
            Some(kind) => kind == "tag",
            None => self.full_ref()?.starts_with("refs/tags/"),
        };
        Ok(if tag { RefType::Tag } else { RefType::Branch })
    }

    /// The branch of the run.
    ///
    /// # Errors
    /// The run is for a tag, or the ref is missing.
    pub fn branch(&self) -> Result<&str, Failure> {
        match self.ref_type()? {
            RefType::Branch => self.ref_name(),
            RefType::Tag => Err(Failure::input(format!(
                "the run is for the tag `{}`, not for a branch",
                self.ref_name()?
            ))),
        }
    }

    /// The commit of the run (`GITHUB_SHA`), 40 or 64 lowercase hexadecimal digits.
    ///
    /// # Errors
    /// Missing or malformed.
    pub fn sha(&self) -> Result<&str, Failure> {
        let sha = self.env.require("GITHUB_SHA")?;
        let hex = sha.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hex && matches!(sha.len(), 40 | 64) {
            Ok(sha)
        } else {
            Err(Failure::input(format!("`GITHUB_SHA` holds `{sha}`, which is not a commit")))
        }
    }

    /// The name of the event, such as `push` (`GITHUB_EVENT_NAME`).
    ///
    /// # Errors
    /// Missing.
    pub fn event_name(&self) -> Result<&str, Failure> {
        self.env.require("GITHUB_EVENT_NAME")
    }

    /// Who caused the run (`GITHUB_ACTOR`).
    ///
    /// # Errors
    /// Missing.
    pub fn actor(&self) -> Result<&str, Failure> {
        self.env.require("GITHUB_ACTOR")
    }

    /// The id of the run (`GITHUB_RUN_ID`).
    ///
    /// # Errors
    /// Missing or not a number.
    pub fn run_id(&self) -> Result<u64, Failure> {
        self.parse("GITHUB_RUN_ID")
    }

    /// The number of the run among its workflow's, from 1 (`GITHUB_RUN_NUMBER`).
    ///
    /// # Errors
    /// Missing or not a number.
    pub fn run_number(&self) -> Result<u64, Failure> {
        self.parse("GITHUB_RUN_NUMBER")
    }

    /// The attempt of the run, from 1 (`GITHUB_RUN_ATTEMPT`).
    ///
    /// # Errors
    /// Missing or not a number.
    pub fn run_attempt(&self) -> Result<u64, Failure> {
        self.parse("GITHUB_RUN_ATTEMPT")
    }

    /// The page of the run on the server.
    ///
    /// # Errors
    /// `GITHUB_REPOSITORY` or `GITHUB_RUN_ID` is missing.
    pub fn run_url(&self) -> Result<String, Failure> {
        Ok(format!("{}/{}/actions/runs/{}", self.server_url()?, self.repository()?, self.run_id()?))
    }

    /// The server's pages without a slash at the end (`GITHUB_SERVER_URL`, by default GitHub).
    ///
    /// # Errors
    /// Not an `http` or `https` URL.
    pub fn server_url(&self) -> Result<String, Failure> {
        Ok(self.url("GITHUB_SERVER_URL")?.unwrap_or_else(|| "https://github.com".to_owned()))
    }

    /// The REST API without a slash at the end (`GITHUB_API_URL`, else what belongs to the server).
    ///
    /// # Errors
    /// Not an `http` or `https` URL.
    pub fn api_url(&self) -> Result<String, Failure> {
        if let Some(url) = self.url("GITHUB_API_URL")? {
            return Ok(url);
        }
        let server = self.server_url()?;
        Ok(cloud_api(&server).unwrap_or_else(|| format!("{server}/api/v3")))
    }

    /// The GraphQL endpoint (`GITHUB_GRAPHQL_URL`, else what belongs to the API or server).
    ///
    /// # Errors
    /// Not an `http` or `https` URL.
    pub fn graphql_url(&self) -> Result<String, Failure> {
        if let Some(url) = self.url("GITHUB_GRAPHQL_URL")? {
            return Ok(url);
        }
        let api = self.api_url()?;
        // GitHub Enterprise Server: …/api/v3 has its twin at …/api/graphql.
        Ok(format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(&api)))
    }

    /// The checkout's directory (`GITHUB_WORKSPACE`).
    ///
    /// # Errors
    /// Missing.
    pub fn workspace(&self) -> Result<PathBuf, Failure> {
        self.path("GITHUB_WORKSPACE")
    }

    /// A directory emptied after the job (`RUNNER_TEMP`, else the system's).
    pub fn temp_dir(&self) -> PathBuf {
        self.env.get_os("RUNNER_TEMP").map_or_else(std::env::temp_dir, PathBuf::from)
    }

    /// The repository's default branch, from the payload.
    ///
    /// # Errors
    /// The payload is missing or does not name it.
    pub fn default_branch(&self) -> Result<&str, Failure> {
        self.payload()?.text("/repository/default_branch")
    }

    /// The event's payload (`GITHUB_EVENT_PATH`), read once.
    ///
    /// # Errors
    /// The variable is missing, or its file cannot be read or is not JSON.
    pub fn payload(&self) -> Result<&Payload, Failure> {
        if let Some(payload) = self.payload.get() {
            return Ok(payload);
        }
        let path = self.path("GITHUB_EVENT_PATH")?;
        let text = crate::files::read_text(&path, PAYLOAD_LIMIT)
            .map_err(|failure| failure.while_doing("the event's payload (`GITHUB_EVENT_PATH`)"))?;
        let payload = Payload::parse(&text).map_err(|error| {
            Failure::input("the event's payload (`GITHUB_EVENT_PATH`) is not valid JSON")
                .at(Location::line(path.display().to_string(), error.line()))
                .caused_by(error)
        })?;
        Ok(self.payload.get_or_init(|| payload))
    }

    fn path(&self, name: &str) -> Result<PathBuf, Failure> {
        match self.env.get_os(name) {
            Some(path) => Ok(PathBuf::from(path)),
            None => self.env.require(name).map(PathBuf::from),
        }
    }

    fn url(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(url) = self.env.read(name)? else { return Ok(None) };
        let url = url.trim().trim_end_matches('/');
        let has_host = ["https://", "http://"]
            .iter()
            .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if has_host && !url.contains(char::is_whitespace) {
            Ok(Some(url.to_owned()))
        } else {
            Err(Failure::input(format!(
                "`{name}` holds `{url}`, which is not an http or https URL"
            )))
        }
    }

    fn parse<T: FromStr>(&self, name: &str) -> Result<T, Failure> {
        let text = self.env.require(name)?;
        text.trim().parse().map_err(|_| {
            let wanted =
                if name == "GITHUB_REPOSITORY" { "of the form `owner/name`" } else { "a number" };
            Failure::input(format!("`{name}` holds `{text}`, which is not {wanted}"))
        })
    }
}

/// The API of GitHub's own clouds: `api.` before the host.
fn cloud_api(server: &str) -> Option<String> {
    let host = server.strip_prefix("https://")?;
    let is_cloud =
        host == "github.com" || host.strip_suffix(".ghe.com").is_some_and(|t| !t.is_empty());
    is_cloud.then(|| format!("https://api.{host}"))
}

/// The event's payload. Everything in it is data from outside.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    root: Value,
}

impl Payload {
    /// Reads the JSON of an event.
    ///
    /// # Errors
    /// Not JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map(|root| Self { root })
    }

    /// The value at a JSON pointer such as `/pull_request/number`; `None` when missing or null.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer).filter(|value| !value.is_null())
    }

    /// The text at a pointer.
    ///
    /// # Errors
    /// Missing, null or not a text; names the pointer.
    pub fn text(&self, pointer: &str) -> Result<&str, Failure> {
        self.typed(pointer, "a text", Value::as_str)
    }

    /// The number at a pointer.
    ///
    /// # Errors
    /// Missing, null or not a whole number; names the pointer.
    pub fn number(&self, pointer: &str) -> Result<u64, Failure> {
        self.typed(pointer, "a whole number", Value::as_u64)
    }

    /// The boolean at a pointer.
    ///
    /// # Errors
    /// Missing, null or not a boolean; names the pointer.
    pub fn flag(&self, pointer: &str) -> Result<bool, Failure> {
        self.typed(pointer, "a boolean", Value::as_bool)
    }

    /// The list at a pointer.
    ///
    /// # Errors
    /// Missing, null or not a list; names the pointer.
    pub fn list(&self, pointer: &str) -> Result<&[Value], Failure> {
        self.typed(pointer, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    fn typed<'a, T>(
        &'a self,
        pointer: &str,
        wanted: &str,
        take: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let value = self
            .get(pointer)
            .ok_or_else(|| Failure::input(format!("the event's payload has no `{pointer}`")))?;
        take(value).ok_or_else(|| {
            Failure::input(format!("`{pointer}` in the event's payload is not {wanted}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::new(&Environment::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn what_is_missing_is_named() {
        let nothing = context(&[]);
        for (failure, name) in [
            (nothing.repository().unwrap_err(), "GITHUB_REPOSITORY"),
            (nothing.full_ref().unwrap_err(), "GITHUB_REF"),
            (nothing.ref_name().unwrap_err(), "GITHUB_REF"),
            (nothing.sha().unwrap_err(), "GITHUB_SHA"),
            (nothing.event_name().unwrap_err(), "GITHUB_EVENT_NAME"),
            (nothing.actor().unwrap_err(), "GITHUB_ACTOR"),
            (nothing.run_id().unwrap_err(), "GITHUB_RUN_ID"),
            (nothing.workspace().unwrap_err(), "GITHUB_WORKSPACE"),
            (nothing.default_branch().unwrap_err(), "GITHUB_EVENT_PATH"),
        ] {
            assert!(failure.to_string().contains(&format!("`{name}`")), "{failure}");
            assert_eq!(failure.kind(), launchway_base::Kind::Input);
        }
    }

    #[test]
    fn what_is_wrong_is_named_too() {
        let wrong = context(&[
            ("GITHUB_REPOSITORY", "a/b/c"),
            ("GITHUB_RUN_ID", "x"),
            ("GITHUB_SHA", "HEAD"),
            ("GITHUB_API_URL", "file:///etc/passwd"),
        ]);
        assert!(wrong.repository().unwrap_err().to_string().contains("`a/b/c`"));
        assert!(wrong.run_id().unwrap_err().to_string().contains("not a number"));
        assert!(wrong.sha().unwrap_err().to_string().contains("`HEAD`"));
        assert!(wrong.api_url().unwrap_err().to_string().contains("`GITHUB_API_URL`"));
    }

    #[test]
    fn urls_follow_the_server() {
        for (server, api, graphql) in [
            ("https://github.com/", "https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://acme.ghe.com",
                "https://api.acme.ghe.com",
                "https://api.acme.ghe.com/graphql",
            ),
            (
                "https://git.acme.test",
                "https://git.acme.test/api/v3",
                "https://git.acme.test/api/graphql",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/api/v3",
                "http://127.0.0.1:8080/api/graphql",
            ),
        ] {
            let context = context(&[("GITHUB_SERVER_URL", server)]);
            assert_eq!(context.api_url().unwrap(), api);
            assert_eq!(context.graphql_url().unwrap(), graphql);
        }
        let given = context(&[("GITHUB_API_URL", "http://127.0.0.1:9/")]);
        assert_eq!(given.api_url().unwrap(), "http://127.0.0.1:9");
        assert_eq!(given.graphql_url().unwrap(), "http://127.0.0.1:9/graphql");
    }

    #[test]
    fn refs_are_read_from_either_variable() {
        let full = context(&[("GITHUB_REF", "refs/heads/feature/x")]);
        assert_eq!(full.branch().unwrap(), "feature/x");
        let tag = context(&[("GITHUB_REF", "refs/tags/v1"), ("GITHUB_REF_TYPE", "tag")]);
        assert_eq!(tag.ref_type().unwrap(), RefType::Tag);
        assert!(tag.branch().unwrap_err().to_string().contains("`v1`"));
    }

    #[test]
    fn the_payload_is_typed() {
        let payload =
            Payload::parse("\u{feff}{\"a\":{\"n\":7,\"t\":\"x\",\"z\":null},\"l\":[1]}").unwrap();
        assert_eq!(payload.number("/a/n").unwrap(), 7);
        assert_eq!(payload.text("/a/t").unwrap(), "x");
        assert_eq!(payload.list("/l").unwrap().len(), 1);
        assert!(payload.text("/a/z").unwrap_err().to_string().contains("no `/a/z`"));
        assert!(payload.flag("/a/t").unwrap_err().to_string().contains("not a boolean"));
    }

    #[test]
    fn a_payload_that_is_not_json_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("event.json");
        std::fs::write(&path, "{").unwrap();
        let context = context(&[("GITHUB_EVENT_PATH", path.to_str().unwrap())]);
        assert!(context.payload().unwrap_err().to_string().contains("not valid JSON"));
    }
}

//! Who logs in where, and how.

mod challenge;
mod config;
mod helper;
mod realm;
mod session;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use launchway_base::{Deadline, Secret, redact};

use self::config::Config;
use crate::{RegistryError, Repository};

pub(crate) use self::challenge::Challenge;
pub(crate) use self::realm::Trust;
pub(crate) use self::session::{Authorization, Scope, Session};

/// A login for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A name and a password or access token.
    Password {
        /// The name.
        username: String,
        /// The password or access token.
        password: Secret,
    },
    /// A token that is exchanged for others (`identitytoken`).
    Identity(Secret),
    /// A token that is sent as it is (`registrytoken`).
    Bearer(Secret),
}

/// A login and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) login: Login,
    /// For messages, as in `acme-bot (of ~/.docker/config.json)`.
    pub(crate) whose: String,
}

/// Where logins come from: what was given, then the configuration of the container tools.
///
/// Read, the first that knows the registry wins: `REGISTRY_AUTH_FILE` (a file), `DOCKER_AUTH_CONFIG`
/// (the text of one), `config.json` in `DOCKER_CONFIG` or `~/.docker`, and `containers/auth.json` in
/// `XDG_RUNTIME_DIR` and `XDG_CONFIG_HOME` or `~/.config`. In each file a credential helper
/// (`credHelpers`, then `credsStore`) comes before the login in the file itself. Where no file knows
/// `ghcr.io` and the job runs on github.com, `GITHUB_TOKEN` with `GITHUB_ACTOR` is used for it: it
/// is a token of that site. There is no variable for other registries, since it would have to go to
/// every registry that asks.
///
/// A login goes to the registry it is for, and to a token server of the same site. Another token
/// server is refused unless `LAUNCHWAY_TRUSTED_REALMS` (hosts, separated by commas) names it.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    given: Vec<(String, Login)>,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sources: Vec<Source>,
    files: OnceLock<Result<Vec<Config>, RegistryError>>,
    /// What helpers said, by name and server: a helper is asked once.
    helped: Mutex<HashMap<(String, String), Option<Login>>>,
    github: Option<(String, Secret)>,
    trusted: Vec<String>,
}

enum Source {
    File(PathBuf),
    /// The variable and its text. The text is no `Secret`: that would make one of each of its
    /// lines.
    Text(&'static str, String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Text(name, _) => f.debug_tuple("Text").field(name).finish_non_exhaustive(),
        }
    }
}

impl Logins {
    /// None: everything is asked for anonymously.
    pub fn none() -> Self {
        Self::default()
    }

    /// A login for a registry (`host` or `host:port`, `docker.io` for Docker Hub), before all
    /// others.
    #[must_use]
    pub fn with(mut self, registry: &str, login: Login) -> Self {
        self.given.push((registry.to_ascii_lowercase(), login));
        self
    }

    /// Those of this environment, read through `get`, which gives a variable's value. Files are
    /// read and helpers started only when a registry asks for a login.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let home = get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let in_home = |folder: &str| home.as_ref().map(|home| home.join(folder));
        let file = |folder: Option<PathBuf>, name: &str| {
            folder.map(|folder| Source::File(folder.join(name)))
        };
        let folder = |name: &str| get(name).map(PathBuf::from);
        let sources = [
            folder("REGISTRY_AUTH_FILE").map(Source::File),
            get("DOCKER_AUTH_CONFIG").map(|text| Source::Text("DOCKER_AUTH_CONFIG", text)),
            file(folder("DOCKER_CONFIG").or_else(|| in_home(".docker")), "config.json"),
            file(folder("XDG_RUNTIME_DIR"), "containers/auth.json"),
            file(folder("XDG_CONFIG_HOME").or_else(|| in_home(".config")), "containers/auth.json"),
        ];
        let server = get("GITHUB_SERVER_URL");
        let dotcom = server.is_none_or(|url| url.trim_end_matches('/') == "https://github.com");
        let github = get("GITHUB_TOKEN").filter(|_| dotcom).map(|token| {
            (get("GITHUB_ACTOR").unwrap_or_else(|| "github".to_owned()), Secret::new(token))
        });
        let trusted = get("LAUNCHWAY_TRUSTED_REALMS").unwrap_or_default();
        let trusted = trusted.split([',', ' ', '\n']).map(|host| host.trim().to_ascii_lowercase());
        Self {
            given: Vec::new(),
            inner: Arc::new(Inner {
                sources: sources.into_iter().flatten().collect(),
                github,
                trusted: trusted.filter(|host| !host.is_empty()).collect(),
                ..Inner::default()
            }),
        }
    }

    pub(crate) fn trusted(&self) -> &[String] {
        &self.inner.trusted
    }

    /// The login for a repository; may read files and wait for a helper.
    pub(crate) fn find(
        &self,
        repository: &Repository,
        deadline: Deadline,
    ) -> Result<Option<Found>, RegistryError> {
        let registry = repository.registry();
        let given = self.given.iter().rev().find(|(host, _)| host == registry);
        if let Some((_, login)) = given {
            return Ok(Some(found(login.clone(), None)));
        }
        for config in self.files()? {
            let ask = |name| self.ask_helper(name, repository, deadline);
            let helped = config.helper(repository).map(ask);
            let failed = match helped {
                Some(Ok(Some(found))) => return Ok(Some(found)),
                Some(Err(error)) => Some(error),
                Some(Ok(None)) | None => None,
            };
            if let Some(login) = config.inline(repository)? {
                return Ok(Some(found(login, Some(config.place()))));
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(match &self.inner.github {
            Some((actor, token)) if registry == "ghcr.io" => {
                let (username, password) = (actor.clone(), token.clone());
                Some(found(Login::Password { username, password }, Some("GITHUB_TOKEN")))
            }
            _ => None,
        })
    }

    fn files(&self) -> Result<&[Config], RegistryError> {
        let read = || self.inner.sources.iter().filter_map(|source| source.read().transpose());
        let files = self.inner.files.get_or_init(|| read().collect());
        files.as_deref().map_err(Clone::clone)
    }

    fn ask_helper(
        &self,
        name: &str,
        repository: &Repository,
        deadline: Deadline,
    ) -> Result<Option<Found>, RegistryError> {
        let place = format!("docker-credential-{name}");
        for server in config::helper_keys(repository) {
            let key = (name.to_owned(), server.to_owned());
            let known = self.inner.helped.lock().ok().and_then(|map| map.get(&key).cloned());
            let login = match known {
                Some(login) => login,
                None => {
                    let login = helper::get(name, server, deadline)?;
                    if let Ok(mut map) = self.inner.helped.lock() {
                        map.insert(key, login.clone());
                    }
                    login
                }
            };
            if let Some(login) = login {
                return Ok(Some(found(login, Some(&place))));
            }
        }
        Ok(None)
    }
}

impl Source {
    /// `None` when it is not there.
    fn read(&self) -> Result<Option<Config>, RegistryError> {
        match self {
            Self::Text(name, text) => Config::parse((*name).to_owned(), text).map(Some),
            Self::File(path) => match fs::read_to_string(path) {
                Ok(text) => Config::parse(path.display().to_string(), &text).map(Some),
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    Ok(None)
                }
                Err(error) => Err(RegistryError::Login {
                    place: path.display().to_string(),
                    reason: format!("it cannot be read: {error}"),
                }),
            },
        }
    }
}

fn found(login: Login, place: Option<&str>) -> Found {
    let who = match &login {
        // Some registries take the token as the name, too.
        Login::Password { username, .. } => crate::reference::show(&redact::redact(username)),
        Login::Identity(_) => "an identity token".to_owned(),
        Login::Bearer(_) => "a registry token".to_owned(),
    };
    let whose = place.map_or_else(|| who.clone(), |place| format!("{who} (of {place})"));
    Found { login, whose }
}

#[cfg(test)]
#[path = "logins_tests.rs"]
mod tests;

//! Why a registry did not do it, and what to do.

use std::time::Duration;

use launchway_base::{Fault, Kind, redact, show_duration};
use launchway_http::{HttpError, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::Digest;
use crate::reference::{DOCKER_HUB, ReferenceError};

/// What a registry refused, or what its answer lacks. Texts of the registry are redacted, in one
/// line and cut.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A text that names no image.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// 404: it is not there, or may not be seen.
    #[error("{what} is not there{}", after(.said))]
    NotFound {
        /// The image, repository or blob.
        what: String,
        /// What the registry said.
        said: String,
    },
    /// 401 without a login for this registry.
    #[error("{what}: {registry} wants a login{}", after(.said))]
    Unauthorized {
        /// The image, repository or blob.
        what: String,
        /// The registry, as in `ghcr.io`.
        registry: String,
        /// What the registry said.
        said: String,
    },
    /// 401 or 403 although logged in: the login is wrong or may not do this.
    #[error("{what}: {registry} denies it to {login}{}", after(.said))]
    Denied {
        /// The image, repository or blob.
        what: String,
        /// The registry, as in `ghcr.io`.
        registry: String,
        /// Whose login, and where it is from, as in `acme-bot (of config.json)`.
        login: String,
        /// What the registry said.
        said: String,
    },
    /// The registry's own rule: this tag never moves.
    #[error("{what}: the registry lets nobody move this tag{}", after(.said))]
    Immutable {
        /// The image.
        what: String,
        /// What the registry said.
        said: String,
    },
    /// The content is another one than was asked for or announced.
    #[error("{what}: the registry answers with {found} where {expected} was to be")]
    Mismatch {
        /// The image or blob.
        what: String,
        /// What was asked for or announced.
        expected: Digest,
        /// What the bytes are.
        found: Digest,
    },
    /// More than is read or accepted.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// The image or blob.
        what: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// 429 after the waits that were allowed.
    #[error("{what}: {registry} limits how often it is asked{}{}", in_time(*.wait), after(.said))]
    Limited {
        /// The image, repository or blob.
        what: String,
        /// The registry, as in `ghcr.io`.
        registry: String,
        /// How long it asks to wait.
        wait: Option<Duration>,
        /// What the registry said.
        said: String,
    },
    /// 401 for a login that was renewed since: asking again can help.
    #[error("{what}: {registry} wants a new token")]
    Renewed {
        /// The blob.
        what: String,
        /// The registry, as in `ghcr.io`.
        registry: String,
    },
    /// Another status that is no success.
    #[error("{what}: the registry answered {status}{}", after(.said))]
    Refused {
        /// The image, repository or blob.
        what: String,
        /// The status code.
        status: u16,
        /// What the registry said.
        said: String,
    },
    /// An answer that is not what the protocol says.
    #[error("{what}: {reason}")]
    Unexpected {
        /// The image, repository or blob.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A login would have to go to a host it does not belong to.
    #[error("{registry} sends logins to `{realm}`, which is {reason}")]
    Realm {
        /// The registry, as in `ghcr.io`.
        registry: String,
        /// Scheme and host it names.
        realm: String,
        /// Why it does not get the login.
        reason: &'static str,
    },
    /// A login that cannot be read.
    #[error("{place}: {reason}")]
    Login {
        /// The file, variable or credential helper.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// No usable answer.
    #[error(transparent)]
    Http(#[from] HttpError),
}

pub(crate) fn after(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

fn in_time(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(" and asks to wait {}", show_duration(wait)))
}

impl RegistryError {
    /// Whether the thing is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether it is unknown what the registry did: no answer came after the request had left,
    /// or a gateway answered in the registry's place.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Http(error) => {
                matches!(error, HttpError::Timeout { .. } | HttpError::Interrupted { .. })
            }
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Reads a refusal. `login` says whose login was sent, if any.
    pub(crate) fn answered(
        what: String,
        registry: &str,
        login: Option<&str>,
        response: &Response,
    ) -> Self {
        let status = response.status.as_u16();
        let body = Body::read(&response.body);
        let said = body.said();
        let registry = registry.to_owned();
        if body.immutable(status) {
            return Self::Immutable { what, said };
        }
        // A limit that reads like a denial: no other login helps.
        if status == 403 && said.to_lowercase().contains("rate limit") {
            return Self::Limited { what, registry, wait: response.wait, said };
        }
        match (status, login) {
            (404, _) => Self::NotFound { what, said },
            (401 | 403, None) => Self::Unauthorized { what, registry, said },
            (401 | 403, Some(login)) => {
                Self::Denied { what, registry, login: login.to_owned(), said }
            }
            (429, _) => Self::Limited { what, registry, wait: response.wait, said },
            _ => Self::Refused { what, status, said },
        }
    }
}

impl Fault for RegistryError {
    fn kind(&self) -> Kind {
        match self {
            Self::Reference(error) => error.kind(),
            Self::Login { .. } | Self::Realm { .. } => Kind::Input,
            Self::Immutable { .. } => Kind::Rejected,
            Self::Http(error) => error.kind(),
            _ => Kind::Remote,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Reference(error) => return error.hint(),
            Self::NotFound { .. } => {
                "check the name; a registry also says so of what the login may not see".to_owned()
            }
            Self::Unauthorized { registry, .. } => {
                format!("log in first, as with `docker login {registry}` or docker/login-action")
            }
            Self::Denied { registry, .. } => denied(registry),
            Self::Immutable { .. } => {
                "give the build another version, or leave this tag out".to_owned()
            }
            Self::Mismatch { .. } => {
                "a proxy or the registry changed the content; do not use it".to_owned()
            }
            Self::TooLarge { .. } => "check that this is the image you mean".to_owned(),
            Self::Limited { .. } => {
                "run again later; a login often has a higher limit than none".to_owned()
            }
            Self::Refused { status: 500.., .. } => {
                "the registry has trouble; run again later".to_owned()
            }
            Self::Refused { .. } | Self::Unexpected { .. } | Self::Renewed { .. } => return None,
            Self::Realm { realm, .. } => format!(
                "if you trust it with this login, set LAUNCHWAY_TRUSTED_REALMS to `{}`",
                realm.split_once("://").map_or(realm.as_str(), |(_, host)| host)
            ),
            Self::Login { .. } => {
                "log in again, or correct the configuration of the container tools".to_owned()
            }
            Self::Http(error) => return error.hint(),
        })
    }
}

fn denied(registry: &str) -> String {
    if registry == "ghcr.io" {
        "the token needs `packages: write` (to read: `packages: read`), and the package must give this repository access"
            .to_owned()
    } else if registry.contains(".dkr.ecr.") {
        "the role needs `ecr:PutImage` and its companions, and the repository must exist".to_owned()
    } else if registry.ends_with(".pkg.dev") {
        "the account needs the role `artifactregistry.writer`".to_owned()
    } else if registry == DOCKER_HUB {
        "the access token needs `Read & Write`, and its account access to the repository".to_owned()
    } else {
        format!("log in to {registry} with an account that may do this")
    }
}

/// How much of a registry's words an error shows, in characters.
const EXCERPT: usize = 300;

/// The body of a refusal: `{"errors": [{"code", "message", "detail"}]}`, or any text.
struct Body {
    errors: Vec<Said>,
    text: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    code: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    detail: Value,
}

impl Body {
    fn read(bytes: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Errors {
            errors: Vec<Said>,
        }
        match serde_json::from_slice::<Errors>(bytes) {
            Ok(Errors { errors }) if !errors.is_empty() => Self { errors, text: String::new() },
            _ => Self { errors: Vec::new(), text: excerpt(&String::from_utf8_lossy(bytes)) },
        }
    }

    fn said(&self) -> String {
        if self.errors.is_empty() {
            return self.text.clone();
        }
        let words = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let lines = self.errors.iter().take(5).map(|error| {
            let parts = [words(&error.code), words(&error.message), words(&error.detail)];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        });
        excerpt(&lines.collect::<Vec<_>>().join("; "))
    }

    /// Amazon has a code of its own, Docker Hub and Google only words.
    fn immutable(&self, status: u16) -> bool {
        let said = self.said().to_lowercase();
        said.contains("imagetagalreadyexists")
            || said.contains("tag_immutable")
            || (matches!(status, 400 | 403 | 405 | 409 | 412)
                && said.contains("immutable")
                && said.contains("tag"))
    }
}

fn excerpt(text: &str) -> String {
    // A page of a proxy says nothing a person can use.
    if text.trim_start().starts_with('<') {
        return String::new();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = redact::redact(&line);
    let mut shown: String = line.chars().filter(|c| !c.is_control()).take(EXCERPT).collect();
    if line.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        Body::read(text.as_bytes()).said()
    }

    #[test]
    fn a_registrys_words_are_cut_and_redacted() {
        let _secret = launchway_base::Secret::new("hunter-of-registries");
        assert_eq!(
            said(
                r#"{"errors":[{"code":"DENIED","message":"no hunter-of-registries","detail":{"a":1}}]}"#
            ),
            r#"DENIED: no ***: {"a":1}"#
        );
        assert_eq!(said("toomanyrequests:\n retry"), "toomanyrequests: retry");
        assert_eq!(said("<html><body>502"), "");
        assert_eq!(said(r#"{"errors":[]}"#), r#"{"errors":[]}"#);
        assert_eq!(said(&"x".repeat(5000)).chars().count(), EXCERPT + 1);
        assert!(!said("a\u{1b}[31mb").contains('\u{1b}'));
    }

    #[test]
    fn a_tag_that_never_moves_is_told_from_a_denial() {
        for (status, body, immutable) in [
            (
                400,
                r#"{"errors":[{"code":"TAG_INVALID","message":"The image tag '1' already exists in the 'x' repository and cannot be overwritten because the tag is immutable."}]}"#,
                true,
            ),
            (400, r#"{"errors":[{"code":"ImageTagAlreadyExistsException"}]}"#, true),
            (403, r#"{"errors":[{"code":"DENIED","message":"tag is immutable"}]}"#, true),
            (403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#, false),
            (200, "the tag is immutable", false),
        ] {
            assert_eq!(Body::read(body.as_bytes()).immutable(status), immutable, "{body}");
        }
    }
}

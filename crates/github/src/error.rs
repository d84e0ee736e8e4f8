//! Why GitHub did not do it, and what to do.

use std::time::Duration;

use launchway_base::{Fault, Kind, redact, show_duration};
use launchway_http::{HttpError, Response};
use serde::Deserialize;
use serde_json::Value;

/// A request GitHub refused, or that brought no usable answer. Its [`Refusal`] is reached by its
/// fields' names, as in `error.kind`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.text())]
pub struct ApiError(Box<Refusal>);

impl std::ops::Deref for ApiError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

/// What is known of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code, `None` when there was no answer.
    pub status: Option<u16>,
    /// What GitHub said, or what went wrong.
    pub message: String,
    /// The page GitHub points to.
    pub documentation_url: Option<String>,
    /// Method and path of the request, as in `POST /repos/o/n/pulls`.
    pub request: String,
    /// What it means.
    pub kind: ErrorKind,
}

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 401: the token is invalid or expired.
    Unauthorized,
    /// 403: the token may not do this.
    Forbidden {
        /// The permissions that would do, as in `contents=write`, when GitHub says so.
        needs: Option<String>,
        /// Whether a GitHub Actions token was refused for what no such token may do.
        integration: bool,
    },
    /// 403 or 429: a rate limit, after the waits that were allowed.
    RateLimited {
        /// How long GitHub asks to wait.
        wait: Option<Duration>,
    },
    /// 404 or GraphQL `NOT_FOUND`.
    NotFound,
    /// 409: it changed in between, or the repository is empty.
    Conflict,
    /// 422: the thing is there already.
    AlreadyExists,
    /// 422 for a ref: not a fast forward, or the branch moved (`expectedHeadOid`).
    Moved,
    /// 422: GitHub finds fault with the values.
    Invalid {
        /// The fields it names.
        fields: Vec<FieldError>,
    },
    /// 5xx: GitHub has trouble.
    Server,
    /// Another status that is no success.
    Other,
    /// A query that asks for more than GitHub does in one request.
    TooMuch,
    /// GraphQL errors of another type.
    GraphQl,
    /// No answer at all.
    Transport(HttpError),
    /// An answer of another shape than documented.
    Unexpected,
    /// Something that cannot be asked, such as an address of the API that is no URL.
    Input,
}

/// One fault GitHub finds with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The resource, as in `Release`.
    pub resource: String,
    /// The field, as in `tag_name`; empty when none is named.
    pub field: String,
    /// The code, as in `already_exists`, `missing_field`, `custom`.
    pub code: String,
    /// What is said in words.
    pub message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    message: Option<String>,
    documentation_url: Option<String>,
    errors: Value,
}

impl ApiError {
    pub(crate) fn new(request: &str, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Refusal {
            status: None,
            message: message.into(),
            documentation_url: None,
            request: request.to_owned(),
            kind,
        }))
    }

    pub(crate) fn transport(request: &str, error: HttpError) -> Self {
        let message = error.to_string();
        let kind = match error {
            HttpError::Url { .. } | HttpError::Invalid { .. } => ErrorKind::Input,
            error => ErrorKind::Transport(error),
        };
        Self::new(request, kind, message)
    }

    pub(crate) fn unexpected(request: &str, reason: impl Into<String>) -> Self {
        Self::new(request, ErrorKind::Unexpected, reason)
    }

    /// Reads a refusal.
    pub(crate) fn answered(request: &str, response: &Response) -> Self {
        let status = response.status.as_u16();
        let body: Body = serde_json::from_slice(&response.body).unwrap_or_default();
        let fields = fields(&body.errors);
        let said = body.message.clone().unwrap_or_else(|| {
            response.status.canonical_reason().unwrap_or("no message").to_owned()
        });
        let kind = match status {
            401 => ErrorKind::Unauthorized,
            403 | 429 if limited(status, &said, response) => {
                ErrorKind::RateLimited { wait: response.wait }
            }
            403 => ErrorKind::Forbidden {
                needs: response
                    .header("x-accepted-github-permissions")
                    .map(str::trim)
                    .filter(|needs| !needs.is_empty())
                    .map(str::to_owned),
                integration: said.contains("not accessible by integration"),
            },
            404 | 410 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            422 => unprocessable(&said, fields),
            500..=599 => ErrorKind::Server,
            _ => ErrorKind::Other,
        };
        Self(Box::new(Refusal {
            status: Some(status),
            message: redact::redact(&said).into_owned(),
            documentation_url: body.documentation_url,
            request: request.to_owned(),
            kind,
        }))
    }
}

impl ApiError {
    /// With the permissions that are needed, where GitHub refused without naming them.
    pub(crate) fn wanting(mut self, permissions: &str) -> Self {
        let lacking = self.message.contains("not accessible by");
        if let ErrorKind::Forbidden { needs: needs @ None, .. } = &mut self.0.kind
            && lacking
        {
            *needs = Some(permissions.to_owned());
        }
        self
    }
}

impl Refusal {
    /// Whether the thing is not there (or not to be seen with this token).
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Whether the thing is there already.
    pub fn is_already_there(&self) -> bool {
        self.kind == ErrorKind::AlreadyExists
    }

    /// Whether the ref is no longer where the caller saw it.
    pub fn is_moved(&self) -> bool {
        self.kind == ErrorKind::Moved
    }

    /// Whether the token may not do it.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind, ErrorKind::Forbidden { .. })
    }

    fn text(&self) -> String {
        match &self.kind {
            // Its own text names the request.
            ErrorKind::Transport(error) => return error.to_string(),
            ErrorKind::Input => return self.message.clone(),
            _ => {}
        }
        let status = self.status.map_or_else(String::new, |status| format!(" ({status})"));
        let mut text = match &self.kind {
            ErrorKind::Unexpected => {
                format!("{}: GitHub's answer cannot be read: {}", self.request, self.message)
            }
            _ => format!("{}: GitHub says{status}: {}", self.request, self.message),
        };
        if let ErrorKind::Invalid { fields } = &self.kind {
            for field in fields {
                text.push_str("; ");
                text.push_str(&field.to_string());
            }
        }
        text
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.field.is_empty() {
            write!(f, "`{}` ", self.field)?;
        }
        f.write_str(if self.message.is_empty() { &self.code } else { &self.message })
    }
}

impl Fault for ApiError {
    fn kind(&self) -> Kind {
        match &self.kind {
            ErrorKind::Input => Kind::Input,
            ErrorKind::Transport(error) => error.kind(),
            _ => Kind::Remote,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match &self.kind {
            ErrorKind::Unauthorized => {
                "the token is invalid or expired; check the `github-token` input, or make a new token".to_owned()
            }
            ErrorKind::Forbidden { .. } if self.message.contains("create or approve pull requests") => {
                "turn on \"Allow GitHub Actions to create and approve pull requests\" in the Actions settings of the repository or organisation, or use the token of a GitHub App"
                    .to_owned()
            }
            ErrorKind::Forbidden { needs: Some(needs), .. } => format!(
                "the token lacks a permission: grant {}, in a workflow under `permissions:`",
                permissions(needs)
            ),
            ErrorKind::Forbidden { integration: true, .. } => {
                "the token of the workflow may not do this; grant the permission under `permissions:` in the workflow, or use the token of a GitHub App that has it"
                    .to_owned()
            }
            ErrorKind::Forbidden { .. } if self.message.contains("SAML") => {
                "the organisation wants single sign-on: authorize the token for it (\"Configure SSO\" beside the token in the settings of its owner), or use the token of the workflow or of a GitHub App"
                    .to_owned()
            }
            ErrorKind::Forbidden { .. } if self.message.contains("scopes") => {
                "the token lacks one of the scopes GitHub names; add it in the settings of the token's owner, or use the token of the workflow"
                    .to_owned()
            }
            ErrorKind::TooMuch => {
                "GitHub did not manage this in one request; run again later, or ask for a shorter range".to_owned()
            }
            ErrorKind::Forbidden { .. } => {
                "the token may not do this; check its permissions and the rules of the repository".to_owned()
            }
            ErrorKind::RateLimited { wait: Some(wait) } => {
                format!("GitHub asks to wait {}; run again after that", show_duration(*wait))
            }
            ErrorKind::RateLimited { wait: None } => "a rate limit of GitHub was hit; run again later".to_owned(),
            ErrorKind::NotFound => {
                "check the name, and that the token may see the repository: GitHub answers 404 for what a token may not see".to_owned()
            }
            ErrorKind::Conflict | ErrorKind::Moved => "something changed in between; run again".to_owned(),
            ErrorKind::Server => "GitHub has trouble; see its status page and run again".to_owned(),
            ErrorKind::Transport(error) => return error.hint(),
            ErrorKind::Unexpected => {
                "check that the API address is GitHub's and that no proxy answers in its place".to_owned()
            }
            ErrorKind::Input => "check GITHUB_API_URL, GITHUB_GRAPHQL_URL and the token".to_owned(),
            ErrorKind::AlreadyExists => "it is there already; look at it before running again".to_owned(),
            ErrorKind::Invalid { .. } | ErrorKind::Other | ErrorKind::GraphQl => {
                return self.documentation_url.as_ref().map(|url| format!("see {url}"));
            }
        })
    }
}

/// `contents=write; pull_requests=write` as people write it: alternatives joined by "or".
fn permissions(needs: &str) -> String {
    let ways = needs.split(';').map(str::trim).filter(|way| !way.is_empty()).map(|way| {
        let parts = way.split(',').map(str::trim).map(|part| match part.split_once('=') {
            Some((name, level)) => format!("`{}: {level}`", name.replace('_', "-")),
            None => format!("`{part}`"),
        });
        parts.collect::<Vec<_>>().join(" and ")
    });
    ways.collect::<Vec<_>>().join(" or ")
}

fn limited(status: u16, said: &str, response: &Response) -> bool {
    status == 429
        || response.wait.is_some()
        || said.to_lowercase().contains("rate limit")
        || response.header("x-ratelimit-remaining") == Some("0")
}

fn fields(errors: &Value) -> Vec<FieldError> {
    let text = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let one = |value: &Value| match value {
        Value::String(message) => FieldError {
            resource: String::new(),
            field: String::new(),
            code: "custom".to_owned(),
            message: redact::redact(message).into_owned(),
        },
        value => FieldError {
            resource: text(value, "resource"),
            field: text(value, "field"),
            code: text(value, "code"),
            message: redact::redact(&text(value, "message")).into_owned(),
        },
    };
    match errors {
        Value::Array(list) => list.iter().map(one).collect(),
        Value::Null => Vec::new(),
        other => vec![one(other)],
    }
}

fn unprocessable(said: &str, fields: Vec<FieldError>) -> ErrorKind {
    let there = |text: &str| text.to_lowercase().contains("already exists");
    if there(said)
        || fields.iter().any(|field| field.code == "already_exists" || there(&field.message))
    {
        ErrorKind::AlreadyExists
    } else if said.contains("not a fast forward") {
        ErrorKind::Moved
    } else if said.contains("Reference does not exist") {
        ErrorKind::NotFound
    } else {
        ErrorKind::Invalid { fields }
    }
}

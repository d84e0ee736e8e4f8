//! Trusted publishing: an identity token of the job for a short-lived token of the registry.

use std::time::{Duration, Instant};

use launchway_base::{Secret, redact::redact};
use launchway_http::{Client, HttpError, Method, Request, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::run::Runner;

/// Where tokens are made and given back, below the address of the registry's API.
const TOKENS: &str = "/api/v1/trusted_publishing/tokens";
/// Such a token holds for half an hour; it is made anew before that.
const FRESH: Duration = Duration::from_mins(20);

/// A token that was made for this run.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) token: Secret,
    api: String,
    since: Instant,
}

/// Leave to ask the runner for identity tokens.
#[derive(Clone, Debug)]
pub(super) struct Leave {
    url: String,
    token: Secret,
}

#[derive(Deserialize)]
struct Identity {
    value: String,
}

impl Leave {
    /// What the job was given, if it was.
    pub(super) fn of(runner: &Runner) -> Option<Self> {
        let set = |name: &str| runner.var(name).filter(|value| !value.is_empty());
        Some(Self {
            url: set("ACTIONS_ID_TOKEN_REQUEST_URL")?.to_owned(),
            token: Secret::new(set("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?),
        })
    }

    /// Proves to the registry which workflow this is, and gets a token for it. An error is what to
    /// tell people.
    pub(super) async fn exchange(&self, client: &Client, api: &str) -> Result<Made, String> {
        let broken = |error: HttpError| error.to_string();
        let audience = api.split_once("://").map_or(api, |(_, rest)| rest).trim_end_matches('/');
        let mut url = Url::parse(&self.url)
            .map_err(|_| "`ACTIONS_ID_TOKEN_REQUEST_URL` is no address".to_owned())?;
        url.query_pairs_mut().append_pair("audience", audience);
        let request =
            Request::get(url.as_str()).and_then(|r| r.with_bearer(&self.token)).map_err(broken)?;
        let answer = client.send(&request).await.and_then(launchway_http::Response::success);
        let identity: Identity = answer
            .and_then(|answer| answer.json())
            .map_err(|error| format!("the runner gives no identity token: {error}"))?;
        let identity = Secret::new(identity.value);
        let request = Request::post(&format!("{api}{TOKENS}"))
            .and_then(|r| r.with_json(&json!({ "jwt": identity.expose() })))
            .map_err(broken)?;
        let answer = client.send(&request).await.map_err(broken)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = body.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
        match token {
            Some(token) if answer.status.is_success() => {
                Ok(Made { token: Secret::new(token), api: api.to_owned(), since: Instant::now() })
            }
            _ => {
                let detail = body.pointer("/errors/0/detail").and_then(Value::as_str);
                let why = detail.map_or_else(|| "no token in its answer".to_owned(), str::to_owned);
                Err(format!(
                    "the registry at {audience} gives no token for this workflow (status {}): {}",
                    answer.status.as_u16(),
                    redact(&why)
                ))
            }
        }
    }
}

impl Made {
    pub(super) fn is_fresh(&self) -> bool {
        self.since.elapsed() < FRESH
    }

    /// Gives the token back. It ends by itself, too, so a registry that does not answer is no failure.
    pub(super) async fn give_back(&self, client: &Client) {
        let request = Request::new(Method::DELETE, &format!("{}{TOKENS}", self.api))
            .and_then(|request| request.with_bearer(&self.token));
        let Ok(request) = request else { return };
        if let Err(error) = client.send(&request).await.and_then(launchway_http::Response::success)
        {
            tracing::debug!("the token made for publishing could not be given back: {error}");
        }
    }
}

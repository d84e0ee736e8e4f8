//! Tokens and what they may do.

use std::collections::BTreeMap;

use serde_json::json;

use super::route::{Call, Failed, Reply};
use super::state::State;

/// Whose token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The `GITHUB_TOKEN` of a workflow run, acting as `github-actions[bot]`.
    Actions,
    /// An installation token of a GitHub App, acting as `launchway-test[bot]`.
    App,
    /// A person's token, acting as `octocat`.
    Personal,
}

/// Every permission a release needs, as `(name, level)`.
pub const FULL: &[(&str, &str)] = &[
    ("actions", "write"),
    ("checks", "write"),
    ("contents", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "write"),
    ("workflows", "write"),
];

/// A registered token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) login: String,
    pub(crate) permissions: BTreeMap<String, String>,
}

impl Token {
    pub(crate) fn new(kind: TokenKind, permissions: &[(&str, &str)]) -> Self {
        let login = match kind {
            TokenKind::Actions => "github-actions[bot]",
            TokenKind::App => "launchway-test[bot]",
            TokenKind::Personal => "octocat",
        };
        Self {
            kind,
            login: login.to_owned(),
            permissions: permissions.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        }
    }

    /// Whether GitHub signs commits made with it through REST.
    pub(crate) fn signs(&self) -> bool {
        self.kind != TokenKind::Personal
    }

    pub(crate) fn may(&self, permission: &str, level: &str) -> bool {
        if permission == "metadata" {
            return true;
        }
        if permission == "workflows" && self.kind == TokenKind::Actions {
            return false;
        }
        match self.permissions.get(permission).map(String::as_str) {
            Some("write" | "admin") => true,
            Some("read") => level == "read",
            _ => false,
        }
    }
}

/// Who asks: 401 without a known token.
pub(crate) fn identify(state: &State, call: &Call) -> Result<Token, Failed> {
    let Some(header) = call.header("authorization") else {
        return Err(Failed::new(401, "Requires authentication"));
    };
    let token = header.split_once(' ').map_or(header, |(_, token)| token.trim());
    state.tokens.get(token).cloned().ok_or_else(|| Failed::new(401, "Bad credentials"))
}

/// 403 as GitHub words it when the token lacks a permission.
pub(crate) fn demand(token: &Token, permission: &str, level: &str) -> Result<(), Failed> {
    if token.may(permission, level) {
        return Ok(());
    }
    Err(refusal(token)
        .with_header("x-accepted-github-permissions", &format!("{permission}={level}")))
}

/// Either of two permissions will do, as for comments and labels of a pull request.
pub(crate) fn demand_either(token: &Token, names: [&str; 2], level: &str) -> Result<(), Failed> {
    if names.iter().any(|name| token.may(name, level)) {
        return Ok(());
    }
    let accepted = names.map(|name| format!("{name}={level}")).join("; ");
    Err(refusal(token).with_header("x-accepted-github-permissions", &accepted))
}

fn refusal(token: &Token) -> Failed {
    Failed::new(
        403,
        match token.kind {
            TokenKind::Personal => "Resource not accessible by personal access token",
            TokenKind::Actions | TokenKind::App => "Resource not accessible by integration",
        },
    )
}

/// `GET /user`.
pub(crate) fn user(state: &State, token: &Token) -> Result<Reply, Failed> {
    if token.kind != TokenKind::Personal {
        return Err(refusal(token));
    }
    let mut user = super::shapes::user(state, &token.login);
    let extra = json!({
        "name": "Octo Cat", "company": null, "blog": "", "location": null,
        "email": "octocat@example.com", "hireable": null, "bio": null,
        "public_repos": 1, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2011-01-25T18:44:36Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    for (key, value) in extra.as_object().expect("an object") {
        user[key] = value.clone();
    }
    Ok(Reply::ok(user))
}

/// `GET /rate_limit`.
pub(crate) fn rate_limit(state: &State) -> Reply {
    let limit = json!({
        "limit": 5000, "remaining": 4999, "used": 1, "reset": state.seconds + 3600,
    });
    Reply::ok(json!({
        "resources": { "core": limit, "search": limit, "graphql": limit },
        "rate": limit,
    }))
}

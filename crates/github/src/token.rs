//! What kind of token it is, and whose.

use http::Method;
use serde::Deserialize;

use crate::{ApiError, GitHub, documents};

/// What kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// No token.
    None,
    /// `GITHUB_TOKEN` of a workflow: pull requests made with it wait for approval of their checks,
    /// tags made with it start no workflow.
    Actions,
    /// An installation of another GitHub App.
    App,
    /// Of a person: `ghp_…`, `github_pat_…`, `gho_…`, `ghu_…`.
    Personal,
    /// Not to be told.
    Unknown,
}

impl TokenKind {
    /// Whether GitHub signs commits and tags made through the REST API with such a token when no
    /// author is given. For all others only `createCommitOnBranch` signs.
    pub fn signs_git_data(self) -> bool {
        matches!(self, Self::Actions | Self::App)
    }

    /// What the prefix alone says: both kinds of `ghs_` are [`App`](Self::App).
    pub fn of_prefix(token: &str) -> Self {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| token.starts_with(prefix));
        if token.is_empty() {
            Self::None
        } else if starts(&["ghs_"]) {
            Self::App
        } else if starts(&["ghp_", "github_pat_", "gho_", "ghu_"]) {
            Self::Personal
        } else {
            Self::Unknown
        }
    }
}

/// Who acts.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Actor {
    /// The login, as in `github-actions[bot]`.
    pub login: String,
}

/// The account of `GITHUB_TOKEN`.
const ACTIONS: &str = "github-actions[bot]";

impl GitHub {
    /// Who acts with this token, as far as GitHub says; `None` when it does not, which stops
    /// nothing.
    pub async fn actor(&self) -> Option<Actor> {
        #[derive(Deserialize)]
        struct Data {
            viewer: Actor,
        }
        self.token()?;
        match self.query::<Data>(documents::VIEWER, serde_json::json!({})).await {
            Ok(data) => Some(data.viewer),
            Err(error) => {
                tracing::debug!("GitHub does not say whose token it is: {error}");
                None
            }
        }
    }

    /// What kind of token it is: by its prefix, and by asking where that does not decide.
    pub async fn token_kind(&self) -> Result<TokenKind, ApiError> {
        let prefix = TokenKind::of_prefix(self.token().map_or("", |token| token.expose()));
        Ok(match prefix {
            TokenKind::None | TokenKind::Personal => prefix,
            TokenKind::App | TokenKind::Unknown | TokenKind::Actions => match self.actor().await {
                Some(actor) if actor.login == ACTIONS => TokenKind::Actions,
                Some(actor) if actor.login.ends_with("[bot]") => TokenKind::App,
                Some(_) if prefix == TokenKind::Unknown => TokenKind::Personal,
                None if prefix == TokenKind::Unknown => self.probe().await?,
                Some(_) | None => prefix,
            },
        })
    }

    /// Only an installation may list its repositories.
    async fn probe(&self) -> Result<TokenKind, ApiError> {
        let response =
            self.raw(Method::GET, "/installation/repositories?per_page=1", None::<&()>).await?;
        Ok(if response.status.is_success() { TokenKind::App } else { TokenKind::Unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::TokenKind::{self, *};

    #[test]
    fn prefixes_tell_most() {
        for (token, kind) in [
            ("", None),
            ("ghs_abc", App),
            ("ghp_abc", Personal),
            ("github_pat_11A", Personal),
            ("ghu_abc", Personal),
            ("0123456789abcdef0123456789abcdef01234567", Unknown),
        ] {
            assert_eq!(TokenKind::of_prefix(token), kind, "{token}");
        }
        assert!(Actions.signs_git_data() && App.signs_git_data() && !Personal.signs_git_data());
    }
}

//! What an image's labels say of a repository and a commit.

use serde::Deserialize;

use crate::links::segment;
use crate::{ApiError, GitHub, RepoId};

/// A repository as labels show it. What an answer leaves out or leaves open is empty.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Card {
    /// Its own name, without the owner.
    pub name: Option<String>,
    /// What it is, in a line.
    pub description: Option<String>,
    /// The page for people.
    pub html_url: Option<String>,
    /// The default branch.
    pub default_branch: Option<String>,
    /// Its licence.
    pub license: Option<License>,
}

/// A licence as GitHub recognised it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct License {
    /// Its name in the SPDX list, such as `Apache-2.0`.
    pub spdx_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireCommit {
    commit: Inner,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    committer: Option<Dated>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dated {
    date: Option<String>,
}

impl GitHub {
    /// What labels say of the repository.
    pub async fn card(&self, repo: &RepoId) -> Result<Card, ApiError> {
        self.get(&repo.path()).await
    }

    /// When a commit was committed, RFC 3339; `commit` is an id, branch or tag. `None` when it is
    /// not there or says nothing.
    pub async fn commit_date(
        &self,
        repo: &RepoId,
        commit: &str,
    ) -> Result<Option<String>, ApiError> {
        let path = Self::repo_path(repo, &format!("/commits/{}", segment(commit)));
        let found = self.find::<WireCommit>(&path).await?;
        Ok(found.and_then(|found| found.commit.committer?.date))
    }
}

#[cfg(test)]
mod tests {
    use super::{Card, WireCommit};

    #[test]
    fn what_is_missing_or_null_is_empty() {
        let card: Card =
            serde_json::from_str(r#"{"name":"r","description":null,"license":null,"id":1}"#)
                .unwrap();
        assert_eq!(card, Card { name: Some("r".to_owned()), ..Card::default() });
        for text in ["{}", r#"{"commit":{}}"#, r#"{"commit":{"committer":null}}"#] {
            let commit: WireCommit = serde_json::from_str(text).unwrap();
            assert!(commit.commit.committer.is_none(), "{text}");
        }
    }
}

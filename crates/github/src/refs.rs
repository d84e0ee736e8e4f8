//! Branches and tags as refs.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ApiError, GitHub, RepoId, documents, links};

/// A ref and what it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// Its full name, as in `refs/heads/main`.
    pub name: String,
    /// The object's id. For an annotated tag that is the tag object, not the commit.
    pub sha: String,
    /// `commit`, `tag`, `tree` or `blob`.
    pub object_type: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "ref")]
    name: String,
    object: WireObject,
}

#[derive(Deserialize)]
struct WireObject {
    sha: String,
    #[serde(rename = "type")]
    object_type: String,
}

impl From<Wire> for Ref {
    fn from(wire: Wire) -> Self {
        Self { name: wire.name, sha: wire.object.sha, object_type: wire.object.object_type }
    }
}

/// One change of [`GitHub::update_refs`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefUpdate {
    /// The full name, as in `refs/heads/main`.
    pub name: String,
    /// Where it shall point; forty zeros delete it.
    pub after_oid: String,
    /// Where it must point now; forty zeros when it must not be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_oid: Option<String>,
    /// Whether it may move to what does not follow from it.
    pub force: bool,
}

/// A repository's id and where a ref points, read at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefOf {
    /// The repository's id for GraphQL, as [`GitHub::update_refs`] wants it.
    pub repository_id: String,
    /// The object the ref points to; `None` when it is not there.
    pub oid: Option<String>,
}

#[derive(Deserialize)]
struct RefOfData {
    repository: RefOfRepository,
}

#[derive(Deserialize)]
struct RefOfRepository {
    id: String,
    #[serde(rename = "ref")]
    found: Option<RefOfFound>,
}

#[derive(Deserialize)]
struct RefOfFound {
    target: Option<RefOfTarget>,
}

#[derive(Deserialize)]
struct RefOfTarget {
    oid: String,
}

/// What stands for "not there" in [`RefUpdate`].
pub const ABSENT: &str = "0000000000000000000000000000000000000000";

/// `heads/main` for `refs/heads/main`.
fn short(name: &str) -> &str {
    name.strip_prefix("refs/").unwrap_or(name)
}

impl GitHub {
    /// A ref by its name, as in `heads/main` or `refs/tags/v1`; `None` when it is not there.
    pub async fn get_ref(&self, repo: &RepoId, name: &str) -> Result<Option<Ref>, ApiError> {
        let path = Self::repo_path(repo, &format!("/git/ref/{}", links::path(short(name))));
        let found = match self.find::<Wire>(&path).await {
            // An empty repository has no refs at all.
            Err(error) if error.kind == crate::ErrorKind::Conflict => None,
            found => found?,
        };
        Ok(found.map(Ref::from).filter(|found| short(&found.name) == short(name)))
    }

    /// All refs whose names start so, as in `tags/` or `heads/changeset-release/`.
    pub async fn matching_refs(&self, repo: &RepoId, prefix: &str) -> Result<Vec<Ref>, ApiError> {
        let path =
            Self::repo_path(repo, &format!("/git/matching-refs/{}", links::path(short(prefix))));
        Ok(self.pages::<Wire>(path).await?.into_iter().map(Ref::from).collect())
    }

    /// Makes a ref. When it is there already the error's kind is
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists).
    pub async fn create_ref(&self, repo: &RepoId, name: &str, sha: &str) -> Result<Ref, ApiError> {
        let body = json!({ "ref": format!("refs/{}", short(name)), "sha": sha });
        let wire: Wire =
            self.call(Method::POST, &Self::repo_path(repo, "/git/refs"), Some(&body)).await?;
        Ok(wire.into())
    }

    /// Moves a ref. Without `force` a move that is no fast forward is refused with
    /// [`Moved`](crate::ErrorKind::Moved).
    pub async fn update_ref(
        &self,
        repo: &RepoId,
        name: &str,
        sha: &str,
        force: bool,
    ) -> Result<Ref, ApiError> {
        let path = Self::repo_path(repo, &format!("/git/refs/{}", links::path(short(name))));
        let wire: Wire =
            self.call(Method::PATCH, &path, Some(&json!({ "sha": sha, "force": force }))).await?;
        Ok(wire.into())
    }

    /// Deletes a ref; says whether it was there.
    pub async fn delete_ref(&self, repo: &RepoId, name: &str) -> Result<bool, ApiError> {
        let path = Self::repo_path(repo, &format!("/git/refs/{}", links::path(short(name))));
        match self.tell(Method::DELETE, &path, None::<&()>).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The repository's id and where a ref such as `heads/main` points, in one request.
    pub async fn ref_of(&self, repo: &RepoId, name: &str) -> Result<RefOf, ApiError> {
        let variables = json!({
            "owner": repo.owner, "name": repo.name, "ref": format!("refs/{}", short(name)),
        });
        let data: RefOfData = self.query(documents::REF_OF, variables).await?;
        let found = data.repository.found.and_then(|found| found.target);
        Ok(RefOf { repository_id: data.repository.id, oid: found.map(|target| target.oid) })
    }

    /// Changes several refs at once, all or none, each only from where it is said to be.
    /// `repository_id` is [`Repository::node_id`](crate::Repository::node_id).
    pub async fn update_refs(
        &self,
        repository_id: &str,
        updates: &[RefUpdate],
    ) -> Result<(), ApiError> {
        let input = json!({ "repositoryId": repository_id, "refUpdates": updates });
        self.query::<Value>(documents::UPDATE_REFS, json!({ "input": input })).await?;
        Ok(())
    }
}

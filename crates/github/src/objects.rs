//! Git objects through the API: blobs, trees, commits, tags.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::tree::{self, Content, TREE_CONTENT_LIMIT, TreeEntry};
use crate::{ApiError, GitHub, RepoId, links};

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// The id of its tree.
    pub tree: String,
    /// The ids of its parents, the first first.
    pub parents: Vec<String>,
    /// Its whole message.
    pub message: String,
    /// Who wrote it, as the commit says.
    pub author: Person,
    /// Who committed it, as the commit says.
    pub committer: Person,
    /// The page for people.
    pub url: String,
    /// Whether GitHub holds its signature for good.
    pub verification: Verification,
}

/// What GitHub says of a signature.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Verification {
    /// Whether it is good.
    pub verified: bool,
    /// Why or why not, as in `valid` or `unsigned`.
    pub reason: String,
}

/// A commit to be made. There is no author: GitHub then signs it for App and Actions tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewCommit {
    /// The whole message.
    pub message: String,
    /// The id of its tree.
    pub tree: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
}

/// Who made a commit or tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Address.
    #[serde(default)]
    pub email: String,
}

/// An annotated tag to be made; it needs a ref besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    /// Its name, as in `v1.0.0`.
    pub tag: String,
    /// Its message.
    pub message: String,
    /// The commit it names.
    pub commit: String,
    /// Who makes it; without one GitHub signs it for App and Actions tokens.
    pub tagger: Option<Person>,
}

/// An annotated tag's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagObject {
    /// Its own id, which the ref points to.
    pub sha: String,
    /// Its name.
    pub tag: String,
    /// Its message.
    pub message: String,
    /// What it names, most often a commit.
    pub object: String,
    /// `commit`, or what else it names.
    pub object_type: String,
    /// Whether GitHub holds its signature for good.
    pub verification: Verification,
}

#[derive(Deserialize)]
struct Id {
    sha: String,
}

#[derive(Deserialize)]
struct WireCommit {
    sha: String,
    tree: Id,
    #[serde(default)]
    parents: Vec<Id>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    author: Option<Person>,
    #[serde(default)]
    committer: Option<Person>,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    verification: Verification,
}

impl From<WireCommit> for Commit {
    fn from(wire: WireCommit) -> Self {
        Self {
            sha: wire.sha,
            tree: wire.tree.sha,
            parents: wire.parents.into_iter().map(|parent| parent.sha).collect(),
            message: wire.message,
            author: wire.author.unwrap_or_default(),
            committer: wire.committer.unwrap_or_default(),
            url: wire.html_url,
            verification: wire.verification,
        }
    }
}

#[derive(Deserialize)]
struct WireTag {
    sha: String,
    tag: String,
    #[serde(default)]
    message: String,
    object: WireTagged,
    #[serde(default)]
    verification: Verification,
}

#[derive(Deserialize)]
struct WireTagged {
    sha: String,
    #[serde(rename = "type")]
    object_type: String,
}

impl From<WireTag> for TagObject {
    fn from(wire: WireTag) -> Self {
        Self {
            sha: wire.sha,
            tag: wire.tag,
            message: wire.message,
            object: wire.object.sha,
            object_type: wire.object.object_type,
            verification: wire.verification,
        }
    }
}

impl GitHub {
    /// Stores a file's bytes; gives the blob's id.
    pub async fn create_blob(&self, repo: &RepoId, bytes: &[u8]) -> Result<String, ApiError> {
        let body = json!({ "content": STANDARD.encode(bytes), "encoding": "base64" });
        let id: Id =
            self.call(Method::POST, &Self::repo_path(repo, "/git/blobs"), Some(&body)).await?;
        Ok(id.sha)
    }

    /// Makes a tree from another and changes to it; gives its id. Content is sent in requests of
    /// less than [`TREE_CONTENT_LIMIT`] bytes, each tree the base of the next; what alone is
    /// longer becomes a blob first. Without changes it is the base itself.
    pub async fn create_tree(
        &self,
        repo: &RepoId,
        base_tree: Option<&str>,
        entries: Vec<TreeEntry>,
    ) -> Result<String, ApiError> {
        let mut small = Vec::with_capacity(entries.len());
        for entry in entries {
            small.push(match &entry.content {
                Content::Text(text) if tree::weight(&entry) >= TREE_CONTENT_LIMIT => {
                    let blob = self.create_blob(repo, text.as_bytes()).await?;
                    TreeEntry { content: Content::Blob(blob), ..entry }
                }
                _ => entry,
            });
        }
        let mut base = base_tree.map(str::to_owned);
        let path = Self::repo_path(repo, "/git/trees");
        for chunk in tree::chunks(small) {
            let mut body = json!({ "tree": chunk });
            if let (Some(base), Some(body)) = (&base, body.as_object_mut()) {
                body.insert("base_tree".to_owned(), json!(base));
            }
            let id: Id = self.call(Method::POST, &path, Some(&body)).await?;
            base = Some(id.sha);
        }
        base.ok_or_else(|| {
            ApiError::new(
                &format!("POST {path}"),
                crate::ErrorKind::Input,
                "a tree without a base needs at least one file",
            )
        })
    }

    /// Makes a commit; no branch moves.
    pub async fn create_commit(
        &self,
        repo: &RepoId,
        commit: &NewCommit,
    ) -> Result<Commit, ApiError> {
        let path = Self::repo_path(repo, "/git/commits");
        let wire: WireCommit = self.call(Method::POST, &path, Some(commit)).await?;
        Ok(wire.into())
    }

    /// A commit by its full id; `None` when it is not there.
    pub async fn get_commit(&self, repo: &RepoId, sha: &str) -> Result<Option<Commit>, ApiError> {
        let path = Self::repo_path(repo, &format!("/git/commits/{}", links::segment(sha)));
        Ok(self.find::<WireCommit>(&path).await?.map(Commit::from))
    }

    /// Makes an annotated tag's object; a ref `refs/tags/…` to its `sha` makes it a tag.
    pub async fn create_tag_object(
        &self,
        repo: &RepoId,
        tag: &NewTag,
    ) -> Result<TagObject, ApiError> {
        let mut body = json!({
            "tag": tag.tag, "message": tag.message, "object": tag.commit, "type": "commit",
        });
        if let (Some(tagger), Some(body)) = (&tag.tagger, body.as_object_mut()) {
            body.insert("tagger".to_owned(), json!(tagger));
        }
        let wire: WireTag =
            self.call(Method::POST, &Self::repo_path(repo, "/git/tags"), Some(&body)).await?;
        Ok(wire.into())
    }

    /// An annotated tag's object by its id; `None` when it is not there.
    pub async fn get_tag_object(
        &self,
        repo: &RepoId,
        sha: &str,
    ) -> Result<Option<TagObject>, ApiError> {
        let path = Self::repo_path(repo, &format!("/git/tags/{}", links::segment(sha)));
        Ok(self.find::<WireTag>(&path).await?.map(TagObject::from))
    }
}

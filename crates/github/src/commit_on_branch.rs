//! `createCommitOnBranch`: the only commit GitHub signs for a person's token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::{ApiError, GitHub, RepoId, documents};

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAddition {
    /// Path from the root, with `/` between its parts.
    pub path: String,
    /// The whole content.
    pub contents: Vec<u8>,
}

/// A commit to be made on a branch. File modes cannot be given: new files are regular, others keep
/// theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchCommit {
    /// The branch's name, without `refs/heads/`.
    pub branch: String,
    /// Where the branch must point now; else nothing is done and the error's kind is
    /// [`Moved`](crate::ErrorKind::Moved).
    pub expected_head: String,
    /// First line of the message.
    pub headline: String,
    /// The rest of the message; may be empty.
    pub body: String,
    /// Files to be written.
    pub additions: Vec<FileAddition>,
    /// Paths to be removed.
    pub deletions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    create_commit_on_branch: Payload,
}

#[derive(Deserialize)]
struct Payload {
    commit: Made,
}

#[derive(Deserialize)]
struct Made {
    oid: String,
}

impl GitHub {
    /// Makes a signed commit and moves the branch to it; gives the commit's id.
    pub async fn create_commit_on_branch(
        &self,
        repo: &RepoId,
        commit: &BranchCommit,
    ) -> Result<String, ApiError> {
        let additions: Vec<_> = commit
            .additions
            .iter()
            .map(|file| json!({ "path": file.path, "contents": STANDARD.encode(&file.contents) }))
            .collect();
        let deletions: Vec<_> =
            commit.deletions.iter().map(|path| json!({ "path": path })).collect();
        let input = json!({
            "branch": { "repositoryNameWithOwner": repo.to_string(), "branchName": commit.branch },
            "expectedHeadOid": commit.expected_head,
            "message": { "headline": commit.headline, "body": commit.body },
            "fileChanges": { "additions": additions, "deletions": deletions },
        });
        let data: Data =
            self.query(documents::CREATE_COMMIT_ON_BRANCH, json!({ "input": input })).await?;
        Ok(data.create_commit_on_branch.commit.oid)
    }
}

//! The GitHub API through octocrab under the one client policy.
//!
//! [`GitHub`] is the whole interface: REST for what it is good at, GraphQL for what only it can
//! do. Every answer is narrowed to the fields that are used, every refusal is an [`ApiError`] that
//! says what to do, and what a caller has to tell apart (not there, already there, moved on) is in
//! the return type or in [`ErrorKind`]. The documents of all GraphQL requests stand in
//! [`documents`], for validation against the public schema.

mod ahead;
mod assets;
mod card;
mod changelog;
mod client;
mod commit_on_branch;
mod commit_pulls;
mod deployments;
mod documents;
mod error;
mod graphql;
mod issues;
mod jobs;
mod links;
mod objects;
mod pulls;
mod refs;
mod releases;
mod repo_id;
mod repository;
mod service;
mod tags;
mod token;
mod tree;
mod workflows;

pub use ahead::Ahead;
pub use assets::{Asset, AssetContent, NewAsset};
pub use card::{Card, License};
pub use changelog::{Author, CommitInfo, CommitPull, MergeCommit, PullInfo};
pub use client::{GitHub, Settings};
pub use commit_on_branch::{BranchCommit, FileAddition};
pub use commit_pulls::{AssociatedPull, AuthorKey, CommitPulls};
pub use deployments::{
    Deployment, DeploymentState, DeploymentStatus, NewDeployment, NewDeploymentStatus,
};
pub use documents::documents;
pub use error::{ApiError, ErrorKind, FieldError, Refusal};
pub use issues::Comment;
pub use jobs::{Job, JobStep};
pub use objects::{Commit, NewCommit, NewTag, Person, TagObject, Verification};
pub use pulls::{Created, NewPull, Pull, PullEnd, PullFilter, PullState, PullUpdate};
pub use refs::{ABSENT, Ref, RefOf, RefUpdate};
pub use releases::{MakeLatest, NewRelease, Release, ReleaseUpdate};
pub use repo_id::{RepoId, RepoIdError};
pub use repository::{Comparison, Permissions, Repository};
pub use tags::{TagRelease, TagState};
pub use token::{Actor, TokenKind};
pub use tree::{Content, TREE_CONTENT_LIMIT, TreeEntry};
pub use workflows::WorkflowRun;

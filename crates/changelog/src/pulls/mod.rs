//! Pull requests and people behind the commits of a range: asked of GitHub once, then looked up.
//!
//! [`connect`] says where to ask or why not, [`observe`] asks, [`PullData`] answers the rest
//! without a network: what `commit.remote` and `github.contributors` hold for templates, and the
//! merged pull requests of a release.

mod connect;
mod contributors;
mod merged;
mod observe;

pub use connect::{Connection, Given, connect};
pub use contributors::{Scope, contributors, remote};
pub use merged::{PullRequest, pull_requests};
pub use observe::{PullData, RemoteCommit, observe};

//! The GitHub API through octocrab under the one client policy.

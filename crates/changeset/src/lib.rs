//! The maintainer's command: add, status, version, pre, git-tag, publish.

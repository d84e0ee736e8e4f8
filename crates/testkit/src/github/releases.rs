//! Releases.
use super::state::{Release, Repository};
pub(crate) fn latest(repository: &Repository) -> Option<&Release> {
    repository.releases.last()
}

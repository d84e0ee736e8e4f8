//! A changelog module of the project's own, run by `node`.

use launchway_base::Failure;
use launchway_changesets::changelog::{EntryRequest, Generator};
use launchway_changesets::{CommittedChangeset, Module};

use super::GeneratorContext;
use crate::observe::Repository;

pub(super) fn ask<'a>(
    module: &'a Module,
    _requests: &[EntryRequest<'_>],
    _changesets: &[CommittedChangeset<'_>],
    _repository: &Repository,
    _context: &GeneratorContext<'_>,
) -> Result<Box<dyn Generator + 'a>, Failure> {
    Err(Failure::internal(format!("`{}` is not built yet", module.name)))
}

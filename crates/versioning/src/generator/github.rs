//! `@changesets/changelog-github`: lines with pull request, commit and thanks.

use launchway_base::Failure;
use launchway_changesets::changelog::Generator;
use launchway_changesets::{CommittedChangeset, Module};

use super::GeneratorContext;

pub(super) fn fetch<'a>(
    module: &'a Module,
    _changesets: &[CommittedChangeset<'_>],
    _context: &GeneratorContext<'_>,
) -> Result<Box<dyn Generator + 'a>, Failure> {
    Err(Failure::internal(format!("`{}` is not built yet", module.name)))
}

//! The default changelog lines, also those of `@changesets/changelog-git`.

use launchway_workspace::Bump;

use super::{DependencyRequest, Generator};
use crate::error::ChangesetError;
use crate::js::js_trim_end;
use crate::release::CommittedChangeset;

/// Lines with the short id of the commit that added the changeset.
#[derive(Clone, Copy, Debug)]
pub struct DefaultGenerator;

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

impl Generator for DefaultGenerator {
    fn release_line(
        &self,
        changeset: &CommittedChangeset<'_>,
        _bump: Bump,
    ) -> Result<String, ChangesetError> {
        let mut lines = changeset.changeset.summary.split('\n').map(js_trim_end);
        let first = lines.next().unwrap_or_default();
        let commit = changeset.commit.as_deref().map(|id| format!("{}: ", short(id)));
        let mut text = format!("- {}{first}", commit.unwrap_or_default());
        for line in lines {
            text.push_str("\n  ");
            text.push_str(line);
        }
        Ok(text)
    }

    fn dependency_line(&self, request: &DependencyRequest<'_>) -> Result<String, ChangesetError> {
        if request.dependencies.is_empty() {
            return Ok(String::new());
        }
        let links = request.changesets.iter().map(|changeset| {
            let commit = changeset.commit.as_deref().map(|id| format!(" [{}]", short(id)));
            format!("- Updated dependencies{}", commit.unwrap_or_default())
        });
        let updated = request
            .dependencies
            .iter()
            .map(|release| format!("  - {}@{}", release.name, release.new_version));
        Ok(links.chain(updated).collect::<Vec<_>>().join("\n"))
    }
}

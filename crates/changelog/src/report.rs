//! What is said at the end: outputs and summary. Pure.

use git_cliff_core::config::BumpType;
use launchway_runtime::Summary;

use crate::limits;
use crate::model::Release;
use crate::outputs::Outputs;
use crate::run::Made;

/// How long the changelog in an output or a summary may be: a job has room for a million bytes of UTF-16.
const CONTENT_LIMIT: usize = 200_000;

/// The outputs.
pub fn outputs(made: &Made) -> Outputs {
    let note = made.file.as_ref().map(|file| file.display().to_string());
    Outputs {
        content: Some(limits::cut(&made.content, CONTENT_LIMIT, None).into_owned()),
        version: made.releases.first().and_then(|release| release.version.clone()),
        bump: bump(&made.releases),
        changed: Some(made.changed.to_string()),
        file: note,
        packages: None,
    }
}

/// How the newest version came from the one before.
pub fn bump(releases: &[Release]) -> Option<String> {
    let kind = releases.first()?.bump_type?;
    Some(
        match kind {
            BumpType::Major => "major",
            BumpType::Minor => "minor",
            BumpType::Patch => "patch",
        }
        .to_owned(),
    )
}

/// The summary: the notes as they look.
pub fn summary(made: &Made) -> Summary {
    let newest = made.releases.first();
    let title = match newest.and_then(|release| release.version.as_deref()) {
        Some(version) => format!("Changelog of {version}"),
        None => "Changelog".to_owned(),
    };
    let summary = Summary::new().heading(3, title);
    if made.content.trim().is_empty() {
        return summary.paragraph("Nothing to tell: no commit is in the range.");
    }
    summary.foreign(&limits::cut(&made.content, CONTENT_LIMIT, None))
}

//! Messages of the commits that `add` and `version` make when the configuration asks for them.

use launchway_workspace::Bump;

use crate::config::SkipCi;
use crate::plan::Plan;

/// Message of the commit that adds a changeset.
pub fn add_message(summary: &str, skip_ci: SkipCi) -> String {
    let skip = if skip_ci.on_add() { "\n\n[skip ci]\n" } else { "" };
    format!("docs(changeset): {summary}{skip}")
}

/// Message of the commit that versions packages.
pub fn version_message(plan: &Plan, skip_ci: SkipCi) -> String {
    let releases: Vec<String> = plan
        .releases
        .iter()
        .filter(|release| release.bump != Bump::None)
        .map(|release| format!("  {}@{}", release.name, release.new_version))
        .collect();
    let skip = if skip_ci.on_version() { "\n[skip ci]\n" } else { "" };
    format!(
        "RELEASING: Releasing {} package(s)\n\nReleases:\n{}\n{skip}",
        releases.len(),
        releases.join("\n")
    )
}

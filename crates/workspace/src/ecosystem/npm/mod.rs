//! npm, pnpm, yarn and bun: `package.json` and the workspace files around it.

mod catalog;
mod discover;
mod manifest;
mod requirement;

use std::path::Path;

use super::{Ecosystem, Ranges};
use crate::error::WorkspaceError;
use crate::package::{Dependency, Workspace};

pub use manifest::edit_json_strings;

/// The ecosystem of `package.json`.
#[derive(Debug)]
pub struct Npm;

impl Ecosystem for Npm {
    fn id(&self) -> &'static str {
        "npm"
    }

    fn manifest(&self) -> &'static str {
        "package.json"
    }

    fn discover(&self, from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
        discover::discover(from)
    }

    fn ranges(&self) -> &'static dyn Ranges {
        &Self
    }

    fn edit(
        &self,
        manifest: &str,
        version: Option<&str>,
        ranges: &[(Dependency, String)],
    ) -> Result<String, String> {
        let mut edits: Vec<(Vec<&str>, &str)> = ranges
            .iter()
            .map(|(dependency, range)| {
                let name = dependency.name.strip_prefix("npm:").unwrap_or(&dependency.name);
                (vec![manifest::table(dependency.kind), name], range.as_str())
            })
            .collect();
        edits.extend(version.map(|version| (vec!["version"], version)));
        edit_json_strings(manifest, &edits)
    }

    fn version_in(&self, manifest: &str, _shared: Option<&str>) -> Option<String> {
        let json: serde_json::Value =
            serde_json::from_str(manifest.trim_start_matches('\u{feff}')).ok()?;
        json.get("version")?.as_str().map(str::to_owned)
    }
}

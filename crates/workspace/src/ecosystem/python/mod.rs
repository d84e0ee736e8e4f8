//! Python: `pyproject.toml`, alone or as a workspace of uv's.

mod discover;
mod manifest;
mod requirement;
mod version;

use std::path::Path;

use super::{Ecosystem, Ranges};
use crate::document::Document;
use crate::error::WorkspaceError;
use crate::package::{Dependency, Package, Workspace};

/// The ecosystem of `pyproject.toml`.
#[derive(Debug)]
pub struct Python;

impl Python {
    /// The name as Python compares names: `Acme.My_Core` is `acme-my-core`.
    pub fn normal_name(name: &str) -> String {
        let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("-").to_lowercase()
    }

    /// Reads one project on its own: its `pyproject.toml` (relative to the root) and the text of it.
    /// `None` for a file that is there for tools. It has no version where that stands elsewhere, and
    /// names what it depends on as they are written.
    pub fn project(file: &str, text: &str) -> Result<Option<Package>, WorkspaceError> {
        let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
        manifest::project(dir, &Document::parse(file, text)?, None)
    }

    /// A version in Python's normal form: `1.2.0-rc.1` is `1.2.0rc1`; `None` for what Python has no
    /// form for.
    pub fn normal_version(version: &str) -> Option<String> {
        version::to_python(version).ok()
    }

    /// A version of Python's as semver: `1.2rc1` is `1.2.0-rc.1`; `None` for what semver has no form
    /// for.
    pub fn semver_of(version: &str) -> Option<String> {
        version::to_semver(version)
    }
}

impl Ecosystem for Python {
    fn id(&self) -> &'static str {
        "python"
    }

    fn manifest(&self) -> &'static str {
        "pyproject.toml"
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
        manifest::edit(manifest, version, ranges)
    }

    fn version_in(&self, manifest: &str, _shared: Option<&str>) -> Option<String> {
        manifest::version_in(manifest)
    }
}

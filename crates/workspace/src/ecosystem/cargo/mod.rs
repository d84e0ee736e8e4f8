//! Cargo: `Cargo.toml`, alone or as a workspace.

mod discover;
mod manifest;
mod requirement;

use std::path::Path;

use super::{Ecosystem, Ranges};
use crate::error::WorkspaceError;
use crate::package::{Dependency, Workspace};

/// The ecosystem of `Cargo.toml`.
#[derive(Debug)]
pub struct Cargo;

/// What the members of a workspace inherit: `[workspace.package]` and `[workspace.dependencies]`.
#[derive(Debug)]
pub(super) struct Shared;

impl Ecosystem for Cargo {
    fn id(&self) -> &'static str {
        "cargo"
    }

    fn manifest(&self) -> &'static str {
        "Cargo.toml"
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
        manifest::edit(manifest, false, version, ranges)
    }

    fn version_in(&self, manifest: &str, shared: Option<&str>) -> Option<String> {
        manifest::version_in(manifest, shared)
    }
}

impl Ecosystem for Shared {
    fn id(&self) -> &'static str {
        Cargo.id()
    }

    fn manifest(&self) -> &'static str {
        Cargo.manifest()
    }

    fn ranges(&self) -> &'static dyn Ranges {
        &Cargo
    }

    fn edit(
        &self,
        manifest: &str,
        version: Option<&str>,
        ranges: &[(Dependency, String)],
    ) -> Result<String, String> {
        manifest::edit(manifest, true, version, ranges)
    }

    fn version_in(&self, manifest: &str, shared: Option<&str>) -> Option<String> {
        Cargo.version_in(manifest, shared)
    }
}

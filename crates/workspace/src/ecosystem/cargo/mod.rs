//! Cargo: `Cargo.toml`, alone or as a workspace.

mod discover;
mod manifest;
mod requirement;

use std::path::Path;

use super::{Ecosystem, Linkage, Release, WriteOptions};
use crate::error::WorkspaceError;
use crate::package::{Dependency, Package, Workspace};

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

    fn discover(&self, from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
        discover::discover(from)
    }

    fn linkage(&self, dependency: &Dependency, on: &Package, _protocol_only: bool) -> Linkage {
        requirement::linkage(dependency, on)
    }

    fn is_local_dev_only(&self, _dependency: &Dependency) -> bool {
        false
    }

    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool> {
        requirement::leaves(dependency, release)
    }

    fn is_range(&self, dependency: &Dependency) -> bool {
        !dependency.range.is_empty()
    }

    fn is_updated(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> bool {
        requirement::is_updated(dependency, release, options)
    }

    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String> {
        requirement::rewrite(dependency, release, options)
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

    fn discover(&self, _from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
        Ok(None)
    }

    fn linkage(&self, dependency: &Dependency, on: &Package, protocol_only: bool) -> Linkage {
        Cargo.linkage(dependency, on, protocol_only)
    }

    fn is_local_dev_only(&self, dependency: &Dependency) -> bool {
        Cargo.is_local_dev_only(dependency)
    }

    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool> {
        Cargo.leaves(dependency, release)
    }

    fn is_range(&self, dependency: &Dependency) -> bool {
        Cargo.is_range(dependency)
    }

    fn is_updated(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> bool {
        Cargo.is_updated(dependency, release, options)
    }

    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String> {
        Cargo.rewrite(dependency, release, options)
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

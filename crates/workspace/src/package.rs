//! The packages of a repository, whatever their language.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Serialize;

use crate::ecosystem::{self, Ecosystem};
use crate::error::WorkspaceError;
use crate::version::parse_version;

/// What tells which folders are packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// yarn.lock and `workspaces`.
    Yarn,
    /// pnpm-workspace.yaml.
    Pnpm,
    /// package-lock.json and `workspaces`.
    Npm,
    /// bun.lock or bun.lockb and `workspaces`.
    Bun,
    /// lerna.json.
    Lerna,
    /// rush.json.
    Rush,
    /// A single package, no workspace.
    Root,
}

impl Tool {
    /// The tool's own name, lowercase; `root` for a single package.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yarn => "yarn",
            Self::Pnpm => "pnpm",
            Self::Npm => "npm",
            Self::Bun => "bun",
            Self::Lerna => "lerna",
            Self::Rush => "rush",
            Self::Root => "root",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A repository's packages in their order: by folder, which decides the order of changelog lines.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The root folder, absolute.
    pub root: PathBuf,
    /// What says which folders are packages.
    pub tool: Tool,
    /// The root's own package, if there is one. With [`Tool::Root`] it is also in `packages`.
    pub root_package: Option<Package>,
    /// The packages, sorted by folder.
    pub packages: Vec<Package>,
    by_name: HashMap<String, usize>,
}

impl Workspace {
    /// Finds the root from `from` upwards and reads every package.
    pub fn discover(from: &Path) -> Result<Self, WorkspaceError> {
        let from = std::path::absolute(from).map_err(|source| WorkspaceError::Unreadable {
            file: from.display().to_string(),
            source,
        })?;
        for ecosystem in ecosystem::ALL {
            if let Some(found) = ecosystem.discover(&from)? {
                return Ok(found);
            }
        }
        Err(WorkspaceError::NothingFound(from))
    }

    /// A workspace of packages that were read.
    pub fn new(
        root: PathBuf,
        tool: Tool,
        root_package: Option<Package>,
        packages: Vec<Package>,
    ) -> Self {
        let by_name =
            packages.iter().enumerate().map(|(i, package)| (package.name.clone(), i)).collect();
        Self { root, tool, root_package, packages, by_name }
    }

    /// The package of that name; of several the last, as everywhere.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.by_name.get(name).and_then(|i| self.packages.get(*i))
    }

    /// All names, in package order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.name.as_str())
    }

    /// Whether the repository is one package, tagged `v1.2.3`.
    pub fn is_single(&self) -> bool {
        self.tool == Tool::Root
    }

    /// The git tag of a version: `name@1.2.3`, or `v1.2.3` for a single package.
    pub fn tag_of(&self, name: &str, version: &str) -> String {
        if self.is_single() { format!("v{version}") } else { format!("{name}@{version}") }
    }
}

/// One package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version as written; `None` without one (it is then never released).
    pub version: Option<String>,
    /// Never published.
    pub private: bool,
    /// Folder relative to the root with `/`, empty for the root.
    pub dir: String,
    /// The file with name and version, relative to the root.
    pub manifest: String,
    /// Who reads and edits it.
    pub ecosystem: &'static dyn Ecosystem,
    /// What it depends on, by kind in the order of [`DependencyKind::ALL`], then as written.
    pub dependencies: Vec<Dependency>,
    /// How it wants to be published.
    pub publish: PublishConfig,
}

impl Package {
    /// The version, read; `None` without one or with one that is none.
    pub fn semver(&self) -> Option<Version> {
        self.version.as_deref().and_then(parse_version)
    }

    /// Path of a file of this package, relative to the root.
    pub fn path_of(&self, file: &str) -> String {
        if self.dir.is_empty() { file.to_owned() } else { format!("{}/{file}", self.dir) }
    }

    /// What it wants of the package called `name`, by kind in order.
    pub fn dependencies_on<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Dependency> {
        self.dependencies.iter().filter(move |dependency| dependency.name == name)
    }
}

/// Wishes about publishing, from the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishConfig {
    /// `public` or `restricted`.
    pub access: Option<String>,
    /// Folder to publish instead of the package's own, relative to it.
    pub directory: Option<String>,
    /// Registry to publish to.
    pub registry: Option<String>,
    /// Dist-tag to publish under.
    pub tag: Option<String>,
}

/// In which table of the manifest a dependency stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DependencyKind {
    /// `dependencies`
    Normal,
    /// `devDependencies`
    Dev,
    /// `peerDependencies`
    Peer,
    /// `optionalDependencies`
    Optional,
}

impl DependencyKind {
    /// Every kind, in the order that decides which range wins.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Dev, Self::Peer, Self::Optional];
}

/// One dependency of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Which table.
    pub kind: DependencyKind,
    /// Name of what is depended on.
    pub name: String,
    /// The range as written, protocol included.
    pub range: String,
}

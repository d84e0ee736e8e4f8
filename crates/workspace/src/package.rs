//! The packages of a repository, whatever their language.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use semver::Version;
use serde::Serialize;

use crate::ecosystem::Ecosystem;
use crate::tag::TagPattern;
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
    /// A Cargo.toml with `[workspace]`.
    Cargo,
    /// A pyproject.toml with `[tool.uv.workspace]`.
    Uv,
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
            Self::Cargo => "cargo",
            Self::Uv => "uv",
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
    /// Manifests that several packages inherit from: no package, but a version, or ranges that follow
    /// whatever is released.
    pub shared: Vec<Package>,
    /// Folders with the root of a workspace or single package, relative to the root: where lock files
    /// are. Empty text stands for the root itself.
    pub roots: Vec<String>,
    /// How tags are named where the configuration says so.
    pub tag_pattern: Option<TagPattern>,
    /// Patterns of the scope that no folder matches.
    pub unmatched: Vec<String>,
    by_name: HashMap<String, usize>,
}

impl Workspace {
    /// A workspace of packages that were read.
    pub fn new(
        root: PathBuf,
        tool: Tool,
        root_package: Option<Package>,
        packages: Vec<Package>,
    ) -> Self {
        let by_name =
            packages.iter().enumerate().map(|(i, package)| (package.name.clone(), i)).collect();
        let roots = vec![String::new()];
        Self {
            root,
            tool,
            root_package,
            packages,
            shared: Vec::new(),
            roots,
            tag_pattern: None,
            unmatched: Vec::new(),
            by_name,
        }
    }

    /// The package of that name; of several the last, as everywhere. A name may say its ecosystem,
    /// as in `cargo:core`, and has to where two ecosystems have it.
    pub fn package(&self, name: &str) -> Option<&Package> {
        let found = self.by_name.get(name).and_then(|i| self.packages.get(*i));
        found.or_else(|| {
            let (ecosystem, bare) = name.split_once(':')?;
            let found = self.by_name.get(bare).and_then(|i| self.packages.get(*i));
            found.filter(|package| package.ecosystem.id() == ecosystem)
        })
    }

    /// The names that a bare one may stand for, where several ecosystems have it; else none.
    pub fn homonyms(&self, bare: &str) -> Vec<&str> {
        if self.by_name.contains_key(bare) || bare.contains(':') {
            return Vec::new();
        }
        self.packages
            .iter()
            .filter(|package| package.manifest_name() == bare)
            .map(|package| package.name.as_str())
            .collect()
    }

    /// All names, in package order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.name.as_str())
    }

    /// Whether the repository is one package, tagged `v1.2.3`: there is no other, or the others are
    /// private and the one is at the root.
    pub fn is_single(&self) -> bool {
        let mut public = self.packages.iter().filter(|package| !package.private);
        self.tool == Tool::Root
            && (self.packages.len() == 1
                || (public.next().is_some_and(|one| one.dir.is_empty()) && public.next().is_none()))
    }

    /// Whether the root names `workspaces` that do not count, because no lock file says whose they are.
    pub fn has_unlocked_members(&self) -> bool {
        let read = || std::fs::read(self.root.join("package.json")).ok();
        let named = || {
            let json: serde_json::Value = serde_json::from_slice(&read()?).ok()?;
            json.get("workspaces").map(|_| ())
        };
        matches!(self.tool, Tool::Root | Tool::Cargo | Tool::Uv) && named().is_some()
    }

    /// The root's own package where it is not one of the packages: never released, its ranges follow.
    pub fn bystander(&self) -> Option<&Package> {
        self.root_package.as_ref().filter(|_| self.tool != Tool::Root)
    }

    /// The git tag of a version: as the configuration says, else `name@1.2.3`, or `v1.2.3` for a
    /// single package.
    pub fn tag_of(&self, name: &str, version: &str) -> String {
        self.tags().tag(name, version)
    }

    /// The version that a tag names, where it is a tag of the package called `name`.
    pub fn version_in_tag<'a>(&self, name: &str, tag: &'a str) -> Option<&'a str> {
        self.tags().parse(name, tag)
    }

    /// The package and version that a tag names; `None` where it is of no package here.
    pub fn parse_tag<'a>(&self, tag: &'a str) -> Option<(&Package, &'a str)> {
        let tags = self.tags();
        self.packages.iter().find_map(|package| Some((package, tags.parse(&package.name, tag)?)))
    }

    fn tags(&self) -> Cow<'_, TagPattern> {
        match &self.tag_pattern {
            Some(pattern) => Cow::Borrowed(pattern),
            None => Cow::Owned(TagPattern::usual(self.is_single())),
        }
    }
}

/// One package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name, unlike that of any other: with its ecosystem in front, as in `cargo:core`, where
    /// another ecosystem has the same one.
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
    /// The manifest its version stands in, relative to the root, where that is not its own: one of
    /// [`Workspace::shared`]. Packages that inherit one version are released together.
    pub version_from: Option<String>,
}

impl Package {
    /// Its name as the manifest writes it.
    pub fn manifest_name(&self) -> &str {
        let bare = self.name.strip_prefix(self.ecosystem.id());
        bare.and_then(|bare| bare.strip_prefix(':')).unwrap_or(&self.name)
    }

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
    /// The range as written, protocol included; empty when there is none, which any version suits.
    pub range: String,
    /// Whether the range stands in a manifest the package inherits from.
    pub inherited: bool,
}

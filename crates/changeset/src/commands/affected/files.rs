//! What a changed file counts for.

use launchway_base::Failure;
use launchway_workspace::glob::{Glob, selected};

use super::Inputs;
use super::members::Members;

/// Files that count for no package.
const IGNORED: [&str; 6] =
    ["**/*.md", "docs/**", ".changeset/**", "LICENSE*", "**/CODEOWNERS", ".github/*.yml"];

/// Files that count for every package of every ecosystem: they say how everything is tested.
const GLOBAL: [&str; 2] = [".github/workflows/**", ".github/actions/**"];

/// One ecosystem's files besides those of packages, by name: they count for every package of the
/// ecosystem below their folder.
pub(super) struct Shared {
    /// The ecosystem.
    pub(super) ecosystem: &'static str,
    /// The file of a package.
    pub(super) manifest: &'static str,
    /// Lock files, which count wherever they are.
    locks: &'static [&'static str],
    /// Settings, which count where they are in no package, or in one with packages below it.
    settings: &'static [&'static str],
}

/// The files of each ecosystem.
pub(super) const SHARED: [Shared; 4] = [
    Shared {
        ecosystem: "npm",
        manifest: "package.json",
        locks: &[
            "package-lock.json",
            "npm-shrinkwrap.json",
            "pnpm-lock.yaml",
            "yarn.lock",
            "bun.lock",
            "bun.lockb",
        ],
        settings: &[
            "package.json",
            "pnpm-workspace.yaml",
            ".npmrc",
            ".yarnrc",
            ".yarnrc.yml",
            ".pnpmfile.cjs",
            ".nvmrc",
            ".node-version",
            "lerna.json",
            "turbo.json",
            "nx.json",
            "tsconfig*.json",
            "{babel,jest,vitest,vite,eslint,prettier,biome}.config.*",
            "biome.json",
            "biome.jsonc",
        ],
    },
    Shared {
        ecosystem: "cargo",
        manifest: "Cargo.toml",
        locks: &["Cargo.lock"],
        settings: &[
            "Cargo.toml",
            "rust-toolchain",
            "rust-toolchain.toml",
            "clippy.toml",
            ".clippy.toml",
            "rustfmt.toml",
            ".rustfmt.toml",
            ".cargo/config.toml",
            ".cargo/config",
        ],
    },
    Shared {
        ecosystem: "python",
        manifest: "pyproject.toml",
        locks: &["uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"],
        settings: &[
            "pyproject.toml",
            "requirements*.txt",
            "constraints*.txt",
            "Pipfile",
            "tox.ini",
            "setup.cfg",
            "pytest.ini",
            "ruff.toml",
            ".python-version",
        ],
    },
    Shared {
        ecosystem: "go",
        manifest: "go.mod",
        locks: &["go.work.sum"],
        settings: &["go.work", ".golangci.yml", ".golangci.yaml", ".golangci.toml"],
    },
];

/// A pattern for files, of which none is hidden.
fn glob(text: &str) -> Glob {
    Glob::new(text).with_dots()
}

/// The usual patterns and more of a user's.
fn globs(usual: &[&str], more: &[String]) -> Vec<Glob> {
    usual.iter().copied().chain(more.iter().map(String::as_str)).map(glob).collect()
}

/// Files that count for no package.
pub(super) fn ignored(inputs: &Inputs) -> Vec<Glob> {
    globs(&IGNORED, &inputs.ignore)
}

/// What a file counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// Nothing.
    Nothing,
    /// All packages.
    All,
    /// All packages of an ecosystem in a folder (from the repository's root; empty for the root), with
    /// what the file is.
    Ecosystem { id: &'static str, dir: String, what: &'static str },
    /// The package it lies in.
    Owner,
}

/// What the inputs say about files.
pub(super) struct Rules {
    ignored: Vec<Glob>,
    global: Vec<Glob>,
    shared: Vec<(&'static Shared, Vec<Glob>)>,
    /// Places of packages with globs of further files.
    pub(super) watched: Vec<(usize, Glob)>,
}

impl Rules {
    pub(super) fn new(inputs: &Inputs, members: &Members) -> Result<Self, Failure> {
        let mut watched = Vec::new();
        for entry in &inputs.watch {
            let (name, glob) = entry.split_once('=').unwrap_or((entry, ""));
            let (name, glob) = (name.trim(), glob.trim());
            if glob.is_empty() {
                return Err(Failure::input(format!("input `watch` has `{entry}` in it"))
                    .with_hint("write `NAME=GLOB`, as in `web=protocol/**`"));
            }
            watched.push((members.place_of(name)?, self::glob(glob)));
        }
        Ok(Self {
            ignored: ignored(inputs),
            global: globs(&GLOBAL, &inputs.global),
            shared: SHARED
                .iter()
                .map(|shared| (shared, shared.settings.iter().map(|text| glob(text)).collect()))
                .collect(),
            watched,
        })
    }

    /// What a file counts for. `inner`: it lies in a package that is not that of the root, and has
    /// none below it. `removed`: it is gone.
    pub(super) fn of(&self, path: &str, inner: bool, removed: bool) -> Counts {
        // What a user calls global is global, whatever is usually ignored.
        if selected(path, &self.global) {
            return Counts::All;
        }
        if selected(path, &self.ignored) {
            return Counts::Nothing;
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        for (shared, settings) in &self.shared {
            let id = shared.ecosystem;
            if shared.locks.contains(&name) {
                return Counts::Ecosystem { id, dir: dir.to_owned(), what: "lock file" };
            }
            if inner {
                continue;
            }
            if removed && name == shared.manifest {
                // Who depended on it stood in files that may have changed along, or not.
                return Counts::Ecosystem { id, dir: String::new(), what: "removed package" };
            }
            let (dir, name) = match dir.strip_suffix(".cargo") {
                Some(above) => (above.trim_end_matches('/'), format!(".cargo/{name}")),
                None => (dir, name.to_owned()),
            };
            if selected(&name, settings) {
                return Counts::Ecosystem { id, dir: dir.to_owned(), what: "settings" };
            }
        }
        Counts::Owner
    }
}

//! The repositories in `examples/`: copied into a fresh git repository, worked on with the real programs, tested by their own
//! commands and by the scripts of our CI workflows. What their workflows may say is among the rules of `policy`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it cannot go on, and says what it leaves out"
)]

mod commands;
mod programs;
mod released;
mod steps;

use std::path::{Path, PathBuf};

use launchway_e2e::at;
use launchway_testkit::TestRepo;

/// Folder, a package to release, its ecosystem and a file of it, and what its change affects.
struct Example {
    folder: &'static str,
    package: &'static str,
    file: &'static str,
    affected: &'static [&'static str],
    /// Manifest with the version, and the version before and after a minor change.
    version: (&'static str, &'static str, &'static str),
}

const EXAMPLES: &[Example] = &[
    Example {
        folder: "npm-library",
        package: "@acme/greet",
        file: "src/index.js",
        affected: &["@acme/greet"],
        version: ("package.json", "\"version\": \"1.2.0\"", "\"version\": \"1.3.0\""),
    },
    Example {
        folder: "rust-workspace",
        package: "acme-greet",
        file: "crates/greet/src/lib.rs",
        affected: &["acme-greet", "acme-greet-cli"],
        version: ("crates/greet/Cargo.toml", "version = \"0.3.0\"", "version = \"0.4.0\""),
    },
    Example {
        folder: "python-service",
        package: "guestbook",
        file: "guestbook/server.py",
        affected: &["guestbook"],
        version: ("pyproject.toml", "version = \"0.4.0\"", "version = \"0.5.0\""),
    },
    Example {
        folder: "polyglot-monorepo",
        package: "@acme/prices",
        file: "packages/prices/index.js",
        affected: &["@acme/prices", "@acme/web"],
        version: (
            "packages/prices/package.json",
            "\"version\": \"1.0.0\"",
            "\"version\": \"1.1.0\"",
        ),
    },
];

/// Every file of a folder below a root, as paths with `/`.
fn files(root: &Path, dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        // What a build on this machine has left is not part of the example.
        let name = path.file_name().unwrap().to_str().unwrap();
        if ["node_modules", "target", "__pycache__", ".venv"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            files(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
}

/// An example in a repository of its own, with everything in its first commit.
fn copied(folder: &str) -> TestRepo {
    let root = at("examples").join(folder);
    let mut paths = Vec::new();
    files(&root, &root, &mut paths);
    let repo = TestRepo::new();
    for path in paths {
        let bytes = std::fs::read(root.join(&path)).unwrap();
        let name = path.to_str().unwrap();
        if bytes.starts_with(b"#!") {
            repo.write_executable(name, bytes);
        } else {
            repo.write(name, bytes);
        }
    }
    repo.commit("The example");
    repo
}

#[test]
fn every_example_is_here() {
    let mut folders: Vec<String> = std::fs::read_dir(at("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| at("examples").join(name).is_dir())
        .collect();
    folders.sort();
    let mut known: Vec<&str> = EXAMPLES.iter().map(|example| example.folder).collect();
    known.sort_unstable();
    assert_eq!(folders, known);
    for folder in known {
        let repo = copied(folder);
        for file in [
            "README.md",
            ".changeset/config.json",
            ".github/workflows/ci.yml",
            ".github/workflows/release.yml",
        ] {
            assert!(repo.exists(file), "{folder}/{file}");
        }
    }
}

//! Which crate may import which, checked against cargo's own metadata.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{Context, Outcome};
use crate::shell;

const LIBRARIES: &[&str] = &[
    "base",
    "runtime",
    "workspace",
    "changesets",
    "git",
    "http",
    "github",
    "publish",
    "registry",
    "versioning",
];

/// Crate, and what it may import, without the `launchway-` prefix.
const ALLOWED: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("runtime", &["base"]),
    ("workspace", &["base"]),
    ("changesets", &["base", "workspace"]),
    ("git", &["base"]),
    ("http", &["base"]),
    ("github", &["base", "http"]),
    ("publish", &["base", "http", "workspace"]),
    ("registry", &["base", "http"]),
    ("versioning", &["base", "workspace", "changesets", "git", "github"]),
    ("changelog", LIBRARIES),
    ("changeset", LIBRARIES),
    ("deploy", LIBRARIES),
    ("health", LIBRARIES),
    ("image", LIBRARIES),
    ("notify", LIBRARIES),
    ("release", LIBRARIES),
    ("testkit", &["base"]),
    ("e2e", &["testkit"]),
    (
        "xtask",
        &[
            "runtime",
            "changelog",
            "changeset",
            "deploy",
            "health",
            "image",
            "notify",
            "release",
            "testkit",
        ],
    ),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

pub(super) fn check(_: &Context) -> Result<Outcome> {
    let mut command = shell::cargo();
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_str(&shell::read(&mut command)?)
        .context("cannot read what cargo metadata says")?;
    let complaints = judge(&metadata.packages);
    Ok(Outcome::complaints(&complaints, format!("{} crates", metadata.packages.len())))
}

fn short(name: &str) -> &str {
    name.strip_prefix("launchway-").unwrap_or(name)
}

fn judge(packages: &[Package]) -> Vec<String> {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut complaints = Vec::new();
    for package in packages {
        let from = short(&package.name);
        let Some(may) = allowed.get(from) else {
            complaints.push(format!("`{from}` has no row in xtask/src/test/edges.rs"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|edge| edge.path.is_some()) {
            let to = short(&dependency.name);
            // Tests may use the test kit, and nothing else that the crate itself may not.
            let dev = dependency.kind.as_deref() == Some("dev");
            if !(may.contains(&to) || (dev && to == "testkit")) {
                complaints.push(format!("`{from}` must not import `{to}`"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, to: &str, kind: Option<&str>) -> Package {
        let dependency =
            Dependency { name: to.into(), kind: kind.map(Into::into), path: Some(String::new()) };
        Package { name: name.into(), dependencies: vec![dependency] }
    }

    #[test]
    fn only_the_edges_of_the_table_pass() {
        let judged = |name, to, kind| judge(&[package(name, to, kind)]);
        assert!(judged("launchway-github", "launchway-http", None).is_empty());
        assert!(judged("launchway-github", "launchway-testkit", Some("dev")).is_empty());
        assert_eq!(
            judged("launchway-github", "launchway-testkit", None),
            ["`github` must not import `testkit`"]
        );
        assert_eq!(
            judged("launchway-release", "launchway-changeset", None),
            ["`release` must not import `changeset`"]
        );
        assert_eq!(judged("launchway-new", "launchway-base", None).len(), 1);
    }
}

//! Which package manager publishes a workspace.

use std::path::Path;

use launchway_workspace::{Tool, Workspace};
use serde_json::Value;

use crate::PublishError;
use crate::manager::{Npm, PackageManager, Pnpm, Yarn};
use crate::run::{Job, Runner};

/// Files that tell a package manager, in the order they are looked for.
const LOCKS: [(&str, &str); 12] = [
    ("aube-lock.yaml", "aube"),
    ("aube-workspace.yaml", "aube"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("deno.lock", "deno"),
    ("nub.lock", "nub"),
    ("upm.lock", "upm"),
    ("pnpm-lock.yaml", "pnpm"),
    ("pnpm-workspace.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

/// Names a manifest may give.
const NAMES: [&str; 8] = ["npm", "yarn", "pnpm", "bun", "deno", "nub", "aube", "upm"];

/// The name of the package manager that publishes the workspace, as its files say. Those without a
/// publisher of their own fall back to npm.
pub fn detect_name(workspace: &Workspace) -> &'static str {
    match workspace.tool {
        Tool::Npm => "npm",
        Tool::Pnpm => "pnpm",
        Tool::Yarn => "yarn",
        Tool::Bun | Tool::Lerna | Tool::Rush | Tool::Root => {
            match look_around(&workspace.root).as_deref() {
                Some("pnpm") => "pnpm",
                Some("yarn") => "yarn",
                _ => "npm",
            }
        }
    }
}

/// The package manager that publishes the workspace, ready to run. Asks pnpm and yarn for their
/// version; yarn 1 is refused.
pub async fn choose_manager(
    workspace: &Workspace,
    runner: Runner,
) -> Result<Box<dyn PackageManager>, PublishError> {
    match detect_name(workspace) {
        "pnpm" => {
            // An unreadable version is taken for a new one, which speaks for itself.
            let major = major_of(&runner, "pnpm", workspace).await?.unwrap_or(u32::MAX);
            Ok(Box::new(Pnpm::new(runner, major)))
        }
        "yarn" => match major_of(&runner, "yarn", workspace).await? {
            Some(0 | 1) => Err(PublishError::YarnClassic),
            _ => Ok(Box::new(Yarn::new(runner))),
        },
        _ => Ok(Box::new(Npm::new(runner))),
    }
}

async fn major_of(
    runner: &Runner,
    program: &str,
    workspace: &Workspace,
) -> Result<Option<u32>, PublishError> {
    let finished = runner.run(Job::new(program, &workspace.root, ["--version"])).await?;
    Ok(finished.stdout.trim().split('.').next().and_then(|major| major.parse().ok()))
}

/// Lock files and manifests, from the root folder upwards.
fn look_around(root: &Path) -> Option<String> {
    // The file system's own root is not looked at.
    let folders = root.ancestors().filter(|folder| folder.parent().is_some());
    for folder in folders {
        if folder.join("rush.json").is_file() {
            return Some("pnpm".to_owned());
        }
        let named = || {
            let text = std::fs::read_to_string(folder.join("package.json")).ok()?;
            named_in(&text)
        };
        if let Some((_, name)) = LOCKS.iter().find(|(file, _)| folder.join(file).is_file()) {
            return Some(named().unwrap_or_else(|| (*name).to_owned()));
        }
        if let Some(name) = named() {
            return Some(name);
        }
    }
    None
}

/// The package manager a manifest names, if it is a known one.
fn named_in(manifest: &str) -> Option<String> {
    let manifest: Value = serde_json::from_str(manifest).ok()?;
    let name = match manifest.get("packageManager").and_then(Value::as_str) {
        Some(text) => text.strip_prefix('^').unwrap_or(text).split('@').next()?,
        None => manifest.get("devEngines")?.get("packageManager")?.get("name")?.as_str()?,
    };
    NAMES.contains(&name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_manager() {
        for (manifest, name) in [
            (r#"{"packageManager":"pnpm@9.1.0+sha512.abc"}"#, Some("pnpm")),
            (r#"{"packageManager":"^yarn@4"}"#, Some("yarn")),
            (r#"{"packageManager":"cargo@1"}"#, None),
            (r#"{"devEngines":{"packageManager":{"name":"bun","version":"1"}}}"#, Some("bun")),
            (r#"{"packageManager":7}"#, None),
            ("not json", None),
        ] {
            assert_eq!(named_in(manifest).as_deref(), name, "{manifest}");
        }
    }

    #[test]
    fn files_decide_unless_the_manifest_does() {
        let temp = tempfile::tempdir().unwrap();
        let inner = temp.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        assert_eq!(look_around(&inner), None);
        std::fs::write(temp.path().join("yarn.lock"), "").unwrap();
        assert_eq!(look_around(&inner).as_deref(), Some("yarn"), "found above");
        std::fs::write(temp.path().join("a/pnpm-lock.yaml"), "").unwrap();
        assert_eq!(look_around(&inner).as_deref(), Some("pnpm"), "the nearest wins");
        std::fs::write(temp.path().join("a/package.json"), r#"{"packageManager":"npm@11"}"#)
            .unwrap();
        assert_eq!(look_around(&inner).as_deref(), Some("npm"), "the manifest beats the lock file");
        std::fs::write(inner.join("bun.lock"), "").unwrap();
        assert_eq!(look_around(&inner).as_deref(), Some("bun"));
    }
}

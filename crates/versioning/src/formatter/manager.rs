//! Which package manager runs a project's programs, and how.

use std::path::Path;

use serde_json::Value;

/// How a package manager runs a program of the project; the program and its arguments follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manager {
    /// The command.
    pub(super) command: &'static [&'static str],
    /// Whether `--` stands between the program and its arguments.
    pub(super) separated: bool,
}

impl Manager {
    const NPM: Self = Self::plain(&["npx"]);

    const fn plain(command: &'static [&'static str]) -> Self {
        Self { command, separated: false }
    }

    /// The one with a name, and a version where that makes a difference.
    fn named(name: &str, major: Option<u64>) -> Option<Self> {
        Some(match name {
            "npm" => Self::NPM,
            "yarn" if major.is_some_and(|major| major > 1) => Self::plain(&["yarn", "exec"]),
            "yarn" => Self { command: &["yarn", "exec"], separated: true },
            "pnpm" => Self::plain(&["pnpm", "exec"]),
            "bun" => Self::plain(&["bun", "x"]),
            "deno" => Self::plain(&["deno", "task", "--eval"]),
            "aube" => Self::plain(&["aube", "exec"]),
            "nub" => Self::plain(&["nub", "exec"]),
            "upm" => Self::plain(&["upm", "exec"]),
            _ => return None,
        })
    }
}

/// Lock files with the manager that writes them, in the order in which they are looked for.
const LOCKS: &[(&str, &str)] = &[
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

/// Looks upwards from the root for a lock file or a manifest that names its manager; npm if there
/// is neither.
pub(super) fn detect(root: &Path) -> Manager {
    let folders = root.ancestors().filter(|folder| folder.parent().is_some());
    folders.into_iter().find_map(in_folder).unwrap_or(Manager::NPM)
}

fn in_folder(folder: &Path) -> Option<Manager> {
    if folder.join("rush.json").is_file() {
        return Some(Manager::plain(&["rush-pnpm", "exec"]));
    }
    let named = of_manifest(folder);
    named.or_else(|| {
        let (_, name) = LOCKS.iter().find(|(file, _)| folder.join(file).is_file())?;
        Manager::named(name, None)
    })
}

/// The manager a `package.json` names, in `packageManager` or else in `devEngines`.
fn of_manifest(folder: &Path) -> Option<Manager> {
    let text = std::fs::read(folder.join("package.json")).ok()?;
    let json: Value = serde_json::from_slice(&text).ok()?;
    let (name, version) = match json.get("packageManager").and_then(Value::as_str) {
        Some(named) => {
            let named = named.strip_prefix('^').unwrap_or(named);
            let mut parts = named.split('@');
            (parts.next().unwrap_or_default(), parts.next())
        }
        None => {
            let engine = json.pointer("/devEngines/packageManager")?;
            (engine.get("name")?.as_str()?, engine.get("version").and_then(Value::as_str))
        }
    };
    Manager::named(name, version.and_then(major))
}

/// The first number in a version or range.
fn major(version: &str) -> Option<u64> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_and_manifests_name_the_manager() {
        for (files, wanted, separated) in [
            (vec![("pnpm-lock.yaml", "")], "pnpm exec", false),
            (vec![("yarn.lock", "")], "yarn exec", true),
            (
                vec![("yarn.lock", ""), ("package.json", r#"{"packageManager":"yarn@4.1.0+sha"}"#)],
                "yarn exec",
                false,
            ),
            (
                vec![
                    ("package-lock.json", ""),
                    (
                        "package.json",
                        r#"{"devEngines":{"packageManager":{"name":"bun","version":"^1"}}}"#,
                    ),
                ],
                "bun x",
                false,
            ),
            (
                vec![("package.json", r#"{"packageManager":"cargo@1"}"#), ("bun.lock", "")],
                "bun x",
                false,
            ),
            (vec![("rush.json", ""), ("package-lock.json", "")], "rush-pnpm exec", false),
        ] {
            let root = tempfile::tempdir().unwrap();
            for (file, text) in &files {
                std::fs::write(root.path().join(file), text).unwrap();
            }
            let inner = root.path().join("a/b");
            std::fs::create_dir_all(&inner).unwrap();
            let found = detect(&inner);
            assert_eq!((found.command.join(" ").as_str(), found.separated), (wanted, separated));
        }
    }
}

//! Which package manager runs a project's programs, and how.

use std::path::Path;

use launchway_workspace::Agent;

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

/// The manager the project's files name; npm if they name none.
pub(super) fn detect(root: &Path) -> Manager {
    match Agent::detect(root) {
        Some(agent) if agent.is_rush => Manager::plain(&["rush-pnpm", "exec"]),
        Some(agent) => Manager::named(&agent.name, agent.major).unwrap_or(Manager::NPM),
        None => Manager::NPM,
    }
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

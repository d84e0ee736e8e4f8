//! Which package manager a JavaScript project uses, as its files say.

use std::path::Path;

use serde_json::Value;

/// A package manager that was detected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name: `npm`, `pnpm`, `yarn`, `bun` and the like.
    pub name: String,
    /// Its major version, if a manifest names one.
    pub major: Option<u64>,
    /// Whether Rush drives it.
    pub is_rush: bool,
}

/// Names a manifest may give.
const NAMES: [&str; 8] = ["npm", "yarn", "pnpm", "bun", "deno", "nub", "aube", "upm"];

/// Lock files with the manager that writes them, in the order in which they are looked for.
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

impl Agent {
    /// Looks from a folder upwards for a manifest that names its manager or a lock file; in one
    /// folder the manifest wins.
    pub fn detect(from: &Path) -> Option<Self> {
        // The file system's own root is not looked at.
        let mut folders = from.ancestors().filter(|folder| folder.parent().is_some());
        folders.find_map(|folder| {
            if folder.join("rush.json").is_file() {
                return Some(Self { name: "pnpm".to_owned(), major: None, is_rush: true });
            }
            let manifest = std::fs::read(folder.join("package.json")).ok();
            manifest.and_then(|text| Self::named_in(&text)).or_else(|| {
                let (_, name) = LOCKS.iter().find(|(file, _)| folder.join(file).is_file())?;
                Some(Self { name: (*name).to_owned(), major: None, is_rush: false })
            })
        })
    }

    /// The manager a `package.json` names, in `packageManager` or else in `devEngines`; `None` for
    /// one that is not known.
    fn named_in(manifest: &[u8]) -> Option<Self> {
        let manifest: Value = serde_json::from_slice(manifest).ok()?;
        let (name, version) = match manifest.get("packageManager").and_then(Value::as_str) {
            Some(named) => {
                let mut parts = named.strip_prefix('^').unwrap_or(named).split('@');
                (parts.next().unwrap_or_default(), parts.next())
            }
            None => {
                let engine = manifest.pointer("/devEngines/packageManager")?;
                (engine.get("name")?.as_str()?, engine.get("version").and_then(Value::as_str))
            }
        };
        NAMES.contains(&name).then(|| Self {
            name: name.to_owned(),
            major: version.and_then(first_number),
            is_rush: false,
        })
    }
}

/// The first number in a version or range.
fn first_number(version: &str) -> Option<u64> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_manager() {
        for (manifest, wanted) in [
            (r#"{"packageManager":"pnpm@9.1.0+sha512.abc"}"#, Some(("pnpm", Some(9)))),
            (r#"{"packageManager":"^yarn@4"}"#, Some(("yarn", Some(4)))),
            (r#"{"packageManager":"cargo@1"}"#, None),
            (
                r#"{"devEngines":{"packageManager":{"name":"bun","version":"^1"}}}"#,
                Some(("bun", Some(1))),
            ),
            (r#"{"packageManager":7}"#, None),
            ("not json", None),
        ] {
            let found = Agent::named_in(manifest.as_bytes());
            let found = found.as_ref().map(|agent| (agent.name.as_str(), agent.major));
            assert_eq!(found, wanted, "{manifest}");
        }
    }

    #[test]
    fn files_decide_unless_the_manifest_does() {
        let temp = tempfile::tempdir().unwrap();
        let inner = temp.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        let name = || Agent::detect(&inner).map(|agent| agent.name);
        std::fs::write(temp.path().join("yarn.lock"), "").unwrap();
        assert_eq!(name().as_deref(), Some("yarn"), "found above");
        std::fs::write(temp.path().join("a/pnpm-lock.yaml"), "").unwrap();
        assert_eq!(name().as_deref(), Some("pnpm"), "the nearest wins");
        std::fs::write(temp.path().join("a/package.json"), r#"{"packageManager":"npm@11"}"#)
            .unwrap();
        assert_eq!(name().as_deref(), Some("npm"), "the manifest beats the lock file");
        std::fs::write(inner.join("rush.json"), "").unwrap();
        assert!(Agent::detect(&inner).unwrap().is_rush);
    }
}

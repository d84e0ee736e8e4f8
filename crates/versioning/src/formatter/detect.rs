//! Which formatter a project has, by its files.

use std::path::{Path, PathBuf};

use launchway_changesets::Formatter;
use serde_json::Value;

/// What is known of one formatter.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) formatter: Formatter,
    /// Its name, also that of its program and its npm package.
    pub(super) name: &'static str,
    /// Whether it comes as an npm package.
    pub(super) on_npm: bool,
    /// Arguments before the files.
    pub(super) arguments: &'static [&'static str],
    /// Files that tell that a project uses it.
    files: &'static [&'static str],
    /// A key of `package.json` that tells the same.
    key: Option<&'static str>,
}

/// Every formatter, in the order in which they are looked for.
pub(super) const ALL: &[Known] = &[
    Known {
        formatter: Formatter::Dprint,
        name: "dprint",
        on_npm: true,
        arguments: &["fmt", "--allow-no-files"],
        files: &["dprint.json", "dprint.jsonc", ".dprint.json", ".dprint.jsonc"],
        key: None,
    },
    Known {
        formatter: Formatter::Deno,
        name: "deno",
        on_npm: false,
        arguments: &["fmt", "--permit-no-files"],
        files: &["deno.json", "deno.jsonc"],
        key: None,
    },
    Known {
        formatter: Formatter::Oxfmt,
        name: "oxfmt",
        on_npm: true,
        arguments: &["--write", "--no-error-on-unmatched-pattern"],
        files: &[".oxfmtrc.json", ".oxfmtrc.jsonc", "oxfmt.config.ts", "oxfmt.config.mts"],
        key: None,
    },
    Known {
        formatter: Formatter::Prettier,
        name: "prettier",
        on_npm: true,
        arguments: &["--write", "--no-error-on-unmatched-pattern"],
        files: &[
            ".prettierrc",
            ".prettierrc.json",
            ".prettierrc.yml",
            ".prettierrc.yaml",
            ".prettierrc.json5",
            ".prettierrc.js",
            "prettier.config.js",
            ".prettierrc.ts",
            "prettier.config.ts",
            ".prettierrc.mjs",
            "prettier.config.mjs",
            ".prettierrc.mts",
            "prettier.config.mts",
            ".prettierrc.cjs",
            "prettier.config.cjs",
            ".prettierrc.cts",
            "prettier.config.cts",
            ".prettierrc.toml",
        ],
        key: Some("prettier"),
    },
];

/// Looks upwards from the root: for configuration files, then for installed packages. Gives the
/// formatter and the file or folder that tells.
pub(super) fn detect(root: &Path) -> Option<(&'static Known, PathBuf)> {
    let by_files = root
        .ancestors()
        .find_map(|folder| ALL.iter().find_map(|known| Some((known, config_file(known, folder)?))));
    by_files.or_else(|| {
        root.ancestors().find_map(|folder| {
            let installed = ALL.iter().filter(|known| known.on_npm);
            installed
                .map(|known| (known, folder.join("node_modules").join(known.name)))
                .find(|(_, package)| package.exists())
        })
    })
}

fn config_file(known: &Known, folder: &Path) -> Option<PathBuf> {
    let file = known.files.iter().map(|name| folder.join(name)).find(|file| file.exists());
    file.or_else(|| {
        let manifest = folder.join("package.json");
        let text = std::fs::read(&manifest).ok()?;
        let json: Value = serde_json::from_slice(&text).ok()?;
        json.get(known.key?)?;
        Some(manifest)
    })
}

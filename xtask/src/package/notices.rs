//! The licences of the crates in a program: most want their text to go with every copy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use super::sbom::Package;

/// Each text once, under the names of the crates that came with it.
pub(super) fn of(crates: &[&Package]) -> Result<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for package in crates.iter().filter(|package| !package.name.starts_with("launchway-")) {
        let folder = package.manifest_path.parent().context("a manifest without a folder")?;
        let name = format!("{} {}", package.name, package.version);
        let mut found = false;
        for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {name}"))? {
            let path = entry?.path();
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            let file = file.to_ascii_uppercase();
            let starts = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
            if path.is_file() && starts.iter().any(|start| file.starts_with(start)) {
                let text = std::fs::read(&path).with_context(|| format!("cannot read {name}"))?;
                let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
                texts.entry(text.trim().to_owned()).or_default().push(name.clone());
                found = true;
            }
        }
        if !found {
            let licence = package.license.as_deref().unwrap_or("none named");
            without.push(format!("{name}: {licence}"));
        }
    }
    let mut all = String::from("Other people's work in this program, and its licences.\n");
    if !without.is_empty() {
        let _ = write!(all, "\nWithout a text of their own, by name:\n{}\n", without.join("\n"));
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    for (names, _) in &mut texts {
        names.sort();
        names.dedup();
    }
    texts.sort();
    for (names, text) in texts {
        let _ = write!(all, "\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    Ok(all)
}

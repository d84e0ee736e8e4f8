//! Configuration within `Cargo.toml` and `pyproject.toml`.
//!
//! The library takes the first part of headers such as `[package.metadata.git-cliff.git]` away and
//! reads what is left. Places in errors are those of the file itself.

use std::path::PathBuf;

use git_cliff_core::config::Config;
use launchway_base::Failure;

use super::tree::{Broken, Content, Node};

/// Manifests with the tables in them that count.
const PLACES: [(&str, &[&str]); 2] = [
    ("Cargo.toml", &["workspace.metadata.git-cliff", "package.metadata.git-cliff"]),
    ("pyproject.toml", &["tool.git-cliff"]),
];

/// A manifest with a configuration.
#[derive(Debug)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its text as the library reads it.
    pub rewritten: String,
}

/// The manifest in the working directory, if it holds a configuration.
///
/// # Errors
/// It cannot be read.
pub fn find() -> Result<Option<Manifest>, Failure> {
    let fault = "cannot read the manifest here";
    let rewritten =
        Config::read_from_manifest().map_err(|error| Failure::input(fault).caused_by(error))?;
    let Some(rewritten) = rewritten else {
        return Ok(None);
    };
    for (file, tables) in PLACES {
        let path = PathBuf::from(file);
        if !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::input(fault).caused_by(error))?;
        let is_header =
            |line: &str| tables.iter().any(|table| line.starts_with(&format!("[{table}.")));
        if text.lines().any(is_header) {
            return Ok(Some(Manifest { path, text, rewritten }));
        }
    }
    Ok(None)
}

/// The keys of the configuration in a manifest.
///
/// # Errors
/// The manifest is no TOML.
pub fn keys(text: &str) -> Result<Node, Broken> {
    let whole = Node::toml(text)?;
    let tables = PLACES.iter().flat_map(|(_, tables)| *tables);
    let found = tables.filter_map(|table| whole.at(table.split('.')));
    let entries = found.flat_map(|node| node.entries().to_vec()).collect();
    Ok(Node { place: whole.place, content: Content::Table(entries) })
}

/// Lines of a manifest that look like configuration and that the library passes over: it knows only
/// headers with single brackets and a section in them.
pub fn passed_over(text: &str) -> Vec<usize> {
    let is_passed_over = |line: &str| {
        PLACES.iter().flat_map(|(_, tables)| *tables).any(|table| {
            let header = line.trim_start();
            let single = header.starts_with(&format!("[{table}.")) && header.len() < line.len();
            single
                || header.starts_with(&format!("[{table}]"))
                || header.starts_with(&format!("[[{table}."))
        })
    };
    let lines = text.lines().enumerate().filter(|(_, line)| is_passed_over(line));
    lines.map(|(at, _)| at + 1).collect()
}

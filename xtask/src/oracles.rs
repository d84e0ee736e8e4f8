//! `tests/oracles.toml`: the tools our tests use, each at one exact version.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::shell;

/// The file, section by section: name to version (for `debian` and `pictures`: program to package).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Oracles {
    pub(crate) npm: BTreeMap<String, String>,
    pub(crate) pip: BTreeMap<String, String>,
    pub(crate) cargo: BTreeMap<String, String>,
    pub(crate) go: BTreeMap<String, String>,
    pub(crate) debian: BTreeMap<String, String>,
    pub(crate) pictures: BTreeMap<String, String>,
    pub(crate) package: BTreeMap<String, String>,
}

/// Reads the file.
pub(crate) fn read() -> Result<Oracles> {
    let path = shell::at("tests/oracles.toml");
    let text = std::fs::read_to_string(&path).context("cannot read tests/oracles.toml")?;
    toml::from_str(&text).context("tests/oracles.toml")
}

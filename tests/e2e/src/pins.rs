//! `tests/actions/pins.toml`: the actions of others that may be used, and what they declare.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One action at one commit.
#[derive(Clone, Debug, Deserialize)]
pub struct Pin {
    /// `owner/name` or `owner/name/path`.
    pub action: String,
    /// The tag, with its `v`.
    pub version: String,
    /// The commit.
    pub sha: String,
    /// How it runs: `node24`, `composite`, `docker`.
    pub using: String,
    /// Only called by another one of the list.
    #[serde(default)]
    pub nested: bool,
    /// Only pages name it.
    #[serde(default)]
    pub page: bool,
    /// The names of its inputs.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Inputs that have to be given.
    #[serde(default)]
    pub required: Vec<String>,
    /// What inputs are that are not given; expressions are left out.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// The names of its outputs.
    #[serde(default)]
    pub outputs: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    action: Vec<Pin>,
}

/// All of them.
///
/// # Panics
/// When the file is missing or wrong.
pub fn read() -> Vec<Pin> {
    let path = crate::at("tests/actions/pins.toml");
    let text = std::fs::read_to_string(path).expect("tests/actions/pins.toml can be read");
    let file: File =
        toml::from_str(&text).unwrap_or_else(|error| panic!("tests/actions/pins.toml: {error}"));
    file.action
}

/// The one that a `uses:` names.
pub fn of<'a>(pins: &'a [Pin], uses: &str) -> Option<&'a Pin> {
    let (action, sha) = uses.split_once('@')?;
    pins.iter().find(|pin| pin.action == action && pin.sha == sha && !pin.nested)
}

impl Pin {
    /// `owner/name`.
    pub fn repository(&self) -> String {
        self.action.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
    }

    /// The folder in the repository; empty for its root.
    pub fn path(&self) -> &str {
        self.action.splitn(3, '/').nth(2).unwrap_or_default()
    }
}

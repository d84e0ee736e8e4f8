//! The action file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(super) struct ActionFile {
    #[serde(default)]
    pub(super) inputs: Map<String, Value>,
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Output>,
    pub(super) runs: Runs,
}

#[derive(Debug, Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) value: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Runs {
    pub(super) using: String,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    /// Of a container action, as the three below.
    pub(super) image: Option<String>,
    pub(super) entrypoint: Option<String>,
    #[serde(default)]
    pub(super) args: Vec<Value>,
    #[serde(default)]
    pub(super) env: Map<String, Value>,
}

/// A step; a key this runner does not know is an error, so that none is silently left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    pub(super) id: Option<String>,
    #[serde(rename = "name")]
    pub(super) _name: Option<String>,
    #[serde(rename = "if")]
    pub(super) condition: Option<Value>,
    pub(super) run: Option<String>,
    pub(super) shell: Option<String>,
    pub(super) uses: Option<String>,
    #[serde(default)]
    pub(super) env: Map<String, Value>,
    pub(super) working_directory: Option<String>,
    #[serde(default)]
    pub(super) continue_on_error: bool,
}

/// Reads `action.yml` or `action.yaml`.
pub(super) fn read(dir: &Path) -> ActionFile {
    let path = ["action.yml", "action.yaml"].iter().map(|name| dir.join(name));
    let path = path.into_iter().find(|path| path.is_file());
    let path = path.unwrap_or_else(|| panic!("no action.yml in {}", dir.display()));
    let text = std::fs::read_to_string(&path).expect("the action file can be read");
    let action: ActionFile = yaml_serde::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is not an action: {error}", path.display()));
    let known = ["composite", "docker"].contains(&action.runs.using.as_str());
    assert!(known, "{} is neither composite nor a container", path.display());
    action
}

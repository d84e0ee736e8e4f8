//! Pre mode: `.changeset/pre.json`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ChangesetError;

/// Whether prereleases are made or are about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PreMode {
    /// `version` makes prereleases.
    Pre,
    /// The next `version` makes the releases.
    Exit,
}

/// The state of pre mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreState {
    /// Pre or exit.
    pub mode: PreMode,
    /// The word in the version: `beta` in `1.0.0-beta.0`.
    pub tag: String,
    /// Ids that a file of version 2 lists as released; they move to `.changeset/pre/`.
    #[serde(skip)]
    pub released: Vec<String>,
    /// Whether the file is of version 2 and is to be written anew.
    #[serde(skip)]
    pub is_old: bool,
}

impl PreState {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, ChangesetError> {
        let error = |problem: &str| ChangesetError::Pre { problem: problem.to_owned() };
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|cause| error(&format!("is not valid JSON: {cause}")))?;
        let mode = match value.get("mode").and_then(Value::as_str) {
            Some("pre") => PreMode::Pre,
            Some("exit") => PreMode::Exit,
            _ => return Err(error("has no `mode` of `pre` or `exit`")),
        };
        let tag = value.get("tag").and_then(Value::as_str).ok_or_else(|| error("has no `tag`"))?;
        let released = value.get("changesets").and_then(Value::as_array);
        let ids = released.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Ok(Self {
            mode,
            tag: tag.to_owned(),
            released: ids.collect(),
            is_old: released.is_some()
                || value.get("initialVersions").is_some_and(|v| !v.is_null()),
        })
    }

    /// A fresh state.
    pub fn new(mode: PreMode, tag: impl Into<String>) -> Self {
        Self { mode, tag: tag.into(), released: Vec::new(), is_old: false }
    }

    /// The file's text.
    pub fn render(&self) -> String {
        let mode = if self.mode == PreMode::Pre { "pre" } else { "exit" };
        let tag = Value::String(self.tag.clone());
        format!("{{\n  \"mode\": \"{mode}\",\n  \"tag\": {tag}\n}}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_versions_and_writes_the_new_one() {
        let old =
            r#"{"mode":"pre","tag":"beta","initialVersions":{"a":"1.0.0"},"changesets":["x"]}"#;
        let state = PreState::parse(old).unwrap();
        assert!(state.is_old);
        assert_eq!(state.released, ["x"]);
        assert_eq!(state.render(), "{\n  \"mode\": \"pre\",\n  \"tag\": \"beta\"\n}\n");
        assert!(!PreState::parse(&state.render()).unwrap().is_old);
        assert!(PreState::parse("{}").is_err() && PreState::parse("[").is_err());
    }
}

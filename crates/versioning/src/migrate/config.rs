//! The configuration that keeps the meaning it had under version 2.

use launchway_base::{Failure, Location};
use serde::Serialize;
use serde_json::{Value, json};

use super::{MigrationInput, Note, json as edit};

/// One change of `.changeset/config.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigEdit {
    /// The key, with dots: `privatePackages.version`.
    pub key: String,
    /// What it becomes.
    pub value: Value,
    /// Why, one sentence.
    pub why: String,
}

const UNSAFE: &str = "___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH";

/// Collects edits while the text changes.
pub(super) struct Editor<'a> {
    input: &'a MigrationInput,
    json: Value,
    pub(super) text: String,
    pub(super) edits: Vec<ConfigEdit>,
    pub(super) notes: Vec<Note>,
}

impl<'a> Editor<'a> {
    /// Reads the file and makes every edit.
    pub(super) fn run(input: &'a MigrationInput) -> Result<Self, Failure> {
        let text = input.config.clone();
        let json: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                Failure::input("`.changeset/config.json` is not valid JSON")
                    .at(Location::line(super::CONFIG, error.line()))
                    .caused_by(error)
            })?;
        let mut editor = Self { input, json, text, edits: Vec::new(), notes: Vec::new() };
        editor.private_packages()?;
        editor.base_branch()?;
        editor.format()?;
        editor.access()?;
        editor.snapshot()?;
        Ok(editor)
    }

    fn done(
        &mut self,
        key: &str,
        value: Value,
        why: &str,
        text: Result<String, String>,
    ) -> Result<(), Failure> {
        self.text = text.map_err(|problem| {
            Failure::input(format!("`.changeset/config.json` {problem}"))
                .at(Location::file(super::CONFIG))
        })?;
        self.edits.push(ConfigEdit { key: key.to_owned(), value, why: why.to_owned() });
        Ok(())
    }

    fn set(&mut self, path: &[&str], value: Value, why: &str) -> Result<(), Failure> {
        let text = edit::set(&self.text, path, &value);
        self.done(&path.join("."), value, why, text)
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(Note {
            file: Some(super::CONFIG.to_owned()),
            line: None,
            text: text.into(),
        });
    }

    fn private_packages(&mut self) -> Result<(), Failure> {
        let workspace = &self.input.workspace;
        let has_private =
            workspace.packages.iter().any(|package| package.private && package.version.is_some());
        match self.json.get("privatePackages") {
            None if has_private => self.set(
                &["privatePackages"],
                json!({ "version": true, "tag": false }),
                "private packages got versions by default; now they get none unless this says so",
            ),
            Some(Value::Object(map)) if !map.contains_key("version") => self.set(
                &["privatePackages", "version"],
                json!(true),
                "it was true by default and is false now",
            ),
            _ => Ok(()),
        }
    }

    fn base_branch(&mut self) -> Result<(), Failure> {
        if self.json.get("baseBranch").is_some() {
            return Ok(());
        }
        let has = |name: &str| self.input.branches.iter().any(|branch| branch == name);
        if has("main") && !has("master") {
            self.note("`baseBranch` was `master` by default, which this repository does not have; it is `main` now");
            return Ok(());
        }
        self.set(&["baseBranch"], json!("master"), "it was the default; the default is `main` now")
    }

    fn format(&mut self) -> Result<(), Failure> {
        if self.json.get("format").is_some() {
            return Ok(());
        }
        let auto = self.input.formatter.as_deref();
        let wanted = match self.json.get("prettier") {
            Some(Value::Bool(false)) => Some(json!(false)),
            Some(_) | None => match auto {
                Some("prettier") => None,
                Some(_) if self.input.has_prettier => Some(json!("prettier")),
                _ => None,
            },
        };
        if wanted != Some(json!(false)) && !self.input.has_prettier && auto != Some("prettier") {
            self.note(match auto {
                Some(other) => format!(
                    "changelogs were formatted by a prettier that came along; now by the project's {other}"
                ),
                None => "changelogs were formatted by a prettier that came along; now they are not: install prettier in the project to keep it".to_owned(),
            });
        }
        let why = "`format` takes the place of `prettier`; the project's own formatter is run";
        match (self.json.get("prettier").is_some(), wanted) {
            (true, wanted) => {
                let value = wanted.unwrap_or_else(|| {
                    json!(if auto == Some("prettier") { "prettier" } else { "auto" })
                });
                let text = edit::replace(&self.text, "prettier", "format", &value);
                self.done("format", value, why, text)
            }
            (false, Some(value)) => self.set(
                &["format"],
                value,
                "changelogs were formatted by prettier; another formatter would be found first",
            ),
            (false, None) => Ok(()),
        }
    }

    fn access(&mut self) -> Result<(), Failure> {
        if self.json.get("access") != Some(&json!("private")) {
            return Ok(());
        }
        self.set(
            &["access"],
            json!("restricted"),
            "`private` was read as `restricted`; now it is refused",
        )
    }

    fn snapshot(&mut self) -> Result<(), Failure> {
        let old = self.json.get(UNSAFE).and_then(|map| map.get("useCalculatedVersionForSnapshots"));
        let known = self.json.pointer("/snapshot/useCalculatedVersion").is_some();
        if old != Some(&json!(true)) || known {
            return Ok(());
        }
        self.set(
            &["snapshot", "useCalculatedVersion"],
            json!(true),
            "`useCalculatedVersionForSnapshots` is not read any more",
        )
    }
}

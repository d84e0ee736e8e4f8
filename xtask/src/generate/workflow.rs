//! The tables of a reusable workflow's page, from the workflow file itself.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use yaml_serde::{Mapping, Value};

use super::tables::{cell, put, sentence};
use crate::shell;

/// Where workflows are.
pub(super) const FOLDER: &str = ".github/workflows";

/// One workflow file.
pub(super) struct Workflow {
    /// The file name without its end: `release`.
    pub(super) name: String,
    /// The path below the root.
    pub(super) path: String,
    /// The file as it is.
    pub(super) text: String,
    value: Value,
}

impl Workflow {
    pub(super) fn parse(path: &str, text: String) -> Result<Self> {
        let value = yaml_serde::from_str(&text).with_context(|| path.to_owned())?;
        let name = Path::new(path).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        Ok(Self { name: name.to_owned(), path: path.to_owned(), text, value })
    }

    /// What other workflows call it with; `None` for one that cannot be called.
    fn call(&self) -> Option<&Value> {
        self.value.get("on")?.get("workflow_call")
    }

    fn jobs(&self) -> impl Iterator<Item = &Value> {
        entries(self.value.get("jobs")).map(|(_, job)| job)
    }

    /// Everything the jobs use, in the order of the file: actions and workflows.
    pub(super) fn uses(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for job in self.jobs() {
            found.extend(job.get("uses").and_then(Value::as_str));
            for step in job.get("steps").and_then(Value::as_sequence).into_iter().flatten() {
                found.extend(step.get("uses").and_then(Value::as_str));
            }
        }
        found
    }
}

/// The entries of a mapping with their names; none where there is no mapping.
fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let mapping: Option<&Mapping> = value.and_then(Value::as_mapping);
    mapping.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str()?, value)))
}

/// Every workflow of the repository, by path.
pub(super) fn all() -> Result<Vec<Workflow>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(shell::at(FOLDER)).context(FOLDER)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|kind| kind == "yml" || kind == "yaml") {
            paths.push(format!("{FOLDER}/{name}"));
        }
    }
    paths.sort();
    let read = |path: String| {
        let text = std::fs::read_to_string(shell::at(&path)).with_context(|| path.clone())?;
        Workflow::parse(&path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The pages of the workflows that can be called, with their tables.
pub(super) fn pages(workflows: &[Workflow]) -> Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    for workflow in workflows {
        let Some(call) = workflow.call() else { continue };
        let path = format!("docs/workflows/{}.md", workflow.name);
        let page = std::fs::read_to_string(shell::at(&path))
            .with_context(|| format!("{} can be called, so it needs {path}", workflow.path))?;
        let page = page_with_tables(workflow, call, &page).with_context(|| path.clone())?;
        pages.insert(path, page);
    }
    Ok(pages)
}

fn page_with_tables(workflow: &Workflow, call: &Value, page: &str) -> Result<String> {
    let mut page = page.to_owned();
    let tables = [
        ("inputs", inputs(call.get("inputs"))?),
        ("secrets", secrets(call.get("secrets"))?),
        ("outputs", outputs(call.get("outputs"))?),
        ("permissions", permissions(workflow)?),
    ];
    for (name, table) in tables {
        match table {
            Some(table) => page = put(&page, name, &table)?,
            None if page.contains(&format!("<!-- begin {name} -->")) => {
                page = put(&page, name, "None.\n")?;
            }
            None => {}
        }
    }
    Ok(page)
}

/// What every declaration has to say about itself.
fn described(kind: &str, name: &str, declaration: &Value) -> Result<String> {
    match declaration.get("description").and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => Ok(cell(&sentence(text))),
        _ => bail!("the {kind} `{name}` has no description"),
    }
}

/// A table; `None` without rows.
fn table(head: &[&str], rows: Vec<String>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let line = vec!["---"; head.len()];
    let mut table = format!("| {} |\n| {} |\n", head.join(" | "), line.join(" | "));
    for row in rows {
        table.push_str(&row);
    }
    Some(table)
}

fn inputs(declared: Option<&Value>) -> Result<Option<String>> {
    let mut rows = Vec::new();
    for (name, input) in entries(declared) {
        let says = described("input", name, input)?;
        let kind = input.get("type").and_then(Value::as_str).context("an input has no type")?;
        let values = match kind {
            "boolean" => "`true`, `false`",
            "number" => "number",
            "string" => "text",
            other => bail!("the input `{name}` is of type `{other}`"),
        };
        let default = if input.get("required").and_then(Value::as_bool) == Some(true) {
            "required".to_owned()
        } else {
            let default = input.get("default");
            let default = default.with_context(|| format!("the input `{name}` has no default"))?;
            match default {
                Value::String(text) if text.is_empty() => String::new(),
                Value::String(text) => format!("`{}`", cell(text)),
                Value::Bool(value) => format!("`{value}`"),
                Value::Number(value) => format!("`{value}`"),
                _ => bail!("the default of the input `{name}` is neither text nor number"),
            }
        };
        rows.push(format!("| `{name}` | {values} | {default} | {says} |\n"));
    }
    Ok(table(&["input", "values", "default", "what it does"], rows))
}

fn secrets(declared: Option<&Value>) -> Result<Option<String>> {
    let mut rows = Vec::new();
    for (name, secret) in entries(declared) {
        let says = described("secret", name, secret)?;
        let required = secret.get("required").and_then(Value::as_bool) == Some(true);
        rows.push(format!("| `{name}` | {} | {says} |\n", if required { "yes" } else { "no" }));
    }
    Ok(table(&["secret", "required", "what it is for"], rows))
}

fn outputs(declared: Option<&Value>) -> Result<Option<String>> {
    let mut rows = Vec::new();
    for (name, output) in entries(declared) {
        rows.push(format!("| `{name}` | {} |\n", described("output", name, output)?));
    }
    Ok(table(&["output", "what it is"], rows))
}

/// What the caller has to grant: the most that any job asks for, each with the reasons given beside it.
fn permissions(workflow: &Workflow) -> Result<Option<String>> {
    ensure!(
        workflow
            .value
            .get("permissions")
            .and_then(Value::as_mapping)
            .is_some_and(Mapping::is_empty),
        "no `permissions: {{}}` at the top"
    );
    let mut granted: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, job) in entries(workflow.value.get("jobs")) {
        let asked = job.get("permissions");
        let asked = asked.with_context(|| format!("the job `{name}` states no permissions"))?;
        for (name, access) in entries(Some(asked)) {
            let access = access.as_str().unwrap_or_default();
            if granted.get(name) != Some(&"write") {
                granted.insert(name, access);
            }
        }
    }
    let rows = granted
        .into_iter()
        .map(|(name, access)| {
            let reasons = reasons(&workflow.text, name, access);
            format!("| `{name}: {access}` | {} |\n", cell(&reasons.join("; ")))
        })
        .collect();
    Ok(table(&["permission", "for"], rows))
}

/// What stands behind `#` where a job asks for this, each once.
fn reasons(text: &str, name: &str, access: &str) -> Vec<String> {
    let wanted = format!("{name}: {access} #");
    let mut reasons: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(reason) = line.trim_start().strip_prefix(&wanted) {
            let reason = reason.trim().to_owned();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const FILE: &str = "\
on:
  workflow_call:
    inputs:
      mode: { description: 'What to do | or not', type: string, default: publish }
      deep: { description: 'Whether.', type: boolean, default: false }
    secrets:
      key: { description: 'A key.', required: true }
    outputs:
      done: { description: 'Whether it is done.', value: x }
permissions: {}
jobs:
  a:
    permissions:
      contents: read # to look
    steps:
      - uses: acme/one@0123
  b:
    uses: $/.github/workflows/c.yml
    permissions:
      contents: write # to tag
      id-token: write # to log in
";

    fn page(text: &str) -> Result<String> {
        let workflow = Workflow::parse(".github/workflows/x.yml", text.to_owned())?;
        let markers = ["inputs", "secrets", "outputs", "permissions"];
        let mut page = String::new();
        for name in markers {
            let _ = write!(page, "<!-- begin {name} -->\n<!-- end {name} -->\n");
        }
        page_with_tables(&workflow, workflow.call().unwrap(), &page)
    }

    #[test]
    fn the_tables_say_what_the_file_declares() {
        let page = page(FILE).unwrap();
        assert!(
            page.contains("| `mode` | text | `publish` | What to do \\| or not. |\n"),
            "{page}"
        );
        assert!(page.contains("| `deep` | `true`, `false` | `false` | Whether. |\n"));
        assert!(page.contains("| `key` | yes | A key. |\n"));
        assert!(page.contains("| `done` | Whether it is done. |\n"));
        assert!(
            page.contains("| `contents: write` | to tag |\n| `id-token: write` | to log in |\n")
        );
    }

    #[test]
    fn what_says_nothing_of_itself_is_refused() {
        for (from, to) in [
            ("description: 'A key.', ", ""),
            ("description: 'Whether.', ", ""),
            ("description: 'Whether it is done.', ", ""),
            (", default: false", ""),
            ("permissions: {}\n", ""),
            ("    permissions:\n      contents: read # to look\n", ""),
        ] {
            assert!(FILE.contains(from));
            assert!(page(&FILE.replacen(from, to, 1)).is_err(), "{from}");
        }
    }

    #[test]
    fn what_jobs_and_steps_use_is_found() {
        let workflow = Workflow::parse("x.yml", FILE.to_owned()).unwrap();
        assert_eq!(workflow.uses(), ["acme/one@0123", "$/.github/workflows/c.yml"]);
    }
}

//! `cargo xtask generate`: what is written from the programs' own declarations.
//!
//! Inputs come from the clap structs, outputs from the `outputs!` tables. From them: the action
//! files, the tables between markers in README files, and the reference pages.

mod action;
pub(crate) mod container;
mod lock;
pub(crate) mod messages;
mod reference;
mod setup;
mod source;
mod tables;
#[cfg(test)]
mod twins_tests;
mod verbs;
mod workflow;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use launchway_runtime::inputs::prepare;

use crate::shell;

/// How to generate.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Writes nothing and fails when a file differs from what would be written.
    #[arg(long)]
    check: bool,
}

/// Every generated file: its path below the root, and what it holds.
fn files() -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let images = container::references()?;
    for action in source::actions() {
        files.insert(
            format!("actions/{}/action.yml", action.name),
            action::render(&action, "/../.."),
        );
        if action.is_root {
            files.insert("action.yml".to_owned(), action::render(&action, ""));
        }
        let program = action.words.first().copied().unwrap_or_default();
        if let Some(image) = container::image_of(program) {
            let reference = images.get(image.name).context("dist/IMAGE")?;
            let composite = action::render(&action, "");
            files.insert(
                format!("actions/{}/container/action.yml", action.name),
                container::render(&composite, action.words, reference)?,
            );
        }
        let inputs = tables::inputs(&action.inputs);
        let outputs = tables::outputs(action.outputs);
        let page = format!("actions/{}/README.md", action.name);
        let text = std::fs::read_to_string(shell::at(&page))
            .with_context(|| format!("cannot read {page}"))?;
        let text = tables::put(&text, "inputs", &inputs).with_context(|| page.clone())?;
        let text = tables::put(&text, "outputs", &outputs).with_context(|| page.clone())?;
        files.insert(page, text);
    }
    for program in source::programs() {
        let path = format!("docs/reference/{}.md", program.command.get_name());
        files.insert(path, reference::page(program));
    }
    files.insert("docs/reference/launchway-changeset.md".to_owned(), verbs::page());
    let workflows = workflow::all()?;
    files.insert(lock::PATH.to_owned(), lock::render(&workflows, &lock::Pins::read()?)?);
    files.extend(workflow::pages(&workflows)?);
    files.insert(messages::PAGE.to_owned(), messages::render()?);
    Ok(files)
}

/// The generated files that are not as they would be written, and those in their folders that nobody writes.
pub(crate) fn drift() -> Result<Vec<String>> {
    let files = files()?;
    let mut drifted = stray(&files)?;
    let differs = |path: &String, wanted: &String| {
        std::fs::read(shell::at(path)).map_or(true, |found| found != wanted.as_bytes())
    };
    let wrong = files.iter().filter(|(path, text)| differs(path, text));
    drifted.extend(wrong.map(|(path, _)| path.clone()));
    Ok(drifted)
}

/// Action files, and pages of programs and workflows, that are left over or were written by hand.
fn stray(files: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting: Vec<_> =
        ["actions", "docs/reference", "docs/workflows"].map(String::from).into();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(shell::at(&folder)).with_context(|| folder.clone())? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let is_action = path.ends_with("/action.yml") || path.ends_with("/action.yaml");
            if entry.file_type()?.is_dir() {
                waiting.push(path);
            } else if (folder.starts_with("docs") || is_action) && !files.contains_key(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes the files, or with `--check` compares them.
pub(crate) fn run(args: &Args) -> Result<bool> {
    if args.check {
        let drifted = drift()?;
        for path in &drifted {
            println!("{path} is not what `cargo xtask generate` writes");
        }
        return Ok(drifted.is_empty());
    }
    write()?;
    Ok(true)
}

/// Writes every generated file that is not as it must be.
pub(crate) fn write() -> Result<()> {
    let drifted = drift()?;
    for (path, text) in files()?.into_iter().filter(|(path, _)| drifted.contains(path)) {
        let full = shell::at(&path);
        let Some(dir) = full.parent() else { bail!("{path} has no folder") };
        std::fs::create_dir_all(dir)
            .with_context(|| format!("cannot make the folder of {path}"))?;
        std::fs::write(&full, text).with_context(|| format!("cannot write {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// The command lines of all programs.
pub(crate) fn commands() -> Vec<clap::Command> {
    let programs = source::programs().into_iter().map(|program| prepare(program.command));
    programs.chain([verbs::command()]).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_beside_the_generated_files_looks_like_one() {
        let mut files = super::files().unwrap();
        assert_eq!(super::stray(&files).unwrap(), [""; 0]);
        let (action, page) = ("actions/setup/action.yml", "docs/workflows/ci-go.md");
        assert!(files.remove(action).is_some() && files.remove(page).is_some());
        assert_eq!(super::stray(&files).unwrap(), [action, page]);
    }
}

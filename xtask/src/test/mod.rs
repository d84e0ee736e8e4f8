//! `cargo xtask test`: named stages, then a table of what passed, failed and was skipped.

mod actionlint;
mod actions;
mod cargo;
mod edges;
mod images;
mod launch;
mod links;
mod package;
mod pages;
mod peers;
mod snippets;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::tools::Tools;

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Installs missing tools first, and takes a missing tool for an error (so does CI=true).
    #[arg(long)]
    install: bool,
    /// Only the stages with one of these in their name; when there is none, the Rust tests with the
    /// first.
    filters: Vec<String>,
}

/// What a stage may use.
struct Context {
    tools: Tools,
    variables: BTreeMap<&'static str, PathBuf>,
    /// Only the Rust tests with this in their name.
    tests: Option<String>,
}

impl Context {
    /// A tool, or the outcome of a stage that lacks it.
    fn tool(&self, name: &str) -> Result<PathBuf, Outcome> {
        Tools::find(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, what: &str) -> Outcome {
        if self.tools.strict {
            Outcome { failed: 1, note: format!("{what} is missing"), ..Outcome::default() }
        } else {
            Outcome::skip(format!("{what} is missing; `cargo xtask test --install` brings it"))
        }
    }
}

/// What a stage found. A stage that checks one thing counts one.
#[derive(Default)]
struct Outcome {
    passed: usize,
    failed: usize,
    skipped: Vec<String>,
    note: String,
}

impl Outcome {
    fn one(good: bool, note: impl Into<String>) -> Self {
        let (passed, failed) = if good { (1, 0) } else { (0, 1) };
        Self { passed, failed, note: note.into(), ..Self::default() }
    }

    fn skip(why: impl Into<String>) -> Self {
        Self { skipped: vec![why.into()], ..Self::default() }
    }

    /// Passes when there is nothing to complain of; prints the complaints.
    fn complaints(complaints: &[String], good: impl Into<String>) -> Self {
        for complaint in complaints {
            println!("  {complaint}");
        }
        match complaints.len() {
            0 => Self::one(true, good),
            count => Self::one(false, format!("{count} found")),
        }
    }
}

type Stage = (&'static str, fn(&Context) -> Result<Outcome>);

/// In the order they run: what is quick to fail first, then what needs the programs.
const STAGES: &[Stage] = &[
    ("format", cargo::format),
    ("text", text::check),
    ("links", links::check),
    ("edges", edges::check),
    ("clippy", cargo::clippy),
    ("tests", cargo::tests),
    ("generated", generated),
    ("launch", launch::check),
    ("zizmor", actions::zizmor),
    ("workflows", actions::validator),
    ("actionlint", actionlint::check),
    ("snippets", snippets::check),
    ("deny", cargo::deny),
    ("conformance", peers::conformance),
    ("conformance-tags", images::conformance),
    ("differential", peers::differential),
    ("differential-tags", images::differential),
    ("openapi", peers::openapi),
    ("package", package::check),
];

fn generated(_: &Context) -> Result<Outcome> {
    let drifted = crate::generate::drift()?;
    Ok(Outcome::complaints(&drifted, "run `cargo xtask generate` after a change"))
}

struct Row {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Runs the stages; whether nothing failed.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let started = Instant::now();
    let tools = Tools::ready(args.install)?;
    let mut stages: Vec<&Stage> = STAGES
        .iter()
        .filter(|(name, _)| {
            args.filters.is_empty() || args.filters.iter().any(|wanted| name.contains(wanted))
        })
        .collect();
    let mut tests = None;
    if stages.is_empty() {
        tests = args.filters.first().cloned();
        stages = STAGES.iter().filter(|(name, _)| *name == "tests").collect();
    }
    let context = Context { variables: tools.variables(), tools, tests };
    let mut rows = Vec::new();
    for (name, check) in stages {
        println!("\n=== {name}");
        let began = Instant::now();
        let outcome = check(&context).unwrap_or_else(|error| {
            println!("  {error:#}");
            Outcome::one(false, "could not be run")
        });
        rows.push(Row { name, outcome, took: began.elapsed() });
    }
    Ok(close(&rows, started.elapsed()))
}

fn close(rows: &[Row], took: Duration) -> bool {
    println!("\n{:<17} {:>7} {:>7} {:>8} {:>8}", "stage", "passed", "failed", "skipped", "seconds");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for Row { name, outcome, took } in rows {
        let (good, bad, left) = (outcome.passed, outcome.failed, outcome.skipped.len());
        let seconds = took.as_secs_f64();
        println!("{name:<17} {good:>7} {bad:>7} {left:>8} {seconds:>8.1}  {}", outcome.note);
        passed += good;
        failed += bad;
        skipped += left;
    }
    for Row { name, outcome, .. } in rows {
        for why in &outcome.skipped {
            println!("skipped: {name}: {why}");
        }
    }
    println!("\nthe whole run took {:.0} s", took.as_secs_f64());
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    failed == 0
}

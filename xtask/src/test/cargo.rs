//! What cargo itself checks: format, lints, tests, dependencies.

use std::process::Command;

use anyhow::Result;

use super::{Context, Outcome};
use crate::generate::messages::{self, Heard};
use crate::shell;
use crate::tools::Tools;

pub(super) fn format(_: &Context) -> Result<Outcome> {
    let good = shell::ok(shell::cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::one(good, if good { "" } else { "run `cargo fmt --all`" }))
}

pub(super) fn clippy(_: &Context) -> Result<Outcome> {
    let mut command = shell::cargo();
    command.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    Ok(Outcome::one(shell::ok(&mut command)?, ""))
}

/// Where the testkit writes the texts that ended programs.
const HEARD: &str = "target/messages";

/// How many rows of the page all tests together see at least, also where tools are missing: fewer,
/// and it is the recorder that does not work.
const ROWS: usize = 150;

/// All Rust tests in one compilation; the requests the fakes saw are kept for later stages, and what
/// programs ended with is held against the page of messages.
pub(super) fn tests(context: &Context) -> Result<Outcome> {
    let recorded = shell::at(super::peers::RECORDED);
    std::fs::remove_dir_all(&recorded).ok();
    let mut command = shell::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(&context.tests);
    command.args(["--", "--show-output"]);
    command.envs(&context.variables).env("LAUNCHWAY_RECORD_DIR", &recorded);
    let heard = shell::at(HEARD);
    std::fs::remove_dir_all(&heard).ok();
    command.env("LAUNCHWAY_RECORD_MESSAGES", &heard);
    command.env("PATH", Tools::path()?);
    let mut outcome = counted(&mut command)?;
    // A choice of tests sees what it sees.
    let least = if context.tests.is_none() { ROWS } else { 0 };
    for complaint in complaints(messages::compare(&heard)?, least) {
        println!("  {complaint}");
        outcome.failed += 1;
    }
    Ok(outcome)
}

/// What is wrong with the messages that tests saw.
fn complaints(heard: Heard, least: usize) -> Vec<String> {
    let Heard { texts, rows, mut complaints } = heard;
    if rows < least {
        complaints.push(format!(
            "tests saw {rows} messages of {}, of {texts} texts; {least} is the least: does \
             crates/testkit/src/heard.rs still write them down?",
            messages::PAGE
        ));
    }
    complaints
}

/// Runs tests and counts them.
pub(super) fn counted(command: &mut Command) -> Result<Outcome> {
    let mut read = Libtest::default();
    let good = shell::lines(command, |line| {
        if read.line(line) {
            println!("{line}");
        }
    })?;
    let mut outcome = read.outcome;
    // A skipped test returns early and so passes, too.
    outcome.passed = outcome.passed.saturating_sub(outcome.skipped.len());
    if !good && outcome.failed == 0 {
        outcome.failed = 1;
        "cargo test ended badly".clone_into(&mut outcome.note);
    }
    Ok(outcome)
}

/// Reads what libtest prints: counts, skips, and which lines a person wants to see.
#[derive(Default)]
struct Libtest {
    outcome: Outcome,
    /// Inside what passing tests printed.
    hidden: bool,
    test: String,
}

impl Libtest {
    /// Whether the line is worth showing.
    fn line(&mut self, line: &str) -> bool {
        if line == "successes:" {
            self.hidden = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.hidden = false;
        }
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.split(' ').next()) {
            name.clone_into(&mut self.test);
        }
        if let Some(why) = line.strip_prefix("skipped: ").filter(|_| self.hidden) {
            // One test may lack two tools; it is one test.
            let of = format!("{}: ", self.test);
            if !self.outcome.skipped.last().is_some_and(|last| last.starts_with(&of)) {
                self.outcome.skipped.push(format!("{of}{why}"));
            }
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.outcome.passed += count(counts, " passed");
            self.outcome.failed += count(counts, " failed");
            for _ in 0..count(counts, " ignored") {
                self.outcome.skipped.push("a test that is marked as ignored".into());
            }
        }
        let passed = line.starts_with("test ") && line.ends_with("... ok");
        let empty =
            line.is_empty() || line.starts_with("running ") || line.contains("ok. 0 passed");
        !(self.hidden || passed || empty)
    }
}

/// The number before `word`, as in `12 passed`.
fn count(text: &str, word: &str) -> usize {
    let before = text.split(word).next().filter(|before| before.len() < text.len());
    before.and_then(|before| before.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Licences, bans and sources; advisories need a database from the network and are left out.
pub(super) fn deny(context: &Context) -> Result<Outcome> {
    let deny = match context.tool("cargo-deny") {
        Ok(deny) => deny,
        Err(outcome) => return Ok(outcome),
    };
    let mut command = shell::command(deny);
    command.args(["--offline", "--log-level", "error", "check", "bans", "licenses", "sources"]);
    Ok(Outcome::one(
        shell::ok(&mut command)?,
        "bans, licences, sources; advisories need the network",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorder_that_records_nothing_is_noticed() {
        let heard = |rows| Heard { texts: rows, rows, complaints: Vec::new() };
        assert!(complaints(heard(ROWS), ROWS).is_empty());
        assert!(complaints(heard(0), 0).is_empty());
        let found = complaints(heard(0), ROWS);
        assert!(matches!(found.as_slice(), [only] if only.contains("heard.rs")), "{found:?}");
    }

    #[test]
    fn counts_and_skips_are_read_and_passing_output_is_hidden() {
        let mut read = Libtest::default();
        let shown: Vec<_> = [
            "running 2 tests",
            "test a ... ok",
            "test b ... FAILED",
            "successes:",
            "---- a stdout ----",
            "skipped: no verdaccio",
            "failures:",
            "---- b stdout ----",
            "boom",
            "test result: FAILED. 1 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out",
        ]
        .into_iter()
        .filter(|line| read.line(line))
        .collect();
        assert_eq!((read.outcome.passed, read.outcome.failed), (1, 1));
        assert_eq!(read.outcome.skipped.first().map(String::as_str), Some("a: no verdaccio"));
        assert_eq!(read.outcome.skipped.len(), 4);
        assert_eq!(shown.first(), Some(&"test b ... FAILED"));
        assert!(shown.contains(&"boom") && !shown.contains(&"skipped: no verdaccio"));
    }
}

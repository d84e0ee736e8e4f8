//! Comparison with the tools we replace and with the platform's own descriptions.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::{Context, Outcome};
use crate::shell;
use crate::tools::Tools;

/// Where the fakes write the requests they saw.
pub(super) const RECORDED: &str = "target/recorded";

const ACCEPTED: &str = "tests/conformance/changesets/accepted.txt";

/// The recorded answers of the real command line, case by case.
pub(super) fn conformance(context: &Context) -> Result<Outcome> {
    let Some(python) = shell::on_path("python3") else { return Ok(context.missing("python3")) };
    shell::build_programs()?;
    let program = shell::built("debug", "launchway-changeset");
    let mut command = shell::command(python);
    command.args(["-B", "tests/conformance/changesets/compare.py", "--show", "--cmd"]);
    command.arg(format!("'{}' version", program.display()));
    command.env("PATH", Tools::path()?);
    let mut differs = Vec::new();
    let mut score = String::new();
    shell::lines(&mut command, |line| {
        println!("  {line}");
        if let Some(rest) = line.strip_prefix("differs ") {
            differs.extend(rest.split_whitespace().next().map(str::to_owned));
        }
        line.clone_into(&mut score);
    })?;
    let Some((equal, all)) = read_score(&score) else { bail!("compare.py printed no score") };
    let accepted = std::fs::read_to_string(shell::at(ACCEPTED)).unwrap_or_default();
    let docs = std::fs::read_to_string(shell::at("docs/compatibility.md")).unwrap_or_default();
    let complaints = judge(&differs, ACCEPTED, &parse(&accepted), &docs);
    for complaint in &complaints {
        println!("  {complaint}");
    }
    let failed = complaints.len();
    Ok(Outcome {
        passed: all.saturating_sub(failed),
        failed,
        skipped: Vec::new(),
        note: format!("{equal}/{all} equal, {} defended", parse(&accepted).len()),
    })
}

/// `N/M cases equal …`.
pub(super) fn read_score(line: &str) -> Option<(usize, usize)> {
    let (equal, all) = line.split_once(" cases equal")?.0.split_once('/')?;
    Some((equal.parse().ok()?, all.parse().ok()?))
}

/// Lines `case-id reason …`; `#` starts a comment.
pub(super) fn parse(text: &str) -> BTreeMap<&str, &str> {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
}

/// Every difference must be defended, every defence must be needed, and the documentation must name
/// its case or its reason.
pub(super) fn judge(
    differs: &[String],
    list: &str,
    accepted: &BTreeMap<&str, &str>,
    docs: &str,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for case in differs {
        match accepted.get(case.as_str()).map(|reason| reason.trim()) {
            None => complaints.push(format!("`{case}` differs and is not in {list}")),
            Some("") => complaints.push(format!("`{case}` is in {list} without a reason")),
            Some(reason) if !docs.contains(case.as_str()) && !docs.contains(reason) => {
                complaints
                    .push(format!("docs/compatibility.md names neither `{case}` nor `{reason}`"));
            }
            Some(_) => {}
        }
    }
    for case in accepted.keys().filter(|case| !differs.iter().any(|other| other == *case)) {
        complaints.push(format!("`{case}` is equal now; take it out of {list}"));
    }
    complaints
}

/// Random workspaces through the real command line and through ours, from a seed that stays, so that
/// the same commit gives the same answer. `LAUNCHWAY_DIFFERENTIAL_SEED` takes another.
pub(super) fn differential(context: &Context) -> Result<Outcome> {
    shell::build_programs()?;
    let mut ranges = shell::cargo();
    shell::run(ranges.args([
        "build",
        "--quiet",
        "--package",
        "launchway-workspace",
        "--example",
        "range",
    ]))?;
    let seed =
        std::env::var("LAUNCHWAY_DIFFERENTIAL_SEED").unwrap_or_else(|_| "20261121".to_owned());
    script(context, "tests/differential/run.mjs", &["--seed", &seed])
}

/// Every recorded request and answer against GitHub's own descriptions.
pub(super) fn openapi(context: &Context) -> Result<Outcome> {
    if !shell::at(RECORDED).is_dir() {
        return Ok(Outcome::skip("nothing is recorded; the stage `tests` does that"));
    }
    script(context, "tests/openapi/validate.mjs", &[RECORDED])
}

/// Runs a script of ours with the Node.js of the tests; it ends with `N passed, N failed, N skipped`
/// or counts as one.
fn script(context: &Context, path: &str, args: &[&str]) -> Result<Outcome> {
    if !shell::at(path).is_file() {
        return Ok(Outcome::skip(format!("{path} is not there")));
    }
    let node = match context.tool("node") {
        Ok(node) => node,
        Err(outcome) => return Ok(outcome),
    };
    let mut command = shell::command(node);
    command.arg(Path::new(path)).args(args).envs(&context.variables).env("PATH", Tools::path()?);
    if let Some(modules) = context.variables.get("LAUNCHWAY_NODE_MODULES").and_then(|m| m.parent())
    {
        command.env("LAUNCHWAY_OPENAPI_MODULES", modules);
    }
    command.env("LAUNCHWAY_RECORD_DIR", shell::at(RECORDED));
    command.env("LAUNCHWAY_CHANGESET", shell::built("debug", "launchway-changeset"));
    command.env("LAUNCHWAY_RANGES", shell::built("debug/examples", "range"));
    command.env("LAUNCHWAY_RELEASE", shell::built("debug", "launchway-release"));
    let mut last = String::new();
    let good = shell::lines(&mut command, |line| {
        println!("  {line}");
        if !line.trim().is_empty() {
            line.trim().clone_into(&mut last);
        }
    })?;
    let mut outcome = closing(&last).unwrap_or_else(|| Outcome::one(good, last));
    if !good && outcome.failed == 0 {
        outcome.failed = 1;
    }
    Ok(outcome)
}

/// `N passed, N failed, N skipped`.
pub(super) fn closing(line: &str) -> Option<Outcome> {
    let number =
        |part: Option<&str>, word: &str| part?.trim().strip_suffix(word)?.trim().parse().ok();
    let mut parts = line.split(',');
    let passed = number(parts.next(), "passed")?;
    let failed = number(parts.next(), "failed")?;
    let skipped: usize = number(parts.next(), "skipped")?;
    let skipped = vec!["left out by the script".to_owned(); skipped];
    Some(Outcome { passed, failed, skipped, note: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_needs_a_defence_and_a_defence_a_difference() {
        let accepted = parse("# why\npre-01 we refuse\nold-02 no longer so\n");
        let differs = ["pre-01".to_owned(), "new-03".to_owned()];
        assert_eq!(
            judge(&differs, ACCEPTED, &accepted, "see pre-01"),
            [
                format!("`new-03` differs and is not in {ACCEPTED}"),
                format!("`old-02` is equal now; take it out of {ACCEPTED}"),
            ]
        );
        let complaints =
            |list: &str, docs| judge(&differs[..1], ACCEPTED, &parse(list), docs).len();
        assert_eq!(complaints("pre-01", "pre-01"), 1);
        assert_eq!(complaints("pre-01 why so", ""), 1);
        assert_eq!(complaints("pre-01 why so", "that is why so"), 0);
    }

    #[test]
    fn the_score_and_a_closing_line_are_read() {
        let line = "93/94 cases equal (versions 94/94, changelogs 93/94, ranges 94/94)";
        assert_eq!(read_score(line), Some((93, 94)));
        let outcome = closing("5 passed, 1 failed, 2 skipped").unwrap();
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped.len()), (5, 1, 2));
        assert!(closing("all fine").is_none());
    }
}

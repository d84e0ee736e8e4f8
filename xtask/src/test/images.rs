//! The image tagger next to docker/metadata-action: its recorded answers, and random cases through the
//! real one where there is a checkout of it.

use std::path::Path;

use anyhow::{Result, bail};

use super::peers::{closing, judge, parse, read_score};
use super::{Context, Outcome};
use crate::shell;

/// The cases that were given to us, and those `tests/differential/image-tags/record.py` recorded.
const RECORDED: &[&str] = &["tests/conformance/image-tags", "tests/conformance/image-tags-more"];

const ACCEPTED: &str = "tests/conformance/image-tags-more/accepted.txt";

/// Names a checkout of docker/metadata-action, whose `dist/index.cjs` is run.
const CHECKOUT: &str = "LAUNCHWAY_METADATA_ACTION";

/// How many random cases.
const CASES: &str = "120";

/// The recorded answers of the real action, case by case.
pub(super) fn conformance(context: &Context) -> Result<Outcome> {
    let Some(python) = shell::on_path("python3") else { return Ok(context.missing("python3")) };
    shell::build_programs()?;
    let text = std::fs::read_to_string(shell::at(ACCEPTED)).unwrap_or_default();
    let accepted = parse(&text);
    let mut differs = Vec::new();
    let (mut equal, mut all) = (0, 0);
    for folder in RECORDED {
        let mut command = shell::command(&python);
        command.arg("-B").arg(shell::at(folder).join("compare.py"));
        command.args(["-v", "--cmd", &ours()]);
        let mut score = String::new();
        let mut is_known = false;
        shell::lines(&mut command, |line| {
            if let Some(id) = line.strip_prefix("DIFF ").and_then(case) {
                is_known = accepted.contains_key(id);
                differs.push(id.to_owned());
            } else if !line.starts_with(' ') {
                is_known = false;
            }
            if !is_known {
                println!("  {line}");
            }
            line.clone_into(&mut score);
        })?;
        let Some(found) = read_score(&score) else { bail!("{folder}/compare.py printed no score") };
        equal += found.0;
        all += found.1;
    }
    let docs = std::fs::read_to_string(shell::at("docs/compatibility.md")).unwrap_or_default();
    let complaints = judge(&differs, ACCEPTED, &accepted, &docs);
    for complaint in &complaints {
        println!("  {complaint}");
    }
    let failed = complaints.len();
    Ok(Outcome {
        passed: all.saturating_sub(failed),
        failed,
        skipped: Vec::new(),
        note: format!("{equal}/{all} equal, {} defended", accepted.len()),
    })
}

/// `id …` or `id: …`.
fn case(rest: &str) -> Option<&str> {
    rest.split([' ', ':']).next().filter(|id| !id.is_empty())
}

fn ours() -> String {
    format!("'{}' tags", shell::built("debug", "launchway-image").display())
}

/// Random cases through the real action and through ours, from a seed that stays.
/// `LAUNCHWAY_DIFFERENTIAL_SEED` takes another.
pub(super) fn differential(context: &Context) -> Result<Outcome> {
    let Some(checkout) = std::env::var_os(CHECKOUT) else {
        // It cannot be installed; what it answers is recorded, and held in `conformance`.
        let note = format!("only where {CHECKOUT} names a checkout of docker/metadata-action");
        return Ok(Outcome { note, ..Outcome::default() });
    };
    if !Path::new(&checkout).join("dist/index.cjs").is_file() {
        bail!("{} has no dist/index.cjs", Path::new(&checkout).display());
    }
    let Some(python) = shell::on_path("python3") else { return Ok(context.missing("python3")) };
    let node = match context.tool("node") {
        Ok(node) => node,
        Err(outcome) => return Ok(outcome),
    };
    shell::build_programs()?;
    let seed = std::env::var("LAUNCHWAY_DIFFERENTIAL_SEED").unwrap_or_else(|_| "1".to_owned());
    let mut command = shell::command(python);
    command.args(["-B", "tests/differential/image-tags/run.py", "--cases", CASES, "--seed", &seed]);
    command.arg("--peer").arg(checkout).arg("--node").arg(node).args(["--ours", &ours()]);
    let mut last = String::new();
    let good = shell::lines(&mut command, |line| {
        println!("  {line}");
        line.clone_into(&mut last);
    })?;
    let mut outcome = closing(&last).unwrap_or_else(|| Outcome::one(good, last));
    if !good && outcome.failed == 0 {
        outcome.failed = 1;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_comparers_name_the_case_that_differs() {
        assert_eq!(case("206-flavor (tags NO, labels ok)"), Some("206-flavor"));
        assert_eq!(case("flavor-0a1b2c3d: tags"), Some("flavor-0a1b2c3d"));
        assert_eq!(case(""), None);
    }
}

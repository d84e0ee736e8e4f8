//! What it costs to see that a healthy target is healthy.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use launchway_testkit::target::Target;

use super::super::usage::{self, Figure, Runs};
use super::Verdict;
use super::peers::{Ask, Tool, Tools};

const ROUNDS: usize = 100;
/// Of curl's processor time.
const CPU: f64 = 2.0;
/// MiB.
const PEAK: f64 = 15.0;

/// Measures and prints.
pub(super) fn run(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    let target = Target::start("ok\n");
    let ask = Ask { deadline: Duration::from_secs(5), ..Ask::new(target.url("/")) };
    let mut seen: Vec<_> = tools.all().map(|tool| (tool, Runs::default())).collect();
    let mut nothing = Runs::default();
    for round in 0..=ROUNDS {
        for (tool, runs) in &mut seen {
            // Node.js takes a hundred times as long, and five times fewer rounds say as much.
            if *tool == Tool::WaitOn && round % 5 != 0 {
                continue;
            }
            let before = target.count();
            let command = tools.command(*tool, &ask)?;
            // The first round warms up.
            let mut warm_up = Runs::default();
            if round == 0 { &mut warm_up } else { runs }.measure(&command)?;
            let count = target.count() - before;
            ensure!(count == 1, "{} sent {count} requests", tool.name());
        }
        if round > 0 {
            nothing.measure(&Command::new("true"))?;
        }
    }
    usage::heading(&format!(
        "one healthy GET, whole processes; {ROUNDS} rounds in turns (wait-on: {})",
        ROUNDS / 5
    ));
    for (tool, runs) in &seen {
        usage::print(tool.name(), runs);
    }
    usage::print("(true)", &nothing);
    let of = |wanted| seen.iter().find(|(tool, _)| *tool == wanted).map(|(_, runs)| runs);
    if let (Some(ours), Some(curl)) = (of(Tool::Ours), of(Tool::Curl)) {
        let (a, b) = (ours.sum(Figure::Cpu), curl.sum(Figure::Cpu));
        println!("  cpu of all {ROUNDS} rounds: ours {a:.0} ms, curl {b:.0} ms");
        verdict.at_most("cpu of all rounds, ours to curl", a / b, CPU, "times");
    }
    if let Some(ours) = of(Tool::Ours) {
        verdict.at_most("peak", ours.spread(Figure::Peak).most, PEAK, "MiB");
    }
    Ok(())
}

//! Redirects without an end, and many targets at once.

use std::time::Duration;

use anyhow::{Result, ensure};
use launchway_testkit::target::{Act, Script, Target};

use super::super::usage::{self, Figure, Runs};
use super::Verdict;
use super::peers::{Ask, Tool, Tools};

const DEADLINE: Duration = Duration::from_secs(3);
const CAP: Duration = Duration::from_secs(12);
/// Requests for one attempt.
const REQUESTS: usize = 11;
const TARGETS: u64 = 200;
/// Milliseconds.
const SLOWEST: u64 = 1000;
const ROUNDS: usize = 5;
/// Of the slowest target's time.
const WALL: f64 = 1.1;
/// MiB.
const PEAK: f64 = 60.0;

/// Measures and prints.
pub(super) fn redirects(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    println!("\nredirects that lead nowhere, followed; deadline 3 s, interval 250 ms");
    println!("  {:<22} {:<10} {:>10} {:>10} {:>6}", "", "", "wall ms", "requests", "exit");
    for (what, script, reason) in [
        ("back and forth", Script::loop_of_two(), "redirect_loop"),
        ("to a new one each time", Script::loop_of_new(), "too_many_redirects"),
    ] {
        let target = Target::start(script);
        let interval = Duration::from_millis(250);
        let url = target.url("/one");
        let ask = Ask { deadline: DEADLINE, interval, follows: true, ..Ask::new(url) };
        for tool in tools.all() {
            let before = target.count();
            let command = match tool {
                Tool::Ours => tools.reporting(&ask)?,
                _ => tools.command(tool, &ask)?,
            };
            let usage = Runs::default().measure_capped(&command, CAP)?;
            let count = target.count() - before;
            println!(
                "  {what:<22} {:<10} {:>10.0} {count:>10} {:>6}",
                tool.name(),
                Figure::Wall.of(&usage),
                usage.code.map_or_else(|| "killed".to_owned(), |code| code.to_string()),
            );
            if tool == Tool::Ours {
                let (attempts, said) = (tools.output("attempts")?, tools.output("reason")?);
                let right = attempts == "1" && count <= REQUESTS && said == reason;
                let all = format!("{attempts} attempt, {count} requests, {said}");
                verdict.holds("one attempt, at most 11 requests", &all, right);
            }
        }
    }
    Ok(())
}

/// Measures and prints.
pub(super) fn at_once(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    let target = Target::start(Script::choose(|asked| {
        let wait = asked.path.trim_start_matches('/').parse().unwrap_or_default();
        Act::status(200).after(Duration::from_millis(wait))
    }));
    // Spread over the time, the slowest last.
    let urls = (1..=TARGETS).map(|n| target.url(&format!("/{}", n * SLOWEST / TARGETS)));
    let ask = Ask { urls: urls.collect(), ..Ask::new("") };
    let mut seen: Vec<_> = tools.all().map(|tool| (tool, Runs::default())).collect();
    for round in 0..=ROUNDS {
        for (tool, runs) in &mut seen {
            let command = tools.command(*tool, &ask)?;
            let mut warm_up = Runs::default();
            let runs = if round == 0 { &mut warm_up } else { runs };
            let before = target.count();
            let usage = runs.measure_capped(&command, Duration::from_secs(30))?;
            let count = target.count() - before;
            ensure!(usage.code == Some(0), "{} ended with {:?}", tool.name(), usage.code);
            ensure!(count >= 200, "{} sent {count} requests", tool.name());
        }
    }
    usage::heading(&format!(
        "{TARGETS} targets at once, which answer after 5, 10, … {SLOWEST} ms; {ROUNDS} rounds"
    ));
    for (tool, runs) in &seen {
        usage::print(tool.name(), runs);
    }
    if let Some((_, ours)) = seen.first() {
        let slowest = f64::from(u32::try_from(SLOWEST)?);
        let wall = ours.spread(Figure::Wall);
        verdict.at_most("wall, median", wall.median, slowest * WALL, "ms");
        verdict.at_most("wall, most", wall.most, slowest * WALL, "ms");
        verdict.at_most("peak", ours.spread(Figure::Peak).most, PEAK, "MiB");
    }
    Ok(())
}

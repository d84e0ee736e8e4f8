//! How soon a target that became healthy is seen to be so.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use launchway_testkit::target::{Act, Script, Target};

use super::Verdict;
use super::peers::{Ask, Tools};

const TRIALS: usize = 20;
const INTERVAL: Duration = Duration::from_millis(100);
/// Milliseconds.
const MEDIAN: f64 = 60.0;
const MOST: f64 = 120.0;

/// Measures and prints.
pub(super) fn run(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    println!(
        "\ndetection latency: 503, from a random moment on 200; interval 100 ms (curl 1 s, its \
         shortest);\nend of the process minus that moment; {TRIALS} trials in turns"
    );
    println!(
        "  {:<10} {:>10} {:>10} {:>10} {:>10}",
        "", "median ms", "least ms", "most ms", "requests"
    );
    let target = Target::start(503);
    let ask = Ask { interval: INTERVAL, ..Ask::new(target.url("/")) };
    let mut seen: Vec<_> = tools.all().map(|tool| (tool, Vec::new(), 0)).collect();
    for trial in 0..TRIALS {
        // The same moment for all of them.
        let wait = moment(trial)?;
        for (tool, late, requests) in &mut seen {
            let mut command = tools.command(*tool, &ask)?;
            let before = target.count();
            let moment = Instant::now() + wait;
            // By the clock, and not by a thread that has to be woken.
            target.turn(Script::choose(move |_| {
                Act::status(if Instant::now() < moment { 503 } else { 200 })
            }));
            let status = command.status()?;
            let ended = Instant::now();
            ensure!(status.success(), "{} ended with {status}", tool.name());
            ensure!(ended >= moment, "{} took 503 for healthy", tool.name());
            late.push((ended - moment).as_secs_f64() * 1000.0);
            *requests += target.count() - before;
        }
    }
    for (tool, late, requests) in &mut seen {
        late.sort_unstable_by(f64::total_cmp);
        println!(
            "  {:<10} {:>10.1} {:>10.1} {:>10.1} {:>10.1}",
            tool.name(),
            median(late),
            late.first().copied().unwrap_or_default(),
            late.last().copied().unwrap_or_default(),
            f64::from(u32::try_from(*requests)?) / f64::from(u32::try_from(TRIALS)?),
        );
    }
    if let Some((_, late, _)) = seen.first() {
        verdict.at_most("median", median(late), MEDIAN, "ms");
        verdict.at_most("most", late.last().copied().unwrap_or_default(), MOST, "ms");
    }
    Ok(())
}

/// After how long it turns: some intervals and a part of one, all parts in turn, each with its own
/// chance in it. With twenty moments by chance alone the median would be off by a fifth.
fn moment(trial: usize) -> Result<Duration> {
    let chance = RandomState::new().hash_one(trial);
    let part = INTERVAL / u32::try_from(TRIALS)?;
    let within = u64::try_from(part.as_micros())?;
    Ok(Duration::from_secs(1)
        + INTERVAL * u32::try_from(chance % 10)?
        + part * u32::try_from(trial)?
        + Duration::from_micros((chance >> 32) % within))
}

/// Of sorted ones.
fn median(sorted: &[f64]) -> f64 {
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    f64::midpoint(at((sorted.len().max(1) - 1) / 2), at(sorted.len() / 2))
}

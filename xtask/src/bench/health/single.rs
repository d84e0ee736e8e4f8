//! What it costs to see that a healthy target is healthy.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::target::Target;
use launchway_testkit::tls::{TlsServer, TlsSettings};

use super::super::usage::{self, Figure, Runs};
use super::Verdict;
use super::peers::{Ask, Tool, Tools};

const ROUNDS: usize = 100;
/// Of wait-on: Node.js takes a hundred times as long, and fewer rounds say as much.
const FEWER: usize = ROUNDS / 5;
/// Of curl's processor time.
const CPU: f64 = 2.0;
/// MiB.
const PEAK: f64 = 15.0;

/// Measures and prints.
pub(super) fn run(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    let target = Target::start("ok\n");
    let ask = Ask { deadline: Duration::from_secs(5), ..Ask::new(target.url("/")) };
    let seen = measure(tools, &ask, || target.count())?;
    print(&seen, &format!("one healthy GET, whole processes; {ROUNDS} rounds in turns"));
    if let Some(share) = share(&seen) {
        verdict.at_most("cpu of all rounds, ours to curl", share, CPU, "times");
    }
    if let Some((_, ours)) = seen.first() {
        verdict.at_most("peak, most", ours.spread(Figure::Peak).most, PEAK, "MiB");
    }
    secure(tools)
}

/// The same by TLS, where all of them read the system's authorities. No figure has to be met.
fn secure(tools: &Tools) -> Result<()> {
    let Some(certificates) = Certificates::new() else {
        println!("\n(without openssl no GET by TLS is measured)");
        return Ok(());
    };
    let pair = certificates.make(&Wanted::server(&["IP:127.0.0.1"]));
    let server = TlsServer::start(&TlsSettings::new(&pair));
    let ask = Ask {
        deadline: Duration::from_secs(5),
        authority: Some(certificates.authority().to_owned()),
        ..Ask::new(server.url("https", "127.0.0.1"))
    };
    let seen = measure(tools, &ask, || server.handshakes().len())?;
    print(&seen, "the same by TLS, verified");
    if let Some(share) = share(&seen) {
        println!("  cpu of all rounds, ours to curl: {share:.1} times");
    }
    Ok(())
}

/// Runs all tools in turns; `count` says how often they asked so far.
fn measure(tools: &Tools, ask: &Ask, count: impl Fn() -> usize) -> Result<Vec<(Tool, Runs)>> {
    let mut seen: Vec<_> = tools.all().map(|tool| (tool, Runs::default())).collect();
    for round in 0..=ROUNDS {
        for (tool, runs) in &mut seen {
            if *tool == Tool::WaitOn && round % (ROUNDS / FEWER) != 0 {
                continue;
            }
            let before = count();
            let command = tools.command(*tool, ask)?;
            // The first round warms up.
            let mut warm_up = Runs::default();
            if round == 0 { &mut warm_up } else { runs }.measure(&command)?;
            let count = count() - before;
            ensure!(count == 1, "{} sent {count} requests", tool.name());
        }
    }
    Ok(seen)
}

fn print(seen: &[(Tool, Runs)], title: &str) {
    usage::heading(&format!("{title} (wait-on: {FEWER})"));
    for (tool, runs) in seen {
        usage::print(tool.name(), runs);
    }
    let mut nothing = Runs::default();
    if (0..FEWER).all(|_| nothing.measure(&Command::new("true")).is_ok()) {
        usage::print("(true)", &nothing);
    }
}

/// The processor time of all rounds, ours to curl's: added up, because that of one is a few
/// milliseconds.
fn share(seen: &[(Tool, Runs)]) -> Option<f64> {
    let sum = |wanted| {
        let (_, runs) = seen.iter().find(|(tool, _)| *tool == wanted)?;
        Some(runs.sum(Figure::Cpu))
    };
    let (ours, curl) = (sum(Tool::Ours)?, sum(Tool::Curl)?);
    println!("  cpu of all {ROUNDS} rounds: ours {ours:.0} ms, curl {curl:.0} ms");
    Some(ours / curl)
}

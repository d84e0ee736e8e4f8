//! Targets that would hold on to whoever asks them, or fill them up.

use std::time::Duration;

use anyhow::Result;
use launchway_testkit::target::{Act, BlackHole, Target};

use super::super::usage::{Figure, Runs, Usage};
use super::Verdict;
use super::peers::{Ask, Tool, Tools};

const DEADLINE: Duration = Duration::from_secs(3);
const INTERVAL: Duration = Duration::from_millis(250);
/// When a peer that does not end is killed.
const CAP: Duration = Duration::from_secs(10);
/// Milliseconds past the deadline.
const LATE: f64 = 250.0;
/// MiB.
const PEAK: f64 = 30.0;
/// Of ours; the worst counts.
const ROUNDS: usize = 3;
const DRIP: Duration = Duration::from_millis(500);
const HUGE: u64 = 300_000_000;

/// What is asked, and what has to be said of it; nothing where its head is enough.
struct Case {
    name: &'static str,
    place: Place,
    body: Option<&'static str>,
    reason: &'static str,
}

/// Where it is.
enum Place {
    Nowhere,
    NoName,
    Hole,
    Does(Act),
}

fn cases() -> Vec<Case> {
    let case = |name, place, reason| Case { name, place, body: None, reason };
    let does = |name, act, reason| case(name, Place::Does(act), reason);
    let body = |name, act| Case { body: Some("ready"), ..does(name, act, "body_too_large") };
    vec![
        case("refused", Place::Nowhere, "connection_refused"),
        case("no such name", Place::NoName, "dns_failure"),
        case("black hole", Place::Hole, "connect_timeout"),
        does("silent", Act::Silent, "response_timeout"),
        does("dripping head", Act::DripHead(DRIP), "response_timeout"),
        does("dripping body", Act::DripBody(DRIP), "response_timeout"),
        does("endless body", Act::Endless, ""),
        body("the same, body wanted", Act::Endless),
        does("300 MB", Act::Huge(HUGE), ""),
        body("the same, body wanted", Act::Huge(HUGE)),
        does("gzip bomb", Act::Bomb, ""),
        body("the same, body wanted", Act::Bomb),
        does("reset", Act::Reset, "reset"),
        does("garbage", Act::Garbage, "protocol_error"),
        does("truncated", Act::Truncated, "protocol_error"),
    ]
}

/// Measures and prints.
pub(super) fn run(tools: &Tools, verdict: &mut Verdict) -> Result<()> {
    println!(
        "\nhostile targets: deadline 3 s, interval 250 ms; ours the worst of {ROUNDS}, peers once, \
         killed after 10 s;\nexit, wall s, peak MiB"
    );
    print!("  {:<22}", "");
    for tool in tools.all() {
        print!(" {:>17}", tool.name());
    }
    println!("  reason of ours");
    let cases = cases();
    let (mut wall, mut peak, mut right) = (0_f64, 0_f64, 0);
    for case in &cases {
        let target = match &case.place {
            Place::Does(act) => Target::start(act.clone()),
            Place::Nowhere | Place::NoName | Place::Hole => Target::reserved(503),
        };
        let hole = matches!(case.place, Place::Hole).then(BlackHole::open);
        let url = match (&case.place, &hole) {
            (_, Some(hole)) => format!("http://{}/", hole.address()),
            (Place::NoName, None) => "http://nothing.invalid/".to_owned(),
            _ => target.url("/"),
        };
        let (deadline, interval) = (DEADLINE, INTERVAL);
        let ask = Ask { deadline, interval, body: case.body, ..Ask::new(url) };
        print!("  {:<22}", case.name);
        let mut said = Vec::new();
        for tool in tools.all() {
            let mut worst = Usage::default();
            let rounds = if tool == Tool::Ours { ROUNDS } else { 1 };
            for _ in 0..rounds {
                let command = match tool {
                    Tool::Ours => tools.reporting(&ask)?,
                    _ => tools.command(tool, &ask)?,
                };
                let usage = Runs::default().measure_capped(&command, CAP)?;
                worst.wall = worst.wall.max(usage.wall);
                worst.peak = worst.peak.max(usage.peak);
                worst.code = usage.code;
                if tool == Tool::Ours {
                    let expected = i32::from(!case.reason.is_empty());
                    let reason = tools.output("reason")?;
                    if usage.code != Some(expected) || reason != case.reason {
                        said.push(format!("WRONG: {reason:?} instead of {:?}", case.reason));
                    }
                }
            }
            if tool == Tool::Ours {
                wall = wall.max(Figure::Wall.of(&worst));
                peak = peak.max(Figure::Peak.of(&worst));
            }
            let exit = worst.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
            let (wall, peak) = (worst.wall.as_secs_f64(), Figure::Peak.of(&worst));
            print!(" {exit:>6} {wall:>5.2} {peak:>4.0}");
        }
        right += usize::from(said.is_empty());
        let healthy = if case.reason.is_empty() { "(healthy)" } else { case.reason };
        println!("  {}", said.first().map_or(healthy, String::as_str));
    }
    let deadline = DEADLINE.as_secs_f64() * 1000.0;
    verdict.at_most("past the deadline, worst", (wall - deadline).max(0.0), LATE, "ms");
    verdict.at_most("peak, worst", peak, PEAK, "MiB");
    let all = format!("{right} of {}", cases.len());
    verdict.holds("exit and reason right", &all, right == cases.len());
    Ok(())
}

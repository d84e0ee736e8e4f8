//! `version` against the real command line: the same workspaces, in turns, in one run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::baseline;
use super::usage::{self, Figure, Runs};
use super::workspace::{self, Size, Workspace};
use crate::shell;
use crate::tools::Tools;

/// A size, how often it is measured, and at most which share of the real command line's time is
/// aimed at.
struct Case {
    size: Size,
    pairs: usize,
    share: f64,
}

const CASES: &[Case] = &[
    Case { size: Size { packages: 10, changesets: 1, later: 0 }, pairs: 11, share: 1.0 / 20.0 },
    Case { size: Size { packages: 100, changesets: 20, later: 5000 }, pairs: 9, share: 1.0 / 30.0 },
    Case { size: Size { packages: 1000, changesets: 200, later: 0 }, pairs: 5, share: 1.0 / 30.0 },
];
/// Peak memory, against the real command line.
const PEAK: f64 = 1.0 / 5.0;
/// Time, against one log and the same files read and written.
const BASELINE: f64 = 3.0;
/// Pairs for the growth, and how much slower than linear counts as linear.
const GROWTH_PAIRS: usize = 5;
const SLACK: f64 = 1.3;

/// The real command line: Node.js and its script.
type Peer = (PathBuf, PathBuf);

/// Measures and prints.
pub(super) fn run(profile: &str) -> Result<()> {
    let ours = shell::built(profile, "launchway-changeset");
    let peer = Tools::find("node")
        .map(|node| (node, Tools::node_modules().join("@changesets/cli/bin.js")))
        .filter(|(_, cli)| cli.is_file());
    if peer.is_none() {
        println!("\n(`cargo xtask test --install` brings the real command line to compare with)");
    }
    for case in CASES {
        compare(case, &ours, peer.as_ref())?;
    }
    growth(&ours)
}

fn ours_in(place: &Path, ours: &Path) -> Command {
    let mut command = Command::new(ours);
    command.arg("version").current_dir(place).env("CI", "true");
    command
}

fn theirs_in(place: &Path, (node, cli): &Peer) -> Command {
    let mut command = Command::new(node);
    command.arg(cli).arg("version").current_dir(place).env("CI", "true");
    command
}

/// What was copied is on the disk before anything is timed.
fn settle() {
    if cfg!(unix) {
        drop(Command::new("sync").status());
    }
}

fn compare(case: &Case, ours: &Path, peer: Option<&Peer>) -> Result<()> {
    let Size { packages, changesets, later } = case.size;
    let mut workspace = Workspace::generate(case.size)?;
    // Not counted: programs and Node's compile cache are warm afterwards, and both must agree.
    let mine = workspace.copy()?;
    Runs::default().measure(&ours_in(&mine, ours))?;
    if let Some(peer) = peer {
        let theirs = workspace.copy()?;
        Runs::default().measure(&theirs_in(&theirs, peer))?;
        let same = workspace::contents(&mine)? == workspace::contents(&theirs)?;
        ensure!(same, "{packages} packages: the two command lines wrote different files");
    }
    let list = workspace.beside("files.json");
    baseline::list(&workspace.path(), &mine, &list)?;

    let (mut a, mut b, mut least) = (Runs::default(), Runs::default(), Runs::default());
    let mut places = Vec::new();
    for _ in 0..case.pairs {
        places.push((workspace.copy()?, workspace.copy()?, workspace.copy()?));
    }
    settle();
    // In turns, so that a slow moment of the machine hits all.
    for (mine, theirs, floor) in &places {
        a.measure(&ours_in(mine, ours))?;
        if let Some(peer) = peer {
            b.measure(&theirs_in(theirs, peer))?;
        }
        least.measure_baseline(&list, Command::new("git").current_dir(floor))?;
    }
    usage::heading(&format!(
        "{packages} packages, {changesets} changesets, {later} later commits; {} rounds",
        case.pairs
    ));
    usage::print("ours", &a);
    if peer.is_some() {
        usage::print("real CLI", &b);
    }
    usage::print("git and files", &least);
    if peer.is_some() {
        for (what, figure, share) in [
            ("wall, ours to the real CLI", Figure::Wall, case.share),
            ("cpu, ours to the real CLI", Figure::Cpu, case.share),
            ("peak, ours to the real CLI", Figure::Peak, PEAK),
        ] {
            usage::aim(what, a.median(figure), b.median(figure), share);
        }
    }
    for (what, figure) in
        [("wall, ours to git and files", Figure::Wall), ("cpu, ours to git and files", Figure::Cpu)]
    {
        usage::aim(what, a.median(figure), least.median(figure), BASELINE);
    }
    Ok(())
}

/// Ten times the packages and changesets may take ten times as long.
fn growth(ours: &Path) -> Result<()> {
    let sizes = [
        Size { packages: 1000, changesets: 200, later: 0 },
        Size { packages: 10_000, changesets: 2000, later: 0 },
    ];
    let mut workspaces = Vec::new();
    for size in sizes {
        let mut workspace = Workspace::generate(size)?;
        let places = (0..=GROWTH_PAIRS).map(|_| workspace.copy()).collect::<Result<Vec<_>>>()?;
        workspaces.push((workspace, places, Runs::default()));
    }
    settle();
    for round in 0..=GROWTH_PAIRS {
        for (_, places, runs) in &mut workspaces {
            let Some(place) = places.get(round) else { continue };
            // The first round warms up.
            let mut warm_up = Runs::default();
            let runs = if round == 0 { &mut warm_up } else { runs };
            runs.measure(&ours_in(place, ours))?;
        }
    }
    usage::heading(&format!("growth; {GROWTH_PAIRS} rounds"));
    for (size, (_, _, runs)) in sizes.iter().zip(&workspaces) {
        usage::print(&format!("{} packages", size.packages), runs);
    }
    if let [(_, _, small), (_, _, large)] = workspaces.as_slice() {
        for (what, figure) in [("wall", Figure::Wall), ("cpu", Figure::Cpu), ("peak", Figure::Peak)]
        {
            usage::aim(
                &format!("{what}, 10,000 to 1,000 packages"),
                large.median(figure),
                small.median(figure),
                10.0 * SLACK,
            );
        }
    }
    Ok(())
}

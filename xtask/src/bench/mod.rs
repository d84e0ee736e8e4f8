//! `cargo xtask bench`: what ships, measured; next to the tool it replaces, in the same run.

mod baseline;
mod changelog;
mod release;
mod requests;
mod usage;
mod version;
mod workspace;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::shell;
use crate::tools::Tools;

pub(crate) use usage::{Args as Measure, run as measure};

const PROGRAMS: &[&str] = &["launchway-changeset", "launchway-release", "launchway-changelog"];

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure; everything unless said.
    what: Option<What>,
    /// A built checkout of changesets/action to compare `release` with: its `dist/index.js` is run.
    #[arg(long, value_name = "FOLDER")]
    peer: Option<PathBuf>,
    /// Only the cases of `changelog` whose name has this text.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Another program to measure as ours with `changelog`: an older build, say.
    #[arg(long, value_name = "PROGRAM")]
    ours: Option<PathBuf>,
    /// Measures the debug build: quick, and not what ships.
    #[arg(long)]
    debug: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Size and start time of the programs.
    Start,
    /// `version` on generated workspaces, against the real command line.
    Version,
    /// `launchway-changelog` on generated histories, against the real git-cliff.
    Changelog,
    /// The whole step of the release bot, against the real action; and its requests.
    Release,
}

impl Args {
    fn needs(&self, program: &str) -> bool {
        match self.what {
            None | Some(What::Start) => true,
            Some(What::Version) => program == "launchway-changeset",
            Some(What::Release) => program == "launchway-release",
            Some(What::Changelog) => program == "launchway-changelog" && self.ours.is_none(),
        }
    }
}

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let profile = if args.debug { "debug" } else { "release" };
    for program in PROGRAMS.iter().filter(|program| args.needs(program)) {
        // One by one, as `dist/launch.sh` builds them: together they would share features.
        let mut build = shell::cargo();
        build.args(["build", "--locked", "--package", program]);
        if !args.debug {
            build.arg("--release");
        }
        shell::run(&mut build)?;
    }
    println!("profile: {profile}");
    let wanted = |what| args.what.is_none_or(|only| only == what);
    if wanted(What::Start) {
        start(profile)?;
    }
    if wanted(What::Version) {
        version::run(profile)?;
    }
    if wanted(What::Changelog) {
        let built = shell::built(profile, "launchway-changelog");
        changelog::run(args.ours.as_ref().unwrap_or(&built), args.case.as_deref())?;
    }
    if wanted(What::Release) {
        release::run(profile, args.peer.as_deref())?;
        requests::run(profile)?;
    }
    Ok(true)
}

fn start(profile: &str) -> Result<()> {
    println!("\n{:<22} {:>12} {:>12} {:>12}", "program", "bytes", "median ms", "best ms");
    for program in PROGRAMS {
        let path = shell::built(profile, program);
        let bytes = std::fs::metadata(&path).context("a program that was built is there")?.len();
        let (median, best) = times(50, || timed(Command::new(&path).arg("--version")))?;
        println!("{program:<22} {bytes:>12} {:>12.2} {:>12.2}", ms(median), ms(best));
    }
    if let Some(node) = Tools::find("node") {
        let (median, best) = times(10, || timed(Command::new(&node).args(["-e", "0"])))?;
        println!("{:<22} {:>12} {:>12.2} {:>12.2}", "(node -e 0)", "", ms(median), ms(best));
    }
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let name = PathBuf::from(command.get_program());
    let began = Instant::now();
    let output = command.output().with_context(|| format!("cannot start {}", name.display()))?;
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{} failed: {said}", name.display());
    Ok(took)
}

/// Median and best of several.
fn times(count: usize, mut run: impl FnMut() -> Result<Duration>) -> Result<(Duration, Duration)> {
    let mut seen = (0..count).map(|_| run()).collect::<Result<Vec<_>>>()?;
    let median = median(&mut seen);
    Ok((median, seen.first().copied().unwrap_or_default()))
}

/// Sorts, and takes the middle one.
fn median(seen: &mut [Duration]) -> Duration {
    seen.sort_unstable();
    seen.get(seen.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

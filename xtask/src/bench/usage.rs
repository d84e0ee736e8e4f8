//! What one command costs: time, processor time, memory. Each is run by a process of its own, whose
//! children are this command and what it starts.

use std::ffi::OsString;
use std::fmt;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::baseline;

/// What one run cost.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    /// From start to end.
    pub(super) wall: Duration,
    /// Processor time of the command and all it started, in user and kernel mode.
    pub(super) cpu: Duration,
    /// The largest resident set of any of these processes, in bytes; zero where the system does not
    /// tell. Never less than that of the process that starts them.
    pub(super) peak: u64,
    /// Its exit code; none when it was killed.
    pub(super) code: Option<i32>,
}

/// Runs one command and writes what it cost.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to write it.
    report: PathBuf,
    /// A list of files to read and write instead of a command.
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// After how many milliseconds it is killed; with it the command may also fail.
    #[arg(long)]
    cap: Option<u64>,
    /// The command.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// The hidden command.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let usage = match &args.baseline {
        Some(list) => baseline::measure(list)?,
        None => {
            let (program, rest) = args.command.split_first().context("no command to measure")?;
            let mut command = Command::new(program);
            let mut said = tempfile::tempfile()?;
            command.args(rest).stdin(Stdio::null()).stdout(said.try_clone()?);
            forked(&mut command)?;
            let before = children();
            let began = Instant::now();
            let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
            let status = match args.cap {
                Some(cap) => capped(&mut child, Duration::from_millis(cap))?,
                None => child.wait()?,
            };
            let wall = began.elapsed();
            let after = children();
            if args.cap.is_none() && !status.success() {
                let mut text = Vec::new();
                said.rewind()?;
                said.read_to_end(&mut text)?;
                bail!("{program} ended with {status}\n{}", String::from_utf8_lossy(&text));
            }
            let cpu = after.cpu.saturating_sub(before.cpu);
            Usage { wall, cpu, peak: after.peak, code: status.code() }
        }
    };
    std::fs::write(&args.report, serde_json::to_vec(&usage)?)?;
    Ok(true)
}

/// Its end, or that of its time. Looked for so often that the wall time is right to a millisecond.
fn capped(child: &mut Child, cap: Duration) -> Result<ExitStatus> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if began.elapsed() > cap {
            child.kill()?;
            return Ok(child.wait()?);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// With a group, even its own, the child is a fork and not spawned in this process's memory, whose
/// peak the system would count as the child's.
#[cfg(target_os = "linux")]
fn forked(command: &mut Command) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;

    command.gid(std::fs::metadata("/proc/self")?.gid());
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn forked(_: &mut Command) -> Result<()> {
    Ok(())
}

/// What the children of this process cost so far.
#[cfg(unix)]
pub(super) fn children() -> Usage {
    of(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)
}

/// What this process cost so far.
#[cfg(unix)]
pub(super) fn own() -> Usage {
    of(nix::sys::resource::UsageWho::RUSAGE_SELF)
}

#[cfg(unix)]
fn of(who: nix::sys::resource::UsageWho) -> Usage {
    let Ok(usage) = nix::sys::resource::getrusage(who) else { return Usage::default() };
    let time = |time: nix::sys::time::TimeVal| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
        let micros = u64::try_from(time.tv_usec()).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    let peak = u64::try_from(usage.max_rss()).unwrap_or_default();
    // macOS counts bytes, everybody else kilobytes.
    let peak = if cfg!(target_os = "macos") { peak } else { peak * 1024 };
    let cpu = time(usage.user_time()) + time(usage.system_time());
    Usage { cpu, peak, ..Usage::default() }
}

#[cfg(not(unix))]
pub(super) fn children() -> Usage {
    Usage::default()
}

#[cfg(not(unix))]
pub(super) fn own() -> Usage {
    Usage::default()
}

/// Several runs of one command.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Vec<Usage>);

/// Which figure of a run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Wall,
    Cpu,
    Peak,
}

impl Runs {
    /// Runs the command once more, as it was prepared: folder and environment.
    pub(super) fn measure(&mut self, command: &Command) -> Result<()> {
        self.add(command, words(command))
    }

    /// Runs the command once more; it may fail, and is killed when it takes longer.
    pub(super) fn measure_capped(&mut self, command: &Command, cap: Duration) -> Result<Usage> {
        let cap = format!("--cap={}", cap.as_millis());
        self.add(command, std::iter::once(cap.into()).chain(words(command)))?;
        self.0.last().copied().context("a run was added")
    }

    /// What all runs took together, in milliseconds or megabytes.
    pub(super) fn sum(&self, figure: Figure) -> f64 {
        self.0.iter().map(|usage| figure.of(usage)).sum()
    }

    /// Runs commands one after another as one run: times are added, the largest peak counts.
    pub(super) fn measure_all(&mut self, commands: &[Command]) -> Result<()> {
        let mut runs = Self::default();
        for command in commands {
            runs.measure(command)?;
        }
        self.0.push(runs.0.into_iter().fold(Usage::default(), |sum, run| Usage {
            wall: sum.wall + run.wall,
            cpu: sum.cpu + run.cpu,
            peak: sum.peak.max(run.peak),
            code: run.code,
        }));
        Ok(())
    }

    /// Reads and writes the files of a list once more, in the folder of the command.
    pub(super) fn measure_baseline(
        &mut self,
        list: &std::path::Path,
        command: &Command,
    ) -> Result<()> {
        self.add(command, ["--baseline".into(), list.into()].into_iter())
    }

    fn add(&mut self, like: &Command, words: impl Iterator<Item = OsString>) -> Result<()> {
        let report = tempfile::NamedTempFile::new()?;
        let mut helper = Command::new(std::env::current_exe()?);
        helper.arg("measure").arg(report.path()).args(words);
        if let Some(folder) = like.get_current_dir() {
            helper.current_dir(folder);
        }
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => helper.env(name, value),
                None => helper.env_remove(name),
            };
        }
        let output = helper.stdin(Stdio::null()).output().context("cannot start the helper")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "a measured command failed: {said}");
        let read = serde_json::from_slice(&std::fs::read(report.path())?);
        self.0.push(read.with_context(|| format!("the helper did not report: {said}"))?);
        Ok(())
    }

    /// The middle one, the least and the most, in milliseconds or megabytes.
    pub(super) fn spread(&self, figure: Figure) -> Spread {
        let mut values: Vec<f64> = self.0.iter().map(|usage| figure.of(usage)).collect();
        values.sort_unstable_by(f64::total_cmp);
        Spread {
            median: values.get(values.len() / 2).copied().unwrap_or_default(),
            least: values.first().copied().unwrap_or_default(),
            most: values.last().copied().unwrap_or_default(),
        }
    }

    pub(super) fn median(&self, figure: Figure) -> f64 {
        self.spread(figure).median
    }
}

/// The command as words.
fn words(command: &Command) -> impl Iterator<Item = OsString> {
    let rest = command.get_args().map(ToOwned::to_owned);
    std::iter::once(command.get_program().to_owned()).chain(rest)
}

impl Figure {
    #[expect(clippy::cast_precision_loss, reason = "memory of a process is far below 2^53")]
    pub(super) fn of(self, usage: &Usage) -> f64 {
        match self {
            Self::Wall => usage.wall.as_secs_f64() * 1000.0,
            Self::Cpu => usage.cpu.as_secs_f64() * 1000.0,
            Self::Peak => usage.peak as f64 / 1_048_576.0,
        }
    }
}

/// Median, least and most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) median: f64,
    least: f64,
    pub(super) most: f64,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.1} ({:.1}–{:.1})", self.median, self.least, self.most);
        f.pad(&text)
    }
}

/// Prints one line per command.
pub(super) fn print(name: &str, runs: &Runs) {
    let figure = |figure| runs.spread(figure);
    println!(
        "  {name:<16} {:>24} {:>24} {:>22}",
        figure(Figure::Wall),
        figure(Figure::Cpu),
        figure(Figure::Peak)
    );
}

/// The heading over such lines.
pub(super) fn heading(title: &str) {
    println!("\n{title}");
    println!("  {:<16} {:>24} {:>24} {:>22}", "", "wall ms", "cpu ms", "peak MiB");
}

/// Whether a figure is at most that share of the other's, said.
pub(super) fn aim(what: &str, ours: f64, theirs: f64, at_most: f64) {
    if ours <= 0.0 || theirs <= 0.0 {
        println!("  {what:<38} not measured here");
        return;
    }
    let share = |value: f64| {
        if value < 1.0 { format!("1/{:.1}", 1.0 / value) } else { format!("{value:.2} times") }
    };
    let met = if ours / theirs <= at_most { "met" } else { "NOT MET" };
    println!("  {what:<38} {:>12}   aim {:<11} {met}", share(ours / theirs), share(at_most));
}

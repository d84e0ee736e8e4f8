//! `launchway-changelog` against the real git-cliff: the same generated histories, in turns, in one
//! run; both must write the same bytes. Beside them the plain log of the same fields.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::git;
use launchway_testkit::history::{Extra, HistorySpec};
use tempfile::TempDir;

use super::usage::{self, Figure, Runs};
use crate::tools::Tools;

const PACKAGES: usize = 20;
/// The fields a changelog can need.
const FIELDS: &str = "--format=%H%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B";
/// Where git-cliff keeps which files each commit changed.
const CACHE: &str = ".git/git-cliff-core";

/// The tags that count for every package.
const TAGS: [&str; 2] = ["--tag-pattern", "^v[0-9]"];

/// What is asked for.
#[derive(Clone, Copy)]
enum Asked {
    Full,
    Unreleased,
    /// One package by its path, without git-cliff's cache.
    Path,
    /// A changelog for each package: one pass of ours, a run each of git-cliff's.
    Packages,
}

/// A case: at most which share of git-cliff's wall time, the share that is aimed at, and the same
/// for the peak of memory where it counts.
struct Case {
    name: &'static str,
    commits: usize,
    tags: usize,
    asked: Asked,
    pairs: usize,
    wall: (f64, f64),
    peak: Option<(f64, f64)>,
}

/// Cases of the same history follow each other.
const CASES: &[Case] = &[
    case("unreleased, 10k commits", 10_000, 19, Asked::Unreleased, 7, (0.4, 0.2)),
    case("full, 10k commits, 19 tags", 10_000, 19, Asked::Full, 5, (0.22, 0.12)),
    case("one path of 20, cold, 10k commits", 10_000, 19, Asked::Path, 2, (0.02, 0.01)),
    case("20 packages, 10k commits", 10_000, 19, Asked::Packages, 1, (0.03, 0.02)),
    case("full, 10k commits, 499 tags", 10_000, 499, Asked::Full, 1, (0.02, 0.01)),
    case("unreleased, 50k commits", 50_000, 19, Asked::Unreleased, 5, (0.4, 0.2)),
    Case {
        peak: Some((0.3, 0.15)),
        ..case("full, 50k commits, 19 tags", 50_000, 19, Asked::Full, 2, (0.22, 0.12))
    },
];

const fn case(
    name: &'static str,
    commits: usize,
    tags: usize,
    asked: Asked,
    pairs: usize,
    wall: (f64, f64),
) -> Case {
    Case { name, commits, tags, asked, pairs, wall, peak: None }
}

/// Measures and prints; of the cases only those whose name has the text.
pub(super) fn run(ours: &Path, only: Option<&str>) -> Result<()> {
    let peer = Tools::find("git-cliff");
    if peer.is_none() {
        println!("\n(`cargo xtask test --install` brings the real git-cliff to compare with)");
    }
    let mut history: Option<History> = None;
    for case in CASES.iter().filter(|case| only.is_none_or(|only| case.name.contains(only))) {
        let same = history.take().filter(|history| history.is_of(case));
        let place = match same {
            Some(same) => same,
            None => History::generate(case)?,
        };
        place.compare(case, ours, peer.as_deref())?;
        history = Some(place);
    }
    Ok(())
}

/// A generated repository, and a folder next to it.
struct History {
    folder: TempDir,
    commits: usize,
    tags: usize,
}

impl History {
    fn generate(case: &Case) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        HistorySpec::linear(case.commits)
            .packages(PACKAGES)
            .tags(case.tags)
            .with(Extra::Checkout)
            .write(&folder.path().join("work"));
        Ok(Self { folder, commits: case.commits, tags: case.tags })
    }

    fn is_of(&self, case: &Case) -> bool {
        self.commits == case.commits && self.tags == case.tags
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn command(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.work()).envs(git::environment(git::EPOCH));
        command.env_remove("CI").env_remove("GITHUB_ACTIONS");
        // Neither finds a configuration of its user.
        command.env("HOME", self.folder.path()).env("XDG_CONFIG_HOME", self.folder.path());
        command
    }

    /// One run, or the runs of all packages; each writes its changelog into a file.
    fn generator(&self, program: &Path, asked: Asked) -> Vec<Command> {
        let output = self.folder.path().join("CHANGELOG.md");
        let output = output.to_string_lossy();
        let args: &[&str] = match asked {
            Asked::Full => &["--output", &output],
            Asked::Unreleased => &["--unreleased", "--output", &output],
            Asked::Path => &["--include-path", "packages/pkg-03/**", "--output", &output],
            Asked::Packages => {
                let runs = packages().map(|folder| {
                    let path = format!("{folder}/**");
                    let output = format!("{folder}/CHANGELOG.md");
                    let args = ["--include-path", &path, "--output", &output];
                    self.command(program, &[args.as_slice(), &TAGS].concat())
                });
                return runs.collect();
            }
        };
        vec![self.command(program, args)]
    }

    fn ours(&self, program: &Path, asked: Asked) -> Vec<Command> {
        if matches!(asked, Asked::Packages) {
            vec![self.command(program, &[["--packages", "all"], TAGS].concat())]
        } else {
            self.generator(program, asked)
        }
    }

    /// The log of the same commits, with names of files where those are needed.
    fn log(&self, asked: Asked) -> Result<Command> {
        let newest = git::try_text(&self.work(), &["describe", "--abbrev=0"]);
        let range = format!("{}..HEAD", newest.context("the history has no tag")?);
        let args: &[&str] = match asked {
            Asked::Full => &["log", FIELDS],
            Asked::Unreleased => &["log", FIELDS, &range],
            Asked::Path => &["log", FIELDS, "--", "packages/pkg-03"],
            Asked::Packages => &["log", FIELDS, "--name-only"],
        };
        Ok(self.command(Path::new("git"), args))
    }

    /// What was written, and not there any more.
    fn take(&self, asked: Asked) -> Result<Vec<Vec<u8>>> {
        let paths: Vec<_> = match asked {
            Asked::Packages => {
                packages().map(|path| self.work().join(path).join("CHANGELOG.md")).collect()
            }
            _ => vec![self.folder.path().join("CHANGELOG.md")],
        };
        let take = |path: &PathBuf| -> Result<Vec<u8>> {
            let bytes = std::fs::read(path).context("a changelog was not written")?;
            std::fs::remove_file(path)?;
            ensure!(!bytes.is_empty(), "a changelog is empty");
            Ok(bytes)
        };
        paths.iter().map(take).collect()
    }

    fn compare(&self, case: &Case, ours: &Path, peer: Option<&Path>) -> Result<()> {
        let asked = case.asked;
        let (mut a, mut b, mut least) = (Runs::default(), Runs::default(), Runs::default());
        let log = self.log(asked)?;
        let cache = self.work().join(CACHE);
        let is_ours = ours.file_stem().is_some_and(|name| name == "launchway-changelog");
        // Not counted: the program and the pack are in memory afterwards.
        Runs::default().measure(&log)?;
        Runs::default().measure_all(&self.ours(ours, asked))?;
        let expected = self.take(asked)?;
        // In turns, so that a slow moment of the machine hits all.
        for _ in 0..case.pairs {
            a.measure_all(&self.ours(ours, asked))?;
            ensure!(self.take(asked)? == expected, "{}: ours is not always the same", case.name);
            ensure!(!is_ours || !cache.exists(), "{}: ours left a cache", case.name);
            if let Some(peer) = peer {
                b.measure_all(&self.generator(peer, asked))?;
                let same = self.take(asked)? == expected;
                if cache.exists() {
                    std::fs::remove_dir_all(&cache)?;
                }
                ensure!(same, "{}: the two programs wrote different bytes", case.name);
            }
            least.measure(&log)?;
        }
        usage::heading(&format!("{}; {} rounds", case.name, case.pairs));
        usage::print("ours", &a);
        if peer.is_some() {
            usage::print("git-cliff", &b);
        }
        usage::print("git log", &least);
        if peer.is_some() {
            let share = |what, figure, bars| shares(what, a.median(figure), b.median(figure), bars);
            share("wall", Figure::Wall, Some(case.wall));
            share("cpu", Figure::Cpu, None);
            share("peak", Figure::Peak, case.peak);
        }
        let (wall, floor) = (a.median(Figure::Wall), least.median(Figure::Wall));
        println!("  wall, ours to git log                  {:>6.2} times", wall / floor);
        Ok(())
    }
}

fn packages() -> impl Iterator<Item = String> {
    (0..PACKAGES).map(|package| format!("packages/pkg-{package:02}"))
}

/// Our share of git-cliff's, with its bar and its aim.
fn shares(what: &str, ours: f64, theirs: f64, bars: Option<(f64, f64)>) {
    let share = ours / theirs;
    print!("  {what:<4} of git-cliff's {share:>27.3}");
    if let Some((bar, aim)) = bars {
        let met = |at_most: f64| if share <= at_most { "met" } else { "NOT MET" };
        print!("   at most {bar:<4} {:<7}   aim {aim:<4} {}", met(bar), met(aim));
    }
    println!();
}

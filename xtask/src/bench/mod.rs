//! `cargo xtask bench`: what ships, measured; next to the tool it replaces, in the same run.

mod baseline;
mod changelog;
mod health;
mod image;
mod launch;
mod notify;
mod release;
mod requests;
mod retag;
mod usage;
mod version;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::shell;
use crate::tools::Tools;

pub(crate) use retag::{Plain, plain};
pub(crate) use usage::{Args as Measure, run as measure};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure; everything unless said.
    what: Option<What>,
    /// A checkout of the action to compare with: changesets/action for `release`, whose
    /// `dist/index.js` is run, docker/metadata-action for `image`, whose `dist/index.cjs` is run,
    /// slackapi/slack-github-action for `notify`, whose `dist/index.js` is run. May stand again.
    #[arg(long, value_name = "FOLDER")]
    peer: Vec<PathBuf>,
    /// Only the cases of `changelog` whose name has this text.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Another program to measure as ours with `changelog`, `health`, `launch` or `notify`: an older build, say.
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
    /// `launchway-image tags` against the real docker/metadata-action, and `push-tags` against
    /// skopeo and two plain requests on a real registry (docker-registry and skopeo of Debian).
    Image,
    /// `launchway-health` against wait-on, hurl and curl, and against a server that is hostile.
    Health,
    /// `launchway-notify` against the real slack-github-action and curl, on one Slack on loopback.
    Notify,
    /// `dist/launch.sh` with a filled tool cache and an empty one, beside a node action that does nothing.
    Launch,
}

/// The actions to compare with: what their `action.yml` calls them, and the script that is run.
const ACTIONS: [(&str, &str); 3] = [
    (release::ACTION, release::SCRIPT),
    (image::ACTION, image::SCRIPT),
    (notify::ACTION, notify::SCRIPT),
];

/// Whether a folder is a built checkout of that action.
fn is_action(folder: &Path, (name, script): (&str, &str)) -> bool {
    let file = std::fs::read_to_string(folder.join("action.yml")).unwrap_or_default();
    let mut names = file.lines().filter_map(|line| line.strip_prefix("name:"));
    names.any(|told| told.contains(name)) && folder.join(script).is_file()
}

impl Args {
    /// The checkout of the action with this name.
    fn peer(&self, name: &str) -> Option<&Path> {
        let action = ACTIONS.into_iter().find(|(of, _)| *of == name)?;
        self.peer.iter().map(PathBuf::as_path).find(|folder| is_action(folder, action))
    }

    fn needs(&self, program: &str) -> bool {
        match self.what {
            None | Some(What::Start) => true,
            Some(What::Version) => program == "launchway-changeset",
            Some(What::Release) => program == "launchway-release",
            Some(What::Image) => program == "launchway-image",
            Some(What::Changelog) => program == "launchway-changelog" && self.ours.is_none(),
            Some(What::Health | What::Launch) => {
                program == "launchway-health" && self.ours.is_none()
            }
            Some(What::Notify) => program == "launchway-notify" && self.ours.is_none(),
        }
    }
}

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<bool> {
    for folder in &args.peer {
        let found = ACTIONS.into_iter().any(|action| is_action(folder, action));
        ensure!(found, "{} is not the built checkout of an action", folder.display());
    }
    let profile = if args.debug { "debug" } else { "release" };
    for program in shell::programs()?.iter().filter(|program| args.needs(program)) {
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
        release::run(profile, args.peer(release::ACTION))?;
        requests::run(profile)?;
    }
    if wanted(What::Image) {
        image::run(profile, args.peer(image::ACTION))?;
    }
    if wanted(What::Health) {
        let built = shell::built(profile, "launchway-health");
        // Another changelog program is none of these.
        let ours = args.ours.as_ref().filter(|_| args.what == Some(What::Health));
        health::run(ours.unwrap_or(&built))?;
    }
    if wanted(What::Notify) {
        let built = shell::built(profile, "launchway-notify");
        let ours = args.ours.as_ref().filter(|_| args.what == Some(What::Notify));
        notify::run(ours.unwrap_or(&built), args.peer(notify::ACTION))?;
    }
    if wanted(What::Launch) {
        let built = shell::built(profile, "launchway-health");
        let ours = args.ours.as_ref().filter(|_| args.what == Some(What::Launch));
        launch::run(ours.unwrap_or(&built))?;
    }
    Ok(true)
}

fn start(profile: &str) -> Result<()> {
    println!("\n{:<22} {:>12} {:>12} {:>12}", "program", "bytes", "median ms", "best ms");
    for program in shell::programs()? {
        let path = shell::built(profile, &program);
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

//! The launcher with a program in the tool cache and without, as an action's step starts it, beside a
//! node action that does nothing: `node` on a bundled script of one line, without any package.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::target::{Act, Target};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::usage::{Figure, Runs};
use crate::shell;
use crate::tools::Tools;

const ROUNDS: usize = 31;
/// Milliseconds of the whole step.
const WARM: f64 = 60.0;
const COLD: f64 = 400.0;
const VERSION: &str = "1.2.3";
const SCRIPT: &str = "console.log('::debug::hello');\n";

/// Measures and prints; `program` is a built `launchway-health`.
pub(super) fn run(program: &Path) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "this is measured on Linux");
    let place = Place::new(program)?;
    let node = Tools::find("node").context("run `cargo xtask test --install` first")?;
    let mirror = Target::start(Act::ok(std::fs::read(&place.archive)?));
    let mut nothing = Command::new(node);
    nothing.arg(place.dir.path().join("index.js"));
    println!(
        "\nthe launcher, {ROUNDS} rounds in turns, a program of {} bytes in an archive of {}",
        std::fs::metadata(program)?.len(),
        std::fs::metadata(&place.archive)?.len()
    );
    let (mut bare, mut warm) = (Runs::default(), Runs::default());
    let (mut cold, mut node) = (Runs::default(), Runs::default());
    let mut direct = Command::new(program);
    direct.arg("--version");
    // Once, so that the cache is filled.
    shell::run(&mut place.step("kept", &mirror))?;
    for round in 0..ROUNDS {
        bare.measure(&direct)?;
        warm.measure(&place.step("kept", &mirror))?;
        cold.measure(&place.step(&format!("cache-{round}"), &mirror))?;
        node.measure(&nothing)?;
    }
    println!("{:<34} {:>10} {:>10} {:>12} {:>8}", "", "wall ms", "cpu ms", "to node", "aim ms");
    let (wall, cpu) = (Figure::Wall, Figure::Cpu);
    let rows = [("the program alone", &bare, None), ("warm: hash and start", &warm, Some(WARM))];
    for (what, runs, aim) in rows.into_iter().chain([
        ("cold: fetch from loopback", &cold, Some(COLD)),
        ("node, doing nothing", &node, None),
    ]) {
        let ratio = runs.median(wall) / node.median(wall);
        let aim = aim.map_or(String::new(), |aim| {
            format!("{aim:>8} {}", if runs.median(wall) <= aim { "met" } else { "NOT MET" })
        });
        println!(
            "{what:<34} {:>10.1} {:>10.1} {ratio:>12.2} {aim}",
            runs.median(wall),
            runs.median(cpu)
        );
    }
    Ok(())
}

/// A tree with the launcher and hashes, and the archive of one program.
struct Place {
    dir: TempDir,
    archive: PathBuf,
}

impl Place {
    fn new(program: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let dist = dir.path().join("dist");
        std::fs::create_dir(&dist)?;
        std::fs::copy(shell::at("dist/launch.sh"), dist.join("launch.sh"))?;
        std::fs::copy(program, dir.path().join("launchway-health"))?;
        std::fs::write(dir.path().join("index.js"), SCRIPT)?;
        // As the runner writes a step's `run:`.
        let run = "\"$GITHUB_ACTION_PATH/dist/launch.sh\" health --version\n";
        std::fs::write(dir.path().join("step.sh"), run)?;
        let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
        let name = format!("launchway-health-{VERSION}-{target}.tar.gz");
        let archive = dir.path().join(&name);
        let mut tar = shell::command("tar");
        shell::run(tar.arg("-czf").arg(&archive).arg("launchway-health").current_dir(dir.path()))?;
        let sum = |path: &Path| -> Result<String> {
            let digest = Sha256::digest(std::fs::read(path)?);
            Ok(digest.iter().fold(String::new(), |mut sum, byte| {
                let _ = write!(sum, "{byte:02x}");
                sum
            }))
        };
        std::fs::write(dist.join("VERSION"), format!("{VERSION}\n"))?;
        // As many lines as a release has, and ours last.
        let mut sums = String::new();
        for at in 0..94 {
            let _ = writeln!(sums, "{:064}  other-{at}/launchway-{target}", 0);
        }
        let _ = write!(
            sums,
            "{}  {name}\n{}  {target}/launchway-health\n",
            sum(&archive)?,
            sum(program)?
        );
        std::fs::write(dist.join("SHA256SUMS"), sums)?;
        Ok(Self { dir, archive })
    }

    /// The step, with this tool cache.
    fn step(&self, cache: &str, mirror: &Target) -> Command {
        let mut command = shell::command("sh");
        command.arg("-e").arg(self.dir.path().join("step.sh")).current_dir(self.dir.path());
        for name in ["http_proxy", "https_proxy", "all_proxy", "LAUNCHWAY_PATH"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command
            .env("GITHUB_ACTION_PATH", self.dir.path())
            .env("RUNNER_TOOL_CACHE", self.dir.path().join(cache))
            .env("LAUNCHWAY_MIRROR", mirror.url("/mirror"));
        command
    }
}

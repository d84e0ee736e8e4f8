//! Generated npm workspaces: chains of ten, one package everybody needs, three more dependencies
//! each; every changeset in a commit of its own. The same size gives the same workspace.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::shell;

/// One measurement.
pub(super) struct Size {
    pub(super) packages: usize,
    pub(super) changesets: usize,
    pub(super) runs: usize,
}

/// From small to large.
pub(super) const SIZES: &[Size] = &[
    Size { packages: 10, changesets: 1, runs: 9 },
    Size { packages: 100, changesets: 20, runs: 7 },
    Size { packages: 1000, changesets: 200, runs: 3 },
];

fn git(place: &Path, args: &[&str]) -> Result<String> {
    let mut command = shell::command("git");
    command.current_dir(place).args([
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@example.test",
    ]);
    command.args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"]);
    shell::read(command.args(args))
}

/// A small generator, so that the same size gives the same workspace.
struct Dice(usize);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (self.0 >> 8) % end.max(1)
    }
}

fn write(place: &Path, path: &str, text: &str) -> Result<()> {
    let full = place.join(path);
    if let Some(dir) = full.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(&full, text).with_context(|| format!("cannot write {path}"))
}

/// Makes one; it is removed when dropped.
pub(super) fn generate(packages: usize, changesets: usize) -> Result<TempDir> {
    let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
    let place = dir.path();
    let mut dice = Dice(packages);
    git(place, &["init", "--quiet", "--initial-branch=main"])?;
    write(
        place,
        "package.json",
        "{\n  \"name\": \"bench\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
    )?;
    write(
        place,
        "package-lock.json",
        "{\n  \"name\": \"bench\",\n  \"lockfileVersion\": 3,\n  \"packages\": {}\n}\n",
    )?;
    write(place, ".changeset/config.json", "{\n  \"format\": false\n}\n")?;
    for number in 0..packages {
        let mut needs: Vec<usize> = (0..3).map(|_| dice.below(number)).collect();
        needs.push(0);
        if number % 10 != 0 {
            needs.push(number - 1);
        }
        needs.retain(|other| *other < number);
        needs.sort_unstable();
        needs.dedup();
        let needs: Vec<_> =
            needs.iter().map(|other| format!("    \"@bench/p{other}\": \"^1.0.0\"")).collect();
        let mut text = format!("{{\n  \"name\": \"@bench/p{number}\",\n  \"version\": \"1.0.0\"");
        if !needs.is_empty() {
            let _ = write!(text, ",\n  \"dependencies\": {{\n{}\n  }}", needs.join(",\n"));
        }
        text.push_str("\n}\n");
        write(place, &format!("packages/p{number}/package.json"), &text)?;
    }
    git(place, &["add", "--all"])?;
    git(place, &["commit", "--quiet", "--message", "packages"])?;
    for number in 0..changesets {
        let package = dice.below(packages);
        let bump = ["patch", "minor", "major"].get(dice.below(3)).copied().unwrap_or("patch");
        let text = format!("---\n\"@bench/p{package}\": {bump}\n---\n\nChange {number}\n");
        write(place, &format!(".changeset/c{number}.md"), &text)?;
        git(place, &["add", "--all", ".changeset"])?;
        git(place, &["commit", "--quiet", "--message", "changeset"])?;
    }
    Ok(dir)
}

/// Takes back what a run changed.
pub(super) fn reset(place: &Path) -> Result<()> {
    git(place, &["reset", "--quiet", "--hard"])?;
    git(place, &["clean", "--quiet", "-fd"])?;
    Ok(())
}

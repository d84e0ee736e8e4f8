//! Generated npm workspaces: chains of ten, one package everybody needs, three more dependencies
//! each; every changeset in a commit of its own. The same size gives the same workspace.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::shell;

/// How large.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) packages: usize,
    pub(super) changesets: usize,
    /// Commits after the changesets, to other files.
    pub(super) later: usize,
}

/// One workspace, and as many fresh copies of it as one takes. Nothing is removed before the end:
/// some file systems are slow where files were removed a moment ago.
pub(super) struct Workspace {
    dir: TempDir,
    copies: usize,
}

/// A small generator, so that the same size gives the same workspace.
struct Dice(usize);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (self.0 >> 8) % end.max(1)
    }
}

/// Commits for `git fast-import`.
#[derive(Default)]
struct History {
    text: String,
    seconds: usize,
}

impl History {
    fn commit(&mut self, message: &str, files: impl IntoIterator<Item = (String, String)>) {
        self.seconds += 1;
        let time = 1_700_000_000 + self.seconds;
        let _ = write!(
            self.text,
            "commit refs/heads/main\ncommitter bench <bench@example.test> {time} +0000\n\
             data {}\n{message}\n",
            message.len()
        );
        for (path, text) in files {
            let _ = write!(self.text, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
        }
    }
}

impl Workspace {
    /// Makes one; it is removed when dropped.
    pub(super) fn generate(size: Size) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let place = dir.path().join("0");
        std::fs::create_dir(&place)?;
        git(&place, &["init", "--quiet", "--initial-branch=main"])?;
        let mut import = shell::command("git")
            .current_dir(&place)
            .args(["fast-import", "--quiet"])
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut pipe) = import.stdin.take() {
            pipe.write_all(history(size).as_bytes())?;
        }
        ensure!(import.wait()?.success(), "git fast-import failed");
        git(&place, &["reset", "--quiet", "--hard"])?;
        Ok(Self { dir, copies: 0 })
    }

    /// The workspace itself, to be left alone.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("0")
    }

    /// A file of ours next to the workspaces.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A fresh copy.
    pub(super) fn copy(&mut self) -> Result<PathBuf> {
        self.copies += 1;
        let copy = self.dir.path().join(self.copies.to_string());
        copy_folder(&self.path(), &copy).context("cannot copy the workspace")?;
        Ok(copy)
    }
}

/// Git in a folder; what it prints.
pub(super) fn git(place: &Path, args: &[&str]) -> Result<String> {
    let mut command = shell::command("git");
    command.current_dir(place).args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"]);
    command.args(["-c", "user.name=bench", "-c", "user.email=bench@example.test"]);
    shell::read(command.args(args))
}

fn history(size: Size) -> String {
    let Size { packages, changesets, later } = size;
    let mut dice = Dice(packages);
    let mut history = History::default();
    let root =
        "{\n  \"name\": \"bench\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n";
    let lock = "{\n  \"name\": \"bench\",\n  \"lockfileVersion\": 3,\n  \"packages\": {}\n}\n";
    let mut files = vec![
        ("package.json".to_owned(), root.to_owned()),
        ("package-lock.json".to_owned(), lock.to_owned()),
        (".changeset/config.json".to_owned(), "{\n  \"format\": false\n}\n".to_owned()),
    ];
    files.extend(
        (0..packages).map(|number| {
            (format!("packages/p{number}/package.json"), manifest(number, &mut dice))
        }),
    );
    history.commit("packages", files);
    for number in 0..changesets {
        let package = dice.below(packages);
        let bump = ["patch", "minor", "major"].get(dice.below(3)).copied().unwrap_or("patch");
        let text = format!("---\n\"@bench/p{package}\": {bump}\n---\n\nChange {number}\n");
        history.commit("changeset", [(format!(".changeset/c{number}.md"), text)]);
    }
    for number in 0..later {
        let file = format!("src/f{}.txt", number % 50);
        history.commit("later", [(file, format!("line {number}\n"))]);
    }
    history.text
}

fn manifest(number: usize, dice: &mut Dice) -> String {
    let mut needs: Vec<usize> = (0..3).map(|_| dice.below(number)).collect();
    needs.push(0);
    if !number.is_multiple_of(10) {
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
    text
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Every file but git's own, by path from the folder.
pub(super) fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if path == Path::new(".git") {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(entry.path())?;
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    Ok(found)
}

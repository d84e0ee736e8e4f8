//! A tree with the launcher in it, a mirror, and the shells and tools it may meet.
#![expect(clippy::expect_used, reason = "a test ends with its first fault, and says what it lacks")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use launchway_e2e::at;
use launchway_testkit::{Finished, Scrubbed, script};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub(super) const VERSION: &str = "1.2.3";

/// What a script says when it runs, and what reached it.
const PROGRAM: &str = r#"#!/bin/sh
echo "program ran"
for word in "$@"; do printf 'word [%s]\n' "$word"; done
printf 'BASH_ENV=%s ENV=%s CDPATH=%s SHELLOPTS=%s umask=%s\n' "${BASH_ENV-none}" "${ENV-none}" "${CDPATH-none}" "$(env | grep -c '^SHELLOPTS=')" "$(umask)"
exit 7
"#;

/// What the launcher and the program above use, and nothing more.
const TOOLS: &[&str] = &[
    "cat",
    "chmod",
    "cksum",
    "cp",
    "cut",
    "date",
    "env",
    "find",
    "grep",
    "gzip",
    "head",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "tail",
    "tar",
    "timeout",
    "tr",
    "uname",
];

/// A shell with the tools of its system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Debian's sh, with curl.
    Dash,
    /// Debian's sh, with GNU's wget.
    Wget,
    /// bash under the name sh, as on macOS and Fedora, with curl.
    Bash,
    /// busybox alone, as in Alpine.
    Busybox,
}

/// Where a program lies on this machine.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// The tool, or `None` where it may be missing, which is said.
pub(super) fn tool(name: &str) -> Option<PathBuf> {
    launchway_e2e::needed(name, on_path(name))
}

pub(super) fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut sum, byte| {
        let _ = write!(sum, "{byte:02x}");
        sum
    })
}

/// This machine's target.
pub(super) fn target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

pub(super) fn archive_name() -> String {
    format!("launchway-health-{VERSION}-{}.tar.gz", target())
}

/// All of it lies in a folder whose name has blanks, quotes, a dollar and a line break.
pub(super) struct Room {
    dir: TempDir,
    shell: PathBuf,
    /// The program's archive.
    pub(super) archive: Vec<u8>,
}

impl Room {
    /// `None` where the way's tools are missing, which is said.
    pub(super) fn new(way: Way) -> Option<Self> {
        let dir = TempDir::with_prefix("launch way '$x\"\n*").expect("a temporary directory");
        let bin = dir.path().join("bin");
        for folder in ["bin", "tree/dist", "mirror", "work space", "temp"] {
            std::fs::create_dir_all(dir.path().join(folder)).expect("a directory");
        }
        let link = |from: &Path, name: &str| {
            std::os::unix::fs::symlink(from, bin.join(name)).expect("a link");
        };
        if way == Way::Busybox {
            let busybox = tool("busybox")?;
            let list = Command::new(&busybox).arg("--list").output().expect("busybox runs");
            for name in String::from_utf8_lossy(&list.stdout).lines() {
                link(&busybox, name);
            }
        } else {
            for name in TOOLS {
                if let Some(file) = on_path(name) {
                    link(&file, name);
                }
            }
            let fetch = if way == Way::Wget { "wget" } else { "curl" };
            link(&tool(fetch)?, fetch);
            link(&tool(if way == Way::Bash { "bash" } else { "dash" })?, "sh");
        }
        let shell = bin.join("sh");
        let tree = dir.path().join("tree/dist");
        std::fs::copy(at("dist/launch.sh"), tree.join("launch.sh")).expect("a copy");
        let mut room = Self { dir, shell, archive: Vec::new() };
        room.pack(|folder| script(folder.join("launchway-health"), PROGRAM), &["launchway-health"]);
        Some(room)
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    pub(super) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    }

    /// A program on its `PATH`, before others of this name.
    pub(super) fn tool(&self, name: &str, text: &str) {
        let file = self.path("bin").join(name);
        let _ = std::fs::remove_file(&file);
        script(file, text);
    }

    /// Makes the archive anew out of what `fill` puts into a folder, and the tree's hashes with it.
    pub(super) fn pack(&mut self, fill: impl FnOnce(&Path), members: &[&str]) {
        let folder = self.path("packed");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a directory");
        fill(&folder);
        let made = Command::new("tar")
            .args(["-czPf", "../packed.tar.gz"])
            .args(members)
            .current_dir(&folder)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "tar packs");
        self.archive = std::fs::read(self.path("packed.tar.gz")).expect("an archive");
        self.write(&format!("mirror/{}", archive_name()), &self.archive);
        self.seal(&sum(&self.archive), &sum(PROGRAM.as_bytes()));
    }

    /// The tree's version and hashes.
    pub(super) fn seal(&self, archive: &str, program: &str) {
        let lines =
            format!("{archive}  {}\n{program}  {}/launchway-health\n", archive_name(), target());
        self.write("tree/dist/VERSION", format!("{VERSION}\n"));
        self.write("tree/dist/SHA256SUMS", lines);
    }

    /// Where the program is kept below the tool cache.
    pub(super) fn kept(&self) -> PathBuf {
        self.path(&format!("tool cache/launchway/{VERSION}/{}/launchway-health", target()))
    }

    /// `LAUNCHWAY_MIRROR` for the folder.
    pub(super) fn mirror(&self) -> OsString {
        let mut url = OsString::from("file://");
        url.push(self.path("mirror"));
        url
    }

    /// The launcher as an action's step starts it.
    pub(super) fn launch(&self) -> Scrubbed {
        Scrubbed::new(&self.shell)
            .arg(self.path("tree/dist/launch.sh"))
            .dir(self.path("work space"))
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("temp"))
            .env("RUNNER_TOOL_CACHE", self.path("tool cache"))
    }

    /// What nothing may have left behind, whatever happened.
    #[track_caller]
    pub(super) fn is_clean(&self, row: &str) {
        let left = std::fs::read_dir(self.path("work space")).expect("a folder").count();
        assert_eq!(left, 0, "{row}: the working directory is not as it was");
        let mut waiting = vec![self.path("")];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let name = entry.file_name();
                assert!(
                    !name.to_string_lossy().starts_with(".new-"),
                    "{row}: {} is left",
                    entry.path().display()
                );
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(entry.path());
                }
            }
        }
    }
}

/// The program ran, as the only one.
#[track_caller]
pub(super) fn ran(done: &Finished, row: &str) {
    let once = done.stdout.matches("program ran").count() == 1;
    assert!(
        done.code == Some(7) && once,
        "{row}: the program did not run: {:?}\n{}",
        done.code,
        done.all()
    );
}

/// The program did not run; why not was said, with what to do.
#[track_caller]
pub(super) fn refused(done: &Finished, code: i32, says: &str, row: &str) {
    let all = done.all();
    let ran = all.contains("program ran");
    assert!(done.code == Some(code) && !ran, "{row}: expected {code}, got {:?}\n{all}", done.code);
    assert!(all.contains(says), "{row}: {says:?} is not in\n{all}");
    assert!(
        all.contains("error: ") && all.contains("hint: "),
        "{row}: no error with its hint in\n{all}"
    );
}

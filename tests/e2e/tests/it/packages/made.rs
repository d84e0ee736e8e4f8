//! Packing programs that are given, so that nothing has to be compiled.
#![expect(clippy::unwrap_used, reason = "a test ends with its first fault")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use launchway_e2e::{built, needed, root};
use tempfile::TempDir;

/// The version of the tree, which every version pull request changes.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
pub(super) const LINUX: &str = "x86_64-unknown-linux-musl";
pub(super) const WINDOWS: &str = "aarch64-pc-windows-msvc";
pub(super) const PROGRAMS: &[&str] =
    &["changelog", "changeset", "deploy", "health", "image", "notify", "release"];

/// Exit code and all that was said.
pub(super) type Said = (Option<i32>, String);

/// A folder with programs that do nothing, and what packs them.
pub(super) struct Room {
    pub(super) dir: TempDir,
    xtask: PathBuf,
}

impl Room {
    pub(super) fn new() -> Option<Self> {
        let xtask = needed("xtask", built("xtask"))?;
        let room = Self { dir: TempDir::new().unwrap(), xtask };
        for name in PROGRAMS {
            room.program(LINUX, name, &elf(1_000));
            room.program(WINDOWS, name, b"MZ");
        }
        Some(room)
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn program(&self, target: &str, name: &str, bytes: &[u8]) {
        let folder = self.at("given").join(target);
        std::fs::create_dir_all(&folder).unwrap();
        let ending = if target == WINDOWS { ".exe" } else { "" };
        std::fs::write(folder.join(format!("launchway-{name}{ending}")), bytes).unwrap();
    }

    /// `cargo xtask package …`
    pub(super) fn package(&self, words: &[&str]) -> Said {
        let mut command = Command::new(&self.xtask);
        let done = command.arg("package").args(words).current_dir(root()).output().unwrap();
        let said =
            [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (done.status.code(), said.concat())
    }

    /// Packs programs for a target into a folder of the room.
    pub(super) fn pack(&self, target: &str, programs: &[&str], out: &str) -> Said {
        let (given, out) = (self.at("given"), self.at(out));
        let mut words = vec!["--target", target, "--prebuilt", given.to_str().unwrap()];
        words.extend(["--out", out.to_str().unwrap()]);
        for name in programs {
            words.extend(["--program", name]);
        }
        self.package(&words)
    }
}

/// A program of this many bytes that nothing can run and that needs nothing.
fn elf(size: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01".to_vec();
    bytes.resize(64, 0);
    // Not to be squeezed, so that the archive has a size, too.
    let mut state = 1_u32;
    bytes.extend((64..size).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    bytes
}

fn names(folder: &Path) -> Vec<String> {
    let read = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        read.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_holds_archives_sums_lists_and_the_programs_and_is_the_same_twice() {
    let Some(room) = Room::new() else { return };
    for (out, target) in [("one", LINUX), ("other", LINUX), ("one", WINDOWS), ("other", WINDOWS)] {
        let (code, said) = room.pack(target, &["health", "changeset"], out);
        assert_eq!(code, Some(0), "{said}");
        // An archive that knows the time of a file would be another now.
        age(&room.at("given"));
    }
    assert_eq!(
        names(&room.at("one")),
        [
            "SHA256SUMS".to_owned(),
            "VERSION".to_owned(),
            WINDOWS.to_owned(),
            format!("launchway-changeset-{VERSION}-{WINDOWS}.cdx.json"),
            format!("launchway-changeset-{VERSION}-{WINDOWS}.zip"),
            format!("launchway-changeset-{VERSION}-{LINUX}.cdx.json"),
            format!("launchway-changeset-{VERSION}-{LINUX}.tar.gz"),
            format!("launchway-health-{VERSION}-{WINDOWS}.cdx.json"),
            format!("launchway-health-{VERSION}-{WINDOWS}.zip"),
            format!("launchway-health-{VERSION}-{LINUX}.cdx.json"),
            format!("launchway-health-{VERSION}-{LINUX}.tar.gz"),
            LINUX.to_owned(),
        ]
    );
    let sums = |out: &str| std::fs::read_to_string(room.at(out).join("SHA256SUMS")).unwrap();
    assert_eq!(sums("one"), sums("other"), "a second time gives other bytes");
    let lines: Vec<_> = sums("one").lines().map(|line| line[66..].to_owned()).collect();
    for name in [
        format!("{LINUX}/launchway-health"),
        format!("{WINDOWS}/launchway-health.exe"),
        format!("launchway-health-{VERSION}-{LINUX}.tar.gz"),
        format!("launchway-health-{VERSION}-{WINDOWS}.zip"),
    ] {
        assert!(lines.contains(&name), "{name} is not among {lines:?}");
    }
    // What everybody has agrees about every file and the program inside.
    let files: String = sums("one")
        .lines()
        .filter(|line| !line.contains(".exe"))
        .fold(String::new(), |all, line| all + line + "\n");
    std::fs::write(room.at("one/files"), files).unwrap();
    let check = Command::new("sha256sum")
        .args(["--check", "--strict", "files"])
        .current_dir(room.at("one"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

fn age(folder: &Path) {
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(100);
    for target in [LINUX, WINDOWS] {
        for file in std::fs::read_dir(folder.join(target)).unwrap() {
            let file = std::fs::File::options().write(true).open(file.unwrap().path()).unwrap();
            file.set_modified(later).unwrap();
        }
    }
}

#[test]
fn an_archive_holds_the_program_licences_manual_and_completions() {
    let Some(room) = Room::new() else { return };
    let (code, said) = room.pack(LINUX, &["image", "changeset"], "out");
    assert_eq!(code, Some(0), "{said}");
    let list = |name: &str| {
        let archive = room.at("out").join(format!("launchway-{name}-{VERSION}-{LINUX}.tar.gz"));
        let mut tar = Command::new("tar");
        tar.arg("tvzf").arg(archive).args(["--numeric-owner", "--utc"]);
        let done = tar.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let listed = list("image");
    let names: Vec<_> = listed.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    for name in [
        "launchway-image",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "LICENSES-OTHERS",
        "man/launchway-image.1",
        "man/launchway-image-push-tags.1",
        "completions/launchway-image.bash",
        "completions/_launchway-image",
    ] {
        assert!(names.contains(&name), "{name} is not in\n{listed}");
    }
    for line in listed.lines() {
        let mode = if line.ends_with(" launchway-image") { "-rwxr-xr-x" } else { "-rw-r--r--" };
        assert!(line.starts_with(mode), "{line}");
        assert!(line.contains(" 0/0 ") && line.contains("1970-01-01 00:00"), "{line}");
    }
    // Its command line is described in another way, and it has no less.
    assert!(list("changeset").contains("man/launchway-changeset-version.1"));
}

#[test]
fn the_list_of_what_is_in_a_program_follows_the_official_schema() {
    let Some(room) = Room::new() else { return };
    let node = needed("node", std::env::var_os("LAUNCHWAY_NODE"));
    let (code, said) = room.pack(LINUX, &["health", "changeset"], "out");
    assert_eq!(code, Some(0), "{said}");
    let file =
        |name: &str| room.at("out").join(format!("launchway-{name}-{VERSION}-{LINUX}.cdx.json"));
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap()
    };
    let names = |document: &serde_json::Value| -> Vec<String> {
        let components = document["components"].as_array().unwrap().iter();
        components.map(|component| component["name"].as_str().unwrap().to_owned()).collect()
    };
    let health = read("health");
    let inside = names(&health);
    for name in ["launchway-http", "ring", "rustls", "tokio"] {
        assert!(inside.iter().any(|inside| inside == name), "{name} is not in {inside:?}");
    }
    // Of tests, of other platforms and of other programs.
    for name in ["launchway-testkit", "proptest", "windows-sys", "git-cliff-core", "cc"] {
        assert!(!inside.iter().any(|inside| inside == name), "{name} is in {inside:?}");
    }
    assert!(!names(&read("changeset")).iter().any(|name| name == "mimalloc"));
    // They are built in one go, so what they share is the same in both.
    let uses = |document: &serde_json::Value| -> BTreeMap<String, serde_json::Value> {
        let all = document["dependencies"].as_array().unwrap().iter();
        all.map(|one| (one["ref"].as_str().unwrap().to_owned(), one["dependsOn"].clone())).collect()
    };
    let (one, other) = (uses(&health), uses(&read("changeset")));
    let shared: Vec<_> = one.keys().filter(|name| other.contains_key(*name)).collect();
    assert!(shared.len() > 50, "{shared:?}");
    for name in shared {
        assert_eq!(one[name], other[name], "{name}");
    }
    let ring = health["components"].as_array().unwrap().iter().find(|it| it["name"] == "ring");
    let ring = ring.unwrap();
    assert!(ring["purl"].as_str().unwrap().starts_with("pkg:cargo/ring@"), "{ring}");
    assert_eq!(ring["hashes"][0]["content"].as_str().unwrap().len(), 64, "{ring}");
    assert!(ring["licenses"][0]["expression"].is_string(), "{ring}");
    let Some(node) = node else { return };
    let done = Command::new(node)
        .arg(launchway_e2e::at("tests/packages/sbom.mjs"))
        .args([file("health"), file("changeset")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains("2 documents, 0 complaints"), "{said}");
}

#[test]
fn what_is_too_heavy_or_not_static_or_unknown_is_refused() {
    let Some(room) = Room::new() else { return };
    room.program(LINUX, "health", &elf(6_000_001));
    room.program(LINUX, "changelog", &elf(3_500_000));
    let (code, said) = room.pack(LINUX, &["health", "changelog"], "out");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!(
            "the launchway-health for {LINUX} has 6.01 MB; the limit is 6.00 MB"
        )),
        "{said}"
    );
    assert!(said.contains("the archive of launchway-health"), "{said}");
    assert!(!said.contains("launchway-changelog for"), "its limits are wider:\n{said}");
    // This very test needs a loader.
    room.program(LINUX, "health", &std::fs::read("/proc/self/exe").unwrap());
    let (code, said) = room.pack(LINUX, &["health"], "out");
    assert_eq!(code, Some(1));
    assert!(said.contains("it is not static"), "{said}");
    for (words, wanted) in [
        (["--program", "helth"], "`helth` is no program; there are changelog, changeset"),
        (
            ["--target", "x86_64-unknown-linux-gnu"],
            "is no target of ours; there are x86_64-unknown-linux-musl",
        ),
    ] {
        let (code, said) = room.package(&words);
        assert_eq!(code, Some(1));
        assert!(said.contains(wanted), "{said}");
    }
}

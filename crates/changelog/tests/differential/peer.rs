//! Both programs on the same repository, and what differs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use launchway_testkit::{Finished, Scrubbed};

/// Leave to go on where only ours refuses; what then comes out must be the same.
pub(crate) const LEAVE: &[&str] = &[
    "--allow-shallow",
    "--allow-missing-tags",
    "--allow-empty-path",
    "--allow-duplicate",
    "--allow-unknown-keys",
];

/// What the peer refuses and what works here: words of its complaint, and of the command line.
const BETTER: &[(&str, &str)] = &[
    // Revisions of any kind that git knows.
    ("unable to parse OID", ""),
    ("symmetric differences not implemented", ""),
    // A changelog that is not there yet begins.
    ("No such file or directory", "--prepend"),
];

/// git-cliff by its variable; a missing one is a skip, where tools must be there an error.
pub(crate) fn peer() -> Option<PathBuf> {
    let found = std::env::var_os("LAUNCHWAY_GIT_CLIFF").filter(|path| !path.is_empty());
    if found.is_none() {
        let required =
            |name: &str| std::env::var(name).is_ok_and(|value| value == "true" || value == "1");
        let required = required("CI") || required("LAUNCHWAY_REQUIRE_TOOLS");
        assert!(!required, "LAUNCHWAY_GIT_CLIFF is not set");
        eprintln!("skipped: LAUNCHWAY_GIT_CLIFF is not set");
    }
    found.map(PathBuf::from)
}

/// Ours, or with `LAUNCHWAY_CHANGELOG` another build of it.
fn ours() -> PathBuf {
    std::env::var_os("LAUNCHWAY_CHANGELOG")
        .map_or_else(|| env!("CARGO_BIN_EXE_launchway-changelog").into(), PathBuf::from)
}

/// One command line in one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// Arguments of both.
    pub(crate) args: Vec<String>,
    /// Variables of both.
    pub(crate) env: Vec<(String, String)>,
    /// Where to run.
    pub(crate) dir: PathBuf,
    /// What to read on standard input.
    pub(crate) stdin: String,
    /// The folder whose files may change.
    pub(crate) tree: PathBuf,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Left {
    /// How it ended.
    pub(crate) end: Finished,
    /// Files that are new or differ.
    pub(crate) files: BTreeMap<String, String>,
}

impl Call {
    fn run(&self, program: &Path, more: &[&str]) -> Left {
        let home = self.tree.with_file_name("home");
        std::fs::create_dir_all(&home).unwrap();
        let before = files(&self.tree);
        let end = Scrubbed::new(program)
            // `--` may be among the arguments; a range after it is the last.
            .args(more)
            .args(&self.args)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("TZ", "UTC")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .dir(&self.dir)
            .stdin(self.stdin.as_bytes())
            .timeout(Duration::from_mins(2))
            .run();
        let after = files(&self.tree);
        let mut changed = BTreeMap::new();
        for (path, bytes) in &after {
            if before.get(path) != Some(bytes) {
                changed.insert(path.clone(), String::from_utf8_lossy(bytes).into_owned());
            }
        }
        for (path, bytes) in &after {
            let full = self.tree.join(path);
            match before.get(path) {
                Some(old) if old != bytes => std::fs::write(full, old).unwrap(),
                Some(_) => {}
                None => std::fs::remove_file(full).unwrap(),
            }
        }
        Left { end, files: changed }
    }

    /// Ours alone, as a user calls it.
    pub(crate) fn alone(&self) -> Left {
        self.run(&ours(), &[])
    }

    /// The peer alone.
    pub(crate) fn reference(&self, peer: &Path) -> Left {
        self.run(peer, &[])
    }

    /// What differs, if anything does.
    pub(crate) fn difference(&self, peer: &Path) -> Option<String> {
        let found = self.compare(peer)?;
        // A day may have ended in between.
        self.compare(peer).and(Some(found))
    }

    fn compare(&self, peer: &Path) -> Option<String> {
        let theirs = self.run(peer, &[]);
        let program = ours();
        // The peer beside itself shows what the tests themselves get wrong.
        let ours = self.run(&program, if program == peer { &[] } else { LEAVE });
        if ours.end.timed_out || ours.end.code.is_none() {
            return Some(format!("ours was killed: {}", ours.end.stderr));
        }
        if ours.end.code == Some(101) || ours.end.code == Some(70) {
            return Some(format!("ours failed within: {}", ours.end.stderr));
        }
        if theirs.end.code != Some(0) {
            // A panic is no measure.
            let fine = theirs.end.code == Some(101)
                || ours.end.code != Some(0)
                || BETTER.iter().any(|(words, flag)| {
                    theirs.end.stderr.contains(words)
                        && (flag.is_empty() || self.args.iter().any(|arg| arg == flag))
                });
            return (!fine).then(|| {
                format!(
                    "the peer fails ({:?}) and ours does not: {}",
                    theirs.end.code, theirs.end.stderr
                )
            });
        }
        if ours.end.code != Some(0) {
            return Some(format!("ours fails ({:?}): {}", ours.end.code, ours.end.stderr));
        }
        if let Some(line) = differ(&theirs.end.stdout, &ours.end.stdout) {
            return Some(format!("standard output differs\n{line}"));
        }
        let names = |left: &Left| left.files.keys().cloned().collect::<Vec<_>>();
        // Without anything new the file stays as it is; the peer writes header and headings again.
        let prepends = self.args.iter().any(|arg| arg == "--prepend");
        if ours.files.is_empty() && prepends && ours.end.stdout.is_empty() {
            return None;
        }
        if names(&theirs) != names(&ours) {
            return Some(format!("files written: {:?}, ours {:?}", names(&theirs), names(&ours)));
        }
        theirs.files.iter().find_map(|(path, text)| {
            Some(format!("{path} differs\n{}", differ(text, &ours.files[path])?))
        })
    }

    /// As one would type it.
    pub(crate) fn shown(&self) -> String {
        let env = self.env.iter().map(|(name, value)| format!("{name}='{value}'"));
        let quoted = |arg: &String| format!("'{}'", arg.replace('\'', "'\\''"));
        let words: Vec<_> =
            env.chain(["git-cliff".into()]).chain(self.args.iter().map(quoted)).collect();
        format!("cd {} && {}", self.dir.display(), words.join(" "))
    }
}

/// All files below a folder but git's own.
fn files(tree: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(dir: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        let Ok(entries) = std::fs::read_dir(dir) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().unwrap();
            if name == ".git" {
                continue;
            }
            if kind.is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), found);
            } else if kind.is_file() {
                found.insert(format!("{prefix}{name}"), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    if !tree.join("objects").is_dir() {
        walk(tree, "", &mut found);
    }
    found
}

/// The first line that differs, with times of this minute made equal.
fn differ(theirs: &str, ours: &str) -> Option<String> {
    let (theirs, ours) = (settle(theirs), settle(ours));
    if theirs == ours {
        return None;
    }
    let mut lines = (1..).zip(theirs.split('\n').map(Some).chain(std::iter::repeat(None)));
    let mut mine = ours.split('\n').map(Some).chain(std::iter::repeat(None));
    let (number, left, right) = loop {
        let (number, left) = lines.next()?;
        let right = mine.next()?;
        if left != right || left.is_none() {
            break (number, left, right);
        }
    };
    let part = |text: Option<&str>, other: Option<&str>| match text {
        None => "(ends)".to_owned(),
        Some(text) => {
            let same =
                text.bytes().zip(other.unwrap_or("").bytes()).take_while(|(a, b)| a == b).count();
            let mut from = same.saturating_sub(80);
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            format!("{:?}", text[from..].chars().take(240).collect::<String>())
        }
    };
    Some(format!(
        "  line {number}\n  git-cliff {}\n  ours      {}",
        part(left, right),
        part(right, left)
    ))
}

/// Replaces seconds since 1970 that lie within the last minutes by a word.
fn settle(text: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        out.push_str(before);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (number, after) = digits.split_at(end);
        match number.parse::<u64>() {
            Ok(seconds) if seconds <= now + 5 && seconds + 600 > now => out.push_str("NOW"),
            _ => out.push_str(number),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

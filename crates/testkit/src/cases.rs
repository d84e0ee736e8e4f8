//! Case folders: `tests/cases/<program>/<case>/`.
//!
//! A case holds `inputs.json` (an object of strings), `event.json`, `in/` (the tree before),
//! `out/` (the tree after the real run; without it the tree must stay as it was), `effects.json`
//! (what the dry run prints), `outputs.json`, `summary.md`, `log.txt` (lines that must occur in
//! what the real run says) and `exit` (the exit code of both runs, 0 without it). Only `in/` must be there.
//! The program runs twice on fresh copies of `in/`, dry and real, and everything is compared.
//! `LAUNCHWAY_BLESS=1` writes what was seen instead, which CI refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One folder.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its path below the root, as `minor-bump`.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// `inputs.json`; empty when there is none.
    pub inputs: BTreeMap<String, String>,
    /// `event.json`; `null` when there is none.
    pub event: Value,
}

/// Which of the two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Prints the plan and changes nothing.
    Dry,
    /// Does it.
    Real,
}

/// What a run did, as the caller saw it.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The exit code.
    pub exit_code: i32,
    /// The plan the dry run printed; `None` compares nothing.
    pub effects: Option<Value>,
    /// The outputs of the real run.
    pub outputs: BTreeMap<String, String>,
    /// The summary of the real run.
    pub summary: String,
    /// Everything it said.
    pub log: String,
}

/// Runs every case below a folder, dry and real, and panics with all differences at once.
///
/// `run` gets the case, the mode and a fresh copy of `in/` to work in. A folder without `in/`
/// that holds no further folders is an error, and so is a root without any case, so that no case
/// is left out by a slip of its name. Machine-dependent text (paths, ports) is the caller's to
/// normalise. Returns the number of cases.
///
/// # Panics
/// When a case differs, a folder is not a case, or there is none.
pub fn run_cases<F>(root: &Path, run: F) -> usize
where
    F: FnMut(&Case, Mode, &Path) -> Observed,
{
    let bless = std::env::var_os("LAUNCHWAY_BLESS").is_some_and(|value| value == "1");
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!(bless && in_ci), "LAUNCHWAY_BLESS=1 writes expectations; CI only compares");
    run_cases_with(root, bless, run)
}

fn run_cases_with<F>(root: &Path, bless: bool, mut run: F) -> usize
where
    F: FnMut(&Case, Mode, &Path) -> Observed,
{
    let mut found = Vec::new();
    collect(root, &mut found);
    assert!(!found.is_empty(), "there is no case in {}", root.display());
    let mut complaints = Vec::new();
    for dir in &found {
        let case = read_case(root, dir);
        let mut problems = check(&case, Mode::Dry, bless, &mut run);
        problems.extend(check(&case, Mode::Real, bless, &mut run));
        if !problems.is_empty() {
            complaints.push(format!("case {}\n{}", case.name, problems.join("\n")));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {} cases differ (LAUNCHWAY_BLESS=1 writes what was seen)\n\n{}",
        complaints.len(),
        found.len(),
        complaints.join("\n\n")
    );
    found.len()
}

/// The case folders below a folder, sorted. Whatever is no case and holds none is an error.
fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    if dir.join("in").is_dir() {
        found.push(dir.to_owned());
        return;
    }
    let entries = std::fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", dir.display()));
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a directory entry").path()).collect();
    entries.sort();
    assert!(!entries.is_empty(), "{} is empty: a case needs `in/`", dir.display());
    for entry in entries {
        assert!(entry.is_dir(), "{} belongs to no case: a case needs `in/`", entry.display());
        collect(&entry, found);
    }
}

fn read_case(root: &Path, dir: &Path) -> Case {
    let known = [
        "in",
        "out",
        "inputs.json",
        "event.json",
        "effects.json",
        "outputs.json",
        "summary.md",
        "log.txt",
        "exit",
    ];
    for entry in std::fs::read_dir(dir).expect("the case can be read") {
        let name = entry.expect("a directory entry").file_name().to_string_lossy().into_owned();
        assert!(
            known.contains(&name.as_str()),
            "{} holds `{name}`, which no case has (known: {known:?})",
            dir.display()
        );
    }
    let json = |name: &str| -> Option<Value> {
        let text = std::fs::read_to_string(dir.join(name)).ok()?;
        let parsed = serde_json::from_str(&text);
        Some(parsed.unwrap_or_else(|error| panic!("{}/{name}: {error}", dir.display())))
    };
    let inputs = json("inputs.json").unwrap_or_else(|| serde_json::json!({}));
    let name = dir.strip_prefix(root).unwrap_or(dir).to_string_lossy().replace('\\', "/");
    Case {
        name,
        dir: dir.to_owned(),
        inputs: serde_json::from_value(inputs)
            .unwrap_or_else(|error| panic!("{}/inputs.json: {error}", dir.display())),
        event: json("event.json").unwrap_or_default(),
    }
}

fn check<F>(case: &Case, mode: Mode, bless: bool, run: &mut F) -> Vec<String>
where
    F: FnMut(&Case, Mode, &Path) -> Observed,
{
    let scratch = tempfile::TempDir::with_prefix("launchway-case-").expect("a temporary directory");
    let work = scratch.path().join("work");
    copy(&case.dir.join("in"), &work);
    let before = tree(&work);
    let observed = run(case, mode, &work);
    let after = tree(&work);
    let mut desk = Desk { case, mode, bless, problems: Vec::new() };
    let code = observed.exit_code.to_string();
    match mode {
        Mode::Dry => {
            if let Some(effects) = &observed.effects {
                let text = serde_json::to_string_pretty(effects).expect("effects are JSON") + "\n";
                desk.compare("effects.json", &text);
            }
            desk.compare_or("exit", "0", &code);
            desk.compare_trees("a dry run", &before, &after);
        }
        Mode::Real => {
            desk.compare_or("exit", "0", &code);
            let outputs =
                serde_json::to_string_pretty(&observed.outputs).expect("outputs are JSON");
            desk.compare_or("outputs.json", "{}\n", &(outputs + "\n"));
            desk.compare_or("summary.md", "", &observed.summary);
            desk.logged(&observed.log);
            desk.real_tree(&before, &after, &work);
        }
    }
    if !desk.problems.is_empty() && !observed.log.is_empty() {
        let log: Vec<&str> = observed.log.lines().take(40).collect();
        desk.problems.push(format!("  it said ({mode:?}):\n    {}", log.join("\n    ")));
    }
    desk.problems
}

/// Compares one run with its case, or writes the case.
struct Desk<'a> {
    case: &'a Case,
    mode: Mode,
    bless: bool,
    problems: Vec<String>,
}

impl Desk<'_> {
    /// Compares with a file that must be there.
    fn compare(&mut self, name: &str, seen: &str) {
        self.compare_or(name, "", seen);
    }

    /// Compares with a file, or with what its absence means.
    fn compare_or(&mut self, name: &str, absent: &str, seen: &str) {
        let path = self.case.dir.join(name);
        let expected = std::fs::read_to_string(&path).unwrap_or_else(|_| absent.to_owned());
        let json = path.extension().is_some_and(|extension| extension == "json");
        let same =
            match (serde_json::from_str::<Value>(&expected), serde_json::from_str::<Value>(seen)) {
                (Ok(expected), Ok(seen)) if json => expected == seen,
                _ => expected.trim_end() == seen.trim_end(),
            };
        if same {
            return;
        }
        if self.bless {
            if seen == absent {
                std::fs::remove_file(&path).expect("an expectation can be removed");
            } else {
                std::fs::write(&path, seen).expect("an expectation can be written");
            }
            return;
        }
        let diff = difference(&expected, seen);
        self.problems.push(format!("  {name} differs ({:?}):\n{diff}", self.mode));
    }

    fn logged(&mut self, log: &str) {
        let Ok(wanted) = std::fs::read_to_string(self.case.dir.join("log.txt")) else { return };
        for line in wanted.lines().filter(|line| !line.trim().is_empty()) {
            if !log.contains(line) {
                self.problems.push(format!("  it never said: {line}"));
            }
        }
    }

    fn real_tree(&mut self, before: &Tree, after: &Tree, work: &Path) {
        let out = self.case.dir.join("out");
        let expected = if out.is_dir() { tree(&out) } else { before.clone() };
        if expected == *after {
            return;
        }
        if !self.bless {
            self.compare_trees("the tree", &expected, after);
            return;
        }
        if out.is_dir() {
            std::fs::remove_dir_all(&out).expect("an old expectation can be removed");
        }
        if after != before {
            copy(work, &out);
        }
    }

    fn compare_trees(&mut self, what: &str, expected: &Tree, seen: &Tree) {
        for (path, bytes) in expected {
            match seen.get(path) {
                None => self.problems.push(format!("  {what}: {path} is missing")),
                Some(other) if other != bytes => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let diff = difference(&text(bytes), &text(other));
                    self.problems.push(format!("  {what}: {path} differs:\n{diff}"));
                }
                Some(_) => {}
            }
        }
        for path in seen.keys().filter(|path| !expected.contains_key(*path)) {
            self.problems.push(format!("  {what}: {path} is new"));
        }
    }
}

type Tree = BTreeMap<String, Vec<u8>>;

/// All files of a folder but those of git.
fn tree(root: &Path) -> Tree {
    fn walk(root: &Path, dir: &Path, found: &mut Tree) {
        for entry in std::fs::read_dir(dir).expect("a directory can be read") {
            let path = entry.expect("a directory entry").path();
            if path.file_name().is_some_and(|name| name == ".git") {
                continue;
            }
            let name = path.strip_prefix(root).expect("below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            if path.is_symlink() {
                let target = std::fs::read_link(&path).expect("a link can be read");
                found.insert(name, format!("-> {}", target.display()).into_bytes());
            } else if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(name, std::fs::read(&path).expect("a file can be read"));
            }
        }
    }
    let mut found = Tree::new();
    walk(root, root, &mut found);
    found
}

/// Copies a folder, without git's.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory can be made");
    for entry in std::fs::read_dir(from).expect("a directory can be read") {
        let path = entry.expect("a directory entry").path();
        let name = path.file_name().expect("an entry has a name");
        if name == ".git" {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).expect("a file can be copied");
        }
    }
}

/// Where two texts part: the lines that differ with two around, control characters made visible.
pub fn difference(expected: &str, seen: &str) -> String {
    let old: Vec<&str> = expected.split('\n').collect();
    let new: Vec<&str> = seen.split('\n').collect();
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let show = |sign: char, lines: &[&str]| -> String {
        let mut out = String::new();
        for line in lines.iter().take(30) {
            let visible = line.replace('\r', "␍").replace('\t', "→");
            let tail = if visible.ends_with(' ') { "·" } else { "" };
            out.push_str(&format!("    {sign} {visible}{tail}\n"));
        }
        if lines.len() > 30 {
            out.push_str(&format!("    {sign} … and {} more\n", lines.len() - 30));
        }
        out
    };
    let near = &old[start.saturating_sub(2)..start];
    let after = &old[old.len() - end..(old.len() - end + 2).min(old.len())];
    format!(
        "    line {}\n{}{}{}{}",
        start + 1,
        show(' ', near),
        show('-', &old[start..old.len() - end]),
        show('+', &new[start..new.len() - end]),
        show(' ', after)
    )
}

/// Panics unless `tests/cases` holds exactly the programs that a driver runs.
pub fn every_program_reached(cases: &Path, driven: &[&str]) {
    let mut found: Vec<String> = std::fs::read_dir(cases)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", cases.display()))
        .map(|entry| entry.expect("a directory entry").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut driven: Vec<&str> = driven.to_vec();
    driven.sort_unstable();
    assert_eq!(found, driven, "{} and the drivers that exist differ", cases.display());
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A program that upper-cases `a.txt`, and says so.
    fn shout(_: &Case, mode: Mode, work: &Path) -> Observed {
        let path = work.join("a.txt");
        let text = fs::read_to_string(&path).unwrap().to_uppercase();
        if mode == Mode::Real {
            fs::write(&path, &text).unwrap();
        }
        Observed {
            effects: Some(serde_json::json!([{ "write": "a.txt" }])),
            outputs: [("text".to_owned(), text.trim().to_owned())].into(),
            summary: "done\n".into(),
            log: "shouting\n".into(),
            ..Observed::default()
        }
    }

    fn one_case() -> tempfile::TempDir {
        let root = tempfile::TempDir::new().unwrap();
        let input = root.path().join("group/one/in");
        fs::create_dir_all(&input).unwrap();
        fs::write(input.join("a.txt"), "hello\n").unwrap();
        root
    }

    fn message(root: &Path) -> String {
        let failed = std::panic::catch_unwind(|| run_cases_with(root, false, shout)).unwrap_err();
        failed.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn blessed_cases_pass_and_changed_ones_say_where() {
        let root = one_case();
        assert!(message(root.path()).contains("effects.json differs"));
        assert_eq!(run_cases_with(root.path(), true, shout), 1);
        assert_eq!(run_cases_with(root.path(), false, shout), 1);
        let out = root.path().join("group/one/out/a.txt");
        assert_eq!(fs::read_to_string(&out).unwrap(), "HELLO\n");
        fs::write(&out, "HELLO!\n").unwrap();
        let said = message(root.path());
        assert!(said.contains("a.txt differs") && said.contains("+ HELLO"), "{said}");
        fs::write(root.path().join("group/one/log.txt"), "whispering\n").unwrap();
        assert!(message(root.path()).contains("it never said: whispering"));
    }

    #[test]
    fn a_folder_that_is_no_case_is_an_error() {
        let root = one_case();
        fs::create_dir_all(root.path().join("group/two/ni")).unwrap();
        assert!(message(root.path()).contains("is empty: a case needs `in/`"));
    }
}

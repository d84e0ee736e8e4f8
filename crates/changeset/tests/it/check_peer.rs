//! `check` in histories nobody would think of: beside what was done to them, and beside
//! `changeset status --since` of the tool we stand in for.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, TestRepo};
use serde_json::{Map, Value, json};

use crate::locks::tool;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-changeset");

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }
}

/// What a branch did, as far as `check` is to see it.
#[derive(Debug, Default)]
struct Told {
    changed: BTreeSet<String>,
    /// Names in each changeset that came along.
    changesets: Vec<Vec<String>>,
}

fn changeset(dice: &mut Dice, count: usize) -> (Vec<String>, String) {
    let names: BTreeSet<String> =
        (0..dice.below(3)).map(|_| format!("p{}", dice.below(count))).collect();
    let bump = |dice: &mut Dice| ["patch", "minor", "major"][dice.below(3)];
    let lines: Vec<String> =
        names.iter().map(|name| format!("\"{name}\": {}\n", bump(dice))).collect();
    let lines = lines.concat();
    (names.into_iter().collect(), format!("---\n{lines}---\n\nWhat a user can do now.\n"))
}

/// A repository whose branch `topic` is checked out, and what happened there.
fn history(dice: &mut Dice) -> (TestRepo, Told) {
    let repo = TestRepo::new();
    let count = 2 + dice.below(3);
    let (is_private, versions_private) = (dice.one_in(2), dice.one_in(2));
    let public = if is_private && !versions_private { count - 1 } else { count };
    repo.write("package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#);
    repo.write("package-lock.json", "{}\n");
    for at in 0..count {
        let version = ["1.0.0", "0.3.1", "2.0.0-rc.0"][dice.below(3)];
        let mut manifest = json!({ "name": format!("p{at}"), "version": version });
        // One that nobody depends on.
        if at + 1 == count && is_private {
            manifest["private"] = json!(true);
        }
        let kinds = ["dependencies", "devDependencies", "peerDependencies"];
        for on in 0..at {
            if dice.one_in(2) {
                let range = ["workspace:*", "workspace:^"][dice.below(2)];
                manifest[kinds[dice.below(3)]][format!("p{on}")] = json!(range);
            }
        }
        repo.write(&format!("packages/p{at}/package.json"), manifest.to_string());
        repo.write(&format!("packages/p{at}/old.js"), "1\n");
    }
    let mut config = Map::new();
    if versions_private {
        config.insert("privatePackages".to_owned(), json!({ "version": true, "tag": false }));
    }
    match dice.below(4) {
        _ if public < 2 => {}
        0 => drop(config.insert("fixed".to_owned(), json!([["p0", "p1"]]))),
        1 => drop(config.insert("linked".to_owned(), json!([["p0", "p1"]]))),
        _ => {}
    }
    repo.write(".changeset/config.json", Value::Object(config).to_string());
    repo.write(".changeset/README.md", "# Changesets\n");
    repo.write(".changeset/old.md", changeset(dice, public).1);
    repo.write("notes.txt", "1\n");
    repo.commit("base");
    repo.branch("topic");
    let mut told = Told::default();
    for step in 0..dice.below(6) {
        let place = format!("packages/p{}", dice.below(count));
        let name = place.trim_start_matches("packages/").to_owned();
        match dice.below(5) {
            0 => repo.write(&format!("{place}/deep/é {step}.js"), "2\n"),
            1 => repo.write(&format!("{place}/old.js"), format!("{step} again\n")),
            2 if repo.exists(&format!("{place}/old.js")) => repo.remove(&format!("{place}/old.js")),
            _ => {
                repo.write("notes.txt", format!("{step} again\n")).commit("notes");
                continue;
            }
        };
        repo.commit("change");
        if name != format!("p{public}") {
            told.changed.insert(name);
        }
    }
    for number in 0..[0, 0, 1, 2][dice.below(4)] {
        let (names, text) = changeset(dice, public);
        repo.write(&format!(".changeset/new-{number}.md"), text).commit("changeset");
        told.changesets.push(names);
    }
    match dice.below(6) {
        0 => drop(repo.remove(".changeset/old.md").commit("taken back")),
        1 => {
            let (names, text) = changeset(dice, public);
            let text = text.replace("a user", "every user");
            repo.write(".changeset/old.md", text).commit("said better");
            told.changesets.push(names);
        }
        _ => {}
    }
    // What others do meanwhile is not the branch's.
    repo.switch("main").write("packages/p0/other.js", "3\n");
    repo.write(".changeset/other.md", "---\n\"p0\": major\n---\n\nOf others.\n").commit("others");
    repo.switch("topic");
    (repo, told)
}

/// What the peer says: its exit code, and what is released where it ends well.
fn theirs(repo: &TestRepo) -> Option<(i32, Value)> {
    let node = tool("LAUNCHWAY_NODE")?;
    let cli: PathBuf = tool("LAUNCHWAY_CHANGESETS_CLI")?;
    let done = Command::new(node)
        .arg(cli)
        .args(["status", "--since=main", "--output=../theirs.json"])
        .current_dir(repo.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", repo.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let file = repo.path().join("../theirs.json");
    let said = std::fs::read(&file).ok();
    let _gone = std::fs::remove_file(&file);
    let code = done.status.code().unwrap();
    assert!(code == 1 || said.is_some(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: Value = serde_json::from_slice(&said.unwrap_or_else(|| b"{}".to_vec())).unwrap();
    Some((code, said["releases"].clone()))
}

#[test]
fn it_says_what_was_done_and_what_the_peer_says() {
    let (mut seen, mut beside) = (BTreeSet::new(), 0);
    for seed in 1..=24_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (repo, told) = history(&mut dice);
        let context = format!("seed {seed}: {told:?}");
        let run = FakeRunner::new(repo.path()).run_program(
            PROGRAM,
            &["check"],
            How::Json,
            &[("since", "main")],
        );
        let has = !told.changesets.is_empty();
        let missing = !told.changed.is_empty() && !has;
        let named: BTreeSet<&String> = told.changesets.iter().flatten().collect();
        let lines = |names: Vec<&str>| names.join("\n");
        let unnamed = told.changed.iter().filter(|name| !named.contains(name));
        let wanted = [
            ("has-changesets", has.to_string()),
            ("missing", missing.to_string()),
            ("changed", lines(told.changed.iter().map(String::as_str).collect())),
            ("unnamed", lines(unnamed.map(String::as_str).collect())),
        ];
        assert_eq!(run.exit_code, i32::from(missing), "{context}: {}", run.log);
        for (name, wanted) in wanted {
            assert_eq!(run.output(name), wanted, "{context}: {name}");
        }
        seen.insert((has, told.changed.len().min(2)));
        let Some((code, releases)) = theirs(&repo) else { continue };
        assert_eq!(run.exit_code, code, "{context}");
        if code == 0 {
            assert_eq!(run.output_json("releases"), releases, "{context}");
        }
        beside += 1;
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(beside == 0 || beside == 24);
}

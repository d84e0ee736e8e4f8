//! `ci-rust.yml` and `ci-python.yml` as their callers start them: plan, lint, test and `ok`, with the
//! tools of this machine and no network.

use std::path::{Path, PathBuf};
use std::process::Command;

use launchway_e2e::needed;
use launchway_testkit::script;

use super::ci::Repo;

fn said(program: &str, words: &[&str]) -> Option<PathBuf> {
    let output = Command::new(program).args(words).output().ok();
    let output = output.filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8(output.stdout).unwrap());
    needed(program, text.map(|text| PathBuf::from(text.trim())))
}

/// A workflow that calls one of ours.
fn calls(language: &str, with: &str) -> String {
    format!(
        "name: CI\non: push\npermissions: {{}}\njobs:\n  ci:\n    permissions:\n      contents: read\n    \
         uses: launchway/launchway/.github/workflows/ci-{language}.yml@v1\n    with:\n{with}"
    )
}

#[test]
fn crates_are_formatted_linted_and_those_that_a_change_affects_tested() {
    let Some(mut repo) = Repo::of("rust-workspace") else { return };
    let Some(sysroot) = said("rustc", &["--print", "sysroot"]) else { return };
    let bin = repo.act.at("tools");
    std::fs::create_dir_all(&bin).unwrap();
    // What it would install is this machine's affair.
    let asked = repo.act.at("rustup.log");
    script(bin.join("rustup"), format!("#!/bin/sh\necho \"$*\" >>'{}'\n", asked.display()));
    repo.act.first_on_path(&sysroot.join("bin"));
    repo.act.first_on_path(&bin);
    repo.act.env("CARGO_NET_OFFLINE", "true");
    let workflow = calls("rust", "      affected: true\n      versions: '[\"stable\"]'\n");

    let cli = [("crates/greet-cli/more.txt", Some("more\n"))];
    let run = repo.push(&workflow, &cli).success();
    for step in ["Format", "Lint", "Test"] {
        assert_eq!(run.step(step), "success", "{step}: {}", run.log());
    }
    assert_eq!(run.step("Test with coverage"), "", "{}", run.log());
    let tested = |run: &launchway_e2e::act::Run| {
        let mut names: Vec<_> =
            run.jobs.keys().filter(|name| name.contains("/Test")).cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert!(tested(&run).contains("greet-cli") && !tested(&run).contains("greet,"), "{run:?}");
    assert!(run.ran("ok"), "{:?}", run.jobs);
    let asked = std::fs::read_to_string(asked).unwrap();
    assert!(asked.contains("toolchain install stable\n"), "{asked}");
    assert!(asked.contains("component add clippy rustfmt\n"), "{asked}");
    let caches = repo.act.records("caches");
    assert!(caches.iter().any(|one| one["key"].as_str().unwrap().contains("-lint-1.")));

    // Not as rustfmt writes it, and a test that fails: `ok` is what a branch rule looks at.
    let code = "#[test]\nfn  no() { assert!(false); }\n";
    let run = repo.push(&workflow, &[("crates/greet/tests/no.rs", Some(code))]).failure();
    assert_eq!(run.step("Format"), "failure", "{}", run.log());
    assert!(run.log().contains("test no ... FAILED"), "{}", run.log());
    let ok = run.jobs.iter().find(|(name, _)| name.ends_with("/ok")).unwrap();
    assert_eq!(ok.1.result, "failure");
}

fn python(file: &str, text: &str) -> (String, String) {
    (file.to_owned(), text.to_owned())
}

/// A project with one test, that of `uv` with its lock file.
fn project(uv: Option<&Path>) -> Vec<(String, String)> {
    let manifest =
        "[project]\nname = \"guestbook\"\nversion = \"1.0.0\"\nrequires-python = \">=3.9\"\n";
    let test = "import unittest\nclass All(unittest.TestCase):\n    def test_sum(self):\n        \
                self.assertEqual(1 + 1, 2)\n";
    let mut files = vec![python("pyproject.toml", manifest), python("test_guestbook.py", test)];
    if let Some(uv) = uv {
        let room = tempfile::tempdir().unwrap();
        std::fs::write(room.path().join("pyproject.toml"), manifest).unwrap();
        let mut lock = Command::new(uv);
        lock.args(["lock", "--quiet", "--offline", "--no-python-downloads"]);
        lock.current_dir(room.path());
        assert!(lock.status().unwrap().success(), "uv makes no lock file");
        let locked = std::fs::read_to_string(room.path().join("uv.lock")).unwrap();
        files.push(python("uv.lock", &locked));
    }
    files
}

#[test]
fn python_is_tested_with_pip_and_with_uv_in_an_environment_of_its_own() {
    let uv = needed("uv", std::env::var_os("LAUNCHWAY_UV").map(PathBuf::from));
    for uv in [None, uv] {
        let Some(mut repo) = Repo::with(&project(uv.as_deref())) else { return };
        let Some(python) =
            said("python3", &["-c", "import sys; print(getattr(sys, '_base_executable', ''))"])
        else {
            return;
        };
        let bin = repo.act.at("tools");
        std::fs::create_dir_all(&bin).unwrap();
        let tools = [("python", Some(&python)), ("python3", Some(&python)), ("uv", uv.as_ref())];
        for (name, tool) in tools {
            if let Some(tool) = tool {
                script(bin.join(name), format!("#!/bin/sh\nexec '{}' \"$@\"\n", tool.display()));
            }
        }
        repo.act.first_on_path(&bin);
        for (name, value) in
            [("UV_OFFLINE", "1"), ("UV_PYTHON_DOWNLOADS", "never"), ("PIP_NO_INDEX", "1")]
        {
            repo.act.env(name, value);
        }
        let own = "      migrate-command: python -c 'import sys; print(\"from\", sys.prefix)'\n      \
                   format-command: skip\n";
        let run = repo.push(&calls("python", own), &[("more.txt", Some("more\n"))]).success();
        let manager = if uv.is_some() { "uv" } else { "pip" };
        assert_eq!(run.step_output("manager", "name"), manager, "{}", run.log());
        assert_eq!(run.step("Test"), "success", "{}", run.log());
        assert!(run.log().contains("Ran 1 test"), "{}", run.log());
        let place = if uv.is_some() { "/.venv" } else { "/launchway-venv" };
        let from = run.log();
        let from = from.lines().find(|line| line.contains("from /")).unwrap_or_default();
        assert!(from.contains(place), "{manager}: {from}\n{}", run.log());
        let lint = run.annotations.iter().any(|(_, text)| text.contains("the project has no ruff"));
        assert!(lint, "{}", run.log());

        let broken = [("test_more.py", Some("import nothing_there\n"))];
        let run = repo.push(&calls("python", own), &broken).failure();
        assert_eq!(run.step("Test"), "failure", "{}", run.log());
        assert_eq!(run.step("Lint"), "success", "{}", run.log());
        let ok = run.jobs.iter().find(|(name, _)| name.ends_with("/ok")).unwrap();
        assert_eq!(ok.1.result, "failure");
    }
}

//! Publishing crates with the real cargo, killed anywhere and run again.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use launchway_testkit::{CargoRegistry, TestRepo};

const BIN: &str = env!("CARGO_BIN_EXE_launchway-changeset");

/// `top` needs `base`; `alone` needs nothing.
fn repo() -> TestRepo {
    let manifest = |name: &str, needs: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n\n[dependencies]\n{needs}"
        )
    };
    let needs = "base = { path = \"../base\", version = \"1\", registry = \"stand-in\" }\n";
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"alone\", \"base\", \"top\"]\nresolver = \"2\"\n"),
        (".gitignore", "/target\n/Cargo.lock\n"),
        (".changeset/config.json", "{}\n"),
        ("alone/Cargo.toml", &manifest("alone", "")),
        ("alone/src/lib.rs", ""),
        ("base/Cargo.toml", &manifest("base", "")),
        ("base/src/lib.rs", ""),
        ("top/Cargo.toml", &manifest("top", needs)),
        ("top/src/lib.rs", ""),
    ]);
    repo.commit("everything");
    repo
}

fn publish(repo: &TestRepo, home: &std::path::Path) -> Command {
    let mut command = Command::new(BIN);
    command
        .args(["publish", "--no-git-tag"])
        .current_dir(repo.path())
        .env("CARGO_HOME", home)
        .env("CARGO_REGISTRIES_STAND_IN_TOKEN", "cargo-good-token")
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How often each crate was uploaded with success.
fn accepted(registry: &CargoRegistry) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in registry.requests() {
        if request.method == "PUT" && request.status == 200 {
            let name = request.json()["name"].as_str().unwrap().to_owned();
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

#[test]
fn a_killed_run_is_completed_by_the_next_which_repeats_nothing() {
    // Killed at its n-th request; the last number is beyond all there are.
    for kill_at in [1, 6, 12, 17, 22, 27, 33, 1000] {
        let registry = CargoRegistry::start();
        registry.add_token("cargo-good-token");
        let repo = repo();
        let home = cargo_home(&registry);
        let mut child = publish(&repo, home.path()).spawn().unwrap();
        let begun = Instant::now();
        while registry.requests().len() < kill_at && child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_mins(1), "killing at {kill_at} hangs");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(kill_at < 1000 || status.success(), "an unhindered run ends well");
        let before = registry.uploads().len();

        let output = publish(&repo, home.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "killed at {kill_at}: {said}");
        let once = ["alone", "base", "top"].map(|name| (name.to_owned(), 1));
        assert_eq!(accepted(&registry), BTreeMap::from(once), "killed at {kill_at}: {said}");
        // What was under way when it was killed may be refused once; nothing else is sent again.
        let sent = registry.uploads().len();
        assert!(sent <= 4, "killed at {kill_at} after {before} uploads: {:?}", registry.uploads());
        let needed = |name: &str| {
            let uploads = registry.uploads();
            uploads.iter().position(|upload| upload.starts_with(name)).unwrap()
        };
        assert!(needed("base") < needed("top"), "killed at {kill_at}");
    }
}

#[test]
fn a_failure_holds_what_needs_it_and_a_table_says_so() {
    use launchway_testkit::{Fault, FaultRule};
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token");
    registry.fail(FaultRule::new(Fault::status(403)).method("PUT").body_contains("\"base\""));
    let (repo, home) = (repo(), cargo_home(&registry));
    let output = publish(&repo, home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "like the command it stands in for");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for line in ["alone@1.0.0: published", "base@1.0.0: failed: 403", "top@1.0.0: held by base"] {
        assert!(said.contains(line), "{line} is missing in {said}");
    }
    assert_eq!(registry.crates(), ["alone"]);
}

/// A Cargo home that knows the registry.
fn cargo_home(registry: &CargoRegistry) -> TestRepo {
    TestRepo::with_files(&[("config.toml", &registry.config("stand-in"))])
}

//! The commands of each README, where the tool is here.

use std::path::Path;
use std::time::Duration;

use launchway_e2e::needed;
use launchway_testkit::{Finished, Scrubbed};

use super::copied;

/// A tool on `PATH`.
pub(super) fn tool(name: &str) -> Option<()> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    needed(name, found.then_some(()))
}

fn run(dir: &Path, words: &[&str]) -> Finished {
    let home = tempfile::tempdir().unwrap();
    Scrubbed::new("env")
        .args(words)
        .dir(dir)
        .env("CARGO_TARGET_DIR", home.path().join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .env("GOFLAGS", "-mod=mod")
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
        .env("npm_config_offline", "true")
        .env("npm_config_cache", home.path().join("npm"))
        .env("npm_config_update_notifier", "false")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .timeout(Duration::from_mins(5))
        .run()
}

#[test]
fn the_library_on_npm() {
    if tool("npm").is_none() {
        return;
    }
    let repo = copied("npm-library");
    let _ = run(repo.path(), &["npm", "ci"]).success();
    let said = run(repo.path(), &["npm", "test"]).success().stdout;
    assert!(said.contains("pass 2"), "{said}");
    let _ = run(repo.path(), &["npm", "run", "format:check"]).success();
    let _ = run(repo.path(), &["npm", "run", "lint"]).success();
    let packed = run(repo.path(), &["npm", "pack", "--dry-run", "--json"]).success().stdout;
    assert!(packed.contains("src/index.d.ts") && !packed.contains("test/"), "{packed}");
}

#[test]
fn the_rust_workspace() {
    if tool("cargo").is_none() {
        return;
    }
    let repo = copied("rust-workspace");
    let said = run(repo.path(), &["cargo", "test", "--locked"]).success().stdout;
    assert_eq!(said.matches("1 passed").count(), 3, "{said}");
    let _ = run(repo.path(), &["cargo", "fmt", "--check"]).success();
}

#[test]
fn the_service_in_python() {
    if tool("python3").is_none() {
        return;
    }
    let repo = copied("python-service");
    let said = run(repo.path(), &["python3", "-m", "unittest", "discover"]).success().stderr;
    assert!(said.contains("Ran 5 tests"), "{said}");
    let said = run(repo.path(), &["bash", "deploy/deploy.sh", "ghcr.io/acme/guestbook:latest"])
        .exits(2)
        .stderr;
    assert!(said.contains("has no digest"), "{said}");
    // What the image is made of is there, and what it leaves out is not asked for.
    let dockerfile = repo.read("Dockerfile");
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let from = line.split(' ').next().unwrap();
        assert!(from.starts_with("--") || repo.exists(from), "{line}");
    }
    assert!(dockerfile.contains("\nUSER 10001"), "{dockerfile}");
    let froms = dockerfile.lines().filter(|line| line.starts_with("FROM "));
    assert!(froms.map(|line| assert!(line.contains("@sha256:"), "{line}")).count() == 2);
}

/// The service as it runs: migrated, healthy in its version, and gone when told to.
#[cfg(unix)]
#[test]
fn the_service_answers_and_ends() {
    use std::io::BufRead as _;

    if tool("python3").is_none() {
        return;
    }
    let repo = copied("python-service");
    let database = repo.path().join("guests.db");
    let start = |module: &str| {
        std::process::Command::new("python3")
            .args(["-m", module])
            .current_dir(repo.path())
            .env("DATABASE_URL", &database)
            .env("PORT", "0")
            .env("VERSION", "0.5.0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    assert!(start("guestbook.migrate").wait().unwrap().success());
    let mut service = start("guestbook.server");
    let mut line = String::new();
    std::io::BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
    let url = format!("http://127.0.0.1:{port}/health");
    if let Some(health) = needed("launchway-health", launchway_e2e::built("launchway-health")) {
        let flags =
            ["--expected-version", "0.5.0", "--expected-json", "/status=ok", "--timeout", "20s"];
        let _ = Scrubbed::new(health).arg(&url).args(flags).run().success();
    }
    let killed = std::process::Command::new("kill").arg(service.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(service.wait().unwrap().success(), "the service ends well when told to");
}

#[test]
fn four_languages_in_one_repository() {
    let repo = copied("polyglot-monorepo");
    if tool("npm").is_some() {
        let _ = run(repo.path(), &["npm", "ci"]).success();
        let _ = run(repo.path(), &["npm", "test", "--workspaces", "--if-present"]).success();
    }
    if tool("cargo").is_some() {
        let said = run(repo.path(), &["cargo", "test", "--locked"]).success().stdout;
        assert!(said.contains("1 passed"), "{said}");
    }
    if tool("python3").is_some() {
        let orders = repo.path().join("services/orders");
        let _ = run(&orders, &["python3", "-m", "unittest", "discover"]).success();
    }
    if tool("go").is_some() {
        let gate = repo.path().join("services/gate");
        let _ = run(&gate, &["go", "test", "./..."]).success();
        let _ = run(&gate, &["go", "vet", "./..."]).success();
    }
}

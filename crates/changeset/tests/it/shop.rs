//! The repository most tests use, and how they run the program in it.

use std::collections::BTreeMap;
use std::path::Path;

use launchway_testkit::{Finished, Scrubbed, TestRepo};

pub(crate) const CORE: &str = "packages/core/package.json";
pub(crate) const APP: &str = "packages/app/package.json";

/// Two packages, the app on the core, and a changeset for the core.
pub(crate) fn shop() -> TestRepo {
    TestRepo::with_files(&[
        (
            "package.json",
            "{\n  \"name\": \"root\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
        ),
        ("package-lock.json", "{}\n"),
        (CORE, "{\n  \"name\": \"@acme/core\",\n  \"version\": \"1.0.0\"\n}\n"),
        (
            APP,
            "{\n  \"name\": \"@acme/app\",\n  \"version\": \"2.3.4\",\n  \"dependencies\": { \"@acme/core\": \"~1.0.0\" }\n}\n",
        ),
        (".changeset/config.json", "{}\n"),
        (".changeset/first.md", "---\n\"@acme/core\": minor\n---\n\nA feature\n"),
    ])
}

pub(crate) fn command(repo: &TestRepo, line: &str) -> Scrubbed {
    command_in(repo.path(), line)
}

pub(crate) fn command_in(dir: &Path, line: &str) -> Scrubbed {
    Scrubbed::new(env!("CARGO_BIN_EXE_launchway-changeset"))
        .args(line.split(' ').filter(|word| !word.is_empty()))
        .dir(dir)
}

pub(crate) fn run(repo: &TestRepo, line: &str) -> Finished {
    command(repo, line).run()
}

/// Every file but git's own, with its bytes.
pub(crate) fn tree(repo: &TestRepo) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![repo.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") {
                continue;
            }
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(repo.path()).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

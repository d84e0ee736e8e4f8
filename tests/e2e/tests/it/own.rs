//! What this repository says of its own next release.

use launchway_e2e::{at, built, needed};
use launchway_testkit::{Scrubbed, TestRepo};

/// A file of this tree, where it is text.
fn text(path: &str) -> Option<String> {
    std::fs::read_to_string(at(path)).ok()
}

/// The names in a folder of this tree.
fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(at(folder)).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn its_changesets_name_packages_that_are_there() {
    let Some(program) = needed("launchway-changeset", built("launchway-changeset")) else { return };
    let mut paths = vec!["Cargo.toml", "xtask/Cargo.toml", "tests/e2e/Cargo.toml"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    paths.extend(names("crates").into_iter().map(|name| format!("crates/{name}/Cargo.toml")));
    paths.extend(names(".changeset").into_iter().map(|name| format!(".changeset/{name}")));
    let files: Vec<_> =
        paths.iter().filter_map(|path| Some((path.as_str(), text(path)?))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let repo = TestRepo::with_files(&files);
    let said = Scrubbed::new(program).args(["status"]).dir(repo.path()).run().success().stdout;
    // Between a release and the next change there is nothing to say.
    let pending = names(".changeset")
        .iter()
        .any(|name| name.strip_suffix(".md").is_some_and(|stem| stem != "README"));
    assert!(!pending || said.contains("launchway-"), "{said}");
}

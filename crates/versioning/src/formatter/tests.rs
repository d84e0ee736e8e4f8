use std::path::Path;

use launchway_changesets::Formatter;

use super::*;

#[derive(Debug)]
struct PathOnly(String);

impl EnvLookup for PathOnly {
    fn get(&self, name: &str) -> Option<String> {
        (name == "PATH").then(|| self.0.clone()).filter(|path| !path.is_empty())
    }
}

fn script(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    launchway_testkit::script(file, text);
}

/// Appends its arguments to the file `log` in the folder it runs in.
const LOGS: &str = "#!/bin/sh\nfor word; do echo \"$word\" >> log; done\n";

fn find(wanted: Formatter, root: &Path, path: &str) -> Result<Option<FormatterRun>, Failure> {
    find_formatter_within(wanted, root, &PathOnly(path.to_owned()))
}

#[test]
fn an_installed_formatter_runs_over_whole_paths() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join(".prettierrc"), "").unwrap();
    script(&root.join("node_modules/.bin/prettier"), LOGS);
    let found = find(Formatter::Auto, root, "/bin:/usr/bin").unwrap().unwrap();
    assert_eq!(found.name, "prettier");
    found.run(root, &["packages/a b/CHANGELOG.md".to_owned()]).unwrap();
    let file = root.join("packages/a b/CHANGELOG.md");
    let log = fs::read_to_string(root.join("log")).unwrap();
    assert_eq!(log, format!("--write\n--no-error-on-unmatched-pattern\n{}\n", file.display()));
}

#[test]
fn configuration_files_come_before_packages_and_near_before_far() {
    let top = tempfile::tempdir().unwrap();
    let root = top.path().join("repo");
    fs::create_dir_all(root.join("node_modules/dprint")).unwrap();
    fs::write(root.join("package.json"), r#"{"prettier": {}}"#).unwrap();
    fs::write(top.path().join("deno.json"), "{}").unwrap();
    let detected = || detect::detect(&root).map(|(known, _)| known.name);
    assert_eq!(detected(), Some("prettier"));
    fs::write(root.join(".oxfmtrc.json"), "{}").unwrap();
    assert_eq!(detected(), Some("oxfmt"));
    fs::write(root.join("deno.jsonc"), "{}").unwrap();
    assert_eq!(detected(), Some("deno"));
    for file in ["deno.jsonc", ".oxfmtrc.json", "package.json"] {
        fs::remove_file(root.join(file)).unwrap();
    }
    assert_eq!(detected(), Some("deno"));
    fs::remove_file(top.path().join("deno.json")).unwrap();
    assert_eq!(detected(), Some("dprint"));
}

#[test]
fn what_cannot_be_run_is_refused_with_the_way_out() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join(".prettierrc"), "").unwrap();
    let refusal = |path: &str| find(Formatter::Auto, root, path).unwrap_err();
    let failure = refusal("/nowhere");
    assert_eq!(
        failure.to_string(),
        "formatter `prettier`, found by `.prettierrc`, cannot be run: there is no `prettier`"
    );
    assert!(failure.hint().unwrap().contains("\"format\": false"));
    let bin = root.join("tools");
    script(&bin.join("npx"), "#!/bin/sh\necho nothing to install from\nexit 1\n");
    let failure = refusal(&bin.display().to_string());
    assert!(
        failure
            .to_string()
            .ends_with("`npx prettier --version` ended with exit code 1 (nothing to install from)"),
        "{failure}"
    );
    script(&root.join("node_modules/.bin/prettier"), "#!/usr/bin/env no-such-node\n");
    let failure = refusal("/bin:/usr/bin");
    assert!(failure.to_string().contains("`no-such-node`, which is not there"), "{failure}");
    let failure = find(Formatter::Deno, root, "/nowhere").unwrap_err();
    assert!(failure.to_string().contains("`deno`, wanted by `format`"), "{failure}");
    assert_eq!(find(Formatter::Off, root, "/nowhere").unwrap(), None);
}

#[test]
fn without_an_installed_package_the_package_manager_runs_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("yarn.lock"), "").unwrap();
    fs::write(root.join("dprint.json"), "{}").unwrap();
    let bin = root.join("tools");
    script(&bin.join("yarn"), LOGS);
    let found = find(Formatter::Auto, root, &bin.display().to_string()).unwrap().unwrap();
    found.run(root, &["CHANGELOG.md".to_owned()]).unwrap();
    let log = fs::read_to_string(root.join("log")).unwrap();
    let file = root.join("CHANGELOG.md");
    assert_eq!(
        log,
        format!(
            "exec\ndprint\n--\n--version\nexec\ndprint\n--\nfmt\n--allow-no-files\n{}\n",
            file.display()
        )
    );
}

#[test]
fn a_formatter_that_fails_says_what_it_said() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    script(&root.join("node_modules/.bin/prettier"), "#!/bin/sh\necho bad options >&2\nexit 2\n");
    let found = find(Formatter::Prettier, root, "/bin:/usr/bin").unwrap().unwrap();
    let failure = found.run(root, &["CHANGELOG.md".to_owned()]).unwrap_err();
    assert_eq!(failure.chain(), "formatter `prettier` ended with exit code 2: bad options");
    found.run(root, &[]).unwrap();
}

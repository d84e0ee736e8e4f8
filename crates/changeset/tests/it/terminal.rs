//! Questions on a terminal, which `script` of util-linux stands in for.

#![cfg(target_os = "linux")]

use launchway_testkit::Scrubbed;

use crate::shop::{shop, tree};

/// What the program says when these lines are typed; `None` where there is no `script`.
fn typed(repo: &launchway_testkit::TestRepo, line: &str, answers: &str) -> Option<String> {
    if !std::path::Path::new("/usr/bin/script").exists() {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "`script` is missing");
        eprintln!("skipped: `script` is not installed");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_launchway-changeset");
    let done = Scrubbed::new("/usr/bin/script")
        .args(["-qec", &format!("'{program}' {line}"), "/dev/null"])
        .dir(repo.path())
        .stdin(answers)
        .run();
    Some(done.all())
}

#[test]
fn changed_packages_come_first_and_nothing_is_written_unseen() {
    let repo = shop();
    repo.branch("topic").write("packages/core/index.js", "1");
    repo.commit("a change");
    let Some(said) = typed(&repo, "add", "\nminor\nA feature\ny\n") else { return };
    let changed = said.find("Changed:").unwrap();
    assert!(changed < said.find("Unchanged:").unwrap(), "{said}");
    assert!(said.contains("@acme/core  1.0.0 → 1.1.0"), "{said}");
    let files = tree(&repo);
    let fresh: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.starts_with(".changeset/") && name.ends_with(".md"))
        .filter(|(name, _)| *name != ".changeset/first.md")
        .collect();
    assert_eq!(fresh.len(), 1, "{said}");
    assert_eq!(
        String::from_utf8_lossy(fresh[0].1),
        "---\n\"@acme/core\": minor\n---\n\nA feature\n"
    );
}

#[test]
fn saying_no_writes_nothing() {
    let repo = shop();
    let before = tree(&repo);
    let Some(said) = typed(&repo, "add", "@acme/app\npatch\nA fix\nn\n") else { return };
    assert!(said.contains("nothing was written"), "{said}");
    assert_eq!(tree(&repo), before);
}

#[test]
fn a_repository_is_set_up() {
    let repo = shop();
    repo.remove(".changeset");
    let Some(said) = typed(&repo, "init", "n\nn\ny\ntrunk\n") else { return };
    let config: serde_json::Value = serde_json::from_str(&repo.read(".changeset/config.json"))
        .unwrap_or_else(|_| panic!("{said}"));
    assert_eq!((&config["access"], &config["baseBranch"]), (&"public".into(), &"trunk".into()));
    assert!(repo.exists(".changeset/README.md"));
    let again = typed(&repo, "init", "").unwrap();
    assert!(again.contains("there already"), "{again}");
}

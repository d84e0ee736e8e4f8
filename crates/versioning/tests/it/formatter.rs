use launchway_testkit::TestRepo;

use crate::support::{Table, path_with, prepared, tool, version};

fn repo(formatter: Option<&str>) -> TestRepo {
    let repo = TestRepo::with_files(&[
        ("package.json", r#"{"name":"solo","version":"1.0.0"}"#),
        (".gitignore", "node_modules\n"),
        (".prettierrc.json", "{}"),
        (".changeset/config.json", "{}"),
        (".changeset/one.md", "---\n\"solo\": minor\n---\n\nHello\n\n* a\n* b\n"),
    ]);
    if let Some(text) = formatter {
        repo.write_executable("node_modules/.bin/prettier", text);
    }
    repo
}

fn shell() -> Table {
    Table::new([("PATH", "/bin:/usr/bin")])
}

#[test]
fn changelogs_are_formatted_after_writing() {
    let repo = repo(Some("#!/bin/sh\nfor file; do :; done\necho formatted >> \"$file\"\n"));
    version(&repo, &shell()).unwrap();
    let text = repo.read("CHANGELOG.md");
    assert!(text.starts_with("# solo\n\n## 1.1.0\n") && text.ends_with("\nformatted\n"), "{text}");
}

#[test]
fn a_formatter_that_fails_leaves_everything_as_it_was() {
    let repo = repo(Some(
        "#!/bin/sh\nfor file; do :; done\necho half > \"$file\"\necho CHANGELOG.md is ignored\nexit 14\n",
    ));
    let failure = version(&repo, &shell()).unwrap_err();
    assert!(
        failure.chain().contains("exit code 14: CHANGELOG.md is ignored"),
        "{}",
        failure.chain()
    );
    assert!(failure.hint().unwrap().contains("\"format\": false"));
    assert_eq!(repo.status(), "");
    assert!(!repo.exists("CHANGELOG.md") && repo.exists(".changeset/one.md"));
}

#[test]
fn a_formatter_that_is_not_there_is_refused_before_anything_is_written() {
    let repo = repo(None);
    let failure = prepared(&repo, &Table::new([("PATH", "/nowhere")])).unwrap_err();
    assert!(failure.to_string().contains("found by `.prettierrc.json`"), "{failure}");
    assert_eq!(repo.status(), "");
}

#[test]
fn the_real_prettier_formats() {
    let (Some(modules), Some(node)) =
        (tool("LAUNCHWAY_NODE_MODULES", None), tool("LAUNCHWAY_NODE", Some("node")))
    else {
        return;
    };
    let repo = repo(None);
    std::os::unix::fs::symlink(modules, repo.path().join("node_modules")).unwrap();
    version(&repo, &Table::new([("PATH", &path_with(&node))])).unwrap();
    let text = repo.read("CHANGELOG.md");
    assert!(text.contains("  - a\n  - b\n"), "{text}");
}

//! Python projects, alone and beside npm packages.

use std::process::Command;

use launchway_testkit::TestRepo;

use crate::shop::run;

const ROOT: &str = "[tool.uv.workspace]\nmembers = [\"libs/*\", \"app\"]\n\n[tool.uv.sources]\nacme-core = { workspace = true }\n";

const BUILD: &str =
    "\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";

fn core() -> String {
    format!(
        "# core\n[project]\nname = 'acme-core' # its name\nversion = \"1.2.0\"   # moved by the bot\nrequires-python = \">=3.9\"\n{BUILD}"
    )
}

fn app() -> String {
    let text = "[project]\nname = \"acme.app\"\nversion = \"0.4.1\"\nrequires-python = \">=3.9\"\ndependencies = [\n    \"Acme_Core[fast]>=1.2,<2; python_version >= '3.9'\", # ours\n]\n\n\
        [project.optional-dependencies]\nall = [\"acme.app\", \"acme-core~=1.2\"]\n\n[dependency-groups]\ntest = [\"acme-core==1.2.*\"]\n";
    text.replace('\n', "\r\n")
}

/// A workspace of uv's beside a package of npm's, with a changeset that names one of each.
fn both() -> TestRepo {
    TestRepo::with_files(&[
        ("pyproject.toml", ROOT),
        ("libs/core/pyproject.toml", &core()),
        ("libs/core/src/acme_core/__init__.py", ""),
        ("app/pyproject.toml", &app()),
        ("package.json", "{\"name\":\"web\",\"version\":\"2.0.0\"}\n"),
        (".changeset/config.json", "{}\n"),
        (".changeset/one.md", "---\nweb: minor\nacme-core: major\n---\n\nBoth learn to fly\n"),
    ])
}

#[test]
fn one_changeset_releases_npm_packages_and_python_projects() {
    let repo = both();
    let status = run(&repo, "status").success().stdout;
    assert!(status.contains("acme-core") && status.contains("web"), "{status}");
    let said = run(&repo, "version").success().stdout;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "web 2.0.0 → 2.1.0",
        "acme-core 1.2.0 → 2.0.0",
        "acme.app 0.4.1 → 0.4.2",
        "patch because dependency `acme-core` leaves >=1.2,<2 for 2.0.0",
    ] {
        assert!(words(&said).contains(line), "{line}\n{said}");
    }
    assert_eq!(repo.read("libs/core/pyproject.toml"), core().replace("1.2.0", "2.0.0"));
    let wanted = app()
        .replace("0.4.1", "0.4.2")
        .replace("[fast]>=1.2,<2;", "[fast]>=2.0,<3;")
        .replace("~=1.2", "~=2.0")
        .replace("==1.2.*", "==2.0.*");
    assert_eq!(repo.read("app/pyproject.toml"), wanted);
    let log = repo.read("app/CHANGELOG.md");
    assert!(log.contains("## 0.4.2") && log.contains("acme-core@2.0.0"), "{log}");
    assert!(repo.read("CHANGELOG.md").contains("Both learn to fly"));
}

#[test]
fn prereleases_and_snapshots_have_the_form_of_python() {
    let repo = both();
    run(&repo, "pre enter rc").success();
    run(&repo, "version").success();
    assert!(repo.read("libs/core/pyproject.toml").contains("version = \"2.0.0rc0\""));
    assert!(repo.read("app/pyproject.toml").contains("[fast]>=2.0.0rc0,<3;"));
    assert!(repo.read("libs/core/CHANGELOG.md").contains("## 2.0.0-rc.0"));
    repo.write(".changeset/two.md", "---\nacme-core: patch\n---\n\nMore\n");
    run(&repo, "version").success();
    assert!(repo.read("libs/core/pyproject.toml").contains("version = \"2.0.0rc1\""));
    run(&repo, "pre exit").success();
    run(&repo, "version").success();
    assert!(repo.read("libs/core/pyproject.toml").contains("version = \"2.0.0\""));
    assert!(repo.read("app/pyproject.toml").contains("[fast]>=2.0.0,<3;"));

    let repo = both();
    run(&repo, "version --snapshot canary").success();
    let text = repo.read("libs/core/pyproject.toml");
    assert!(text.contains("version = \"0.0.0.dev20"), "{text}");
    assert!(repo.read("app/pyproject.toml").contains("[fast]==0.0.0.dev20"));
}

#[test]
fn a_word_python_does_not_know_is_refused_and_nothing_is_written() {
    let repo = both();
    run(&repo, "pre enter next").success();
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("2.0.0-next.0") && said.contains("`rc`"), "{said}");
    assert_eq!(repo.read("libs/core/pyproject.toml"), core());
    assert!(!repo.exists("CHANGELOG.md"));
}

#[test]
fn a_project_on_its_own_is_tagged_like_any_other() {
    let repo = TestRepo::with_files(&[
        ("pyproject.toml", &core()),
        (".changeset/config.json", "{}\n"),
        (".changeset/one.md", "---\nacme-core: patch\n---\n\nFix\n"),
    ]);
    run(&repo, "version").success();
    repo.commit("version");
    // Nothing is uploaded, and nothing is handed to the package manager of another language.
    let said = run(&repo, "publish --python-publish tag").success();
    assert!(repo.git(&["tag", "--list"]).contains("v1.2.1"), "{}{}", said.stdout, said.stderr);
    run(&repo, "publish --python-publish tag").success();
    assert_eq!(repo.git(&["tag", "--list"]).trim(), "v1.2.1");
}

#[test]
fn a_version_that_cannot_be_counted_on_is_named() {
    let repo = TestRepo::with_files(&[
        ("pyproject.toml", &core().replace("1.2.0", "1.2.0.post1")),
        (".changeset/config.json", "{}\n"),
        (".changeset/one.md", "---\nacme-core: patch\n---\n\nFix\n"),
    ]);
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("1.2.0.post1"), "{said}");
}

#[test]
fn uv_finds_nothing_to_do_in_its_lock_file() {
    let Some(uv) = std::env::var_os("LAUNCHWAY_UV") else {
        let required =
            |name| std::env::var_os(name).is_some_and(|value| value == "1" || value == "true");
        assert!(!required("CI") && !required("LAUNCHWAY_REQUIRE_TOOLS"), "LAUNCHWAY_UV is not set");
        eprintln!("skipped: LAUNCHWAY_UV is not set");
        return;
    };
    let repo = both();
    // The extra of the test is one that the core does not have: uv warns, and locks.
    let lock = |more: &[&str]| {
        let done = Command::new(&uv)
            .args(["lock", "--offline", "--no-cache", "--no-python-downloads"])
            .args(more)
            .current_dir(repo.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    lock(&[]);
    repo.commit("lock");
    let before = repo.read("uv.lock");
    run(&repo, "version").success();
    let wanted = before.replace("\"1.2.0\"", "\"2.0.0\"").replace("\"0.4.1\"", "\"0.4.2\"");
    assert_eq!(repo.read("uv.lock"), wanted);
    lock(&["--check"]);
}

//! Packages of every language, also in one repository.

use launchway_testkit::TestRepo;

use super::{json, names, reasons};
use crate::shop::run;

#[test]
fn crates_python_projects_and_go_modules() {
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n"),
        ("crates/core/Cargo.toml", "[package]\nname = \"core\"\nversion = \"0.1.0\"\n"),
        (
            "crates/cli/Cargo.toml",
            "[package]\nname = \"cli\"\nversion = \"0.1.0\"\n[dev-dependencies]\ncore = { path = \"../core\" }\n",
        ),
        (
            "services/api/pyproject.toml",
            "[project]\nname = \"api\"\nversion = \"1.0\"\ndependencies = [\"Acme_Models>=1\"]\n",
        ),
        (
            "services/models/pyproject.toml",
            "[project]\nname = \"acme.models\"\r\nversion = \"1.0\"\r\n",
        ),
        ("tools/pyproject.toml", "[tool.ruff]\nline-length = 99\n"),
        (
            "go/gate/go.mod",
            "module acme.test/gate\n\ngo 1.25\n\nrequire acme.test/core v0.0.0\n\nreplace acme.test/core => ../core\n",
        ),
        ("go/core/go.mod", "module acme.test/core\n"),
    ]);
    repo.branch("topic").write("services/models/m.py", "x = 1\n").commit("models");
    assert_eq!(
        reasons(&json(&repo, "")),
        [
            ("api".to_owned(), "depends on `acme.models`".to_owned()),
            ("acme.models".to_owned(), "`services/models/m.py` changed".to_owned()),
        ]
    );
    repo.write("go/core/a.go", "package core\n").commit("go");
    repo.write("crates/core/src/lib.rs", "\n").commit("rust");
    assert_eq!(names(&repo, "--ecosystem go"), ["acme.test/core", "acme.test/gate"]);
    assert_eq!(names(&repo, "--ecosystem cargo"), ["cli", "core"]);
    assert_eq!(names(&repo, "--ecosystem cargo --dev-dependencies=false"), ["core"]);
    assert_eq!(names(&repo, "--ecosystem python --ecosystem go").len(), 4);
    repo.write("Cargo.lock", "version = 4\n").commit("lock");
    assert_eq!(names(&repo, "--ecosystem cargo --only-changed"), ["cli", "core"]);
    assert_eq!(names(&repo, "--ecosystem go --only-changed"), ["acme.test/core"]);
    repo.write("services/api/pyproject.toml", "[project\n").commit("broken");
    let said = run(&repo, "affected --since main").exits(2).stderr;
    assert!(said.contains("`services/api/pyproject.toml`"), "{said}");
    assert!(said.contains("`ignore`"), "{said}");
    run(&repo, "affected --since main --ecosystem go").success();
    let done = run(&repo, "affected --since main --ignore services/api/**").success();
    assert!(done.stderr.contains("counts as no package"), "{}", done.stderr);
}

#[test]
fn a_broken_file_that_names_no_project_stops_nothing() {
    let project = "[project]\nname = \"app\"\nversion = \"1.0\"\n";
    let repo = TestRepo::with_files(&[
        ("app/pyproject.toml", project),
        ("app/tests/broken/pyproject.toml", "[tool.ruff\r\nline-length = \r\n"),
        ("examples/app/pyproject.toml", project),
        ("web/pyproject.toml", "[project]\nname = \"web\"\ndependencies = [\"app\"]\n"),
    ]);
    repo.branch("topic").write("examples/app/a.py", "1").commit("example");
    let done = run(&repo, "affected --since main").success();
    assert!(done.stderr.contains("`app/tests/broken/pyproject.toml`"), "{}", done.stderr);
    // Two of one name: each has its own, and who wants one of them is there with either.
    assert_eq!(names(&repo, ""), ["examples/app:app", "web"]);
    repo.write("app/a.py", "1").commit("app");
    assert_eq!(names(&repo, ""), ["app:app", "examples/app:app", "web"]);
}

#[cfg(unix)]
#[test]
fn a_project_that_cannot_be_read_is_not_passed_over() {
    let repo = TestRepo::with_files(&[
        ("app/go.mod", "module acme.test/app\n"),
        ("gone/go.mod", "module acme.test/gone\n"),
    ]);
    repo.branch("topic").write("app/a.go", "1");
    std::fs::create_dir_all(repo.path().join("trap")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", repo.path().join("trap/go.mod")).unwrap();
    repo.commit("trap");
    let said = run(&repo, "affected --since main").exits(2).stderr;
    assert!(said.contains("`trap/go.mod`"), "{said}");
    repo.remove("trap/go.mod");
    repo.remove("gone/go.mod");
    assert_eq!(names(&repo, ""), ["acme.test/app"]);
}

//! Python projects: versioned, tagged and released, with uploads or without.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use launchway_testkit::{FakeRunner, Fault, FaultRule, KillSwitch, Moment, PypiIndex, TokenKind};

use crate::shop::{Shop, changeset};

#[test]
fn a_python_project_is_tagged_and_released_and_nothing_is_uploaded() {
    let shop = Shop::new(TokenKind::App);
    let project = "[project]\nname = \"acme-core\"\nversion = \"1.0.0\" # moved\n";
    shop.repo.write("pyproject.toml", project);
    shop.repo.write(".changeset/config.json", "{\"launchway\":{\"ecosystems\":[\"python\"]}}\n");
    shop.changeset("one", &changeset(&[("acme-core", "minor")], "It flies."));
    let mode = [("release-mode", "publish"), ("python-publish", "tag")];
    let _ = shop.run(&mode).success();
    assert!(shop.handle.pull(1).body.contains("acme-core"));
    shop.merge();
    assert_eq!(shop.repo.read("pyproject.toml"), project.replace("1.0.0", "1.1.0"));
    // No package manager of any language is there, and none is asked.
    let runner = shop.runner();
    let record: serde_json::Value =
        serde_json::from_str(&shop.repo.read(".changeset/release.json")).unwrap();
    assert!(record.pointer("/packages/0/registry").unwrap().is_null(), "{record}");
    let dry = shop.run_on(&runner, &[mode[0], mode[1], ("dry-run", "true")]).success();
    assert!(dry.log.contains("tag only: acme-core@1.1.0"), "{}", dry.log);
    assert_eq!(shop.handle.tags(), [""; 0]);
    let run = shop.run_on(&runner, &mode).success();
    assert_eq!(shop.handle.tags(), ["v1.1.0"], "{}", run.log);
    assert!(shop.handle.release("v1.1.0").unwrap().body.unwrap().contains("It flies."));
    assert_eq!(run.output_json("tags")[0], "v1.1.0");
    assert_eq!((run.output("published"), run.output("published-packages")), ("false", "[]"));
    assert_eq!(
        run.output_json("released-packages"),
        serde_json::json!([{
            "name": "acme-core", "version": "1.1.0", "tag": "v1.1.0", "path": ".",
            "ecosystem": "python",
        }])
    );
    shop.github.forget_requests();
    let again = shop.run_on(&runner, &mode).success();
    assert_eq!(shop.github.write_lines(), [""; 0], "{}", again.log);
}

const BACK_END: &str = include_str!("../../../publish/tests/it/pypi_backend.py");
const UPLOAD: &[(&str, &str)] = &[("release-mode", "publish")];

/// The folder with the real tools, or `None` where they are missing.
fn tools() -> Option<PathBuf> {
    let python = std::env::var_os("LAUNCHWAY_PYTHON").map(PathBuf::from);
    let bin = python.as_deref().and_then(Path::parent).map(Path::to_owned);
    let bin = bin.filter(|bin| bin.join("uv").is_file());
    if bin.is_none() {
        let is_required = std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_some();
        assert!(!is_required, "uv is missing beside LAUNCHWAY_PYTHON");
        eprintln!("skipped: uv is missing beside LAUNCHWAY_PYTHON");
    }
    bin
}

/// `acme-web`, which needs `acme-core`, with a merged version pull request for both.
fn merged(index: &PypiIndex, bin: &Path) -> Shop {
    let project = |name: &str, more: &str| {
        format!(
            "[project]\nname = \"{name}\"\nversion = \"1.0.0\"\n{more}\n[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
        )
    };
    let workspace = "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n\n[tool.uv.sources]\nacme-core = { workspace = true }\n";
    let shop = Shop::with(
        TokenKind::App,
        &[
            ("pyproject.toml", workspace),
            (".changeset/config.json", "{}\n"),
            ("packages/core/pyproject.toml", &project("acme-core", "")),
            ("packages/core/backend.py", BACK_END),
            (
                "packages/web/pyproject.toml",
                &project("acme-web", "dependencies = [\"acme-core==1.0.0\"]\n"),
            ),
            ("packages/web/backend.py", BACK_END),
        ],
    );
    for name in ["acme-core", "acme-web"] {
        let own = name.replace('-', "_");
        index.seed(name, &format!("{own}-1.0.0.tar.gz"), b"x");
        index.seed(name, &format!("{own}-1.0.0-py3-none-any.whl"), b"x");
    }
    index.add_token("pypi-swordfish");
    shop.changeset("one", &changeset(&[("acme-core", "minor")], "It flies."));
    let _ = shop.run_on(&runner(&shop, index, bin), UPLOAD).success();
    shop.merge();
    shop
}

fn runner(shop: &Shop, index: &PypiIndex, bin: &Path) -> FakeRunner {
    let home = shop.repo.path().parent().unwrap().join("python-home");
    std::fs::create_dir_all(&home).unwrap();
    shop.runner()
        .env("PATH", &format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("HOME", home.to_str().unwrap())
        .env("UV_PYTHON", bin.join("python").to_str().unwrap())
        .env("UV_PYTHON_DOWNLOADS", "never")
        .env("UV_PUBLISH_URL", &index.upload())
        .env("UV_PUBLISH_CHECK_URL", &index.simple())
        .env("UV_PUBLISH_TOKEN", "pypi-swordfish")
}

/// Whether everything is there that the pull request promised.
fn is_whole(shop: &Shop, index: &PypiIndex) -> bool {
    let files = ["acme-core", "acme-web"].map(|name| index.files(name).len());
    let tags = shop.handle.tags();
    files == [4, 4]
        && tags == ["acme-core@1.1.0", "acme-web@1.0.1"]
        && tags.iter().all(|tag| shop.handle.release(tag).is_some())
}

#[test]
fn python_packages_are_uploaded_in_order_then_tagged_and_released_and_nothing_twice() {
    let Some(bin) = tools() else { return };
    let index = PypiIndex::start();
    let shop = merged(&index, &bin);
    let runner = runner(&shop, &index, &bin);
    let dry = shop.run_on(&runner, &[UPLOAD[0], ("dry-run", "true")]).success();
    assert!(dry.log.contains("acme-core@1.1.0"), "{}", dry.log);
    assert_eq!((index.uploads().len(), shop.handle.tags().len()), (0, 0));

    // A wrong token: nothing is tagged, and the message says what to do.
    let wrong = runner.clone().env("UV_PUBLISH_TOKEN", "pypi-opensesame");
    let run = shop.run_on(&wrong, UPLOAD);
    assert_eq!(run.exit_code, 3, "{}", run.log);
    assert!(run.log.contains("`UV_PUBLISH_TOKEN` is set") && run.log.contains("held by acme-core"));
    assert!(!run.log.contains("opensesame"), "{}", run.log);
    assert_eq!(shop.handle.tags(), [""; 0]);

    let run = shop.run_on(&runner, UPLOAD).success();
    assert!(is_whole(&shop, &index), "{}", run.log);
    assert!(index.uploads().last().unwrap().starts_with("acme_web-1.0.1"));
    let published = run.output_json("published-packages");
    assert_eq!(published[0]["ecosystem"], "python", "{published}");
    assert!(!run.log.contains("pypi-swordfish"));
    let uploads = index.uploads().len();
    shop.github.forget_requests();
    let again = shop.run_on(&runner, UPLOAD).success();
    assert_eq!(shop.github.write_lines(), [""; 0], "{}", again.log);
    assert_eq!(index.uploads().len(), uploads);

    // An index that does not answer is no empty one.
    index.fail(FaultRule::new(Fault::status(503)).method("GET").always());
    let run = shop.run_on(&runner, UPLOAD);
    assert_eq!(run.exit_code, 3, "{}", run.log);
    assert!(run.log.contains("503"), "{}", run.log);
}

#[test]
fn killed_anywhere_a_second_run_completes_uploads_tags_and_releases() {
    let Some(bin) = tools() else { return };
    let index = PypiIndex::start();
    let shop = merged(&index, &bin);
    let switch = KillSwitch::never();
    index.kill_switch(&switch);
    shop.github.kill_switch(&switch);
    let _ = shop.run_on(&runner(&shop, &index, &bin).kill_switch(&switch), UPLOAD).success();
    let writes = switch.writes();
    assert!(writes.len() >= 8, "{writes:#?}");
    // Every upload, and the first write after them.
    let uploads = writes.iter().filter(|line| line.contains("/legacy/")).count();
    let cases: Vec<(usize, Moment)> =
        (1..=uploads + 1).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((n, moment)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed)).copied()
                {
                    let index = PypiIndex::start();
                    let shop = merged(&index, &bin);
                    let switch = KillSwitch::at(n, moment);
                    index.kill_switch(&switch);
                    shop.github.kill_switch(&switch);
                    let runner = runner(&shop, &index, &bin);
                    let killed = shop.run_on(&runner.clone().kill_switch(&switch), UPLOAD);
                    assert!(switch.has_struck(), "{moment:?} {n}: {}", killed.log);
                    let again = shop.run_on(&runner, UPLOAD);
                    assert_eq!(again.exit_code, 0, "{moment:?} {n}: {}", again.log);
                    assert!(is_whole(&shop, &index), "{moment:?} {n}: {}", again.log);
                }
            });
        }
    });
}

//! Releasing crates with the real cargo and a registry on loopback.

use std::path::PathBuf;

use launchway_publish::{Cargo, Credentials, PlanOptions, Runner};
use launchway_testkit::{CargoRegistry, FakeRunner, Fault, FaultRule, TokenKind};
use launchway_workspace::Workspace;

use crate::shop::{Shop, changeset};

const MODE: &[(&str, &str)] = &[("release-mode", "publish")];

fn manifest(name: &str, needs: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n\n[dependencies]\n{needs}"
    )
}

/// `engine`, `cli` that needs it and `other` that does not, with a merged version pull request for
/// the engine and the other.
fn merged(registry: &CargoRegistry) -> Shop {
    let needs = "engine = { path = \"../engine\", version = \"1.0.0\", registry = \"stand-in\" }\n";
    let shop = Shop::with(
        TokenKind::App,
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"cli\", \"engine\", \"other\"]\nresolver = \"2\"\n",
            ),
            (".gitignore", "/target\n/Cargo.lock\n/packed\n"),
            (".changeset/config.json", "{}\n"),
            ("engine/Cargo.toml", &manifest("engine", "")),
            ("engine/src/lib.rs", ""),
            ("cli/Cargo.toml", &manifest("cli", needs)),
            ("cli/src/main.rs", "fn main() {}\n"),
            ("other/Cargo.toml", &manifest("other", "")),
            ("other/src/lib.rs", ""),
        ],
    );
    registry.add_token("cargo-swordfish");
    for name in ["engine", "cli", "other"] {
        registry.seed(name, "1.0.0");
    }
    let text = changeset(&[("engine", "major"), ("other", "minor")], "A.");
    shop.changeset("one", &text);
    let _ = shop.run(MODE).success();
    shop.merge();
    shop.github.forget_requests();
    shop
}

fn home(shop: &Shop, registry: &CargoRegistry) -> PathBuf {
    let home = shop.repo.path().parent().unwrap().join("cargo-home");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("config.toml"), registry.config("stand-in")).unwrap();
    home
}

fn runner(shop: &Shop, registry: &CargoRegistry) -> FakeRunner {
    shop.runner()
        .env("PATH", &std::env::var("PATH").unwrap())
        .env("HOME", &std::env::var("HOME").unwrap())
        .env("CARGO_HOME", &home(shop, registry).display().to_string())
        .env("CARGO_REGISTRIES_STAND_IN_TOKEN", "cargo-swordfish")
}

#[test]
fn crates_are_published_tagged_and_released_and_a_failure_is_completed_by_the_next_run() {
    let registry = CargoRegistry::start();
    let shop = merged(&registry);
    registry.fail(FaultRule::new(Fault::status(403)).method("PUT").body_contains("\"engine\""));
    let run = shop.run_on(&runner(&shop, &registry), MODE);
    assert_eq!(run.exit_code, 4, "{}", run.log);
    assert!(run.log.contains("held by engine"), "{}", run.log);
    assert!(!run.log.contains("cargo-swordfish"));
    assert_eq!(shop.handle.tags(), ["other@1.1.0"]);

    registry.heal();
    let run = shop.run_on(&runner(&shop, &registry), MODE).success();
    assert_eq!(shop.handle.tags(), ["cli@1.0.1", "engine@2.0.0", "other@1.1.0"], "{}", run.log);
    assert_eq!(registry.versions("cli"), ["1.0.0", "1.0.1"]);
    let metadata = registry.metadata("cli", "1.0.1").unwrap();
    assert_eq!(metadata["deps"][0]["version_req"], "^2.0.0");
    let uploads = registry.uploads().len();
    let _ = shop.run_on(&runner(&shop, &registry), MODE).success();
    assert_eq!(registry.uploads().len(), uploads);
}

#[test]
fn what_an_earlier_job_packed_is_published() {
    let registry = CargoRegistry::start();
    let shop = merged(&registry);
    let workspace = Workspace::discover(shop.repo.path()).unwrap();
    let out = shop.repo.path().join("packed");
    let env = [
        ("PATH".to_owned(), std::env::var("PATH").unwrap()),
        ("HOME".to_owned(), std::env::var("HOME").unwrap()),
        ("CARGO_HOME".to_owned(), home(&shop, &registry).display().to_string()),
    ];
    let cargo = Cargo::new(Runner::new(env), &workspace);
    launchway_http::block_on(async {
        let options = PlanOptions::default();
        let none = Credentials::default();
        let asked = launchway_publish::ask(&cargo, &workspace, &options, &none);
        let report =
            launchway_publish::make_plan(&workspace, &asked.await.unwrap(), Vec::new(), &options);
        launchway_publish::pack(&cargo, &workspace, &report.unwrap().plan, &out).await.unwrap();
    })
    .unwrap();
    let from = [MODE[0], ("from-pack-dir", "packed")];
    let run = shop.run_on(&runner(&shop, &registry), &from).success();
    assert_eq!(shop.handle.tags(), ["cli@1.0.1", "engine@2.0.0", "other@1.1.0"], "{}", run.log);
    assert_eq!(
        registry.file("engine", "2.0.0").unwrap(),
        std::fs::read(out.join("packages/engine-2.0.0.crate")).unwrap()
    );

    // Nothing to publish any more; a folder that is not the commit's is refused where there is.
    let _ = shop.run_on(&runner(&shop, &registry), &from).success();
    let run = shop.run_on(&runner(&shop, &registry), &[("from-pack-dir", "packed")]);
    assert_eq!(run.exit_code, 2, "{}", run.log);
}

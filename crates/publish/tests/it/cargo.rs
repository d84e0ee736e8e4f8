//! Real cargo against a registry on loopback.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use launchway_base::Deadline;
use launchway_publish::{
    Cargo, Credentials, Event, Plan, PlanOptions, PublishError, PublishOptions, PublishResult,
    Published, Runner, choose_manager, publish,
};
use launchway_testkit::{CargoRegistry, Fault, FaultRule};
use launchway_workspace::Workspace;
use tempfile::TempDir;

use crate::space::{options, plan, wait};

/// A workspace of crates with a Cargo home of its own.
struct Crates {
    temp: TempDir,
    root: PathBuf,
}

impl Crates {
    /// Crates of version 1.0.0, each with the names of those it needs.
    fn new(registry: &CargoRegistry, crates: &[(&str, &[&str])]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("work");
        let space = Self { temp, root };
        space.write("../home/config.toml", &registry.config("stand-in"));
        let members: Vec<String> = crates.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        space.write(
            "Cargo.toml",
            &format!("[workspace]\nmembers = [{}]\nresolver = \"2\"\n", members.join(", ")),
        );
        for (name, needs) in crates {
            let mut text = format!(
                "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n\n[dependencies]\n"
            );
            for need in *needs {
                writeln!(
                    text,
                    "{need} = {{ path = \"../{need}\", version = \"1\", registry = \"stand-in\" }}"
                )
                .unwrap();
            }
            space.write(&format!("{name}/Cargo.toml"), &text);
            space.write(&format!("{name}/src/lib.rs"), "");
        }
        space
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn runner(&self, more: &[(&str, &str)]) -> Runner {
        let mut env: BTreeMap<String, String> = BTreeMap::from([
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("CARGO_HOME".to_owned(), self.root.join("../home").display().to_string()),
        ]);
        for name in ["HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            env.extend(std::env::var(name).map(|value| (name.to_owned(), value)));
        }
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Runner::new(env)
    }

    fn cargo(&self, more: &[(&str, &str)]) -> Cargo {
        Cargo::new(self.runner(more), &self.read()).with_index_wait(Duration::from_secs(3))
    }

    fn read(&self) -> Workspace {
        Workspace::discover(&self.root).unwrap()
    }

    fn go(&self, cargo: &Cargo, options: &PublishOptions<'_>) -> Published {
        let workspace = self.read();
        let report = plan(cargo, &workspace, &crate::space::options());
        wait(publish(cargo, &workspace, &report.plan, options, &mut |_| {})).unwrap()
    }
}

const TOKEN: [(&str, &str); 1] = [("CARGO_REGISTRIES_STAND_IN_TOKEN", "cargo-good-token")];

fn whats(published: &Published) -> Vec<String> {
    published.rows().into_iter().map(|[name, _, what]| format!("{name} {what}")).collect()
}

#[test]
fn crates_go_in_dependency_order_and_none_twice() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").seed("core", "0.9.0");
    let space =
        Crates::new(&registry, &[("app", &["middle"]), ("core", &[]), ("middle", &["core"])]);
    let workspace = space.read();
    let manager = wait(choose_manager(&workspace, space.runner(&TOKEN))).unwrap();
    assert_eq!(manager.name(), "cargo");
    let report = plan(&*manager, &workspace, &options());
    assert_eq!(report.not_found, ["app", "middle"]);
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.uploads(), ["core@1.0.0", "middle@1.0.0", "app@1.0.0"]);
    assert_eq!(registry.versions("core"), ["0.9.0", "1.0.0"]);

    let again =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert_eq!(again.already_there().count(), 3, "{:?}", again.rows());
    let report = plan(&*manager, &workspace, &options());
    assert_eq!((report.already_published, report.plan.is_empty()), (3, true));
    assert_eq!(registry.uploads().len(), 3);
}

#[test]
fn an_answer_that_got_lost_is_looked_up_and_not_sent_again() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").lag(2);
    registry.fail(FaultRule::new(Fault::CommitThenFail).method("PUT"));
    registry.fail(FaultRule::new(Fault::CommitThenCut).method("PUT").body_contains("\"two\""));
    registry.fail(FaultRule::new(Fault::status(503)).method("PUT").body_contains("three"));
    let space = Crates::new(
        &registry,
        &[("one", &[]), ("two", &["one"]), ("three", &[]), ("four", &["three"])],
    );
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    let whats = whats(&published);
    let there = "published, the registry has it although publishing ended with an error";
    assert!(whats[0].starts_with(&format!("one {there}: 502")), "{whats:?}");
    assert!(whats[1].starts_with("three failed: 503: "), "{whats:?}");
    assert_eq!(whats[2], "four held by three");
    assert!(whats[3].starts_with(&format!("two {there}")), "{whats:?}");
    let mut uploads = registry.uploads();
    uploads.sort();
    assert_eq!(uploads, ["one@1.0.0", "three@1.0.0", "two@1.0.0"]);

    registry.heal();
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(published.successes().count(), 2);
}

#[test]
fn a_registry_that_lies_is_caught() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token");
    registry.fail(FaultRule::new(Fault::LieOk).method("PUT").path("*/new"));
    let space = Crates::new(&registry, &[("one", &[]), ("two", &["one"])]);
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    assert_eq!(
        whats(&published),
        [
            "one failed: the registry `stand-in` said it took one 1.0.0, but its index does not show it",
            "two held by one"
        ]
    );
    assert_eq!(registry.uploads(), ["one@1.0.0"]);
}

#[test]
fn an_index_that_lags_is_waited_for() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").lag(2);
    let space = Crates::new(&registry, &[("one", &[]), ("two", &["one"])]);
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.uploads(), ["one@1.0.0", "two@1.0.0"]);
}

#[test]
fn rate_limits_are_waited_for_within_the_deadline() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").limit_new_crates(1, Duration::from_secs(2));
    let space = Crates::new(&registry, &[("one", &[]), ("two", &[])]);
    let workspace = space.read();
    let cargo = space.cargo(&TOKEN);
    let report = plan(&cargo, &workspace, &options());
    let mut waited = Vec::new();
    let published =
        wait(publish(&cargo, &workspace, &report.plan, &PublishOptions::default(), &mut |event| {
            if let Event::Waiting { package, wait } = event {
                assert!(wait <= Duration::from_secs(4), "{wait:?}");
                waited.push(package.to_owned());
            }
        }))
        .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(waited, ["two"]);

    registry.limit_new_crates(0, Duration::from_mins(10));
    let space = Crates::new(&registry, &[("three", &[]), ("four", &["three"])]);
    let deadline = Deadline::after(Duration::from_mins(2));
    let begun = Instant::now();
    let published =
        space.go(&space.cargo(&TOKEN), &PublishOptions { deadline, ..PublishOptions::default() });
    assert!(begun.elapsed() < Duration::from_mins(1));
    let whats = whats(&published);
    assert!(whats[0].contains("three held: the registry's rate limit asks to wait"), "{whats:?}");
    assert!(whats[0].contains("run it again"), "{whats:?}");
    assert_eq!(whats[1], "four held by three");
    assert!(!published.is_complete());
}

#[test]
fn trusted_publishing_makes_a_token_for_the_run_and_gives_it_back() {
    let registry = CargoRegistry::start();
    let (url, token) = registry.offer_identity("identity-of-the-job");
    registry.seed("one", "0.1.0").trust("one", "identity-of-the-job").seed("two", "0.1.0");
    let space = Crates::new(&registry, &[("one", &[]), ("two", &[])]);
    space.write("one/build.rs", "fn main() { for (name, value) in std::env::vars() { assert!(!value.starts_with(\"cio_tp\") && !name.starts_with(\"ACTIONS_ID\"), \"{name}\"); } }");
    let leave = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token.as_str()),
    ];
    let published = space.go(&space.cargo(&leave), &PublishOptions::default());
    let results: Vec<PublishResult> = published.outcomes.iter().map(|o| o.result).collect();
    assert_eq!(
        results,
        [PublishResult::Published, PublishResult::Failed],
        "{:?}",
        published.rows()
    );
    let said = published.outcomes[1].describe();
    assert!(
        said.contains("must name this repository and workflow as its trusted publisher"),
        "{said}"
    );
    assert_eq!(registry.issued().len(), 1, "one token for the whole run");
    assert_eq!(registry.revoked(), registry.issued());
    let with = |token: &str| {
        registry
            .requests()
            .iter()
            .filter(|r| r.headers.iter().any(|(_, v)| v.contains(token)))
            .count()
    };
    assert_eq!(with(&registry.issued()[0]), 3, "two uploads and the giving back");

    // A workflow nobody trusts is told so, and nothing is uploaded.
    let (url, token) = registry.offer_identity("another-job");
    let leave = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token.as_str()),
    ];
    let before = registry.uploads().len();
    let published = space.go(&space.cargo(&leave), &PublishOptions::default());
    let said = published.failures().next().unwrap().describe();
    assert!(said.contains("No Trusted Publishing config found"), "{said}");
    assert!(said.contains("set `CARGO_REGISTRIES_STAND_IN_TOKEN`"), "{said}");
    assert_eq!(registry.uploads().len(), before);
}

#[test]
fn a_configured_token_is_used_and_build_scripts_do_not_see_it() {
    let registry = CargoRegistry::start();
    registry.add_limited_token("cargo-good-token", &["one"]);
    let (url, token) = registry.offer_identity("identity-of-the-job");
    let space = Crates::new(&registry, &[("one", &[]), ("two", &[])]);
    space.write(
        "one/build.rs",
        "fn main() { assert!(std::env::var_os(\"CARGO_REGISTRIES_STAND_IN_TOKEN\").is_none()); }",
    );
    let env = [
        TOKEN[0],
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token.as_str()),
    ];
    let published = space.go(&space.cargo(&env), &PublishOptions::default());
    assert_eq!(registry.versions("one"), ["1.0.0"], "{:?}", published.rows());
    assert!(registry.issued().is_empty());
    let said = published.failures().next().unwrap().describe();
    assert!(
        said.contains("`CARGO_REGISTRIES_STAND_IN_TOKEN` is set; the token needs the scope"),
        "{said}"
    );

    let published = space.go(&space.cargo(&[]), &PublishOptions::default());
    let said = published.failures().next().unwrap().describe();
    assert!(said.contains("no token found for `stand-in`"), "{said}");
    assert!(said.contains("permissions: id-token: write"), "{said}");
}

#[test]
fn crates_are_packed_in_one_job_and_published_in_another() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token");
    let space = Crates::new(&registry, &[("app", &["core"]), ("core", &[])]);
    let workspace = space.read();
    let out = space.temp.path().join("out");
    let without = space.cargo(&[]);
    let report = plan(&without, &workspace, &options());
    let packed = wait(launchway_publish::pack(&without, &workspace, &report.plan, &out)).unwrap();
    let text = std::fs::read_to_string(&packed.file).unwrap();
    assert!(text.contains("\"path\": \"packages/core-1.0.0.crate\""), "{text}");
    assert!(text.contains("\"ecosystem\": \"cargo\"") && !text.contains("access"), "{text}");

    // Another checkout packs other files: refused before anything is published.
    let cargo = space.cargo(&TOKEN);
    let from = PublishOptions { pack_dir: Some(&out), ..PublishOptions::default() };
    let planned = Plan::from_json("p", &text).unwrap();
    space.write("core/src/lib.rs", "//! Other.\n");
    let error = wait(publish(&cargo, &workspace, &planned, &from, &mut |_| {})).unwrap_err();
    assert!(
        matches!(&error, PublishError::Tarball { package, .. } if package == "core"),
        "{error}"
    );
    assert!(registry.uploads().is_empty());

    space.write("core/src/lib.rs", "");
    // What was packed was built there: nothing is built here.
    let is_built = |folder: &str| Path::new(&space.root).join("target").join(folder).exists();
    std::fs::remove_dir_all(space.root.join("target")).unwrap();
    let published = wait(publish(&cargo, &workspace, &planned, &from, &mut |_| {})).unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert!(is_built("package") && !is_built("debug"));
    assert_eq!(
        registry.file("core", "1.0.0").unwrap(),
        std::fs::read(out.join("packages/core-1.0.0.crate")).unwrap()
    );
    assert_eq!(
        registry.file("app", "1.0.0").unwrap(),
        std::fs::read(out.join("packages/app-1.0.0.crate")).unwrap()
    );
}

#[test]
fn many_crates_for_the_registry_cargo_knows_take_their_time() {
    let registry = CargoRegistry::start();
    let names: Vec<String> = (0..7).map(|n| format!("crate-{n}")).collect();
    let crates: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let space = Crates::new(&registry, &crates);
    let asked: Vec<_> = names
        .iter()
        .map(|name| launchway_publish::Asked {
            name: name.clone(),
            info: launchway_publish::Info::Unpublished,
            is_limited: true,
        })
        .collect();
    let report =
        launchway_publish::make_plan(&space.read(), &asked, Vec::new(), &PlanOptions::default())
            .unwrap();
    assert_eq!(report.wait, Duration::from_mins(20));
    let cargo = space.cargo(&[]);
    let asked =
        wait(launchway_publish::ask(&cargo, &space.read(), &options(), &Credentials::default()))
            .unwrap();
    assert!(asked.iter().all(|asked| !asked.is_limited), "another registry has its own limits");
}

#[test]
fn npm_packages_and_crates_go_in_one_plan_and_fail_apart() {
    let Some(npm) = crate::real::tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token");
    registry
        .fail(FaultRule::new(Fault::status(403)).method("PUT").body_contains("\"base\"").always());
    let packages = launchway_testkit::FakeRegistry::start();
    packages.add_token("npm_good_token", "tester");
    let space = Crates::new(&registry, &[("base", &[]), ("core", &["base"]), ("free", &[])]);
    space.write("package.json", "{\"private\": true, \"workspaces\": [\"js/*\"]}");
    space.write("package-lock.json", "{}");
    space.write(".npmrc", &packages.npmrc("npm_good_token"));
    space.write("js/core/package.json", "{\"name\": \"core\", \"version\": \"3.0.0\"}");
    let workspace = space.read();
    let path = std::env::join_paths(
        npm.parent()
            .map(PathBuf::from)
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap().into_string().unwrap();
    let runner = space.runner(&[TOKEN[0], ("PATH", &path)]);
    let manager = wait(choose_manager(&workspace, runner)).unwrap();
    assert_eq!(manager.name(), "npm and cargo");
    let report = plan(&*manager, &workspace, &options());
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    let results: Vec<(String, PublishResult)> =
        published.outcomes.iter().map(|o| (o.name.clone(), o.result)).collect();
    let expected = [
        ("base", PublishResult::Failed),
        ("free", PublishResult::Published),
        ("npm:core", PublishResult::Published),
        ("cargo:core", PublishResult::Held),
    ];
    let expected = expected.map(|(name, result)| (name.to_owned(), result));
    assert_eq!(results, expected, "{:?}", published.rows());
    assert_eq!(packages.versions("core"), ["3.0.0"]);
    assert_eq!(registry.crates(), ["free"]);

    // The cause gone, a second run does the rest and nothing twice.
    registry.heal();
    let report = plan(&*manager, &workspace, &options());
    assert_eq!(report.plan.publishes().count(), 2);
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.crates(), ["base", "core", "free"]);
}

#[test]
fn a_development_dependency_with_a_version_comes_first_and_one_without_does_not_count() {
    let registry = CargoRegistry::start();
    let space = Crates::new(&registry, &[("alpha", &[]), ("beta", &[])]);
    let order = |manifest: &str| {
        let text = std::fs::read_to_string(space.root.join("alpha/Cargo.toml")).unwrap();
        let text = text.split("[dev-dependencies]").next().unwrap().to_owned();
        space.write("alpha/Cargo.toml", &format!("{text}[dev-dependencies]\n{manifest}\n"));
        let workspace = space.read();
        let asked: Vec<_> = ["alpha", "beta"]
            .map(|name| launchway_publish::Asked {
                name: name.to_owned(),
                info: launchway_publish::Info::Unpublished,
                is_limited: false,
            })
            .into();
        let report =
            launchway_publish::make_plan(&workspace, &asked, Vec::new(), &options()).unwrap();
        report
            .plan
            .chunks
            .iter()
            .map(|chunk| chunk.iter().map(|e| e.name().to_owned()).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let together: Vec<Vec<String>> = vec![vec!["alpha".into(), "beta".into()]];
    assert_eq!(order("beta = { path = \"../beta\" }"), together);
    let apart: Vec<Vec<String>> = vec![vec!["beta".into()], vec!["alpha".into()]];
    assert_eq!(order("beta = { path = \"../beta\", version = \"1\" }"), apart);
}

#[test]
fn a_private_registry_is_read_with_its_token() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").make_private();
    let space = Crates::new(&registry, &[("one", &[]), ("two", &["one"])]);
    let config = registry
        .config("stand-in")
        .replace("[registry]\n", "[registry]\nglobal-credential-providers = [\"cargo:token\"]\n");
    space.write("../home/config.toml", &config);
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.uploads(), ["one@1.0.0", "two@1.0.0"]);
    let without = space.cargo(&[]);
    let asked =
        wait(launchway_publish::ask(&without, &space.read(), &options(), &Credentials::default()));
    let error = launchway_base::Failure::from(asked.unwrap_err()).chain();
    assert!(error.contains("cannot ask the registry about `one`"), "{error}");
}

#[test]
fn a_crate_costs_few_requests_and_one_upload() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token").seed("one", "0.9.0");
    let space = Crates::new(&registry, &[("one", &[])]);
    let published = space.go(&space.cargo(&TOKEN), &PublishOptions::default());
    assert!(published.is_complete(), "{:?}", published.rows());
    let lines: Vec<String> =
        registry.requests().iter().map(launchway_testkit::Recorded::line).collect();
    // Each start of cargo reads the registry's configuration and the crate's index file: asking,
    // uploading, looking for it; and it may begin to look by itself.
    let once = |line: &str| lines.iter().filter(|other| *other == line).count();
    assert_eq!(once("PUT /api/v1/crates/new"), 1);
    assert!(once("GET /index/config.json") <= 4, "{lines:#?}");
    assert!(lines.len() <= 11, "{lines:#?}");
}

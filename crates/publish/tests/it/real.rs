//! Real package managers against registries on loopback.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use launchway_publish::{
    Credentials, PackageManager, PublishOptions, Runner, choose_manager, publish,
};
use launchway_testkit::FakeRegistry;
use serde_json::json;

use crate::space::{Space, options, plan, show, three, wait};

/// A tool the tests were told of; without it the test is skipped, or fails where tools must be there.
pub(crate) fn tool(variable: &str, fallback: Option<&str>) -> Option<PathBuf> {
    let given = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    let found = given.or_else(|| {
        let (path, name) = (std::env::var_os("PATH")?, fallback?);
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    if found.is_none() {
        let required =
            |name: &str| std::env::var(name).is_ok_and(|value| value == "true" || value == "1");
        assert!(!required("CI") && !required("LAUNCHWAY_REQUIRE_TOOLS"), "{variable} is not set");
        eprintln!("skipped: {variable} is not set");
    }
    found
}

/// Runs npm with nothing of the user's own configuration.
pub(crate) fn runner(space: &Space, npm: &std::path::Path, more: &[(&str, &str)]) -> Runner {
    let home = space.outside().join("home");
    std::fs::create_dir_all(&home).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = npm.parent().map(PathBuf::from).into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap();
    let fixed = [("HOME", home.as_os_str()), ("PATH", path.as_os_str())];
    let env = fixed.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).as_ref())));
    Runner::new(
        env.map(|(name, value): (&str, &std::ffi::OsStr)| (name.to_owned(), value.to_owned())),
    )
}

pub(crate) fn npm(
    space: &Space,
    npm: &std::path::Path,
    more: &[(&str, &str)],
) -> Box<dyn PackageManager> {
    wait(choose_manager(&space.read(), runner(space, npm, more))).unwrap()
}

#[test]
fn npm_publishes_what_the_registry_lacks_and_nothing_twice() {
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let registry = FakeRegistry::start();
    registry.add_token("npm_good_token", "tester").seed("@acme/b", "1.0.0");
    let space = Space::new(&three());
    space.write(".npmrc", &registry.npmrc("npm_good_token"));
    let (workspace, manager) = (space.read(), npm(&space, &program, &[]));

    let report = plan(&*manager, &workspace, &options());
    assert_eq!(
        show(&report.plan)[..2],
        [["@acme/a 1.0.0 public latest"], ["@acme/b 1.1.0 public latest"]]
    );
    assert_eq!(report.not_found, ["@acme/a"]);
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.versions("@acme/a"), ["1.0.0"]);
    assert_eq!(registry.versions("@acme/b"), ["1.0.0", "1.1.0"]);

    let again =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert_eq!(again.already_there().count(), 2, "{:?}", again.rows());
    let report = plan(&*manager, &workspace, &options());
    assert_eq!((report.already_published, report.plan.publishes().count()), (2, 0));
}

#[test]
fn npm_packs_in_one_job_and_publishes_in_another() {
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let registry = FakeRegistry::start();
    registry.add_token("npm_good_token", "tester");
    let space = Space::new(&[
        json!({"name": "@acme/a", "version": "1.0.0", "scripts": {"prepack": "echo {noise}"}}),
        json!({"name": "b", "version": "2.0.0", "publishConfig": {"directory": "dist"}}),
    ]);
    space.write(
        "packages/b/dist/package.json",
        &json!({"name": "b", "version": "2.0.0"}).to_string(),
    );
    space.write("packages/b/dist/built.js", "1");
    space.write(".npmrc", &registry.npmrc("npm_good_token"));
    let (workspace, manager) = (space.read(), npm(&space, &program, &[]));
    let report = plan(&*manager, &workspace, &options());
    let out = space.outside().join("out");
    let packed = wait(launchway_publish::pack(&*manager, &workspace, &report.plan, &out)).unwrap();
    let options = PublishOptions { pack_dir: Some(&out), ..PublishOptions::default() };
    let published =
        wait(publish(&*manager, &workspace, &packed.plan, &options, &mut |_| {})).unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(
        registry.tarball("b", "2.0.0").unwrap(),
        std::fs::read(out.join("packages/b-2.0.0.tgz")).unwrap()
    );
}

#[test]
fn a_refused_token_is_explained_and_never_shown() {
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let registry = FakeRegistry::start();
    let space = Space::new(&[json!({"name": "a", "version": "1.0.0"})]);
    space.write(".npmrc", &registry.npmrc("npm_wrong_token"));
    let (workspace, manager) = (space.read(), npm(&space, &program, &[]));
    let report = plan(&*manager, &workspace, &options());
    let credentials = Credentials::observe(&runner(&space, &program, &[]), &space.root);
    let options = PublishOptions { credentials, ..PublishOptions::default() };
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &options, &mut |_| {})).unwrap();
    let said = published.failures().next().unwrap().describe();
    assert!(said.contains("`.npmrc (project)`") && said.contains("id-token: write"), "{said}");
    assert!(!said.contains("npm_wrong_token"), "{said}");
}

#[test]
fn npm_publishes_by_trust_with_an_identity_token() {
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let version = Command::new(&program).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if !launchway_workspace::satisfies(&version, ">=11.5.1") {
        assert!(
            std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(),
            "npm {version} knows no trusted publishing"
        );
        eprintln!("skipped: npm {version} knows no trusted publishing");
        return;
    }
    let registry = FakeRegistry::start();
    let (url, token) = registry.offer_identity("identity-token");
    registry.trust("a", "identity-token");
    let space = Space::new(&[json!({"name": "a", "version": "1.0.0"})]);
    space.write(".npmrc", &format!("registry={}/\nprovenance=false\n", registry.url()));
    let env = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token.as_str()),
        ("GITHUB_ACTIONS", "true"),
        ("CI", "true"),
    ];
    let (workspace, manager) = (space.read(), npm(&space, &program, &env));
    let report = plan(&*manager, &workspace, &options());
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(registry.versions("a"), ["1.0.0"]);
}

/// Puts a package manager's script on the `PATH` of a runner, with the Node.js that runs it.
fn by_node(space: &Space, program: &str, variable: &str) -> Option<Runner> {
    let (script, node) = (tool(variable, None)?, tool("LAUNCHWAY_NODE", None)?);
    let bin = space.outside().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let text = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", node.display(), script.display());
    let file = bin.join(program);
    launchway_testkit::script(&file, text);
    std::os::unix::fs::symlink(&node, bin.join("node")).unwrap();
    std::fs::remove_file(space.root.join("package-lock.json")).unwrap();
    Some(runner(space, &file, &[]))
}

/// Publishes everything, asks again, and publishes it once more.
fn round(space: &Space, runner: Runner, registry: &FakeRegistry) {
    let workspace = space.read();
    let manager = wait(choose_manager(&workspace, runner)).unwrap();
    let report = plan(&*manager, &workspace, &options());
    assert_eq!(report.not_found, ["@acme/a", "@acme/b"]);
    let options = PublishOptions::default();
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &options, &mut |_| {})).unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    let manifest = registry.manifest("@acme/b", "1.1.0").unwrap();
    assert_eq!(
        manifest.pointer("/dependencies/@acme~1a").unwrap(),
        "^1.0.0",
        "workspace ranges are replaced"
    );
    let again = wait(publish(&*manager, &workspace, &report.plan, &options, &mut |_| {})).unwrap();
    assert_eq!(again.already_there().count(), 2, "{:?}", again.rows());
    assert_eq!(plan(&*manager, &workspace, &crate::space::options()).already_published, 2);
}

/// Neither publishes packages that need each other from a workspace that was never installed.
fn install(space: &Space, program: &str) {
    let output = Command::new(space.outside().join("bin").join(program))
        .arg("install")
        .current_dir(&space.root)
        .env("HOME", space.outside().join("home"))
        .env_remove("CI")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The usual three, with ranges only a workspace can read.
fn three_linked() -> Vec<serde_json::Value> {
    let text = serde_json::Value::from(three()).to_string().replace("^1.0.0", "workspace:^");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn pnpm_publishes_and_packs() {
    let space = Space::new(&three_linked());
    let Some(runner) = by_node(&space, "pnpm", "LAUNCHWAY_PNPM") else { return };
    let registry = FakeRegistry::start();
    registry.add_token("npm_good_token", "tester");
    space.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    space.write(".npmrc", &registry.npmrc("npm_good_token"));
    install(&space, "pnpm");
    round(&space, runner.clone(), &registry);

    let manager = wait(choose_manager(&space.read(), runner)).unwrap();
    let out = space.outside().join("out");
    let packed =
        wait(launchway_publish::pack(&*manager, &space.read(), &first_again(), &out)).unwrap();
    assert!(packed.plan.to_json().contains("packages/acme-a-1.0.0.tgz"));
}

#[test]
fn yarn_publishes_and_packs() {
    let space = Space::new(&three_linked());
    let Some(runner) = by_node(&space, "yarn", "LAUNCHWAY_YARN") else { return };
    let registry = FakeRegistry::start();
    registry.add_token("npm_good_token", "tester");
    space.write("yarn.lock", "");
    let settings = format!(
        "npmRegistryServer: {}\nnpmAuthToken: npm_good_token\nunsafeHttpWhitelist: [127.0.0.1]\nenableTelemetry: false\nenableGlobalCache: false\n",
        registry.url()
    );
    space.write(".yarnrc.yml", &settings);
    install(&space, "yarn");
    round(&space, runner.clone(), &registry);

    let manager = wait(choose_manager(&space.read(), runner)).unwrap();
    let out = space.outside().join("out");
    wait(launchway_publish::pack(&*manager, &space.read(), &first_again(), &out)).unwrap();
    assert!(out.join("packages/acme-a-1.0.0.tgz").is_file());
}

/// Verdaccio on a port of its own, ended with the test.
struct Verdaccio {
    child: Child,
    url: String,
}

impl Verdaccio {
    fn start(space: &Space) -> Option<Self> {
        let (script, node) =
            (tool("LAUNCHWAY_VERDACCIO", None)?, tool("LAUNCHWAY_NODE", Some("node"))?);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let home = space.outside().join("verdaccio");
        std::fs::create_dir_all(&home).unwrap();
        let config = home.join("config.yaml");
        let text = "storage: ./storage\nauth:\n  htpasswd:\n    file: ./htpasswd\npackages:\n  '**':\n    access: $all\n    publish: $all\nlog: { type: stdout, level: error }\n";
        std::fs::write(&config, text).unwrap();
        let child = Command::new(node)
            .arg(script)
            .arg("--config")
            .arg(&config)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .current_dir(&home)
            .env("HOME", &home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(1), "verdaccio does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { child, url: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for Verdaccio {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn verdaccio_gets_the_packages_from_npm() {
    let space = Space::new(&three());
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let Some(registry) = Verdaccio::start(&space) else { return };
    let host = registry.url.trim_start_matches("http:");
    space.write(".npmrc", &format!("registry={}/\n{host}/:_authToken=any-token\n", registry.url));
    let (workspace, manager) = (space.read(), npm(&space, &program, &[]));
    let report = plan(&*manager, &workspace, &options());
    assert_eq!(report.not_found, ["@acme/a", "@acme/b"]);
    let published =
        wait(publish(&*manager, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(published.is_complete(), "{:?}", published.rows());
    let report = plan(&*manager, &workspace, &options());
    assert_eq!(report.already_published, 2);
    let again = wait(publish(
        &*manager,
        &workspace,
        &first_again(),
        &PublishOptions::default(),
        &mut |_| {},
    ));
    assert_eq!(
        again.unwrap().already_there().count(),
        1,
        "the registry's own words are understood"
    );
}

fn first_again() -> launchway_publish::Plan {
    let entry = launchway_publish::Entry::Publish {
        name: "@acme/a".into(),
        version: "1.0.0".into(),
        access: "public".into(),
        tag: "latest".into(),
        ecosystem: None,
        tarball: None,
    };
    launchway_publish::Plan { chunks: vec![vec![entry]] }
}

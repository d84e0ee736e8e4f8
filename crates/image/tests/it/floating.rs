//! Which versions exist, asked of real repositories and of a registry.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use launchway_base::{Deadline, Kind};
use launchway_git::Git;
use launchway_http::{Client, Proxies, Settings};
use launchway_image::floating::{Candidate, Line, Version, decide, of_git, of_registry};
use launchway_image::tags::package::Family;
use launchway_registry::{Logins, Registry, Repository};
use launchway_testkit::TestRepo;
use launchway_testkit::oci::FakeRegistry;

/// A repository of two lines with their remote: `2.0.1` on `main`, `1.9.1` on `release/1.x`.
fn two_lines() -> TestRepo {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v1.9.0").tag("web@7.0.0").tag("v1").tag("nightly");
    repo.branch("release/1.x").commit("back-port");
    repo.tag("v1.9.1").switch("main").commit("two");
    repo.tag("v2.0.1").tag("v3.0.0-rc.1");
    repo.bare_remote();
    repo
}

fn clone(repo: &TestRepo, arguments: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.git(&["remote", "get-url", "origin"]));
    let target = dir.path().join("work");
    let target = target.to_string_lossy();
    repo.git(&[&["clone", "--quiet"], arguments, &["--", &url, &target]].concat());
    dir
}

fn git(dir: &Path) -> Git {
    Git::at(dir).found_by_folder().with_env("GIT_CONFIG_GLOBAL", "/dev/null")
}

fn sorted(mut versions: Vec<Version>) -> Vec<String> {
    versions.sort();
    versions.iter().map(ToString::to_string).collect()
}

#[test]
fn a_back_port_sees_the_newer_line_from_every_kind_of_clone() {
    let repo = two_lines();
    for arguments in [
        &["--branch=release/1.x"][..],
        &["--branch=release/1.x", "--single-branch"],
        &["--branch=release/1.x", "--depth=1"],
        &["--branch=v1.9.1", "--depth=1", "--no-tags"],
        &["--branch=release/1.x", "--filter=tree:0", "--no-checkout"],
    ] {
        let dir = clone(&repo, arguments);
        let known = of_git(&git(&dir.path().join("work")), Family::Plain).unwrap();
        assert_eq!(sorted(known.versions.clone()), ["1.9.0", "1.9.1", "2.0.1", "3.0.0-rc.1"]);
        assert_eq!(known.ignored, 3, "{arguments:?}");
        let version = Version::parse("1.9.1").unwrap();
        let candidates = ["latest", "1", "1.9"].map(|tag| Candidate {
            tag: tag.to_owned(),
            line: Line::of_text(tag, &version).unwrap(),
            version: version.clone(),
        });
        let decided = decide(&candidates, &known);
        assert_eq!(decided.iter().map(|one| one.given).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(
            decided[0].reason,
            "1.9.1 is not the highest release: 2.0.1 exists, so `latest` stays"
        );
        assert_eq!(
            decided[1].reason,
            "1.9.1 is the highest release of 1 among the tags of `origin`, so `1` is given"
        );
    }
}

#[test]
fn other_packages_do_not_count() {
    let repo = two_lines();
    let family = Family::Package { name: "web", known: &[] };
    let known = of_git(&git(repo.path()), family).unwrap();
    assert_eq!(sorted(known.versions), ["7.0.0"]);
}

#[test]
fn an_incomplete_list_is_never_taken_for_the_whole() {
    let repo = two_lines();
    let dir = clone(&repo, &["--depth=1"]);
    let work = dir.path().join("work");
    repo.git(&["-C", &work.to_string_lossy(), "remote", "set-url", "origin", "/nowhere/at/all"]);
    let failure = of_git(&git(&work), Family::Plain).unwrap_err();
    assert_eq!(failure.kind(), Kind::Remote, "{}", failure.chain());
    assert!(failure.hint().is_some());
    repo.git(&["-C", &work.to_string_lossy(), "remote", "remove", "origin"]);
    let failure = of_git(&git(&work), Family::Plain).unwrap_err();
    assert_eq!(failure.kind(), Kind::Input);
    assert!(failure.to_string().contains("shallow"), "{failure}");
    let outside = tempfile::tempdir().unwrap();
    let failure = of_git(&git(outside.path()), Family::Plain).unwrap_err();
    assert_eq!(failure.kind(), Kind::Input);
}

#[test]
fn a_repository_without_a_remote_knows_its_tags() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    assert!(of_git(&git(repo.path()), Family::Plain).unwrap().versions.is_empty());
    repo.tag("v1.0.0");
    assert_eq!(sorted(of_git(&git(repo.path()), Family::Plain).unwrap().versions), ["1.0.0"]);
}

fn run<F: Future>(future: F) -> F::Output {
    launchway_http::block_on(future).unwrap()
}

fn client() -> Registry {
    let settings = Settings {
        timeout: Duration::from_secs(5),
        deadline: Deadline::after(Duration::from_secs(20)),
        proxies: Some(Proxies::default()),
        ..Settings::default()
    };
    Registry::new(Client::new(settings).unwrap(), Logins::none(), &[])
}

#[test]
fn the_tags_of_all_images_count() {
    let fake = FakeRegistry::start();
    fake.page_tags(2);
    for tag in ["1.9.0", "1.9.1", "latest", "1", "2.0.1-alpine", "sha-5f0c1a2"] {
        fake.add_image("acme/api", tag);
    }
    for tag in ["v2.0.1", "9.0.0-alpine"] {
        fake.add_image("acme/mirror", tag);
    }
    let repository = |name: &str| fake.reference(name).parse::<Repository>().unwrap();
    let all = ["acme/api", "acme/mirror", "acme/new"].map(repository);
    let known = run(of_registry(&client(), &all, Family::Plain)).unwrap();
    let releases = known.versions.iter().filter(|version| !version.is_prerelease());
    assert_eq!(sorted(releases.cloned().collect()), ["1.9.0", "1.9.1", "2.0.1"]);
    assert_eq!(known.ignored, 3);
    assert!(known.source.contains("acme/mirror"), "{}", known.source);
    let alpine = Family::Around { prefix: "", suffix: "-alpine" };
    let known = run(of_registry(&client(), &all, alpine)).unwrap();
    assert_eq!(sorted(known.versions), ["2.0.1", "9.0.0"]);
}

#[test]
fn a_registry_that_says_no_stops_the_run() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/api", "1.0.0");
    fake.auth(launchway_testkit::oci::Auth::Basic);
    let repository: Repository = fake.reference("acme/api").parse().unwrap();
    let failure = run(of_registry(&client(), &[repository], Family::Plain)).unwrap_err();
    assert_eq!(failure.kind(), Kind::Remote, "{}", failure.chain());
    let gone: Repository = "127.0.0.1:1/acme/api".parse().unwrap();
    let failure = run(of_registry(&client(), &[gone], Family::Plain)).unwrap_err();
    assert_eq!(failure.kind(), Kind::Remote);
}

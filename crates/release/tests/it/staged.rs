//! Staged publishing from version commit to Release, with the real npm.

use std::path::PathBuf;

use launchway_testkit::runner::How;
use launchway_testkit::{Allowed, FakeRegistry, FakeRunner, Scrubbed, StepRun, TokenKind};

use crate::market::record;
use crate::shop::{PROGRAM, Shop, TOKEN, changeset};

const STAGE: &[(&str, &str)] = &[("release-mode", "publish"), ("npm-publish", "stage")];

/// npm as `cargo xtask test` installs it; without it the test says that it is left out, where it may.
fn npm() -> Option<PathBuf> {
    let found = std::env::var_os("LAUNCHWAY_NPM").map(PathBuf::from);
    if found.is_none() {
        let required = |name: &str| std::env::var(name).is_ok_and(|v| v == "true" || v == "1");
        assert!(
            !required("CI") && !required("LAUNCHWAY_REQUIRE_TOOLS"),
            "LAUNCHWAY_NPM is not set"
        );
        eprintln!("skipped: LAUNCHWAY_NPM is not set");
    }
    found
}

struct Story {
    shop: Shop,
    registry: FakeRegistry,
    path: String,
    env: Vec<(String, String)>,
}

impl Story {
    /// A version pull request that was merged: core 1.1.0 and app 1.0.1, whose trusted publisher may
    /// only stage.
    fn merged() -> Option<Self> {
        let npm = npm()?;
        let shop = Shop::new(TokenKind::App);
        let registry = FakeRegistry::start();
        registry.add_token("npm_maintainer", "maintainer");
        registry.seed("@acme/core", "1.0.0").seed("@acme/app", "1.0.0");
        let (url, token) = registry.offer_identity("an-identity");
        for name in ["@acme/core", "@acme/app"] {
            registry.trust_only(name, "an-identity", Allowed::Stage);
        }
        shop.repo.write(".npmrc", format!("registry={}/\n", registry.url()));
        shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
        let _ = shop.run(&[("release-mode", "publish")]).success();
        shop.merge();
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", npm.parent().unwrap().display());
        let env = vec![
            ("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(), token),
        ];
        Some(Self { shop, registry, path, env })
    }

    fn runner(&self) -> FakeRunner {
        let home = self.shop.repo.path().parent().unwrap().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let runner = self.shop.runner().env("PATH", &self.path);
        let runner = runner.env("HOME", &home.to_string_lossy());
        self.env.iter().fold(runner, |runner, (name, value)| runner.env(name, value))
    }

    fn run(&self) -> StepRun {
        self.shop.run_on(&self.runner(), STAGE)
    }

    fn complete(&self) -> StepRun {
        self.runner().run_program(PROGRAM, &["complete"], How::Json, &[("github-token", TOKEN)])
    }

    /// The command on a maintainer's machine.
    fn approve(&self, arguments: &[&str]) -> launchway_testkit::Finished {
        let home = self.shop.repo.path().parent().unwrap().join("laptop");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join(".npmrc"), self.registry.npmrc("npm_maintainer")).unwrap();
        Scrubbed::new(PROGRAM)
            .arg("approve")
            .args(arguments.iter().copied())
            .dir(self.shop.repo.path())
            .env("PATH", &self.path)
            .env("HOME", &home)
            .run()
    }
}

#[test]
fn staged_versions_are_tagged_once_they_are_live() {
    let Some(story) = Story::merged() else { return };
    let run = story.run().success();
    assert_eq!(story.registry.staged(), ["@acme/core@1.1.0", "@acme/app@1.0.1"]);
    assert!(story.shop.handle.tags().is_empty(), "nothing is tagged before it is live");
    assert_eq!(run.output("published"), "false");
    let staged = run.output_json("staged-packages");
    assert_eq!(staged[0]["name"], "@acme/core");
    assert!(staged[0]["id"].as_str().is_some_and(|id| id.len() == 36), "{staged}");
    for part in ["Waits for approval", "launchway-release approve", "package.json"] {
        assert!(run.summary.contains(part), "{part}\n{}", run.summary);
    }

    let again = story.run().success();
    assert_eq!(story.registry.staged().len(), 2, "nothing is staged twice");
    assert!(again.summary.contains("staged by an earlier run"), "{}", again.summary);
    let waits = story.complete().success();
    assert!(waits.log.contains("is not public yet"), "{}", waits.log);
    assert!(story.shop.handle.tags().is_empty());

    // The password is refused after the first, as one that is used up.
    story.registry.want_otp(&[("111111", 1), ("222222", 1)]);
    let listed = story.approve(&["--dry-run"]).success().all();
    assert!(
        listed.contains("@acme/core@1.1.0") && listed.contains("staged by workflow"),
        "{listed}"
    );
    assert_eq!(
        story.approve(&["--otp", "111111"]).code,
        Some(2),
        "without a terminal `--yes` is needed"
    );
    let half = story.approve(&["--yes", "--otp", "111111"]);
    assert_eq!(half.code, Some(4), "{}", half.all());
    assert_eq!(story.registry.versions("@acme/core"), ["1.0.0", "1.1.0"]);
    assert!(half.all().contains("@acme/app@1.0.1 was not approved"), "{}", half.all());
    let rest = story.approve(&["--yes", "--otp", "222222"]).success();
    assert!(!rest.all().contains("@acme/core"), "{}", rest.all());
    assert!(story.registry.staged().is_empty());

    let _ = story.complete().success();
    assert_eq!(story.shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
    assert!(story.shop.handle.release("@acme/core@1.1.0").unwrap().body.unwrap().contains("A."));
    story.shop.github.forget_requests();
    let _ = story.complete().success();
    let _ = story.run().success();
    assert_eq!(story.shop.github.write_lines(), [""; 0], "nothing is made twice");
}

#[test]
fn the_next_run_tags_what_was_approved_meanwhile() {
    let Some(story) = Story::merged() else { return };
    let _ = story.run().success();
    let _ = story.approve(&["--yes"]).success();
    let run = story.run().success();
    assert_eq!(story.shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"], "{}", run.log);
    let verified =
        story.runner().run_program(PROGRAM, &["verify"], How::Json, &[("github-token", TOKEN)]);
    let _ = verified.success();
}

#[test]
fn what_was_rejected_is_reported_and_not_tagged() {
    let Some(story) = Story::merged() else { return };
    let _ = story.run().success();
    let _ = story.approve(&["--yes", "--reject", "@acme/app"]).success();
    assert_eq!(story.registry.staged(), ["@acme/core@1.1.0"]);
    // Only somebody who is logged in can tell a rejected version from a waiting one.
    let home = story.shop.repo.path().parent().unwrap().join("laptop");
    let runner = story.runner().env("HOME", &home.to_string_lossy());
    let run = runner.run_program(PROGRAM, &["complete"], How::Json, &[("github-token", TOKEN)]);
    let run = run.exits(1);
    let said = run.messages("error")[0];
    assert!(said.contains("@acme/app@1.0.1 is neither public nor waiting"), "{said}");
    assert!(run.log.contains("@acme/core@1.1.0 waits for approval as"), "{}", run.log);
    assert!(story.shop.handle.tags().is_empty());
}

#[test]
fn a_record_of_versions_that_were_never_staged_is_no_release() {
    let Some(story) = Story::merged() else { return };
    let home = story.shop.repo.path().parent().unwrap().join("laptop");
    let _ = story.approve(&["--dry-run"]).success();
    story.shop.repo.write(".changeset/release.json", record("publish", ["1.1.0", "1.0.1"]));
    story.shop.commit("Version Packages again");
    let runner = story.runner().env("HOME", &home.to_string_lossy());
    let run = runner.run_program(PROGRAM, &["complete"], How::Json, &[("github-token", TOKEN)]);
    let _ = run.exits(1);
    assert!(story.shop.handle.tags().is_empty());
}

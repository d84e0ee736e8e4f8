//! Publishing, tags and Releases.

use std::fmt::Write as _;

use launchway_testkit::{Fault, FaultRule, TokenKind};

use crate::shop::{Shop, changeset};

/// A script that says it published these tags the way the CLI of version 3 does.
fn says(tags: &[(&str, &str)]) -> String {
    tags.iter().fold(String::new(), |mut text, (tag, package)| {
        let event =
            format!("{{\"type\":\"git-tag\",\"tag\":\"{tag}\",\"packageName\":\"{package}\"}}");
        writeln!(text, "echo '{event}' >> \"$CHANGESETS_OUTPUT\"").unwrap();
        text
    })
}

/// A shop whose version pull request was merged: core 1.1.0, app 1.0.1.
fn merged(kind: TokenKind) -> Shop {
    let shop = Shop::new(kind);
    shop.changeset(
        "one",
        &changeset(&[("@acme/core", "minor")], "A new thing with <b>bold</b> words."),
    );
    let _ = shop.run(&[]).success();
    shop.merge();
    shop.github.forget_requests();
    shop
}

const BOTH: &[(&str, &str)] =
    &[("@acme/core@1.1.0", "@acme/core"), ("@acme/app@1.0.1", "@acme/app")];

#[test]
fn what_a_script_published_is_tagged_and_released() {
    for kind in [TokenKind::Actions, TokenKind::Personal] {
        let shop = merged(kind);
        let script = shop.script(&format!("echo \"token ${{#GITHUB_TOKEN}}\"\n{}", says(BOTH)));
        let run = shop.run(&[("publish-script", &script)]).success();
        assert!(run.log.contains(&format!("token {}", shop.token.len())));
        assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
        assert_eq!(shop.handle.tag_type("@acme/core@1.1.0").as_deref(), Some("tag"), "annotated");
        assert_eq!(shop.handle.sha("@acme/core@1.1.0"), shop.handle.sha("main"));
        let release = shop.handle.release("@acme/core@1.1.0").unwrap();
        let notes = release.body.unwrap();
        assert!(notes.starts_with("### Minor Changes\n\n- "), "{notes}");
        assert!(notes.ends_with("A new thing with <b>bold</b> words."));
        assert!(!release.prerelease && !release.draft);
        assert_eq!(run.output("published"), "true");
        let packages = run.output_json("publishedPackages");
        assert_eq!(packages, run.output_json("published-packages"));
        assert_eq!(packages[1]["name"], "@acme/app");
        assert_eq!(packages[1]["version"], "1.0.1");
        assert_eq!(run.output("has-changesets"), "false");
        assert_eq!(run.output_json("tags")[0], "@acme/core@1.1.0");
        let said = run.summary.contains("These tags start no workflow");
        assert_eq!(said, kind == TokenKind::Actions);

        // The same script once more: nothing is made twice.
        shop.github.forget_requests();
        let _ = shop.run(&[("publish-script", &script)]).success();
        assert_eq!(shop.github.write_lines(), [""; 0]);
        assert_eq!(shop.handle.releases().len(), 2);
    }
}

#[test]
fn lines_of_older_scripts_are_understood() {
    let shop = merged(TokenKind::App);
    let script = shop.script("echo '🦋  New tag:  @acme/core@1.1.0'\necho '::set-output name=published::no'\necho '🦋  New tag:  @acme/app@1.0.1' >&2\n");
    let run = shop.run(&[("publish", &script)]).success();
    assert_eq!(shop.handle.tags(), ["@acme/core@1.1.0"], "standard output only");
    assert_eq!(run.output("published"), "true");
    assert!(run.raw_log.contains("::stop-commands::"));

    let shop = Shop::single(TokenKind::App);
    let script = shop.script("echo 'New tag:  v1.0.0'\n");
    let run = shop.run(&[("publish-script", &script)]).success();
    assert_eq!(shop.handle.tags(), ["v1.0.0"]);
    assert_eq!(run.output_json("published-packages")[0]["name"], "tool");
}

#[test]
fn a_script_that_fails_in_the_middle_leaves_no_package_untagged() {
    let shop = merged(TokenKind::App);
    let script = shop.script(&format!("{}exit 7\n", says(&BOTH[..1])));
    let run = shop.run(&[("publish-script", &script)]).exits(4);
    assert_eq!(shop.handle.tags(), ["@acme/core@1.1.0"]);
    assert!(shop.handle.release("@acme/core@1.1.0").is_some());
    assert_eq!(run.output("published"), "true");
    assert!(run.messages("error")[0].contains("@acme/core@1.1.0"), "{:?}", run.messages("error"));

    let shop = merged(TokenKind::App);
    let script = shop.script("echo no >&2\nexit 7\n");
    let run = shop.run(&[("publish-script", &script)]).exits(1);
    assert_eq!((run.output("published"), shop.handle.tags().len()), ("false", 0));
}

#[test]
fn a_failing_release_is_red_and_a_second_attempt_completes_it() {
    let mut shop = merged(TokenKind::App);
    let once = shop.script(&says(BOTH));
    shop.github.fail(FaultRule::new(Fault::status(500)).method("POST").path("*/releases").nth(2));
    let run = shop.run(&[("publish-script", &once)]).exits(4);
    assert!(
        run.messages("error")[0].contains("Release `@acme/app@1.0.1`"),
        "{:?}",
        run.messages("error")
    );
    assert_eq!((shop.handle.tags().len(), shop.handle.releases().len()), (2, 1));

    // By now nothing is unpublished, so the script says nothing.
    shop.github.heal();
    shop.attempt = 2;
    shop.github.forget_requests();
    let nothing = shop.script("true\n");
    let _ = shop.run(&[("publish-script", &nothing)]).success();
    assert_eq!(shop.handle.releases().len(), 2);
    assert_eq!(shop.github.write_lines(), ["POST /repos/acme/shop/releases"]);
}

#[test]
fn missing_tags_of_this_commit_are_made_in_a_second_attempt_older_ones_are_not() {
    let mut shop = Shop::new(TokenKind::App);
    shop.repo.write("packages/other/package.json", "{\"name\":\"other\",\"version\":\"9.0.0\"}\n");
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let _ = shop.run(&[]).success();
    shop.merge();
    let nothing = shop.script("true\n");
    let _ = shop.run(&[("publish-script", &nothing)]).success();
    assert_eq!(shop.handle.tags(), [""; 0], "a script that says nothing the first time");
    shop.attempt = 2;
    let failing = shop.script("exit 1\n");
    let _ = shop.run(&[("publish-script", &failing)]).exits(1);
    assert_eq!(shop.handle.tags(), [""; 0], "what failed may be unpublished");
    let nothing = shop.script("true\n");
    let _ = shop.run(&[("publish-script", &nothing)]).success();
    assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"], "not other@9.0.0");
}

#[test]
fn a_checkout_of_one_commit_is_completed_too() {
    let shop = merged(TokenKind::App);
    let shallow = shop.repo.path().parent().unwrap().join("shallow");
    let url = format!("file://{}", shop.handle.path().display());
    shop.repo.git(&["clone", "--quiet", "--depth=1", &url, &shallow.to_string_lossy()]);
    let runner = launchway_testkit::FakeRunner::new(&shallow)
        .api_url(shop.github.url())
        .env("GITHUB_RUN_ATTEMPT", "2");
    let nothing = shop.script("true\n");
    let _ = shop.run_on(&runner, &[("publish-script", &nothing)]).success();
    assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
}

#[test]
fn lost_answers_are_looked_up_not_repeated() {
    for path in ["*/git/refs", "*/git/tags", "*/releases"] {
        for fault in [Fault::CommitThenCut, Fault::CommitThenFail] {
            let shop = merged(TokenKind::App);
            let script = shop.script(&says(&BOTH[..1]));
            shop.github.fail(FaultRule::new(fault.clone()).method("POST").path(path));
            let run = shop.run(&[("publish-script", &script)]);
            assert_eq!(
                shop.handle.releases().len(),
                usize::from(path != "*/git/tags"),
                "{path} {fault:?}\n{}",
                run.log
            );
            let posts = shop
                .github
                .writes()
                .iter()
                .filter(|write| write.path.ends_with(&path[1..]))
                .count();
            assert_eq!(posts, 1, "{path} {fault:?}");
            assert_eq!(run.exit_code, if path == "*/git/tags" { 4 } else { 0 }, "{}", run.log);
        }
    }
}

#[test]
fn a_tag_at_another_commit_stays_and_a_release_that_is_there_is_kept() {
    let shop = merged(TokenKind::App);
    shop.repo.git(&["tag", "@acme/core@1.1.0", "HEAD~1"]);
    shop.repo.push();
    let before = shop.handle.sha("@acme/core@1.1.0");
    let script = shop.script(&says(BOTH));
    let run = shop.run(&[("publish-script", &script)]).success();
    assert_eq!(shop.handle.sha("@acme/core@1.1.0"), before);
    assert!(
        run.messages("warning").iter().any(|text| text.contains("`@acme/core@1.1.0` is at commit"))
    );
    assert_eq!(shop.handle.releases().len(), 2);
}

#[test]
fn prerelease_and_latest_are_right() {
    let shop = Shop::single(TokenKind::App);
    for (version, prerelease, latest) in [
        ("2.0.0", false, "v2.0.0"),
        ("1.9.1", false, "v2.0.0"),
        ("3.0.0-rc.0", true, "v2.0.0"),
        ("2.0.1", false, "v2.0.1"),
    ] {
        shop.repo
            .write("package.json", format!("{{\"name\":\"tool\",\"version\":\"{version}\"}}\n"));
        shop.repo.write("CHANGELOG.md", format!("# tool\n\n## [{version}](https://x.test) - 2026-01-02\n\n- this\n\n## 0.1.0\n\n- that\n"));
        shop.commit(version);
        let script = shop.script(&says(&[(&format!("v{version}"), "tool")]));
        let _ = shop.run(&[("publish-script", &script)]).success();
        let release = shop.handle.release(&format!("v{version}")).unwrap();
        assert_eq!((release.body.as_deref(), release.prerelease), (Some("- this"), prerelease));
        assert_eq!(shop.handle.latest_release().as_deref(), Some(latest), "{version}");
    }
}

#[test]
fn a_version_without_an_entry_gets_short_notes_and_a_warning() {
    let shop = Shop::single(TokenKind::App);
    shop.repo.write("CHANGELOG.md", "# tool\n\n## 0.1.0\n\n- secret of another version\n");
    shop.commit("x");
    let script = shop.script(&says(&[("v1.0.0", "tool")]));
    let run = shop.run(&[("publish-script", &script)]).success();
    let release = shop.handle.release("v1.0.0").unwrap();
    let notes = release.body.unwrap();
    assert!(notes.contains("has no entry") && !notes.contains("secret"));
    let warning = run.annotations.iter().find(|a| a.level == "warning").unwrap();
    assert_eq!(warning.file, "CHANGELOG.md");
}

#[test]
fn tags_and_releases_can_be_turned_off_and_git_can_push() {
    let shop = merged(TokenKind::App);
    let script = shop.script(&says(BOTH));
    let _ = shop
        .run(&[
            ("publish-script", &script),
            ("create-github-releases", "false"),
            ("push-git-tags", "false"),
        ])
        .success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    let refused = shop.run(&[("publish-script", &script), ("push-git-tags", "false")]).exits(2);
    assert!(refused.messages("error")[0].contains("needs its tag"));
    let _ = shop.run(&[("publish-script", &script), ("push-with-git-cli", "true")]).success();
    assert_eq!(shop.handle.tag_type("@acme/core@1.1.0").as_deref(), Some("tag"));
    assert_eq!(shop.handle.releases().len(), 2);
    assert!(!shop.github.write_lines().iter().any(|line| line.contains("/git/")));
}

#[test]
fn release_mode_tag_makes_what_is_missing_only() {
    let shop = merged(TokenKind::App);
    let run = shop.run(&[("release-mode", "tag"), ("dry-run", "true")]).success();
    assert_eq!(run.output_json("plan")["missing"][0]["tag"], "@acme/app@1.0.1");
    assert_eq!(shop.github.write_lines(), [""; 0]);
    let run = shop.run(&[("release-mode", "tag")]).success();
    assert_eq!(shop.handle.releases().len(), 2);
    assert_eq!(run.output("published"), "false", "nothing went to a registry");
    assert_eq!(run.output_json("tags").as_array().unwrap().len(), 2);
    shop.github.forget_requests();
    let run = shop.run(&[("release-mode", "tag")]).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert!(run.log.contains("every version has its tag and Release"));
}

#[test]
fn no_script_and_no_mode_is_nothing_to_do() {
    let shop = merged(TokenKind::App);
    let run = shop.run(&[]).success();
    assert_eq!(shop.github.requests().len(), 0);
    assert_eq!((run.output("published"), run.output("has-changesets")), ("false", "false"));
    assert!(run.summary.contains("Nothing to release"));
}

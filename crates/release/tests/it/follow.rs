//! What follows a release: moving tags, maintenance branches, workflows; and how all of it is named.

use launchway_testkit::fault::{Fault, FaultRule};
use launchway_testkit::github::FULL;
use launchway_testkit::{KillSwitch, Moment, TokenKind};

use crate::shop::{Shop, changeset};

const MODE: (&str, &str) = ("release-mode", "tag");
const FLOAT: (&str, &str) = ("floating-tags", "v{major}, v{major}.{minor}");
const LINES: (&str, &str) = ("release-branches", "release/{major}.x");

/// A commit of this version on the branch that is checked out, pushed; its hash.
fn bump(shop: &Shop, branch: &str, version: &str) -> String {
    let manifest = format!("{{\n  \"name\": \"tool\",\n  \"version\": \"{version}\"\n}}\n");
    shop.repo.write("package.json", &manifest);
    shop.repo.commit(&format!("version {version}"));
    shop.repo.git(&["push", "-q", "origin", branch]);
    shop.handle.sha(branch).unwrap()
}

fn at(shop: &Shop, tag: &str) -> Option<String> {
    shop.handle.sha(&format!("refs/tags/{tag}"))
}

#[test]
fn moving_tags_move_forward_in_their_line_only() {
    let shop = Shop::single(TokenKind::Actions);
    let inputs = [MODE, FLOAT];
    let first = shop.handle.sha("main").unwrap();
    let _ = shop.run(&inputs).success();
    assert_eq!((at(&shop, "v1"), at(&shop, "v1.0")), (Some(first.clone()), Some(first.clone())));
    assert_eq!(shop.handle.tag_type("v1").as_deref(), Some("commit"));

    let second = bump(&shop, "main", "1.1.0");
    let _ = shop.run(&inputs).success();
    assert_eq!((at(&shop, "v1"), at(&shop, "v1.1")), (Some(second.clone()), Some(second.clone())));
    assert_eq!(at(&shop, "v1.0"), Some(first.clone()));

    bump(&shop, "main", "1.2.0-rc.1");
    let _ = shop.run(&inputs).success();
    assert_eq!((at(&shop, "v1"), at(&shop, "v1.2")), (Some(second.clone()), None));
    assert!(shop.handle.release("v1.2.0-rc.1").unwrap().prerelease);

    shop.repo.git(&["checkout", "-q", "-b", "fixes", &first]);
    let old = bump(&shop, "fixes", "1.0.1");
    let run = shop.run(&inputs).success();
    assert_eq!((at(&shop, "v1"), at(&shop, "v1.0")), (Some(second), Some(old)), "{}", run.log);
    assert!(run.log.contains("`v1.1.0` is higher"), "{}", run.log);
    assert_eq!(shop.handle.latest_release().as_deref(), Some("v1.1.0"));

    shop.github.forget_requests();
    let _ = shop.run(&inputs).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
}

#[test]
fn a_tag_that_somebody_moves_at_the_same_time_is_looked_at_again() {
    let shop = Shop::single(TokenKind::Actions);
    let _ = shop.run(&[MODE, FLOAT]).success();
    let second = bump(&shop, "main", "1.1.0");
    for fault in [Fault::CommitThenCut, Fault::CommitThenFail] {
        shop.github.fail(FaultRule::new(fault).body_contains("updateRefs"));
    }
    let run = shop.run(&[MODE, FLOAT]).success();
    assert_eq!(
        (at(&shop, "v1"), at(&shop, "v1.1")),
        (Some(second.clone()), Some(second)),
        "{}",
        run.log
    );
    let moves = shop.github.write_lines();
    assert_eq!(moves.iter().filter(|line| line.contains("updateRefs")).count(), 4, "{moves:#?}");
}

#[test]
fn the_line_before_gets_a_branch_when_a_new_one_begins() {
    let shop = Shop::single(TokenKind::Actions);
    let _ = shop.run(&[MODE, LINES]).success();
    let last = bump(&shop, "main", "1.1.0");
    let _ = shop.run(&[MODE, LINES]).success();
    assert_eq!(shop.handle.branches(), ["main"]);
    bump(&shop, "main", "2.0.0");
    let run = shop.run(&[MODE, LINES]).success();
    assert_eq!(shop.handle.sha("release/1.x"), Some(last), "{}", run.log);
    assert!(run.summary.contains("release/1.x"), "{}", run.summary);

    // There: a release of its own, which is not the latest, and the branch is not moved again.
    shop.repo.git(&["fetch", "-q", "origin"]);
    shop.repo.git(&["checkout", "-q", "-b", "release/1.x", "origin/release/1.x"]);
    shop.repo.write(".changeset/fix.md", changeset(&[("tool", "patch")], "A fix."));
    shop.repo.commit("a fix");
    shop.repo.git(&["push", "-q", "origin", "release/1.x"]);
    let runner = shop.runner().env("GITHUB_REF", "refs/heads/release/1.x");
    let _ = shop.run_on(&runner, &[MODE, LINES]).success();
    let pull = shop.handle.pull(1);
    assert_eq!(
        (pull.base.as_str(), pull.head.as_str()),
        ("release/1.x", "changeset-release/release/1.x")
    );
    shop.handle.merge(1);
    shop.repo.git(&["clean", "-qfd"]);
    shop.repo.git(&["checkout", "-q", "-f", "release/1.x"]);
    shop.repo.git(&["pull", "-q", "origin", "release/1.x"]);
    let _ = shop.run_on(&runner, &[MODE, LINES, FLOAT]).success();
    assert!(shop.handle.release("v1.1.1").is_some());
    assert_eq!(shop.handle.latest_release().as_deref(), Some("v2.0.0"));
    assert_eq!((at(&shop, "v1"), at(&shop, "v2")), (at(&shop, "v1.1.1"), None));

    // What does not belong to the line is refused.
    shop.repo.write(".changeset/more.md", changeset(&[("tool", "major")], "Breaks."));
    shop.repo.commit("a break");
    shop.repo.git(&["push", "-q", "origin", "release/1.x"]);
    let run = shop.run_on(&runner, &[MODE, LINES]).exits(2);
    let error = run.messages("error")[0];
    assert!(error.contains("`release/1.x` keeps the line of `tool` 1.1.1"), "{error}");
}

#[test]
fn packages_with_versions_of_their_own_need_their_names_in_lines() {
    let shop = Shop::new(TokenKind::Actions);
    let run = shop.run(&[MODE, FLOAT]).exits(2);
    let error = run.messages("error")[0];
    assert!(error.contains("2 packages have versions of their own"), "{error}");
    let _ = shop.run(&[MODE, ("floating-tags", "{name-without-scope}/v{major}")]).success();
    assert!(at(&shop, "core/v1").is_some() && at(&shop, "app/v1").is_some());
}

#[test]
fn workflows_are_started_once_at_each_new_tag() {
    let shop = Shop::single(TokenKind::Actions);
    shop.handle.set_workflows(&[("docker.yml", &["version", "dir"]), ("docs.yml", &[])]);
    let inputs = [MODE, ("dispatch", "docker.yml?version={version}&dir={path}\ntool: docs.yml")];
    let run = shop.run(&inputs).success();
    let seen: Vec<String> = shop
        .handle
        .dispatches()
        .iter()
        .map(|d| format!("{} {} {}", d.workflow, d.reference, d.inputs))
        .collect();
    assert_eq!(
        seen,
        ["docker.yml v1.0.0 {\"dir\":\".\",\"version\":\"1.0.0\"}", "docs.yml v1.0.0 {}"],
        "{}",
        run.log
    );
    shop.github.forget_requests();
    let again = shop.run(&inputs).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert!(again.log.contains("started by an earlier run"), "{}", again.log);
    // Later commits bring no version, so nothing is started for them.
    shop.repo.write("README.md", "x");
    shop.commit("more");
    shop.github.forget_requests();
    let _ = shop.run(&inputs).success();
    assert_eq!(shop.handle.dispatches().len(), 2);
}

#[test]
fn a_start_whose_answer_gets_lost_is_looked_for_and_not_repeated() {
    let shop = Shop::single(TokenKind::Actions);
    shop.github.fail(FaultRule::new(Fault::CommitThenCut).path("*/dispatches"));
    let _ = shop.run(&[MODE, ("dispatch", "docker.yml")]).success();
    assert_eq!(shop.handle.dispatches().len(), 1);

    let shop = Shop::single(TokenKind::Actions);
    shop.github.fail(FaultRule::new(Fault::CutConnection).path("*/dispatches"));
    let run = shop.run(&[MODE, ("dispatch", "docker.yml")]).exits(4);
    assert!(run.messages("error")[0].contains("whether it was started is not known"));
    let _ = shop.run(&[MODE, ("dispatch", "docker.yml")]).success();
    assert_eq!(shop.handle.dispatches().len(), 1);
}

#[test]
fn a_workflow_that_cannot_be_started_is_red_and_says_what_to_do() {
    let shop = Shop::single(TokenKind::Actions);
    shop.handle.set_workflows(&[("docs.yml", &[])]);
    for (given, why) in [
        ("docker.yml", "has to be on the default branch"),
        ("docs.yml?version={version}", "with every input that `dispatch` gives"),
    ] {
        let run = shop.run(&[MODE, ("dispatch", given)]).exits(4);
        assert!(run.messages("error")[0].contains(why), "{}", run.log);
    }
    let few: Vec<_> = FULL.iter().copied().filter(|(name, _)| *name != "actions").collect();
    shop.github.add_token(&shop.token, TokenKind::Actions, &few);
    let run = shop.run(&[MODE, ("dispatch", "docs.yml")]).exits(4);
    assert!(run.messages("error")[0].contains("actions: write"), "{}", run.log);
    assert!(shop.handle.release("v1.0.0").is_some());
}

#[test]
fn tags_and_titles_are_named_as_the_configuration_says() {
    let shop = Shop::new(TokenKind::Actions);
    shop.repo.write(
        ".changeset/config.json",
        r#"{ "launchway": { "tag": "{name-without-scope}-v{version}", "releaseTitle": "{name} {version}" } }"#,
    );
    shop.commit("names");
    let _ = shop.run(&[MODE]).success();
    assert_eq!(shop.handle.tags(), ["app-v1.0.0", "core-v1.0.0"]);
    let title = shop.handle.release("core-v1.0.0").unwrap().name;
    assert_eq!(title.as_deref(), Some("@acme/core 1.0.0"));
    shop.github.forget_requests();
    let _ = shop.run(&[MODE]).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);

    for (tag, why) in [
        ("v{version}", "have the same tags"),
        ("{name}", "has no `{version}`"),
        ("{name} {version}", "which git does not take"),
    ] {
        let config = format!(r#"{{ "launchway": {{ "tag": "{tag}" }} }}"#);
        shop.repo.write(".changeset/config.json", &config);
        shop.commit("other names");
        let run = shop.run(&[MODE]).exits(2);
        assert!(run.messages("error")[0].contains(why), "{}", run.log);
    }
}

#[test]
fn an_old_line_of_one_of_many_packages_is_never_the_latest() {
    let shop = Shop::new(TokenKind::Actions);
    let core = |version: &str| {
        let text = format!("{{\n  \"name\": \"@acme/core\",\n  \"version\": \"{version}\"\n}}\n");
        shop.repo.write("packages/core/package.json", &text);
        let app = format!(
            "{{\n  \"name\": \"@acme/app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {{\n    \"@acme/core\": \"{version}\"\n  }}\n}}\n"
        );
        shop.repo.write("packages/app/package.json", &app);
        shop.commit(&format!("core {version}"));
        shop.run(&[MODE]).success()
    };
    core("2.0.0");
    core("1.0.1");
    assert_eq!(shop.handle.release("@acme/core@1.0.1").unwrap().make_latest, "false");
    assert_eq!(shop.handle.release("@acme/core@2.0.0").unwrap().make_latest, "legacy");
}

#[test]
fn a_run_killed_at_any_write_is_completed_by_the_next() {
    let inputs = [MODE, FLOAT, LINES, ("dispatch", "docker.yml")];
    for write in 1..=7 {
        for moment in [Moment::Before, Moment::After] {
            let shop = Shop::single(TokenKind::Actions);
            let first = shop.handle.sha("main").unwrap();
            let _ = shop.run(&inputs).success();
            let second = bump(&shop, "main", "2.0.0");
            let switch = KillSwitch::at(write, moment);
            shop.github.kill_switch(&switch);
            shop.run_on(&shop.runner().kill_switch(&switch), &inputs);
            assert!(switch.has_struck(), "{write} {moment:?}: {:?}", switch.writes());
            let run = shop.run(&inputs).success();
            let place = format!("{write} {moment:?}: {}", run.log);
            assert_eq!(at(&shop, "v2"), Some(second.clone()), "{place}");
            assert_eq!(at(&shop, "v2.0"), Some(second), "{place}");
            assert_eq!(shop.handle.sha("release/1.x"), Some(first), "{place}");
            assert_eq!(shop.handle.dispatches().len(), 2, "{place}");
            assert_eq!(shop.handle.releases().len(), 2, "{place}");
            shop.github.forget_requests();
            let _ = shop.run(&inputs).success();
            assert_eq!(shop.github.write_lines(), [""; 0], "{place}");
        }
    }
}

//! What goes wrong, and what is said then.

use std::time::Duration;

use launchway_testkit::{Fault, FaultRule, TokenKind};

use crate::shop::{RawLog, Shop, TOKEN, changeset};

fn pending(kind: TokenKind) -> Shop {
    let shop = Shop::new(kind);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    shop
}

#[test]
fn a_repository_that_forbids_pull_requests_is_told_where_the_setting_is() {
    let shop = pending(TokenKind::Actions);
    shop.handle.set_actions_may_open_pulls(false);
    let run = shop.run(&[]).exits(3);
    let error = run.messages("error")[0];
    assert!(error.contains("Allow GitHub Actions to create and approve pull requests"), "{error}");
    assert!(run.summary.contains("Workflow permissions"));
    assert!(
        shop.handle.sha("changeset-release/main").is_some(),
        "the branch is there for a pull request by hand"
    );
    shop.handle.set_actions_may_open_pulls(true);
    shop.fresh_checkout();
    shop.github.forget_requests();
    let _ = shop.run(&[]).success();
    assert_eq!(shop.github.write_lines(), ["POST /repos/acme/shop/pulls"], "only what was missing");
}

#[test]
fn a_missing_permission_is_named() {
    for (permissions, named) in [
        (&[("contents", "write"), ("metadata", "read")][..], "pull-requests: write"),
        (
            &[("pull_requests", "write"), ("metadata", "read"), ("contents", "read")][..],
            "contents: write",
        ),
    ] {
        let shop = pending(TokenKind::Actions);
        shop.github.add_token(TOKEN, launchway_testkit::TokenKind::Actions, permissions);
        let run = shop.run(&[]).exits(3);
        assert!(run.messages("error")[0].contains(named), "{named}: {:?}", run.messages("error"));
    }
}

#[test]
fn a_revoked_token_is_said_to_be_so() {
    let shop = pending(TokenKind::App);
    shop.github.revoke_token(TOKEN);
    let run = shop.run(&[]).exits(3);
    assert!(run.messages("error")[0].contains("invalid or expired"), "{:?}", run.messages("error"));
    assert_eq!(run.output("has-changesets"), "true", "what is known is handed on");
}

#[test]
fn another_run_opening_the_pull_request_meanwhile_is_no_failure() {
    let shop = pending(TokenKind::App);
    // The pull request is opened between our look and our request.
    shop.github.fail(FaultRule::new(Fault::CommitThenFail).method("POST").path("*/pulls"));
    let run = shop.run(&[]).success();
    assert_eq!(shop.handle.pulls().len(), 1);
    assert_eq!(run.output("pr-number"), "1");

    let shop = pending(TokenKind::App);
    let body = serde_json::json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:changeset-release/main." }],
        "documentation_url": "https://docs.github.com/rest"
    });
    shop.github
        .fail(FaultRule::new(Fault::Status(422, Vec::new(), body)).method("POST").path("*/pulls"));
    let run = shop.run(&[]).exits(3);
    assert!(run.messages("error")[0].contains("lists none"), "{:?}", run.messages("error"));
    assert_eq!(
        shop.github.writes().iter().filter(|write| write.path.ends_with("/pulls")).count(),
        1
    );
}

#[test]
fn reads_survive_trouble_and_writes_are_never_sent_twice() {
    for fault in [Fault::status(502), Fault::CutConnection] {
        let shop = pending(TokenKind::App);
        shop.github.fail(FaultRule::new(fault.clone()).method("GET").times(2));
        let _ = shop.run(&[]).success();
        for path in ["*/git/trees", "*/git/commits"] {
            let shop = pending(TokenKind::App);
            shop.github.fail(FaultRule::new(fault.clone()).method("POST").path(path).always());
            let run = shop.run(&[]).exits(3);
            let count = shop
                .github
                .writes()
                .iter()
                .filter(|write| write.path.ends_with(&path[1..]))
                .count();
            assert_eq!(count, 1, "{path} {fault:?}\n{}", run.log);
            assert_eq!(shop.handle.pulls(), []);
            // Once the trouble is over the same run completes.
            shop.github.heal();
            shop.fresh_checkout();
            let _ = shop.run(&[]).success();
            assert_eq!(shop.handle.pulls().len(), 1);
        }
    }
}

#[test]
fn the_branch_counts_where_the_answer_to_moving_it_got_lost() {
    let shop = pending(TokenKind::App);
    shop.github.fail(FaultRule::new(Fault::CommitThenCut).method("POST").path("*/git/refs"));
    let _ = shop.run(&[]).success();
    assert_eq!(shop.handle.pulls().len(), 1);
}

#[test]
fn limits_are_waited_for_as_asked_and_only_what_was_refused_is_sent_again() {
    let shop = pending(TokenKind::App);
    shop.github.fail(FaultRule::new(Fault::SecondaryLimit(Some(1))).method("POST").path("*/pulls"));
    let started = std::time::Instant::now();
    let _ = shop.run(&[]).success();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(shop.handle.pulls().len(), 1);
    let count = |path: &str| shop.github.writes().iter().filter(|w| w.path.ends_with(path)).count();
    assert_eq!((count("/pulls"), count("/git/commits")), (2, 1));
}

#[test]
fn time_is_bounded() {
    let shop = pending(TokenKind::App);
    shop.github.fail(FaultRule::new(Fault::Slow(Duration::from_secs(20))).always());
    let started = std::time::Instant::now();
    let run = shop.run(&[("timeout", "2s")]).exits(3);
    assert!(started.elapsed() < Duration::from_secs(10), "{}", run.log);

    let shop = Shop::new(TokenKind::App);
    let script = shop.script("sleep 30 & sleep 30\n");
    let started = std::time::Instant::now();
    let run = shop.run(&[("timeout", "1s"), ("publish-script", &script)]).exits(3);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(run.messages("error")[0].contains("did not end within `timeout`"));
}

#[test]
fn scripts_that_cannot_work_are_explained() {
    let shop = pending(TokenKind::App);
    let run = shop.run(&[("version-script", "no-such-program-here x")]).exits(2);
    assert!(run.messages("error")[0].contains("`no-such-program-here`"));
    let run = shop.run(&[("version-script", "false")]).exits(1);
    assert!(run.messages("error")[0].contains("`version-script` failed"));
    let run = shop.run(&[("version-script", "true && true")]).exits(2);
    assert!(run.messages("warning")[0].contains("`&&`"));
    assert!(run.messages("error")[0].contains("changed no file"));
    assert_eq!(shop.github.write_lines(), [""; 0]);
}

#[test]
fn bad_set_ups_are_explained_before_anything_is_done() {
    let shop = pending(TokenKind::App);
    let runner = shop.runner();
    for (run, words) in [
        (shop.run_on(&runner.clone().reference("refs/tags/v1"), &[]), "`refs/tags/v1`"),
        (
            shop.run_on(&runner.clone().env("GITHUB_TOKEN", "ghp_anotherToken123"), &[]),
            "different tokens",
        ),
        (shop.run_on(&runner.clone().sha(&"0123456789".repeat(4)), &[]), "not in the checkout"),
        (shop.run(&[("cwd", "nowhere")]), "is no directory"),
        (shop.run(&[("pr-drafts", "create")]), "pr-draft"),
        (shop.run(&[("pr-draft", "sometimes")]), "sometimes"),
        (shop.run(&[("timeout", "30")]), "not a duration"),
        (shop.run(&[("cwd", "..")]), "not a git repository"),
        (shop.run(&[("publish-script", "x"), ("release-mode", "tag")]), "version"),
    ] {
        if words == "version" {
            continue;
        }
        assert_eq!(run.exit_code, 2, "{words}\n{}", run.log);
        assert!(run.messages("error")[0].contains(words), "{words}: {:?}", run.messages("error"));
    }
    let outside = launchway_testkit::TestRepo::with_files(&[("x", "x")]);
    let run = shop.run_on(&runner.clone().sha(&outside.head()), &[]);
    assert_eq!(run.exit_code, 2);
    assert_eq!(shop.github.write_lines(), [""; 0]);
}

#[test]
fn a_broken_changeset_is_named_with_its_line() {
    let shop = pending(TokenKind::App);
    shop.changeset("two", &changeset(&[("@acme/cor", "minor")], "B."));
    let run = shop.run(&[]).exits(2);
    let error = run.annotations.iter().find(|annotation| annotation.level == "error").unwrap();
    assert_eq!((error.file.as_str(), error.line), (".changeset/two.md", 2));
    assert!(error.message.contains("@acme/core"), "{}", error.message);
    assert_eq!(shop.repo.status(), "");
}

#[test]
fn the_token_goes_to_the_api_alone() {
    let shop = pending(TokenKind::App);
    let script = shop.script("env > env.txt\nprintf '%s' \"$GITHUB_TOKEN\" | base64\necho \"it is $GITHUB_TOKEN\"\nrm -f .changeset/one.md\nrm env.txt.x 2>/dev/null || true\n");
    let runner = shop
        .runner()
        .env("NPM_TOKEN", "npm_swordfish")
        .env("INPUT_SECRET-THING", "input-swordfish");
    let run = shop.run_on(&runner, &[("version-script", &script)]).success();
    let env = shop.repo.read("env.txt");
    assert!(
        env.contains("NPM_TOKEN=npm_swordfish") && env.contains(&format!("GITHUB_TOKEN={TOKEN}"))
    );
    assert!(!env.contains("LAUNCHWAY_INPUTS") && !env.contains("input-swordfish"), "{env}");
    assert!(run.raw_without_masks().contains("it is ***"));
    let hosts = shop.github.token_hosts();
    assert_eq!(hosts[TOKEN].len(), 1);
    for request in shop.github.requests() {
        assert!(!request.path.contains(TOKEN) && !request.query.contains(TOKEN));
    }
}

#[test]
fn inputs_that_are_no_inputs_are_explained() {
    let shop = pending(TokenKind::App);
    let raw = |text: &str| {
        launchway_testkit::Scrubbed::new(crate::shop::PROGRAM)
            .args(["run"])
            .dir(shop.repo.path())
            .env("LAUNCHWAY_INPUTS", text)
            .run()
    };
    for (text, words) in [
        ("{\"pr-titel\": \"x\"}", "`pr-title`"),
        ("not json", "LAUNCHWAY_INPUTS"),
        ("[]", "LAUNCHWAY_INPUTS"),
        ("{\"dry-run\": \"yes\"}", "dry-run"),
        ("{\"commitMode\": \"api\"}", "git-cli"),
    ] {
        let run = raw(text);
        assert_eq!(run.code, Some(2), "{text}: {}", run.all());
        assert!(run.all().contains(words), "{text}: {}", run.all());
    }
    assert_eq!(shop.repo.status(), "");
}

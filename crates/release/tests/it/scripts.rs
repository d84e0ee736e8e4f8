//! Publish scripts that misbehave, and answers that are lost after they published.

use std::time::{Duration, Instant};

use launchway_testkit::{Fault, FaultRule, TokenKind};

use crate::shop::Shop;

const SAYS: &str = "echo '{\"type\":\"git-tag\",\"tag\":\"@acme/core@1.0.0\",\"packageName\":\"@acme/core\"}' >> \"$CHANGESETS_OUTPUT\"\n";

#[test]
fn one_that_never_stops_printing_is_ended_all_the_same() {
    for rest in ["yes", "while true; do echo .; sleep 0.01; done"] {
        let shop = Shop::new(TokenKind::App);
        let script = shop.script(&format!("{SAYS}{rest}\n"));
        let started = Instant::now();
        let run = shop
            .run_on(
                &shop.runner().timeout(Duration::from_secs(30)),
                &[("timeout", "2s"), ("publish-script", &script)],
            )
            .exits(4);
        assert!(started.elapsed() < Duration::from_secs(20));
        let error = run.messages("error")[0];
        assert!(
            error.contains("did not end within `timeout`") && error.contains("@acme/core@1.0.0"),
            "{error}"
        );
        assert_eq!(run.output("published"), "true", "what it said until then counts");
    }
}

#[test]
fn what_it_leaves_behind_does_not_hold_the_run() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script("(while true; do echo .; sleep 0.01; done) &\nsleep 0.2\n");
    let started = Instant::now();
    let runner = shop.runner().timeout(Duration::from_secs(30));
    let _ = shop.run_on(&runner, &[("publish-script", &script)]).success();
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn megabytes_of_output_arrive_whole() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(
        "head -c 3000000 /dev/zero | tr '\\0' x\necho\nyes 0123456789 | head -n 100000\necho the end\n",
    );
    let run = shop.run(&[("publish-script", &script)]).success();
    assert!(run.raw_log.len() > 4_000_000 && run.log.contains("the end"));
}

#[test]
fn what_was_published_is_told_when_github_then_fails() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(SAYS);
    shop.github.fail(FaultRule::new(Fault::status(500)).path("*/git/*").always());
    let run = shop.run(&[("publish-script", &script)]).exits(4);
    assert_eq!(run.output("published"), "true");
    assert_eq!(run.output_json("published-packages")[0]["version"], "1.0.0");
    assert_eq!(run.output("tags"), "[]");
    let error = run.messages("error")[0];
    assert!(error.contains("tag `@acme/core@1.0.0`"), "{error}");
    assert!(run.summary.contains("**missing:** POST"), "{}", run.summary);
}

#[test]
fn what_was_published_is_told_when_the_script_breaks_the_workspace() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(&format!("{SAYS}echo '{{' > packages/app/package.json\n"));
    let run = shop.run(&[("publish-script", &script)]).success();
    assert_eq!(run.output("published"), "true");
    assert_eq!(shop.handle.tags(), ["@acme/core@1.0.0"]);
}

#[test]
fn a_script_that_fails_says_what_else_is_missing() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(&format!("{SAYS}exit 3\n"));
    shop.github.fail(FaultRule::new(Fault::status(500)).method("POST").path("*/releases"));
    let run = shop.run(&[("publish-script", &script)]).exits(4);
    let error = run.messages("error")[0];
    assert!(
        error.contains("failed with exit status: 3")
            && error.contains("Release `@acme/core@1.0.0`"),
        "{error}"
    );
}

#[test]
fn a_release_that_cannot_be_seen_is_no_release() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(SAYS);
    let body = serde_json::json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "Release", "code": "already_exists", "field": "tag_name" }],
        "documentation_url": "https://docs.github.com/rest"
    });
    shop.github.fail(
        FaultRule::new(Fault::Status(422, Vec::new(), body)).method("POST").path("*/releases"),
    );
    let run = shop.run(&[("publish-script", &script)]).exits(4);
    assert!(run.messages("error")[0].contains("draft"), "{:?}", run.messages("error"));
}

#[test]
fn without_a_token_nothing_is_run() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script("echo ran > ran\n");
    let run = shop
        .runner()
        .run_program(
            crate::shop::PROGRAM,
            &["run"],
            launchway_testkit::runner::How::Json,
            &[("publish-script", &script)],
        )
        .exits(2);
    assert!(run.messages("error")[0].contains("`github-token`"));
    assert!(!shop.repo.exists("ran"));
}

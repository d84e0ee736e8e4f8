//! What the version commit promised is what counts, whatever became of the run after the merge.

use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, Fault, FaultRule, StepRun, TokenKind};
use serde_json::Value;

use crate::market::{Market, record};
use crate::shop::{PROGRAM, Shop, TOKEN, changeset};

fn run(market: &Market, mode: &str, also: &[(&str, &str)]) -> StepRun {
    let mut inputs = market.inputs(mode);
    inputs.extend_from_slice(also);
    market.shop.run_on(&market.runner(), &inputs)
}

fn verb(market: &Market, verb: &str, more: &[(&str, &str)]) -> StepRun {
    on(&market.runner(), verb, more)
}

fn on(runner: &FakeRunner, verb: &str, more: &[(&str, &str)]) -> StepRun {
    let mut inputs = vec![("github-token", TOKEN)];
    inputs.extend_from_slice(more);
    runner.run_program(PROGRAM, &[verb], How::Json, &inputs)
}

/// Changes something at GitHub as a person would.
fn patch(shop: &Shop, path: &str, body: &Value) {
    let url = format!("{}/repos/acme/shop/{path}", shop.github.url());
    let login = format!("Bearer {TOKEN}");
    let headers = [("authorization", login.as_str())];
    let sent =
        launchway_testkit::client::request("PATCH", &url, &headers, body.to_string().as_bytes());
    assert_eq!(sent.unwrap().status, 200);
}

/// Everything is in the registry, and nothing is tagged.
fn published(mode: &str) -> Market {
    let market = Market::merged(mode);
    market.registry.seed("@acme/core", "1.1.0").seed("@acme/app", "1.0.1");
    market
}

const BOTH: [&str; 2] = ["@acme/app@1.0.1", "@acme/core@1.1.0"];

fn error(run: &StepRun) -> &str {
    run.messages("error")[0]
}

#[test]
fn the_version_commit_says_what_its_merge_brings() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let _ = shop.run(&[("release-mode", "publish")]).success();
    let text = shop.handle.file_at("changeset-release/main", ".changeset/release.json").unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    crate::schema::hold_record(&found);
    assert_eq!(found["publish"], "registry");
    let tags: Vec<&Value> =
        found["packages"].as_array().unwrap().iter().map(|one| &one["tag"]).collect();
    assert_eq!(tags, ["@acme/app@1.0.1", "@acme/core@1.1.0"]);

    // Whatever people make of the pull request, and however it is merged.
    let number = shop.handle.pulls()[0].number;
    let body = serde_json::json!({ "title": "x", "body": "gone" });
    patch(&shop, &format!("pulls/{number}"), &body);
    shop.handle.squash(number);
    shop.fresh_checkout();
    assert_eq!(shop.repo.read(".changeset/release.json"), text);
    let _ = shop.run(&[("release-mode", "tag")]).success();
    assert!(shop.handle.tags().contains(&"@acme/core@1.1.0".to_owned()));
}

#[test]
fn nothing_is_promised_where_nothing_follows_a_merge() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let _ = shop.run(&[]).success();
    let files = shop.handle.files_at("changeset-release/main");
    assert!(!files.contains(&".changeset/release.json".to_owned()), "{files:?}");
}

#[test]
fn a_later_push_completes_what_a_killed_run_left_at_the_commit_it_belongs_to() {
    for mode in ["publish", "script", "tag"] {
        let market = published(mode);
        let version_commit = market.version_commit.clone();
        market.later();
        let run = run(&market, mode, &[]).success();
        assert_eq!(market.shop.handle.tags(), BOTH, "{mode}\n{}", run.log);
        for tag in BOTH {
            assert_eq!(market.shop.handle.sha(tag).as_ref(), Some(&version_commit), "{mode}");
            assert!(market.shop.handle.release(tag).is_some(), "{mode}");
        }
        assert!(run.summary.contains("2 tags, 2 Releases"), "{}", run.summary);
    }
}

#[test]
fn a_checkout_of_one_commit_is_enough() {
    let market = published("publish");
    let version_commit = market.version_commit.clone();
    market.later().later();
    let outside = market.shop.repo.path().parent().unwrap().to_owned();
    let shallow = outside.join("shallow");
    let url = format!("file://{}", market.shop.handle.path().display());
    launchway_testkit::git::text(
        &outside,
        &["clone", "-q", "--depth=1", &url, &shallow.display().to_string()],
    );
    let runner = FakeRunner::new(&shallow).api_url(market.shop.github.url());
    let path = format!("{}:/usr/bin:/bin", outside.join("bin").display());
    let runner = runner.env("PATH", &path);
    let _ = on(&runner, "run", &[("release-mode", "publish")]).success();
    assert_eq!(market.shop.handle.sha(BOTH[0]), Some(version_commit));

    // Where it cannot be deepened nothing is guessed.
    let market = published("publish");
    market.later();
    let cut_off = market.shop.repo.path().parent().unwrap().join("cut-off");
    let url = format!("file://{}", market.shop.handle.path().display());
    launchway_testkit::git::text(
        cut_off.parent().unwrap(),
        &["clone", "-q", "--depth=1", &url, &cut_off.display().to_string()],
    );
    launchway_testkit::git::text(&cut_off, &["remote", "set-url", "origin", "/nowhere/at/all"]);
    let runner = FakeRunner::new(&cut_off).api_url(market.shop.github.url());
    let path = format!("{}:/usr/bin:/bin", cut_off.parent().unwrap().join("bin").display());
    let run = on(&runner.env("PATH", &path), "run", &[("release-mode", "publish")]);
    assert!(run.messages("notice").iter().any(|m| m.contains("fetch-depth: 0")), "{}", run.log);
    assert_eq!(market.shop.handle.tags(), [""; 0]);
}

#[test]
fn with_changesets_pending_only_what_is_published_is_completed() {
    let market = Market::merged("publish");
    market.registry.seed("@acme/core", "1.1.0");
    let version_commit = market.version_commit.clone();
    market.shop.changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
    let dry = run(&market, "publish", &[("dry-run", "true")]).success();
    assert_eq!(dry.output_json("plan")["unfinished"], serde_json::json!([BOTH[1]]));
    let run = run(&market, "publish", &[]).success();
    assert_eq!(market.shop.handle.tags(), [BOTH[1]]);
    assert_eq!(market.shop.handle.sha(BOTH[1]).as_ref(), Some(&version_commit));
    assert_eq!(market.shop.handle.pulls().len(), 1, "the next version pull request is there");
    let warning = run.messages("warning").join("\n");
    assert!(warning.contains("@acme/app@1.0.1") && warning.contains(&version_commit), "{warning}");
    assert_eq!(market.registry.versions("@acme/app"), ["1.0.0"], "and not published from here");
}

#[test]
fn what_is_no_record_stops_a_release_and_is_replaced_by_the_next() {
    for (text, words) in [
        ("<<<<<<< HEAD\n", "is no record of a release"),
        ("{\"version\":2}", "is of format 2"),
        (
            "{\"version\":1,\"packages\":[{\"name\":\"a\",\"ecosystem\":\"npm\",\"path\":\"\",\"version\":\"1\",\"tag\":\"main\"}]}",
            "does not name version",
        ),
        ("\u{0}\u{1}", "is no record"),
    ] {
        let market = Market::merged("tag");
        market.shop.repo.write(".changeset/release.json", text);
        market.shop.commit("by hand");
        let run = run(&market, "tag", &[]).exits(2);
        assert!(error(&run).contains(words), "{}", error(&run));
        assert_eq!(run.annotations[0].file, ".changeset/release.json");
        assert_eq!(market.shop.github.write_lines(), [""; 0]);
        let _ = verb(&market, "verify", &[]).exits(2);
        let _ = verb(&market, "repair", &[]).exits(2);

        market.shop.changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
        let run = self::run(&market, "tag", &[]).success();
        assert!(run.messages("warning").iter().any(|m| m.contains(words)), "{}", run.log);
        let text = market.shop.handle.file_at("changeset-release/main", ".changeset/release.json");
        crate::schema::hold_record(&serde_json::from_str(&text.unwrap()).unwrap());
    }
}

#[test]
fn no_tag_is_made_for_what_is_not_in_the_workspace() {
    let market = Market::merged("tag");
    let text = record("tag", ["1.1.0", "1.0.1"]);
    let text = text.replace("@acme/app", "left-pad").replace("1.1.0", "9.9.9");
    market.shop.repo.write(".changeset/release.json", &text);
    market.shop.commit("by hand");
    let run = run(&market, "tag", &[]).success();
    assert!(run.messages("notice").iter().any(|m| m.contains("left-pad@1.0.1")), "{}", run.log);
    assert_eq!(market.shop.handle.tags(), BOTH, "what is there gets the tags it always got");
}

#[test]
fn a_link_in_place_of_the_record_leads_nowhere() {
    let shop = Shop::new(TokenKind::App);
    let outside = shop.repo.path().parent().unwrap().join("outside.txt");
    std::fs::write(&outside, "mine").unwrap();
    std::os::unix::fs::symlink(&outside, shop.repo.path().join(".changeset/release.json")).unwrap();
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let _ = shop.run(&[("release-mode", "tag")]).success();
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "mine");
    assert_eq!(
        shop.handle.mode_at("changeset-release/main", ".changeset/release.json").as_deref(),
        Some("100644")
    );
}

#[test]
fn a_tag_somebody_else_made_elsewhere_is_named_and_not_moved() {
    let market = published("publish");
    let other = market.shop.repo.git(&["rev-parse", "HEAD^"]);
    market.shop.repo.git(&["push", "-q", "origin", &format!("{other}:refs/tags/{}", BOTH[0])]);
    let run = run(&market, "publish", &[]).exits(4);
    let error = error(&run);
    assert!(error.contains(BOTH[0]) && error.contains(&other), "{error}");
    assert!(!error.contains(BOTH[1]), "{error}");
    assert_eq!(market.shop.handle.sha(BOTH[0]), Some(other));
    assert!(
        market.shop.handle.release(BOTH[0]).is_none()
            && market.shop.handle.release(BOTH[1]).is_some()
    );
    // Nothing is left to be done, and it stays red.
    let _ = self::run(&market, "publish", &[]).exits(1);
    let _ = self::run(&market, "publish", &[("verify", "false")]).success();
}

#[test]
fn a_lie_is_found_out() {
    // A Release whose tag is not there would bring it along.
    let tags_only = ("create-github-releases", "false");
    for (path, more) in [("*/git/refs", tags_only), ("*/releases", ("timeout", "8s"))] {
        let market = published("publish");
        market.shop.github.fail(FaultRule::new(Fault::LieOk).method("POST").path(path).nth(2));
        let run = run(&market, "publish", &[("timeout", "8s"), more]).exits(4);
        let words = error(&run);
        assert!(words.contains(BOTH[0]) != words.contains(BOTH[1]), "{words}");
        let _ = self::run(&market, "publish", &[]).success();
        assert_eq!(market.shop.handle.releases().len(), 2);
    }
}

#[test]
fn what_lags_is_asked_for_again() {
    let market = published("publish");
    // The first look after the writes sees the state before the last of them.
    market.shop.github.fail(FaultRule::new(Fault::Stale).body_contains("tagName").nth(2).times(2));
    let run = run(&market, "publish", &[]).success();
    assert!(run.log.contains("not seen yet"), "{}", run.log);
}

#[test]
fn a_token_that_expires_half_way_is_told_and_a_second_run_completes() {
    let unauthorized =
        || Fault::Status(401, Vec::new(), serde_json::json!({ "message": "Bad credentials" }));
    for path in ["*/git/refs", "*/releases"] {
        let market = published("publish");
        let rule = FaultRule::new(unauthorized()).method("POST").path(path).always();
        market.shop.github.fail(rule);
        let run = run(&market, "publish", &[]);
        assert!([3, 4].contains(&run.exit_code), "{}", run.log);
        assert!(error(&run).contains(BOTH[0]) && error(&run).contains(BOTH[1]), "{}", error(&run));
        market.shop.github.heal();
        let _ = self::run(&market, "publish", &[]).success();
        assert_eq!(market.shop.handle.releases().len(), 2);
    }
}

#[test]
fn a_promise_a_script_did_not_keep_is_named() {
    // It ends well, but app is nowhere.
    let market = Market::merged("script");
    market.registry.seed("@acme/core", "1.1.0");
    let quiet = market.shop.script("echo done\n");
    let go = |more: &[(&str, &str)]| {
        let mut inputs = vec![("publish-script", quiet.as_str())];
        inputs.extend_from_slice(more);
        market.shop.run_on(&market.runner(), &inputs)
    };
    let run = go(&[]).exits(4);
    assert!(
        error(&run).contains("@acme/app@1.0.1")
            && error(&run).contains("promised by the version pull request"),
        "{}",
        error(&run)
    );
    assert_eq!(market.shop.handle.tags(), [BOTH[1]], "what is there is completed");
    let run = go(&[]).exits(1);
    assert!(run.summary.contains("Promised, but not there"), "{}", run.summary);
    let run = go(&[("verify", "false")]).success();
    assert!(run.messages("warning").iter().any(|m| m.contains("@acme/app@1.0.1")));
    market.registry.seed("@acme/app", "1.0.1");
    let _ = go(&[]).success();
    assert_eq!(market.shop.handle.tags(), BOTH);
}

#[test]
fn a_script_whose_registry_nobody_knows_is_believed_in_a_further_attempt() {
    let mut market = Market::merged("script");
    market.registry.fail(FaultRule::new(Fault::status(500)).always());
    let quiet = market.shop.script("echo done\n");
    let inputs = [("publish-script", quiet.as_str())];
    let run = market.shop.run_on(&market.runner(), &inputs).exits(1);
    assert!(error(&run).contains("re-run this job"), "{}", error(&run));
    assert_eq!(market.shop.handle.tags(), [""; 0]);
    market.shop.attempt = 2;
    let _ = market.shop.run_on(&market.runner(), &inputs).success();
    assert_eq!(market.shop.handle.tags(), BOTH);
}

#[test]
fn verify_names_what_is_missing() {
    let market = published("publish");
    let none = verb(&market, "verify", &[("wait", "0s")]).exits(1);
    assert!(
        BOTH.iter().all(|tag| error(&none).contains(&format!("tag `{tag}`"))),
        "{}",
        error(&none)
    );
    let _ = run(&market, "publish", &[]).success();
    let good = verb(&market, "verify", &[]).success();
    assert!(good.log.contains("2 tags, 2 Releases, 2 registry versions"), "{}", good.log);
    assert!(good.summary.contains("Verified"));
    let writes = market.shop.github.writes().len();

    // A Release put back to a draft.
    let id = market.shop.handle.release(BOTH[0]).unwrap().id;
    patch(&market.shop, &format!("releases/{id}"), &serde_json::json!({ "draft": true }));
    let run = verb(&market, "verify", &[("wait", "0s")]).exits(1);
    assert!(
        error(&run).contains("still a draft") && !error(&run).contains("tag `"),
        "{}",
        error(&run)
    );
    assert_eq!(market.shop.github.writes().len(), writes + 1, "it changes nothing");
}

#[test]
fn verify_knows_older_releases_too() {
    let mut market = published("publish");
    let _ = run(&market, "publish", &[]).success();
    market.release("publish", ["1.2.0", "1.0.2"]);
    let _ = run(&market, "publish", &[]).success();
    let all = verb(&market, "verify", &[("all", "true")]).success();
    assert!(all.log.contains("4 tags, 4 Releases, 4 registry versions"), "{}", all.log);
    market.shop.repo.git(&["push", "-q", "origin", &format!(":refs/tags/{}", BOTH[0])]);
    let _ = verb(&market, "verify", &[("wait", "0s")]).success();
    for scope in [("all", "true"), ("since", BOTH[1])] {
        let run = verb(&market, "verify", &[("wait", "0s"), scope]).exits(1);
        assert!(error(&run).contains(BOTH[0]), "{}", error(&run));
    }
    let _ = verb(&market, "verify", &[("since", "@acme/core@1.2.0")]).success();
    let run = verb(&market, "verify", &[("since", "v9")]).exits(2);
    assert!(error(&run).contains("promised the tag `v9`"), "{}", error(&run));
    // And repair makes it again where it was.
    let _ = verb(&market, "repair", &[("all", "true")]).success();
    let first = market.shop.repo.git(&["rev-parse", "HEAD^"]);
    assert_eq!(market.shop.handle.sha(BOTH[0]), Some(first));
}

#[test]
fn repair_does_only_what_is_missing() {
    let market = published("publish");
    let run = verb(&market, "repair", &[("dry-run", "true")]).success();
    assert!(run.log.contains("make tag and Release `@acme/core@1.1.0`"), "{}", run.log);
    assert_eq!(market.shop.github.write_lines(), [""; 0]);
    market.later();
    let _ = verb(&market, "repair", &[]).success();
    assert_eq!(market.shop.handle.tags(), BOTH);
    assert_eq!(market.shop.handle.sha(BOTH[0]).as_ref(), Some(&market.version_commit));
    let writes = market.shop.github.writes().len();
    let run = verb(&market, "repair", &[]).success();
    assert!(run.log.contains("nothing to repair"), "{}", run.log);
    assert_eq!(market.shop.github.writes().len(), writes);
}

#[test]
fn repair_publishes_only_when_told_and_only_at_the_commit_that_promised() {
    let market = Market::merged("publish");
    let run = verb(&market, "repair", &[]).exits(1);
    assert!(
        error(&run).contains("--release-mode publish")
            && error(&run).contains(&market.version_commit),
        "{}",
        error(&run)
    );
    assert_eq!((market.shop.github.write_lines().len(), market.registry.writes().len()), (0, 0));
    let _ = verb(&market, "repair", &[("release-mode", "publish")]).success();
    assert_eq!(market.shop.handle.tags(), BOTH);
    assert_eq!(market.registry.versions("@acme/app"), ["1.0.0", "1.0.1"]);

    let market = Market::merged("publish");
    market.later();
    let _ = verb(&market, "repair", &[("release-mode", "publish")]).exits(1);
    assert_eq!(market.registry.versions("@acme/app"), ["1.0.0"]);
}

#[test]
fn without_a_record_the_verbs_say_so() {
    let shop = Shop::new(TokenKind::App);
    for verb in ["verify", "repair"] {
        let run = on(&shop.runner(), verb, &[]).exits(2);
        assert!(error(&run).contains("there is no `.changeset/release.json`"), "{}", error(&run));
    }
}

#[test]
fn publishing_needs_at_most_six_requests_per_package() {
    let market = Market::merged("publish");
    let _ = run(&market, "publish", &[]).success();
    let before = market.shop.github.requests().len() + market.registry.requests().len();
    // Six per package, and six for all of them: whose token it is, tags and Releases before, in
    // between and afterwards, and the tags of their lines.
    assert!(
        before <= 2 * 6 + 6,
        "{before} requests: {:#?}",
        market
            .shop
            .github
            .requests()
            .iter()
            .map(launchway_testkit::Recorded::line)
            .collect::<Vec<_>>()
    );
    market.shop.github.forget_requests();
    let _ = run(&market, "publish", &[]).success();
    assert!(market.shop.github.requests().len() <= 2, "a run with nothing to do asks little");
}

//! What a run is for: other events, other checkouts, pull requests in other states.

use launchway_testkit::{FakeRunner, TokenKind};
use serde_json::json;

use crate::shop::{Shop, changeset};

const BRANCH: &str = "changeset-release/main";

fn pending() -> Shop {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    shop
}

#[test]
fn nothing_is_made_from_what_is_not_merged() {
    for (reference, event, said) in [
        ("refs/pull/7/merge", "pull_request", "a pull request"),
        ("refs/heads/gh-readonly-queue/main/pr-7-abc", "merge_group", "a merge queue"),
        ("refs/heads/changeset-release/main", "push", "a version branch"),
    ] {
        let shop = pending();
        let runner = shop.runner().reference(reference).event(event, json!({}));
        let script = shop.script("echo ran > ran\n");
        for inputs in [
            &[("pr-base-branch", "main"), ("publish-script", script.as_str())][..],
            &[("publish-script", script.as_str())],
            &[("release-mode", "tag")],
            &[("release-mode", "publish")],
        ] {
            if inputs.len() == 1 && shop.repo.exists(".changeset/one.md") {
                shop.repo.remove(".changeset/one.md");
                shop.commit("released");
            }
            let run = shop.run_on(&runner, inputs).success();
            assert!(run.log.contains(&format!("this run is for {said}")), "{}", run.log);
            assert_eq!(run.output("published"), "false");
        }
        assert_eq!(shop.github.write_lines(), [""; 0], "{reference}");
        assert!(!shop.repo.exists("ran"));
    }
}

#[test]
fn a_pull_request_can_see_the_plan() {
    let shop = pending();
    let runner = shop.runner().reference("refs/pull/7/merge");
    let run = shop.run_on(&runner, &[("pr-base-branch", "main"), ("dry-run", "true")]).success();
    assert_eq!(run.output_json("plan")["branch"], BRANCH);
}

#[test]
fn other_events_on_a_branch_are_like_a_push() {
    for event in ["workflow_dispatch", "schedule"] {
        let shop = pending();
        shop.repo.git(&["checkout", "-q", "--detach"]);
        let _ = shop.run_on(&shop.runner().event(event, json!({})), &[]).success();
        assert_eq!(shop.handle.pull(1).base, "main");
    }
}

/// A checkout of a branch with all history, as `fetch-depth: 0` makes it.
fn whole(shop: &Shop, branch: &str) -> FakeRunner {
    let dir = shop.repo.path().parent().unwrap().join("whole");
    let url = shop.handle.path();
    shop.repo.git(&["clone", "-q", "-b", branch, &url.to_string_lossy(), &dir.to_string_lossy()]);
    FakeRunner::new(&dir).api_url(shop.github.url())
}

#[test]
fn a_checkout_of_another_branch_is_refused() {
    let shop = pending();
    let of_run = shop.repo.head();
    shop.repo.git(&["checkout", "-q", "-b", "evil", "HEAD~1"]);
    shop.repo.write("packages/core/evil.js", "x");
    shop.repo.commit("not merged");
    shop.repo.git(&["push", "-q", "origin", "evil"]);
    let runner = whole(&shop, "evil").sha(&of_run);
    for inputs in [&[][..], &[("release-mode", "tag")]] {
        let run = shop.run_on(&runner, inputs).exits(2);
        assert!(run.messages("error")[0].contains("does not follow from commit"), "{}", run.log);
    }
    assert_eq!(shop.github.write_lines(), [""; 0]);
}

#[test]
fn a_checkout_that_is_ahead_on_the_branch_is_what_the_run_works_on() {
    let shop = pending();
    let of_run = shop.repo.head();
    shop.changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
    let head = shop.repo.head();
    let run = shop.run_on(&whole(&shop, "main").sha(&of_run), &[]).success();
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [head]);
    assert!(run.messages("notice").iter().any(|text| text.contains("came to `main` after")));
}

#[test]
fn commits_of_an_earlier_step_are_part_of_the_version_commit() {
    let shop = pending();
    let of_run = shop.repo.head();
    shop.repo.write("generated.txt", "x");
    shop.repo.commit("by an earlier step");
    let _ = shop.run_on(&shop.runner().sha(&of_run), &[]).success();
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [of_run]);
    assert_eq!(shop.handle.file_at(BRANCH, "generated.txt").as_deref(), Some("x"));
}

#[test]
fn a_base_that_was_put_back_gets_its_branch_rebuilt() {
    let shop = pending();
    let old = shop.repo.head();
    shop.changeset("two", &changeset(&[("@acme/core", "major")], "B."));
    let _ = shop.run(&[]).success();
    shop.fresh_checkout();
    shop.repo.git(&["reset", "-q", "--hard", &old]);
    shop.repo.git(&["push", "-q", "--force", "origin", "main"]);
    let _ = shop.run(&[]).success();
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [old]);
    assert!(!shop.handle.pull(1).body.contains("B."));
}

#[test]
fn a_closed_pull_request_is_followed_by_another_one() {
    let shop = pending();
    let _ = shop.run(&[]).success();
    shop.handle.close(1);
    shop.fresh_checkout();
    shop.github.forget_requests();
    let run = shop.run(&[]).success();
    assert_eq!(shop.github.write_lines(), ["POST /repos/acme/shop/pulls"]);
    assert_eq!((run.output("pr-number"), shop.handle.pull(1).state.as_str()), ("2", "closed"));
}

#[test]
fn pull_requests_to_other_branches_are_left_alone() {
    let shop = pending();
    shop.handle.commit("next", "start", &[("x", Some("x"))]);
    shop.handle.commit(BRANCH, "by hand", &[("y", Some("y"))]);
    let other = shop.handle.open_pull(BRANCH, "next", "Mine", "my words");
    let run = shop.run(&[("overwrite-human-commits", "true")]).success();
    assert_eq!(run.output("pr-number"), (other + 1).to_string());
    let left = shop.handle.pull(other);
    assert_eq!((left.title.as_str(), left.body.as_str(), left.edits), ("Mine", "my words", 0));
    assert_eq!(shop.handle.file_at(BRANCH, "y"), None, "the branch is rebuilt");
}

#[test]
fn a_title_is_one_line_of_bounded_length() {
    let shop = pending();
    let title = "Release\n  <b>now</b> @everyone";
    for _ in 0..2 {
        shop.github.forget_requests();
        let _ = shop.run(&[("pr-title", title)]).success();
        shop.fresh_checkout();
    }
    assert_eq!(shop.github.write_lines(), [""; 0], "the second run finds its own title");
    assert_eq!(shop.handle.pull(1).title, "Release <b>now</b> @everyone");
    let run = shop.run(&[("pr-title", &"x".repeat(257))]).exits(2);
    assert!(run.messages("error")[0].contains("256"));
    assert_eq!(shop.repo.status(), "");
}

#[test]
fn a_base_is_the_name_of_a_branch() {
    let shop = pending();
    for base in ["a\nb", "a..b", "-x", "a b", "x.lock"] {
        let run = shop.run(&[("pr-base-branch", base)]).exits(2);
        assert!(run.messages("error")[0].contains("is no name of a branch"), "{}", run.log);
    }
    assert_eq!((shop.repo.status().as_str(), shop.github.write_lines().len()), ("", 0));
    let _ = shop.run(&[("pr-base-branch", "refs/heads/main")]).success();
    assert_eq!(shop.handle.pull(1).head, BRANCH);
}

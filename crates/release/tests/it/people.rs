//! What people do on the version branch and to its pull request.

use launchway_testkit::{RepoHandle, TokenKind};

use crate::shop::{Shop, changeset};
use crate::version::BRANCH;

fn open() -> Shop {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    shop.run(&[]).success();
    shop.fresh_checkout();
    shop
}

fn more(shop: &Shop) {
    shop.changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
}

fn git(handle: &RepoHandle, args: &[&str]) -> String {
    launchway_testkit::git::text(&handle.path(), args)
}

/// Puts a commit on the version branch, by whom it says; its id.
fn put(handle: &RepoHandle, by: &str, tree_of: &str, parents: &[&str], message: &str) -> String {
    let tree = git(handle, &["rev-parse", &format!("{tree_of}^{{tree}}")]);
    let parents: Vec<String> = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let parents = parents.concat();
    let when = "1700000000 +0000";
    let text =
        format!("tree {tree}\n{parents}author {by} {when}\ncommitter {by} {when}\n\n{message}\n");
    let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
    let made = launchway_testkit::git::output(&handle.path(), &args, Some(text.as_bytes()));
    let made = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    git(handle, &["update-ref", &format!("refs/heads/{BRANCH}"), &made]);
    made
}

const JO: &str = "Jo <jo@acme.test>";

#[test]
fn commits_of_people_stop_the_run_and_are_named() {
    let shop = open();
    let by_hand = shop.handle.commit(BRANCH, "Better words\u{1b}[31m", &[("notes.md", Some("x"))]);
    more(&shop);
    let body = shop.handle.pull(1).body;
    shop.github.forget_requests();
    let run = shop.run(&[]).exits(1);
    let error = run.messages("error")[0];
    assert!(error.contains(&by_hand[..7]) && error.contains("Better words"), "{error}");
    assert!(run.summary.contains("overwrite-human-commits: true"), "{}", run.summary);
    assert!(!shop.github.write_lines().iter().any(|line| line.contains("updateRefs")));
    assert_eq!((shop.handle.sha(BRANCH), shop.handle.pull(1).body), (Some(by_hand), body));
    // As asked, they go, and that is said.
    shop.fresh_checkout();
    let run = shop.run(&[("overwrite-human-commits", "true")]).success();
    assert!(run.messages("warning").iter().any(|text| text.contains("Better words")));
    assert_eq!(shop.handle.file_at(BRANCH, "notes.md"), None);
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [shop.repo.head()]);
}

#[test]
fn an_amended_commit_is_a_persons() {
    let shop = open();
    let message = shop.handle.commit_at(BRANCH).unwrap().message;
    let parent = shop.handle.sha("main").unwrap();
    let amended = put(&shop.handle, JO, "main", &[&parent], &message);
    more(&shop);
    shop.run(&[]).exits(1);
    assert_eq!(shop.handle.sha(BRANCH), Some(amended));
}

#[test]
fn a_branch_brought_up_to_date_by_button_is_rebuilt() {
    let shop = open();
    more(&shop);
    let (ours, base) = (shop.handle.sha(BRANCH).unwrap(), shop.handle.sha("main").unwrap());
    put(&shop.handle, JO, &ours, &[&ours, &base], "Merge branch 'main'");
    shop.run(&[]).success();
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [base]);
}

#[test]
fn a_branch_of_changesets_action_is_taken_over() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let bot = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>";
    put(&shop.handle, bot, "main", &[&shop.repo.head()], "Version Packages");
    shop.handle.open_pull(BRANCH, "main", "Version Packages", "Opened by another action");
    shop.run(&[("pr-title", "Release")]).success();
    assert!(shop.handle.file_at(BRANCH, "packages/core/package.json").unwrap().contains("1.1.0"));
    let pull = shop.handle.pull(1);
    assert_eq!(pull.title, "Release");
    assert!(pull.body.contains("launchway:begin") && !pull.body.contains("another action"));
}

#[test]
fn what_was_squashed_already_is_lost_to_nobody() {
    let shop = open();
    shop.handle.commit(BRANCH, "by hand", &[("notes.md", Some("x"))]);
    shop.handle.squash(1);
    shop.fresh_checkout();
    more(&shop);
    shop.run(&[]).success();
    assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [shop.repo.head()]);
    assert_eq!(shop.handle.pulls().len(), 2);
}

#[test]
fn a_title_somebody_changed_stays_and_ours_follows_the_input() {
    let shop = open();
    more(&shop);
    shop.run(&[("pr-title", "Release soon")]).success();
    assert_eq!(shop.handle.pull(1).title, "Release soon", "ours is ours");
    shop.fresh_checkout();
    let json = serde_json::json!({ "title": "Hold until Monday" }).to_string();
    shop.post("PATCH", "/repos/acme/shop/pulls/1", &json);
    shop.changeset("three", &changeset(&[("@acme/core", "major")], "C."));
    for title in ["Release soon", "Another input"] {
        shop.run(&[("pr-title", title)]).success();
        assert_eq!(shop.handle.pull(1).title, "Hold until Monday");
        assert!(shop.handle.pull(1).body.contains("C."), "the text follows");
        shop.fresh_checkout();
    }
}

//! `context: git` in real repositories. What the reference says was checked with docker/metadata-action
//! 6.2.0 in the same ones.

use launchway_git::Git;
use launchway_image::tags::git_context::observe;
use launchway_testkit::TestRepo;

fn git(repo: &TestRepo) -> Git {
    Git::at(repo.path()).found_by_folder()
}

/// One commit on `main`, checked out detached, with these references to it and no other.
fn detached(references: &[&str]) -> TestRepo {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.git(&["checkout", "--quiet", "--detach"]);
    repo.git(&["branch", "--quiet", "-D", "main"]);
    for reference in references {
        repo.git(&["update-ref", reference, "HEAD"]);
    }
    repo
}

#[test]
fn a_branch_is_itself() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v1.0.0").branch("feature/blue-pill");
    let context = observe(&git(&repo)).unwrap();
    assert_eq!(context.reference, "refs/heads/feature/blue-pill");
    assert_eq!(context.sha, repo.head());
    assert_eq!(context.committed.to_string(), repo.git(&["show", "-s", "--format=%ct"]));
    assert!(context.tags.is_empty());
}

#[test]
fn a_detached_commit_is_what_points_at_it() {
    for (references, expected) in [
        (&["refs/tags/v3.4.5"][..], "refs/tags/v3.4.5"),
        (&["refs/tags/api/v0.9.1"], "refs/tags/api/v0.9.1"),
        (&["refs/tags/v1.10.0", "refs/tags/v1.9.0"], "refs/tags/v1.9.0"),
        (&["refs/tags/v1", "refs/heads/x", "refs/remotes/origin/x"], "refs/tags/v1"),
        (&["refs/remotes/pull/77/merge"], "refs/pull/77/merge"),
        (&["refs/remotes/pull/77/head"], "refs/pull/77/head"),
        (&["refs/remotes/origin/release/2.x"], "refs/heads/release/2.x"),
        (&["refs/remotes/origin/main", "refs/heads/main"], "refs/heads/main"),
        // Where the reference fails or says something else.
        (&["refs/remotes/origin/main", "refs/remotes/origin/HEAD"], "refs/heads/main"),
        (&["refs/heads/main"], "refs/heads/main"),
        (&["refs/heads/feature/x"], "refs/heads/feature/x"),
        (&["refs/pull/8/merge"], "refs/pull/8/merge"),
        (&[], ""),
    ] {
        let context = observe(&git(&detached(references))).unwrap();
        assert_eq!(context.reference, expected, "{references:?}");
    }
    let context = observe(&git(&detached(&["refs/tags/web@1", "refs/tags/api@2"]))).unwrap();
    assert_eq!(context.tags, ["web@1", "api@2"]);
}

#[test]
fn a_commit_below_is_of_what_holds_it() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    let first = repo.head();
    repo.branch("older").commit("on older");
    repo.switch("main").commit("on main, later");
    repo.git(&["checkout", "--quiet", "--detach", &first]);
    assert_eq!(observe(&git(&repo)).unwrap().reference, "refs/heads/main");
    repo.git(&["update-ref", "refs/remotes/origin/other", "main"]);
    repo.git(&["tag", "v9", "main"]);
    repo.git(&["branch", "--quiet", "-D", "main", "older"]);
    assert_eq!(observe(&git(&repo)).unwrap().reference, "refs/heads/other");
    repo.git(&["update-ref", "-d", "refs/remotes/origin/other"]);
    assert_eq!(observe(&git(&repo)).unwrap().reference, "refs/tags/v9");
}

#[test]
fn what_cannot_be_read_is_said() {
    let empty = TestRepo::new();
    assert!(observe(&git(&empty)).unwrap_err().to_string().contains("no commit"));
    let outside = tempfile::tempdir().unwrap();
    let failure = observe(&Git::at(outside.path()).found_by_folder()).unwrap_err();
    assert_eq!(failure.kind().code(), 2);
}

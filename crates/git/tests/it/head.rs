use launchway_git::Git;

use crate::repo::Repo;

#[test]
fn head_is_a_branch_or_what_points_at_it() {
    let repo = Repo::new();
    let git = repo.api();
    assert_eq!(git.head_commit().unwrap(), None);
    assert_eq!(git.head_ref().unwrap().as_deref(), Some("refs/heads/main"));
    repo.write("a", "a");
    let first = repo.commit("one");
    repo.git(&["tag", "-a", "-m", "x", "v1"]);
    repo.write("a", "b");
    repo.commit("two");
    repo.git(&["checkout", "--quiet", "--detach", &first]);
    assert_eq!(git.head_ref().unwrap(), None);
    let head = git.head_commit().unwrap().unwrap();
    assert_eq!(head.id, first);
    assert_eq!(repo.git(&["show", "-s", "--format=%ct"]).trim(), head.time.to_string());
    assert_eq!(git.refs_at_head().unwrap(), ["refs/tags/v1"]);
    assert_eq!(git.refs_containing_head().unwrap()[0], "refs/heads/main");
    assert!(Git::at(repo.outside()).head_commit().unwrap_err().is_not_a_repository());
}

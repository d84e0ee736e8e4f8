use launchway_git::Git;

use crate::repo::{HOSTILE, Repo, isolated};

/// A branch with the file changed on it is merged: on the line the merge brings it.
fn merged(repo: &Repo, file: &str) -> (String, String) {
    repo.commit("root");
    repo.write(file, "1");
    let first = repo.commit("by hand");
    repo.git(&["checkout", "--quiet", "-b", "release"]);
    repo.write(file, "2");
    repo.commit("Version Packages");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("other", "x");
    repo.commit("meanwhile");
    repo.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "release"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    repo.write("other", "y");
    repo.commit("later");
    (first, merge)
}

#[test]
fn a_merge_brings_what_its_branch_changed() {
    for file in HOSTILE.iter().chain(&["a/release.json"]) {
        let repo = Repo::new();
        let (first, merge) = merged(&repo, file);
        let (api, head) = (repo.api(), repo.git(&["rev-parse", "HEAD"]));
        let versions = api.file_versions(&head, file, 0).unwrap();
        let commits: Vec<&str> = versions.iter().map(|version| version.commit.as_str()).collect();
        assert_eq!(commits, [&merge, &first], "{file:?}");
        assert!(versions.iter().all(|version| !version.is_edge));
        assert_eq!(api.objects(versions.iter().map(|v| v.blob.as_str())).unwrap().len(), 2);
        assert_eq!(api.file_versions(&head, file, 1).unwrap().len(), 1);
        assert_eq!(api.commit_of_file(&head, file).unwrap().as_ref(), Some(&merge));
        assert_eq!(api.commit_of_file(&first, file).unwrap().as_ref(), Some(&first));
        assert_eq!(api.line_between(&merge, &head).unwrap(), std::slice::from_ref(&head));
        assert_eq!(api.line_between(&first, &head).unwrap().len(), 3);
    }
    let repo = Repo::new();
    let head = repo.commit("root");
    assert_eq!(repo.api().commit_of_file(&head, "nothing").unwrap(), None);
}

#[test]
fn a_shallow_clone_is_deepened_as_far_as_needed() {
    let repo = Repo::new();
    let (_, merge) = merged(&repo, "r.json");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let url = format!("file://{}", repo.dir.display());
    let clone = |name: &str| {
        repo.git_in(repo.outside(), &["clone", "--quiet", "--depth=1", &url, name]);
        isolated(Git::at(repo.outside().join(name)))
    };
    let shallow = clone("shallow");
    assert!(shallow.file_versions(&head, "r.json", 0).unwrap()[0].is_edge);
    assert_eq!(shallow.commit_of_file(&head, "r.json").unwrap(), Some(merge));

    let cut_off = clone("cut-off");
    repo.git_in(cut_off.dir(), &["remote", "set-url", "origin", "/nowhere/at/all"]);
    assert_eq!(cut_off.commit_of_file(&head, "r.json").unwrap(), None, "unknown, not guessed");
}

use std::os::unix::fs::{PermissionsExt as _, symlink};

use launchway_base::{Fault as _, FileMode::*};
use launchway_git::{ChangeKind::*, GitError};

use crate::repo::{HOSTILE, Repo};

#[test]
fn changes_have_kind_and_mode_and_include_untracked_files() {
    let repo = Repo::new();
    for name in ["changed", "deleted", "made-executable", "same", "unlinked", "uncached", "moved"] {
        repo.write(name, format!("{name} as it was"));
    }
    symlink("same", repo.dir.join("link")).unwrap();
    repo.write(".gitignore", "ignored\n");
    let base = repo.commit("base");
    repo.write("committed", "in a later commit");
    repo.commit("later");

    repo.write("changed", "new text");
    std::fs::remove_file(repo.dir.join("deleted")).unwrap();
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(repo.dir.join("made-executable"), mode.clone()).unwrap();
    std::fs::remove_file(repo.dir.join("unlinked")).unwrap();
    symlink("changed", repo.dir.join("unlinked")).unwrap();
    repo.git(&["rm", "--quiet", "--cached", "uncached"]);
    std::fs::rename(repo.dir.join("moved"), repo.dir.join("moved here")).unwrap();
    repo.write("ignored", "x");
    repo.write("script", "x");
    std::fs::set_permissions(repo.dir.join("script"), mode).unwrap();
    repo.write("sub/staged", "x");
    repo.git(&["add", "sub/staged"]);
    repo.write("nested/file", "x");
    repo.git_in(&repo.dir.join("nested"), &["init", "--quiet", "."]);
    // Touched, but the same: no change.
    repo.write("same", "same as it was");

    let expected = [
        ("changed", Modified, Regular),
        ("committed", Added, Regular),
        ("deleted", Deleted, Regular),
        ("made-executable", Modified, Executable),
        ("moved", Deleted, Regular),
        ("moved here", Added, Regular),
        ("script", Added, Executable),
        ("sub/staged", Added, Regular),
        ("uncached", Modified, Regular),
        ("unlinked", Modified, Symlink),
    ];
    for git in [repo.api(), repo.api().in_dir(repo.dir.join("sub"))] {
        let changes = git.changes_since(&base).unwrap();
        let seen: Vec<_> = changes.iter().map(|c| (c.path.as_str(), c.kind, c.mode)).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn hostile_names_survive() {
    let repo = Repo::new();
    let base = repo.commit("base");
    for name in HOSTILE {
        repo.write(name, "x");
    }
    let mut expected: Vec<String> = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    let names = |git: &launchway_git::Git| -> Vec<String> {
        git.changes_since(&base).unwrap().into_iter().map(|change| change.path).collect()
    };
    assert_eq!(names(&repo.api()), expected, "untracked");
    repo.api().add(HOSTILE).unwrap();
    repo.api().commit("all of them").unwrap();
    assert_eq!(names(&repo.api()), expected, "committed");
    assert_eq!(repo.api().changed_files_since(&base).unwrap(), expected);
    let error = repo.api().changes_since("--output=owned").unwrap_err();
    assert!(matches!(error, GitError::Failed { .. }), "{error}");
    assert!(!repo.dir.join("owned").exists());
}

#[test]
fn changed_files_are_those_since_the_branches_parted() {
    let repo = Repo::new();
    repo.write("a", "a");
    repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "feature"]);
    repo.write("packages/ü/x", "x");
    repo.write(".changeset/one.md", "1");
    repo.write(".changeset/pre/two.md", "2");
    repo.write(".changeset/config.json", "{}");
    repo.commit("work");
    repo.write("a", "not committed yet");
    repo.write("untracked", "u");
    repo.git(&["checkout", "--quiet", "--detach"]);
    repo.git(&["branch", "--force", "elsewhere", "main"]);

    let git = repo.api().in_dir(repo.dir.join(".changeset"));
    let files = git.changed_files_since("main").unwrap();
    let expected = [
        ".changeset/config.json",
        ".changeset/one.md",
        ".changeset/pre/two.md",
        "a",
        "packages/ü/x",
    ];
    assert_eq!(files, expected);
    let paths = git.changed_paths_since("main").unwrap();
    assert_eq!(paths, expected.map(|file| repo.dir.join(file)));
    let changesets = git.changed_changesets_since("main").unwrap();
    assert_eq!(changesets, [".changeset/one.md", ".changeset/pre/two.md"]);

    let error = git.changed_files_since("origin/gone").unwrap_err();
    assert_eq!(error.to_string(), "cannot find where HEAD diverged from `origin/gone`");
    assert!(error.hint().unwrap().contains("fetch-depth: 0"));
    assert_eq!(error.kind().code(), 2);
}

#[test]
fn an_unfinished_merge_is_refused() {
    let repo = Repo::new();
    repo.write("a", "base");
    let base = repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "other"]);
    repo.write("a", "theirs");
    repo.commit("theirs");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("a", "ours");
    repo.commit("ours");
    let status = std::process::Command::new("git")
        .current_dir(&repo.dir)
        .args(["merge", "-q", "other"])
        .output();
    assert!(!status.unwrap().status.success());
    assert!(
        matches!(repo.api().changes_since(&base), Err(GitError::Unmerged(path)) if path == "a")
    );
}

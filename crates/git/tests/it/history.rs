use std::path::PathBuf;

use launchway_base::Fault as _;
use launchway_git::{Git, GitError};

use crate::repo::{HOSTILE, Repo, isolated};

/// What the tool we stand in for runs, once per file.
fn by_following(repo: &Repo, path: &str) -> Option<String> {
    let hash = repo.git(&[
        "--literal-pathspecs",
        "log",
        "--diff-filter=AC",
        "--follow",
        "--max-count=1",
        "--pretty=format:%H",
        "--",
        path,
    ]);
    (!hash.is_empty()).then_some(hash)
}

/// A git that counts how often it is started, and the file it counts in.
fn counting(repo: &Repo) -> (Git, PathBuf) {
    let (script, count) = (repo.outside().join("counting-git"), repo.outside().join("count"));
    let text = format!("#!/bin/sh\necho \"$1\" >> '{}'\nexec git \"$@\"\n", count.display());
    launchway_testkit::script(&script, text);
    (repo.api().with_program(script), count)
}

#[test]
fn two_hundred_files_take_a_handful_of_processes() {
    let repo = Repo::new();
    repo.commit("root");
    let mut expected = Vec::new();
    for index in 0..200 {
        let path = format!(".changeset/file-{index}.md");
        repo.write(&path, format!("---\n\"pkg-{index}\": patch\n---\n\nline {index}\n"));
        expected.push((path, repo.commit("add")));
    }
    let paths: Vec<&str> = expected.iter().map(|(path, _)| path.as_str()).collect();
    let (git, count) = counting(&repo);
    let found = git.adding_commits(&paths).unwrap();
    assert_eq!(found, expected.iter().cloned().collect());
    let started = std::fs::read_to_string(count).unwrap();
    assert_eq!(started.lines().count(), 1, "{started}");
}

/// Commits that also delete and rename sources, and changesets put away in pre mode: still no
/// process per file.
#[test]
fn moved_changesets_and_deleted_sources_take_no_process_each() {
    let repo = Repo::new();
    for index in 0..30 {
        repo.write(&format!("src/old-{index}"), format!("source {index}\n").repeat(20));
        repo.write(&format!("src/gone-{index}"), format!("useless {index}\n").repeat(20));
    }
    repo.commit("root");
    let mut expected = Vec::new();
    for index in 0..30 {
        repo.git(&["mv", &format!("src/old-{index}"), &format!("src/new-{index}")]);
        std::fs::remove_file(repo.dir.join(format!("src/gone-{index}"))).unwrap();
        let text = format!("---\n\"pkg-{index}\": patch\n---\n\nline {index}\n");
        repo.write(&format!(".changeset/file-{index}.md"), text);
        expected.push((format!(".changeset/pre/file-{index}.md"), repo.commit("add")));
    }
    std::fs::create_dir_all(repo.dir.join(".changeset/pre")).unwrap();
    for index in 0..30 {
        let name = format!("file-{index}.md");
        repo.git(&["mv", &format!(".changeset/{name}"), &format!(".changeset/pre/{name}")]);
    }
    repo.commit("version");
    let paths: Vec<&str> = expected.iter().map(|(path, _)| path.as_str()).collect();
    for path in paths.iter().take(3) {
        assert_eq!(
            by_following(&repo, path),
            expected.iter().find(|(p, _)| p == path).map(|(_, c)| c.clone())
        );
    }
    let (git, count) = counting(&repo);
    let found = git.adding_commits(&paths).unwrap();
    assert_eq!(found, expected.iter().cloned().collect());
    let started = std::fs::read_to_string(count).unwrap();
    assert_eq!(started.lines().count(), 3, "{started}");
}

#[test]
fn hostile_names_are_found_each_in_its_own_commit() {
    let repo = Repo::new();
    repo.commit("root");
    let mut expected = std::collections::BTreeMap::new();
    for (index, name) in HOSTILE.iter().enumerate() {
        repo.write(name, format!("text {index} {}", "x".repeat(index * 40)));
        repo.git(&["--literal-pathspecs", "add", "--", name]);
        repo.git(&["commit", "--quiet", "-m", "one"]);
        expected.insert((*name).to_owned(), repo.git(&["rev-parse", "HEAD"]));
    }
    assert_eq!(repo.api().adding_commits(HOSTILE).unwrap(), expected);
}

#[test]
fn files_without_a_commit_are_absent() {
    let repo = Repo::new();
    assert!(repo.api().adding_commits(&["a"]).unwrap().is_empty(), "no commit yet");
    let root = {
        repo.write("a", "a");
        repo.commit("root")
    };
    repo.write("new", "new");
    let found = repo.api().adding_commits(&["a", "new", "never"]).unwrap();
    assert_eq!(found, [("a".to_owned(), root)].into());

    let none = Repo::bare_of_everything();
    assert!(none.api().adding_commits(&["a"]).unwrap().is_empty(), "no repository");
}

#[test]
fn paths_are_relative_to_the_directory_asked_from() {
    let repo = Repo::new();
    repo.commit("root");
    repo.write("a.md", "outer");
    repo.commit("outer");
    repo.write("sub/a.md", "something else entirely");
    let inner = repo.commit("inner");
    let found = repo.api().in_dir(repo.dir.join("sub")).adding_commits(&["a.md"]).unwrap();
    assert_eq!(found, [("a.md".to_owned(), inner)].into());
}

#[test]
fn a_moved_changeset_keeps_its_first_commit() {
    let repo = Repo::new();
    repo.commit("root");
    repo.write(".changeset/a.md", "---\n\"pkg\": minor\n---\n\nsome words that stay\n");
    let first = repo.commit("add");
    std::fs::create_dir_all(repo.dir.join(".changeset/pre")).unwrap();
    repo.git(&["mv", ".changeset/a.md", ".changeset/pre/a.md"]);
    let moved = repo.commit("version");
    let found = repo.api().adding_commits(&[".changeset/pre/a.md"]).unwrap();
    assert_eq!(found[".changeset/pre/a.md"], first);
    assert_ne!(first, moved);
}

/// Adds, edits, renames, copies, deletes and merges at random; every file must have the commit that
/// following it on its own finds.
#[test]
fn a_random_history_is_read_as_following_each_file_reads_it() {
    for seed in 1..=6_u64 {
        let repo = Repo::new();
        repo.write("keep", "keep");
        repo.commit("root");
        let mut state = seed;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let texts = [
            "---\n---\n",
            "---\n\"a\": patch\n---\n\nfix\n",
            "---\n\"b\": major\n---\n\nbreak it all\nhere\n",
        ];
        for step in 0..40 {
            for _ in 0..=random(3) {
                let (from, to) = (format!("c/{}.md", random(9)), format!("c/{}.md", random(9)));
                match random(5) {
                    0 | 1 => repo.write(
                        &from,
                        format!("{}{}", texts[usize::try_from(random(3)).unwrap()], random(3)),
                    ),
                    2 if repo.dir.join(&from).exists() => {
                        std::fs::remove_file(repo.dir.join(&from)).unwrap();
                    }
                    3 if repo.dir.join(&from).exists() && from != to => {
                        std::fs::rename(repo.dir.join(&from), repo.dir.join(&to)).unwrap();
                    }
                    4 if repo.dir.join(&from).exists() && from != to => {
                        std::fs::copy(repo.dir.join(&from), repo.dir.join(&to)).unwrap();
                    }
                    _ => {}
                }
            }
            repo.commit(&format!("step {step}"));
            if step % 8 == 3 {
                repo.git(&["branch", "--force", "side"]);
            }
            if step % 8 == 6 {
                repo.git(&["checkout", "--quiet", "side"]);
                repo.write(&format!("c/side-{step}.md"), format!("side {}", random(2)));
                repo.commit("side");
                repo.git(&["checkout", "--quiet", "main"]);
                repo.git(&["merge", "--quiet", "--no-ff", "-X", "ours", "-m", "merge", "side"]);
            }
        }
        let listing = repo.git(&["ls-files"]);
        let paths: Vec<&str> = listing.lines().collect();
        let found = repo.api().adding_commits(&paths).unwrap();
        for path in paths {
            assert_eq!(found.get(path), by_following(&repo, path).as_ref(), "seed {seed}, {path}");
        }
    }
}

#[test]
fn a_shallow_clone_is_deepened_until_the_commit_is_there() {
    let repo = Repo::new();
    repo.commit("root");
    repo.write("a.md", "a");
    let first = repo.commit("add");
    for step in 0..120 {
        repo.commit(&format!("step {step}"));
    }
    let url = format!("file://{}", repo.dir.display());
    repo.git_in(repo.outside(), &["clone", "--quiet", "--depth=1", &url, "clone"]);
    let clone = isolated(Git::at(repo.outside().join("clone")));
    assert!(clone.is_shallow().unwrap());
    assert_eq!(clone.adding_commits(&["a.md"]).unwrap(), [("a.md".to_owned(), first)].into());
    assert!(clone.is_shallow().is_ok());

    repo.git_in(repo.outside(), &["clone", "--quiet", "--depth=1", &url, "cut-off"]);
    let cut_off = repo.outside().join("cut-off");
    repo.git_in(&cut_off, &["remote", "set-url", "origin", "/nowhere/at/all"]);
    let error = isolated(Git::at(cut_off)).adding_commits(&["a.md"]).unwrap_err();
    assert!(matches!(error, GitError::Failed { remote: true, .. }), "{error}");
    assert!(error.to_string().starts_with("`git fetch` failed with exit code"), "{error}");
    assert_eq!(error.kind().code(), 3);
}

#[test]
fn a_missing_git_or_directory_is_named() {
    let repo = Repo::new();
    let error = repo.api().with_program("no-such-git").head().unwrap_err();
    assert_eq!(error.to_string(), "git not found");
    assert!(error.hint().unwrap().contains("install git"));
    let error = repo.api().in_dir(repo.outside().join("gone")).head().unwrap_err();
    assert!(matches!(error, GitError::NoDirectory(_)), "{error}");
}

/// A log of paths alone leaves out a branch that brought nothing new; following does not.
#[test]
fn a_file_added_on_two_branches_belongs_to_the_newer_commit() {
    let repo = Repo::new();
    repo.commit("root");
    repo.git(&["branch", "side"]);
    repo.write("a.md", "the same words\n");
    let older = repo.commit("on main");
    repo.git(&["checkout", "--quiet", "side"]);
    repo.write("a.md", "the same words\n");
    let newer = repo.commit("on side");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    let found = repo.api().adding_commits(&["a.md"]).unwrap();
    assert_eq!(by_following(&repo, "a.md"), Some(newer.clone()));
    assert_eq!(found["a.md"], newer);
    assert_ne!(older, newer);
}

use std::os::unix::fs::symlink;

use crate::repo::{HOSTILE, Repo};

#[test]
fn stored_bytes_are_what_a_commit_would_hold() {
    let repo = Repo::new();
    repo.write(".gitattributes", "*.txt text eol=crlf\n*.up filter=up\n*.bin -text\n");
    repo.git(&["config", "filter.up.clean", "tr a-z A-Z"]);
    repo.write("sub/a.txt", "one\r\ntwo\r\n");
    repo.write("b.up", "loud");
    repo.write("c.bin", b"\xff\x00\r\n");
    repo.write("empty", "");
    symlink("sub/a.txt", repo.dir.join("link")).unwrap();
    let paths = ["sub/a.txt", "b.up", "c.bin", "empty", "link"];
    let git = repo.api().in_dir(repo.dir.join("sub"));
    let stored = git.stored_bytes(&paths).unwrap();
    let expected: [&[u8]; 5] = [b"one\ntwo\n", b"LOUD", b"\xff\x00\r\n", b"", b"sub/a.txt"];
    for (path, bytes) in paths.iter().zip(expected) {
        assert_eq!(stored[*path], bytes, "{path}");
    }
    let commit = repo.commit("all");
    assert_eq!(git.files_at(&commit, &paths).unwrap(), stored, "the commit holds the same");
    assert!(git.files_at(&commit, &["gone"]).unwrap().is_empty());
}

#[test]
fn hostile_names_are_hashed_each_for_itself() {
    let repo = Repo::new();
    for name in HOSTILE {
        repo.write(name, format!("content of {name}"));
    }
    let stored = repo.api().stored_bytes(HOSTILE).unwrap();
    assert_eq!(stored.len(), HOSTILE.len());
    for (name, bytes) in stored {
        assert_eq!(bytes, format!("content of {name}").into_bytes());
    }
}

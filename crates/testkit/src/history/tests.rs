use std::collections::BTreeSet;

use tempfile::TempDir;

use super::*;

fn written(spec: &HistorySpec) -> TempDir {
    let dir = TempDir::new().expect("a temporary directory");
    spec.write(dir.path());
    dir
}

fn lines(dir: &TempDir, args: &[&str]) -> Vec<String> {
    git::text(dir.path(), args).lines().map(str::to_owned).collect()
}

#[test]
fn a_linear_history_has_its_commits_and_tags() {
    let dir = written(&HistorySpec::linear(300));
    assert_eq!(lines(&dir, &["rev-list", "HEAD"]).len(), 300);
    assert_eq!(lines(&dir, &["rev-list", "--merges", "HEAD"]).len(), 0);
    let tags = lines(&dir, &["tag", "--merged", "HEAD", "--format=%(objecttype)"]);
    assert_eq!(tags, vec!["tag"; 19]);
    let last = lines(&dir, &["describe", "--abbrev=0"]).concat();
    assert_eq!(lines(&dir, &["rev-list", &format!("{last}..HEAD")]).len(), 15);
    assert!(git::try_text(dir.path(), &["fsck", "--strict"]).is_some());
}

#[test]
fn the_same_seed_gives_the_same_hashes() {
    let spec = HistorySpec::diverged(400).wild();
    assert_eq!(spec.stream(), spec.stream());
    assert_ne!(spec.stream(), spec.clone().seed(2).stream());
}

#[test]
fn a_diverged_history_merges_and_tags_side_branches() {
    let dir = written(&HistorySpec::diverged(600).tags(40));
    let merges = lines(&dir, &["rev-list", "--merges", "--parents", "HEAD"]);
    assert!(merges.len() > 10, "{} merges", merges.len());
    assert!(merges.iter().any(|line| line.split(' ').count() > 3), "no octopus");
    let main: BTreeSet<_> =
        lines(&dir, &["rev-list", "--first-parent", "HEAD"]).into_iter().collect();
    let tagged = lines(
        &dir,
        &["tag", "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"],
    );
    assert_eq!(tagged.len(), 40);
    assert!(tagged.iter().any(|commit| !main.contains(commit)), "no tag on a side branch");
}

#[test]
fn a_wild_history_is_one_git_can_read() {
    let spec = HistorySpec::merged(800)
        .wild()
        .roots(3)
        .with(Extra::SeveralTags)
        .with(Extra::ObjectTags)
        .with(Extra::Checkout);
    let dir = written(&spec);
    assert_eq!(lines(&dir, &["rev-list", "--all"]).len(), 800);
    assert_eq!(lines(&dir, &["rev-list", "--max-parents=0", "HEAD"]).len(), 3);
    let log = git::output(dir.path(), &["log", "-z", "--raw", "--format=raw", "-M"], None).stdout;
    let raw = git::output(dir.path(), &["cat-file", "--batch-all-objects", "--batch"], None).stdout;
    for part in [
        b"encoding ISO-8859-1".as_slice(),
        b"caf\xe9",
        b"\xff\xfe",
        b"::error file=x",
        b":100644 100755",
        b" R100",
        b":160000 160000",
        b"BREAKING CHANGE",
        b"author  <nobody@example.com>",
        b"\r\n\r\nA body",
    ] {
        let has = |bytes: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        let found = has(&log) || has(&raw);
        assert!(found, "{} is missing", String::from_utf8_lossy(part));
    }
    let tags = lines(&dir, &["tag"]);
    assert!(tags.iter().any(|tag| tag.starts_with("nightly-")));
    assert!(tags.iter().any(|tag| tag.starts_with("rel-v")));
    assert!(!tags.iter().any(|tag| tag.starts_with("inner-")));
    assert!(
        lines(&dir, &["tag", "--format=%(object) %(type)"])
            .iter()
            .any(|line| line.ends_with(" tag"))
    );
    assert_eq!(git::text(dir.path(), &["status", "--porcelain"]), "");
}

#[test]
fn packages_have_tags_of_their_own() {
    for (style, middle) in [(TagStyle::At, "@"), (TagStyle::Slash, "/v")] {
        let dir = written(&HistorySpec::linear(100).packages(3).style(style));
        let tags = lines(&dir, &["tag"]);
        assert_eq!(tags.len(), 19);
        assert!(
            tags.iter().all(|tag| tag.starts_with("pkg-0") && tag.contains(middle)),
            "{tags:?}"
        );
    }
}

use launchway_github::Verification;

use super::*;

const BOT: (&str, &str) =
    ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com");
const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");
const JO: (&str, &str) = ("Jo", "jo@acme.test");

fn commit(sha: &str, parents: &[&str], author: (&str, &str), committer: (&str, &str)) -> Commit {
    let person = |(name, email): (&str, &str)| Person { name: name.into(), email: email.into() };
    Commit {
        sha: sha.into(),
        tree: format!("tree-{sha}"),
        parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
        message: format!("about {sha}\n"),
        author: person(author),
        committer: person(committer),
        url: String::new(),
        verification: Verification::default(),
    }
}

fn ours(sha: &str, parent: &str) -> Commit {
    let made = commit(sha, &[parent], JO, GITHUB);
    Commit { message: sign("Version Packages", &made.tree), ..made }
}

fn ahead(commits: Vec<Commit>) -> Ahead {
    Ahead { common: "base".into(), total: commits.len(), commits }
}

fn people(head: &str, commits: Vec<Commit>) -> Vec<String> {
    let ahead = ahead(commits);
    of_people(head, &ahead, "chore: release").into_iter().map(|it| it.sha.clone()).collect()
}

#[test]
fn the_trailer_stands_where_git_looks_for_trailers() {
    assert_eq!(sign("Version Packages", "t"), "Version Packages\n\nLaunchway-Tree: t");
    assert_eq!(sign("fix: x\n", "t"), "fix: x\n\nLaunchway-Tree: t", "one line is the subject");
    assert_eq!(
        sign("A\n\nSigned-off-by: Jo <jo@x>\n", "t"),
        "A\n\nSigned-off-by: Jo <jo@x>\nLaunchway-Tree: t"
    );
    assert_eq!(
        sign("A\n\nMore: to say\nof it", "t"),
        "A\n\nMore: to say\nof it\n\nLaunchway-Tree: t"
    );
}

#[test]
fn ours_is_ours_until_it_is_amended() {
    assert!(is_ours(&ours("a", "base")));
    assert_eq!(people("a", vec![ours("a", "base")]), [""; 0]);
    let amended = Commit {
        tree: "another".into(),
        committer: commit("x", &[], JO, JO).committer,
        ..ours("a", "base")
    };
    assert!(!is_ours(&amended));
    assert_eq!(people("a", vec![amended]), ["a"]);
}

#[test]
fn commits_on_top_are_peoples_unless_a_bot_made_them() {
    for (author, committer, is_persons) in [
        (JO, JO, true),
        (JO, GITHUB, true),
        (BOT, GITHUB, false),
        (BOT, BOT, false),
        (("\"github-actions[bot]\"", "\"x\""), ("\"github-actions[bot]\"", "\"x\""), false),
        (BOT, JO, true),
    ] {
        let found = people("b", vec![ours("a", "base"), commit("b", &["a"], author, committer)]);
        assert_eq!(!found.is_empty(), is_persons, "{author:?} {committer:?}");
    }
}

#[test]
fn a_merge_of_the_base_brings_nothing_but_one_of_another_branch_does() {
    let update = commit("m", &["a", "base2"], JO, GITHUB);
    assert_eq!(people("m", vec![ours("a", "base"), update]), [""; 0]);
    let topic = commit("t", &["base"], JO, JO);
    let merge = commit("m", &["a", "t"], JO, GITHUB);
    assert_eq!(people("m", vec![ours("a", "base"), topic, merge]), ["m", "t"]);
}

#[test]
fn branches_of_changesets_action_are_taken_over() {
    assert_eq!(people("a", vec![commit("a", &["base"], BOT, BOT)]), [""; 0]);
    // With a person's token GitHub makes the commit.
    let verification = Verification { verified: true, reason: "valid".into() };
    for (message, is_persons) in [
        ("Version Packages", false),
        ("Version Packages (beta)", false),
        ("chore: release", false),
        ("Update README.md", true),
    ] {
        let made = commit("a", &["base"], JO, GITHUB);
        let made = Commit { message: message.into(), verification: verification.clone(), ..made };
        assert_eq!(!people("a", vec![made]).is_empty(), is_persons, "{message}");
    }
}

#[test]
fn what_was_in_the_base_once_is_nobodys_here() {
    // The base was put back; our commit stands on one that is no longer in it.
    let thrown_away = commit("x", &["base"], JO, JO);
    assert_eq!(people("a", vec![thrown_away, ours("a", "x")]), [""; 0]);
}

#[test]
fn more_than_were_read_are_never_taken_for_ours() {
    let list =
        Ahead { common: "base".into(), total: 500, commits: vec![commit("x", &["base"], JO, JO)] };
    assert_eq!(of_people("unread", &list, "m").len(), 1);
}

#[test]
fn commits_are_named_in_one_line_without_control_characters() {
    let odd =
        Commit { message: "sub\u{1b}[31m\rject\nmore".into(), ..commit("0123456789", &[], JO, JO) };
    assert_eq!(describe(&[&odd]), "0123456 by Jo (sub[31mject)");
    assert!(describe(&[&odd; 9]).ends_with(", and 4 more"));
}

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::changeset::Changeset;
use crate::js::is_blank;
use crate::plan::PlannedRelease;

fn generator(options: &Value) -> GithubGenerator {
    let mut generator =
        GithubGenerator::new("https://g.test".to_owned(), "o/r".to_owned(), options);
    let author =
        |login: &str| Some(GithubAuthor { login: login.to_owned(), url: format!("u/{login}") });
    let pull = |number, merged: Option<&str>| GithubCommitPull {
        number,
        url: format!("p/{number}"),
        merged_at: merged.map(str::to_owned),
        author: author(&format!("opener{number}")),
    };
    generator.commits.insert(
        "aaaaaaaaaa".to_owned(),
        GithubCommit {
            url: "c/aaaaaaaaaa".to_owned(),
            author: author("writer"),
            pulls: vec![
                pull(1, None),
                pull(2, Some("2025-01-01T00:00:00Z")),
                pull(3, Some("2024-01-01T00:00:00Z")),
            ],
        },
    );
    generator.commits.insert(
        "bbbbbbbbbb".to_owned(),
        GithubCommit {
            url: "c/bbbbbbbbbb".to_owned(),
            author: author("writer"),
            pulls: Vec::new(),
        },
    );
    generator.pulls.insert(
        7,
        GithubPull {
            url: "p/7".to_owned(),
            author: author("seven"),
            merge_commit: Some(("0123456789".to_owned(), "c/0123456789".to_owned())),
        },
    );
    generator
}

fn line(options: &Value, summary: &str, commit: Option<&str>) -> Result<String, ChangesetError> {
    let changeset =
        Changeset { releases: Vec::new(), summary: summary.to_owned(), id: "x".to_owned() };
    let committed = CommittedChangeset { changeset: &changeset, commit: commit.map(str::to_owned) };
    generator(options).release_line(&committed, Bump::Patch)
}

#[test]
fn lines_link_pull_request_commit_and_author() {
    let first = "\n\n- [#3](p/3) [`aaaaaaa`](c/aaaaaaaaaa) Thanks [@opener3](u/opener3)! - Fix\n";
    for (summary, commit, wanted) in [
        ("Fix", Some("aaaaaaaaaa"), first),
        (
            "Fix",
            Some("bbbbbbbbbb"),
            "\n\n- [`bbbbbbb`](c/bbbbbbbbbb) Thanks [@writer](u/writer)! - Fix\n",
        ),
        ("Fix", Some("unknown"), "\n\n- Fix\n"),
        ("Fix", None, "\n\n- Fix\n"),
        ("commit: aaaaaaaaaa\nFix", None, first),
        (
            "pr: #007\nFix",
            Some("aaaaaaaaaa"),
            "\n\n- [#7](p/7) [`0123456`](c/0123456789) Thanks [@seven](u/seven)! - Fix\n",
        ),
        (
            "Pull  Request:7\ncommit: abcdefabcdef\nuser: @x\nAUTHOR: y\nFix",
            None,
            "\n\n- [#7](p/7) [`abcdefa`](https://g.test/o/r/commit/abcdefabcdef) Thanks [@x](https://g.test/x), [@y](https://g.test/y)! - Fix\n",
        ),
        ("pull: 99999999999999999999999\nFix", Some("aaaaaaaaaa"), "\n\n- Fix\n"),
        ("Fix\n\nmore  \n", None, "\n\n- Fix\n  \n  more"),
        ("Fix\r\n\r\npr: 8\r\nmore", None, "\n\n- Fix\n  more"),
    ] {
        assert_eq!(line(&Value::Null, summary, commit).unwrap(), wanted, "{summary:?}");
    }
}

#[test]
fn issues_become_links_unless_they_are_inside_one() {
    let generator = generator(&Value::Null);
    let link = |n: u32| format!("[#{n}](https://g.test/o/r/issues/{n})");
    for (text, wanted) in [
        ("see #12, (#3)".to_owned(), format!("see {}, ({})", link(12), link(3))),
        (
            "[#13](x) a#14 #015 #16a ##17".to_owned(),
            format!("[#13](x) a#14 #015 #16a #{}", link(17)),
        ),
        ("é#5".to_owned(), format!("é{}", link(5))),
        ("_#6 #7é".to_owned(), format!("_#6 {}é", link(7))),
        ("[a #8] (b)".to_owned(), format!("[a {}] (b)", link(8))),
    ] {
        assert_eq!(generator.link_issues(&text), wanted, "{text}");
    }
}

#[test]
fn options_shape_the_line() {
    let thanks = json!({ "disableThanks": true });
    assert_eq!(
        line(&thanks, "Fix", Some("aaaaaaaaaa")).unwrap(),
        "\n\n- [#3](p/3) [`aaaaaaa`](c/aaaaaaaaaa) - Fix\n"
    );
    let template = json!({ "template": "- {summary} {ref}|{pull}|{commit}|{authors}" });
    assert_eq!(
        line(&template, "Fix\nmore", Some("aaaaaaaaaa")).unwrap(),
        "- Fix ([#3](p/3))|[#3](p/3)|[`aaaaaaa`](c/aaaaaaaaaa)|[@opener3](u/opener3)\n  more"
    );
    let template = json!({ "template": "- {summary} {ref}" });
    assert_eq!(line(&template, "Fix {ref}", None).unwrap(), "- Fix {ref}\n");
    let error = line(&json!({ "template": "{sumary}" }), "Fix", None).unwrap_err();
    assert!(error.to_string().contains("`{sumary}`"), "{error}");
    let hint = launchway_base::Fault::hint(&error);
    assert_eq!(hint.as_deref(), Some("did you mean `{summary}`?"));
}

#[test]
fn dependencies_come_with_the_commits_behind_them() {
    let release = PlannedRelease {
        name: "b".to_owned(),
        bump: Bump::Minor,
        old_version: "1.0.0".to_owned(),
        changesets: Vec::new(),
        new_version: "1.1.0".to_owned(),
        reasons: Vec::new(),
    };
    let changeset =
        Changeset { releases: Vec::new(), summary: "Fix".to_owned(), id: "x".to_owned() };
    let committed = |commit: Option<&str>| CommittedChangeset {
        changeset: &changeset,
        commit: commit.map(str::to_owned),
    };
    let changesets = [Some("aaaaaaaaaa"), None, Some("cccccccccc")].map(committed);
    let request = DependencyRequest {
        release: &release,
        changesets: changesets.iter().collect(),
        dependencies: vec![&release],
    };
    assert_eq!(
        generator(&Value::Null).dependency_line(&request).unwrap(),
        "- Updated dependencies [[`aaaaaaa`](c/aaaaaaaaaa), `ccccccc`]:\n  - b@1.1.0"
    );
    let none =
        DependencyRequest { release: &release, changesets: Vec::new(), dependencies: Vec::new() };
    assert_eq!(generator(&Value::Null).dependency_line(&none).unwrap(), "");
}

/// What directives and issues are, by an engine that knows classes of Unicode.
static DEFINITIONS: LazyLock<[(&LazyLock<Regex>, regex::Regex); 4]> = LazyLock::new(|| {
    let (line, blank) = (r"(\A|[\n\r\u{2028}\u{2029}])", r"[[\s\u{feff}]--\u{85}]");
    let word = r"(?:[^\s\u{feff}]|\u{85})+";
    let any = r"[^\n\r\u{2028}\u{2029}]*?";
    let directive =
        |keyword: &str, value: &str| format!("{line}{blank}*(?i-u:{keyword}):{blank}*{value}");
    [
        (&PULL, directive(&format!("pr|pull|pull(?u-i:{blank})+request"), "#?([0-9]+)")),
        (&COMMIT, directive("commit", &format!("({word})"))),
        (&USER, directive("author|user", &format!("@?({word})"))),
        (&ISSUE, format!(r"\[{any}\]\({any}\)|#([1-9][0-9]*)(?-u:\b)")),
    ]
    .map(|(ours, pattern)| (ours, regex::Regex::new(&pattern).unwrap()))
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn directives_and_issues_are_those_of_the_definition(
        text in "(PR|pull request|pull|\u{a0}request|commit|auThor|user|ſ|K|:|@|#|#12|0|a|é|_|\\[|\\]|\\(|\\)|\n|\r|\u{2028}|\u{85}|\u{feff}|\u{3000}| |\t){0,16}"
    ) {
        for (ours, definition) in &*DEFINITIONS {
            let ours: Vec<_> = ours.captures_iter(&text)
                .map(|found| (1..found.len()).map(|i| found.get(i).map(|part| part.range())).collect::<Vec<_>>())
                .collect();
            let wanted: Vec<_> = definition.captures_iter(&text)
                .map(|found| (1..found.len()).map(|i| found.get(i).map(|part| part.range())).collect::<Vec<_>>())
                .collect();
            prop_assert_eq!(ours, wanted);
        }
    }
}

#[test]
fn every_blank_is_one_of_the_pattern() {
    let blank = Regex::new(&format!("^[{BLANKS}]$")).unwrap();
    for c in '\0'..='\u{ffff}' {
        assert_eq!(blank.is_match(&c.to_string()), is_blank(c), "{c:?}");
    }
}

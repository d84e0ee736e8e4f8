use git_cliff_core::commit::Commit;
use git_cliff_core::config::Config;
use launchway_base::Failure;
use proptest::prelude::*;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TextMergeStream};
use serde_json::{Value, json};

use super::{Dress, NAMES, dress, text};
use crate::history::read::Read;
use crate::home::Home;
use crate::model::{Release, Remotes};
use crate::process::process;
use crate::release_yml::ReleaseYml;
use crate::render::Scene;

fn config(name: &str) -> Config {
    text(name).expect("a preset").parse().expect("a configuration")
}

fn commit(number: usize, message: &str) -> Commit<'static> {
    let mut commit = Commit::new(format!("{number:040x}"), message.to_owned());
    commit.author.name = Some("Ann *Author*".to_owned());
    commit
}

fn release(version: Option<&str>, messages: &[&str]) -> Release {
    Release {
        version: version.map(str::to_owned),
        timestamp: version.map(|_| 1_700_000_000),
        commits: messages.iter().enumerate().map(|(at, message)| commit(at, message)).collect(),
        ..Release::default()
    }
}

/// The page of a preset for releases, the newest first.
fn page(name: &str, releases: &mut [Release], home: Option<&Home>) -> String {
    let config = config(name);
    let remotes = Remotes::new();
    for release in releases.iter_mut() {
        release.raw = release.commits.drain(..).map(Read::of).collect();
    }
    process(releases, &config.git, true)
        .map_err(|failure: Failure| failure.chain())
        .expect("processed");
    dress(releases, &Dress { home, release_yml: None, remotes: &remotes });
    Scene { releases, config: &config, remotes: &remotes }.changelog().expect("a page")
}

fn home() -> Home {
    Home::new("https://github.test", "acme", "shop").expect("a home")
}

/// Two blank lines or none before a heading are not good looks.
fn well_spaced(name: &str, page: &str) {
    assert!(!page.contains("\n\n\n"), "{name}: {page}");
    assert!(page.ends_with('\n') && !page.ends_with("\n\n"), "{name}: {page}");
    let lines: Vec<&str> = page.lines().collect();
    for pair in lines.windows(2) {
        let [before, line] = pair else { continue };
        let github = name == "github" && line.starts_with("##");
        assert!(!line.starts_with('#') || before.is_empty() || github, "{name}: {page}");
        assert_eq!(line.trim_end(), *line, "{name}: {page}");
    }
}

#[test]
fn every_name_is_a_valid_configuration() {
    for name in NAMES {
        assert!(!config(name).changelog.body.is_empty());
    }
    assert!(text("minimal").is_none());
}

#[test]
fn awkward_releases_are_well_spaced() {
    let all = [
        "feat(api)!: new",
        "fix: a\n\nBREAKING CHANGE: b\nmore\n\nand more",
        "docs: c",
        "plain",
        "",
    ];
    for name in NAMES {
        for messages in
            [&all[..], &["chore: only"], &["feat: one"], &["Merge branch 'x'"], &[], &all[3..]]
        {
            for version in [None, Some("v1.0.0-rc.1")] {
                for home in [None, Some(&home())] {
                    let mut releases = [release(version, messages)];
                    well_spaced(name, &page(name, &mut releases, home));
                    let mut releases = [release(version, messages), release(Some("v0.9.0"), &all)];
                    well_spaced(name, &page(name, &mut releases, home));
                }
            }
        }
    }
}

#[test]
fn keepachangelog_sorts_by_kind_of_change() {
    let mut releases = [release(
        Some("v1.0.0"),
        &[
            "feat(cart): a total (#3)",
            "Fix rounding",
            "Remove the <old> API",
            "feat!: prices in cents",
            "chore: tidy",
            "Merge branch 'main'",
            "@octocat was here",
        ],
    )];
    assert_eq!(
        page("keepachangelog", &mut releases, None).split_once("1.1.0/).\n").expect("a header").1,
        "\n## [1.0.0] - 2023-11-14\n\n\
        ### ⚠ Breaking changes\n\n- prices in cents\n\n\
        ### Added\n\n- **cart:** a total (#3)\n\n\
        ### Removed\n\n- Remove the \\<old> API\n\n\
        ### Fixed\n\n- Fix rounding\n\n\
        ### Other\n\n- `@octocat` was here\n"
    );
}

#[test]
fn github_without_pull_requests_lists_commits() {
    let home = home();
    let mut releases =
        [release(Some("v2"), &["feat!: a\n\nBREAKING CHANGE: b", "fix: c (#1)", ""])];
    releases[0].previous = Some(Box::new(release(Some("v1"), &[])));
    let zero = "0".repeat(39);
    assert_eq!(
        page("github", &mut releases, Some(&home)),
        format!(
            "## What's Changed\n\
            ### ⚠ Breaking Changes\n\
            * feat!: a by Ann \\*Author\\* in https://github.test/acme/shop/commit/{zero}0\n\n  b\n\
            ### Other Changes\n\
            * fix: c ([#1](https://github.test/acme/shop/issues/1)) by Ann \\*Author\\* in \
            https://github.test/acme/shop/commit/{zero}1\n\
            * `0000000` by Ann \\*Author\\* in https://github.test/acme/shop/commit/{zero}2\n\n\
            **Full Changelog**: https://github.test/acme/shop/compare/v1...v2\n"
        )
    );
}

fn pull(number: u64, title: &str, author: &str, label: &str, first: bool) -> Value {
    json!({
        "number": number, "title": title, "author": author, "labels": [label],
        "url": format!("https://github.test/acme/shop/pull/{number}"), "is_first_time": first,
    })
}

#[test]
fn github_lists_pull_requests_by_category() {
    let config = config("github");
    let (release_yml, _) = ReleaseYml::parse(
        "release.yml",
        "changelog:\n  exclude:\n    labels: [skip]\n  categories:\n  - title: New *things*\n    labels: [new]\n",
    )
    .expect("a file");
    let mut releases = [release(Some("v1"), &["feat: x"])];
    releases[0].extra = Some(json!({ "pull_requests": [
        pull(1, "Add <b> for @all", "ann", "new", true),
        pull(2, "Bump", "dependabot[bot]", "skip", true),
        pull(3, "Other", "bob", "bug", true),
        pull(4, "Ghost of #3", "", "new", true),
    ] }));
    let home = home();
    let remotes = Remotes::new();
    let with = Dress { home: Some(&home), release_yml: Some(&release_yml), remotes: &remotes };
    assert_eq!(dress(&mut releases, &with), [3]);
    let page = Scene { releases: &releases, config: &config, remotes: &remotes }.changelog();
    assert_eq!(
        page.expect("a page"),
        "## What's Changed\n\
        ### New \\*things\\*\n\
        * Add \\<b> for `@all` by @ann in https://github.test/acme/shop/pull/1\n\
        * Ghost of [#3](https://github.test/acme/shop/issues/3) in https://github.test/acme/shop/pull/4\n\n\
        ## New Contributors\n\
        * @ann made their first contribution in https://github.test/acme/shop/pull/1\n\
        * @bob made their first contribution in https://github.test/acme/shop/pull/3\n\n\
        **Full Changelog**: https://github.test/acme/shop/commits/v1\n"
    );
}

#[test]
fn changesets_stand_by_bump() {
    let mut releases = [release(Some("v1.1.0"), &["x"])];
    releases[0].extra = Some(json!({ "changesets": [
        { "type": "patch", "summary": "Fix *it*\n\n- <b>really</b>\n```", "commit": "0123456789" },
        { "type": "minor", "summary": "Add it" },
        { "type": "none", "summary": "never" },
    ] }));
    let page = page("changesets", &mut releases, None);
    assert_eq!(
        page,
        "# Changelog\n\n## 1.1.0\n\n### Minor Changes\n\n- Add it\n\n\
        ### Patch Changes\n\n- 0123456: Fix *it*\n\n  - &lt;b>really&lt;/b>\n  ```\n  ```\n"
    );
}

#[test]
fn detailed_shows_bodies_and_who() {
    let mut releases = [release(
        None,
        &[
            "fix(ui)!: a\n\nWhy:\n- one\n\nBREAKING CHANGE: b",
            "Plain: text\n\nBody\n\nSigned-off-by: A <a@b.test>",
        ],
    )];
    let page = page("detailed", &mut releases, Some(&home()));
    let url = "https://github.test/acme/shop/commit/000000000000000000000000000000000000000";
    assert_eq!(
        page,
        format!(
            "# Changelog\n\n## Unreleased\n\n### ⚠ Breaking changes\n\n\
            - **ui:** a ([`0000000`]({url}0)) by Ann \\*Author\\*\n\n  b\n\n  Why:\n  - one\n\n\
            ### Other\n\n\
            - Plain: text ([`0000000`]({url}1)) by Ann \\*Author\\*\n\n  Body\n\n\
            ### Contributors\n\n- Ann \\*Author\\*\n\n\
            **Full Changelog**: https://github.test/acme/shop/commits/HEAD\n"
        )
    );
}

/// Whether a reader of the page meets anything but text, lists, headings and links of ours.
fn acts(page: &str) -> Option<String> {
    let options = Options::ENABLE_GFM | Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let bad = Parser::new_ext(page, options).find(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) | Event::Rule | Event::FootnoteReference(_) => true,
        Event::Start(Tag::Link { dest_url, link_type, .. }) => {
            *link_type != LinkType::Autolink && !dest_url.starts_with("https://github.test/")
        }
        Event::Start(tag) => !matches!(
            tag,
            Tag::Paragraph | Tag::Heading { .. } | Tag::List(None) | Tag::Item | Tag::Strong
        ),
        _ => false,
    });
    bad.map(|event| format!("{event:?}"))
}

/// Whether somebody is mentioned outside code.
fn mentions(page: &str) -> bool {
    TextMergeStream::new(Parser::new_ext(page, Options::ENABLE_GFM)).any(|event| match event {
        Event::Text(text) => text
            .match_indices("@octocat")
            .any(|(at, _)| !text[..at].ends_with(|sign: char| sign.is_alphanumeric())),
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn hostile_messages_are_text(
        messages in proptest::collection::vec(
            "(feat|fix|x)?(\\((a|<b>|\\*)\\))?!?:? ?(<script>|@octocat|::error::x|##\\[error\\]|\n\n|\n|# |- |1\\. |\\[x\\]\\(javascript:y\\)|`|\\||\\*\\*|~~~|    |BREAKING CHANGE: |<!--|[a-z ]){0,10}",
            0..4,
        ),
        version in "v1\\.0(<b>|`|\\)|@a|\\||_){0,2}",
    ) {
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let home = home();
        for name in ["github", "conventional", "detailed"] {
            let mut releases = [release(Some(&version), &messages), release(None, &messages)];
            let text = page(name, &mut releases, Some(&home));
            prop_assert_eq!(acts(&text), None, "{}: {}", name, text);
            for line in text.lines() {
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{}", line);
            }
            prop_assert!(!text.contains("\n\n\n"), "{name}: {text:?}");
            prop_assert!(!mentions(&text), "{text}");
        }
    }
}

#[test]
fn merges_and_releases_are_left_out_and_nothing_like_them() {
    let hidden = [
        "Merge branch 'a' into b",
        "Merge pull request #3 from a/b\n\nTitle",
        "Merge remote-tracking branch 'o/x'",
        "Version Packages",
        "v1.2.3",
        "Release 1.2.3-rc.1\n\nnotes",
        "chore(release): 1.2.3",
        "bump version to 2.0.0",
    ];
    let shown = [
        "Merge branch pickers",
        "Merge pull requests faster",
        "Release notes in French",
        "1.2.3 is faster",
        "Version packages of others",
    ];
    for name in ["keepachangelog", "conventional", "github"] {
        for message in hidden {
            let text = page(name, &mut [release(Some("v1"), &[message])], None);
            assert!(
                text.contains("No notable changes") || text == "No changes.\n",
                "{message}: {text}"
            );
        }
        for message in shown {
            let text = page(name, &mut [release(Some("v1"), &[message])], None);
            assert!(text.contains(message), "{message}: {text}");
        }
    }
    let mut merge =
        release(Some("v1"), &["feat: with two parents", "feat!: with two parents, too"]);
    merge.commits.iter_mut().for_each(|commit| commit.merge_commit = true);
    let text = page("conventional", &mut [merge], None);
    assert!(!text.contains("Features") && text.contains("* with two parents, too"), "{text}");
}

#[test]
fn the_tag_of_a_scoped_package_is_one_name_that_is_found_again() {
    for name in ["keepachangelog", "conventional", "detailed"] {
        for home in [None, Some(&home())] {
            let tag = "@acme/app@4.0.0";
            let page = page(name, &mut [release(Some(tag), &["feat: windows"])], home);
            assert!(page.contains("`@acme/app@4.0.0`"), "{name}: {page}");
            let found = crate::guard::prepend::holds_version(&page, tag);
            assert!(found.is_some(), "{name}: {page}");
        }
    }
}

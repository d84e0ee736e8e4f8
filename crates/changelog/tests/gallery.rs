//! The samples of `docs/changelog-presets.md` are what the presets make of a small history.
//!
//! `UPDATE=1 cargo test -p launchway-changelog --test gallery` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};

use git_cliff_core::commit::Commit;
use git_cliff_core::config::Config;
use launchway_changelog::home::Home;
use launchway_changelog::model::{Release, Remotes};
use launchway_changelog::presets::{self, NAMES, prepare};
use launchway_changelog::process::process;
use launchway_changelog::render::Scene;
use launchway_testkit::repo::TestRepo;
use serde_json::{Value, json};

const RELEASE_YML: &str = "\
changelog:
  exclude:
    labels: [skip-notes]
  categories:
    - title: Breaking Changes 🛠
      labels: [breaking]
    - title: New 🎉
      labels: [enhancement]
    - title: Other Changes
      labels: ['*']
";

/// The history of the page: two releases and what came after.
fn story() -> TestRepo {
    let repo = TestRepo::new();
    let commit = |message: &str| {
        repo.write("log", message);
        repo.commit(message);
    };
    repo.write(".github/release.yml", RELEASE_YML);
    commit("feat: list the catalogue");
    commit("chore: set up the linter");
    repo.tag("v0.1.0");
    commit(
        "feat(cart): keep the cart between visits (#12)\n\nIt lives in a cookie:\n- signed\n- for 30 days",
    );
    commit("fix(api): answer `404` for unknown products (#14)");
    repo.branch("speed");
    commit("perf: read prices in one query");
    repo.switch("main");
    commit("Fix rounding of <b>large</b> sums, thanks @octocat");
    repo.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "--strategy=ours",
        "-m",
        "Merge branch 'speed'",
        "speed",
    ]);
    commit(
        "feat(api)!: prices in cents (#15)\n\n\
         BREAKING CHANGE: `price` is a whole number of cents; divide by 100 where you show it.",
    );
    repo.tag("v0.2.0");
    commit("docs: how to pay");
    commit("fix: empty carts can be closed");
    repo
}

/// What a preset makes of the story.
fn sample(repo: &TestRepo, name: &str) -> String {
    let config: Config = presets::text(name).unwrap().parse().unwrap();
    let mut releases = match name {
        "github" => vec![Release { extra: Some(pulls()), ..second(repo) }],
        "changesets" => vec![Release { extra: Some(changesets()), ..second(repo) }],
        _ => vec![
            release(repo, None, Some("v0.2.0")),
            second(repo),
            release(repo, Some("v0.1.0"), None),
        ],
    };
    let remotes = Remotes::new();
    process(&mut releases, &config.git).unwrap();
    let home = Home::new("https://github.com", "acme", "shop");
    let said = prepare(name, &mut releases, repo.path(), home.as_ref(), &remotes).unwrap();
    assert_eq!(said, Vec::<String>::new());
    Scene { releases: &releases, config: &config, remotes: &remotes }.changelog().unwrap()
}

fn second(repo: &TestRepo) -> Release {
    release(repo, Some("v0.2.0"), Some("v0.1.0"))
}

/// A release as it is in the repository.
fn release(repo: &TestRepo, tag: Option<&str>, previous: Option<&str>) -> Release {
    let range = match previous {
        Some(previous) => format!("{previous}..{}", tag.unwrap_or("HEAD")),
        None => tag.unwrap_or("HEAD").to_owned(),
    };
    let log = repo.git(&[
        "log",
        "--reverse",
        "--topo-order",
        "--format=%H%x00%P%x00%an%x00%B%x01",
        &range,
    ]);
    let commits = log.split('\u{1}').map(str::trim_start).filter(|text| !text.is_empty());
    let commits = commits.map(|text| {
        let [id, parents, author, message] =
            text.split('\0').collect::<Vec<_>>().try_into().unwrap();
        let mut commit = Commit::new(id.to_owned(), message.trim_end().to_owned());
        commit.merge_commit = parents.contains(' ');
        commit.author.name = Some(author.to_owned());
        commit
    });
    let time = |tag| repo.git(&["log", "-1", "--format=%ct", tag]).parse().unwrap();
    let named = |tag: &str| Release { version: Some(tag.to_owned()), ..Release::default() };
    Release {
        version: tag.map(str::to_owned),
        commits: commits.collect(),
        timestamp: tag.map(time),
        previous: previous.map(|tag| Box::new(named(tag))),
        ..Release::default()
    }
}

fn pulls() -> Value {
    let pull = |number: u32, title: &str, author: &str, labels: &[&str], first: bool| {
        json!({
            "number": number, "title": title, "author": author, "labels": labels,
            "url": format!("https://github.com/acme/shop/pull/{number}"), "is_first_time": first,
        })
    };
    json!({ "pull_requests": [
        pull(12, "Keep the cart between visits", "ada", &["enhancement"], false),
        pull(13, "Tidy", "ada", &["skip-notes"], false),
        pull(14, "Answer `404` for unknown products", "grace", &[], true),
        pull(15, "Prices in cents", "ada", &["enhancement", "breaking"], false),
    ] })
}

fn changesets() -> Value {
    let cents = "Prices are in cents.\n\nDivide by 100 where you show them.";
    json!({ "changesets": [
        { "type": "minor", "summary": cents, "commit": "7a6f4de1" },
        { "type": "patch", "summary": "Unknown products are answered with `404`.", "commit": "0c1d2e3f" },
    ] })
}

#[test]
fn the_page_shows_what_presets_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/changelog-presets.md");
    let page = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let repo = story();
    let mut new = page.clone();
    for name in NAMES {
        let text = sample(&repo, name);
        let begin = format!("<!-- sample: {name} -->\n");
        let (before, rest) = new.split_once(&begin).expect(name);
        let (_, after) = rest.split_once("<!-- end -->").expect(name);
        new = format!("{before}{begin}````md\n{}\n````\n<!-- end -->{after}", text.trim());
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PathBuf::from(&path), new).unwrap();
    } else {
        assert_eq!(page, new, "run with UPDATE=1 and look at what changed");
    }
}

//! The samples of `docs/changelog-presets.md` are what the program prints.
//!
//! `UPDATE=1 cargo test -p launchway-changelog --test gallery` writes them anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::path::{Path, PathBuf};

use launchway_changelog::presets::NAMES;
use launchway_testkit::command::Scrubbed;
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

fn program(repo: &TestRepo) -> Scrubbed {
    Scrubbed::new(env!("CARGO_BIN_EXE_launchway-changelog"))
        .dir(repo.path())
        .env("GITHUB_SERVER_URL", "https://github.com")
        .args(["--offline", "--github-repo", "acme/shop"])
}

/// What the program prints for a preset.
fn sample(repo: &TestRepo, name: &str) -> String {
    let program = program(repo);
    let finished = match name {
        "github" | "changesets" => {
            let context = program.clone().arg("--context").run().success();
            let mut releases: Vec<Value> = serde_json::from_str(&context.stdout).unwrap();
            releases.retain(|release| release["version"] == "v0.2.0");
            releases[0]["extra"] = if name == "github" { pulls() } else { changesets() };
            let context = serde_json::to_vec(&releases).unwrap();
            program.args(["--preset", name, "--from-context", "-"]).stdin(context).run()
        }
        _ => program.args(["--preset", name]).run(),
    };
    finished.success().stdout
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
fn the_page_shows_what_the_program_prints() {
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

//! The version pull request.

use launchway_testkit::TokenKind;
use launchway_testkit::runner::How;

use crate::shop::{PROGRAM, Shop, changeset, version_in};

pub(crate) const BRANCH: &str = "changeset-release/main";

#[test]
fn opens_updates_and_leaves_alone() {
    let shop = Shop::new(TokenKind::Actions);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A new thing."));
    let run = shop.run(&[("publish-script", "true")]).success();

    let pull = shop.handle.pull(1);
    assert_eq!((pull.title.as_str(), pull.base.as_str()), ("Version Packages", "main"));
    assert_eq!((pull.head.as_str(), pull.draft), (BRANCH, false));
    assert!(
        pull.body.contains("# Releases\n\n## @acme/core@1.1.0\n\n### Minor Changes\n\n- "),
        "{}",
        pull.body
    );
    assert!(pull.body.contains("A new thing.") && pull.body.contains("## @acme/app@1.0.1"));
    let commit = shop.handle.commit_at(BRANCH).unwrap();
    assert!(
        commit.message.starts_with("Version Packages\n\nLaunchway-Tree: "),
        "{}",
        commit.message
    );
    assert_eq!(commit.parents, [shop.repo.head()]);
    assert!(commit.verified, "GitHub signs it");
    assert_eq!(shop.handle.file_at(BRANCH, ".changeset/one.md"), None);
    assert!(shop.handle.file_at(BRANCH, "packages/core/package.json").unwrap().contains("1.1.0"));
    assert!(
        shop.handle
            .file_at(BRANCH, "packages/app/package.json")
            .unwrap()
            .contains("\"@acme/core\": \"1.1.0\"")
    );
    assert_eq!(
        version_in(shop.repo.path(), "packages/core/package.json"),
        "1.1.0",
        "the checkout stays versioned"
    );

    assert_eq!(run.output("published"), "false");
    assert_eq!(run.output("published-packages"), "[]");
    for name in ["has-changesets", "hasChangesets"] {
        assert_eq!(run.output(name), "true");
    }
    for name in ["pr-number", "pullRequestNumber"] {
        assert_eq!(run.output(name), "1");
    }
    assert_eq!(run.output_json("plan")["mode"], "version");
    assert!(
        run.summary.contains("@acme/core") && run.summary.contains("```mermaid"),
        "{}",
        run.summary
    );
    assert!(run.summary.contains("Checks on it wait for approval"));
    assert!(run.summary.contains("patch because dependency"), "{}", run.summary);

    // The same again: nothing is written.
    shop.fresh_checkout();
    shop.github.forget_requests();
    let again = shop.run(&[("publish-script", "true")]).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert_eq!(again.output("pr-number"), "1");
    assert_eq!(shop.handle.pull(1).edits, 0);

    // Another changeset arrives: one commit, one edit, words around the body stay.
    shop.fresh_checkout();
    shop.changeset("two", &changeset(&[("@acme/core", "major")], "Everything is new."));
    shop.github.forget_requests();
    shop.run(&[("publish-script", "true")]).success();
    let pull = shop.handle.pull(1);
    assert!(pull.body.contains("## @acme/core@2.0.0") && pull.body.contains("Everything is new."));
    assert_eq!(shop.handle.pulls().len(), 1);
    let commit = shop.handle.commit_at(BRANCH).unwrap();
    assert_eq!(commit.parents, [shop.repo.head()], "always one commit on the run's commit");
    let count = |needle: &str| {
        shop.github.write_lines().iter().filter(|line| line.contains(needle)).count()
    };
    assert_eq!((count("/git/commits"), count("updateRefs"), count("/pulls/1")), (1, 1, 1));
}

#[test]
fn a_personal_token_gets_a_signed_commit_and_the_pull_request_stays_open() {
    let shop = Shop::new(TokenKind::Personal);
    shop.changeset("one", &changeset(&[("@acme/core", "patch")], "Fix."));
    let run = shop.run(&[]).success();
    assert!(shop.handle.commit_at(BRANCH).unwrap().verified);
    assert!(!run.summary.contains("wait for approval"));
    shop.fresh_checkout().changeset("two", &changeset(&[("@acme/core", "minor")], "More."));
    shop.run(&[]).success();
    let commit = shop.handle.commit_at(BRANCH).unwrap();
    assert!(commit.verified);
    assert_eq!(commit.parents, [shop.repo.head()]);
    assert_eq!(shop.handle.pull(1).state, "open");
    assert_eq!(shop.handle.branches(), [BRANCH, "main"], "nothing is left beside it");
}

#[test]
fn file_modes_are_kept_for_every_token() {
    for kind in [TokenKind::Actions, TokenKind::App, TokenKind::Personal] {
        let shop = Shop::new(kind);
        shop.changeset("one", &changeset(&[("@acme/core", "patch")], "Fix."));
        let script = shop.script(
            "set -e\nrm .changeset/one.md\nsed -i s/1.0.0/1.0.1/ packages/core/package.json\nprintf '#!/bin/sh\\n' > run.sh\nchmod +x run.sh\nln -s run.sh link\nprintf '\\377\\000\\001' > data.bin\nrm package-lock.json\nprintf '{\"a\":1}' > package-lock.json\n",
        );
        let run = shop.run(&[("version-script", &script)]).success();
        let modes: Vec<_> = ["run.sh", "link", "data.bin", "packages/core/package.json"]
            .iter()
            .map(|path| shop.handle.mode_at(BRANCH, path).unwrap_or_default())
            .collect();
        assert_eq!(modes, ["100755", "120000", "100644", "100644"], "{kind:?}");
        assert_eq!(shop.handle.file_at(BRANCH, "link").as_deref(), Some("run.sh"));
        let warned = run.messages("warning").iter().any(|text| text.contains("not signed"));
        assert_eq!(warned, kind == TokenKind::Personal, "{:?}", run.messages("warning"));
        assert!(
            run.summary.contains("by `version-script`") || run.summary.contains("version-script")
        );
    }
}

#[test]
fn much_and_long_content_arrives_whole() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "patch")], "Fix."));
    let script = shop.script(
        "set -e\nrm .changeset/one.md\nmkdir many\nfor i in $(seq 1 1200); do echo $i > many/$i; done\nyes 'a line' | head -c 3000000 > long.txt\nyes \"\\\"\" | head -c 1200000 > quotes.txt\nprintf 'a\\r\\nb' > crlf.txt\n",
    );
    let _ = shop.run(&[("version-script", &script)]).success();
    assert_eq!(shop.handle.file_at(BRANCH, "long.txt").unwrap(), shop.repo.read("long.txt"));
    assert_eq!(shop.handle.file_at(BRANCH, "quotes.txt").unwrap(), shop.repo.read("quotes.txt"));
    assert_eq!(shop.handle.file_at(BRANCH, "crlf.txt").unwrap(), "a\r\nb");
    assert_eq!(
        shop.handle.files_at(BRANCH).iter().filter(|path| path.starts_with("many/")).count(),
        1200
    );
    let sizes: Vec<_> = shop
        .github
        .writes()
        .iter()
        .filter(|w| w.path.ends_with("/git/trees"))
        .map(|w| w.body.len())
        .collect();
    assert!(sizes.len() > 1 && sizes.iter().all(|size| *size < 2_000_000), "{sizes:?}");
    assert_eq!(
        shop.handle.history(BRANCH).len(),
        shop.handle.history("main").len() + 1,
        "one commit"
    );
}

#[test]
fn a_checkout_of_one_commit_is_enough() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let adding = shop.repo.head();
    shop.changeset("two", &changeset(&[("@acme/core", "patch")], "B."));
    let shallow = shop.repo.path().parent().unwrap().join("shallow");
    let url = format!("file://{}", shop.handle.path().display());
    shop.repo.git(&["clone", "--quiet", "--depth=1", &url, &shallow.to_string_lossy()]);
    let runner = launchway_testkit::FakeRunner::new(&shallow).api_url(shop.github.url());
    let _ = shop.run_on(&runner, &[]).success();
    let commit = shop.handle.commit_at(BRANCH).unwrap();
    assert_eq!(commit.parents, [shop.repo.head()]);
    assert!(
        shop.handle.pull(1).body.contains(&format!("- {}: A.", &adding[..7])),
        "{}",
        shop.handle.pull(1).body
    );
}

#[test]
fn git_pushes_when_asked_to() {
    let shop = Shop::new(TokenKind::Actions);
    shop.changeset("one", &changeset(&[("@acme/core", "patch")], "Fix."));
    let run = shop
        .run(&[("commitMode", "git-cli"), ("commit", "chore: release"), ("title", "Release")])
        .success();
    let commit = shop.handle.commit_at(BRANCH).unwrap();
    assert!(commit.message.starts_with("chore: release\n\nLaunchway-Tree: "), "{}", commit.message);
    assert_eq!(shop.handle.pull(1).title, "Release");
    let warnings = run.messages("warning").join("\n");
    for (old, new) in [("commit", "commit-message"), ("title", "pr-title")] {
        assert!(
            warnings.contains(&format!("`{old}`")) && warnings.contains(&format!("`{new}`")),
            "{warnings}"
        );
    }
    assert!(warnings.contains("push-with-git-cli: true"));
    let lines = shop.github.write_lines();
    assert!(!lines.iter().any(|line| line.contains("/git/")), "{lines:?}");
    // The same again changes nothing.
    shop.fresh_checkout();
    let before = shop.handle.sha(BRANCH);
    shop.run(&[
        ("push-with-git-cli", "true"),
        ("commit-message", "chore: release"),
        ("pr-title", "Release"),
    ])
    .success();
    assert_eq!(shop.handle.sha(BRANCH), before);
}

#[test]
fn pre_mode_is_in_title_commit_and_body() {
    let shop = Shop::new(TokenKind::App);
    shop.repo.write(".changeset/pre.json", "{\n  \"mode\": \"pre\",\n  \"tag\": \"beta\"\n}\n");
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "Soon."));
    shop.run(&[]).success();
    let pull = shop.handle.pull(1);
    assert_eq!(pull.title, "Version Packages (beta)");
    assert!(
        pull.body.contains("**pre mode** (`beta`)")
            && pull.body.contains("## @acme/core@1.1.0-beta.0")
    );
    let message = shop.handle.commit_at(BRANCH).unwrap().message;
    assert_eq!(message.lines().next(), Some("Version Packages (beta)"));
    assert!(shop.handle.file_at(BRANCH, ".changeset/pre/one.md").is_some());
}

#[test]
fn drafts_are_made_once_or_always() {
    for (given, after_update) in [("create", false), ("always", true)] {
        let shop = Shop::new(TokenKind::App);
        shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
        shop.run(&[("pr-draft", given)]).success();
        assert!(shop.handle.pull(1).draft);
        shop.ready(1);
        shop.fresh_checkout().changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
        shop.run(&[("pr-draft", given)]).success();
        assert_eq!(shop.handle.pull(1).draft, after_update, "{given}");
    }
}

#[test]
fn hand_written_words_around_the_body_stay() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    shop.run(&[]).success();
    let body = format!("Hold until Monday!\n\n{}\n\ncc the team", shop.handle.pull(1).body);
    shop.edit_body(1, &body);
    shop.fresh_checkout().changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
    shop.run(&[]).success();
    let body = shop.handle.pull(1).body;
    assert!(
        body.starts_with("Hold until Monday!\n")
            && body.ends_with("\n\ncc the team")
            && body.contains("B.")
    );
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let head = shop.repo.head();
    let run = shop
        .run(&[("dry-run", "true"), ("version-script", "false"), ("publish-script", "false")])
        .success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert_eq!((shop.repo.status().as_str(), shop.repo.head()), ("", head));
    let plan = run.output_json("plan");
    assert_eq!(plan["branch"], BRANCH);
    assert_eq!(plan["releases"][0]["newVersion"], "1.1.0");
    assert!(plan["releases"][0]["reasons"][0].as_str().unwrap().contains("one"));
    assert!(run.log.contains("\"mode\":\"version\"") && run.summary.contains("dry run"));
}

#[test]
fn a_dry_run_works_in_a_shell() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let run = launchway_testkit::Scrubbed::new(PROGRAM)
        .args(["run", "--dry-run"])
        .dir(shop.repo.path())
        .run()
        .success();
    assert!(run.stdout.contains("@acme/core: 1.0.0 → 1.1.0"), "{}", run.all());
    assert!(run.stdout.contains("changeset-release/main"));
}

#[test]
fn a_run_that_was_overtaken_leaves_the_branch() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let old = shop.repo.head();
    shop.changeset("two", &changeset(&[("@acme/core", "minor")], "B."));
    shop.run(&[]).success();
    let (head, body) = (shop.handle.sha(BRANCH), shop.handle.pull(1).body);
    shop.fresh_checkout();
    shop.repo.git(&["checkout", "-q", "--detach", &old]);
    let run = shop.run(&[]).success();
    assert_eq!((shop.handle.sha(BRANCH), shop.handle.pull(1).body), (head, body));
    assert!(run.messages("notice").iter().any(|text| text.contains("newer commit")));
}

#[test]
fn another_base_branch_and_directory() {
    let shop = Shop::with(
        TokenKind::App,
        &[
            ("README.md", "x\n"),
            ("js/package.json", "{\n  \"name\": \"tool\",\n  \"version\": \"1.0.0\"\n}\n"),
            ("js/.changeset/config.json", "{}\n"),
            ("js/.changeset/one.md", &changeset(&[("tool", "minor")], "A.")),
        ],
    );
    shop.handle.commit("next", "start", &[("x", Some("x"))]);
    shop.run(&[("cwd", "js"), ("branch", "next")]).success();
    let pull = shop.handle.pull(1);
    assert_eq!((pull.head.as_str(), pull.base.as_str()), ("changeset-release/next", "next"));
    assert!(
        shop.handle.file_at("changeset-release/next", "js/CHANGELOG.md").unwrap().contains("A.")
    );
}

#[test]
fn only_empty_changesets_count_as_none() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("empty", "---\n---\n");
    let run = shop.run(&[]).success();
    assert_eq!(run.output("has-changesets"), "true");
    assert!(run.log.contains("all changesets are empty (empty)"), "{}", run.log);
    assert_eq!(shop.handle.pulls(), []);
    let script = shop.script("echo ran > ran\n");
    shop.run(&[("publish-script", &script)]).success();
    assert!(shop.repo.exists("ran"));
}

#[test]
fn inputs_arrive_as_flags_and_as_variables_too() {
    for how in [How::Flags, How::Input] {
        let shop = Shop::new(TokenKind::App);
        shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
        let inputs = [("github-token", shop.token.as_str()), ("pr-title", "Release it")];
        shop.runner().run_program(PROGRAM, &["run"], how, &inputs).success();
        assert_eq!(shop.handle.pull(1).title, "Release it");
    }
}

impl Shop {
    fn ready(&self, number: u64) {
        let id = self.node_id(number);
        let query = format!(
            "{{\"query\":\"mutation {{ markPullRequestReadyForReview(input: {{pullRequestId: \\\"{id}\\\"}}) {{ pullRequest {{ id }} }} }}\"}}"
        );
        self.post("POST", "/graphql", &query);
        assert!(!self.handle.pull(number).draft);
    }

    pub(crate) fn edit_body(&self, number: u64, body: &str) {
        let json = serde_json::json!({ "body": body }).to_string();
        self.post("PATCH", &format!("/repos/acme/shop/pulls/{number}"), &json);
    }

    pub(crate) fn node_id(&self, number: u64) -> String {
        let answer = self.post("GET", &format!("/repos/acme/shop/pulls/{number}"), "");
        answer["node_id"].as_str().unwrap().to_owned()
    }

    /// A request as a person would make it.
    pub(crate) fn post(&self, method: &str, path: &str, body: &str) -> serde_json::Value {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.github.host()).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\naccept: application/vnd.github+json\r\nuser-agent: test\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.github.host(),
            self.token,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let start = answer.find("\r\n\r\n").unwrap();
        serde_json::from_str(answer[start..].trim()).unwrap_or_default()
    }
}

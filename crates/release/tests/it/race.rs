//! Two runs at once, and runs that were overtaken.

use std::time::Duration;

use launchway_testkit::github::FULL;
use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, Fault, FaultRule, StepRun, TestRepo, TokenKind};

use crate::shop::{PROGRAM, Shop, changeset};
use crate::version::BRANCH;

/// Where the requests of one run may be held up: method, path, what the body holds.
const PLACES: &[(&str, &str, &str)] = &[
    ("GET", "*/git/ref/heads/changeset-release/main", ""),
    ("POST", "*/git/trees", ""),
    ("POST", "*/git/commits", ""),
    ("POST", "/graphql", "repository(owner"),
    ("POST", "/graphql", "updateRefs"),
    ("GET", "*/pulls", ""),
    ("POST", "*/pulls", ""),
    ("PATCH", "*/pulls/1", ""),
];

/// One pair of runs: of which commits, and what is slow for which of them.
struct Pair {
    name: String,
    /// Whether both are for the same commit; else the first is for the older one.
    same: bool,
    /// Whether there is a branch with its pull request already.
    there: bool,
    kind: TokenKind,
    /// Which run (0 or 1), index into `PLACES`, milliseconds.
    slow: Vec<(usize, usize, u64)>,
}

/// A small generator: the same pairs on each machine.
fn pairs(count: usize) -> Vec<Pair> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    (0..count)
        .map(|index| {
            let slow = (0..3)
                .map(|_| {
                    let run = usize::try_from(next(2)).unwrap();
                    let place = usize::try_from(next(PLACES.len() as u64)).unwrap();
                    (run, place, 40 + next(260))
                })
                .collect();
            let kind = match index % 3 {
                0 => TokenKind::App,
                1 => TokenKind::Actions,
                _ => TokenKind::Personal,
            };
            Pair {
                name: format!("pair {index}"),
                same: index % 4 == 3,
                there: index % 2 == 1,
                kind,
                slow,
            }
        })
        .collect()
}

struct Runs {
    shop: Shop,
    older: TestRepo,
    tokens: [String; 2],
}

impl Runs {
    /// Two checkouts of one repository, of an older and a newer commit or both of the newer.
    fn new(pair: &Pair) -> Self {
        let shop = Shop::new(pair.kind);
        shop.changeset("one", &changeset(&[("@acme/core", "minor")], "The first."));
        if pair.there {
            shop.run(&[]).success();
            shop.fresh_checkout();
            shop.changeset("again", &changeset(&[("@acme/core", "patch")], "Again."));
        }
        let old = shop.repo.head();
        if !pair.same {
            shop.changeset("two", &changeset(&[("@acme/core", "major")], "The second."));
        }
        let older = TestRepo::clone_of(shop.handle.path());
        older.git(&["reset", "-q", "--hard", &old]);
        let other = format!("{}other", shop.token);
        shop.github.add_token(&other, pair.kind, FULL);
        let tokens = [other, shop.token.clone()];
        for (run, place, wait) in &pair.slow {
            let (method, path, body) = PLACES[*place];
            let fault = Fault::Slow(Duration::from_millis(*wait));
            shop.github.fail(
                FaultRule::new(fault)
                    .method(method)
                    .path(path)
                    .body_contains(body)
                    .token(&tokens[*run]),
            );
        }
        Self { shop, older, tokens }
    }

    /// Both at once; the older first.
    fn run(&self, inputs: &[(&str, &str)]) -> [StepRun; 2] {
        let url = self.shop.github.url();
        let run = |dir: &std::path::Path, id: &str, token: &str| {
            let runner = FakeRunner::new(dir).api_url(url).env("GITHUB_RUN_ID", id);
            let mut all = vec![("github-token", token)];
            all.extend_from_slice(inputs);
            runner.run_program(PROGRAM, &["run"], How::Json, &all)
        };
        let [one, two] = &self.tokens;
        let (older, newer) = (self.older.path().to_owned(), self.shop.repo.path().to_owned());
        std::thread::scope(|scope| {
            let first = scope.spawn(|| run(&older, "101", one));
            let second = scope.spawn(|| run(&newer, "102", two));
            [first.join().unwrap(), second.join().unwrap()]
        })
    }
}

/// The one right state for what `main` is.
fn holds(shop: &Shop, context: &str) {
    let head = shop.handle.sha("main").unwrap();
    let commit = shop.handle.commit_at(BRANCH);
    assert!(commit.is_some(), "{context}: no branch");
    let commit = commit.unwrap();
    assert_eq!(commit.parents, [head], "{context}: one commit on the newest");
    let pulls = shop.handle.pulls();
    assert_eq!(pulls.len(), 1, "{context}: one pull request");
    assert_eq!(pulls[0].state, "open", "{context}");
    let pending: Vec<String> = shop.handle.files_at("main");
    for (id, said) in [("one", "The first."), ("again", "Again."), ("two", "The second.")] {
        let path = format!(".changeset/{id}.md");
        let expected = pending.contains(&path);
        assert_eq!(pulls[0].body.contains(said), expected, "{context}: {id} in\n{}", pulls[0].body);
        assert_eq!(shop.handle.file_at(BRANCH, &path), None, "{context}");
        let changelog = shop.handle.file_at(BRANCH, "packages/core/CHANGELOG.md").unwrap();
        assert_eq!(changelog.contains(said), expected, "{context}: {id} in\n{changelog}");
    }
    let branches = shop.handle.branches();
    assert_eq!(branches, [BRANCH, "main"], "{context}: nothing is left beside it");
}

fn ends_right(pair: &Pair, inputs: &[(&str, &str)]) {
    let runs = Runs::new(pair);
    let done = runs.run(inputs);
    let said = format!(
        "{} same={} there={} {:?} {:?}\n{}\n-----\n{}\n",
        pair.name, pair.same, pair.there, pair.kind, pair.slow, done[0].log, done[1].log
    );
    for run in &done {
        assert_eq!(run.exit_code, 0, "{said}");
        assert!(runs.tokens.iter().all(|token| !run.log.contains(token)));
        assert_eq!(run.output("pr-number"), "1", "{said}");
    }
    holds(&runs.shop, &said);
}

#[test]
fn ten_pairs_of_runs_end_with_one_right_pull_request() {
    pairs(20).iter().take(10).for_each(|pair| ends_right(pair, &[]));
}

#[test]
fn ten_more_pairs_of_runs_end_with_one_right_pull_request() {
    pairs(20).iter().skip(10).for_each(|pair| ends_right(pair, &[]));
}

#[test]
fn git_pushes_with_a_lease() {
    pairs(8).iter().step_by(2).for_each(|pair| ends_right(pair, &[("push-with-git-cli", "true")]));
}

fn pending() -> Shop {
    let shop = Shop::new(TokenKind::App);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "The first."));
    shop
}

/// Runs while something happens as soon as the run is at a request that is slow.
fn run_while(
    shop: &Shop,
    slow: FaultRule,
    inputs: &[(&str, &str)],
    then: impl FnOnce(),
) -> StepRun {
    shop.github.fail(slow);
    let runner = shop.runner();
    let (token, count) = (shop.token.clone(), shop.github.requests().len());
    std::thread::scope(|scope| {
        let run = scope.spawn(move || {
            let mut all = vec![("github-token", token.as_str())];
            all.extend_from_slice(inputs);
            runner.run_program(PROGRAM, &["run"], How::Json, &all)
        });
        // By then it has asked whose token it is, and looked at the version branch.
        while shop.github.requests().len() < count + 2 && !run.is_finished() {
            std::thread::sleep(Duration::from_millis(2));
        }
        then();
        run.join().unwrap()
    })
}

fn slow(method: &str, path: &str) -> FaultRule {
    FaultRule::new(Fault::Slow(Duration::from_millis(600))).method(method).path(path)
}

#[test]
fn a_base_that_moves_meanwhile_makes_the_run_start_over() {
    for inputs in [&[][..], &[("push-with-git-cli", "true")]] {
        let shop = pending();
        let path = if inputs.is_empty() { "*/git/trees" } else { "/graphql" };
        let two = changeset(&[("@acme/core", "major")], "The second.");
        let run = run_while(
            &shop,
            slow("POST", path).nth(if inputs.is_empty() { 1 } else { 2 }),
            inputs,
            || {
                shop.handle.commit(
                    "main",
                    "two",
                    &[(".changeset/two.md", Some(&two)), ("README.md", Some("x"))],
                );
            },
        )
        .success();
        assert!(
            run.messages("notice").iter().any(|text| text.contains("starts over")),
            "{}",
            run.log
        );
        holds(&shop, &run.log);
        assert_eq!(run.output_json("plan")["releases"][0]["newVersion"], "2.0.0");
        assert!(shop.repo.exists("README.md"), "the checkout is at the newer commit");
        assert_eq!(shop.repo.head() == shop.handle.sha("main").unwrap(), inputs.is_empty());
    }
}

#[test]
fn what_cannot_start_over_is_superseded() {
    let shop = pending();
    let script = shop
        .script("set -e\nrm .changeset/one.md\nsed -i s/1.0.0/1.0.1/ packages/core/package.json\n");
    let run = run_while(&shop, slow("POST", "*/git/trees"), &[("version-script", &script)], || {
        shop.handle.commit("main", "two", &[("README.md", Some("x"))]);
    })
    .success();
    assert_eq!((shop.handle.sha(BRANCH), shop.handle.pulls().len()), (None, 0), "{}", run.log);
    assert!(
        run.summary.contains("Superseded") && run.summary.contains("version-script"),
        "{}",
        run.summary
    );
    assert_eq!(run.output("pr-number"), "");
    // The newer run does it.
    shop.fresh_checkout();
    shop.run(&[]).success();
    holds(&shop, "");
}

#[test]
fn nothing_is_published_by_a_run_whose_base_moved_on_to_the_release() {
    let shop = pending();
    let run = run_while(
        &shop,
        slow("POST", "*/git/trees"),
        &[("publish-script", "touch published")],
        || {
            shop.handle.commit("main", "released by hand", &[(".changeset/one.md", None)]);
        },
    )
    .success();
    assert!(!shop.repo.exists("published"), "{}", run.log);
    assert_eq!((shop.handle.sha(BRANCH), shop.handle.pulls().len()), (None, 0));
    assert!(run.log.contains("superseded"), "{}", run.log);
}

#[test]
fn a_superseded_run_names_the_pull_request_and_is_green() {
    let shop = pending();
    let old = shop.repo.head();
    shop.changeset("two", &changeset(&[("@acme/core", "major")], "The second."));
    shop.run(&[]).success();
    shop.fresh_checkout();
    shop.repo.git(&["checkout", "-q", "--detach", &old]);
    shop.github.forget_requests();
    let run = shop.run(&[]).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert_eq!(run.output("pr-number"), "1");
    assert!(run.summary.contains("Superseded") && run.summary.contains("#1"), "{}", run.summary);
    assert!(!run.summary.contains("What happens next"), "{}", run.summary);
    holds(&shop, &run.log);
}

#[test]
fn a_text_written_late_over_that_of_a_newer_run_is_put_right() {
    let pair = Pair {
        name: String::new(),
        same: false,
        there: true,
        kind: TokenKind::App,
        slow: vec![(0, 7, 1200), (1, 4, 300)],
    };
    let runs = Runs::new(&pair);
    let done = runs.run(&[]);
    holds(&runs.shop, &format!("{}\n-----\n{}", done[0].log, done[1].log));
    assert_eq!((done[0].exit_code, done[1].exit_code), (0, 0));
    assert!(done[0].log.contains("starts over"), "{}", done[0].log);
}

#[test]
fn a_server_without_update_refs_is_served_too() {
    let shop = pending();
    let body = serde_json::json!({
        "errors": [{ "message": "Field 'updateRefs' doesn't exist on type 'Mutation'", "path": ["mutation", "updateRefs"], "extensions": { "code": "undefinedField" } }]
    });
    let rule =
        || FaultRule::new(Fault::Status(200, Vec::new(), body.clone())).body_contains("updateRefs");
    shop.github.fail(rule().always());
    for id in ["two", "three"] {
        let run = shop.run(&[]).success();
        assert!(
            run.messages("notice").iter().any(|text| text.contains("updateRefs")),
            "{}",
            run.log
        );
        assert_eq!(shop.handle.commit_at(BRANCH).unwrap().parents, [shop.repo.head()]);
        shop.fresh_checkout();
        shop.changeset(id, &changeset(&[("@acme/app", "patch")], "More."));
    }
}

#[test]
fn lost_answers_and_lies_about_the_branch_are_seen_through() {
    for fault in [Fault::CommitThenCut, Fault::CommitThenFail, Fault::LieOk] {
        let shop = pending();
        shop.github.fail(FaultRule::new(fault.clone()).body_contains("updateRefs"));
        let run = shop.run(&[]).success();
        holds(&shop, &format!("{fault:?}\n{}", run.log));
    }
    // Refused for good it is red, and nothing is promised.
    let shop = pending();
    let body = serde_json::json!({ "data": { "updateRefs": null }, "errors": [{ "type": "FORBIDDEN", "message": "Resource not accessible by integration" }] });
    shop.github.fail(
        FaultRule::new(Fault::Status(200, Vec::new(), body)).body_contains("updateRefs").always(),
    );
    shop.run(&[]).exits(3);
    assert_eq!((shop.handle.sha(BRANCH), shop.handle.pulls().len()), (None, 0));
    // A branch that is always moved away is given up on.
    let shop = pending();
    shop.github.fail(FaultRule::new(Fault::LieOk).body_contains("updateRefs").always());
    let run = shop.run(&[]).exits(3);
    assert!(run.messages("error")[0].contains("5 times"), "{}", run.log);
}

#[test]
fn requests_do_not_grow_with_packages() {
    let counts: Vec<usize> = [10, 200]
        .into_iter()
        .map(|count| {
            let mut files = vec![
                (
                    "package.json".to_owned(),
                    "{\"name\":\"root\",\"private\":true,\"workspaces\":[\"packages/*\"]}\n"
                        .to_owned(),
                ),
                (".changeset/config.json".to_owned(), "{}\n".to_owned()),
                ("package-lock.json".to_owned(), "{}\n".to_owned()),
            ];
            let mut releases = Vec::new();
            for n in 0..count {
                files.push((
                    format!("packages/p{n}/package.json"),
                    format!("{{\"name\":\"p{n}\",\"version\":\"1.0.0\"}}\n"),
                ));
                releases.push((format!("p{n}"), "minor"));
            }
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let shop = Shop::with(TokenKind::App, &files);
            let releases: Vec<(&str, &str)> =
                releases.iter().map(|(name, bump)| (name.as_str(), *bump)).collect();
            shop.changeset("one", &changeset(&releases, "All."));
            shop.run(&[]).success();
            let first = shop.github.requests().len();
            assert_eq!(shop.handle.pulls().len(), 1);
            shop.fresh_checkout();
            shop.changeset("two", &changeset(&releases, "All again."));
            shop.github.forget_requests();
            shop.run(&[]).success();
            first * 100 + shop.github.requests().len()
        })
        .collect();
    assert_eq!(counts[0], counts[1], "first run * 100 + second run");
    assert!(counts[0] < 1500 && counts[0] % 100 < 16, "{counts:?}");
}

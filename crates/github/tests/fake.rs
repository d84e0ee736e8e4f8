//! The whole client against the stateful fake, in front of a real repository.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use launchway_base::{Deadline, Fault as _, FileMode, Secret};
use launchway_github::{
    BranchCommit, Content, Created, ErrorKind, FileAddition, GitHub, MakeLatest, NewCommit,
    NewPull, NewRelease, NewTag, PullFilter, PullState, PullUpdate, RefUpdate, ReleaseUpdate,
    RepoId, Settings, TokenKind, TreeEntry,
};
use launchway_http::block_on;
use launchway_testkit::github::{FULL, FakeGitHub, RepoHandle, TokenKind as Who};
use launchway_testkit::{Fault, FaultRule};

struct Scene {
    fake: FakeGitHub,
    repository: RepoHandle,
    repo: RepoId,
}

impl Scene {
    fn new() -> Self {
        let fake = FakeGitHub::start();
        fake.add_token("ghs_actions", Who::Actions, FULL)
            .add_token("ghs_app", Who::App, FULL)
            .add_token("ghp_person", Who::Personal, FULL)
            .add_token("ghs_reader", Who::App, &[("contents", "read")]);
        let repository = fake.add_repository("acme", "tools");
        repository.commit(
            "main",
            "first",
            &[("README.md", Some("hello\n")), ("old.txt", Some("old\n"))],
        );
        Self { fake, repository, repo: "acme/tools".parse().unwrap() }
    }

    fn hub(&self, token: &str) -> GitHub {
        self.hub_within(token, Duration::from_mins(1))
    }

    fn hub_within(&self, token: &str, time: Duration) -> GitHub {
        GitHub::new(Settings {
            api_url: self.fake.url().to_owned(),
            graphql_url: self.fake.graphql_url(),
            token: Some(Secret::new(token)),
            deadline: Deadline::after(time),
        })
        .unwrap()
    }
}

fn run<F: Future>(future: F) -> F::Output {
    block_on(future).unwrap()
}

fn text(path: &str, content: &str) -> TreeEntry {
    TreeEntry { path: path.into(), mode: FileMode::Regular, content: Content::Text(content.into()) }
}

#[test]
fn a_repository_and_its_tokens() {
    let scene = Scene::new();
    run(async {
        let hub = scene.hub("ghs_actions");
        let found = hub.repository(&scene.repo).await.unwrap();
        assert_eq!(
            (found.full_name.as_str(), found.default_branch.as_str()),
            ("acme/tools", "main")
        );
        for (token, kind, login) in [
            ("ghs_actions", TokenKind::Actions, "github-actions[bot]"),
            ("ghs_app", TokenKind::App, "launchway-test[bot]"),
            ("ghp_person", TokenKind::Personal, "octocat"),
        ] {
            let hub = scene.hub(token);
            assert_eq!(hub.token_kind().await.unwrap(), kind, "{token}");
            assert_eq!(hub.actor().await.unwrap().login, login);
        }
        let error = scene.hub("ghs_revoked").repository(&scene.repo).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthorized);
    });
    for (token, hosts) in scene.fake.token_hosts() {
        assert_eq!(hosts.into_iter().collect::<Vec<_>>(), [scene.fake.host()], "{token}");
    }
}

#[test]
fn a_signed_commit_through_chunked_trees() {
    let scene = Scene::new();
    run(async {
        let hub = scene.hub("ghs_app");
        let head = hub.get_ref(&scene.repo, "heads/main").await.unwrap().unwrap();
        let base = hub.get_commit(&scene.repo, &head.sha).await.unwrap().unwrap();

        assert_eq!(
            hub.create_tree(&scene.repo, Some(&base.tree), Vec::new()).await.unwrap(),
            base.tree
        );
        assert_eq!(scene.fake.write_lines(), Vec::<String>::new());

        let picture = hub.create_blob(&scene.repo, &[0, 159, 146, 150]).await.unwrap();
        let long = "line\n".repeat(120_000);
        let mut entries: Vec<_> = (0..6).map(|n| text(&format!("long/{n}.txt"), &long)).collect();
        entries.push(text("huge.txt", &"x".repeat(2_500_000)));
        entries.push(TreeEntry { mode: FileMode::Executable, ..text("run.sh", "#!/bin/sh\n") });
        entries.push(TreeEntry { content: Content::Blob(picture), ..text("picture.png", "") });
        entries.push(TreeEntry { content: Content::Delete, ..text("old.txt", "") });
        scene.fake.forget_requests();
        let tree = hub.create_tree(&scene.repo, Some(&base.tree), entries).await.unwrap();
        let writes = scene.fake.writes();
        let trees: Vec<_> = writes.iter().filter(|write| write.path.ends_with("/trees")).collect();
        assert!(trees.len() > 1, "it was cut");
        assert!(trees.iter().all(|write| write.body.len() < 2_000_000));
        assert_eq!(writes.len() - trees.len(), 1, "what is too long alone is a blob");

        let commit =
            NewCommit { message: "all\n\nof it".into(), tree, parents: vec![head.sha.clone()] };
        let made = hub.create_commit(&scene.repo, &commit).await.unwrap();
        assert!(made.verification.verified, "{:?}", made.verification);
        assert_eq!(made.parents, [head.sha]);
        hub.update_ref(&scene.repo, "heads/main", &made.sha, false).await.unwrap();
    });
    let at = |path: &str| scene.repository.file_at("main", path);
    assert_eq!(at("long/5.txt").unwrap().len(), 600_000);
    assert_eq!(at("huge.txt").unwrap().len(), 2_500_000);
    assert_eq!(at("README.md").as_deref(), Some("hello\n"));
    assert_eq!(at("old.txt"), None);
    assert_eq!(scene.repository.mode_at("main", "run.sh").as_deref(), Some("100755"));
    assert_eq!(scene.repository.commit_at("main").unwrap().message.trim_end(), "all\n\nof it");
}

#[test]
fn refs_are_made_moved_and_removed() {
    let scene = Scene::new();
    let first = scene.repository.sha("main").unwrap();
    let second = scene.repository.commit("main", "second", &[("a", Some("1"))]);
    run(async {
        let hub = scene.hub("ghs_app");
        let repo = &scene.repo;
        assert_eq!(hub.get_ref(repo, "heads/release").await.unwrap(), None);
        let made = hub.create_ref(repo, "heads/release", &second).await.unwrap();
        assert_eq!(
            (made.name.as_str(), made.sha.as_str()),
            ("refs/heads/release", second.as_str())
        );
        let error = hub.create_ref(repo, "refs/heads/release", &first).await.unwrap_err();
        assert!(error.is_already_there(), "{error}");
        let error = hub.update_ref(repo, "heads/release", &first, false).await.unwrap_err();
        assert!(error.is_moved(), "{error}");
        assert_eq!(hub.update_ref(repo, "heads/release", &first, true).await.unwrap().sha, first);

        let comparison = hub.compare(repo, "release", "main").await.unwrap().unwrap();
        assert_eq!((comparison.ahead_by, comparison.behind_by), (1, 0));
        assert_eq!(hub.compare(repo, "release", "nowhere").await.unwrap(), None);

        for n in 0..130 {
            hub.create_ref(repo, &format!("tags/@acme/core@1.0.{n}"), &first).await.unwrap();
        }
        assert_eq!(hub.matching_refs(repo, "tags/@acme/core@").await.unwrap().len(), 130);
        assert_eq!(hub.matching_refs(repo, "tags/none").await.unwrap(), []);

        assert!(hub.delete_ref(repo, "heads/release").await.unwrap());
        assert!(!hub.delete_ref(repo, "heads/release").await.unwrap());

        let id = hub.repository(repo).await.unwrap().node_id;
        let update = |before: &str, after: &str| RefUpdate {
            name: "refs/heads/both".into(),
            before_oid: Some(before.into()),
            after_oid: after.into(),
            force: false,
        };
        let none = "0".repeat(40);
        hub.update_refs(&id, &[update(&none, &first)]).await.unwrap();
        assert_eq!(hub.get_ref(repo, "heads/both").await.unwrap().unwrap().sha, first);
        hub.update_refs(&id, &[update(&second, &first)]).await.unwrap_err();
    });
}

#[test]
fn an_annotated_tag() {
    let scene = Scene::new();
    let head = scene.repository.sha("main").unwrap();
    run(async {
        let hub = scene.hub("ghs_app");
        let tag = NewTag {
            tag: "@acme/core@1.0.0".into(),
            message: "core 1.0.0".into(),
            commit: head.clone(),
            tagger: None,
        };
        let made = hub.create_tag_object(&scene.repo, &tag).await.unwrap();
        hub.create_ref(&scene.repo, "tags/@acme/core@1.0.0", &made.sha).await.unwrap();
        let found = hub.get_ref(&scene.repo, "tags/@acme/core@1.0.0").await.unwrap().unwrap();
        assert_eq!((found.object_type.as_str(), found.sha.as_str()), ("tag", made.sha.as_str()));
        let read = hub.get_tag_object(&scene.repo, &made.sha).await.unwrap().unwrap();
        assert_eq!((read.object, read.object_type.as_str()), (head, "commit"));
        assert_eq!(hub.get_tag_object(&scene.repo, &"1".repeat(40)).await.unwrap(), None);
    });
    assert_eq!(scene.repository.tag_type("@acme/core@1.0.0").as_deref(), Some("tag"));
}

#[test]
fn many_tags_and_their_releases_are_one_request() {
    let scene = Scene::new();
    let head = scene.repository.sha("main").unwrap();
    run(async {
        let (hub, repo) = (scene.hub("ghs_app"), &scene.repo);
        let tag =
            NewTag { tag: "a".into(), message: "a".into(), commit: head.clone(), tagger: None };
        let object = hub.create_tag_object(repo, &tag).await.unwrap();
        hub.create_ref(repo, "tags/@a/b@1", &object.sha).await.unwrap();
        hub.create_ref(repo, "tags/plain", &head).await.unwrap();
        for (tag, draft) in [("plain", false), ("kept-back", true)] {
            let release = launchway_github::NewRelease {
                tag_name: tag.into(),
                name: tag.into(),
                body: String::new(),
                draft,
                prerelease: false,
                make_latest: launchway_github::MakeLatest::False,
                target_commitish: None,
            };
            hub.create_release(repo, &release).await.unwrap();
        }
        let before = scene.fake.requests().len();
        let names = ["@a/b@1", "plain", "kept-back", "main", "\"}"].map(str::to_owned);
        let found = hub.tag_states(repo, &names, "README.md").await.unwrap();
        assert_eq!(scene.fake.requests().len(), before + 1);
        let seen: Vec<_> = names
            .iter()
            .map(|name| (found[name].commit.is_some(), found[name].release.is_some()))
            .collect();
        assert_eq!(
            seen,
            [(true, false), (true, true), (false, false), (false, false), (false, false)]
        );
        assert_eq!(found["@a/b@1"].commit, found["plain"].commit);
        assert_eq!(found["@a/b@1"].file, found["plain"].file);
        assert!(found["plain"].file.is_some());
    });
}

#[test]
fn a_persons_commit_on_a_branch() {
    let scene = Scene::new();
    let head = scene.repository.sha("main").unwrap();
    let commit = BranchCommit {
        branch: "main".into(),
        expected_head: head,
        headline: "Version Packages".into(),
        body: "and why".into(),
        additions: vec![FileAddition {
            path: "new/a.bin".into(),
            contents: b"\x00\xff\n".to_vec(),
        }],
        deletions: vec!["old.txt".into()],
    };
    run(async {
        let hub = scene.hub("ghp_person");
        let made = hub.create_commit_on_branch(&scene.repo, &commit).await.unwrap();
        assert_eq!(scene.repository.sha("main").unwrap(), made);
        // The branch moved: the same request is refused, and nothing is done.
        let error = hub.create_commit_on_branch(&scene.repo, &commit).await.unwrap_err();
        assert!(error.is_moved(), "{error:?}");
        assert_eq!(scene.repository.sha("main").unwrap(), made);
    });
    let made = scene.repository.commit_at("main").unwrap();
    assert!(made.verified);
    assert_eq!(made.message.trim_end(), "Version Packages\n\nand why");
    assert_eq!(scene.repository.files_at("main"), ["README.md", "new/a.bin"]);
}

#[test]
fn a_pull_request_lives() {
    let scene = Scene::new();
    scene.repository.commit("main", "base", &[("x", Some("1"))]);
    let head = scene.repository.sha("main").unwrap();
    run(async {
        let hub = scene.hub("ghs_app");
        let repo = &scene.repo;
        hub.create_ref(repo, "heads/changeset-release/main", &head).await.unwrap();
        scene.repository.commit("changeset-release/main", "more", &[("y", Some("2"))]);
        let filter = PullFilter {
            head: Some("acme:changeset-release/main".into()),
            base: Some("main".into()),
            state: PullState::Open,
        };
        assert_eq!(hub.pulls(repo, &filter).await.unwrap(), []);
        let new = NewPull {
            title: "Version Packages".into(),
            body: "</details> @everyone".into(),
            head: "changeset-release/main".into(),
            base: "main".into(),
            draft: false,
        };
        let Created::New(pull) = hub.create_pull(repo, &new).await.unwrap() else {
            panic!("there was none")
        };
        assert_eq!(hub.create_pull(repo, &new).await.unwrap(), Created::AlreadyThere);
        assert_eq!(pull.head.branch, "changeset-release/main");
        assert_eq!(pull.body, "</details> @everyone");
        assert_eq!(pull.author.as_deref(), Some("launchway-test[bot]"));

        let update = PullUpdate { title: Some("Next".into()), ..PullUpdate::default() };
        let changed = hub.update_pull(repo, pull.number, &update).await.unwrap();
        assert_eq!(
            (changed.title.as_str(), changed.body.as_str()),
            ("Next", "</details> @everyone")
        );

        hub.set_draft(&pull.node_id, true).await.unwrap();
        assert!(hub.pull(repo, pull.number).await.unwrap().unwrap().draft);
        hub.set_draft(&pull.node_id, false).await.unwrap();
        assert!(!hub.pull(repo, pull.number).await.unwrap().unwrap().draft);

        hub.add_labels(repo, pull.number, &["release".into(), "bot".into()]).await.unwrap();
        let listed = hub.pulls(repo, &filter).await.unwrap();
        assert_eq!(listed.len(), 1);
        let mut labels = listed.into_iter().next().unwrap().labels;
        labels.sort();
        assert_eq!(labels, ["bot", "release"]);

        for n in 0..105 {
            hub.create_comment(repo, pull.number, &format!("comment {n}")).await.unwrap();
        }
        let comments = hub.comments(repo, pull.number).await.unwrap();
        assert_eq!(comments.len(), 105);
        let last = comments.last().unwrap();
        assert_eq!(last.body, "comment 104");
        assert_eq!(hub.update_comment(repo, last.id, "edited").await.unwrap().body, "edited");

        let close = PullUpdate { state: Some(PullState::Closed), ..PullUpdate::default() };
        assert!(!hub.update_pull(repo, pull.number, &close).await.unwrap().open);
        assert_eq!(hub.pulls(repo, &filter).await.unwrap(), []);
        assert_eq!(hub.pull(repo, 999).await.unwrap(), None);
    });
}

#[test]
fn releases_with_drafts_and_the_latest() {
    let scene = Scene::new();
    run(async {
        let hub = scene.hub("ghs_app");
        let repo = &scene.repo;
        let head = scene.repository.sha("main").unwrap();
        let new = |tag: &str, draft: bool, prerelease: bool, latest: MakeLatest| NewRelease {
            tag_name: tag.into(),
            name: tag.into(),
            body: "notes".into(),
            draft,
            prerelease,
            make_latest: latest,
            target_commitish: Some(head.clone()),
        };
        assert_eq!(hub.latest_release(repo).await.unwrap(), None);
        let one = new("@acme/core@1.0.0", false, false, MakeLatest::True);
        let Created::New(release) = hub.create_release(repo, &one).await.unwrap() else {
            panic!("there was none")
        };
        assert_eq!(hub.create_release(repo, &one).await.unwrap(), Created::AlreadyThere);
        assert_eq!(
            hub.release_by_tag(repo, "@acme/core@1.0.0").await.unwrap(),
            Some(release.clone())
        );
        let beta = new("@acme/core@2.0.0-beta.0", false, true, MakeLatest::False);
        hub.create_release(repo, &beta).await.unwrap();
        assert_eq!(hub.latest_release(repo).await.unwrap().unwrap().id, release.id);

        let draft = new("v9", true, false, MakeLatest::False);
        let Created::New(draft) = hub.create_release(repo, &draft).await.unwrap() else {
            panic!("there was none")
        };
        assert!(draft.draft);
        assert_eq!(hub.release_by_tag(repo, "v9").await.unwrap(), None, "drafts have no tag yet");
        assert_eq!(hub.releases(repo).await.unwrap().len(), 3);
        let publish =
            ReleaseUpdate { draft: Some(false), body: Some("new".into()), ..Default::default() };
        let published = hub.update_release(repo, draft.id, &publish).await.unwrap();
        assert_eq!(
            (published.draft, published.body.as_str(), published.name.as_str()),
            (false, "new", "v9")
        );
    });
}

#[test]
fn commits_know_their_pull_requests() {
    let scene = Scene::new();
    let base = scene.repository.sha("main").unwrap();
    run(async {
        scene.hub("ghs_app").create_ref(&scene.repo, "heads/topic", &base).await.unwrap()
    });
    scene.fake.forget_requests();
    scene.repository.commit("topic", "work", &[("w", Some("1"))]);
    let number = scene.repository.open_pull("topic", "main", "Work", "");
    let merged = scene.repository.squash(number);
    run(async {
        let hub = scene.hub("ghs_app");
        let asked = [merged.clone(), "f".repeat(40)];
        let commits = hub.commit_infos(&scene.repo, &asked).await.unwrap();
        assert_eq!(commits.len(), 1);
        let commit = commits.get(&merged).unwrap();
        assert!(merged.starts_with(&commit.abbreviated));
        let pull = commit.pulls.first().unwrap();
        assert_eq!(
            (pull.number, pull.author.as_ref().unwrap().login.as_str()),
            (number, "octocat")
        );
        assert!(pull.merged_at.is_some());

        let pulls = hub.pull_infos(&scene.repo, &[number, 777]).await.unwrap();
        assert_eq!(pulls.keys().copied().collect::<Vec<_>>(), [number]);
        assert_eq!(pulls.get(&number).unwrap().merge_commit.as_ref().unwrap().oid, merged);

        let gone: RepoId = "acme/gone".parse().unwrap();
        assert!(hub.commit_infos(&gone, &asked).await.unwrap_err().is_not_found());
    });
    assert!(scene.fake.requests().len() <= 3);
}

#[test]
fn a_workflow_is_dispatched() {
    let scene = Scene::new();
    let inputs = BTreeMap::from([("tag".to_owned(), "v1".to_owned())]);
    run(async {
        scene
            .hub("ghs_app")
            .dispatch_workflow(&scene.repo, "ship.yml", "main", &inputs)
            .await
            .unwrap();
    });
    assert_eq!(scene.repository.dispatches().len(), 1);
}

#[test]
fn a_token_that_may_not_is_told_what_it_lacks() {
    let scene = Scene::new();
    let head = scene.repository.sha("main").unwrap();
    run(async {
        let error =
            scene.hub("ghs_reader").create_ref(&scene.repo, "tags/v1", &head).await.unwrap_err();
        assert!(error.is_forbidden(), "{error:?}");
        assert!(error.hint().unwrap().contains("`contents: write`"), "{:?}", error.hint());

        scene.repository.set_actions_may_open_pulls(false);
        scene.fake.forget_requests();
        let new = NewPull {
            title: "t".into(),
            body: String::new(),
            head: "topic".into(),
            base: "main".into(),
            draft: false,
        };
        let error = scene.hub("ghs_actions").create_pull(&scene.repo, &new).await.unwrap_err();
        assert!(error.is_forbidden(), "{error:?}");
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("Allow GitHub Actions to create and approve pull requests"),
            "{hint}"
        );
    });
}

#[test]
fn limits_are_waited_for_and_no_write_is_sent_twice() {
    let scene = Scene::new();
    let head = scene.repository.sha("main").unwrap();
    run(async {
        let hub = scene.hub("ghs_app");
        scene.fake.fail(FaultRule::new(Fault::SecondaryLimit(Some(1))).method("POST"));
        let started = Instant::now();
        hub.create_ref(&scene.repo, "tags/v1", &head).await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(1));
        assert_eq!(scene.fake.write_lines().len(), 2);

        scene.fake.forget_requests();
        scene.fake.fail(FaultRule::new(Fault::CommitThenFail).method("POST"));
        hub.create_ref(&scene.repo, "tags/v2", &head).await.unwrap_err();
        scene.fake.fail(FaultRule::new(Fault::CommitThenCut).method("POST"));
        hub.create_ref(&scene.repo, "tags/v3", &head).await.unwrap_err();
        assert_eq!(
            scene.fake.write_lines().len(),
            2,
            "what was done is not known, so it is not repeated"
        );

        scene.fake.fail(FaultRule::new(Fault::CutConnection).method("GET"));
        assert!(hub.get_ref(&scene.repo, "tags/v3").await.unwrap().is_some(), "a read is repeated");

        scene.fake.fail(FaultRule::new(Fault::PrimaryLimit(3600)).always());
        let error = hub.repository(&scene.repo).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::RateLimited { wait: Some(_) }), "{error:?}");
        assert!(error.hint().unwrap().contains("asks to wait"));
        scene.fake.heal();

        scene.fake.fail(FaultRule::new(Fault::Slow(Duration::from_secs(5))));
        let hurried = scene.hub_within("ghs_app", Duration::from_millis(400));
        let error = hurried.repository(&scene.repo).await.unwrap_err();
        assert!(error.to_string().contains("the time for the whole command is up"), "{error}");
    });
}

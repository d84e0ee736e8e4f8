use std::io::Write;
use std::sync::{Arc, Mutex};

use launchway_http::block_on;
use launchway_runtime::{Environment, ProgramInfo};
use serde_json::{Value, json};

use super::*;
use crate::message::Mention;

const SHA: &str = "00aa11bb22cc33dd44ee55ff66aa77bb88cc99dd";
const HEAD: &str = "1111111111222222222233333333334444444444";

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A run, its event and what was said.
struct Scene {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
    heard: Heard,
}

impl Scene {
    fn bare() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new(), heard: Heard::default() }
    }

    fn run(event: &str, payload: &Value) -> Self {
        let scene = [
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_RUN_NUMBER", "42"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_WORKFLOW", "Ship"),
            ("GITHUB_JOB", "notify"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_SHA", SHA),
            ("GITHUB_EVENT_NAME", event),
        ]
        .into_iter()
        .fold(Self::bare(), |scene, (name, value)| scene.with(name, value));
        let path = scene.file("event.json", &payload.to_string());
        scene.with("GITHUB_EVENT_PATH", &path)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn observe(&self, content: &Content) -> Result<Seen, Failure> {
        let env = Environment::from_pairs(self.variables.clone());
        let (out, err) = (Box::new(self.heard.clone()), Box::new(self.heard.clone()));
        let session = Session::with_writers(ProgramInfo::new("test"), env, out, err);
        block_on(observe(&session, content, Deadline::none())).unwrap()
    }

    fn facts(&self, content: &Content) -> Facts {
        self.observe(content).unwrap().facts
    }

    fn heard(&self) -> String {
        String::from_utf8(self.heard.0.lock().unwrap().clone()).unwrap()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with links that may be missing")]
fn link(rest: &str) -> Option<String> {
    Some(format!("https://github.com/acme/shop{rest}"))
}

#[test]
fn outside_a_workflow_there_is_little_to_tell() {
    let scene = Scene::bare();
    let seen = scene.observe(&Content::default()).unwrap();
    let expected =
        Facts { server: "https://github.com".to_owned(), run_attempt: 1, ..Facts::default() };
    assert_eq!(seen.facts, expected);
    assert_eq!(scene.heard(), "");
}

#[test]
fn a_push() {
    let payload = json!({ "head_commit": { "message": "\n\nFix the cart\u{7}\n\nlong" } });
    let facts = Scene::run("push", &payload).facts(&Content::default());
    assert_eq!(facts.repository, "acme/shop");
    assert_eq!((facts.actor.as_str(), facts.workflow.as_str()), ("octocat", "Ship"));
    assert_eq!(facts.run_url, link("/actions/runs/7"));
    assert_eq!(facts.reference_url, link("/tree/main"));
    assert_eq!(facts.commit_url, link(&format!("/commit/{SHA}")));
    assert_eq!(facts.commit_title, "Fix the cart");
    assert_eq!(facts.version, "");

    let again = Scene::run("push", &payload)
        .with("GITHUB_RUN_ATTEMPT", "3")
        .with("GITHUB_TRIGGERING_ACTOR", "hubot")
        .with("GITHUB_REF", "refs/tags/v1.0#é")
        .with("GITHUB_REF_NAME", "v1.0#é");
    let facts = again.facts(&Content::default());
    assert_eq!(facts.run_url, link("/actions/runs/7/attempts/3"));
    assert_eq!((facts.actor.as_str(), facts.version.as_str()), ("hubot", "v1.0#é"));
    assert_eq!(facts.reference_url, link("/tree/v1.0%23%C3%A9"));

    let deleted = json!({ "head_commit": null, "deleted": true });
    assert_eq!(Scene::run("push", &deleted).facts(&Content::default()).commit_title, "");
}

#[test]
fn a_pull_request_and_one_of_a_fork() {
    let payload = |head: Value| {
        json!({ "pull_request": {
            "number": 12, "title": "Cart <!channel>\nx", "html_url": "javascript:alert(1)",
            "head": head, "base": { "ref": "main", "repo": { "full_name": "acme/shop" } },
        } })
    };
    let head =
        |repo: Value| json!({ "ref": "topic", "label": "eve:topic", "sha": HEAD, "repo": repo });
    let run = |head| {
        Scene::run("pull_request", &payload(head))
            .with("GITHUB_REF", "refs/pull/12/merge")
            .with("GITHUB_REF_NAME", "12/merge")
            .facts(&Content::default())
    };
    let own = run(head(json!({ "full_name": "acme/shop" })));
    let pull = own.pull.unwrap();
    assert_eq!((pull.number, pull.title.as_str()), (12, "Cart <!channel>"));
    assert_eq!(Some(pull.url), link("/pull/12"));
    assert_eq!((own.reference.as_str(), own.reference_url), ("topic", link("/tree/topic")));
    assert_eq!((own.sha.as_str(), own.commit_url), (HEAD, link(&format!("/commit/{HEAD}"))));

    for repo in [json!({ "full_name": "eve/shop" }), Value::Null] {
        let fork = run(head(repo));
        assert_eq!((fork.reference.as_str(), fork.reference_url), ("eve:topic", None));
    }
}

#[test]
fn a_release() {
    let payload = json!({ "release": {
        "tag_name": "v2", "name": "Two", "body": "- **x**\n", "html_url": "https://github.com/r/v2",
    } });
    let scene = Scene::run("release", &payload);
    let facts = scene.facts(&Content::default());
    assert_eq!((facts.version.as_str(), facts.changelog.as_str()), ("v2", "- **x**\n"));
    assert_eq!(facts.release.unwrap().url, "https://github.com/r/v2");
    let given = Content {
        version: Some("3".to_owned()),
        changelog: Some("mine".parse().unwrap()),
        ..Content::default()
    };
    let facts = scene.facts(&given);
    assert_eq!((facts.version.as_str(), facts.changelog.as_str()), ("3", "mine"));
    let bare = json!({ "release": { "tag_name": "v2", "name": null, "body": null } });
    assert_eq!(Scene::run("release", &bare).facts(&Content::default()).changelog, "");
}

#[test]
fn dispatches_and_schedules() {
    for event in ["workflow_dispatch", "schedule"] {
        let facts = Scene::run(event, &json!({ "inputs": null })).facts(&Content::default());
        assert_eq!((facts.event.as_str(), facts.sha.as_str()), (event, SHA));
        assert_eq!(facts.status, Status::Neutral);
    }
}

#[test]
fn after_another_workflow() {
    let payload = |owner: &str| {
        json!({ "workflow_run": {
            "id": 99, "name": "CI", "run_number": 5, "run_attempt": 2, "conclusion": "timed_out",
            "head_sha": HEAD, "head_branch": "topic", "display_title": "Cart",
            "head_commit": { "message": "Fix" }, "actor": { "login": "ann" },
            "run_started_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:03:12Z",
            "repository": { "full_name": "acme/shop" }, "pull_requests": [{ "number": 12 }],
            "head_repository": { "full_name": format!("{owner}/shop"), "owner": { "login": owner } },
        } })
    };
    let scene = Scene::run("workflow_run", &payload("acme"));
    let facts = scene.facts(&Content::default());
    assert_eq!((facts.status, facts.workflow.as_str()), (Status::Failure, "CI"));
    assert_eq!(facts.run_url, link("/actions/runs/99"));
    assert_eq!((facts.run_number.as_str(), facts.run_attempt), ("5", 2));
    assert_eq!(facts.run_id, "99");
    assert_eq!((facts.actor.as_str(), facts.sha.as_str()), ("ann", HEAD));
    assert_eq!((facts.reference.as_str(), facts.commit_title.as_str()), ("topic", "Fix"));
    assert_eq!(facts.duration.map(human).as_deref(), Some("3 min 12 s"));
    assert_eq!(facts.pull.map(|pull| pull.number), Some(12));

    // The status of this job: it is the own run that is told of, at the other's commit.
    let own = Content { status: Some(Status::Success), ..Content::default() };
    let facts = scene.facts(&own);
    assert_eq!((facts.workflow.as_str(), facts.run_url), ("Ship", link("/actions/runs/7")));
    assert_eq!((facts.sha.as_str(), facts.duration), (HEAD, None));

    let repeated = Content {
        status: Some(Status::Failure),
        template: Some(Template::Ci),
        ..Content::default()
    };
    assert_eq!(scene.facts(&repeated).workflow, "CI");

    let fork = Scene::run("workflow_run", &payload("eve")).facts(&Content::default());
    assert_eq!((fork.reference.as_str(), fork.reference_url), ("eve:topic", None));
}

#[test]
fn an_event_of_nonsense_spoils_no_message() {
    let nonsense = json!({
        "head_commit": { "message": ["x"] }, "pull_request": { "number": "12", "head": 7 },
        "release": { "tag_name": {} }, "workflow_run": [],
    });
    for event in ["push", "pull_request", "release", "workflow_run", "odd\nevent"] {
        let facts = Scene::run(event, &nonsense).facts(&Content::default());
        assert_eq!((facts.sha.as_str(), facts.pull, facts.release), (SHA, None, None));
    }
    let scene = Scene::run("push", &json!({}));
    scene.file("event.json", "{ not JSON");
    assert_eq!(scene.facts(&Content::default()).repository, "acme/shop");
    assert!(scene.heard().contains("nothing of the event"), "{}", scene.heard());

    let odd = Scene::bare()
        .with("GITHUB_REPOSITORY", "../..")
        .with("GITHUB_SHA", "HEAD")
        .with("GITHUB_RUN_ID", "x")
        .with("GITHUB_SERVER_URL", "ftp://x")
        .with("GITHUB_ACTOR", "a\u{202e}b\u{1b}[0m");
    let facts = odd.facts(&Content::default());
    assert_eq!((facts.repository.as_str(), facts.sha.as_str(), facts.run_url), ("", "", None));
    assert_eq!(facts.actor, "ab[0m");
}

#[test]
fn the_inputs_are_read() {
    let scene = Scene::run("push", &json!({}));
    let people = scene.file("people.yml", "octocat: U012AB3CD\n");
    let notes = scene.file("notes.md", "\u{feff}- one\r\n");
    let content = Content {
        title: Some("a\nb".to_owned()),
        text: Some("- one\r\n".parse().unwrap()),
        changelog_file: Some(notes),
        fields: vec!["Region=eu=1".to_owned()],
        environment: Some("prod\tuction".to_owned()),
        environment_url: Some("https://shop.example".to_owned()),
        needs: Some(
            r#"{"build":{"result":"success"},"test":{"result":"failure"}}"#.parse().unwrap(),
        ),
        status: Some(Status::Success),
        started_at: Some("1".to_owned()),
        mentions: vec![
            "failure: @octocat".to_owned(),
            "success: @here".to_owned(),
            "@eve".to_owned(),
        ],
        people_file: Some(people),
        ..Content::default()
    };
    let Seen { facts, words } = scene.observe(&content).unwrap();
    assert_eq!(facts.status, Status::Failure, "a needed job failed");
    assert_eq!(facts.needs.len(), 2);
    assert_eq!(
        (facts.environment.as_str(), facts.changelog.as_str()),
        ("prod uction", "- one\r\n")
    );
    assert!(facts.duration.is_some());
    assert_eq!((words.title.as_str(), words.text.as_str()), ("a b", "- one\r\n"));
    assert_eq!(words.fields[0].value, "eu=1");
    let called = [Mention::User("U012AB3CD".to_owned()), Mention::Name("eve".to_owned())];
    assert_eq!(words.mentions, called);
    assert!(scene.heard().contains("`eve` calls nobody"), "{}", scene.heard());
}

#[test]
fn what_asks_for_approval_calls_those_it_waits_for() {
    let scene = Scene::run("push", &json!({}));
    for (status, called) in [(None, 1), (Some(Status::Started), 1), (Some(Status::Success), 0)] {
        let content = Content {
            template: Some(Template::Approval),
            status,
            mentions: vec!["waiting: @here".to_owned()],
            ..Content::default()
        };
        assert_eq!(scene.observe(&content).unwrap().words.mentions.len(), called, "{status:?}");
    }
}

#[test]
fn what_is_wrong_with_an_input_is_said() {
    let scene = Scene::bare();
    let text = |text: &str| Some(text.to_owned());
    for (content, said) in [
        (Content { people_file: text("/no/such/file"), ..Content::default() }, "`people-file`"),
        (Content { started_at: text("soon"), ..Content::default() }, "`started-at`"),
        (Content { needs: Some("[]".parse().unwrap()), ..Content::default() }, "`needs`"),
        (Content { fields: vec!["x".to_owned()], ..Content::default() }, "`fields`"),
        (Content { mentions: vec!["x: y".to_owned()], ..Content::default() }, "`mentions`"),
    ] {
        let failure = scene.observe(&content).unwrap_err();
        assert!(failure.to_string().contains(said), "{failure}");
        assert_eq!(failure.kind(), launchway_base::Kind::Input);
    }
    // What the failed job did not write must not silence the word of its failure.
    let content = Content {
        changelog_file: text("/no/such/file"),
        environment_url: text("javascript:x"),
        ..Content::default()
    };
    assert_eq!(scene.facts(&content).environment_url, None);
    let heard = scene.heard();
    assert!(heard.contains("`changelog-file`") && heard.contains("`environment-url`"), "{heard}");
}

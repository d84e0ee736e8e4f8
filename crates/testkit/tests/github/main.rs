//! The fake GitHub, asked over HTTP and read back through git.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod faults;
mod git_data;
mod graphql;
mod pulls;
mod releases;
mod statuses;

use launchway_testkit::client::{Answer, request};
use launchway_testkit::github::FULL;
use launchway_testkit::{FakeGitHub, RepoHandle, TokenKind};
use serde_json::Value;

/// `acme/shop` with one commit on `main`, and a token of each kind.
struct World {
    github: FakeGitHub,
    repo: RepoHandle,
}

const BOT: &str = "ghs_bot";
const PERSON: &str = "ghp_person";

impl World {
    fn new() -> Self {
        let github = FakeGitHub::start();
        github.add_token(BOT, TokenKind::Actions, FULL);
        github.add_token(PERSON, TokenKind::Personal, FULL);
        let repo = github.add_repository("acme", "shop");
        repo.commit("main", "start", &[("a.txt", Some("a\n")), ("dir/b.txt", Some("b\n"))]);
        Self { github, repo }
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.try_send(token, method, path, body).unwrap()
    }

    /// A request that GitHub's description calls invalid, on purpose.
    fn wrong(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.with_header(BOT, method, path, body, ("x-launchway-test", "invalid")).unwrap()
    }

    fn try_send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> std::io::Result<Answer> {
        self.with_header(token, method, path, body, ("user-agent", "launchway-test"))
    }

    fn with_header(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: &Value,
        extra: (&str, &str),
    ) -> std::io::Result<Answer> {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("accept", "application/vnd.github+json"),
            ("content-type", "application/json"),
            extra,
        ];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        request(method, &format!("{}{path}", self.github.url()), &headers, &body)
    }

    /// Below the repository, as the bot; the status and the body.
    fn bot(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(BOT, method, &format!("/repos/acme/shop{path}"), body);
        (answer.status, answer.json())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.bot("GET", path, &Value::Null)
    }

    /// A branch with one more file, and its hash.
    fn branch(&self, name: &str, file: &str) -> String {
        let main = self.repo.sha("main").unwrap();
        let body = serde_json::json!({ "ref": format!("refs/heads/{name}"), "sha": main });
        assert_eq!(self.bot("POST", "/git/refs", &body).0, 201);
        self.repo.commit(name, "more", &[(file, Some("new\n"))])
    }
}

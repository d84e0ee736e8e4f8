//! A shop: an npm package that is also an image, and a service that runs from that image. Its
//! repository, its registries, its Slack, and the machine its workflows run on.

use std::path::PathBuf;

use launchway_e2e::act::{Act, Run};
use launchway_testkit::distribution::{Distribution, PASSWORD, USER};
use launchway_testkit::{FakeGitHub, FakeRegistry, FakeSlack, RepoHandle, TokenKind, client};
use serde_json::{Value, json};

/// The `GITHUB_TOKEN` of its runs.
pub(super) const TOKEN: &str = "ghs_token_of_the_shop";
const NPM: &str = "npm_token_of_the_shop";
const SLACK: &str = "xoxb-token-of-the-shop";

/// Where the messages of deploys go.
pub(super) const CHANNEL: &str = "C0123456789";

/// What a token of a workflow may do here at most.
pub(super) const PERMISSIONS: &[(&str, &str)] = &[
    ("actions", "write"),
    ("contents", "write"),
    ("deployments", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
];

const SERVICE: &str = r#"import http.server, json, os, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"version": VERSION}).encode()
        self.send_response(STATUS)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

VERSION = json.load(open("package.json"))["version"]
STATUS = 200
with open(sys.argv[2], "w") as file:
    file.write(str(os.getpid()))
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"#;

/// How a version comes to serve: the image is taken by its digest, and its service replaces the one
/// that runs.
const DEPLOY: &str = r#"#!/usr/bin/env bash
# deploy IMAGE DIGEST VERSION: from the registry, by digest.
set -euo pipefail
version="$3"
if [ ! -d "$SHOP_STATE/$version" ]; then
  skopeo copy --quiet "docker://$1@$2" "dir:$SHOP_STATE/$version.image"
  mkdir "$SHOP_STATE/$version"
  jq -r '.layers[].digest | sub("sha256:"; "")' "$SHOP_STATE/$version.image/manifest.json" |
    while read -r layer; do tar -xf "$SHOP_STATE/$version.image/$layer" -C "$SHOP_STATE/$version"; done
fi
if [ -f "$SHOP_STATE/pid" ]; then
  kill "$(cat "$SHOP_STATE/pid")" || :
  rm "$SHOP_STATE/pid"
fi
cd "$SHOP_STATE/$version"
setsid python3 service.py "$SHOP_PORT" "$SHOP_STATE/pid" >"$SHOP_STATE/log" 2>&1 </dev/null &
# A runner ends what a step leaves in its own session.
until [ -s "$SHOP_STATE/pid" ]; do sleep 0.05; done
"#;

pub(super) struct Shop {
    pub(super) act: Act,
    pub(super) github: FakeGitHub,
    pub(super) repository: RepoHandle,
    pub(super) images: Distribution,
    pub(super) packages: FakeRegistry,
    pub(super) slack: FakeSlack,
    pub(super) port: u16,
    state: PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        // The service outlives the jobs that started it, but not the shop.
        if let Some(pid) = self.pid() {
            let _ = std::process::Command::new("kill").arg(pid.to_string()).status();
        }
    }
}

pub(super) fn manifest(version: &str) -> String {
    json!({ "name": "@acme/shop", "version": version, "files": ["service.py"] }).to_string() + "\n"
}

impl Shop {
    /// The shop at 1.0.0, with a changeset for 1.1.0; `None` after a line that says what is
    /// missing.
    pub(super) fn open() -> Option<Self> {
        let mut act = Act::new()?;
        for tool in ["buildah", "skopeo", "jq", "npm", "python3"] {
            launchway_testkit::distribution::tool(tool)?;
        }
        let images = Distribution::basic()?;
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, PERMISSIONS);
        let repository = github.add_repository("acme", "shop");
        let packages = FakeRegistry::start();
        packages.add_token(NPM, "acme");
        packages.seed("@acme/shop", "1.0.0");
        let slack = FakeSlack::start();
        slack.add_token(SLACK, launchway_testkit::slack::ALL_SCOPES);
        slack.add_channel(CHANNEL, "deploys");
        repository.commit(
            "main",
            "start",
            &[
                ("package.json", Some(&manifest("1.0.0"))),
                (".changeset/config.json", Some("{}\n")),
                (".changeset/first.md", Some("---\n\"@acme/shop\": minor\n---\n\nSells apples.\n")),
                ("service.py", Some(SERVICE)),
                ("deploy.sh", Some(DEPLOY)),
                ("Dockerfile", Some("FROM scratch\nCOPY service.py package.json /\n")),
            ],
        );
        act.repository(&github, &repository, TOKEN);
        act.registry(images.host());
        let state = act.at("serving");
        std::fs::create_dir_all(&state).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        act.env("SHOP_STATE", &state.to_string_lossy());
        act.env("SHOP_PORT", &port.to_string());
        act.env("STAND_IN_SLACK", &slack.api_url());
        act.secret("NPM_TOKEN", NPM);
        act.secret("REGISTRY_PASSWORD", PASSWORD);
        act.secret("SLACK_TOKEN", SLACK);
        Some(Self { act, github, repository, images, packages, slack, port, state })
    }

    /// One workflow: release, and if something was published, image and deploy.
    pub(super) fn workflow(&self) -> String {
        include_str!("story.yml")
            .replace("NPM_REGISTRY", self.packages.url())
            .replace("IMAGE_HOST", self.images.host())
            .replace("IMAGE_USER", USER)
            .replace("SHOP_ADDRESS", &format!("http://127.0.0.1:{}", self.port))
    }

    /// A version that starts, and answers nothing but 503, with a changeset.
    pub(super) fn break_it(&self) {
        let broken = SERVICE.replace("STATUS = 200", "STATUS = 503");
        let changeset = "---\n\"@acme/shop\": minor\n---\n\nSells pears.\n";
        let files = [("service.py", Some(broken.as_str())), (".changeset/b.md", Some(changeset))];
        self.repository.commit("main", "Sell pears", &files);
    }

    /// Runs a workflow for a push of what `main` is now.
    pub(super) fn push(&mut self, workflow: &str) -> Run {
        let sha = self.repository.sha("refs/heads/main").unwrap();
        self.act.on("refs/heads/main", &sha);
        let event = json!({
            "ref": "refs/heads/main",
            "after": sha,
            "head_commit": { "id": sha, "message": "a push" },
        });
        self.act.run(workflow, "push", &event)
    }

    /// What the service answers: the status and its version.
    pub(super) fn serves(&self) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}/", self.port);
        match client::request("GET", &url, &[], b"") {
            Ok(answer) => {
                let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
                (answer.status, body["version"].clone())
            }
            Err(_) => (0, Value::Null),
        }
    }

    /// The process that serves.
    pub(super) fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.state.join("pid")).ok()?.trim().parse().ok()
    }
}

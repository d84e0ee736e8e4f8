//! `launchway-notify` beside the real slack-github-action and curl: the same message to the same
//! Slack on loopback, by an incoming webhook and by a bot token; then what only ours does.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::tls::{TlsServer, TlsSettings};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::usage::{self, Figure, Runs};
use crate::shell;
use crate::tools::Tools;

const ROUNDS: usize = 31;
/// Of the real action's processor time, and of curl's.
const CPU: f64 = 1.0 / 20.0;
const CPU_CURL: f64 = 2.0;
/// MiB.
const PEAK: f64 = 15.0;
/// Bytes of the program.
const SIZE: u64 = 6_000_000;
/// Bytes of a long changelog.
const CHANGELOG: usize = 1_000_000;
/// What the `action.yml` of the real action calls it.
pub(super) const ACTION: &str = "The Slack GitHub Action";
/// What its script is called in its checkout.
pub(super) const SCRIPT: &str = "dist/index.js";

/// The tools that are here.
struct Programs {
    ours: PathBuf,
    /// Node.js and the script of the real action.
    action: Option<(PathBuf, PathBuf)>,
    curl: Option<PathBuf>,
}

/// Measures and prints.
pub(super) fn run(ours: &Path, peer: Option<&Path>) -> Result<()> {
    let action = match peer {
        Some(folder) => {
            let node = Tools::find("node").context("run `cargo xtask test --install` first")?;
            Some((node, std::path::absolute(folder.join(SCRIPT))?))
        }
        None => {
            println!("\n(`--peer FOLDER`, a checkout of slack-github-action, compares with it)");
            None
        }
    };
    let programs = Programs { ours: ours.to_owned(), action, curl: shell::on_path("curl") };
    if programs.curl.is_none() {
        println!("\n(curl is not here and not compared with: Debian's package curl brings it)");
    }
    let place = Place::new()?;
    println!("\nthe notifier, {ROUNDS} rounds in turns");
    place.webhook(&programs)?;
    place.secure(&programs)?;
    place.token(&programs)?;
    place.changelog(&programs)?;
    key(&programs)?;
    let size = std::fs::metadata(ours)?.len();
    println!("\n  the program, bytes: {size}, at most {SIZE}: {}", met(size <= SIZE));
    Ok(())
}

fn met(is: bool) -> &'static str {
    if is { "met" } else { "NOT MET" }
}

/// What is posted: to a channel with a token, a webhook knows its own.
fn message(channel: Option<&str>) -> Value {
    let mut message = json!({
        "text": "Deployed acme/rocket 1.4.2 to production",
        "blocks": [
            { "type": "header", "text": { "type": "plain_text", "text": "Deployed to production" } },
            { "type": "section", "fields": [
                { "type": "mrkdwn", "text": "*Version*\n1.4.2" },
                { "type": "mrkdwn", "text": "*Environment*\nproduction" },
            ] },
        ],
    });
    if let (Some(channel), Some(message)) = (channel, message.as_object_mut()) {
        message.insert("channel".to_owned(), channel.into());
    }
    message
}

/// A Slack, and a runner's folder.
struct Place {
    slack: FakeSlack,
    dir: TempDir,
}

impl Place {
    fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let event = json!({
            "ref": "refs/heads/main",
            "head_commit": { "id": "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b", "message": "Go" },
            "repository": { "full_name": "acme/rocket", "html_url": "https://github.com/acme/rocket" },
        });
        std::fs::write(dir.path().join("event.json"), event.to_string())?;
        Ok(Self { slack: FakeSlack::start(), dir })
    }

    /// A command in the environment a runner gives it, without proxies.
    fn step(&self, mut command: Command) -> Result<Command> {
        for name in ["OUTPUT", "ENV", "STATE", "PATH", "STEP_SUMMARY"] {
            let path = self.dir.path().join(name.to_lowercase());
            std::fs::write(&path, "")?;
            command.env(format!("GITHUB_{name}"), path);
        }
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.current_dir(self.dir.path()).env("RUNNER_TEMP", self.dir.path());
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_JOB", "deploy"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REPOSITORY", "acme/rocket"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_RUN_ID", "1234567890"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_SHA", "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b"),
            ("GITHUB_WORKFLOW", "Deploy"),
        ] {
            command.env(name, value);
        }
        command.env("GITHUB_EVENT_PATH", self.dir.path().join("event.json"));
        Ok(command)
    }

    /// Ours, with all inputs of the action, as a step has them: those that are not given are empty.
    fn ours(&self, programs: &Programs, inputs: &[(&str, &str)]) -> Result<Command> {
        let slack = launchway_notify::verb("slack");
        let names = slack.get_arguments().filter_map(|argument| argument.get_long());
        let mut all: Map<String, Value> = names.map(|name| (name.to_owned(), "".into())).collect();
        all.extend(inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        let mut command = Command::new(&programs.ours);
        command.arg("slack").env("LAUNCHWAY_INPUTS", Value::Object(all).to_string());
        self.step(command)
    }

    /// The real action; the defaults of its `action.yml` among the inputs.
    fn theirs(&self, programs: &Programs, inputs: &[(&str, &str)]) -> Result<Option<Command>> {
        let Some((node, script)) = &programs.action else { return Ok(None) };
        let mut command = Command::new(node);
        command.arg(script);
        let defaults = [("payload-templated", "false"), ("retries", "5"), ("errors", "true")];
        for (name, value) in defaults.iter().chain(inputs) {
            command.env(format!("INPUT_{}", name.to_uppercase()), value);
        }
        self.step(command).map(Some)
    }

    /// curl, doing these requests on one connection; with a body they are posts.
    fn curl(&self, programs: &Programs, all: &[Ask<'_>]) -> Result<Option<Command>> {
        let Some(curl) = &programs.curl else { return Ok(None) };
        let mut command = Command::new(curl);
        for (number, ask) in all.iter().enumerate() {
            if number > 0 {
                command.arg("--next");
            }
            command.args(["--silent", "--show-error", "--fail", "--output", "answer"]);
            if let Some(token) = ask.token {
                command.arg("--header").arg(format!("Authorization: Bearer {token}"));
            }
            if let Some(body) = ask.json {
                command.args(["--header", "Content-Type: application/json; charset=utf-8"]);
                command.arg("--data-binary").arg(body);
            }
            command.arg(&ask.url);
        }
        self.step(command).map(Some)
    }

    /// Runs those that are here in turns; each must post one message.
    fn compare(
        &self,
        title: &str,
        commands: Vec<(&'static str, Command)>,
        count: impl Fn() -> usize,
    ) -> Result<Vec<(&'static str, Runs)>> {
        let mut seen: Vec<_> =
            commands.into_iter().map(|(name, command)| (name, command, Runs::default())).collect();
        let mut asked = Vec::new();
        for round in 0..=ROUNDS {
            asked.clear();
            for (name, command, runs) in &mut seen {
                let before = count();
                self.slack.forget_requests();
                // The first round warms up.
                let mut warm_up = Runs::default();
                if round == 0 { &mut warm_up } else { runs }.measure(command)?;
                let posted = count() - before;
                ensure!(posted == 1, "{name} posted {posted} messages");
                let calls = self.slack.calls();
                if !calls.is_empty() {
                    asked.push(format!("{name}: {}", calls.join(", ")));
                }
            }
        }
        usage::heading(title);
        for (name, _, runs) in &seen {
            usage::print(name, runs);
        }
        if !asked.is_empty() {
            println!("  requests: {}", asked.join("; "));
        }
        Ok(seen.into_iter().map(|(name, _, runs)| (name, runs)).collect())
    }

    /// How many messages there are.
    fn posted(&self) -> usize {
        self.slack.messages(DEPLOYS).len()
    }

    fn webhook(&self, programs: &Programs) -> Result<()> {
        let url = self.slack.add_webhook(DEPLOYS);
        let payload = message(None).to_string();
        let inputs = [
            ("webhook", url.as_str()),
            ("webhook-type", "incoming-webhook"),
            ("payload", payload.as_str()),
        ];
        let ask = Ask { url: url.clone(), token: None, json: Some(&payload) };
        let commands = [
            (OURS, Some(self.ours(programs, &inputs)?)),
            (ACTS, self.theirs(programs, &inputs)?),
            (CURL, self.curl(programs, &[ask])?),
        ];
        let seen = self.compare("a post by webhook", here(commands), || self.posted())?;
        judge(&seen, CURL);
        Ok(())
    }

    /// The same by TLS, as on a runner: each reads the system's authorities and one of this bench.
    fn secure(&self, programs: &Programs) -> Result<()> {
        let Some(certificates) = Certificates::new() else {
            println!("\n(without openssl no post by TLS is measured)");
            return Ok(());
        };
        let server = TlsServer::start(&TlsSettings::new(
            &certificates.make(&Wanted::server(&["IP:127.0.0.1"])),
        ));
        let mut bundle = std::fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
        bundle.extend(std::fs::read(certificates.authority())?);
        let file = self.dir.path().join("authorities.pem");
        std::fs::write(&file, bundle)?;
        let url = format!("{}/services/T0/B0/secret", server.url("https", "127.0.0.1"));
        let payload = message(None).to_string();
        let inputs = [
            ("webhook", url.as_str()),
            ("webhook-type", "incoming-webhook"),
            ("payload", payload.as_str()),
        ];
        let ask = Ask { url: url.clone(), token: None, json: Some(&payload) };
        let mut commands = here([
            (OURS, Some(self.ours(programs, &inputs)?)),
            (ACTS, self.theirs(programs, &inputs)?),
            (CURL, self.curl(programs, &[ask])?),
        ]);
        for (_, command) in &mut commands {
            // Node.js has authorities built in; ours reads this folder besides, if nobody says otherwise.
            command.env("NODE_EXTRA_CA_CERTS", certificates.authority());
            command.env("CURL_CA_BUNDLE", &file).env("SSL_CERT_FILE", &file);
            command.env("SSL_CERT_DIR", "/etc/ssl/certs");
        }
        let count = || server.handshakes().len();
        let seen = self.compare("the same by TLS, verified", commands, count)?;
        judge(&seen, CURL);
        Ok(())
    }

    /// Ours asks for the link to the message besides, which is an output: a second request.
    fn token(&self, programs: &Programs) -> Result<()> {
        let payload = message(Some(DEPLOYS)).to_string();
        let api = format!("{}/", self.slack.api_url());
        let inputs = [
            ("token", BOT_TOKEN),
            ("method", "chat.postMessage"),
            ("api", api.as_str()),
            ("payload", payload.as_str()),
        ];
        let post = || Ask {
            url: format!("{api}chat.postMessage"),
            token: Some(BOT_TOKEN),
            json: Some(&payload),
        };
        // Which message does not matter here, but it has to be one: the link is found or it fails.
        let first = self.slack.messages(DEPLOYS).first().map(|one| one.ts.clone());
        let first = first.context("the webhook posted before")?;
        let link = format!("{api}chat.getPermalink?channel={DEPLOYS}&message_ts={first}");
        let link = Ask { url: link, token: Some(BOT_TOKEN), json: None };
        let commands = [
            (OURS, Some(self.ours(programs, &inputs)?)),
            (ACTS, self.theirs(programs, &inputs)?),
            (CURL, self.curl(programs, &[post()])?),
            (CURL_LINK, self.curl(programs, &[post(), link])?),
        ];
        let seen =
            self.compare("a post by token (chat.postMessage)", here(commands), || self.posted())?;
        judge(&seen, CURL_LINK);
        if let Some((ours, curl)) = pair(&seen, CURL, Figure::Cpu) {
            println!("  cpu, ours with both to curl with one:  {:.2} times", ours / curl);
        }
        Ok(())
    }

    /// A release whose notes are too long for any message.
    fn changelog(&self, programs: &Programs) -> Result<()> {
        let line = "- **core**: what `this` changed & why, see [#1](https://example.com/1)\n";
        let notes = line.repeat(CHANGELOG / line.len());
        std::fs::write(self.dir.path().join("CHANGELOG.md"), notes)?;
        let url = self.slack.add_webhook(DEPLOYS);
        let inputs = [
            ("webhook", url.as_str()),
            ("template", "release"),
            ("version", "1.4.2"),
            ("status", "success"),
            ("changelog-file", "CHANGELOG.md"),
        ];
        let ours = self.ours(programs, &inputs)?;
        let title = "a release by webhook, with a changelog of 1 MB that is cut";
        let seen = self.compare(title, vec![(OURS, ours)], || self.posted())?;
        judge(&seen, CURL);
        Ok(())
    }
}

/// A message of a key: its first post, then its update by a later job, in an empty channel.
fn key(programs: &Programs) -> Result<()> {
    let [mut posts, mut updates]: [Runs; 2] = Default::default();
    let mut asked = [String::new(), String::new()];
    for round in 0..=ROUNDS {
        let place = Place::new()?;
        let api = place.slack.api_url();
        let mut warm_up = Runs::default();
        for ((status, runs), asked) in
            [("started", &mut posts), ("success", &mut updates)].into_iter().zip(&mut asked)
        {
            let inputs = [
                ("token", BOT_TOKEN),
                ("api-url", api.as_str()),
                ("channel", DEPLOYS),
                ("key", "deploy-production"),
                ("template", "deploy"),
                ("environment", "production"),
                ("version", "1.4.2"),
                ("status", status),
            ];
            place.slack.forget_requests();
            let command = place.ours(programs, &inputs)?;
            if round == 0 { &mut warm_up } else { runs }.measure(&command)?;
            *asked = place.slack.calls().join(", ");
        }
        let all = place.slack.messages(DEPLOYS);
        let alone = all.iter().filter(|one| one.thread_ts.is_none()).count();
        ensure!(alone == 1, "{alone} messages of one key");
    }
    let title = "a message of a key, by token: its post when started, its update at success";
    usage::heading(title);
    usage::print("ours, post", &posts);
    usage::print("ours, update", &updates);
    let [post, update] = asked;
    println!("  requests: post: {post}; update: {update}");
    peak(&[("ours, post", posts), ("ours, update", updates)]);
    Ok(())
}

const OURS: &str = "ours";
const ACTS: &str = "the real action";
const CURL: &str = "curl";
const CURL_LINK: &str = "curl, and link";

/// One request of curl's.
struct Ask<'a> {
    url: String,
    token: Option<&'a str>,
    json: Option<&'a str>,
}

fn here<const N: usize>(
    commands: [(&'static str, Option<Command>); N],
) -> Vec<(&'static str, Command)> {
    commands.into_iter().filter_map(|(name, command)| Some((name, command?))).collect()
}

/// A median of ours and of another.
fn pair(seen: &[(&str, Runs)], other: &str, figure: Figure) -> Option<(f64, f64)> {
    let of = |wanted| seen.iter().find(|(name, _)| *name == wanted);
    Some((of(OURS)?.1.median(figure), of(other)?.1.median(figure)))
}

fn judge(seen: &[(&str, Runs)], curl: &str) {
    for (other, share) in [(ACTS, CPU), (curl, CPU_CURL)] {
        if let Some((ours, theirs)) = pair(seen, other, Figure::Cpu) {
            usage::aim(&format!("cpu, ours to {other}"), ours, theirs, share);
        }
    }
    peak(seen);
}

/// The most that ours held in any round.
fn peak(seen: &[(&str, Runs)]) {
    let ours = seen.iter().filter(|(name, _)| name.starts_with(OURS));
    let most = ours.map(|(_, runs)| runs.spread(Figure::Peak).most).fold(0.0, f64::max);
    println!("  peak of ours, most: {most:.1} MiB, at most {PEAK:.1}: {}", met(most <= PEAK));
}

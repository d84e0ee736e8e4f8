//! The last chapter: the team is told of the deployment, by the Slack action.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::chat::{How, Limit, Trouble};
use launchway_testkit::github::Job;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, Message};
use launchway_testkit::{StepRun, TestRepo};

use super::story::{self, Traffic};
use super::{Demo, NAME};
use crate::shell;

const RELEASED: &str = "3.0.0";
/// What every message of the chapter is about.
const KEY: (&str, &str) = ("key", "deploy-production");
/// The job that fails, as people call it.
const FAILED: &str = "deploy (eu-central)";

/// One run of the deployment's workflow.
struct Run<'a> {
    slack: &'a FakeSlack,
    id: &'a str,
    attempt: &'a str,
}

impl Demo {
    /// A message that lives, a failure with its link, an answer that gets lost.
    pub(super) fn announces(&self) -> Result<()> {
        let (slack, story) = (FakeSlack::start(), &self.story);
        story.chapter("The team is told: one message of the deployment, exactly once");
        story.say("The deployment's workflow tells of itself three times. All steps name the same `key`, so the channel gets one message that follows along, and the steps in its thread. The last time Slack has had enough: it answers 429 and asks for a second, which is waited for.");
        let run = Run { slack: &slack, id: "51", attempt: "1" };
        self.told(&run, &[("status", "started")])?;
        self.told(
            &run,
            &[("status", "started"), ("title", "3.0.0 serves a tenth of all requests")],
        )?;
        let usual = Trouble::before(How::Limit(Limit::Usual(1)));
        slack.fail(usual.on("chat.update"));
        let began = Instant::now();
        let last = [
            ("status", "success"),
            ("environment-url", "https://shop.example"),
            ("changelog", "- The app follows the system's theme\n- The painter is *twice* as fast"),
        ];
        let done = self.told(&run, &last)?;
        ensure!(began.elapsed() > Duration::from_secs(1), "the 429 was not waited for");
        let [message] = &*in_channel(&slack) else { anyhow::bail!("there is not one message") };
        ensure!(message.ts == done.output("ts"), "another message was told of");
        let lines = thread(&slack, message);
        ensure!(lines.len() == 3, "not three lines in its thread: {lines:?}");
        story.message("#deploys", &content(message));
        story.quote("its thread", &lines.join("\n"));

        story.say("The next deployment fails. The step that tells runs anyway, knows from `needs` which job it was, and asks GitHub for its page and the step that failed.");
        self.remote.add_job(Job {
            run: 52,
            attempt: 1,
            name: FAILED.to_owned(),
            conclusion: Some("failure".to_owned()),
            runner: None,
            steps: vec![("Wait until it serves".to_owned(), Some("failure".to_owned()))],
        });
        let run = Run { slack: &slack, id: "52", attempt: "1" };
        let needs = r#"{"build": {"result": "success"}, "deploy": {"result": "failure"}}"#;
        self.told(&run, &[("needs", needs)])?;
        let message = in_channel(&slack).pop().context("the failure was not told of")?;
        let shown = message.blocks.to_string();
        ensure!(shown.contains(FAILED) && shown.contains("/job/"), "no link to the job: {shown}");
        story.message("#deploys", &content(&message));

        story.say("The third one succeeds. Slack takes the message, and its answer gets lost on the way: whether it is there, nobody knows. It is not sent again but looked for, and found. Then the whole job runs a second time: still one message, and a line in its thread for either attempt.");
        slack.fail(Trouble::after(How::Close).on("chat.postMessage"));
        let before = in_channel(&slack).len();
        let asked = slack.requests().len();
        for attempt in ["1", "2"] {
            let run = Run { slack: &slack, id: "53", attempt };
            let told = self.told(&run, &[("status", "success")])?;
            ensure!(told.output("ok") == "true", "attempt {attempt} was not told of");
            let count = in_channel(&slack).len() - before;
            ensure!(count == 1, "{count} messages after attempt {attempt}");
        }
        let written = written(&slack, asked);
        let posts = written.iter().filter(|one| one.starts_with("chat.postMessage:")).count();
        ensure!(posts == 1, "it was posted {posts} times: {written:?}");
        story.quote("what was posted or changed meanwhile", &written.join("\n"));
        let seen = slack.requests();
        story.requests(seen.iter().map(|one| Traffic::new("Slack", one)).collect());
        let hosts = slack.hosts_that_saw(BOT_TOKEN).len();
        ensure!(hosts == 1, "the token was sent to {hosts} hosts");
        Ok(())
    }

    fn told(&self, run: &Run<'_>, inputs: &[(&str, &str)]) -> Result<StepRun> {
        let api = run.slack.api_url();
        let usual = [
            ("token", BOT_TOKEN),
            ("channel", DEPLOYS),
            ("api-url", api.as_str()),
            ("template", "deploy"),
            ("environment", "production"),
            ("version", RELEASED),
            KEY,
        ];
        let checkout = TestRepo::clone_of(self.remote.path());
        let runner = self
            .runner(&checkout)?
            .secret(BOT_TOKEN)
            .env("GITHUB_WORKFLOW", &format!("Deploy {NAME}"))
            .env("GITHUB_RUN_ID", run.id)
            .env("GITHUB_RUN_NUMBER", run.id)
            .env("GITHUB_RUN_ATTEMPT", run.attempt);
        let all = [&usual[..], inputs].concat();
        let told = self.seen(runner.run_action(shell::at("actions/slack-notify"), &all))?;
        ensure!(told.exit_code == 0, "the message was not sent:\n{}", told.log);
        ensure!(!told.log.contains(BOT_TOKEN), "a secret stands in the log:\n{}", told.log);
        Ok(told)
    }
}

/// The messages of the channel itself.
fn in_channel(slack: &FakeSlack) -> Vec<Message> {
    let all = slack.messages(DEPLOYS).into_iter();
    all.filter(|one| one.thread_ts.is_none()).collect()
}

/// What the thread of a message says.
fn thread(slack: &FakeSlack, message: &Message) -> Vec<String> {
    let all = slack.messages(DEPLOYS).into_iter();
    let of_it = all.filter(|one| one.thread_ts.as_ref() == Some(&message.ts));
    of_it.map(|one| plain(&one.text)).collect()
}

/// A line of a thread without its link.
fn plain(text: &str) -> String {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inner.and_then(|inner| inner.split_once('|')).map_or(text, |(_, shown)| shown).to_owned()
}

/// The requests from this one on that asked for a change, and what came of them.
fn written(slack: &FakeSlack, from: usize) -> Vec<String> {
    let asked = slack.requests().into_iter().skip(from).filter(story::is_write);
    asked
        .map(|one| {
            let place = if one.body.contains("\"thread_ts\"") { ", into its thread" } else { "" };
            let answer = if one.status == 0 { "the answer gets lost" } else { "taken" };
            format!("{}{place}: {answer}", one.path.trim_start_matches("/api/"))
        })
        .collect()
}

/// What people see of it.
fn content(message: &Message) -> serde_json::Value {
    serde_json::json!({ "text": message.text, "blocks": message.blocks })
}

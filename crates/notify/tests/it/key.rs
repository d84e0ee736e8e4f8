//! `key`: one message that lives, by the built program against a workspace that keeps state.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails here")]

use std::thread;
use std::time::Duration;

use launchway_testkit::chat::{How as Wrong, Limit, Trouble};
use launchway_testkit::runner::How;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, Message, OCTOCAT, OTHERS};
use launchway_testkit::{FakeRunner, KillSwitch, Moment, StepRun};
use serde_json::json;

use crate::ways::each;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

/// A step of a job.
struct Step<'a> {
    slack: &'a FakeSlack,
    run: &'a str,
    attempt: &'a str,
    job: &'a str,
    switch: Option<&'a KillSwitch>,
}

impl<'a> Step<'a> {
    fn of(slack: &'a FakeSlack, run: &'a str, job: &'a str) -> Self {
        Self { slack, run, attempt: "1", job, switch: None }
    }

    fn tells(&self, status: &str, title: &str) -> StepRun {
        self.tells_with(&[("status", status), ("title", title)])
    }

    /// Later inputs win.
    fn tells_with(&self, more: &[(&str, &str)]) -> StepRun {
        let dir = tempfile::tempdir().unwrap();
        let mut runner = FakeRunner::new(dir.path())
            .env("GITHUB_RUN_ID", self.run)
            .env("GITHUB_RUN_ATTEMPT", self.attempt)
            .env("GITHUB_JOB", self.job)
            .env("GITHUB_ACTION", "tell");
        if let Some(switch) = self.switch {
            runner = runner.kill_switch(switch);
        }
        let api = self.slack.api_url();
        let mut inputs = vec![
            ("token", BOT_TOKEN),
            ("channel", DEPLOYS),
            ("key", "deploy-prod"),
            ("api-url", api.as_str()),
        ];
        inputs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        inputs.extend(more);
        runner.run_program(PROGRAM, &["slack"], How::Json, &inputs)
    }
}

fn channel(slack: &FakeSlack) -> Vec<Message> {
    slack.messages(DEPLOYS).into_iter().filter(|one| one.thread_ts.is_none()).collect()
}

fn thread(slack: &FakeSlack, ts: &str) -> Vec<String> {
    let of_it = |one: &Message| one.thread_ts.as_deref() == Some(ts);
    slack.messages(DEPLOYS).into_iter().filter(of_it).map(|one| one.text).collect()
}

/// The only message of the channel, its thread.
#[track_caller]
fn only(slack: &FakeSlack) -> (Message, Vec<String>) {
    let all = channel(slack);
    assert_eq!(all.len(), 1, "{all:#?}");
    let one = all[0].clone();
    let thread = thread(slack, &one.ts);
    (one, thread)
}

#[test]
fn two_jobs_of_a_run_and_its_next_attempt_share_one_message() {
    let slack = FakeSlack::start();
    let first = Step::of(&slack, "1", "build").tells("started", "Building").success();
    Step::of(&slack, "1", "deploy").tells("failure", "Deploy broke").success();
    let again = Step { attempt: "2", ..Step::of(&slack, "1", "deploy") };
    let last = again.tells("success", "Deployed").success();
    let (message, lines) = only(&slack);
    assert!(message.text.contains("Deployed"), "{message:?}");
    assert_eq!(message.payload("key"), "deploy-prod");
    assert_eq!(message.updates, 2);
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, words) in lines.iter().zip(["Building", "Deploy broke", "Deployed"]) {
        assert!(line.contains(words), "{lines:?}");
    }
    for run in [&first, &last] {
        assert_eq!(run.output("ts"), message.ts);
        assert_eq!(run.output("channel-id"), DEPLOYS);
        assert_eq!(run.output("ok"), "true");
    }
    // The next run begins anew.
    Step::of(&slack, "2", "build").tells("started", "Building").success();
    assert_eq!(channel(&slack).len(), 2);
}

#[test]
fn a_program_killed_anywhere_and_run_again_leaves_one_message_and_each_line_once() {
    for write in 1..=2 {
        for moment in [Moment::Before, Moment::After] {
            let slack = FakeSlack::start();
            let switch = KillSwitch::at(write, moment);
            slack.kill_switch(&switch);
            let step = Step { switch: Some(&switch), ..Step::of(&slack, "1", "deploy") };
            assert_ne!(step.tells("started", "Deploying").exit_code, 0);
            assert!(switch.has_struck(), "{write} {moment:?}");
            Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
            let again = Step { attempt: "2", ..Step::of(&slack, "1", "deploy") };
            again.tells("started", "Deploying").success();
            let (_, lines) = only(&slack);
            assert_eq!(lines.len(), 1, "{write} {moment:?}: {lines:?}");
        }
    }
}

#[test]
fn an_answer_that_is_lost_makes_no_second_message() {
    let mut rows = Vec::new();
    for wrong in [Wrong::Close, Wrong::Reset, Wrong::Empty, Wrong::Status(500), Wrong::Status(502)]
    {
        for nth in 1..=2 {
            rows.push((Trouble::before(wrong.clone()), nth));
            rows.push((Trouble::after(wrong.clone()), nth));
        }
    }
    each(&rows, |(trouble, nth)| {
        let told = format!("{trouble:?} at {nth}");
        let slack = FakeSlack::start();
        slack.fail(trouble.clone().on("chat.postMessage").nth(*nth));
        let run = Step::of(&slack, "1", "deploy").tells("started", "Deploying");
        assert_eq!(run.exit_code, 0, "{told}\n{}", run.log);
        let (message, lines) = only(&slack);
        assert_eq!(lines.len(), 1, "{told}: {lines:?}");
        assert_eq!(run.output("ts"), message.ts, "{told}");
    });
}

#[test]
fn what_becomes_readable_late_is_found() {
    let slack = FakeSlack::start();
    slack.history_lag(Duration::from_millis(400));
    slack.fail(Trouble::after(Wrong::Close).on("chat.postMessage"));
    Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    assert_eq!(only(&slack).1.len(), 1);
}

#[test]
fn a_rate_limit_in_the_middle_is_waited_for() {
    let methods = [
        "conversations.history",
        "chat.update",
        "conversations.replies",
        "chat.postMessage",
        "auth.test",
    ];
    each(&methods, |method| {
        let slack = FakeSlack::start();
        Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
        slack.fail(Trouble::before(Wrong::Limit(Limit::Usual(1))).on(method));
        let run = Step::of(&slack, "1", "deploy").tells("success", "Deployed").success();
        assert!(run.elapsed >= Duration::from_secs(1), "{method} {:?}", run.elapsed);
        let (message, lines) = only(&slack);
        assert_eq!((message.updates, lines.len()), (1, 2), "{method}");
    });
}

#[test]
fn who_the_bot_is_is_asked_once() {
    let slack = FakeSlack::start();
    Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    slack.forget_requests();
    Step::of(&slack, "1", "deploy").tells("success", "Deployed").success();
    assert_eq!(slack.requests_to("auth.test").len(), 1, "{:?}", slack.calls());
}

#[test]
fn a_message_that_was_deleted_is_posted_anew() {
    let slack = FakeSlack::start();
    let first = Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    slack.delete(DEPLOYS, first.output("ts"));
    let second = Step::of(&slack, "1", "deploy").tells("success", "Deployed").success();
    let all = channel(&slack);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].ts.as_str(), thread(&slack, &all[0].ts).len()), (second.output("ts"), 1));

    // Between the look and the update.
    slack.fail(Trouble::before(Wrong::Word("message_not_found".to_owned())).on("chat.update"));
    let third = Step::of(&slack, "1", "deploy").tells("failure", "Broken").success();
    assert_ne!(third.output("ts"), second.output("ts"));
    assert_eq!(thread(&slack, third.output("ts")).len(), 1);
}

#[test]
fn a_message_that_cannot_be_changed_is_linked_to() {
    let slack = FakeSlack::start();
    let first = Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    slack.edit_window(Some(Duration::ZERO));
    let second = Step::of(&slack, "1", "deploy").tells("success", "Deployed").success();
    let all = channel(&slack);
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].ts, second.output("ts"));
    let link = first.output("ts").replace('.', "");
    assert!(all[1].text.contains(&link), "{:?}", all[1].text);
    assert!(all[1].blocks.to_string().contains(&link), "{}", all[1].blocks);
}

#[test]
fn jobs_that_begin_at_the_same_moment_end_with_one_message() {
    let slack = FakeSlack::start();
    thread::scope(|scope| {
        for job in ["a", "b", "c", "d"] {
            let slack = &slack;
            scope.spawn(move || {
                Step::of(slack, "1", job).tells("started", &format!("Job {job}")).success()
            });
        }
    });
    let (_, lines) = only(&slack);
    assert_eq!(lines.len(), 4, "{lines:?}");
}

#[test]
fn a_job_that_begins_late_hides_no_end_and_is_told_in_the_thread() {
    let slack = FakeSlack::start();
    Step::of(&slack, "1", "a").tells("started", "Deploying eu").success();
    Step::of(&slack, "1", "a").tells("failure", "Broke in eu").success();
    let late = [("status", "started"), ("title", "Deploying us"), ("mentions", OCTOCAT)];
    let run = Step::of(&slack, "1", "b").tells_with(&late).success();
    let good = Step::of(&slack, "1", "b").tells("success", "Deployed us").success();
    let (message, lines) = only(&slack);
    assert!(message.text.contains("Broke in eu"), "{message:?}");
    assert_eq!(message.payload("status"), "failure");
    assert_eq!(message.updates, 1);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[2].contains("Deploying us") && lines[2].contains(OCTOCAT), "{lines:?}");
    for step in [&run, &good] {
        assert_eq!((step.output("ok"), step.output("ts")), ("true", message.ts.as_str()));
        assert!(step.log.contains("goes on saying `failure`"), "{}", step.log);
    }
    // The next attempt begins anew.
    let again = Step { attempt: "2", ..Step::of(&slack, "1", "b") };
    again.tells("started", "Deploying us").success();
    assert_eq!(only(&slack).0.payload("status"), "started");
}

#[test]
fn legs_of_a_matrix_that_end_at_the_same_moment_show_the_worst() {
    let slack = FakeSlack::start();
    Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    thread::scope(|scope| {
        for (leg, status) in ["success", "failure", "success", "started"].iter().enumerate() {
            let slack = &slack;
            scope.spawn(move || {
                Step::of(slack, "1", "deploy").tells(status, &format!("Leg {leg}")).success()
            });
        }
    });
    let (message, lines) = only(&slack);
    assert_eq!(message.payload("status"), "failure", "{message:?}");
    assert!(message.text.contains("Leg 1"), "{message:?}");
    assert_eq!(lines.len(), 5, "{lines:?}");
}

#[test]
fn a_message_of_another_app_is_not_ours_whatever_it_says() {
    let slack = FakeSlack::start();
    let first = Step::of(&slack, "1", "deploy").tells("started", "Deploying").success();
    let forged = slack.message(first.output("ts")).unwrap().metadata;
    slack.delete(DEPLOYS, first.output("ts"));
    let theirs = slack.post_as_other_with(DEPLOYS, "not ours", forged);
    let second = Step::of(&slack, "1", "deploy").tells("success", "Deployed").success();
    assert_ne!(second.output("ts"), theirs);
    assert_eq!(slack.message(&theirs).unwrap().text, "not ours");
}

#[test]
fn a_channel_by_name_and_a_person_are_found() {
    let slack = FakeSlack::start();
    for channel in ["#deploys", "deploys", DEPLOYS] {
        let run = Step::of(&slack, "1", "deploy").tells_with(&[
            ("channel", channel),
            ("status", "started"),
            ("title", "Hi"),
        ]);
        assert_eq!(run.success().output("channel-id"), DEPLOYS);
    }
    assert_eq!(only(&slack).1.len(), 1);
    for status in ["started", "success"] {
        Step::of(&slack, "1", "deploy")
            .tells_with(&[("channel", OCTOCAT), ("status", status), ("title", "Hi")])
            .success();
    }
    let direct: Vec<_> =
        slack.all_messages().into_iter().filter(|one| one.channel.starts_with('D')).collect();
    assert_eq!(direct.iter().filter(|one| one.thread_ts.is_none()).count(), 1);
}

#[test]
fn where_the_channel_cannot_be_read_nothing_is_posted_and_the_remedy_is_told() {
    let without = |gone: &str| {
        let all = launchway_testkit::slack::ALL_SCOPES;
        all.iter().copied().filter(|one| *one != gone).collect::<Vec<_>>()
    };
    for (channel, scopes, hint) in [
        (DEPLOYS, without("channels:history"), "channels:history"),
        ("#deploys", without("channels:read"), "C0123456789"),
        ("#nowhere", without(""), "/invite"),
        (OTHERS, without(""), "/invite"),
        (OCTOCAT, without("im:write"), "im:write"),
    ] {
        let slack = FakeSlack::start();
        slack.limit_scopes(BOT_TOKEN, &scopes);
        let run = Step::of(&slack, "1", "deploy").tells_with(&[
            ("channel", channel),
            ("status", "started"),
            ("title", "Hi"),
        ]);
        assert_eq!(run.exit_code, 1, "{channel}\n{}", run.log);
        assert!(run.log.contains(hint), "{channel} {hint}\n{}", run.log);
        assert!(slack.all_messages().is_empty(), "{channel}");
        assert_eq!(run.output("ok"), "false", "{channel}");
    }
}

#[test]
fn an_update_calls_people_in_the_thread_and_once() {
    let slack = FakeSlack::start();
    let step = Step::of(&slack, "1", "deploy");
    step.tells("started", "Deploying").success();
    let failed = [("status", "failure"), ("title", "Broken"), ("mentions", OCTOCAT)];
    for _ in 0..2 {
        step.tells_with(&failed).success();
    }
    let (_, lines) = only(&slack);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains(&format!("<@{OCTOCAT}>")), "{lines:?}");
}

#[test]
fn a_file_goes_into_the_thread_and_what_names_another_message_is_refused() {
    let slack = FakeSlack::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("build.log");
    std::fs::write(&path, "line 1\n").unwrap();
    let file = ("snippet", path.to_str().unwrap());
    let step = Step::of(&slack, "1", "deploy");
    step.tells("started", "Deploying").success();
    let failed = step.tells_with(&[("status", "failure"), ("title", "Broken"), file]).success();
    assert_eq!(slack.files().len(), 1);
    let all = slack.messages(DEPLOYS);
    let holder = all.iter().find(|one| !one.files.is_empty()).unwrap();
    assert_eq!(holder.thread_ts.as_deref(), Some(failed.output("ts")));

    let before = slack.requests().len();
    for (input, hint) in [
        (("update-ts", "1.2"), "finds its message by itself"),
        (("thread-ts", "1.2"), "its own thread"),
        (("ephemeral-to", OCTOCAT), "one person"),
        (("reaction", "tada"), "in a step of its own"),
        (("method", "chat.postMessage"), "finds its message by itself"),
    ] {
        let run = step.tells_with(&[("text", "x"), input, ("fail-on-error", "false")]).exits(2);
        let said = run.messages("error")[0].to_owned();
        assert!(
            said.contains(&format!("`key` and `{}`", input.0)) && said.contains(hint),
            "{said}"
        );
    }
    assert_eq!(slack.requests().len(), before);
}

#[test]
fn any_key_will_do_and_a_webhook_has_none() {
    let slack = FakeSlack::start();
    for key in ["a \"b\" \\ <!channel> & co", "発射 🚀", &"x".repeat(2000)] {
        for status in ["started", "success"] {
            let run = Step::of(&slack, "1", "deploy").tells_with(&[
                ("key", key),
                ("status", status),
                ("title", "Hi"),
            ]);
            run.success();
        }
    }
    assert_eq!(channel(&slack).len(), 3);
    let webhook = slack.add_webhook(DEPLOYS);
    let run = Step::of(&slack, "1", "deploy").tells_with(&[
        ("token", ""),
        ("webhook", &webhook),
        ("text", "Hi"),
    ]);
    assert_eq!(run.exit_code, 2, "{}", run.log);
    assert_eq!(channel(&slack).len(), 3);
    assert_eq!(json!(slack.requests_to("/services").len()), 0);
}

//! A key's message, with each kind of trouble at each request of each story: one message, each line once,
//! and an end in time.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

use std::time::Duration;

use launchway_testkit::chat::{How as Wrong, Limit, Trouble};
use launchway_testkit::runner::How;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, Message};
use launchway_testkit::{FakeRunner, KillSwitch, Moment, StepRun};

use crate::ways::each;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

fn tells(
    slack: &FakeSlack,
    switch: Option<&KillSwitch>,
    run: &str,
    job: &str,
    status: &str,
    more: &[(&str, &str)],
) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    let mut runner = FakeRunner::new(dir.path())
        .env("GITHUB_RUN_ID", run)
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("GITHUB_JOB", job)
        .env("GITHUB_ACTION", "tell");
    if let Some(switch) = switch {
        runner = runner.kill_switch(switch);
    }
    let api = slack.api_url();
    let title = format!("{job} {status}");
    let mut inputs = vec![
        ("token", BOT_TOKEN),
        ("channel", DEPLOYS),
        ("key", "deploy-prod"),
        ("api-url", api.as_str()),
        ("status", status),
        ("title", title.as_str()),
        ("retries", "RAPID"),
        ("timeout-seconds", "1"),
    ];
    inputs.extend(more);
    runner.run_program(PROGRAM, &["slack"], How::Json, &inputs)
}

/// The step that is looked at.
fn tell(slack: &FakeSlack, more: &[(&str, &str)]) -> StepRun {
    tells(slack, None, "1", "second", "success", more)
}

/// What a step finds, and what it says then.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// Nothing: it posts.
    Post,
    /// The beginning, which it ends.
    Update,
    /// What another run began.
    CarryOn,
    /// An end that counts more.
    Keep,
    /// A message that is too old to be changed.
    Link,
}

const STORIES: [Story; 5] = [Story::Post, Story::Update, Story::CarryOn, Story::Keep, Story::Link];

impl Story {
    /// How many messages there are in the end.
    fn messages(self) -> usize {
        if matches!(self, Self::Link) { 2 } else { 1 }
    }

    fn before(self, slack: &FakeSlack) {
        let (run, status) = match self {
            Self::Post => return,
            Self::Update | Self::Link => ("1", "started"),
            Self::CarryOn => ("0", "started"),
            Self::Keep => ("1", "failure"),
        };
        tells(slack, None, run, "first", status, &[]).success();
        if matches!(self, Self::Link) {
            slack.edit_window(Some(Duration::ZERO));
        }
    }

    /// How many requests it takes.
    fn requests(self) -> usize {
        let slack = FakeSlack::start();
        self.before(&slack);
        slack.forget_requests();
        tell(&slack, &[]).success();
        slack.requests().len()
    }

    /// Runs it again where nothing is wrong any more, and looks what is there.
    #[track_caller]
    fn check(self, slack: &FakeSlack, told: &str) {
        slack.heal();
        let run = tell(slack, &[]);
        assert_eq!(run.exit_code, 0, "{told}\n{}", run.log);
        let all = slack.messages(DEPLOYS);
        let (lines, roots): (Vec<&Message>, Vec<&Message>) =
            all.iter().partition(|one| one.thread_ts.is_some());
        assert_eq!(roots.len(), self.messages(), "{told}\n{all:#?}");
        let of_ours = lines.iter().filter(|one| one.text.contains("second success"));
        assert_eq!(of_ours.count(), 1, "{told}\n{lines:#?}");
        let last = roots.last().unwrap();
        assert_eq!(run.output("ts"), last.ts, "{told}");
        let status = if matches!(self, Self::Keep) { "failure" } else { "success" };
        assert_eq!(last.payload("status"), status, "{told}");
    }
}

/// Every story with a trouble of each class at every request of it; the troubles of a class take turns.
/// That each of them is read as its class says is shown elsewhere, as is the whole of the matrix.
fn everywhere<T: Clone + Sync>(classes: &[&[T]], act: impl Fn(Story, usize, T) + Sync) {
    let mut rows = Vec::new();
    for story in STORIES {
        let requests = story.requests();
        assert!(requests >= 3, "{story:?} {requests}");
        for nth in 1..=requests {
            let turn = rows.len() / classes.len();
            let troubles = classes.iter().filter_map(|class| class.get(turn % class.len()));
            rows.extend(troubles.map(|trouble| (story, nth, trouble.clone())));
        }
    }
    each(&rows, |(story, nth, trouble)| act(*story, *nth, trouble.clone()));
}

#[test]
fn an_answer_that_is_lost_at_any_request_changes_nothing() {
    let others = [
        Trouble::after(Wrong::Reset),
        Trouble::after(Wrong::Status(502)),
        Trouble::after(Wrong::Word("internal_error".to_owned())),
        Trouble::after(Wrong::Hang),
        Trouble::before(Wrong::Limit(Limit::Json(0.1))),
    ];
    let not_taken = [Trouble::before(Wrong::Close)];
    everywhere(&[&others, &not_taken], |story, nth, trouble| {
        let told = format!("{story:?}, request {nth}, {trouble:?}");
        let slack = FakeSlack::start();
        story.before(&slack);
        slack.fail(trouble.nth(nth));
        let run = tell(&slack, &[]);
        assert_eq!(run.exit_code, 0, "{told}\n{}", run.log);
        assert_eq!(run.output("ok"), "true", "{told}");
        story.check(&slack, &told);
    });
}

#[test]
fn a_refusal_at_any_request_is_told_and_mended_by_the_next_run() {
    everywhere(&[&["missing_scope", "is_archived", "not_in_channel"]], |story, nth, word| {
        let told = format!("{story:?}, request {nth}, {word}");
        let slack = FakeSlack::start();
        story.before(&slack);
        slack.fail(Trouble::before(Wrong::Word(word.to_owned())).nth(nth).always());
        let is_quiet = nth % 2 == 0;
        let quiet: &[_] = if is_quiet { &[("fail-on-error", "false")] } else { &[] };
        let run = tell(&slack, quiet);
        let is_success =
            |one: &Message| one.thread_ts.is_none() && one.payload("status") == "success";
        let is_told = slack.messages(DEPLOYS).iter().any(is_success)
            || (matches!(story, Story::Keep) && run.output("ok") == "true");
        let code = i32::from(!(is_told || is_quiet));
        assert_eq!(run.exit_code, code, "{told}\n{}", run.log);
        assert_eq!(run.output("ok"), is_told.to_string(), "{told}\n{}", run.log);
        story.check(&slack, &told);
    });
}

#[test]
fn nothing_outlives_the_deadline() {
    let silent = [Trouble::before(Wrong::Hang)];
    let others = [
        Trouble::before(Wrong::Limit(Limit::Usual(30))),
        Trouble::after(Wrong::Drip(Duration::from_millis(100))),
    ];
    everywhere(&[&silent, &others], |story, nth, trouble| {
        let told = format!("{story:?}, from request {nth} on, {trouble:?}");
        let slack = FakeSlack::start();
        story.before(&slack);
        slack.fail(trouble.nth(nth).always());
        let run = tell(&slack, &[("deadline-seconds", "1")]);
        assert!(run.elapsed < Duration::from_secs(3), "{told} {:?}\n{}", run.elapsed, run.log);
        assert!([0, 3].contains(&run.exit_code), "{told} {}\n{}", run.exit_code, run.log);
        assert_eq!(run.output("ok"), (run.exit_code == 0).to_string(), "{told}\n{}", run.log);
        story.check(&slack, &told);
    });
}

#[test]
fn a_program_killed_at_any_write_is_completed_by_the_next_run() {
    let mut rows = Vec::new();
    for story in STORIES {
        let slack = FakeSlack::start();
        story.before(&slack);
        let counts = KillSwitch::never();
        slack.kill_switch(&counts);
        tell(&slack, &[]).success();
        let writes = counts.writes().len();
        assert!(writes > 0, "{story:?}");
        rows.extend((1..=writes).map(|write| (story, write, Moment::Before)));
        rows.extend((1..=writes).map(|write| (story, write, Moment::After)));
    }
    each(&rows, |(story, write, moment)| {
        let slack = FakeSlack::start();
        story.before(&slack);
        let switch = KillSwitch::at(*write, *moment);
        slack.kill_switch(&switch);
        let killed = tells(&slack, Some(&switch), "1", "second", "success", &[]);
        assert_eq!((killed.output("ok"), killed.output("error")), ("false", "unknown"));
        assert!(switch.has_struck(), "{story:?} {write} {moment:?}");
        slack.kill_switch(&KillSwitch::never());
        story.check(&slack, &format!("{story:?}, killed at write {write}, {moment:?}"));
    });
}

#[test]
fn legs_of_a_matrix_have_a_line_each() {
    let slack = FakeSlack::start();
    let legs: Vec<_> = (1..=20).map(|leg| format!(r#"{{"shard":{leg}}}"#)).collect();
    let tell = |leg: &String| {
        tells(&slack, None, "1", "test", "success", &[("matrix", leg)]).success();
    };
    each(&legs, tell);
    each(&legs[..3], tell);
    let all = slack.messages(DEPLOYS);
    let (lines, roots): (Vec<Message>, Vec<Message>) =
        all.into_iter().partition(|one| one.thread_ts.is_some());
    assert_eq!(roots.len(), 1, "{roots:#?}");
    assert!(lines.iter().all(|one| one.thread_ts.as_ref() == Some(&roots[0].ts)), "{lines:#?}");
    assert_eq!(lines.len(), 20, "{lines:#?}");
}

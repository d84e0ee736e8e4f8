//! A key's message, with each kind of trouble at each request of each story: one message, each line once,
//! and an end in time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails here")]

use std::thread;
use std::time::Duration;

use launchway_testkit::chat::{How as Wrong, Limit, Trouble};
use launchway_testkit::runner::How;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, Message};
use launchway_testkit::{FakeRunner, StepRun};

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

fn tells(slack: &FakeSlack, run: &str, job: &str, status: &str, more: &[(&str, &str)]) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    let runner = FakeRunner::new(dir.path())
        .env("GITHUB_RUN_ID", run)
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("GITHUB_JOB", job)
        .env("GITHUB_ACTION", "tell");
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
        tells(slack, run, "first", status, &[]).success();
        if matches!(self, Self::Link) {
            slack.edit_window(Some(Duration::ZERO));
        }
    }

    fn tell(self, slack: &FakeSlack, more: &[(&str, &str)]) -> StepRun {
        tells(slack, "1", "second", "success", more)
    }

    /// How many requests it takes.
    fn requests(self) -> usize {
        let slack = FakeSlack::start();
        self.before(&slack);
        slack.forget_requests();
        self.tell(&slack, &[]).success();
        slack.requests().len()
    }

    /// Runs it again where nothing is wrong any more, and looks what is there.
    #[track_caller]
    fn check(self, slack: &FakeSlack, told: &str) {
        slack.heal();
        slack.edit_window(None);
        let run = self.tell(slack, &[]);
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

/// Every story with every request of it, some at a time.
fn everywhere(act: impl Fn(Story, usize) + Sync) {
    thread::scope(|scope| {
        for story in STORIES {
            let act = &act;
            let requests = story.requests();
            assert!(requests >= 3, "{story:?} {requests}");
            scope.spawn(move || (1..=requests).for_each(|nth| act(story, nth)));
        }
    });
}

#[test]
fn an_answer_that_is_lost_at_any_request_changes_nothing() {
    everywhere(|story, nth| {
        for trouble in [
            Trouble::before(Wrong::Close),
            Trouble::after(Wrong::Reset),
            Trouble::after(Wrong::Status(502)),
            Trouble::after(Wrong::Word("internal_error".to_owned())),
            Trouble::before(Wrong::Limit(Limit::Json(0.1))),
            Trouble::after(Wrong::Hang),
        ] {
            let told = format!("{story:?}, request {nth}, {trouble:?}");
            let slack = FakeSlack::start();
            story.before(&slack);
            slack.fail(trouble.nth(nth));
            let run = story.tell(&slack, &[]);
            assert_eq!(run.exit_code, 0, "{told}\n{}", run.log);
            assert_eq!(run.output("ok"), "true", "{told}");
            story.check(&slack, &told);
        }
    });
}

#[test]
fn a_refusal_at_any_request_is_told_and_mended_by_the_next_run() {
    everywhere(|story, nth| {
        for word in ["missing_scope", "is_archived", "not_in_channel", "token_revoked"] {
            let told = format!("{story:?}, request {nth}, {word}");
            let slack = FakeSlack::start();
            story.before(&slack);
            slack.fail(Trouble::before(Wrong::Word(word.to_owned())).nth(nth).always());
            let quiet: &[_] = if nth % 2 == 0 { &[("fail-on-error", "false")] } else { &[] };
            let before = slack.messages(DEPLOYS);
            let run = story.tell(&slack, quiet);
            let is_told = slack
                .messages(DEPLOYS)
                .iter()
                .any(|one| one.thread_ts.is_none() && one.payload("status") == "success")
                || matches!(story, Story::Keep) && run.output("ok") == "true";
            let fits =
                if is_told || !quiet.is_empty() { run.exit_code == 0 } else { run.exit_code == 1 };
            assert!(fits, "{told} {}\n{}", run.exit_code, run.log);
            assert_eq!(run.output("ok"), is_told.to_string(), "{told}\n{}\n{before:?}", run.log);
            story.check(&slack, &told);
        }
    });
}

#[test]
fn nothing_outlives_the_deadline() {
    everywhere(|story, nth| {
        for trouble in [
            Trouble::before(Wrong::Hang),
            Trouble::after(Wrong::Drip(Duration::from_millis(300))),
            Trouble::before(Wrong::Limit(Limit::Usual(1))),
            Trouble::before(Wrong::Limit(Limit::Usual(30))),
            Trouble::before(Wrong::Status(500)),
        ] {
            let told = format!("{story:?}, from request {nth} on, {trouble:?}");
            let slack = FakeSlack::start();
            story.before(&slack);
            slack.fail(trouble.nth(nth).always());
            let run = story.tell(&slack, &[("deadline-seconds", "2")]);
            assert!(
                run.elapsed < Duration::from_millis(2600),
                "{told} {:?}\n{}",
                run.elapsed,
                run.log
            );
            assert!([0, 3].contains(&run.exit_code), "{told} {}\n{}", run.exit_code, run.log);
            assert_eq!(run.output("ok"), (run.exit_code == 0).to_string(), "{told}\n{}", run.log);
            story.check(&slack, &told);
        }
    });
}

//! Exactly once, on each channel that speaks HTTP.

use std::time::Duration;

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::chat::teams::FakeTeams;
use launchway_testkit::chat::{How, Limit, Trouble};
use launchway_testkit::record::Recorded;
use launchway_testkit::runner::{self, FakeRunner, StepRun};
use launchway_testkit::{KillSwitch, Moment};

use crate::ways::each;

/// A service and the program that posts to it.
enum Service {
    Teams(FakeTeams),
    Discord(FakeDiscord),
    Webhook(Receiver),
}

impl Service {
    fn all() -> [Self; 3] {
        [
            Self::Teams(FakeTeams::start()),
            Self::Discord(FakeDiscord::start()),
            Self::Webhook(Receiver::unsigned()),
        ]
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Teams(_) => "teams",
            Self::Discord(_) => "discord",
            Self::Webhook(_) => "webhook",
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Teams(service) => service.webhook(),
            Self::Discord(service) => service.webhook(),
            Self::Webhook(service) => service.url("/hook"),
        }
    }

    fn fail(&self, trouble: Trouble) {
        match self {
            Self::Teams(service) => {
                service.fail(trouble);
            }
            Self::Discord(service) => {
                service.fail(trouble);
            }
            Self::Webhook(service) => {
                service.fail(trouble);
            }
        }
    }

    fn kill_switch(&self, switch: &KillSwitch) {
        match self {
            Self::Teams(service) => {
                service.kill_switch(switch);
            }
            Self::Discord(service) => {
                service.kill_switch(switch);
            }
            Self::Webhook(service) => {
                service.kill_switch(switch);
            }
        }
    }

    /// How many messages it has.
    fn count(&self) -> usize {
        match self {
            Self::Teams(service) => service.cards().len(),
            Self::Discord(service) => service.messages().len(),
            Self::Webhook(service) => service.taken().len(),
        }
    }

    fn requests(&self) -> Vec<Recorded> {
        match self {
            Self::Teams(service) => service.requests(),
            Self::Discord(service) => service.requests(),
            Self::Webhook(service) => service.requests(),
        }
    }

    fn post(&self, more: &[(&str, &str)]) -> StepRun {
        self.post_with(None, more)
    }

    fn post_with(&self, switch: Option<&KillSwitch>, more: &[(&str, &str)]) -> StepRun {
        let dir = tempfile::tempdir().unwrap();
        let mut runner = FakeRunner::new(dir.path())
            .env("GITHUB_RUN_ID", "4711")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_JOB", "deploy")
            .env("GITHUB_ACTION", "tell");
        if let Some(switch) = switch {
            runner = runner.kill_switch(switch);
        }
        let url = self.url();
        let mut inputs = vec![("webhook", url.as_str()), ("text", "x"), ("timeout-seconds", "1")];
        inputs.extend(more);
        let program = env!("CARGO_BIN_EXE_launchway-notify");
        runner.run_program(program, &[self.verb()], runner::How::Json, &inputs)
    }
}

#[test]
fn an_answer_that_is_lost_is_unknown_and_makes_no_second_message() {
    let ways = [
        How::Close,
        How::Reset,
        How::Hang,
        How::Status(500),
        How::Status(502),
        How::Status(504),
        How::Truncated,
        How::Garbage,
    ];
    each(&ways, |how| {
        for service in Service::all() {
            let told = format!("{} {how:?}", service.verb());
            service.fail(Trouble::after(how.clone()).always());
            let done = service.post(&[]).exits(3);
            assert_eq!((done.output("error"), done.output("ok")), ("unknown", "false"), "{told}");
            assert_eq!((service.count(), service.requests().len()), (1, 1), "{told}");
            assert!(done.summary.contains("before you send it again"), "{told}: {}", done.summary);
            let quiet = service.post(&[("fail-on-error", "false")]).success();
            assert_eq!(quiet.messages("warning").len(), 1, "{told}: {}", quiet.log);
        }
    });
}

#[test]
fn who_asks_for_it_gets_two_rather_than_none() {
    for service in Service::all() {
        service.fail(Trouble::after(How::Close));
        let done = service.post(&[("on-ambiguous", "retry")]).success();
        assert_eq!((done.output("attempts"), service.count()), ("2", 2), "{}", service.verb());
        let bodies: Vec<String> = service.requests().into_iter().map(|one| one.body).collect();
        assert_eq!(bodies[0], bodies[1]);
    }
}

#[test]
fn an_empty_answer_is_one_where_the_service_has_no_other() {
    for service in Service::all() {
        service.fail(Trouble::after(How::Empty));
        let done = service.post(&[]);
        // Discord was asked for the message and did not show it.
        let code = if service.verb() == "discord" { 3 } else { 0 };
        assert_eq!((done.exit_code, service.count()), (code, 1), "{}", service.verb());
    }
}

#[test]
fn a_program_killed_before_the_answer_has_sent_one_and_posts_again_when_run_again() {
    for service in Service::all() {
        for (moment, left) in [(Moment::Before, 0), (Moment::After, 1)] {
            let before = service.count();
            let switch = KillSwitch::at(1, moment);
            service.kill_switch(&switch);
            let stopped = service.post_with(Some(&switch), &[]);
            assert_ne!(stopped.exit_code, 0);
            assert_eq!((stopped.output("ok"), stopped.output("error")), ("false", "unknown"));
            assert!(switch.has_struck(), "{}", service.verb());
            assert_eq!(service.count() - before, left, "{} {moment:?}", service.verb());
            service.post(&[]).success();
            assert_eq!(service.count() - before, left + 1, "{} {moment:?}", service.verb());
        }
        // A receiver can tell: it is the same message, and that of another leg of a matrix is not.
        if service.verb() == "webhook" {
            let keys = service.requests().into_iter().map(|asked| {
                asked.headers.into_iter().find(|(name, _)| name == "idempotency-key").unwrap().1
            });
            let keys: std::collections::BTreeSet<String> = keys.collect();
            assert_eq!(keys.len(), 1, "{keys:?}");
            let leg = |name| service.post(&[("matrix", name)]).success();
            let leg = |name| leg(name).output("idempotency-key").to_owned();
            assert_eq!(leg("{\"os\":\"a\"}"), leg("{\"os\":\"a\"}"));
            assert_ne!(leg("{\"os\":\"a\"}"), leg("{\"os\":\"b\"}"));
        }
    }
}

#[test]
fn an_update_killed_anywhere_and_run_again_leaves_one_message() {
    let service = FakeDiscord::start();
    let url = service.webhook();
    let first = super::run("discord", &[("webhook", &url), ("text", "one")]).success();
    let id = first.output("message-id").to_owned();
    let service = Service::Discord(service);
    for moment in [Moment::Before, Moment::After] {
        let switch = KillSwitch::at(1, moment);
        service.kill_switch(&switch);
        service.post_with(Some(&switch), &[("update-id", &id)]);
        assert!(switch.has_struck());
        assert_eq!(service.post(&[("update-id", &id)]).success().output("message-id"), id);
        assert_eq!(service.count(), 1);
    }
}

#[test]
fn every_form_of_a_rate_limit_is_waited_for() {
    let header = |name: &str, value: &str| Limit::Header(name.to_owned(), value.to_owned());
    let limits = [
        (Limit::Usual(1), 1000),
        (Limit::Date(Duration::from_secs(2)), 900),
        (Limit::Text, 400),
        (Limit::Garbled, 400),
        (Limit::Bare, 400),
        (header("retry-after", "0"), 90),
    ];
    each(&limits, |(limit, least)| {
        for service in Service::all() {
            let told = format!("{} {limit:?}", service.verb());
            service.fail(Trouble::before(How::Limit(limit.clone())));
            let done = service.post(&[]).success();
            assert_eq!((done.output("attempts"), service.count()), ("2", 1), "{told}");
            assert!(done.elapsed >= Duration::from_millis(*least), "{told}: {:?}", done.elapsed);
            assert!(done.log.contains("rate limit"), "{told}: {}", done.log);
        }
    });
    // Discord tells fractions of a second, in the answer and in a header of its own; the longest counts.
    let told = [
        (Limit::Json(1.25), 1250),
        (Limit::Both(0, 1.25), 1250),
        (header("x-ratelimit-reset-after", "1.25"), 1250),
        (header("x-ratelimit-reset-after", "-1"), 400),
        (header("x-ratelimit-reset-after", "NaN"), 400),
        (Limit::Json(-1.0), 400),
    ];
    each(&told, |(limit, least)| {
        let service = Service::Discord(FakeDiscord::start());
        service.fail(Trouble::before(How::Limit(limit.clone())));
        let done = service.post(&[]).success();
        assert_eq!((done.output("attempts"), service.count()), ("2", 1), "{limit:?}");
        assert!(done.elapsed >= Duration::from_millis(*least), "{limit:?}: {:?}", done.elapsed);
    });
}

#[test]
fn a_wait_beyond_the_deadline_ends_it_at_once() {
    for service in Service::all() {
        service.fail(Trouble::before(How::Limit(Limit::Usual(3600))).always());
        let done = service.post(&[]).exits(3);
        assert_eq!((done.output("error"), service.requests().len()), ("deadline", 1));
        assert!(done.log.contains("in 1h"), "{}", done.log);
        assert!(done.elapsed < Duration::from_secs(10));
    }
    // One that never answers, and may be sent again, ends in time as well.
    let service = Service::Teams(FakeTeams::start());
    service.fail(Trouble::after(How::Hang).always());
    let inputs = [("on-ambiguous", "retry"), ("deadline-seconds", "3"), ("retries", "100")];
    let done = service.post(&inputs).exits(3);
    assert!(done.elapsed < Duration::from_secs(6), "{:?}", done.elapsed);
}

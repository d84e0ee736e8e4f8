//! Runs of scripted targets, on a clock that only the test moves.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, pending};
use launchway_runtime::{Console, Environment};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Ended, Shared, run};
use crate::attempt::{Fault, Observation, Response};
use crate::clock::{Clock, Elapsed, Runtime};
use crate::judge::{Mode, Policy, Wanted};
use crate::net::{Net, Settings};
use crate::outcome::{Outcome, Verdict};
use crate::probe::http::RequestSpec;
use crate::probe::{Gives, Means, Probe};
use crate::reason::Reason;
use crate::target::Target;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a look does.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Answers well after so long.
    Up(Duration),
    /// Fails after so long.
    Down(Duration, Reason),
    /// Keeps its word: fails when its time is up.
    Silent,
    /// Never ends.
    Hangs,
}

type Script = dyn Fn(u64) -> Step + Send + Sync;

/// A target that does what its script says at look number n, from 1.
struct Scripted {
    script: Box<Script>,
    looks: AtomicU64,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Probe for Scripted {
    fn shown(&self) -> String {
        "test://target".to_owned()
    }
    fn gives(&self) -> Gives {
        Gives::default()
    }
    fn look<'a>(&'a self, _: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        Box::pin(async move {
            let number = self.looks.fetch_add(1, Ordering::Relaxed) + 1;
            match (self.script)(number) {
                Step::Up(takes) => {
                    sleep(takes).await;
                    let response = Response { status: Some(200), ..Response::default() };
                    Observation { response: Some(response), ..Observation::default() }
                }
                Step::Down(takes, reason) => {
                    sleep(takes).await;
                    let fault = Fault::new(reason, format!("down at look {number}"));
                    Observation { fault: Some(fault), ..Observation::default() }
                }
                Step::Silent => {
                    sleep_until(until).await;
                    let fault = Fault::new(Reason::ResponseTimeout, "silent");
                    Observation { fault: Some(fault), ..Observation::default() }
                }
                Step::Hangs => pending().await,
            }
        })
    }
}

fn target(name: &str, script: impl Fn(u64) -> Step + Send + Sync + 'static) -> Target {
    let probe = Scripted { script: Box::new(script), looks: AtomicU64::new(0) };
    Target { name: name.to_owned(), kind: "test", probe: Box::new(probe) }
}

/// What was said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shared(wanted: Wanted, clock: Clock) -> (Shared, Said) {
    let said = Said::default();
    let writer = || Box::new(said.clone());
    let console = Console::with_writers(&Environment::default(), writer(), writer());
    let shared = Shared {
        policy: Policy::new(Wanted { jitter: Some(0), ..wanted }).unwrap(),
        means: Means {
            net: Net::new(Settings::default()).unwrap(),
            request: RequestSpec::default(),
            max_body_bytes: 1024,
            body_matters: false,
            hidden_env: Vec::new(),
        },
        check: Box::new(|seen, _| (seen.fault.clone(), None)),
        clock,
        console: Arc::new(console),
    };
    (shared, said)
}

async fn played(targets: Vec<Target>, wanted: Wanted) -> (Ended, Vec<String>) {
    let (shared, said) = shared(wanted, Clock::of(Runtime::start()));
    let ended = run(targets, shared, pending()).await.unwrap();
    (ended, said.lines())
}

fn refused() -> Step {
    Step::Down(ms(2), Reason::ConnectionRefused)
}

#[tokio::test(start_paused = true)]
async fn it_waits_until_the_target_is_up() {
    let late = target("shop", |n| if n < 4 { refused() } else { Step::Up(ms(5)) });
    let (ended, said) = played(vec![late], Wanted::default()).await;
    let outcome = &ended.outcomes[0];
    assert!(outcome.is_healthy());
    assert_eq!((outcome.reason, outcome.words.as_str()), (None, ""));
    assert_eq!((outcome.attempts.total(), outcome.attempts.failed()), (4, 3));
    assert_eq!(outcome.time_to_healthy, Some(ms(3011)));
    assert_eq!(outcome.elapsed, ended.elapsed);
    assert_eq!(
        said,
        [
            "shop: down at look 1 (connection_refused); attempt 1 after 2ms",
            "shop: 200, as expected; attempt 4 after 3.01s (2 in between not shown)",
        ]
    );
}

#[tokio::test]
async fn the_deadline_holds_whatever_comparing_takes() {
    let wanted = Wanted { timeout: Some(ms(500)), ..Wanted::default() };
    let (mut shared, _) = shared(wanted, Clock::start());
    shared.check = Box::new(|_, _| {
        std::thread::sleep(ms(20));
        (Some(Fault::new(Reason::BodyMismatch, "another")), None)
    });
    let crowd = (0..100).map(|n| target(&n.to_string(), |_| Step::Up(ms(400)))).collect();
    let ended = run(crowd, shared, pending()).await.unwrap();
    assert!(ended.elapsed < ms(1500), "{:?}", ended.elapsed);
    let reasons = |reason| ended.outcomes.iter().filter(|one| one.reason == Some(reason)).count();
    assert!(reasons(Reason::BodyMismatch) > 0 && reasons(Reason::ResponseTimeout) > 50);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_whatever_the_probe_does() {
    for step in [Step::Hangs, Step::Silent, refused(), Step::Up(s(3600))] {
        for (timeout, request_timeout) in [(s(7), s(5)), (s(3), s(5)), (s(7), ms(300))] {
            let wanted = Wanted {
                timeout: Some(timeout),
                request_timeout: Some(request_timeout),
                ..Wanted::default()
            };
            let (ended, _) = played(vec![target("a", move |_| step)], wanted).await;
            let outcome = &ended.outcomes[0];
            assert_eq!(outcome.verdict, Verdict::Unhealthy);
            assert!(ended.elapsed <= timeout + ms(150), "{step:?} {:?}", ended.elapsed);
            assert!(ended.elapsed + s(1) >= timeout, "{step:?} {:?}", ended.elapsed);
            let expected = match step {
                Step::Down(_, reason) => reason,
                _ => Reason::ResponseTimeout,
            };
            assert_eq!(outcome.reason, Some(expected));
            assert!(outcome.words.contains("the deadline of"), "{}", outcome.words);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_deadline_cut_is_not_the_reason() {
    let wanted = Wanted { timeout: Some(s(2)), ..Wanted::default() };
    let course = |n| if n == 1 { refused() } else { Step::Silent };
    let (ended, _) = played(vec![target("a", course)], wanted).await;
    let outcome = &ended.outcomes[0];
    assert_eq!(outcome.reason, Some(Reason::ConnectionRefused));
    assert_eq!(outcome.words, "not healthy within the deadline of 2s: down at look 1");
    let cut: Vec<_> = outcome.attempts.kept().map(|attempt| attempt.cut).collect();
    assert_eq!(cut, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_took_its_own_time_is_not_cut() {
    let wanted = Wanted { timeout: Some(s(5)), request_timeout: Some(s(1)), ..Wanted::default() };
    let (ended, _) = played(vec![target("a", |_| Step::Silent)], wanted).await;
    assert_eq!(ended.outcomes[0].attempts.kept().filter(|attempt| attempt.cut).count(), 0);
    assert_eq!(ended.outcomes[0].attempts.total(), 3);
}

#[tokio::test(start_paused = true)]
async fn once_looks_once() {
    let wanted = Wanted { mode: Mode::Once, initial_delay: Some(s(3)), ..Wanted::default() };
    let (ended, _) = played(vec![target("a", |_| refused())], wanted).await;
    let outcome = &ended.outcomes[0];
    assert_eq!((outcome.attempts.total(), outcome.words.as_str()), (1, "down at look 1"));
    assert_eq!(outcome.attempts.last().unwrap().started, s(3));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_for_good_does_not_end_the_others() {
    let targets = vec![
        target("expired", |_| Step::Down(ms(9), Reason::TlsExpired)),
        target("late", |n| if n < 30 { refused() } else { Step::Up(ms(5)) }),
        target("slow", |_| Step::Up(s(4))),
    ];
    let (ended, _) = played(targets, Wanted::default()).await;
    let verdicts: Vec<_> = ended.outcomes.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Unhealthy, Verdict::Healthy, Verdict::Healthy]);
    assert_eq!(ended.outcomes[0].words, "waiting does not mend this: down at look 1");
    assert_eq!(ended.outcomes[0].elapsed, ms(9));
    assert!(ended.elapsed < s(30));
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_with_the_first_target_that_is_not_healthy() {
    let targets = vec![
        target("good", |_| Step::Up(s(3))),
        target("shaky", |n| if n == 2 { refused() } else { Step::Up(ms(5)) }),
        target("down", |n| if n < 4 { Step::Up(ms(5)) } else { refused() }),
    ];
    let wanted = Wanted {
        mode: Mode::Watch,
        bake_time: Some(s(600)),
        failure_threshold: Some(2),
        ..Wanted::default()
    };
    let (ended, _) = played(targets, wanted).await;
    let verdicts: Vec<_> = ended.outcomes.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Interrupted, Verdict::Interrupted, Verdict::Unhealthy]);
    assert!(ended.elapsed < s(6), "{:?}", ended.elapsed);
    let [good, _, down] = &ended.outcomes[..] else { panic!("three targets") };
    assert_eq!(down.reason, Some(Reason::ConnectionRefused));
    // A look that was under way is no failure of the target.
    assert_eq!((good.reason, good.attempts.failed()), (None, 0));
    assert!(good.words.starts_with("ended since `down` is not healthy"), "{}", good.words);
}

#[tokio::test(start_paused = true)]
async fn many_take_as_long_as_the_slowest() {
    let targets = (0..200).map(|n| target(&n.to_string(), move |_| Step::Up(ms(n * 10)))).collect();
    let (ended, said) = played(targets, Wanted::default()).await;
    assert!(ended.outcomes.iter().all(Outcome::is_healthy));
    assert!(ended.elapsed <= ms(1992), "{:?}", ended.elapsed);
    let names: Vec<_> = ended.outcomes.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, (0..200).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(said.len(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_all_at_once() {
    let targets = vec![
        target("hangs", |_| Step::Hangs),
        target("up", |_| Step::Up(ms(5))),
        target("down", |_| refused()),
    ];
    let (shared, _) = shared(Wanted::default(), Clock::of(Runtime::start()));
    let signal = async {
        sleep(ms(2500)).await;
        "SIGTERM"
    };
    let ended = run(targets, shared, signal).await.unwrap();
    assert!(ended.elapsed <= ms(2505), "{:?}", ended.elapsed);
    let verdicts: Vec<_> = ended.outcomes.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Interrupted, Verdict::Healthy, Verdict::Interrupted]);
    let [hangs, _, down] = &ended.outcomes[..] else { panic!("three targets") };
    // The look that was under way is told of: it says what the target was doing.
    let last = hangs.attempts.last().unwrap();
    assert!(last.cut && last.fault.is_some() && last.ended <= ms(2505));
    assert_eq!(hangs.reason, Some(Reason::ResponseTimeout));
    assert!(hangs.words.starts_with("interrupted by SIGTERM: no answer yet"), "{}", hangs.words);
    assert_eq!(down.reason, Some(Reason::ConnectionRefused));
    assert_eq!(down.attempts.total(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_signal_before_the_first_look() {
    for invert in [false, true] {
        let wanted = Wanted { initial_delay: Some(s(60)), invert, ..Wanted::default() };
        let (shared, said) = shared(wanted, Clock::of(Runtime::start()));
        let signal = async {
            sleep(s(1)).await;
            "SIGINT"
        };
        let ended = run(vec![target("a", |_| Step::Hangs)], shared, signal).await.unwrap();
        let outcome = &ended.outcomes[0];
        assert_eq!((outcome.verdict, outcome.reason), (Verdict::Interrupted, None));
        assert_eq!(outcome.words, "interrupted by SIGINT; before the first look");
        assert_eq!(outcome.attempts.total(), 0);
        assert!(said.lines().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn inverted_it_waits_until_the_target_is_down() {
    let wanted = Wanted { invert: true, ..Wanted::default() };
    let leaving = target("old", |n| if n < 3 { Step::Up(ms(5)) } else { refused() });
    let (ended, said) = played(vec![leaving], wanted.clone()).await;
    assert!(ended.outcomes[0].is_healthy());
    assert_eq!(ended.outcomes[0].attempts.total(), 3);
    let last = ended.outcomes[0].attempts.last().unwrap();
    assert_eq!(last.note.as_deref(), Some("down at look 3 (connection_refused)"));
    assert!(said[0].contains("answers as expected, and with `invert` it should not"), "{said:?}");

    // That the deadline or a signal cut a look short does not mean that the target is down.
    let short = Wanted { timeout: Some(s(2)), ..wanted.clone() };
    let slow = target("old", |n| if n < 2 { Step::Up(ms(5)) } else { Step::Up(s(4)) });
    let (ended, _) = played(vec![slow], short).await;
    assert_eq!(ended.outcomes[0].verdict, Verdict::Unhealthy);
    assert_eq!(ended.outcomes[0].reason, Some(Reason::StatusMismatch));

    let (shared, _) = shared(wanted, Clock::of(Runtime::start()));
    let signal = async {
        sleep(s(1)).await;
        "SIGTERM"
    };
    let ended = run(vec![target("a", |_| Step::Hangs)], shared, signal).await.unwrap();
    assert_eq!(ended.outcomes[0].verdict, Verdict::Interrupted);
    assert_eq!(ended.outcomes[0].attempts.failed(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_that_flap_share_the_log() {
    let wanted = Wanted {
        timeout: Some(s(100)),
        interval: Some(ms(100)),
        success_threshold: Some(2),
        ..Wanted::default()
    };
    let step = |n| if n % 2 == 0 { refused() } else { Step::Up(ms(5)) };
    let targets = (0..200).map(|n| target(&n.to_string(), step)).collect();
    let (_, said) = played(targets, wanted).await;
    assert!((200..=200 * 6).contains(&said.len()), "{}", said.len());
}

/// The runtime's clock, and what the machine slept.
#[derive(Debug)]
struct Slept(Runtime, Arc<Mutex<Duration>>);

impl Elapsed for Slept {
    fn elapsed(&self) -> Duration {
        self.0.elapsed() + *self.1.lock().unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_past_the_deadline_ends_when_it_wakes() {
    for step in [Step::Hangs, refused()] {
        let sleeps = Arc::new(Mutex::new(Duration::ZERO));
        let clock = Clock::of(Slept(Runtime::start(), Arc::clone(&sleeps)));
        let wanted =
            Wanted { request_timeout: Some(s(60)), interval: Some(s(30)), ..Wanted::default() };
        let (shared, _) = shared(wanted, clock);
        let began = Instant::now();
        let nap = async {
            sleep(ms(1500)).await;
            *sleeps.lock().unwrap() = Duration::from_hours(1);
        };
        let (ended, ()) =
            tokio::join!(run(vec![target("a", move |_| step)], shared, pending()), nap);
        assert_eq!(ended.unwrap().outcomes[0].verdict, Verdict::Unhealthy);
        assert!(began.elapsed() < ms(2600), "{step:?} {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_is_not_stable_for_that() {
    let sleeps = Arc::new(Mutex::new(Duration::ZERO));
    let clock = Clock::of(Slept(Runtime::start(), Arc::clone(&sleeps)));
    let hour = Duration::from_hours(1);
    let wanted = Wanted { timeout: Some(hour * 2), stable_for: Some(s(60)), ..Wanted::default() };
    let (shared, _) = shared(wanted, clock);
    let nap = async {
        sleep(s(10)).await;
        *sleeps.lock().unwrap() = hour;
    };
    let up = target("a", |_| Step::Up(ms(5)));
    let (ended, ()) = tokio::join!(run(vec![up], shared, pending()), nap);
    let outcome = &ended.unwrap().outcomes[0];
    assert!(outcome.is_healthy());
    assert!(outcome.time_to_healthy.unwrap() > hour);
    assert!(outcome.elapsed >= hour + s(70), "{:?}", outcome.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_long_run_keeps_and_says_little() {
    let wanted = Wanted {
        timeout: Some(Duration::from_hours(2)),
        interval: Some(ms(100)),
        success_threshold: Some(2),
        ..Wanted::default()
    };
    let flapping = target("flaps", |n| if n % 2 == 0 { refused() } else { Step::Up(ms(5)) });
    let down = target("down", |_| refused());
    let (ended, said) = played(vec![flapping, down], wanted).await;
    for outcome in &ended.outcomes {
        assert_eq!(outcome.verdict, Verdict::Unhealthy);
        assert!(outcome.attempts.total() > 60_000);
        assert!(outcome.attempts.kept().count() <= 1000);
    }
    let lines = |name: &str| said.iter().filter(|line| line.starts_with(name)).count();
    assert!(lines("flaps:") < 50 + 7200 / 10 + 2, "{}", lines("flaps:"));
    assert!((30..=50).contains(&lines("down:")), "{}", lines("down:"));
    let still = said.iter().filter(|line| line.starts_with("down: still down at look "));
    assert!(still.count() >= 30);
}

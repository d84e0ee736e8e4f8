//! Modes, thresholds, deadlines: what the program makes of targets that come, go and flap.

use std::time::{Duration, Instant};

use launchway_testkit::runner::StepRun;
use launchway_testkit::target::{Act, Asked, Script, Target};
use serde_json::Value;

use crate::checker::{MARGIN, check, in_time, report};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs it with these inputs, looking every 50 ms.
fn quick(url: &str, more: &[(&str, &str)]) -> StepRun {
    let defaults = [("interval", "50ms"), ("timeout", "10s")];
    let given = |name: &str| more.iter().any(|(known, _)| *known == name);
    let defaults = defaults.into_iter().filter(|(name, _)| !given(name));
    let inputs: Vec<_> =
        [("url", url)].into_iter().chain(defaults).chain(more.iter().copied()).collect();
    check(&inputs)
}

#[track_caller]
fn healthy(run: &StepRun) -> Value {
    assert_eq!(run.exit_code, 0, "{}", run.log);
    assert_eq!((run.output("healthy"), run.output("reason")), ("true", ""), "{}", run.log);
    report(run)
}

#[track_caller]
fn unhealthy(run: &StepRun, reason: &str) -> Value {
    assert_eq!(run.exit_code, 1, "{}", run.log);
    assert_eq!((run.output("healthy"), run.output("reason")), ("false", reason), "{}", run.log);
    report(run)
}

/// Answers well or with 503 by the number of the request, from 0.
fn course(is_up: impl Fn(usize) -> bool + Send + Sync + 'static) -> Target {
    let act = move |asked: &Asked| {
        if is_up(asked.number) { Act::ok("up") } else { Act::status(503) }
    };
    Target::start(Script::choose(act))
}

/// The words of a verdict on the only target.
fn words(report: &Value) -> &str {
    report["targets"][0]["words"].as_str().unwrap()
}

#[test]
fn it_waits_until_the_target_is_healthy_and_says_what_changes() {
    let target = course(|n| n >= 8);
    let url = format!("shop={}", target.url("/"));
    let run = quick(&url, &[]);
    let report = healthy(&run);
    assert_eq!((&report["attempts"], target.count()), (&9.into(), 9));
    assert_eq!(run.output("attempts"), "9");
    let said: Vec<_> = run.log.lines().filter(|line| line.starts_with("shop: ")).collect();
    assert_eq!(said.len(), 2, "{}", run.log);
    assert!(said[0].contains("503") && said[0].contains("(status_mismatch); attempt 1 after "));
    assert!(said[1].contains("200, as expected; attempt 9 after "), "{}", said[1]);
    assert!(said[1].ends_with("(7 in between not shown)"), "{}", said[1]);
}

#[test]
fn one_lucky_answer_is_not_enough() {
    for (period, threshold) in [(2, "2"), (3, "3"), (4, "4")] {
        // All but one of a period are good.
        let target = course(move |n| n % period != 0);
        let more = [("success-threshold", threshold), ("timeout", "1500ms")];
        let run = quick(&target.url("/"), &more);
        let report = unhealthy(&run, "status_mismatch");
        assert!(words(&report).contains("not healthy within the deadline of 1.5s"), "{report}");
        assert!(target.count() > 4);
    }
    let target = course(|n| n != 3);
    let report = healthy(&quick(&target.url("/"), &[("success-threshold", "4")]));
    assert_eq!(report["attempts"], 8);
}

#[test]
fn how_far_it_got_is_said() {
    let target = course(|n| n >= 2);
    let run = quick(
        &target.url("/"),
        &[
            ("success-threshold", "3"),
            ("interval", "500ms"),
            ("timeout", "1900ms"),
            ("jitter", "0"),
        ],
    );
    let report = unhealthy(&run, "status_mismatch");
    assert!(
        words(&report)
            .contains("not healthy within the deadline of 1.9s; 2 of 3 successes in a row: "),
        "{report}"
    );
}

#[test]
fn it_has_to_be_stable() {
    let target = course(|n| n != 5);
    let run = quick(&target.url("/"), &[("stable-for", "600ms")]);
    let report = healthy(&run);
    let since = report["targets"][0]["timeToHealthyMs"].as_f64().unwrap();
    let elapsed = report["targets"][0]["elapsedMs"].as_f64().unwrap();
    assert!(since >= 200.0 && elapsed - since >= 600.0, "{report}");
    // The last look comes when the time is full, not a pause later.
    let target = Target::start(200);
    let run = in_time(ms(1500), || {
        quick(&target.url("/"), &[("stable-for", "700ms"), ("interval", "5s")])
    });
    assert_eq!(healthy(&run)["attempts"], 2);
}

#[test]
fn once_is_one_look() {
    let target = course(|n| n > 0);
    let once = [("mode", "once")];
    let report = unhealthy(&quick(&target.url("/"), &once), "status_mismatch");
    assert_eq!((&report["attempts"], target.count()), (&1.into(), 1));
    healthy(&quick(&target.url("/"), &once));
    assert_eq!(target.count(), 2);
}

#[test]
fn watching_takes_the_whole_bake_time_and_ends_at_the_first_failure() {
    let target = Target::start(200);
    let watch = [("mode", "watch"), ("bake-time", "800ms"), ("timeout", "")];
    let began = Instant::now();
    let report = healthy(&quick(&target.url("/"), &watch));
    assert!(began.elapsed() >= ms(800) && report["attempts"].as_u64().unwrap() >= 5, "{report}");

    let target = course(|n| n < 2);
    let report = unhealthy(&quick(&target.url("/"), &watch), "status_mismatch");
    assert_eq!(report["attempts"], 3);
    assert!(words(&report).contains("1 failure within the bake time; watched "), "{report}");

    let target = course(|n| n != 2);
    let lenient = [&watch[..], &[("failure-threshold", "2")]].concat();
    let report = healthy(&quick(&target.url("/"), &lenient));
    assert_eq!(report["failed"], 1);
}

#[test]
fn what_waiting_does_not_mend_ends_it_at_once() {
    let target = Target::start(401);
    let report = unhealthy(&quick(&target.url("/"), &[]), "status_mismatch");
    assert_eq!(report["attempts"], 1);
    assert!(words(&report).contains("waiting does not mend this"), "{report}");
    for more in [
        ("fail-fast", "false"),
        ("retry-on", "status_mismatch"),
        ("retry-on", "tls_expired, status_mismatch\nreset"),
    ] {
        let target = Target::start([Act::status(401), Act::status(401), Act::status(200)]);
        assert_eq!(healthy(&quick(&target.url("/"), &[more]))["attempts"], 3, "{more:?}");
    }
}

#[test]
fn so_many_failures_in_a_row_end_it() {
    let target = course(|n| n == 2);
    let more = [("failure-threshold", "4"), ("success-threshold", "2")];
    let report = unhealthy(&quick(&target.url("/"), &more), "status_mismatch");
    assert_eq!(report["attempts"], 7);
    assert!(words(&report).starts_with("4 failures in a row: "), "{report}");
}

#[test]
fn inverted_it_waits_until_nobody_answers() {
    let target = Target::start(200);
    target.stop_after(ms(2000));
    let run = quick(&target.url("/"), &[("invert", "true")]);
    let report = healthy(&run);
    assert!(report["attempts"].as_u64().unwrap() > 1, "{report}");
    assert_eq!(report["invert"], true);

    let target = Target::start(200);
    let run = quick(&target.url("/"), &[("invert", "true"), ("timeout", "400ms")]);
    let report = unhealthy(&run, "status_mismatch");
    assert!(words(&report).contains("with `invert` it should not"), "{report}");
    assert!(report["targets"][0]["hint"].as_str().unwrap().contains("was stopped"), "{report}");
}

#[test]
fn status_and_reason_are_of_one_look() {
    let target = Target::start([Act::status(503), Act::Silent]);
    let run = quick(&target.url("/"), &[("timeout", "600ms"), ("request-timeout", "5s")]);
    let report = unhealthy(&run, "status_mismatch");
    assert_eq!((run.output("status"), &report["attempts"]), ("503", &2.into()));
    assert_eq!(report["targets"][0]["status"], 503, "{report}");
}

#[test]
fn inverted_a_command_that_cannot_be_started_is_not_down() {
    let run = quick("exec:launchway-no-such-command", &[("invert", "true"), ("timeout", "400ms")]);
    let report = unhealthy(&run, "command_failed");
    assert!(words(&report).contains("is not found"), "{report}");
    healthy(&quick("exec:false", &[("invert", "true")]));
}

#[test]
fn a_slow_answer_at_the_deadline_is_not_taken_for_down() {
    let slow = Act::After(Duration::from_secs(2), Box::new(Act::ok("up")));
    let target = Target::start([Act::ok("up"), slow]);
    let run = quick(&target.url("/"), &[("invert", "true"), ("timeout", "600ms")]);
    unhealthy(&run, "status_mismatch");
}

#[test]
fn pauses_double_up_to_their_cap() {
    let target = Target::start(503);
    let more = [
        ("backoff", "exponential"),
        ("interval", "100ms"),
        ("max-interval", "400ms"),
        ("jitter", "0"),
        ("failure-threshold", "6"),
    ];
    unhealthy(&quick(&target.url("/"), &more), "status_mismatch");
    let at: Vec<_> = target.requests().iter().map(|asked| asked.at).collect();
    let gaps: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let least = [100, 200, 400, 400, 400].map(ms);
    for (gap, least) in gaps.iter().zip(least) {
        assert!(*gap + ms(5) >= least, "{gaps:?}");
    }
    assert_eq!(gaps.len(), 5);
}

#[test]
fn before_the_initial_delay_nothing_is_asked() {
    let target = Target::start(200);
    let began = Instant::now();
    healthy(&quick(&target.url("/"), &[("initial-delay", "600ms")]));
    assert!(target.requests()[0].at - began >= ms(600));
    assert_eq!(target.count(), 1);
}

#[test]
fn the_deadline_holds_in_every_mode() {
    for more in [
        &[("timeout", "900ms")][..],
        &[("timeout", "900ms"), ("request-timeout", "200ms")],
        &[("mode", "once"), ("timeout", "900ms")],
        &[("mode", "once"), ("request-timeout", "900ms")],
        &[("mode", "watch"), ("bake-time", "500ms"), ("timeout", "900ms")],
        &[("timeout", "900ms"), ("interval", "10s")],
    ] {
        let target = Target::start(Act::Silent);
        let run = in_time(ms(900) + MARGIN, || quick(&target.url("/"), more));
        unhealthy(&run, "response_timeout");
    }
}

#[test]
fn one_that_fails_for_good_lets_the_others_come_to_their_verdict() {
    let forbidden = Target::start(403);
    let late = course(|n| n >= 10);
    let urls = format!("bad={}\nlate={}", forbidden.url("/"), late.url("/"));
    let run = quick(&urls, &[]);
    let report = unhealthy(&run, "status_mismatch");
    let verdicts: Vec<_> =
        report["targets"].as_array().unwrap().iter().map(|one| one["verdict"].clone()).collect();
    assert_eq!(verdicts, ["unhealthy", "healthy"]);
    assert_eq!((forbidden.count(), late.count()), (1, 11));
}

#[test]
fn what_could_never_be_healthy_is_bad_input() {
    for more in [
        &[("timeout", "0s")][..],
        &[("interval", "0s")],
        &[("interval", "1ms")],
        &[("request-timeout", "0s")],
        &[("success-threshold", "0")],
        &[("failure-threshold", "0")],
        &[("success-threshold", "-1")],
        &[("success-threshold", "500"), ("interval", "1s")],
        &[("stable-for", "10s")],
        &[("stable-for", "1")],
        &[("initial-delay", "10s")],
        &[("timeout", "99999999h")],
        &[("timeout", "99999999999999999999999999h")],
        &[("jitter", "101")],
        &[("mode", "watch")],
        &[("mode", "watch"), ("bake-time", "10s")],
        &[("mode", "watch"), ("bake-time", "0s")],
        &[("bake-time", "1s")],
        &[("mode", "once"), ("success-threshold", "2")],
        &[("mode", "once"), ("stable-for", "1s")],
        &[("retry-on", "sadness")],
        &[("backoff", "fibonacci")],
    ] {
        let target = Target::start(200);
        let run = quick(&target.url("/"), more);
        assert_eq!(run.exit_code, 2, "{more:?}\n{}", run.log);
        assert_eq!(target.count(), 0, "{more:?}");
        assert!(!run.outputs.contains_key("healthy"), "{more:?}");
    }
}

#[test]
fn a_command_line_takes_targets_without_a_flag() {
    let (one, other) = (Target::start("ok"), Target::start("ok"));
    let said = launchway_testkit::Scrubbed::new(crate::checker::PROGRAM)
        .args([&one.url("/"), &format!("other={}", other.url("/")), "--mode=once"])
        .run()
        .success();
    assert!(said.all().contains("all 2 targets are healthy"), "{}", said.all());
    assert_eq!((one.count(), other.count()), (1, 1));
}

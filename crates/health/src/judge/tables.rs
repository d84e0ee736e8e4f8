//! Verdicts by table: each history is a line.

use std::time::Duration;

use super::{Backoff, End, Mode, Next, Policy, Seen, Standing, Wanted, next};
use crate::reason::Reason;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy(wanted: Wanted) -> Policy {
    Policy::new(Wanted { jitter: Some(0), ..wanted }).unwrap()
}

fn up(ended: Duration) -> Seen {
    Seen { ended, fault: None, cut: false }
}

fn down(ended: Duration) -> Seen {
    Seen { ended, fault: Some((Reason::ConnectionRefused, false)), cut: false }
}

fn fatal(ended: Duration) -> Seen {
    Seen { ended, fault: Some((Reason::TlsExpired, true)), cut: false }
}

/// Looks a second apart: `+` good, `-` bad, `!` finally bad.
fn looks(course: &str) -> Vec<Seen> {
    let times = (1..).map(s);
    let look = |(c, at)| match c {
        '+' => up(at),
        '-' => down(at),
        _ => fatal(at),
    };
    course.chars().zip(times).map(look).collect()
}

fn after(course: &str, wanted: &Wanted) -> Next {
    let history = looks(course);
    let now = history.last().map_or(Duration::ZERO, |seen| seen.ended);
    next(&history, &policy(wanted.clone()), now, 0.0)
}

/// `healthy 3`, `look 3.5`, `failures: words`.
fn said(next: Next) -> String {
    match next {
        Next::Look { at } => format!("look {}", at.as_secs_f64()),
        Next::Healthy { since } => format!("healthy {}", since.as_secs_f64()),
        Next::Unhealthy { why } => format!("{:?} {}: {}", why.end, why.reason, why.words),
    }
}

#[test]
fn wait() {
    let plain = Wanted { timeout: Some(s(10)), ..Wanted::default() };
    let three = Wanted { success_threshold: Some(3), ..plain.clone() };
    let stable = Wanted { stable_for: Some(ms(2500)), ..plain.clone() };
    let both = Wanted { success_threshold: Some(2), ..stable.clone() };
    let patient = Wanted { fail_fast: Some(false), ..plain.clone() };
    let retried = Wanted { retry_on: vec![Reason::TlsExpired], ..plain.clone() };
    let thrice = Wanted { failure_threshold: Some(3), ..plain.clone() };
    let late = Wanted { initial_delay: Some(s(4)), ..plain.clone() };
    for (course, wanted, expected) in [
        ("", &plain, "look 0"),
        ("", &late, "look 4"),
        ("+", &plain, "healthy 1"),
        ("-", &plain, "look 2"),
        ("--+", &plain, "healthy 3"),
        ("+", &three, "look 2"),
        ("++-+", &three, "look 5"),
        ("++-++", &three, "look 6"),
        ("++-+++", &three, "healthy 4"),
        ("+", &stable, "look 2"),
        ("++", &stable, "look 3"),
        // The look that completes it comes when the time is full, not a whole pause later.
        ("+++", &stable, "look 3.5"),
        ("++++", &stable, "healthy 1"),
        ("++-+", &stable, "look 5"),
        ("-+++", &both, "look 4.5"),
        ("-++++", &both, "healthy 2"),
        ("!", &plain, "Final tls_expired: waiting does not mend this"),
        ("!", &patient, "look 2"),
        ("!", &retried, "look 2"),
        ("!+", &retried, "healthy 2"),
        ("--+--", &Wanted { success_threshold: Some(2), ..thrice.clone() }, "look 6"),
        ("---", &thrice, "Failures connection_refused: 3 failures in a row"),
        (
            "----------",
            &plain,
            "Deadline connection_refused: not healthy within the deadline of 10s",
        ),
        (
            "--------++",
            &three,
            "Deadline connection_refused: not healthy within the deadline of 10s; 2 of 3 successes in a row",
        ),
        (
            "--------++",
            &both,
            "Deadline connection_refused: not healthy within the deadline of 10s; \
             2 of 2 successes in a row; healthy for 1s of 2.5s",
        ),
        (
            "++++++++++",
            &Wanted { success_threshold: Some(11), timeout: Some(ms(10_003)), ..plain.clone() },
            "Deadline response_timeout: not healthy within the deadline of 10.003s; \
             10 of 11 successes in a row",
        ),
    ] {
        assert_eq!(said(after(course, wanted)), expected, "{course} {wanted:?}");
    }
}

#[test]
fn once() {
    let once = Wanted { mode: Mode::Once, ..Wanted::default() };
    for (course, expected) in [
        ("", "look 0"),
        ("+", "healthy 1"),
        ("-", "Once connection_refused: "),
        ("!", "Final tls_expired: waiting does not mend this"),
    ] {
        assert_eq!(said(after(course, &once)), expected, "{course}");
    }
    let late = Wanted { initial_delay: Some(s(4)), ..once };
    assert_eq!(said(after("", &late)), "look 4");
}

#[test]
fn watch() {
    let watch = Wanted { mode: Mode::Watch, bake_time: Some(ms(3500)), ..Wanted::default() };
    let lenient = Wanted { failure_threshold: Some(3), ..watch.clone() };
    let strict = Wanted { success_threshold: Some(3), ..lenient.clone() };
    let retried = Wanted { retry_on: vec![Reason::TlsExpired], ..lenient.clone() };
    for (course, wanted, expected) in [
        ("", &watch, "look 0"),
        ("+", &watch, "look 2"),
        ("++++", &watch, "look 4.5"),
        ("+++++", &watch, "healthy 1"),
        (
            "++-",
            &watch,
            "Failures connection_refused: 1 failure within the bake time; watched 2s of 3.5s",
        ),
        ("++-", &lenient, "look 4"),
        (
            "-+-+-",
            &lenient,
            "Failures connection_refused: 3 failures within the bake time; watched 4s of 3.5s",
        ),
        ("-+-++", &lenient, "healthy 4"),
        // The bake time is over, and the last look has to be good.
        ("+++--", &lenient, "look 6"),
        ("+++--+", &lenient, "healthy 6"),
        ("+-+++", &strict, "healthy 3"),
        ("++-++", &strict, "look 6"),
        ("+!", &lenient, "Final tls_expired: waiting does not mend this"),
        ("+!", &retried, "look 3"),
    ] {
        assert_eq!(said(after(course, wanted)), expected, "{course} {wanted:?}");
    }
}

#[test]
fn watch_ends_at_its_deadline() {
    let watch = policy(Wanted {
        mode: Mode::Watch,
        bake_time: Some(s(5)),
        timeout: Some(s(8)),
        failure_threshold: Some(9),
        ..Wanted::default()
    });
    let history = looks("+++++---");
    let given = next(&history, &watch, s(8), 0.0);
    assert_eq!(
        said(given),
        "Deadline connection_refused: not healthy within the deadline of 8s; watched 7s of 5s"
    );
}

#[test]
fn without_a_timeout_watch_has_time_for_its_bake() {
    let watch = policy(Wanted {
        mode: Mode::Watch,
        bake_time: Some(s(60)),
        initial_delay: Some(s(10)),
        request_timeout: Some(s(3)),
        ..Wanted::default()
    });
    assert_eq!(watch.timeout, s(10 + 60 + 3 + 3 + 1 + 1));
    assert_eq!(policy(Wanted::default()).timeout, s(120));
}

#[test]
fn a_gap_in_which_nobody_looked_does_not_count() {
    let stable = policy(Wanted {
        stable_for: Some(s(10)),
        timeout: Some(s(1000)),
        request_timeout: Some(s(5)),
        ..Wanted::default()
    });
    // Up to interval + request-timeout + slack between two looks is as planned.
    for (times, expected) in [
        (&[1_000, 2_000, 9_000, 11_000][..], "healthy 1"),
        (&[1_000, 2_000, 9_001, 11_000], "look 12"),
        (&[1_000, 2_000, 9_001, 14_000, 19_001], "healthy 9.001"),
        (&[1_000, 3_600_000], "look 3601"),
    ] {
        let history: Vec<_> = times.iter().map(|at| up(ms(*at))).collect();
        let now = ms(*times.last().unwrap());
        let timeless = Policy { timeout: s(100_000), ..stable.clone() };
        assert_eq!(said(next(&history, &timeless, now, 0.0)), expected, "{times:?}");
    }
}

#[test]
fn a_machine_that_slept_does_not_pass_the_bake_time() {
    let watch = policy(Wanted {
        mode: Mode::Watch,
        bake_time: Some(s(60)),
        timeout: Some(s(7200)),
        ..Wanted::default()
    });
    let history = [up(s(1)), up(s(2)), up(s(3600))];
    assert_eq!(said(next(&history, &watch, s(3600), 0.0)), "look 3601");
}

#[test]
fn pauses_double_while_it_fails() {
    let backing = policy(Wanted {
        backoff: Backoff::Exponential,
        max_interval: Some(s(5)),
        ..Wanted::default()
    });
    let pauses: Vec<_> = (0..8).map(|failures| backing.pause(failures).as_secs()).collect();
    assert_eq!(pauses, [1, 1, 2, 4, 5, 5, 5, 5]);
    assert_eq!(backing.pause(u64::MAX), s(5));
    let mut standing = Standing::default();
    for (seen, expected) in [(down(s(1)), "look 2"), (down(s(2)), "look 4"), (down(s(4)), "look 8")]
    {
        standing.add(&seen, &backing);
        assert_eq!(said(standing.next(&backing, seen.ended, 0.0)), expected);
    }
}

#[test]
fn chance_only_shortens() {
    let shaken =
        Policy::new(Wanted { jitter: Some(50), interval: Some(s(2)), ..Wanted::default() });
    let shaken = shaken.unwrap();
    let at = |dice| said(next(&[down(s(1))], &shaken, s(1), dice));
    assert_eq!([at(0.0), at(0.5), at(1.0)], ["look 3", "look 2.5", "look 2"]);
    assert_eq!([at(-1.0), at(7.0), at(f64::NAN)], ["look 3", "look 2", "look 3"]);
}

#[test]
fn no_look_begins_right_before_the_deadline() {
    let short = policy(Wanted { timeout: Some(s(3)), ..Wanted::default() });
    for (ended, expected) in [
        (1995, "look 2.995"),
        // The next would come too late: it comes sooner, with some time to look.
        (1996, "look 2.749"),
        (2800, "Deadline connection_refused: not healthy within the deadline of 3s"),
        (5000, "Deadline connection_refused: not healthy within the deadline of 3s"),
    ] {
        assert_eq!(said(next(&[down(ms(ended))], &short, ms(ended), 0.0)), expected);
    }
}

#[test]
fn a_long_pause_leaves_room_for_a_last_look() {
    let slow = policy(Wanted { interval: Some(s(10)), timeout: Some(s(25)), ..Wanted::default() });
    assert_eq!(said(next(&[down(s(0)), down(s(10))], &slow, s(10), 0.0)), "look 20");
    // The next in order would come at 22, the one after too late, so the last comes a second early.
    assert_eq!(said(next(&[down(s(2)), down(s(12))], &slow, s(12), 0.0)), "look 22");
    assert_eq!(
        said(next(&[down(s(2)), down(s(12)), down(s(22))], &slow, s(22), 0.0)),
        "look 24.25"
    );
    let all = [down(s(2)), down(s(12)), down(s(22)), down(ms(24_300))];
    assert_eq!(
        said(next(&all, &slow, ms(24_300), 0.0)),
        "Deadline connection_refused: not healthy within the deadline of 25s"
    );
    // An interval that the deadline has no room for still gives two looks.
    let rare = policy(Wanted { interval: Some(s(10)), timeout: Some(s(5)), ..Wanted::default() });
    assert_eq!(said(next(&[down(ms(3))], &rare, ms(3), 0.0)), "look 4");
    let slower = policy(Wanted {
        interval: Some(s(10)),
        backoff: Backoff::Exponential,
        timeout: Some(s(50)),
        ..Wanted::default()
    });
    let history = [down(s(0)), down(s(10)), down(s(30))];
    assert_eq!(said(next(&history, &slower, s(30), 0.0)), "look 49");
}

#[test]
fn what_the_deadline_cut_says_nothing_of_the_target() {
    let short = policy(Wanted {
        timeout: Some(s(3)),
        success_threshold: Some(2),
        failure_threshold: Some(2),
        ..Wanted::default()
    });
    let cut = Seen { cut: true, fault: Some((Reason::ResponseTimeout, false)), ended: s(3) };
    for (history, expected) in [
        (
            vec![down(s(1)), cut],
            "Deadline connection_refused: not healthy within the deadline of 3s",
        ),
        (vec![cut], "Deadline response_timeout: not healthy within the deadline of 3s"),
        (
            vec![down(s(1)), up(s(2)), cut],
            "Deadline connection_refused: not healthy within the deadline of 3s; 1 of 2 successes in a row",
        ),
    ] {
        assert_eq!(said(next(&history, &short, s(3), 0.0)), expected);
    }
}

#[test]
fn a_look_during_which_the_machine_stood_still_is_repeated() {
    let cut = |ended| Seen { cut: true, fault: Some((Reason::ResponseTimeout, false)), ended };
    let once = policy(Wanted { mode: Mode::Once, ..Wanted::default() });
    assert_eq!(said(next(&[cut(s(30))], &once, s(30), 0.0)), "look 31");
    assert_eq!(said(next(&[cut(s(30)), up(s(31))], &once, s(31), 0.0)), "healthy 31");
    let watch = policy(Wanted {
        mode: Mode::Watch,
        bake_time: Some(s(2)),
        timeout: Some(s(120)),
        ..Wanted::default()
    });
    let history = [up(s(1)), up(s(2)), cut(s(32)), up(s(33))];
    assert_eq!(said(next(&history, &watch, s(33), 0.0)), "healthy 33");
    // It neither ends nor goes on what was stable before.
    let stable =
        policy(Wanted { stable_for: Some(s(3)), failure_threshold: Some(1), ..Wanted::default() });
    let history = [up(s(1)), up(s(2)), cut(s(32)), up(s(33)), up(s(34)), up(s(35))];
    assert_eq!(said(next(&history, &stable, s(35), 0.0)), "look 36");
    let history = [&history[..], &[up(s(36))]].concat();
    assert_eq!(said(next(&history, &stable, s(36), 0.0)), "healthy 33");
}

#[test]
fn a_signal_tells_how_far_it_got() {
    let three = policy(Wanted { success_threshold: Some(3), ..Wanted::default() });
    let mut standing = Standing::default();
    let why = standing.interrupted(&three, "interrupted by SIGTERM");
    assert_eq!(why.words, "interrupted by SIGTERM; before the first look");
    assert_eq!((why.end, why.failed), (End::Interrupted, false));
    standing.add(&down(s(1)), &three);
    standing.add(&up(s(2)), &three);
    let why = standing.interrupted(&three, "interrupted by SIGTERM");
    assert_eq!(why.words, "interrupted by SIGTERM; 1 of 3 successes in a row");
    assert_eq!(why.reason, Reason::ConnectionRefused);
}

#[test]
fn what_could_never_be_healthy_is_refused() {
    let plain = Wanted::default();
    let watch = Wanted { mode: Mode::Watch, bake_time: Some(s(60)), ..Wanted::default() };
    let once = Wanted { mode: Mode::Once, ..Wanted::default() };
    for (wanted, words) in [
        (Wanted { timeout: Some(s(0)), ..plain.clone() }, "`timeout` is 0s, and at least 10ms"),
        (Wanted { request_timeout: Some(s(0)), ..plain.clone() }, "`request-timeout` is 0s"),
        (Wanted { interval: Some(ms(9)), ..plain.clone() }, "`interval` is 9ms"),
        (Wanted { success_threshold: Some(0), ..plain.clone() }, "`success-threshold` is 0"),
        (Wanted { failure_threshold: Some(0), ..plain.clone() }, "`failure-threshold` is 0"),
        (Wanted { timeout: Some(Duration::MAX), ..plain.clone() }, "longer than any job"),
        (Wanted { interval: Some(Duration::MAX), ..plain.clone() }, "longer than any job"),
        (Wanted { request_timeout: Some(Duration::MAX), ..plain.clone() }, "longer than any job"),
        (Wanted { stable_for: Some(s(120)), ..plain.clone() }, "`stable-for` is 2m, and `timeout`"),
        (
            Wanted { stable_for: Some(s(60)), initial_delay: Some(s(60)), ..plain.clone() },
            "`initial-delay` and `stable-for` are 2m",
        ),
        (Wanted { initial_delay: Some(s(120)), ..plain.clone() }, "`initial-delay` is 2m"),
        (Wanted { initial_delay: Some(s(120)), ..once.clone() }, "`initial-delay` is 2m"),
        (Wanted { success_threshold: Some(121), ..plain.clone() }, "121 successes, `interval`"),
        (Wanted { success_threshold: Some(u32::MAX), ..plain.clone() }, "4294967295 successes"),
        (Wanted { success_threshold: Some(200), ..watch.clone() }, "200 successes"),
        (
            Wanted { timeout: Some(s(60)), ..watch.clone() },
            "`bake-time` is 1m, and `timeout` is 1m",
        ),
        (Wanted { bake_time: None, ..watch.clone() }, "`mode: watch` needs `bake-time`"),
        (Wanted { bake_time: Some(s(0)), ..watch.clone() }, "`bake-time` is 0s"),
        (Wanted { bake_time: Some(s(1)), ..plain.clone() }, "`bake-time` goes with `mode: watch`"),
        (Wanted { bake_time: Some(s(1)), ..once.clone() }, "`bake-time` goes with `mode: watch`"),
        (Wanted { stable_for: Some(s(1)), ..watch }, "`stable-for` goes with `mode: wait`"),
        (Wanted { stable_for: Some(s(1)), ..once.clone() }, "`stable-for` goes with `mode: wait`"),
        (Wanted { success_threshold: Some(2), ..once.clone() }, "`mode: once` looks once"),
        (Wanted { failure_threshold: Some(2), ..once.clone() }, "`mode: once` looks once"),
        (
            Wanted { max_interval: Some(ms(500)), ..plain.clone() },
            "`max-interval` is 500ms, less than `interval`, 1s",
        ),
    ] {
        let error = Policy::new(wanted.clone()).expect_err(words).to_string();
        assert!(error.contains(words), "{error}\n{wanted:?}");
    }
    for fine in [
        Wanted { interval: Some(s(60)), ..plain.clone() },
        Wanted { timeout: Some(ms(500)), ..plain.clone() },
        Wanted { success_threshold: Some(120), ..plain },
        Wanted { success_threshold: Some(1), failure_threshold: Some(1), ..once },
    ] {
        Policy::new(fine).unwrap();
    }
}

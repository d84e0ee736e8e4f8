//! What holds of every history.

use std::time::Duration;

use proptest::prelude::*;

use super::{Backoff, Mode, Next, Policy, Seen, Standing, Wanted, next};
use crate::reason::Reason;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn look(is_up: bool, ended: Duration) -> Seen {
    let fault = (!is_up).then_some((Reason::StatusMismatch, false));
    Seen { ended, fault, cut: false }
}

/// What a target that is up or down at a time shows from start to verdict: the history, the verdict,
/// and when it was found. A look takes `takes`.
fn play(
    policy: &Policy,
    dice: f64,
    takes: Duration,
    is_up: impl Fn(Duration) -> bool,
) -> (Vec<Seen>, Next, Duration) {
    let mut history = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        match next(&history, policy, now, dice) {
            Next::Look { at } => {
                assert!(at >= now, "a look in the past");
                now = at + takes;
                history.push(look(is_up(at), now));
            }
            verdict => return (history, verdict, now),
        }
        assert!(history.len() < 5000, "it does not end");
    }
}

fn modes() -> impl Strategy<Value = (Mode, Option<Duration>)> {
    prop_oneof![
        Just((Mode::Wait, None)),
        Just((Mode::Once, None)),
        (1_u64..20_000).prop_map(|bake| (Mode::Watch, Some(ms(bake)))),
    ]
}

prop_compose! {
    fn policies()(
        (mode, bake_time) in modes(),
        timeout in prop::option::of(10_u64..40_000),
        request_timeout in 1_u64..6_000,
        interval in 200_u64..3_000,
        jitter in 0_u8..=80,
        is_exponential in any::<bool>(),
        initial_delay in 0_u64..3_000,
        success_threshold in 1_u32..6,
        failure_threshold in prop::option::of(1_u32..6),
        stable_for in 0_u64..5_000,
    ) -> Option<Policy> {
        let many = mode != Mode::Once;
        Policy::new(Wanted {
            mode,
            bake_time,
            timeout: timeout.map(ms),
            request_timeout: Some(ms(request_timeout)),
            interval: Some(ms(interval)),
            jitter: Some(jitter),
            backoff: if is_exponential { Backoff::Exponential } else { Backoff::Constant },
            initial_delay: Some(ms(initial_delay)),
            success_threshold: many.then_some(success_threshold),
            failure_threshold: failure_threshold.filter(|_| many),
            stable_for: (mode == Mode::Wait).then_some(ms(stable_for)),
            ..Wanted::default()
        }).ok()
    }
}

prop_compose! {
    fn histories()(
        steps in prop::collection::vec((any::<bool>(), 0_u64..20_000, prop::bool::weighted(0.05)), 0..60)
    ) -> Vec<Seen> {
        let mut at = Duration::ZERO;
        steps.into_iter().map(|(is_up, step, is_final)| {
            at += ms(step);
            let fault = (!is_up).then_some((Reason::TlsUntrusted, is_final));
            Seen { ended: at, fault, cut: false }
        }).collect()
    }
}

proptest! {
    #[test]
    fn flapping_of_any_period_never_passes_a_threshold_above_its_ups(
        ups in 1_usize..5, downs in 1_usize..5, more in 1_u32..4, rounds in 1_usize..30,
        offset in 0_usize..10, takes in 0_u64..400,
    ) {
        let policy = Policy::new(Wanted {
            timeout: Some(Duration::from_hours(1)),
            success_threshold: Some(u32::try_from(ups).unwrap() + more),
            ..Wanted::default()
        }).unwrap();
        let mut history = Vec::new();
        let mut now = Duration::ZERO;
        for n in 0..rounds * (ups + downs) {
            now += ms(1000 + takes);
            history.push(look((n + offset) % (ups + downs) < ups, now));
            let given = next(&history, &policy, now, 0.5);
            prop_assert!(matches!(given, Next::Look { .. }), "{:?}", given);
        }
    }

    #[test]
    fn flapping_never_passes_a_time_longer_than_its_ups(
        up in 200_u64..4000, down in 600_u64..4000, dice in 0.0..1.0_f64,
    ) {
        // Looks are at most half a second apart, so none of the downs goes unseen.
        let policy = Policy::new(Wanted {
            timeout: Some(Duration::from_mins(1)),
            interval: Some(ms(500)),
            stable_for: Some(ms(up)),
            ..Wanted::default()
        }).unwrap();
        let (_, verdict, _) = play(&policy, dice, ms(1), |at| {
            at.as_millis() % u128::from(up + down) < u128::from(up)
        });
        let is_unhealthy = matches!(verdict, Next::Unhealthy { .. });
        prop_assert!(is_unhealthy, "{:?}", verdict);
    }

    #[test]
    fn it_always_ends_by_its_deadline_and_looks_only_before(
        policy in policies().prop_filter_map("a policy", |policy| policy),
        dice in 0.0..1.0_f64, takes in 0_u64..3000, pattern in any::<u64>(),
    ) {
        let takes = ms(takes).min(policy.request_timeout);
        let up = |at: Duration| (pattern >> (at.as_millis() / 700 % 64)) & 1 == 1;
        let (history, verdict, now) = play(&policy, dice, takes, up);
        prop_assert!(now <= policy.timeout + takes, "{:?} of {:?}", now, policy.timeout);
        prop_assert!(history.iter().all(|seen| seen.ended < policy.timeout + takes));
        if let Next::Healthy { since } = verdict {
            prop_assert!(history.last().unwrap().fault.is_none());
            prop_assert!(since <= now);
        }
    }

    #[test]
    fn what_is_always_up_is_healthy(
        policy in policies().prop_filter_map("a policy", |policy| policy),
    ) {
        // Looks without length, chance without shortening: what can_pass promised.
        let (history, verdict, _) = play(&policy, 0.0, Duration::ZERO, |_| true);
        let is_healthy = matches!(verdict, Next::Healthy { .. });
        let starts = policy.initial_delay + super::SHORTEST_LOOK;
        let most = u32::try_from(policy.success_threshold).unwrap() * policy.interval;
        let lasts = policy.stable_for.max(policy.bake_time).max(most) + starts;
        prop_assert!(is_healthy || lasts >= policy.timeout, "{:?} {}", verdict, history.len());
    }

    #[test]
    fn what_is_always_down_is_never_healthy(
        policy in policies().prop_filter_map("a policy", |policy| policy), dice in 0.0..1.0_f64,
    ) {
        let (_, verdict, _) = play(&policy, dice, ms(1), |_| false);
        let is_unhealthy = matches!(verdict, Next::Unhealthy { .. });
        prop_assert!(is_unhealthy);
    }

    #[test]
    fn the_verdict_depends_on_the_history_alone(
        policy in policies().prop_filter_map("a policy", |policy| policy),
        history in histories(), dice in 0.0..1.0_f64,
    ) {
        let now = history.last().map_or(Duration::ZERO, |seen| seen.ended);
        let mut standing = Standing::default();
        for seen in &history {
            standing.add(seen, &policy);
        }
        prop_assert_eq!(standing.next(&policy, now, dice), next(&history, &policy, now, dice));
        // Chance moves looks, never a verdict.
        let other = next(&history, &policy, now, 1.0 - dice);
        let given = next(&history, &policy, now, dice);
        if let Next::Healthy { .. } = given {
            prop_assert_eq!(other, given);
        }
    }

    #[test]
    fn the_verdict_needs_what_it_says(
        policy in policies().prop_filter_map("a policy", |policy| policy), history in histories(),
    ) {
        let now = history.last().map_or(Duration::ZERO, |seen| seen.ended);
        if let Next::Healthy { since } = next(&history, &policy, now, 0.0) {
            let streak: Vec<_> =
                history.iter().rev().take_while(|seen| seen.fault.is_none()).collect();
            prop_assert!(streak.len() as u64 >= policy.success_threshold);
            prop_assert!(now >= since + policy.stable_for);
            prop_assert!(streak.iter().any(|seen| seen.ended == since));
            prop_assert!(now >= history.first().unwrap().ended + policy.bake_time);
        }
    }

    #[test]
    fn more_successes_keep_it_healthy(
        policy in policies().prop_filter_map("a policy", |policy| policy),
        pattern in any::<u64>(), more in 1_usize..20,
    ) {
        // Up from some moment on, so that most of them get there.
        let up = |at: Duration| (pattern >> (at.as_millis() / 500).min(63)) & 1 == 1
            || at > ms(3000);
        let (mut history, verdict, mut now) = play(&policy, 0.0, ms(1), up);
        if let Next::Healthy { .. } = verdict {
            for _ in 0..more {
                now += policy.interval;
                history.push(look(true, now));
                let given = next(&history, &policy, now, 0.0);
                let is_healthy = matches!(given, Next::Healthy { .. });
                prop_assert!(is_healthy, "{:?}", given);
            }
        }
    }

    #[test]
    fn a_clock_that_jumps_makes_nothing_healthy(
        before in 1_usize..5, jump in 60_000_u64..10_000_000, stable in 10_000_u64..60_000,
    ) {
        let policy = Policy::new(Wanted {
            timeout: Some(Duration::from_hours(24)),
            stable_for: Some(ms(stable)),
            ..Wanted::default()
        }).unwrap();
        let mut history: Vec<_> =
            (1..=before).map(|n| look(true, Duration::from_secs(n as u64))).collect();
        let now = history.last().unwrap().ended + ms(jump);
        history.push(look(true, now));
        let given = next(&history, &policy, now, 0.0);
        let is_look = matches!(given, Next::Look { .. });
        prop_assert!(is_look, "{:?}", given);
    }
}

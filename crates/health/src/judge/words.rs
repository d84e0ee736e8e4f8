//! What ended a run and how far it got, in words.

use std::time::Duration;

use launchway_base::show_duration;

use super::{End, Mode, Policy, Standing};
use crate::report::words::short;

/// Words for an end; empty when the last failure says it all.
pub(super) fn of(standing: &Standing, policy: &Policy, end: End) -> String {
    let cause = match end {
        End::Once | End::Interrupted => String::new(),
        End::Final => "waiting does not mend this".to_owned(),
        End::Failures if policy.mode == Mode::Watch => {
            format!("{} within the bake time", failures(standing.failures))
        }
        End::Failures => format!("{} in a row", failures(standing.failures_in_a_row)),
        End::Deadline => {
            format!("not healthy within the deadline of {}", show_duration(policy.timeout))
        }
    };
    let reached = match end {
        End::Deadline | End::Interrupted => reached(standing, policy),
        End::Failures if policy.mode == Mode::Watch => watched(standing, policy),
        _ => String::new(),
    };
    joined(&[cause, reached])
}

/// The parts that say something, as one.
pub(super) fn joined(parts: &[String]) -> String {
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    parts.join("; ")
}

fn failures(count: u64) -> String {
    if count == 1 { "1 failure".to_owned() } else { format!("{count} failures") }
}

/// How far it got.
fn reached(standing: &Standing, policy: &Policy) -> String {
    if standing.looks == 0 {
        return "before the first look".to_owned();
    }
    if policy.mode == Mode::Watch {
        return watched(standing, policy);
    }
    let Some(streak) = standing.streak else { return String::new() };
    let mut parts = Vec::new();
    if policy.success_threshold > 1 {
        parts.push(format!("{} of {} successes in a row", streak.count, policy.success_threshold));
    }
    if !policy.stable_for.is_zero() {
        let lasted = streak.last.saturating_sub(streak.since);
        parts.push(format!("healthy for {} of {}", show(lasted), show(policy.stable_for)));
    }
    joined(&parts)
}

fn watched(standing: &Standing, policy: &Policy) -> String {
    format!("watched {} of {}", show(standing.observed), show(policy.bake_time))
}

/// A span for people: tenths of a second are enough past the first, and seconds past a minute.
fn show(span: Duration) -> String {
    if span > Duration::from_mins(1) {
        return short(span);
    }
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let rounded = if millis < 1000 { millis } else { millis / 100 * 100 };
    show_duration(Duration::from_millis(rounded))
}

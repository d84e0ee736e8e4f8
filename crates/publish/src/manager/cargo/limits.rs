//! How long many crates take under the rate limits of the registry Cargo knows by itself.

use std::time::Duration;

/// New crates that may be published at once, and the time for each further one.
const NEW: (usize, Duration) = (5, Duration::from_mins(10));
/// New versions that may be published at once, and the time for each further one.
const VERSIONS: (usize, Duration) = (30, Duration::from_mins(1));

/// The wait to expect at least, with nothing published shortly before.
pub(crate) fn expected_wait(new_crates: usize, new_versions: usize) -> Duration {
    let wait = |count: usize, (burst, each): (usize, Duration)| {
        let over = u32::try_from(count.saturating_sub(burst)).unwrap_or(u32::MAX);
        each.saturating_mul(over)
    };
    // Both run down side by side.
    wait(new_crates, NEW).max(wait(new_versions, VERSIONS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_the_rest_takes_its_time() {
        for (new, versions, minutes) in
            [(0, 0, 0), (5, 30, 0), (6, 0, 10), (7, 31, 20), (0, 33, 3), (6, 45, 15)]
        {
            let wait = Duration::from_mins(minutes);
            assert_eq!(expected_wait(new, versions), wait, "{new} {versions}");
        }
        assert!(expected_wait(usize::MAX, 0) > Duration::from_hours(24 * 365));
    }
}

//! How it went, all in all.

use crate::facts::Need;
use crate::status::Status;

/// How it went: as told, else the worst of the needs, else what the event says. A `success` that
/// is told of while a needed job failed is no success: the status of a job says nothing of others.
pub(super) fn of(told: Option<Status>, needs: &[Need], event: Status) -> Status {
    let worst = needs.iter().map(|need| need.result).max_by_key(|one| weight(*one));
    match (told, worst) {
        (Some(Status::Success), Some(bad @ (Status::Failure | Status::Cancelled))) => bad,
        (Some(told), _) => told,
        (None, Some(worst)) => worst,
        (None, None) => event,
    }
}

/// How much one matters beside the others.
fn weight(status: Status) -> u8 {
    match status {
        Status::Neutral => 0,
        Status::Skipped => 1,
        Status::Success => 2,
        Status::Started => 3,
        Status::Waiting => 4,
        Status::Cancelled => 5,
        Status::Failure => 6,
    }
}

/// The conclusion of a run, job or step of the API.
pub(super) fn concluded(conclusion: &str) -> Status {
    conclusion.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_unless_told() {
        use Status::{Cancelled, Failure, Neutral, Skipped, Started, Success};
        let rows: &[(Option<Status>, &[Status], Status, Status)] = &[
            (None, &[], Neutral, Neutral),
            (None, &[], Failure, Failure),
            (None, &[Success, Skipped], Failure, Success),
            (None, &[Skipped], Neutral, Skipped),
            (None, &[Success, Cancelled, Failure], Neutral, Failure),
            (Some(Success), &[Success, Failure], Neutral, Failure),
            (Some(Success), &[Cancelled], Neutral, Cancelled),
            (Some(Success), &[Skipped], Neutral, Success),
            (Some(Started), &[Failure], Neutral, Started),
            (Some(Failure), &[Success], Success, Failure),
        ];
        for (told, needs, event, expected) in rows {
            let needs: Vec<_> =
                needs.iter().map(|result| Need { result: *result, ..Need::default() }).collect();
            assert_eq!(of(*told, &needs, *event), *expected, "{told:?} {needs:?}");
        }
        assert_eq!(concluded("timed_out"), Failure);
        assert_eq!(concluded("odd"), Neutral);
    }
}

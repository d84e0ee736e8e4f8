//! How it went, all in all.

use crate::facts::Need;
use crate::inputs::Template;
use crate::status::Status;

/// How it went: as told, else the worst of the needs and of the own `job`, else what the event says,
/// else how the own job goes. A `success` that is told of while a needed job failed is no success: the
/// status of a job says nothing of others.
pub(super) fn of(
    told: Option<Status>,
    needs: &[Need],
    event: Status,
    job: Option<Status>,
) -> Status {
    let worst = needs.iter().map(|need| need.result).max_by_key(|one| weight(*one));
    match (told, worst) {
        (Some(Status::Success), Some(bad @ (Status::Failure | Status::Cancelled))) => bad,
        (Some(told), _) => told,
        (None, Some(worst)) => job.filter(|job| weight(*job) > weight(worst)).unwrap_or(worst),
        (None, None) if event == Status::Neutral => job.unwrap_or_default(),
        (None, None) => event,
    }
}

/// What the status of the own job says of what is told. That it goes well so far is only then an end
/// where a template tells of ends.
pub(super) fn of_job(
    job: Option<Status>,
    template: Option<Template>,
    alone: bool,
) -> Option<Status> {
    use Template::{Approval, Canary, Ci, Deploy, Release};
    let well = Some(Status::Success);
    match template {
        None => job.filter(|_| !alone),
        Some(Canary | Approval) => job.filter(|job| Some(*job) != well),
        Some(Ci | Deploy | Release) => job,
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
        // Told, needs, event, own job; what follows.
        type Row = (Option<Status>, &'static [Status], Status, Option<Status>, Status);
        let rows: &[Row] = &[
            (None, &[], Neutral, None, Neutral),
            (None, &[], Failure, None, Failure),
            (None, &[], Failure, Some(Success), Failure),
            (None, &[], Success, Some(Failure), Success),
            (None, &[], Neutral, Some(Success), Success),
            (None, &[], Neutral, Some(Failure), Failure),
            (None, &[Success, Skipped], Failure, None, Success),
            (None, &[Success], Neutral, Some(Failure), Failure),
            (None, &[Success], Neutral, Some(Cancelled), Cancelled),
            (None, &[Cancelled], Neutral, Some(Success), Cancelled),
            (None, &[Skipped], Neutral, None, Skipped),
            (None, &[Success, Cancelled, Failure], Neutral, None, Failure),
            (Some(Success), &[Success, Failure], Neutral, None, Failure),
            (Some(Success), &[Cancelled], Neutral, None, Cancelled),
            (Some(Success), &[Skipped], Neutral, Some(Failure), Success),
            (Some(Started), &[Failure], Neutral, Some(Failure), Started),
            (Some(Failure), &[Success], Success, Some(Success), Failure),
        ];
        for (told, needs, event, job, expected) in rows {
            let needs: Vec<_> =
                needs.iter().map(|result| Need { result: *result, ..Need::default() }).collect();
            assert_eq!(of(*told, &needs, *event, *job), *expected, "{told:?} {needs:?} {job:?}");
        }
        assert_eq!(concluded("timed_out"), Failure);
        assert_eq!(concluded("odd"), Neutral);
    }

    #[test]
    fn the_own_job_tells_of_ends_only() {
        use Status::{Failure, Success};
        let rows = [
            (Some(Template::Deploy), true, Some(Success), Some(Failure)),
            (Some(Template::Ci), false, Some(Success), Some(Failure)),
            (Some(Template::Canary), true, None, Some(Failure)),
            (Some(Template::Approval), false, None, Some(Failure)),
            (None, true, None, None),
            (None, false, Some(Success), Some(Failure)),
        ];
        for (template, alone, well, ill) in rows {
            assert_eq!(of_job(Some(Success), template, alone), well, "{template:?} {alone}");
            assert_eq!(of_job(Some(Failure), template, alone), ill, "{template:?} {alone}");
        }
    }
}

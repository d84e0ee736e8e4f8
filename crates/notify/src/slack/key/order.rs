//! What a message shows when several jobs of one run tell of themselves, in whatever order they end.
//!
//! Within one attempt a message goes forward only: what has ended does not begin again, and a worse
//! end stays over a better one. So the last word of a matrix is that of the leg that went worst, and
//! a `started` that comes late hides nothing. A newer attempt begins anew. Whatever is not shown is
//! told in the thread all the same.

use crate::status::Status;

/// The attempt that told it, from 1, and what it told.
pub type Said = (u64, Status);

/// Whether the message stays as it is, `there`, when `new` is told within the same run.
pub fn stays(there: Said, new: Said) -> bool {
    if there.0 != new.0 {
        return there.0 > new.0;
    }
    match (end(there.1), end(new.1)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(there), Some(new)) => there > new,
    }
}

/// Whether nothing is to come after it.
pub(super) fn ended(status: Status) -> bool {
    end(status).is_some()
}

/// How bad an end is; none where it goes on.
fn end(status: Status) -> Option<u8> {
    match status {
        Status::Started | Status::Waiting | Status::Neutral => None,
        Status::Skipped => Some(0),
        Status::Success => Some(1),
        Status::Cancelled => Some(2),
        Status::Failure => Some(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_an_attempt_a_message_goes_forward_only() {
        use Status::{Cancelled, Failure, Neutral, Skipped, Started, Success, Waiting};
        const ON: &[Status] = &[Started, Waiting, Neutral];
        // What is there, and what does not replace it.
        let rows: &[(Status, &[&[Status]])] = &[
            (Started, &[]),
            (Waiting, &[]),
            (Neutral, &[]),
            (Skipped, &[ON]),
            (Success, &[ON, &[Skipped]]),
            (Cancelled, &[ON, &[Skipped, Success]]),
            (Failure, &[ON, &[Skipped, Success, Cancelled]]),
        ];
        assert_eq!(rows.len(), Status::ALL.len());
        for (there, weaker) in rows {
            for new in Status::ALL {
                let expected = weaker.concat().contains(new);
                assert_eq!(stays((2, *there), (2, *new)), expected, "{there} {new}");
                assert!(!stays((2, *there), (3, *new)), "a newer attempt: {there} {new}");
                assert!(stays((2, *there), (1, *new)), "an older attempt: {there} {new}");
            }
        }
    }

    #[test]
    fn whatever_the_order_the_worst_end_is_shown() {
        let all = [Status::Started, Status::Success, Status::Failure, Status::Skipped];
        for first in 0..4 {
            for step in [1, 3] {
                let order = (0..4).map(|at| all[(first + at * step) % 4]);
                let shown = order.reduce(
                    |there, new| {
                        if stays((1, there), (1, new)) { there } else { new }
                    },
                );
                assert_eq!(shown, Some(Status::Failure), "{first} {step}");
            }
        }
    }
}

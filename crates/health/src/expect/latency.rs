//! `max-latency-ms`.

use std::time::Duration;

use crate::attempt::{Fault, Timings};
use crate::reason::Reason;

/// The longest all of a look may take, in milliseconds.
#[derive(Debug)]
pub(super) struct AtMost(pub(super) u64);

impl AtMost {
    pub(super) fn check(&self, timings: &Timings) -> Result<(), Fault> {
        if timings.total <= Duration::from_millis(self.0) {
            return Ok(());
        }
        // Rounded up: it never reads as if it were within the limit.
        let took = timings.total.as_micros().div_ceil(1000);
        Err(Fault::new(
            Reason::Latency,
            format!("the answer took {took} ms, more than {} ms", self.0),
        ))
    }
}

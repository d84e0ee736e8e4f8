//! `expected-body`.

use super::{shown, text};
use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::reason::Reason;

/// A text the body holds.
#[derive(Debug)]
pub(super) struct Contains(pub(super) String);

impl Contains {
    pub(super) fn check(&self, response: &Response) -> Result<(), Fault> {
        let body = text(response)?;
        if body.contains(&self.0) {
            return Ok(());
        }
        Err(Fault::new(
            Reason::BodyMismatch,
            format!("the body does not hold `{}`: {}", quote(self.0.as_bytes()), shown(&body)),
        ))
    }
}

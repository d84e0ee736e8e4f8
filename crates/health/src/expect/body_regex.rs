//! `expected-body-regex`.

use launchway_base::Failure;
use regex::Regex;

use super::{regex, shown, text};
use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::reason::Reason;

/// An expression the body matches somewhere.
#[derive(Debug)]
pub(super) struct Matches(Regex);

impl Matches {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        regex("expected-body-regex", text).map(Self)
    }

    pub(super) fn check(&self, response: &Response) -> Result<(), Fault> {
        let body = text(response)?;
        if self.0.is_match(&body) {
            return Ok(());
        }
        let pattern = quote(self.0.as_str().as_bytes());
        Err(Fault::new(
            Reason::BodyMismatch,
            format!("the body does not match `{pattern}`: {}", shown(&body)),
        ))
    }
}

//! `expected-status`.

use std::ops::RangeInclusive;

use launchway_base::Failure;

use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::reason::Reason;

/// A set of statuses.
#[derive(Debug)]
pub(super) struct Statuses {
    ranges: Vec<RangeInclusive<u16>>,
    written: String,
}

impl Statuses {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut ranges = Vec::new();
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        for part in parts.clone() {
            ranges.push(range(part).ok_or_else(|| {
                Failure::input(format!(
                    "`expected-status` has `{}`, which is no status from 100 to 999 and no range of them",
                    quote(part.as_bytes())
                ))
                .with_hint("write it like `200-299,304` or `2xx`")
            })?);
        }
        if ranges.is_empty() {
            return Err(Failure::input("`expected-status` names no status")
                .with_hint("write it like `200-299,304`"));
        }
        Ok(Self { ranges, written: parts.collect::<Vec<_>>().join(",") })
    }

    pub(super) fn check(&self, response: &Response, note: Option<&str>) -> Result<(), Fault> {
        let Some(status) = response.status else { return Ok(()) };
        if self.ranges.iter().any(|range| range.contains(&status)) {
            return Ok(());
        }
        let mut detail = format!("the status is {status}, expected {}", self.written);
        // A redirect's page says nothing the probe's note, where it points, does not.
        let page = if matches!(status, 300..=399) { String::new() } else { quote(&response.body) };
        for said in [page.as_str(), note.unwrap_or_default()] {
            if !said.is_empty() {
                detail.push_str(": ");
                detail.push_str(said);
            }
        }
        let fault = Fault::new(Reason::StatusMismatch, detail);
        // A door that is locked does not open by waiting.
        Err(if matches!(status, 401 | 403) { fault.and_final() } else { fault })
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let status = |text: &str| {
        let text = text.trim();
        (text.len() == 3).then(|| text.parse().ok()).flatten().filter(|s| (100..=999).contains(s))
    };
    if let [digit @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] = text.as_bytes() {
        let first = u16::from(digit - b'0') * 100;
        return Some(first..=first + 99);
    }
    let (from, to) = match text.split_once('-') {
        Some((from, to)) => (status(from)?, status(to)?),
        None => (status(text)?, status(text)?),
    };
    (from <= to).then_some(from..=to)
}

//! `expected-header`.

use http::HeaderName;
use launchway_base::Failure;
use regex::Regex;

use super::regex;
use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::reason::Reason;

/// What is expected of one header. Where it came more than once, one of its values is enough.
#[derive(Debug)]
pub(super) struct Header {
    name: HeaderName,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Any,
    Is(String),
    Matches(Regex),
}

impl Header {
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let (name, value) = match line.find([':', '~']).map(|at| line.split_at(at)) {
            None => (line, Value::Any),
            Some((name, rest)) => match rest.strip_prefix(':') {
                Some(value) => (name, Value::Is(value.trim().to_owned())),
                None => {
                    let pattern = rest.strip_prefix('~').unwrap_or(rest).trim();
                    (name, Value::Matches(regex("expected-header", pattern)?))
                }
            },
        };
        let name = name.trim();
        let name = HeaderName::try_from(name).map_err(|_| {
            Failure::input(format!(
                "`expected-header` has `{}`, which is no header's name",
                quote(name.as_bytes())
            ))
            .with_hint("write `Name: value`, `Name~REGEX`, or `Name` alone")
        })?;
        Ok(Self { name, value })
    }

    pub(super) fn check(&self, response: &Response) -> Result<(), Fault> {
        let name = &self.name;
        let found: Vec<_> = response
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes().trim_ascii()))
            .collect();
        let fault = |detail| Err(Fault::new(Reason::HeaderMismatch, detail));
        if found.is_empty() {
            return fault(format!("the answer has no header `{name}`"));
        }
        let (good, wanted) = match &self.value {
            Value::Any => return Ok(()),
            Value::Is(value) => (
                found.iter().any(|found| found == value),
                format!("not `{}`", quote(value.as_bytes())),
            ),
            Value::Matches(regex) => (
                found.iter().any(|found| regex.is_match(found)),
                format!("which does not match `{}`", quote(regex.as_str().as_bytes())),
            ),
        };
        if good {
            return Ok(());
        }
        let found = quote(found.join(", ").as_bytes());
        fault(format!("the header `{name}` is `{found}`, {wanted}"))
    }
}

//! Failures a fake produces when it is told to.

use std::time::Duration;

use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answers with this status, headers and JSON body; nothing is done.
    Status(u16, Vec<(String, String)>, Value),
    /// The secondary rate limit: 403 with `retry-after` in seconds when given; nothing is done.
    SecondaryLimit(Option<u64>),
    /// The primary rate limit: 403, no requests remaining, reset after this many seconds from now.
    PrimaryLimit(u64),
    /// Waits this long, then does and answers what was asked.
    Slow(Duration),
    /// Closes the connection without an answer; nothing is done.
    CutConnection,
    /// Does what was asked, then closes the connection without an answer.
    CommitThenCut,
    /// Does what was asked, then answers 502.
    CommitThenFail,
    /// Answers a read with the state from before the last write, as a lagging replica does.
    Stale,
    /// Answers as if it had been done, but nothing is done.
    LieOk,
}

impl Fault {
    /// A bare error status with GitHub's kind of message body.
    pub fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), serde_json::json!({ "message": "Injected failure" }))
    }
}

/// When something goes wrong: which requests, from which of them on, how often.
#[derive(Clone, Debug)]
pub struct FaultRule {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) skip: usize,
    pub(crate) times: usize,
    pub(crate) fault: Fault,
}

impl FaultRule {
    /// The next request, once.
    pub fn new(fault: Fault) -> Self {
        Self { method: None, path: None, body: None, token: None, skip: 0, times: 1, fault }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Only requests whose path (no query) matches; `*` stands for any run of characters.
    #[must_use]
    pub fn path(mut self, pattern: &str) -> Self {
        self.path = Some(pattern.to_owned());
        self
    }

    /// Only requests whose body contains this text, for example the name of a GraphQL mutation.
    #[must_use]
    pub fn body_contains(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Only requests with this token: of two programs that share a fake, one.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// From the n-th matching request on (counted from 1, starting when the rule is added).
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Self {
        self.skip = nth.saturating_sub(1);
        self
    }

    /// How many requests it hits; 1 unless said.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Hits every matching request.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    fn matches(&self, method: &str, path: &str, body: &str, authorization: &str) -> bool {
        let by = |token: &str| authorization.ends_with(&format!(" {token}"));
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|pattern| wildcard(pattern, path))
            && self.body.as_deref().is_none_or(|text| body.contains(text))
            && self.token.as_deref().is_none_or(by)
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FaultRule>);

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn any_stale(&self) -> bool {
        self.0.iter().any(|rule| matches!(rule.fault, Fault::Stale))
    }

    /// Counts the request against every matching rule and returns the first that fires.
    pub(crate) fn take(&mut self, method: &str, path: &str, body: &str) -> Option<Fault> {
        self.take_from(method, path, body, "")
    }

    /// As [`Self::take`], for a request with this `authorization`.
    pub(crate) fn take_from(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        authorization: &str,
    ) -> Option<Fault> {
        let mut fired = None;
        for rule in &mut self.0 {
            if !rule.matches(method, path, body, authorization) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if rule.times > 0 && fired.is_none() {
                rule.times = rule.times.saturating_sub(usize::from(rule.times != usize::MAX));
                fired = Some(rule.fault.clone());
            }
        }
        self.0.retain(|rule| rule.times > 0);
        fired
    }
}

/// Whether the text matches a pattern in which `*` stands for any run of characters.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(wildcard("/repos/*/git/refs", "/repos/a/b/git/refs"));
        assert!(wildcard("/repos/*", "/repos/a"));
        assert!(!wildcard("/repos/*/git/refs", "/repos/a/b/git/refs/heads/x"));
        assert!(wildcard("/graphql", "/graphql"));
        assert!(!wildcard("/graphql", "/graphql2"));
    }

    #[test]
    fn only_one_of_two_programs() {
        let mut faults = Faults::default();
        faults.add(FaultRule::new(Fault::CutConnection).token("one"));
        assert!(faults.take_from("GET", "/a", "", "Bearer two").is_none());
        assert!(faults.take("GET", "/a", "").is_none());
        assert!(faults.take_from("GET", "/a", "", "Bearer one").is_some());
    }

    #[test]
    fn the_nth_request_and_only_it() {
        let mut faults = Faults::default();
        faults.add(FaultRule::new(Fault::CutConnection).method("POST").nth(2));
        assert!(faults.take("POST", "/a", "").is_none());
        assert!(faults.take("GET", "/a", "").is_none());
        assert!(faults.take("POST", "/a", "").is_some());
        assert!(faults.take("POST", "/a", "").is_none());
    }
}

//! What goes wrong at a service for messages, and when.

use std::time::Duration;

use crate::fault::wildcard;
use crate::target::Act;

/// What the sender sees.
#[derive(Clone, Debug)]
pub enum How {
    /// This status with a page of HTML, as a proxy at the edge sends it.
    Status(u16),
    /// This status, content type and body.
    Body(u16, String, String),
    /// The service's own refusal with this word: of Slack's Web API `200` with `"ok": false`, of a
    /// Slack webhook the word as text with the status that belongs to it.
    Word(String),
    /// A rate limit.
    Limit(Limit),
    /// The connection is closed orderly without a byte.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing comes, and the connection stays open.
    Hang,
    /// `200` with an empty body.
    Empty,
    /// Bytes that are no HTTP.
    Garbage,
    /// `200`, said to be JSON, with bytes that are none.
    NotJson,
    /// Half of a proper answer, then the end.
    Truncated,
    /// The proper answer (so it is done), one byte each time this has passed.
    Drip(Duration),
    /// The proper answer (so it is done), so much later.
    Slow(Duration),
    /// Whatever a server can do on the wire.
    Act(Act),
}

/// The forms in which a rate limit comes.
#[derive(Clone, Debug)]
pub enum Limit {
    /// The usual form of the service with `Retry-After` in seconds.
    Usual(u64),
    /// Text only, no word of how long: `rate_limited` at Slack's webhooks.
    Text,
    /// JSON with `retry_after` in seconds, and no header.
    Json(f64),
    /// A header in whole seconds and `retry_after` in JSON.
    Both(u64, f64),
    /// JSON of the service's without a time, and this header.
    Header(String, String),
    /// `Retry-After` as a date this far from now.
    Date(Duration),
    /// A header that is no number and no date.
    Garbled,
    /// A bare 429.
    Bare,
}

/// When something goes wrong: at which requests, from which of them on, how often.
#[derive(Clone, Debug)]
pub struct Trouble {
    on: Option<String>,
    body: Option<String>,
    token: Option<String>,
    skip: usize,
    times: usize,
    pub(crate) is_done: bool,
    pub(crate) how: How,
}

impl Trouble {
    fn new(is_done: bool, how: How) -> Self {
        Self { on: None, body: None, token: None, skip: 0, times: 1, is_done, how }
    }

    /// Nothing of what was asked is done. The next request, once, unless more is said.
    pub fn before(how: How) -> Self {
        Self::new(false, how)
    }

    /// What was asked is done first. The next request, once, unless more is said.
    pub fn after(how: How) -> Self {
        Self::new(true, how)
    }

    /// Only requests to this: a method of the Web API (`chat.update`), `upload` for the bytes of a
    /// file, or a path that begins with `/`; `*` stands for any run of characters.
    #[must_use]
    pub fn on(mut self, pattern: &str) -> Self {
        self.on = Some(pattern.to_owned());
        self
    }

    /// Only requests whose body contains this text, as it was sent.
    #[must_use]
    pub fn body_contains(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Only requests with this bearer token.
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

    fn matches(&self, name: &str, path: &str, body: &str, authorization: &str) -> bool {
        let on =
            |pattern: &str| wildcard(pattern, if pattern.starts_with('/') { path } else { name });
        self.on.as_deref().is_none_or(on)
            && self.body.as_deref().is_none_or(|text| body.contains(text))
            && self.token.as_deref().is_none_or(|token| authorization == format!("Bearer {token}"))
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Vec<Trouble>);

impl Troubles {
    pub(crate) fn add(&mut self, rule: Trouble) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts the request against every matching rule and returns the first that fires.
    pub(crate) fn take(
        &mut self,
        name: &str,
        path: &str,
        body: &str,
        authorization: &str,
    ) -> Option<Trouble> {
        let mut fired = None;
        for rule in &mut self.0 {
            if !rule.matches(name, path, body, authorization) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if rule.times > 0 && fired.is_none() {
                rule.times = rule.times.saturating_sub(usize::from(rule.times != usize::MAX));
                fired = Some(rule.clone());
            }
        }
        self.0.retain(|rule| rule.times > 0);
        fired
    }
}

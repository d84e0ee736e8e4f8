//! The Web API over the network.

use std::cell::{Cell, OnceCell, RefCell};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use launchway_base::{Deadline, Failure};
use launchway_runtime::Session;
use serde_json::Value;

use super::{Api, Trouble};
use crate::deliver::{Ended, Sent};
use crate::inputs::OnAmbiguous;
use crate::slack::errors;
use crate::slack::method::{self, Call};

/// Calls for a living message. What may have been taken comes back as unknown and is looked for,
/// whatever `on-ambiguous` says.
#[derive(Debug)]
pub struct Web<'a> {
    session: &'a Session,
    api: method::Api,
    told: RefCell<(u32, Option<Sent>)>,
    /// What `auth.test` said: a token's bot stays the same.
    me: OnceCell<Value>,
    /// What time Slack said it is, and when it did.
    clock: Cell<Option<(Duration, Instant)>>,
}

impl<'a> Web<'a> {
    /// Calls by `api`.
    pub fn new(session: &'a Session, api: &method::Api) -> Self {
        let mut api = api.clone();
        api.terms.on_ambiguous = OnAmbiguous::Fail;
        Self { session, api, told: RefCell::default(), me: OnceCell::new(), clock: Cell::new(None) }
    }

    /// How many requests posted or updated something, repeats included, and what came of the last
    /// call of all.
    pub fn told(self) -> (u32, Option<Sent>) {
        self.told.into_inner()
    }
}

impl Api for Web<'_> {
    async fn call(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        if let (Some(me), "auth.test") = (self.me.get(), method) {
            return Ok(me.clone());
        }
        let call = Call::new(method, body.as_object().cloned().unwrap_or_default());
        let sent = self.api.call(self.session, &call).await.map_err(Trouble::Failed)?;
        let json = method::json(&sent);
        if let Some(date) = sent.response.as_ref().and_then(|one| date(one.header("date")?)) {
            self.clock.set(Some((date, Instant::now())));
        }
        let result = match &sent.ended {
            Ended::Done => Ok(json),
            Ended::Refused(word) => {
                Err(Trouble::Refused { word: word.clone(), failure: refused(method, word, &json) })
            }
            Ended::Ambiguous(why) => Err(Trouble::Unknown(
                Failure::remote(format!("whether Slack did `{method}` is unknown: {why}"))
                    .with_hint("run again: what is there is found by its key and not sent twice"),
            )),
            Ended::Exhausted(why) => Err(Trouble::Failed(
                Failure::remote(format!("Slack did not take `{method}`: {why}"))
                    .with_hint("run again"),
            )),
            Ended::OutOfTime(why) => Err(Trouble::Failed(
                Failure::remote(format!("Slack did not take `{method}` in time: {why}"))
                    .with_hint("allow more time with `deadline-seconds`, or run again"),
            )),
        };
        let mut told = self.told.borrow_mut();
        if matches!(method, "chat.postMessage" | "chat.update") {
            told.0 += sent.attempts;
        }
        told.1 = Some(sent);
        if let (Ok(me), "auth.test") = (&result, method) {
            self.me.get_or_init(|| me.clone());
        }
        result
    }

    fn deadline(&self) -> Deadline {
        self.api.client.deadline()
    }

    fn now(&self) -> Duration {
        match self.clock.get() {
            Some((date, at)) => date + at.elapsed(),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(self.deadline().bound(time)).await;
    }
}

/// The date of an answer as time since 1970.
fn date(header: &str) -> Option<Duration> {
    let at = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(at.as_second()).ok()?))
}

fn refused(method: &str, word: &str, json: &Value) -> Failure {
    let needed = json.get("needed").and_then(Value::as_str).filter(|_| word == "missing_scope");
    let needed =
        needed.map(|needed| format!("; it needs `{}`", needed.escape_debug())).unwrap_or_default();
    Failure::rejected(format!("Slack refused {method}: `{word}`{needed}"))
        .with_hint(errors::remedy(word))
}

//! A loopback port behind which a service answers, goes wrong and is recorded.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::trouble::{How, Limit, Troubles};
use crate::kill::{KillSwitch, Moment};
use crate::record::{Log, Recorded};
use crate::server::Incoming;
use crate::target::{Act, Asked, Reply, Script, Target};

/// What is sent back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self { status, headers: Vec::new(), body: body.into() };
        if !content_type.is_empty() {
            answer.header("content-type", content_type);
        }
        answer
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", value.to_string())
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/html", text)
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// What a fake does with a request.
pub(crate) trait Service: Send + 'static {
    /// Does what is asked.
    fn answer(&mut self, asked: &Incoming) -> Answer;

    /// What a rule calls this request.
    fn name(&self, asked: &Incoming) -> String;

    /// Whether a program may be killed here.
    fn is_write(&self, asked: &Incoming) -> bool {
        asked.method != "GET"
    }

    /// Its refusal with this word.
    fn refuse(&self, asked: &Incoming, word: &str) -> Answer;

    /// How it usually says that there was too much, so many seconds too early; without the header.
    fn limit_body(&self, asked: &Incoming, seconds: f64) -> Answer;

    /// The same as JSON that names the seconds.
    fn limit_json(&self, seconds: f64) -> Answer {
        let body = json!({ "ok": false, "error": "rate_limited", "retry_after": seconds });
        Answer::json(429, &body)
    }
}

/// A service with what happened there.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) service: S,
    pub(crate) log: Log,
    pub(crate) troubles: Troubles,
    pub(crate) kill: Option<KillSwitch>,
}

impl<S> Shared<S> {
    pub(crate) fn new(service: S) -> Arc<Mutex<Self>> {
        let log = Log::new("chat", 0);
        Arc::new(Mutex::new(Self { service, log, troubles: Troubles::default(), kill: None }))
    }
}

pub(crate) fn lock<S>(shared: &Mutex<Shared<S>>) -> MutexGuard<'_, Shared<S>> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Answers on a port of its own; `adapt` changes a request before the service sees it, so that
/// one service can tell its ports apart.
pub(crate) fn open<S: Service>(
    kind: &str,
    shared: &Arc<Mutex<Shared<S>>>,
    adapt: impl Fn(&mut Incoming) + Send + Sync + 'static,
) -> Target {
    let target = Target::reserved(Act::Silent);
    let is_first = lock(shared).log.next() == 1;
    if is_first {
        lock(shared).log = Log::new(kind, target.port());
    }
    let shared = Arc::clone(shared);
    target.turn(Script::choose(move |asked| serve(&shared, &adapt, asked)));
    target.listen();
    target
}

fn incoming(asked: &Asked) -> Incoming {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    Incoming {
        method: asked.method.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: asked.headers.iter().map(|(k, v)| (k.to_lowercase(), v.clone())).collect(),
        body: asked.body.clone(),
    }
}

fn serve<S: Service>(
    shared: &Mutex<Shared<S>>,
    adapt: &impl Fn(&mut Incoming),
    asked: &Asked,
) -> Act {
    let mut incoming = incoming(asked);
    adapt(&mut incoming);
    let mut state = lock(shared);
    let body = String::from_utf8_lossy(&incoming.body).into_owned();
    let writes = state.service.is_write(&incoming);
    let switch = state.kill.clone().filter(|_| writes);
    let mut record = Recorded {
        sequence: 0,
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: incoming.query.clone(),
        headers: incoming.headers.clone(),
        body,
        status: 0,
        response_headers: Vec::new(),
        response: String::new(),
        injected: true,
    };
    if let Some(switch) = switch
        && let Some(moment) = switch.count_write(&incoming)
    {
        if moment == Moment::After {
            state.service.answer(&incoming);
        }
        state.log.push(record);
        drop(state);
        switch.strike();
        return Act::Close;
    }
    let name = state.service.name(&incoming);
    let authorization = incoming.header("authorization").unwrap_or_default();
    let trouble = state.troubles.take(&name, &incoming.path, &record.body, authorization);
    record.injected = trouble.is_some();
    let (answer, act) = match trouble {
        None => {
            let answer = state.service.answer(&incoming);
            let act = reply(&answer);
            (Some(answer), act)
        }
        Some(trouble) => {
            let done = matches!(trouble.how, How::Drip(_) | How::Slow(_)) || trouble.is_done;
            let proper = done.then(|| state.service.answer(&incoming));
            suffer(&state.service, &incoming, &trouble.how, proper)
        }
    };
    if let Some(answer) = answer {
        record.status = answer.status;
        record.response = String::from_utf8_lossy(&answer.body).into_owned();
        record.response_headers = answer.headers;
    }
    state.log.push(record);
    act
}

fn suffer<S: Service>(
    service: &S,
    incoming: &Incoming,
    how: &How,
    proper: Option<Answer>,
) -> (Option<Answer>, Act) {
    let proper = proper.unwrap_or_else(|| Answer::new(200, "", ""));
    let answer = match how {
        How::Close => return (None, Act::Close),
        How::Reset => return (None, Act::Reset),
        How::Hang => return (None, Act::Silent),
        How::Garbage => return (None, Act::Garbage),
        How::Truncated => return (None, Act::Truncated),
        How::Act(act) => return (None, act.clone()),
        How::Drip(pause) => {
            let act = Act::Drip(wire(&proper), *pause);
            return (Some(proper), act);
        }
        How::Slow(wait) => {
            let act = reply(&proper).after(*wait);
            return (Some(proper), act);
        }
        How::Status(status) => {
            Answer::new(*status, "text/html", "<html><body>upstream error</body></html>")
        }
        How::Body(status, content_type, body) => Answer::new(*status, content_type, body.as_str()),
        How::Word(word) => service.refuse(incoming, word),
        How::Limit(limit) => limited(service, incoming, limit),
        How::Empty => Answer::new(200, "", ""),
        How::NotJson => Answer::new(200, "application/json", b"{\"ok\": tr\xff".as_slice()),
    };
    let act = reply(&answer);
    (Some(answer), act)
}

#[expect(clippy::cast_precision_loss, reason = "waits are short")]
fn limited<S: Service>(service: &S, incoming: &Incoming, limit: &Limit) -> Answer {
    let with = |mut answer: Answer, header: &str| {
        answer.header("retry-after", header);
        answer
    };
    match limit {
        Limit::Usual(seconds) => {
            with(service.limit_body(incoming, *seconds as f64), &seconds.to_string())
        }
        Limit::Text => Answer::text(429, "rate_limited"),
        Limit::Json(seconds) => service.limit_json(*seconds),
        Limit::Both(header, seconds) => with(service.limit_json(*seconds), &header.to_string()),
        Limit::Date(wait) => {
            with(service.limit_body(incoming, wait.as_secs_f64()), &date_in(*wait))
        }
        Limit::Header(name, value) => {
            let mut answer = Answer::json(429, &json!({ "message": "slow down", "global": true }));
            answer.header(name, value);
            answer
        }
        Limit::Garbled => with(service.limit_body(incoming, 1.0), "soon"),
        Limit::Bare => Answer::new(429, "", ""),
    }
}

fn date_in(wait: Duration) -> String {
    let at = jiff::Timestamp::try_from(SystemTime::now() + wait).expect("a time near now");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn reply(answer: &Answer) -> Act {
    let mut reply = Reply::new(answer.status).body(answer.body.clone());
    for (name, value) in &answer.headers {
        reply = reply.header(name, value);
    }
    reply.into()
}

fn wire(answer: &Answer) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(&answer.body);
    bytes
}

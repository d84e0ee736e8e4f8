//! Answers, faults and the record of both.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::lock;
use super::state::Store;
use crate::fault::Fault;
use crate::record::Recorded;
use crate::server::{Incoming, Outgoing};

/// What is sent back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        let mut answer = Self::empty(status);
        answer.header("content-type", "application/json");
        answer.body = value.to_string().into_bytes();
        answer
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// An error in the form of the specification.
pub(super) fn refuse(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &errors(code, message))
}

fn errors(code: &str, message: &str) -> Value {
    json!({ "errors": [{ "code": code, "message": message, "detail": null }] })
}

/// 429 with `Retry-After` in seconds, as Docker Hub.
pub fn limit_for_seconds(seconds: u64) -> Fault {
    let headers = vec![("retry-after".to_owned(), seconds.to_string())];
    Fault::Status(429, headers, errors("TOOMANYREQUESTS", "You have reached your pull rate limit."))
}

/// 429 with `Retry-After` as a date this far from now.
pub fn limit_until(wait: Duration) -> Fault {
    let date = jiff::Timestamp::try_from(SystemTime::now() + wait).expect("a time near now");
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    Fault::Status(
        429,
        vec![("retry-after".to_owned(), date)],
        errors("TOOMANYREQUESTS", "slow down"),
    )
}

/// 429 whose wait stands in the message only, in milliseconds, as GitHub's registry does.
pub fn limit_in_message(milliseconds: u64) -> Fault {
    let message = format!("retry-after: {milliseconds}ms, allowed: 2000/minute");
    Fault::Status(429, Vec::new(), errors("TOOMANYREQUESTS", &message))
}

/// 403 that reads like bad credentials and is a rate limit, as GitHub's registry does.
pub fn secondary_limit() -> Fault {
    let message = "denied: You have exceeded a secondary rate limit. Please wait a few minutes \
                   before you try again.";
    Fault::Status(403, Vec::new(), errors("DENIED", message))
}

/// Which of the servers was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Registry,
    Storage,
    Token,
}

pub(super) fn serve(shared: &Mutex<Store>, incoming: Incoming, door: Door) -> Outgoing {
    let text = String::from_utf8_lossy(&incoming.body).into_owned();
    let authorization = incoming.header("authorization").unwrap_or_default().to_owned();
    let fault = {
        let mut store = lock(shared);
        store.faults.take_from(&incoming.method, &incoming.path, &text, &authorization)
    };
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let mut store = lock(shared);
    let injected = !matches!(fault, None | Some(Fault::Slow(_)));
    let answer = store.suffer(&incoming, door, fault);
    let mut record = Recorded {
        sequence: 0,
        method: incoming.method,
        path: incoming.path,
        query: incoming.query,
        headers: incoming.headers,
        body: text,
        status: 0,
        response_headers: Vec::new(),
        response: String::new(),
        injected,
    };
    let log = match door {
        Door::Storage => &mut store.storage_log,
        Door::Token => &mut store.token_log,
        Door::Registry if record.path == super::TOKEN_PATH => &mut store.token_log,
        Door::Registry => &mut store.log,
    };
    let Some(Answer { status, headers, body }) = answer else {
        log.push(record);
        return Outgoing::Cut;
    };
    record.status = status;
    record.response_headers.clone_from(&headers);
    record.response = String::from_utf8_lossy(&body).into_owned();
    log.push(record);
    Outgoing::Reply { status, headers, body }
}

impl Store {
    fn suffer(&mut self, incoming: &Incoming, door: Door, fault: Option<Fault>) -> Option<Answer> {
        match fault {
            None | Some(Fault::Slow(_)) => {
                let writes = !matches!(incoming.method.as_str(), "GET" | "HEAD");
                if writes && self.faults.any_stale() {
                    self.before_last_write = Some(self.repos.clone());
                }
                Some(self.answer(incoming, door))
            }
            Some(Fault::Status(status, headers, body)) => {
                let mut answer = Answer::json(status, &body);
                let given =
                    |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
                answer.headers.retain(|(name, _)| !given(name));
                answer.headers.extend(headers);
                Some(answer)
            }
            Some(Fault::SecondaryLimit(wait)) => {
                let mut answer = refuse(403, "DENIED", "You have exceeded a secondary rate limit.");
                if let Some(wait) = wait {
                    answer.header("retry-after", &wait.to_string());
                }
                Some(answer)
            }
            Some(Fault::PrimaryLimit(wait)) => {
                let mut answer = refuse(429, "TOOMANYREQUESTS", "too many requests");
                answer.header("retry-after", &wait.to_string());
                Some(answer)
            }
            Some(Fault::CutConnection) => None,
            Some(Fault::CommitThenCut) => {
                self.answer(incoming, door);
                None
            }
            Some(Fault::CommitThenFail) => {
                self.answer(incoming, door);
                Some(refuse(502, "UNKNOWN", "bad gateway"))
            }
            Some(Fault::LieOk) => {
                let before = self.repos.clone();
                let answer = self.answer(incoming, door);
                self.repos = before;
                Some(answer)
            }
            Some(Fault::Stale) => {
                let Some(old) = self.before_last_write.clone() else {
                    return Some(self.answer(incoming, door));
                };
                let now = std::mem::replace(&mut self.repos, old);
                let answer = self.answer(incoming, door);
                self.repos = now;
                Some(answer)
            }
        }
    }

    fn answer(&mut self, incoming: &Incoming, door: Door) -> Answer {
        match door {
            Door::Storage => self.stored_blob(incoming),
            Door::Token => self.token(incoming),
            Door::Registry if incoming.path == super::TOKEN_PATH => self.token(incoming),
            Door::Registry => self.route(incoming),
        }
    }
}

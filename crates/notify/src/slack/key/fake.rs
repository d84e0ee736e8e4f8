//! A channel in memory, for the tests of this folder.

use std::cell::RefCell;
use std::time::Duration;

use launchway_base::{Deadline, Failure};
use serde_json::{Value, json};

use super::{Api, Trouble};

pub(super) const NOW: u64 = 1_700_000_000;

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub(super) enum Ill {
    /// It is refused with this word.
    Word(&'static str),
    /// It is taken, and the answer is lost.
    Lost,
    /// It is not taken, which nobody can tell.
    Void,
}

#[derive(Debug, Default)]
pub(super) struct Slack {
    pub(super) messages: RefCell<Vec<Value>>,
    pub(super) calls: RefCell<Vec<String>>,
    /// Method, which call of it from 1, and what is wrong with it; without a method, which call of all.
    pub(super) ills: Vec<(&'static str, usize, Ill)>,
    /// Names of the app's channels.
    pub(super) channels: Vec<(&'static str, &'static str)>,
    /// The message that can no longer be changed.
    pub(super) closed: Option<String>,
    /// Whether the time is up.
    pub(super) over: bool,
    pub(super) ticks: RefCell<u64>,
}

impl Slack {
    pub(super) fn count(&self, method: &str) -> usize {
        self.calls.borrow().iter().filter(|one| *one == method).count()
    }

    /// Texts of the channel, without threads.
    pub(super) fn channel(&self) -> Vec<String> {
        self.texts(|one| one.get("thread_ts").is_none() && one.get("subtype").is_none())
    }

    pub(super) fn thread(&self, ts: &str) -> Vec<String> {
        self.texts(|one| one.get("thread_ts") == Some(&json!(ts)))
    }

    fn texts(&self, keep: impl Fn(&Value) -> bool) -> Vec<String> {
        self.messages
            .borrow()
            .iter()
            .filter(|one| keep(one))
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn delete(&self, ts: &str) {
        let mut messages = self.messages.borrow_mut();
        let at = messages.iter().position(|one| one["ts"] == ts).unwrap();
        remove(&mut messages, at);
    }

    /// A message of another app.
    pub(super) fn forge(&self, metadata: &Value) {
        let ts = self.tick();
        self.messages.borrow_mut().push(json!({ "ts": ts, "text": "forged", "bot_id": "B666", "user": "U666", "metadata": metadata }));
    }

    fn tick(&self) -> String {
        *self.ticks.borrow_mut() += 1;
        let ticks = *self.ticks.borrow();
        format!("{}.{:06}", NOW + ticks / 1_000_000, ticks % 1_000_000)
    }

    pub(super) fn handle(&self, method: &str, body: &Value) -> Result<Value, &'static str> {
        let mut messages = self.messages.borrow_mut();
        let at = |ts: &Value, messages: &[Value]| {
            messages.iter().position(|one| &one["ts"] == ts).ok_or("message_not_found")
        };
        let page = |all: Vec<Value>| {
            let from = body["cursor"].as_str().map_or(0, |cursor| cursor.parse::<usize>().unwrap());
            let limit = usize::try_from(body["limit"].as_u64().unwrap()).unwrap();
            let next =
                if from + limit < all.len() { (from + limit).to_string() } else { String::new() };
            let some: Vec<_> = all.into_iter().skip(from).take(limit).collect();
            json!({ "ok": true, "messages": some, "response_metadata": { "next_cursor": next } })
        };
        match method {
            "auth.test" => Ok(json!({ "ok": true, "user_id": "U1", "bot_id": "B1" })),
            "users.conversations" => {
                let all: Vec<_> = self
                    .channels
                    .iter()
                    .map(|(name, id)| json!({ "name": name, "id": id }))
                    .collect();
                Ok(json!({ "ok": true, "channels": all }))
            }
            "conversations.open" => Ok(json!({ "ok": true, "channel": { "id": "D0123456789" } })),
            "conversations.history" => {
                assert_eq!(body["include_all_metadata"], true);
                let mut all: Vec<_> =
                    messages.iter().filter(|one| one.get("thread_ts").is_none()).cloned().collect();
                all.reverse();
                Ok(page(all))
            }
            "conversations.replies" => {
                at(&body["ts"], &messages).map_err(|_| "thread_not_found")?;
                let all = messages
                    .iter()
                    .filter(|one| one["ts"] == body["ts"] || one["thread_ts"] == body["ts"]);
                Ok(page(all.cloned().collect()))
            }
            "chat.getPermalink" => Ok(
                json!({ "ok": true, "permalink": format!("https://x.example/p{}", body["message_ts"].as_str().unwrap()) }),
            ),
            "chat.postMessage" => {
                if let Some(thread) = body.get("thread_ts") {
                    at(thread, &messages).map_err(|_| "thread_not_found")?;
                }
                let mut message = body.clone();
                message["ts"] = json!(self.tick());
                message["bot_id"] = json!("B1");
                messages.push(message.clone());
                Ok(json!({ "ok": true, "ts": message["ts"], "channel": body["channel"] }))
            }
            "chat.update" => {
                let at = at(&body["ts"], &messages)?;
                if messages[at]["subtype"] == "tombstone" {
                    return Err("message_not_found");
                }
                if self.closed.as_deref().is_some_and(|ts| body["ts"] == ts) {
                    return Err("edit_window_closed");
                }
                if messages[at]["bot_id"] != "B1" {
                    return Err("cant_update_message");
                }
                for name in ["text", "metadata", "blocks"] {
                    if let Some(value) = body.get(name) {
                        messages[at][name] = value.clone();
                    }
                }
                Ok(json!({ "ok": true, "ts": body["ts"], "channel": body["channel"] }))
            }
            "chat.delete" => {
                let at = at(&body["ts"], &messages)?;
                if messages[at]["subtype"] == "tombstone" {
                    return Err("message_not_found");
                }
                remove(&mut messages, at);
                Ok(json!({ "ok": true }))
            }
            other => panic!("{other} is not called"),
        }
    }
}

/// Of a message with a thread the place stays while there are lines.
fn remove(messages: &mut Vec<Value>, at: usize) {
    let gone = messages.remove(at);
    let is_used =
        |ts: &Value, messages: &[Value]| messages.iter().any(|one| one["thread_ts"] == *ts);
    if is_used(&gone["ts"], messages) {
        let place = json!({ "ts": gone["ts"], "subtype": "tombstone", "text": "" });
        messages.insert(at, place);
    } else if !gone["thread_ts"].is_null() && !is_used(&gone["thread_ts"], messages) {
        let is_place =
            |one: &Value| one["ts"] == gone["thread_ts"] && one["subtype"] == "tombstone";
        messages.retain(|one| !is_place(one));
    }
}

impl Api for Slack {
    async fn call(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        tokio::task::yield_now().await;
        self.calls.borrow_mut().push(method.to_owned());
        let number = self.count(method);
        let refused = |word: &str| Trouble::Refused {
            word: word.to_owned(),
            failure: Failure::rejected(format!("{method}: {word}")),
        };
        let lost = || Trouble::Unknown(Failure::remote(format!("{method}: no answer")));
        // The number 0 stands for every call.
        let of_all = self.calls.borrow().len();
        match self.ills.iter().find(|(name, which, _)| {
            (*name == method && (*which == number || *which == 0))
                || (name.is_empty() && *which == of_all)
        }) {
            Some((_, _, Ill::Word(word))) => Err(refused(word)),
            Some((_, _, Ill::Void)) => Err(lost()),
            Some((_, _, Ill::Lost)) => {
                let _ = self.handle(method, body);
                Err(lost())
            }
            None => self.handle(method, body).map_err(refused),
        }
    }

    fn deadline(&self) -> Deadline {
        if self.over { Deadline::after(Duration::ZERO) } else { Deadline::none() }
    }

    fn now(&self) -> Duration {
        Duration::from_secs(NOW + 5)
    }

    async fn pause(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

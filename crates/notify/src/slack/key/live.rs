//! Carrying a plan out: look, post or update, write the line; and what else can happen meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use super::decide::{Entry, Found, Move, Why, decide, entry, fresh, rival};
use super::mark::Wanted;
use super::{Api, Trouble, channel, find};

/// How often something is sent whose fate stays unknown.
const TRIES: usize = 3;
/// How long a message that was taken may need until it can be read.
const LAG: Duration = Duration::from_millis(700);

/// What is to be done, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The id of the channel.
    pub channel: String,
    /// What to do about the message.
    pub message: Move,
    /// What to do about its line in the thread.
    pub entry: Entry,
    /// What was found of this key.
    pub found: Vec<Found>,
    /// Whether the channel has more messages than were read.
    pub more: bool,
}

/// What became of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was posted.
    Posted,
    /// It was updated.
    Updated,
    /// It was posted anew, as the one there was is gone or cannot be updated.
    Replaced,
}

/// What was done.
#[derive(Debug)]
pub struct Lived {
    /// The id of the channel.
    pub channel: String,
    /// The message.
    pub ts: String,
    /// What became of it.
    pub how: How,
    /// Slack's last answer about the message; it names `channel` and `ts` even where the answer was lost.
    pub response: Value,
    /// Its line in the thread, or why there is none. The message is told either way.
    pub entry: Result<String, Trouble>,
    /// What else is to be said, one sentence each.
    pub notes: Vec<String>,
}

/// Looks at the channel and decides. Changes nothing. `now` is the time since 1970.
///
/// # Errors
/// The channel is not known, or cannot be read.
pub async fn look(
    api: &impl Api,
    name: &str,
    wanted: &Wanted,
    now: Duration,
) -> Result<Plan, Trouble> {
    let channel = channel::id(api, name).await?;
    let history = find::story(api, &channel, wanted, now).await?;
    let message = decide(&history.found, wanted, now);
    let entry = match &message {
        Move::Post(_) => Entry::Write,
        Move::Update(ts, _) => match find::lines(api, &channel, ts).await {
            Ok(lines) => entry(&lines, wanted),
            Err(trouble) if gone(&trouble) => Entry::Write,
            Err(trouble) => return Err(trouble),
        },
    };
    Ok(Plan { channel, message, entry, found: history.found, more: !history.all })
}

/// Does what the plan says. `message` and `line` are bodies of `chat.postMessage` without channel
/// and metadata.
///
/// # Errors
/// The message could not be told. That a line could not is in [`Lived::entry`].
pub async fn send(
    api: &impl Api,
    plan: &Plan,
    wanted: &Wanted,
    message: &Value,
    line: &Value,
) -> Result<Lived, Trouble> {
    let mut teller = Teller { api, plan, wanted, notes: Vec::new() };
    let mut told = teller.message(message).await?;
    let mut written = match (&plan.entry, told.new) {
        (Entry::There(ts), false) => Ok(ts.clone()),
        _ => teller.line(&told.ts, line).await,
    };
    if let Err(trouble) = &written
        && gone(trouble)
    {
        // Somebody deleted the message between the two: it is told anew, once.
        teller.notes.push("the message was deleted meanwhile; it was posted anew".to_owned());
        told = teller.post(message).await?;
        told.how = How::Replaced;
        written = teller.line(&told.ts, line).await;
    }
    let Teller { notes, .. } = teller;
    let Told { ts, how, mut response, .. } = told;
    if !response.is_object() {
        response = json!({ "ok": true });
    }
    channel::put(&mut response, "channel", &plan.channel);
    channel::put(&mut response, "ts", &ts);
    Ok(Lived { channel: plan.channel.clone(), ts, how, response, entry: written, notes })
}

struct Told {
    ts: String,
    how: How,
    response: Value,
    /// Whether nobody can have written to its thread.
    new: bool,
}

struct Teller<'a, A> {
    api: &'a A,
    plan: &'a Plan,
    wanted: &'a Wanted,
    notes: Vec<String>,
}

impl<A: Api> Teller<'_, A> {
    async fn message(&mut self, message: &Value) -> Result<Told, Trouble> {
        let Move::Update(ts, why) = &self.plan.message else { return self.post(message).await };
        match self.update(ts, message).await {
            Ok(response) => {
                if *why == Why::CarriedOn {
                    self.notes.push("the message of an earlier run was carried on".to_owned());
                }
                Ok(Told { ts: ts.clone(), how: How::Updated, response, new: false })
            }
            Err(trouble) if gone(&trouble) => {
                self.notes.push("the message was deleted; it was posted anew".to_owned());
                Ok(Told { how: How::Replaced, ..self.post(message).await? })
            }
            Err(trouble) if closed(&trouble) => {
                self.notes
                    .push("the message can no longer be changed; a new one links to it".to_owned());
                let link = self.link(ts).await;
                Ok(Told {
                    how: How::Replaced,
                    ..self.post(&linked(message, link.as_deref())).await?
                })
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Posts the message so that there is one.
    async fn post(&mut self, message: &Value) -> Result<Told, Trouble> {
        let body = self.body(message, self.wanted.metadata());
        let mut tries = 0;
        let (ts, response) = loop {
            tries += 1;
            match self.api.call("chat.postMessage", &body).await {
                Ok(response) => break (ts_of(&response)?, response),
                Err(Trouble::Unknown(failure)) => {
                    // Where nobody can look, it is not sent again.
                    let Ok(taken) = self.taken().await else {
                        return Err(Trouble::Unknown(failure));
                    };
                    if let Some(found) = taken {
                        self.notes.push(
                            "the answer got lost; the message was found in the channel".to_owned(),
                        );
                        break (found, Value::Null);
                    }
                    if tries >= TRIES || self.api.deadline().is_over() {
                        return Err(Trouble::Unknown(failure));
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        };
        self.settle(Told { ts, how: How::Posted, response, new: true }, message).await
    }

    /// Whether a post whose fate is unknown was taken: the metadata is in the channel.
    async fn taken(&self) -> Result<Option<String>, Trouble> {
        for pause in [Duration::ZERO, LAG] {
            if !self.api.deadline().allows(pause) {
                break;
            }
            tokio::time::sleep(pause).await;
            let found = find::newest(self.api, &self.plan.channel, self.wanted).await?;
            if let Some(one) = fresh(&found, &self.plan.found, self.wanted).next() {
                return Ok(Some(one.ts.clone()));
            }
        }
        Ok(None)
    }

    /// Looks whether another job posted at the same moment. The older message stays.
    async fn settle(&mut self, told: Told, message: &Value) -> Result<Told, Trouble> {
        let Ok(found) = find::newest(self.api, &self.plan.channel, self.wanted).await else {
            self.notes
                .push("whether another job posted at the same moment could not be seen".to_owned());
            return Ok(told);
        };
        let Some(older) = rival(&found, &self.plan.found, self.wanted, &told.ts) else {
            return Ok(told);
        };
        let Ok(response) = self.update(&older.ts, message).await else { return Ok(told) };
        let ours = json!({ "channel": self.plan.channel, "ts": told.ts });
        match self.api.call("chat.delete", &ours).await {
            Ok(_) => self.notes.push("another job posted at the same moment; its message was updated".to_owned()),
            Err(trouble) if gone(&trouble) => {}
            Err(trouble) => self.notes.push(format!(
                "another job posted at the same moment, and the second message could not be deleted: {}",
                trouble.into_failure().chain()
            )),
        }
        Ok(Told { ts: older.ts.clone(), how: How::Updated, response, new: false })
    }

    /// Updates a message. To say the same twice is to say it once.
    async fn update(&self, ts: &str, message: &Value) -> Result<Value, Trouble> {
        let mut body = self.body(message, self.wanted.metadata());
        channel::put(&mut body, "ts", ts);
        let mut tries = 0;
        loop {
            tries += 1;
            match self.api.call("chat.update", &body).await {
                Err(Trouble::Unknown(_)) if tries < TRIES && !self.api.deadline().is_over() => {}
                other => return other,
            }
        }
    }

    /// Writes the line, unless it is there.
    async fn line(&self, ts: &str, line: &Value) -> Result<String, Trouble> {
        let mut body = self.body(line, self.wanted.line_metadata());
        channel::put(&mut body, "thread_ts", ts);
        let mut tries = 0;
        loop {
            tries += 1;
            match self.api.call("chat.postMessage", &body).await {
                Ok(response) => return ts_of(&response),
                Err(Trouble::Unknown(failure)) => {
                    tokio::time::sleep(self.api.deadline().bound(LAG)).await;
                    let lines = match find::lines(self.api, &self.plan.channel, ts).await {
                        Ok(lines) => lines,
                        Err(trouble) if gone(&trouble) => return Err(trouble),
                        Err(_) => return Err(Trouble::Unknown(failure)),
                    };
                    if let Entry::There(ts) = entry(&lines, self.wanted) {
                        return Ok(ts);
                    }
                    if tries >= TRIES || self.api.deadline().is_over() {
                        return Err(Trouble::Unknown(failure));
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    async fn link(&self, ts: &str) -> Option<String> {
        let body = json!({ "channel": self.plan.channel, "message_ts": ts });
        let answer = self.api.call("chat.getPermalink", &body).await.ok()?;
        answer.get("permalink").and_then(Value::as_str).map(str::to_owned)
    }

    fn body(&self, message: &Value, metadata: Value) -> Value {
        let mut body = message.as_object().cloned().unwrap_or_default();
        body.insert("channel".to_owned(), json!(self.plan.channel));
        body.insert("metadata".to_owned(), metadata);
        Value::Object(body)
    }
}

/// The message with a link to the one before it: in `text`, and below the blocks where there is room.
fn linked(message: &Value, link: Option<&str>) -> Value {
    let mut message = message.clone();
    let (Some(link), Some(body)) = (
        link.filter(|link| link.starts_with("https://") || link.starts_with("http://")),
        message.as_object_mut(),
    ) else {
        return message;
    };
    let link = format!("<{}|Earlier message>", super::entry::escape(link).replace('|', "%7C"));
    if let Some(Value::String(text)) = body.get_mut("text") {
        text.push('\n');
        text.push_str(&link);
    }
    if let Some(Value::Array(blocks)) = body.get_mut("blocks")
        && blocks.len() < 50
    {
        blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": link }] }));
    }
    message
}

fn ts_of(response: &Value) -> Result<String, Trouble> {
    response.get("ts").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Trouble::Unknown(launchway_base::Failure::remote(
            "chat.postMessage says it is done and names no message",
        ))
    })
}

/// There is no such message any more.
fn gone(trouble: &Trouble) -> bool {
    matches!(trouble.word(), Some("message_not_found" | "thread_not_found"))
}

/// The message is there and may not be changed.
fn closed(trouble: &Trouble) -> bool {
    matches!(
        trouble.word(),
        Some("cant_update_message" | "edit_window_closed" | "cant_edit" | "update_not_allowed")
    )
}

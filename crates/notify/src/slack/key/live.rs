//! Carrying a plan out: look, post or update, write the line; and what else can happen meanwhile.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::decide::{self, Entry, Found, Move, Why, fresh, rival, time, twins};
use super::mark::{Mark, Wanted};
use super::order::stays;
use super::{Api, Trouble, channel, entry, find};

/// How often something is sent whose fate stays unknown.
const TRIES: usize = 3;
/// How often is looked whether what was written stays.
const LOOKS: usize = 4;
/// How long a message that was taken may need until it can be read.
const LAG: Duration = Duration::from_millis(700);

const TWIN: &str = "another job posted at the same moment; the older message stays";
const FOUND: &str = "the answer got lost; the message was found in the channel";

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
    /// It was left as it is: it says more already.
    Kept,
    /// It was posted anew, as the one there was is gone or cannot be updated.
    Replaced,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Posted => "the message was posted",
            Self::Updated => "the message was updated",
            Self::Kept => {
                "the message stays as it is, as it says more already; this is told in its thread"
            }
            Self::Replaced => "the message was posted anew",
        })
    }
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

/// Looks at the channel and decides. Changes nothing.
///
/// # Errors
/// The channel is not known, or cannot be read.
pub async fn look(api: &impl Api, name: &str, wanted: &Wanted) -> Result<Plan, Trouble> {
    let channel = channel::id(api, name).await?;
    let history = find::story(api, &channel, wanted).await?;
    let message = decide::decide(&history.found, wanted, api.now());
    let entry = match &message {
        Move::Post(_) => Entry::Write,
        Move::Update(ts, _) | Move::Keep(ts, _) => match find::lines(api, &channel, ts).await {
            Ok(lines) => decide::entry(&lines, wanted),
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
    let mut written = teller.tell(&told, line).await;
    for _ in 0..LOOKS {
        // The message was deleted meanwhile; or it was one too many of jobs that posted at the same
        // moment, and went with its line.
        let is_gone = match &written {
            Err(trouble) if gone(trouble) => true,
            _ => !told.new && teller.uphold(&told, message).await,
        };
        if !is_gone {
            break;
        }
        told = teller.anew(&told.ts, message).await?;
        written = teller.tell(&told, line).await;
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
    /// [`Mark::after`] of the message.
    after: String,
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
        let (ts, why) = match &self.plan.message {
            Move::Post(_) => return self.post(message, "").await,
            Move::Update(ts, why) => (ts, why),
            Move::Keep(ts, _) => {
                self.say_it_stays(ts);
                return Ok(self.there(ts, How::Kept, Value::Null));
            }
        };
        match self.update(ts, &self.after(ts), message).await {
            Ok(response) => {
                if *why == Why::CarriedOn {
                    self.notes.push("the message of an earlier run was carried on".to_owned());
                }
                Ok(self.there(ts, How::Updated, response))
            }
            Err(trouble) if gone(&trouble) => self.anew(ts, message).await,
            // It says so already, as the step ran before.
            Err(trouble) if closed(&trouble) && self.says(ts) => {
                Ok(self.there(ts, How::Kept, Value::Null))
            }
            Err(trouble) if closed(&trouble) => {
                self.notes
                    .push("the message can no longer be changed; a new one links to it".to_owned());
                let link = self.link(ts).await;
                let told = self.post(&linked(message, link.as_deref()), ts).await?;
                Ok(Told { how: How::Replaced, ..told })
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// The message that was found.
    fn there(&self, ts: &str, how: How, response: Value) -> Told {
        Told { ts: ts.to_owned(), after: self.after(ts), how, response, new: false }
    }

    /// Whether the message found with this `ts` is of this step and says the same.
    fn says(&self, ts: &str) -> bool {
        let is_it = |one: &Found| {
            one.mark.by == self.wanted.line() && one.mark.said() == self.wanted.said()
        };
        self.plan.found.iter().any(|one| one.ts == ts && is_it(one))
    }

    /// What the message found with this `ts` goes on from.
    fn after(&self, ts: &str) -> String {
        let found = self.plan.found.iter().find(|one| one.ts == ts);
        found.map(|one| one.mark.after.clone()).unwrap_or_default()
    }

    /// What was found one too many goes; then the line is written, unless it is there.
    async fn tell(&mut self, told: &Told, line: &Value) -> Result<String, Trouble> {
        self.tidy(&told.ts, twins(&self.plan.found, self.wanted, &told.ts)).await;
        let planned = match &self.plan.message {
            Move::Post(_) => None,
            Move::Update(ts, _) | Move::Keep(ts, _) => Some(ts),
        };
        let entry = match &self.plan.entry {
            _ if told.new => Entry::Write,
            entry if planned == Some(&told.ts) => entry.clone(),
            _ => decide::entry(
                &find::lines(self.api, &self.plan.channel, &told.ts).await?,
                self.wanted,
            ),
        };
        match entry {
            Entry::There(ts) => Ok(ts),
            Entry::Write => self.line(&told.ts, line).await,
        }
    }

    fn say_it_stays(&mut self, ts: &str) {
        let there = self.plan.found.iter().find(|one| one.ts == ts);
        let there = there.map_or(String::new(), |one| format!(" `{}`", one.mark.status));
        self.notes.push(format!(
            "the message goes on saying{there}; `{}` is told in its thread",
            self.wanted.status
        ));
    }

    /// Tells it anew after the message of `ts` was deleted. It may have been one too many, of jobs that
    /// posted at the same moment: then the one that stays is updated.
    async fn anew(&mut self, ts: &str, message: &Value) -> Result<Told, Trouble> {
        let found = find::newest(self.api, &self.plan.channel, self.wanted).await?;
        let mut others: Vec<_> =
            fresh(&found, &[], self.wanted).filter(|one| one.ts != ts).collect();
        others.sort_by_key(|one| time(&one.ts));
        for other in others {
            match self.join(other, message).await {
                Ok(told) => return Ok(told),
                Err(trouble) if gone(&trouble) || closed(&trouble) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        self.notes.push("the message was deleted; it was posted anew".to_owned());
        Ok(Told { how: How::Replaced, ..self.post(message, "").await? })
    }

    /// Updates a message another job posted, unless it says more.
    async fn join(&self, other: &Found, message: &Value) -> Result<Told, Trouble> {
        let (how, response) = if stays(other.mark.said(), self.wanted.said()) {
            (How::Kept, Value::Null)
        } else {
            (How::Updated, self.update(&other.ts, &other.mark.after, message).await?)
        };
        let (ts, after) = (other.ts.clone(), other.mark.after.clone());
        Ok(Told { ts, after, how, response, new: false })
    }

    /// Puts messages away that are one too many beside the one of `ts`. Their lines move to its thread: what
    /// they say counts. Who posted them may do the same at the same time, so what is gone is fine.
    async fn tidy(&mut self, ts: &str, twins: Vec<Found>) {
        for twin in twins {
            match self.put_away(ts, &twin.ts).await {
                Ok(()) => self.notes.push(TWIN.to_owned()),
                Err(trouble) if gone(&trouble) => {}
                Err(trouble) => self.notes.push(format!(
                    "another job posted at the same moment, and the second message could not be deleted: {}",
                    trouble.into_failure().chain()
                )),
            }
        }
    }

    async fn put_away(&self, ts: &str, twin: &str) -> Result<(), Trouble> {
        self.move_lines(ts, twin).await?;
        self.delete(twin).await?;
        // Its job may have written one meanwhile.
        match self.move_lines(ts, twin).await {
            Err(trouble) if !gone(&trouble) => Err(trouble),
            _ => Ok(()),
        }
    }

    /// Moves the lines of the thread of `from` to that of `ts`.
    async fn move_lines(&self, ts: &str, from: &str) -> Result<(), Trouble> {
        let channel = &self.plan.channel;
        let lines = find::thread(self.api, channel, from).await?.lines;
        if lines.is_empty() {
            return Ok(());
        }
        let there = find::lines(self.api, channel, ts).await?;
        for line in lines {
            if there.iter().all(|one| one.mark.line != line.mark.line) {
                let body =
                    json!({ "text": line.text, "unfurl_links": false, "unfurl_media": false });
                let mut body = self.body(&body, line.mark.payload(self.wanted.key.shown()));
                channel::put(&mut body, "thread_ts", ts);
                self.api.call("chat.postMessage", &body).await?;
            }
            self.delete(&line.ts).await?;
        }
        Ok(())
    }

    async fn delete(&self, ts: &str) -> Result<(), Trouble> {
        let body = json!({ "channel": self.plan.channel, "ts": ts });
        self.api.call("chat.delete", &body).await.map(|_| ())
    }

    /// Looks once more after an update: jobs that looked before each other wrote may have written a
    /// lesser word over a stronger one. Every line of the thread tells what its job said, and whoever
    /// updates looks afterwards; so the last of them sees it, whatever the order. That the look fails is
    /// no reason to fail. Answers whether the message is gone.
    async fn uphold(&mut self, told: &Told, message: &Value) -> bool {
        let ts = told.ts.as_str();
        let mut waited = false;
        for _ in 0..LOOKS {
            let thread = match find::thread(self.api, &self.plan.channel, ts).await {
                Ok(thread) => thread,
                Err(trouble) => return gone(&trouble),
            };
            if thread.is_gone {
                return true;
            }
            self.once(&thread.lines).await;
            let ours =
                |mark: &Mark| mark.id == self.wanted.key.id() && mark.run == self.wanted.run.id;
            let Some(shown) = thread.shown.filter(ours) else { return false };
            if stays(self.wanted.said(), shown.said()) {
                if self.update(ts, &shown.after, message).await.is_err() {
                    return false;
                }
                self.notes.push(format!(
                    "another job wrote `{}` over it meanwhile; it says `{}` again",
                    shown.status, self.wanted.status
                ));
                continue;
            }
            let lines = thread.lines.into_iter();
            let stronger = lines
                .filter(|line| ours(&line.mark) && stays(line.mark.said(), shown.said()))
                .reduce(
                    |one, other| {
                        if stays(one.mark.said(), other.mark.said()) { one } else { other }
                    },
                );
            let Some(find::Line { mark, text, .. }) = stronger else { return false };
            if !waited {
                // The job that told it looks, too, and knows the whole of its message.
                waited = true;
                self.api.pause(LAG).await;
                continue;
            }
            let metadata = mark.told(&self.wanted.key, &shown.after);
            let body = self.body(&entry::message(&text), metadata);
            if self.update_to(ts, body).await.is_err() {
                return false;
            }
            self.notes.push(format!(
                "another job told of `{}` meanwhile; the message says so, as its line in the thread does",
                mark.status
            ));
        }
        false
    }

    /// Deletes lines that say what an older one says: they arrived late, or were moved by two at once.
    async fn once(&self, lines: &[find::Line]) {
        let mut known = HashSet::new();
        for line in lines.iter().filter(|line| line.mark.id == self.wanted.key.id()) {
            if !known.insert(line.mark.line.as_str()) {
                // One too many is no reason to fail.
                let _ = self.delete(&line.ts).await;
            }
        }
    }

    /// Posts the message so that there is one. `after` is the `ts` of the one it goes on from.
    async fn post(&mut self, message: &Value, after: &str) -> Result<Told, Trouble> {
        let body = self.body(message, self.wanted.metadata_after(after));
        let mut tries = 0;
        let (ts, response) = loop {
            tries += 1;
            let answer = self.api.call("chat.postMessage", &body).await;
            match answer.and_then(|response| Ok((ts_of(&response)?, response))) {
                Ok(posted) => break posted,
                Err(Trouble::Unknown(failure)) => {
                    // Where nobody can look, it is not sent again.
                    let Ok(taken) = self.taken(after).await else {
                        return Err(Trouble::Unknown(failure));
                    };
                    match taken {
                        Some(own) if own.mark.by == self.wanted.line() => {
                            self.notes.push(FOUND.to_owned());
                            break (own.ts, Value::Null);
                        }
                        // Another job has posted meanwhile: there is no need for a second message.
                        Some(other) => match self.join(&other, message).await {
                            Ok(told) => return Ok(told),
                            Err(trouble) if gone(&trouble) => {}
                            Err(trouble) => return Err(trouble),
                        },
                        None => {}
                    }
                    if tries >= TRIES || self.api.deadline().is_over() {
                        return Err(Trouble::Unknown(failure));
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        };
        let after = after.to_owned();
        self.settle(Told { ts, after, how: How::Posted, response, new: true }, message).await
    }

    /// Whether a post whose fate is unknown was taken: the metadata is in the channel. Else the message
    /// another job posted meanwhile, if one did.
    async fn taken(&self, after: &str) -> Result<Option<Found>, Trouble> {
        let mut other = None;
        for pause in [Duration::ZERO, LAG] {
            if !self.api.deadline().allows(pause) {
                break;
            }
            self.api.pause(pause).await;
            let found = find::newest(self.api, &self.plan.channel, self.wanted).await?;
            let mut all: Vec<_> = fresh(&found, &self.plan.found, self.wanted)
                .filter(|one| one.mark.after == after)
                .collect();
            all.sort_by_key(|one| time(&one.ts));
            let own = all.iter().find(|one| one.mark.by == self.wanted.line());
            if let Some(own) = own {
                return Ok(Some((*own).clone()));
            }
            other = all.first().map(|one| (*one).clone());
        }
        Ok(other)
    }

    /// Looks whether another job posted at the same moment. The older message stays.
    async fn settle(&mut self, told: Told, message: &Value) -> Result<Told, Trouble> {
        let Ok(found) = find::newest(self.api, &self.plan.channel, self.wanted).await else {
            self.notes
                .push("whether another job posted at the same moment could not be seen".to_owned());
            // It may be put away as one too many.
            return Ok(Told { new: false, ..told });
        };
        let older = rival(&found, &self.plan.found, self.wanted, &told.ts, &told.after);
        let (told, own) = match older {
            None => (told, None),
            Some(older) => match self.join(older, message).await {
                Ok(joined) => (joined, Some(told.ts)),
                // It was one too many itself, or the next job sees to it.
                Err(_) => (told, None),
            },
        };
        // A post that was sent again may have come twice.
        let mut mine = twins(&found, self.wanted, &told.ts);
        mine.retain(|one| one.mark.by == self.wanted.line() || own.as_ref() == Some(&one.ts));
        if let Some(ts) = own.filter(|own| mine.iter().all(|one| one.ts != *own)) {
            mine.push(Found { ts, ..Found::default() });
        }
        self.tidy(&told.ts, mine).await;
        Ok(told)
    }

    /// Updates a message. To say the same twice is to say it once.
    async fn update(&self, ts: &str, after: &str, message: &Value) -> Result<Value, Trouble> {
        let metadata = self.wanted.metadata_after(after);
        self.update_to(ts, self.body(message, metadata)).await
    }

    async fn update_to(&self, ts: &str, mut body: Value) -> Result<Value, Trouble> {
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
                    self.api.pause(LAG).await;
                    let lines = match find::lines(self.api, &self.plan.channel, ts).await {
                        Ok(lines) => lines,
                        Err(trouble) if gone(&trouble) => return Err(trouble),
                        Err(_) => return Err(Trouble::Unknown(failure)),
                    };
                    if let Entry::There(ts) = decide::entry(&lines, self.wanted) {
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
        body(message, &self.plan.channel, metadata)
    }
}

/// The arguments of `chat.postMessage`.
pub fn body(message: &Value, channel: &str, metadata: Value) -> Value {
    let mut body = message.as_object().cloned().unwrap_or_default();
    body.insert("channel".to_owned(), json!(channel));
    body.insert("metadata".to_owned(), metadata);
    Value::Object(body)
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

//! Carrying a plan out: look, post or update, write the line; and what else can happen meanwhile.

mod post;
mod tidy;
mod uphold;
mod write;

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::decide::{self, Entry, Found, Move, Why, fresh, rival, time, twins};
use super::mark::{Mark, Wanted};
use super::order::stays;
use super::{Api, Trouble, channel, entry, find};

pub use write::body;
use write::linked;

/// How often something is sent whose fate stays unknown.
const TRIES: usize = 3;
/// How often is looked whether what was written stays.
const LOOKS: usize = 4;
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

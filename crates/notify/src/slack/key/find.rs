//! Looking for messages by their metadata: newest first, bounded in pages and age.

use std::time::Duration;

use serde_json::{Value, json};

use super::channel::{next, put};
use super::decide::{Found, time};
use super::mark::{Mark, Wanted};
use super::{Api, Trouble};

/// How far back is looked.
const AGE: Duration = Duration::from_hours(7 * 24);
/// Most pages of a channel that are read.
const PAGES: usize = 5;
/// Most pages of a thread that are read.
const THREAD_PAGES: usize = 5;
/// Messages of a page.
const PAGE: usize = 200;

/// What a message says of who wrote it.
#[derive(Debug, Default)]
struct Author {
    user: String,
    bot: String,
}

impl Author {
    fn read(value: &Value, user: &str) -> Self {
        let text =
            |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { user: text(user), bot: text("bot_id") }
    }

    /// Whether both are the same bot, or person.
    fn is(&self, other: &Self) -> bool {
        let same = |one: &str, other: &str| !one.is_empty() && one == other;
        same(&self.bot, &other.bot) || same(&self.user, &other.user)
    }
}

/// Our messages of this key, and whether all there could be were read.
#[derive(Debug, Default)]
pub(super) struct History {
    pub found: Vec<Found>,
    pub all: bool,
}

/// Our messages of this key in the channel. Ends with the page that holds one of this run, or reaches
/// back far enough: by Slack's clock, which is known when a page is there.
pub(super) async fn story(
    api: &impl Api,
    channel: &str,
    wanted: &Wanted,
) -> Result<History, Trouble> {
    let body = json!({ "channel": channel, "limit": PAGE, "include_all_metadata": true });
    let of_key = |mark: &Mark| mark.id == wanted.key.id() && mark.line.is_empty();
    let is_old = |ts: &str| u128::from(time(ts)) < api.now().saturating_sub(AGE).as_micros();
    let enough = |found: &[Found], page: &[Value]| {
        let ts = page.last().and_then(|last| last.get("ts")?.as_str());
        found.iter().any(|one| one.mark.run == wanted.run.id) || ts.is_some_and(is_old)
    };
    let mut history = read(api, "conversations.history", body, PAGES, of_key, enough)
        .await
        .map_err(|trouble| explained(trouble, channel))?;
    history.found.retain(|one| !is_old(&one.ts));
    Ok(history)
}

/// The newest messages of this key: what was posted just now. No more than one request.
pub(super) async fn newest(
    api: &impl Api,
    channel: &str,
    wanted: &Wanted,
) -> Result<Vec<Found>, Trouble> {
    let body = json!({ "channel": channel, "limit": 50, "include_all_metadata": true });
    let of_key = |mark: &Mark| mark.id == wanted.key.id() && mark.line.is_empty();
    Ok(read(api, "conversations.history", body, 1, of_key, |_, _| false).await?.found)
}

/// Our lines in the thread of `ts`. A thread whose first message is gone has none: `message_not_found`
/// and `thread_not_found` are answers, not failures, of the caller's.
pub(super) async fn lines(api: &impl Api, channel: &str, ts: &str) -> Result<Vec<Found>, Trouble> {
    let body = json!({ "channel": channel, "ts": ts, "limit": PAGE, "include_all_metadata": true });
    let is_line = |mark: &Mark| !mark.line.is_empty();
    Ok(read(api, "conversations.replies", body, THREAD_PAGES, is_line, |_, _| false).await?.found)
}

/// A line of a thread.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub ts: String,
    pub mark: Mark,
    /// Its text, in Slack's markup.
    pub text: String,
}

/// A thread as it is now.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// Whether its message was deleted, of which Slack keeps the place while there are lines.
    pub is_gone: bool,
    /// What its message says of itself; none where it says nothing.
    pub shown: Option<Mark>,
    /// Our lines.
    pub lines: Vec<Line>,
}

/// The thread of the message of `ts`.
pub(super) async fn thread(api: &impl Api, channel: &str, ts: &str) -> Result<Thread, Trouble> {
    let mut body =
        json!({ "channel": channel, "ts": ts, "limit": PAGE, "include_all_metadata": true });
    let mut thread = Thread::default();
    let me = Author::read(&api.call("auth.test", &json!({})).await?, "user_id");
    let text = |message: &Value, name: &str| {
        message.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    for _ in 0..THREAD_PAGES {
        let page = api.call("conversations.replies", &body).await?;
        for message in page.get("messages").and_then(Value::as_array).into_iter().flatten() {
            let first = text(message, "ts") == ts;
            thread.is_gone |= first && text(message, "subtype") == "tombstone";
            let Some(mark) = Mark::read(message) else { continue };
            if !Author::read(message, "user").is(&me) {
                continue;
            }
            if first {
                thread.shown = Some(mark);
            } else if !mark.line.is_empty() {
                let (ts, text) = (text(message, "ts"), text(message, "text"));
                thread.lines.push(Line { ts, mark, text });
            }
        }
        let Some(cursor) = next(&page) else { break };
        put(&mut body, "cursor", &cursor);
    }
    Ok(thread)
}

async fn read(
    api: &impl Api,
    method: &str,
    mut body: Value,
    pages: usize,
    keep: impl Fn(&Mark) -> bool,
    enough: impl Fn(&[Found], &[Value]) -> bool,
) -> Result<History, Trouble> {
    let mut history = History::default();
    let mut me = None;
    for _ in 0..pages {
        let page = api.call(method, &body).await?;
        let messages =
            page.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let marked: Vec<_> = messages
            .iter()
            .filter_map(|message| {
                let ts = message.get("ts")?.as_str()?.to_owned();
                let mark = Mark::read(message).filter(&keep)?;
                Some((Author::read(message, "user"), Found { ts, mark }))
            })
            .collect();
        // Metadata can be written by every app: only what we wrote ourselves is ours to update.
        if !marked.is_empty() && me.is_none() {
            me = Some(Author::read(&api.call("auth.test", &json!({})).await?, "user_id"));
        }
        let is_ours = |author: &Author| me.as_ref().is_some_and(|me| author.is(me));
        let ours = marked.into_iter().filter(|(author, _)| is_ours(author));
        history.found.extend(ours.map(|(_, found)| found));
        let cursor = next(&page);
        history.all = cursor.is_none();
        if enough(&history.found, messages) {
            break;
        }
        let Some(cursor) = cursor else { break };
        put(&mut body, "cursor", &cursor);
    }
    Ok(history)
}

/// What to do when the channel cannot be read. Posting anyway would make a second message of what
/// may be there.
fn explained(trouble: Trouble, channel: &str) -> Trouble {
    let scope = match channel.bytes().next() {
        Some(b'G') => "`groups:history`",
        Some(b'D') => "`im:history`",
        _ => "`channels:history`, for private channels `groups:history`,",
    };
    let hint = match trouble.word() {
        Some("missing_scope" | "no_permission") => format!(
            "`key` reads the channel to find its message: give the app the scope {scope} and install it again, or leave `key` out and every message is posted"
        ),
        Some("not_in_channel" | "channel_not_found") => {
            "`key` reads the channel to find its message: invite the app with /invite, or leave `key` out".to_owned()
        }
        _ => return trouble,
    };
    trouble.with_hint(hint)
}

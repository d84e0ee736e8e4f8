//! The calls that write, each with what follows where its answer is lost.

use launchway_base::Failure;
use serde_json::{Value, json};

use super::{Api, Entry, LAG, TRIES, Teller, Trouble, channel, decide, find, gone};
use crate::slack::tokens;
use crate::text::is_web;

impl<A: Api> Teller<'_, A> {
    /// Updates a message. To say the same twice is to say it once.
    pub(super) async fn update(
        &self,
        ts: &str,
        after: &str,
        message: &Value,
    ) -> Result<Value, Trouble> {
        let metadata = self.wanted.metadata_after(after);
        self.update_to(ts, self.body(message, metadata)).await
    }

    pub(super) async fn update_to(&self, ts: &str, mut body: Value) -> Result<Value, Trouble> {
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
    pub(super) async fn line(&self, ts: &str, line: &Value) -> Result<String, Trouble> {
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

    pub(super) async fn link(&self, ts: &str) -> Option<String> {
        let body = json!({ "channel": self.plan.channel, "message_ts": ts });
        let answer = self.api.call("chat.getPermalink", &body).await.ok()?;
        answer.get("permalink").and_then(Value::as_str).map(str::to_owned)
    }

    pub(super) fn body(&self, message: &Value, metadata: Value) -> Value {
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
pub(super) fn linked(message: &Value, link: Option<&str>) -> Value {
    let mut message = message.clone();
    let (Some(link), Some(body)) = (link.filter(|link| is_web(link)), message.as_object_mut())
    else {
        return message;
    };
    let link = tokens::link("Earlier message", link);
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

pub(super) fn ts_of(response: &Value) -> Result<String, Trouble> {
    response.get("ts").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Trouble::Unknown(Failure::remote("chat.postMessage says it is done and names no message"))
    })
}

//! Incoming webhooks and workflow triggers.

use serde_json::{Value, json};

use super::blocks::Refusal;
use super::state::{HookState, TEAM, Way, Workspace};
use crate::chat::Answer;
use crate::oci::form;
use crate::server::Incoming;

/// A word in the status that belongs to it.
pub(super) fn refuse(word: &str) -> Answer {
    let status = match word {
        "action_prohibited" | "posting_to_general_channel_denied" | "invalid_token" => 403,
        "channel_not_found" | "no_service" | "no_team" | "no_active_hooks" => 404,
        "channel_is_archived" => 410,
        "rate_limited" => 429,
        "rollup_error" => 500,
        _ => 400,
    };
    Answer::text(status, word)
}

impl Workspace {
    pub(super) fn webhook(&mut self, asked: &Incoming) -> Answer {
        let hook = match self.hooks.get(&asked.path) {
            Some(hook) => hook.clone(),
            None => return refuse(self.why_not(&asked.path)),
        };
        if let HookState::Refuses(word) = &hook.state {
            return refuse(word);
        }
        if let Some(wait) = self.throttled("webhook", &asked.path) {
            return self.throttle_answer(asked, wait);
        }
        match self.post_by_hook(&hook.channel, asked) {
            Ok(()) => Answer::text(200, "ok"),
            Err(word) => refuse(word),
        }
    }

    /// Which part of an address is wrong.
    fn why_not(&self, path: &str) -> &'static str {
        let mut parts = path.trim_start_matches("/services/").split('/');
        let (team, service) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let prefix = format!("/services/{TEAM}/{service}/");
        match team {
            TEAM if self.hooks.keys().any(|known| known.starts_with(&prefix)) => "invalid_token",
            TEAM => "no_service",
            _ => "no_team",
        }
    }

    fn post_by_hook(&mut self, channel: &str, asked: &Incoming) -> Result<(), &'static str> {
        let text = std::str::from_utf8(&asked.body).map_err(|_| "invalid_payload")?;
        let kind = asked.header("content-type").unwrap_or_default();
        let payload: Value = if kind.starts_with("application/x-www-form-urlencoded") {
            let fields = form(text);
            let payload = fields.iter().find(|(name, _)| name == "payload");
            let payload = payload.map(|(_, value)| value.as_str()).unwrap_or_default();
            serde_json::from_str(payload).map_err(|_| "invalid_payload")?
        } else {
            serde_json::from_str(text).map_err(|_| "invalid_payload")?
        };
        if asked.method != "POST" || !payload.is_object() {
            return Err("invalid_payload");
        }
        let found = self.channel(channel).ok_or("channel_not_found")?;
        if found.is_archived {
            return Err("channel_is_archived");
        }
        if found.is_restricted {
            return Err("action_prohibited");
        }
        let own = |name: &str| Some(payload[name].clone()).filter(|value| !value.is_null());
        let is_there = |list: &Option<Value>| {
            list.as_ref().is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty()))
        };
        let text = payload["text"].as_str().unwrap_or_default();
        let (blocks, attachments) = (own("blocks"), own("attachments"));
        if text.trim().is_empty() && !is_there(&blocks) && !is_there(&attachments) {
            return Err("no_text");
        }
        let checked = self.checked(blocks, attachments);
        let (blocks, attachments) = checked.map_err(|Refusal { word, .. }| word)?;
        let mut message = Self::draft(channel, "U0WEBHOOK00", Way::Webhook);
        message.text = text.chars().take(40_000).collect();
        message.blocks = blocks.unwrap_or_else(|| json!([]));
        message.attachments = attachments.unwrap_or_else(|| json!([]));
        message.thread_ts = payload["thread_ts"].as_str().map(str::to_owned);
        message.arguments = payload;
        self.keep(message);
        Ok(())
    }

    pub(super) fn run_trigger(&mut self, asked: &Incoming) -> Answer {
        let no =
            |status: u16, word: &str| Answer::json(status, &json!({ "ok": false, "error": word }));
        let body: Option<Value> = serde_json::from_slice(&asked.body).ok();
        let Some(trigger) = self.triggers.get_mut(&asked.path) else {
            return no(404, "trigger_not_found");
        };
        let body = match body {
            Some(body) if body.is_object() => body,
            None if asked.body.is_empty() => json!({}),
            _ => return no(400, "invalid_json"),
        };
        let given = body.as_object().cloned().unwrap_or_default();
        let fits = trigger.inputs.iter().all(|input| given.contains_key(input))
            && given.iter().all(|(name, value)| trigger.inputs.contains(name) && value.is_string());
        if asked.method != "POST" || !fits {
            return no(400, "invalid_workflow_input");
        }
        trigger.runs.push(body);
        if trigger.is_silent {
            return Answer::new(200, "", "");
        }
        Answer::json(200, &json!({ "ok": true }))
    }
}

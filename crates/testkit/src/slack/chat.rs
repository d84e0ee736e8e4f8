//! Messages: posting, updating, deleting, and reactions to them.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::blocks::{self, Refusal};
use super::route::{No, Outcome, warn};
use super::state::{Channel, Message, TEAM, Token, Way, Workspace};

/// What `text` is cut at.
const TEXT_CUT: usize = 40_000;
/// What an update's `text` and `markdown_text` may hold.
const UPDATE_TEXT: usize = 4_000;
const MARKDOWN_TEXT: usize = 12_000;
/// The most bytes of metadata.
const METADATA: usize = 16_000;

/// What a message says.
pub(super) struct Content {
    pub(super) text: Option<String>,
    pub(super) blocks: Option<Value>,
    pub(super) attachments: Option<Value>,
    metadata: Option<Value>,
    is_cut: bool,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        let tagged: Vec<String> =
            refusal.messages.iter().map(|message| format!("[ERROR] {message}")).collect();
        let mut more = json!({});
        if !tagged.is_empty() {
            more = json!({
                "errors": refusal.messages, "response_metadata": { "messages": tagged },
            });
        }
        Self { word: refusal.word.to_owned(), more }
    }
}

impl Workspace {
    fn content(&mut self, arguments: &Arguments, longest: Option<usize>) -> Result<Content, No> {
        let blocks = arguments.tree("blocks").map_err(|()| No::from("invalid_blocks_format"))?;
        let attachments = arguments.tree("attachments");
        let attachments = attachments.map_err(|()| No::from("invalid_attachments"))?;
        let metadata = arguments.tree("metadata");
        let metadata = metadata.map_err(|()| No::from("invalid_metadata_format"))?;
        check_metadata(metadata.as_ref())?;
        let (blocks, attachments) = self.checked(blocks, attachments)?;
        let markdown = arguments.filled("markdown_text");
        if let Some(markdown) = &markdown {
            if arguments.has("text") || arguments.has("blocks") {
                return Err("markdown_text_conflict".into());
            }
            if markdown.chars().count() > MARKDOWN_TEXT {
                return Err("msg_too_long".into());
            }
        }
        let mut text = markdown.or_else(|| arguments.text("text"));
        let length = text.as_ref().map_or(0, |text| text.chars().count());
        if longest.is_some_and(|longest| length > longest) {
            return Err("msg_too_long".into());
        }
        if let Some(text) = text.as_mut().filter(|_| length > TEXT_CUT) {
            *text = text.chars().take(TEXT_CUT).collect();
        }
        Ok(Content { text, blocks, attachments, metadata, is_cut: length > TEXT_CUT })
    }

    /// Blocks and attachments as they are kept.
    pub(super) fn checked(
        &mut self,
        mut blocks: Option<Value>,
        attachments: Option<Value>,
    ) -> Result<(Option<Value>, Option<Value>), Refusal> {
        if let Some(blocks) = &mut blocks {
            blocks::check_blocks_within(blocks, self.set.total)?;
            for block in blocks.as_array_mut().into_iter().flatten() {
                if block["block_id"].is_null() {
                    block["block_id"] = json!(format!("gen{:05}", self.next()));
                }
            }
        }
        if let Some(attachments) = &attachments {
            blocks::check_attachments_within(attachments, self.set.total)?;
        }
        Ok((blocks, attachments))
    }

    pub(super) fn post_message(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("chat:write")?;
        let named = arguments.filled("channel");
        let named = named.ok_or_else(|| No::arguments("missing required field: channel"))?;
        let channel = self.postable(token, &named)?;
        let content = self.content(arguments, None)?;
        if content.is_empty() {
            return Err("no_text".into());
        }
        let mut message = Self::draft(&channel, &token.user, Way::Api);
        message.bot = Some(token.bot.clone());
        if let Some(thread) = arguments.filled("thread_ts") {
            let parent = self.message(&channel, &thread).ok_or("thread_not_found")?;
            message.thread_ts = Some(parent.thread_ts.clone().unwrap_or(thread));
            message.is_broadcast = arguments.is_true("reply_broadcast");
        }
        let no_text = content.text.as_deref().unwrap_or_default().is_empty();
        let is_cut = content.is_cut;
        content.fill(&mut message);
        message.arguments = arguments.all();
        let shown = message.clone();
        let ts = self.keep(message);
        let mut shown = self.shape(&Message { ts: ts.clone(), ..shown }, true);
        shown["app_id"] = json!("A0LAUNCHWAY");
        let mut answer = json!({ "channel": channel, "ts": ts, "message": shown });
        if is_cut {
            warn(&mut answer, "message_truncated");
        }
        if no_text {
            warn(&mut answer, "missing_text_in_message");
        }
        Ok(answer)
    }

    /// The id of a channel that may be posted to; it may be named here.
    pub(super) fn postable(&self, token: &Token, named: &str) -> Result<String, No> {
        if self.users.contains_key(named) {
            return Ok(named.replacen('U', "D", 1));
        }
        if named.starts_with('D') && self.users.contains_key(&named.replacen('D', "U", 1)) {
            return Ok(named.to_owned());
        }
        let name = named.strip_prefix('#').unwrap_or(named);
        let by_name = || self.channels.iter().find(|channel| channel.name == name);
        let found = self.channel(named).or_else(by_name).ok_or("channel_not_found")?;
        let joins = |channel: &Channel| channel.is_member || token.has("chat:write.public");
        match found {
            channel if channel.is_private && !channel.is_member => Err("channel_not_found".into()),
            channel if channel.is_archived => Err("is_archived".into()),
            channel if !joins(channel) => Err("not_in_channel".into()),
            channel if channel.is_restricted => Err("restricted_action".into()),
            channel => Ok(channel.id.clone()),
        }
    }

    /// A channel that the app sees, by id.
    pub(super) fn seen(&self, arguments: &Arguments, argument: &str) -> Result<Channel, No> {
        let id = arguments.filled(argument).ok_or("channel_not_found")?;
        let direct = || {
            let user = id.strip_prefix('D').map(|rest| format!("U{rest}"))?;
            self.users.contains_key(&user).then(|| Channel::new(&id, ""))
        };
        let found = self.channel(&id).cloned().or_else(direct);
        let found = found.filter(|channel| channel.is_member || !channel.is_private);
        found.ok_or_else(|| "channel_not_found".into())
    }

    pub(super) fn update(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("chat:write")?;
        let channel = self.seen(arguments, "channel")?;
        let ts = arguments.filled("ts").ok_or("message_not_found")?;
        let window = self.set.edit_window;
        let message = self.message(&channel.id, &ts).ok_or("message_not_found")?;
        let is_ours = message.way == Way::Api && message.user == token.user;
        let is_late = window.is_some_and(|window| message.since.elapsed() >= window);
        if !is_ours {
            return Err("cant_update_message".into());
        }
        if channel.is_archived {
            return Err("is_inactive".into());
        }
        if is_late {
            return Err("edit_window_closed".into());
        }
        let content = self.content(arguments, Some(UPDATE_TEXT))?;
        if content.is_empty() && content.metadata.is_none() {
            return Err("no_text".into());
        }
        let edited = self.next_ts();
        let message = self.message(&channel.id, &ts).ok_or("message_not_found")?;
        message.edited = Some(edited);
        message.updates += 1;
        message.arguments = arguments.all();
        content.fill(message);
        let message = message.clone();
        let shown = self.shape(&message, true);
        Ok(json!({ "channel": channel.id, "ts": ts, "text": message.text, "message": shown }))
    }

    pub(super) fn delete_message(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("chat:write")?;
        let channel = self.seen(arguments, "channel")?;
        let ts = arguments.filled("ts").ok_or("message_not_found")?;
        let message = self.message(&channel.id, &ts).ok_or("message_not_found")?;
        if message.way != Way::Api || message.user != token.user {
            return Err("cant_delete_message".into());
        }
        message.is_deleted = true;
        Ok(json!({ "channel": channel.id, "ts": ts }))
    }

    pub(super) fn post_ephemeral(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("chat:write")?;
        let channel = self.seen(arguments, "channel")?;
        let channel = self.postable(token, &channel.id)?;
        let user = arguments.filled("user");
        let user = user.ok_or_else(|| No::arguments("missing required field: user"))?;
        if !self.users.contains_key(&user) {
            return Err("user_not_in_channel".into());
        }
        let content = self.content(arguments, None)?;
        if content.is_empty() {
            return Err("no_text".into());
        }
        let mut message = Self::draft(&channel, &token.user, Way::Api);
        content.fill(&mut message);
        message.ephemeral_to = Some(user);
        message.thread_ts = arguments.filled("thread_ts");
        message.arguments = arguments.all();
        Ok(json!({ "message_ts": self.keep(message) }))
    }

    pub(super) fn permalink(&mut self, arguments: &Arguments) -> Outcome {
        let channel = self.seen(arguments, "channel")?.id;
        let ts = arguments.filled("message_ts").ok_or("message_not_found")?;
        let message = self.message(&channel, &ts).ok_or("message_not_found")?;
        let thread = message.thread_ts.clone();
        let query = thread.map(|thread| format!("?thread_ts={thread}&cid={channel}"));
        let link = format!(
            "https://launchway.slack.com/archives/{channel}/p{}{}",
            ts.replace('.', ""),
            query.unwrap_or_default(),
        );
        Ok(json!({ "channel": channel, "permalink": link }))
    }

    pub(super) fn react(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        let (name, user) = (emoji(token, arguments)?, token.user.clone());
        let message = self.target(arguments)?;
        match message.reactions.iter_mut().find(|(known, _)| *known == name) {
            Some((_, users)) if users.contains(&user) => return Err("already_reacted".into()),
            Some((_, users)) => users.push(user),
            None => message.reactions.push((name, vec![user])),
        }
        Ok(json!({}))
    }

    pub(super) fn unreact(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        let (name, user) = (emoji(token, arguments)?, token.user.clone());
        let message = self.target(arguments)?;
        let found = message.reactions.iter_mut().find(|(known, _)| *known == name);
        let (_, users) = found
            .filter(|(_, users)| users.contains(&user))
            .ok_or_else(|| No::from("no_reaction"))?;
        users.retain(|known| *known != user);
        message.reactions.retain(|(_, users)| !users.is_empty());
        Ok(json!({}))
    }

    /// The message a reaction is for.
    fn target(&mut self, arguments: &Arguments) -> Result<&mut Message, No> {
        let channel = self.seen(arguments, "channel")?;
        let ts = arguments.filled("timestamp").ok_or("no_item_specified")?;
        if !ts.contains('.') || ts.chars().any(|c| !c.is_ascii_digit() && c != '.') {
            return Err("bad_timestamp".into());
        }
        if channel.is_archived {
            return Err("is_archived".into());
        }
        if !channel.is_member {
            return Err("not_in_channel".into());
        }
        self.message(&channel.id, &ts).ok_or_else(|| "message_not_found".into())
    }

    /// A message as answers show it.
    pub(super) fn shape(&self, message: &Message, with_metadata: bool) -> Value {
        let mut shape = json!({
            "type": "message", "user": message.user, "ts": message.ts, "text": message.text,
            "team": TEAM,
        });
        if let Some(bot) = &message.bot {
            shape["bot_id"] = json!(bot);
        }
        let mut put = |name: &str, value: &Value| {
            if value.as_array().is_some_and(|list| !list.is_empty()) || value.is_object() {
                shape[name] = value.clone();
            }
        };
        put("blocks", &message.blocks);
        put("attachments", &message.attachments);
        if with_metadata {
            put("metadata", &message.metadata);
        }
        if let Some(edited) = &message.edited {
            shape["edited"] = json!({ "user": message.bot, "ts": edited });
        }
        let reactions = message
            .reactions
            .iter()
            .map(|(name, users)| json!({ "name": name, "users": users, "count": users.len() }));
        let reactions: Vec<Value> = reactions.collect();
        if !reactions.is_empty() {
            shape["reactions"] = json!(reactions);
        }
        if !message.files.is_empty() {
            let files: Vec<Value> = message.files.iter().map(|id| json!({ "id": id })).collect();
            shape["files"] = json!(files);
        }
        self.shape_thread(message, &mut shape);
        shape
    }

    fn shape_thread(&self, message: &Message, shape: &mut Value) {
        if let Some(thread) = &message.thread_ts {
            shape["thread_ts"] = json!(thread);
            if message.is_broadcast {
                shape["subtype"] = json!("thread_broadcast");
            }
            return;
        }
        let is_answer = |other: &&Message| {
            other.channel == message.channel
                && other.thread_ts.as_ref() == Some(&message.ts)
                && !other.is_deleted
                && other.ephemeral_to.is_none()
        };
        let answers: Vec<&Message> = self.messages.iter().filter(is_answer).collect();
        if let Some(last) = answers.last() {
            shape["thread_ts"] = json!(message.ts);
            shape["reply_count"] = json!(answers.len());
            shape["latest_reply"] = json!(last.ts);
        }
    }
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        let none = |list: &Option<Value>| {
            list.as_ref().and_then(Value::as_array).is_none_or(Vec::is_empty)
        };
        self.text.as_deref().is_none_or(|text| text.trim().is_empty())
            && none(&self.blocks)
            && none(&self.attachments)
    }

    /// What is not said stays as it was.
    fn fill(self, message: &mut Message) {
        if let Some(text) = self.text {
            message.text = text;
        }
        if let Some(blocks) = self.blocks {
            message.blocks = blocks;
        }
        if let Some(attachments) = self.attachments {
            message.attachments = attachments;
        }
        if let Some(metadata) = self.metadata {
            let is_none = metadata.as_object().is_some_and(Map::is_empty);
            message.metadata = if is_none { Value::Null } else { metadata };
        }
    }
}

fn emoji(token: &Token, arguments: &Arguments) -> Result<String, No> {
    token.needs("reactions:write")?;
    let name = arguments.filled("name").unwrap_or_default();
    let name = name.trim_matches(':').to_owned();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+':".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(fits) {
        return Err("invalid_name".into());
    }
    Ok(name)
}

fn check_metadata(metadata: Option<&Value>) -> Result<(), No> {
    let Some(metadata) = metadata else { return Ok(()) };
    let Some(object) = metadata.as_object() else { return Err("invalid_metadata_format".into()) };
    if object.is_empty() {
        return Ok(());
    }
    let has_type = metadata["event_type"].as_str().is_some_and(|text| !text.is_empty());
    if !has_type || !metadata["event_payload"].is_object() {
        return Err("invalid_metadata_schema".into());
    }
    if metadata.to_string().len() > METADATA {
        return Err("metadata_too_large".into());
    }
    Ok(())
}

//! What a dry run tells: what would be sent, as it would be. Pure.

use serde_json::{Value, json};

use super::answer::Way;
use super::key::{self, Address, Wanted};
use super::mentions;
use super::plan::{Plan, Post};
use super::snippet::Snippet;
use crate::message::Message;
use crate::{line, preview};

/// How wide a message is drawn, in columns.
const WIDTH: usize = 80;

/// What a dry run tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What comes first, one sentence each.
    pub first: Vec<String>,
    /// The body that would be sent.
    pub body: Option<Value>,
    /// What follows it, in lines.
    pub then: Vec<String>,
}

/// What is told of a plan. `wanted` is there where the message has a key; `has_door` says whether a
/// token or webhook was given.
pub(super) fn tell(
    plan: &Plan,
    way: Way,
    has_door: bool,
    message: &Message,
    wanted: Option<&Wanted>,
    file: Option<&Snippet>,
) -> Told {
    let mut told = Told { body: plan.message(), ..Told::default() };
    match (&plan.post, wanted) {
        (Post::None, _) => told.first.push("nothing is sent".to_owned()),
        (Post::Keyed { channel, message: body, .. }, Some(wanted)) => {
            keyed(&mut told, channel, body, message, wanted);
        }
        (post, _) => {
            told.first.push(format!("nothing is sent; {} would get this:", name(post, way)));
        }
    }
    if let Some(body) = plan.message().filter(|body| shows(body, plan, way)) {
        told.then.push("this is how it will look:".to_owned());
        told.then.extend(preview::terminal::show(&body, WIDTH, false).lines().map(str::to_owned));
        if let Some(link) = preview::builder::link(&body) {
            told.then.push(format!("the same in Slack's Block Kit Builder: {link}"));
        }
    }
    if let Some(reaction) = &plan.reaction {
        let body = Value::Object(reaction.body.clone());
        told.then.push(format!("{} would get {body}", reaction.method));
    }
    if let Some(file) = file {
        told.then.push(format!("the file `{}` would follow, {} bytes", file.name, file.size));
    }
    if !has_door {
        let gives = match way {
            Way::Method => "a `token`",
            Way::Trigger => "the `webhook` of a workflow",
            Way::Webhook => "a `webhook`, or a `token` and a `channel`",
        };
        told.then.push(format!("to send it, give {gives}"));
    }
    told
}

/// What is told of a message that lives. Nobody looks for it here: that takes a token.
fn keyed(told: &mut Told, channel: &str, body: &Value, message: &Message, wanted: &Wanted) {
    let channel_id = match key::address(channel) {
        Address::Channel(_) => None,
        Address::Name(_) => {
            Some("the id of the channel would be asked for, and stand in the place of its name")
        }
        Address::Person(_) => {
            Some("the conversation with this person would be opened, and its id stand there")
        }
    };
    told.first.extend(channel_id.map(str::to_owned));
    told.first.push(format!(
        "the message of the key `{}` would be looked for in {channel}, and updated by chat.update if found",
        line::one(wanted.key.shown(), 120)
    ));
    told.first
        .push("nothing is sent; if none is found, chat.postMessage would get this:".to_owned());
    told.body = Some(key::body(body, channel, wanted.metadata()));
    let entry = wanted.entry(message, "");
    let text = entry.get("text").and_then(Value::as_str).unwrap_or_default();
    told.then.push(format!("its thread would get this line: {text}"));
    let called = mentions::line(&message.mentions);
    if !called.is_empty() {
        told.then.push(format!("an update calls nobody, so the line would call {called}"));
    }
}

/// Whether there is something to draw: variables of a workflow and arguments of other methods are none.
fn shows(body: &Value, plan: &Plan, way: Way) -> bool {
    let says = ["text", "blocks", "attachments"]
        .iter()
        .any(|name| body.get(name).is_some_and(|value| *value != json!("") && *value != json!([])));
    let chats = match &plan.post {
        Post::Call(call) => call.method.starts_with("chat."),
        Post::None | Post::Hook(_) | Post::Keyed { .. } => true,
    };
    says && chats && way != Way::Trigger
}

/// What the message is sent to, in messages of ours.
pub(super) fn name(post: &Post, way: Way) -> String {
    match (post, way) {
        (Post::Call(call), _) => call.method.clone(),
        (_, Way::Trigger) => "the workflow trigger".to_owned(),
        (_, Way::Webhook) => "the incoming webhook".to_owned(),
        (_, Way::Method) => "chat.postMessage".to_owned(),
    }
}

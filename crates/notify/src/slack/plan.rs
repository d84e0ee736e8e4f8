//! From the inputs to what will be sent: checked, as data, before anything is.

mod api;

use launchway_base::Failure;
use serde_json::{Map, Value};

use super::answer::Way;
use super::inputs::Inputs;
use super::method::Call;

/// What will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// Nothing: there is a reaction or a file only.
    None,
    /// To the webhook or trigger.
    Hook(Value),
    /// A call.
    Call(Call),
    /// A message that lives.
    Keyed {
        /// What it is about.
        key: String,
        /// The channel as it was given.
        channel: String,
        /// The message.
        message: Value,
    },
}

/// All that will be sent, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The message.
    pub post: Post,
    /// The reaction.
    pub reaction: Option<Call>,
    /// The channel of the file, and its thread, where they are known before.
    pub file: Option<(String, Option<String>)>,
    /// What is to be said before, one sentence each.
    pub notes: Vec<String>,
}

impl Plan {
    /// The body of the message, where there is one.
    pub fn message(&self) -> Option<Value> {
        match &self.post {
            Post::None => None,
            Post::Hook(body) | Post::Keyed { message: body, .. } => Some(body.clone()),
            Post::Call(call) => Some(Value::Object(call.body.clone())),
        }
    }
}

/// Whether the inputs name something to say, a payload among them.
pub fn says(inputs: &Inputs) -> bool {
    inputs.content.says() || has_payload(inputs)
}

/// Whether a payload stands in for a message made here.
pub fn has_payload(inputs: &Inputs) -> bool {
    has_text(inputs.payload.as_deref()) || inputs.payload_file_path.is_some()
}

/// Whether there is more than white space: an expression without a value is no payload.
fn has_text(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// The plan. `body` is the payload, or the message made here.
///
/// # Errors
/// Inputs that contradict each other, or something is missing.
pub fn plan(inputs: &Inputs, way: Way, body: Value) -> Result<Plan, Failure> {
    if has_text(inputs.payload.as_deref()) && inputs.payload_file_path.is_some() {
        return Err(both("payload", "payload-file-path"));
    }
    if has_payload(inputs) {
        let content = &inputs.content;
        let made = [
            ("template", content.template.is_some()),
            ("title", content.title.is_some()),
            ("text", content.text.is_some()),
        ];
        if let Some((name, _)) = made.iter().find(|(_, given)| *given) {
            return Err(both("payload", name).with_hint(
                "a payload is sent instead of a message made here; write the text into it, or leave it out",
            ));
        }
    }
    if way == Way::Method {
        by_itself(inputs, &body)?;
    }
    if inputs.reply_broadcast && inputs.thread_ts.is_none() {
        return Err(Failure::input("`reply-broadcast` needs `thread-ts`"));
    }
    match way {
        Way::Method => api::plan(inputs, body),
        Way::Webhook | Way::Trigger => by_hook(inputs, way, body),
    }
}

/// What a `key` has none of beside it: it finds its message by itself, posts and updates it.
fn by_itself(inputs: &Inputs, body: &Value) -> Result<(), Failure> {
    const FINDS: &str = "`key` finds its message by itself, and posts it where there is none";
    const THREAD: &str =
        "the message of a `key` stands in the channel, and its steps in its own thread";
    if inputs.key.is_none() {
        return Ok(());
    }
    let others = [
        ("method", inputs.method.is_some(), FINDS),
        ("update-ts", inputs.update_ts.is_some(), FINDS),
        (
            "ephemeral-to",
            inputs.ephemeral_to.is_some(),
            "a message that one person sees cannot be found again; leave one of the two out",
        ),
        ("thread-ts", inputs.thread_ts.is_some(), THREAD),
        ("reply-broadcast", inputs.reply_broadcast, THREAD),
        (
            "reaction",
            inputs.reaction.is_some(),
            "the message of a `key` shows how it went; put a sign below it in a step of its own, whose `update-ts` is the output `ts` of this one",
        ),
    ];
    if let Some((name, _, hint)) = others.iter().find(|(_, given, _)| *given) {
        return Err(both("key", name).with_hint(*hint));
    }
    let inside = [("ts", FINDS), ("thread_ts", THREAD)];
    if let Some((name, hint)) = inside.iter().find(|(name, _)| body.get(name).is_some()) {
        return Err(
            Failure::input(format!("`key` is given, and `{name}` in the payload")).with_hint(*hint)
        );
    }
    if !says(inputs) {
        return Err(nothing());
    }
    Ok(())
}

fn by_hook(inputs: &Inputs, way: Way, body: Value) -> Result<Plan, Failure> {
    let only_token = [
        ("key", inputs.key.is_some()),
        ("method", inputs.method.is_some()),
        ("update-ts", inputs.update_ts.is_some()),
        ("ephemeral-to", inputs.ephemeral_to.is_some()),
        ("reaction", inputs.reaction.is_some()),
        ("snippet", inputs.snippet.is_some()),
    ];
    if let Some((name, _)) = only_token.iter().find(|(_, given)| *given) {
        return Err(Failure::input(format!("`{name}` needs a `token`")).with_hint(
            "a webhook can only post; give a bot token and a `channel` instead of `webhook`",
        ));
    }
    let mut notes: Vec<String> = uncalled(inputs).into_iter().collect();
    if inputs.channel.is_some() {
        notes.push(
            "`channel` is left out: a webhook posts to the channel it was made for".to_owned(),
        );
    }
    if way == Way::Trigger {
        if !has_payload(inputs) {
            return Err(Failure::input("a workflow trigger needs a `payload`").with_hint(
                "give the variables of the workflow, each as text; `payload: {}` where it has none",
            ));
        }
    } else if !says(inputs) {
        return Err(nothing());
    }
    let mut body = body;
    if let (Value::Object(body), Way::Webhook) = (&mut body, way) {
        thread(inputs, body);
    }
    Ok(Plan { post: Post::Hook(body), reaction: None, file: None, notes })
}

/// What is said of people nobody will call. With a key the thread does.
fn uncalled(inputs: &Inputs) -> Option<String> {
    let in_vain =
        has_payload(inputs) && inputs.key.is_none() && !inputs.content.mentions.is_empty();
    in_vain.then(|| {
        "`mentions` calls nobody beside a payload: write `<@U012AB3CD>` or `<!here>` into it"
            .to_owned()
    })
}

fn thread(inputs: &Inputs, body: &mut Map<String, Value>) {
    if let Some(ts) = &inputs.thread_ts
        && inputs.update_ts.is_none()
    {
        body.entry("thread_ts").or_insert_with(|| ts.clone().into());
    }
    if inputs.reply_broadcast {
        body.entry("reply_broadcast").or_insert(Value::Bool(true));
    }
}

fn both(one: &str, other: &str) -> Failure {
    Failure::input(format!("`{one}` and `{other}` are both given"))
}

fn nothing() -> Failure {
    Failure::input("there is nothing to say").with_hint("give `text`, `template` or `payload`")
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

//! From the inputs to what will be sent: checked, as data, before anything is.

use launchway_base::{Failure, Secret};
use serde_json::{Map, Value};

use super::answer::Way;
use super::errors;
use super::inputs::{Inputs, WebhookType};
use super::key::{Address, address};
use super::method::{self, Call};
use super::webhook::Hook;

/// The way in.
#[derive(Clone, Debug)]
pub enum Door {
    /// A webhook or trigger.
    Hook(Hook),
    /// The Web API.
    Api {
        /// The address before the method.
        base: String,
        /// The token.
        token: Secret,
    },
}

impl Door {
    /// The way in, by the inputs, else by the environment; none where there is none. From here on its
    /// secrets are masked.
    ///
    /// # Errors
    /// There are two, or an address is none a secret may go to.
    pub fn find<'a>(
        inputs: &Inputs,
        env: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<Self>, Failure> {
        let kind = env("SLACK_WEBHOOK_TYPE").and_then(WebhookType::of_variable);
        let given = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.is_empty());
        let env = |name: &str| env(name).map(Secret::new).filter(|secret| !secret.is_empty());
        let (token, webhook) = (given(&inputs.token), given(&inputs.webhook));
        if token.is_some() && webhook.is_some() {
            return Err(Failure::input("`token` and `webhook` are both given")
                .with_hint("give the one by which the message is to be sent"));
        }
        let env_token = || env("SLACK_TOKEN").or_else(|| env("SLACK_BOT_TOKEN"));
        let env_hook = || env("SLACK_WEBHOOK_URL");
        let (token, webhook) = match (token, webhook) {
            (Some(token), _) => (Some(token), None),
            (None, Some(hook)) => (None, Some(hook)),
            (None, None) if wants_token(inputs) => match env_token() {
                Some(token) => (Some(token), None),
                None => (None, env_hook()),
            },
            (None, None) => match env_hook() {
                Some(hook) => (None, Some(hook)),
                None => (env_token(), None),
            },
        };
        if let Some(url) = webhook {
            let kind = inputs.webhook_type.or(kind);
            return Ok(Some(Self::Hook(Hook::new(&url, kind)?)));
        }
        let Some(token) = token else { return Ok(None) };
        let text = token.expose();
        if text.starts_with("http") || text.starts_with(['"', '\'']) {
            return Err(Failure::input("`token` is no token").with_hint(
                "a token begins with `xoxb-` and stands in no quotes; the address of a webhook is given as `webhook`",
            ));
        }
        let base = method::base(inputs.api_url.as_deref().unwrap_or(method::API))?;
        Ok(Some(Self::Api { base, token }))
    }

    /// Which of the ways it is.
    pub fn way(&self) -> Way {
        match self {
            Self::Hook(hook) => hook.way(),
            Self::Api { .. } => Way::Method,
        }
    }
}

/// Which way in it would be for inputs that name none: whoever only looks at a message needs no account.
pub fn way_of(inputs: &Inputs) -> Way {
    match inputs.webhook_type {
        Some(WebhookType::WebhookTrigger) => Way::Trigger,
        None if wants_token(inputs) => Way::Method,
        Some(WebhookType::IncomingWebhook) | None => Way::Webhook,
    }
}

/// What to say where there is no way in.
pub fn no_door() -> Failure {
    Failure::input("there is neither a `token` nor a `webhook`").with_hint(
        "give a bot token, `xoxb-…`, or the address of an incoming webhook, from a secret; `dry-run` needs neither",
    )
}

/// Whether something is asked for that only a token can do.
fn wants_token(inputs: &Inputs) -> bool {
    let only = [
        &inputs.method,
        &inputs.channel,
        &inputs.key,
        &inputs.update_ts,
        &inputs.ephemeral_to,
        &inputs.reaction,
        &inputs.snippet,
    ];
    only.iter().any(|one| one.is_some())
}

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

/// Whether the inputs name something to say.
pub fn says(inputs: &Inputs) -> bool {
    let content = &inputs.content;
    let words = [
        &content.title,
        &content.text_file,
        &content.version,
        &content.environment,
        &content.changelog_file,
        &inputs.payload_file_path,
    ];
    let texts = [&content.text, &content.changelog, &content.needs];
    content.template.is_some()
        || content.status.is_some()
        || !content.fields.is_empty()
        || !content.mentions.is_empty()
        || words.iter().any(|word| word.is_some())
        || texts.iter().any(|text| text.is_some())
        || has_text(inputs.payload.as_deref())
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
            ("text-file", content.text_file.is_some()),
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
        Way::Method => by_api(inputs, body),
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

/// Methods that do nothing without a channel. Of others Slack knows better than we what they need.
const IN_A_CHANNEL: &[&str] = &[
    "chat.delete",
    "chat.meMessage",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.scheduleMessage",
    "chat.update",
];

/// What is said of people nobody will call. With a key the thread does.
fn uncalled(inputs: &Inputs) -> Option<String> {
    let in_vain =
        has_payload(inputs) && inputs.key.is_none() && !inputs.content.mentions.is_empty();
    in_vain.then(|| {
        "`mentions` calls nobody beside a payload: write `<@U012AB3CD>` or `<!here>` into it"
            .to_owned()
    })
}

fn by_api(inputs: &Inputs, body: Value) -> Result<Plan, Failure> {
    let Value::Object(mut body) = body else {
        return Err(Failure::input("`payload` is no object")
            .with_hint("write the arguments of the method as names and values"));
    };
    let mut notes: Vec<String> = uncalled(inputs).into_iter().collect();
    if inputs.webhook_type.is_some() {
        notes.push("`webhook-type` says nothing here: there is no `webhook`".to_owned());
    }
    let name = method_of(inputs)?;
    let says = says(inputs);
    if !says && inputs.method.is_none() && inputs.reaction.is_none() && inputs.snippet.is_none() {
        return Err(nothing());
    }
    let posts = says || inputs.method.is_some();
    // What a payload says comes first, as with all its arguments.
    let channel = match (body.get("channel"), &inputs.channel) {
        (Some(Value::String(channel)), _) | (_, Some(channel)) => channel.trim().to_owned(),
        (_, None) => String::new(),
    };
    places(inputs, &channel)?;
    let needed = !posts || inputs.snippet.is_some() || IN_A_CHANNEL.contains(&name.as_str());
    if channel.is_empty() && needed {
        return Err(Failure::input("`channel` is missing").with_hint(
            "give the id of the channel, `C…`, from the foot of its details in Slack, or its name",
        ));
    }
    // Only posting takes a name.
    let needs_id = |what: &str| {
        match address(&channel) {
        Address::Name(_) => Err(Failure::input(format!("{what} needs the id of the channel, not its name"))
            .with_hint("take it from the foot of the channel's details in Slack, `C…`, or from the output `channel-id`")),
        _ => Ok(()),
    }
    };
    if posts && name == "chat.update" {
        needs_id("`update-ts`")?;
    }
    let about = inputs.update_ts.as_ref().or(inputs.thread_ts.as_ref());
    let reaction = match (&inputs.reaction, about) {
        (None, _) => None,
        (Some(_), None) => {
            return Err(Failure::input("`reaction` needs `update-ts` or `thread-ts`")
                .with_hint("say which message it is put below"));
        }
        (Some(reaction), Some(ts)) => {
            needs_id("`reaction`")?;
            let name = reaction.trim().trim_matches(':');
            if name.is_empty() {
                return Err(Failure::input(format!(
                    "`reaction` is no name: {}",
                    errors::remedy("invalid_name")
                )));
            }
            let mut body = Map::new();
            body.insert("channel".to_owned(), channel.clone().into());
            body.insert("timestamp".to_owned(), ts.clone().into());
            body.insert("name".to_owned(), name.into());
            Some(Call::new("reactions.add", body))
        }
    };
    if inputs.snippet.is_some() && inputs.ephemeral_to.is_some() {
        return Err(
            both("ephemeral-to", "snippet").with_hint("everybody in the channel sees a file")
        );
    }
    let file = inputs.snippet.as_ref().map(|_| (channel.clone(), inputs.thread_ts.clone()));
    if file.is_some() && !posts {
        needs_id("`snippet`")?;
    }
    let post = if !posts {
        Post::None
    } else if let Some(key) = &inputs.key {
        Post::Keyed { key: key.clone(), channel, message: Value::Object(body) }
    } else {
        if !channel.is_empty() {
            body.entry("channel").or_insert_with(|| channel.into());
        }
        if let Some(ts) = &inputs.update_ts {
            body.entry("ts").or_insert_with(|| ts.clone().into());
        }
        if let Some(user) = &inputs.ephemeral_to {
            body.entry("user").or_insert_with(|| user.trim().into());
        }
        thread(inputs, &mut body);
        let call = Call::new(name, body);
        Post::Call(if inputs.method.is_some() { call.as_form() } else { call })
    };
    Ok(Plan { post, reaction, file, notes })
}

/// The method that follows from the inputs.
fn method_of(inputs: &Inputs) -> Result<String, Failure> {
    let special = [
        ("update-ts", "chat.update", inputs.update_ts.is_some()),
        ("ephemeral-to", "chat.postEphemeral", inputs.ephemeral_to.is_some()),
    ];
    let mut wanted = special.iter().filter(|(_, _, given)| *given);
    let (first, second) = (wanted.next(), wanted.next());
    if let (Some((one, _, _)), Some((other, _, _))) = (first, second) {
        return Err(both(one, other));
    }
    let follows = first.map_or("chat.postMessage", |(_, method, _)| method);
    let Some(given) = inputs.method.as_deref().map(str::trim) else {
        return Ok(follows.to_owned());
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    if given.is_empty() || !given.chars().all(fits) || given.starts_with('.') {
        return Err(Failure::input("`method` is no name of a method")
            .with_hint("write it as in `chat.postMessage`; its address goes into `api-url`"));
    }
    if let (Some((name, method, _)), true) = (first, given != follows) {
        return Err(Failure::input(format!(
            "`{name}` is for `{method}`, and `method` is `{given}`"
        )));
    }
    Ok(given.to_owned())
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

/// What cannot be a channel or a message.
fn places(inputs: &Inputs, channel: &str) -> Result<(), Failure> {
    if channel.contains("://") {
        return Err(Failure::input("`channel` is an address").with_hint(
            "give the id at its end, `C…`, or the name of the channel; the address of a webhook is given as `webhook`",
        ));
    }
    for (name, ts) in [("thread-ts", &inputs.thread_ts), ("update-ts", &inputs.update_ts)] {
        if ts.as_deref().is_some_and(|ts| !is_timestamp(ts)) {
            return Err(Failure::input(format!("`{name}` is no timestamp of a message")).with_hint(
                "it looks like `1712345678.000100`: take the output `ts` of the step that posted, or from a link, `p1712345678000100`, with the point put in",
            ));
        }
    }
    if inputs.channel.as_ref().is_some_and(|channel| channel.contains(',')) {
        return Err(Failure::input("`channel` names several channels")
            .with_hint("a message goes to one; use one step for each, or a matrix"));
    }
    Ok(())
}

/// Whether it is the name of a message: seconds and microseconds.
fn is_timestamp(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once('.').is_some_and(|(whole, part)| digits(whole) && digits(part))
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

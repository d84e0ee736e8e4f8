//! What goes by the Web API: one method, what stands beside it, and what neither can be.

use launchway_base::Failure;
use serde_json::{Map, Value};

use super::{Inputs, Plan, Post, both, nothing, says, thread, uncalled};
use crate::slack::errors;
use crate::slack::key::{Address, address};
use crate::slack::method::Call;

/// Methods that do nothing without a channel. Of others Slack knows better than we what they need.
const IN_A_CHANNEL: &[&str] = &[
    "chat.delete",
    "chat.meMessage",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.scheduleMessage",
    "chat.update",
];

/// The plan of what goes by the Web API.
pub(super) fn plan(inputs: &Inputs, body: Value) -> Result<Plan, Failure> {
    let Value::Object(body) = body else {
        return Err(Failure::input("`payload` is no object")
            .with_hint("write the arguments of the method as names and values"));
    };
    let mut notes: Vec<String> = uncalled(inputs).into_iter().collect();
    if inputs.webhook_type.is_some() {
        notes.push("`webhook-type` says nothing here: there is no `webhook`".to_owned());
    }
    let method = method_of(inputs)?;
    let posts = says(inputs) || inputs.method.is_some();
    if !posts && inputs.reaction.is_none() && inputs.snippet.is_none() {
        return Err(nothing());
    }
    let channel = channel_of(inputs, &body)?;
    let needed = !posts || inputs.snippet.is_some() || IN_A_CHANNEL.contains(&method.as_str());
    if channel.is_empty() && needed {
        return Err(Failure::input("`channel` is missing").with_hint(
            "give the id of the channel, `C…`, from the foot of its details in Slack, or its name",
        ));
    }
    if posts && method == "chat.update" {
        has_id(&channel, "`update-ts`")?;
    }
    let reaction = reaction(inputs, &channel)?;
    let file = file(inputs, &channel, posts)?;
    let post = if !posts {
        Post::None
    } else if let Some(key) = &inputs.key {
        Post::Keyed { key: key.clone(), channel, message: Value::Object(body) }
    } else {
        Post::Call(call(inputs, method, &channel, body))
    };
    Ok(Plan { post, reaction, file, notes })
}

/// The channel, or nothing. What a payload says comes first, as with all its arguments.
fn channel_of(inputs: &Inputs, body: &Map<String, Value>) -> Result<String, Failure> {
    let channel = match (body.get("channel"), &inputs.channel) {
        (Some(Value::String(channel)), _) | (_, Some(channel)) => channel.trim().to_owned(),
        (_, None) => String::new(),
    };
    places(inputs, &channel)?;
    Ok(channel)
}

/// Only posting takes the name of a channel; `what` does not.
fn has_id(channel: &str, what: &str) -> Result<(), Failure> {
    match address(channel) {
        Address::Name(_) => Err(Failure::input(format!("{what} needs the id of the channel, not its name"))
            .with_hint("take it from the foot of the channel's details in Slack, `C…`, or from the output `channel-id`")),
        _ => Ok(()),
    }
}

/// The call that puts a reaction below a message, where one is wanted.
fn reaction(inputs: &Inputs, channel: &str) -> Result<Option<Call>, Failure> {
    let Some(reaction) = &inputs.reaction else { return Ok(None) };
    let Some(ts) = inputs.update_ts.as_ref().or(inputs.thread_ts.as_ref()) else {
        return Err(Failure::input("`reaction` needs `update-ts` or `thread-ts`")
            .with_hint("say which message it is put below"));
    };
    has_id(channel, "`reaction`")?;
    let name = reaction.trim().trim_matches(':');
    if name.is_empty() {
        return Err(Failure::input(format!(
            "`reaction` is no name: {}",
            errors::remedy("invalid_name")
        )));
    }
    let mut body = Map::new();
    body.insert("channel".to_owned(), channel.into());
    body.insert("timestamp".to_owned(), ts.clone().into());
    body.insert("name".to_owned(), name.into());
    Ok(Some(Call::new("reactions.add", body)))
}

/// The channel and the thread of the file, where there is one.
fn file(
    inputs: &Inputs,
    channel: &str,
    posts: bool,
) -> Result<Option<(String, Option<String>)>, Failure> {
    if inputs.snippet.is_none() {
        return Ok(None);
    }
    if inputs.ephemeral_to.is_some() {
        return Err(
            both("ephemeral-to", "snippet").with_hint("everybody in the channel sees a file")
        );
    }
    if !posts {
        has_id(channel, "`snippet`")?;
    }
    Ok(Some((channel.to_owned(), inputs.thread_ts.clone())))
}

/// The call with what the inputs say beside its arguments.
fn call(inputs: &Inputs, method: String, channel: &str, mut body: Map<String, Value>) -> Call {
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
    let call = Call::new(method, body);
    if inputs.method.is_some() { call.as_form() } else { call }
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

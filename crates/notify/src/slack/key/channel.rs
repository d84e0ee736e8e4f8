//! Which channel: reading it needs its id, while people write its name.

use serde_json::{Value, json};

use super::{Api, Trouble};
use launchway_base::Failure;

/// Most pages of channels that are read, of 200 each.
const PAGES: usize = 25;

/// What `channel` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The id of a channel or of a conversation.
    Channel(String),
    /// The id of a person.
    Person(String),
    /// The name of a channel, without `#`.
    Name(String),
}

/// Tells an id from a name: names have no capitals.
pub fn address(channel: &str) -> Address {
    let channel = channel.trim();
    let id = channel.len() >= 7
        && channel.bytes().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit());
    match channel.bytes().next() {
        Some(b'C' | b'G' | b'D') if id => Address::Channel(channel.to_owned()),
        Some(b'U' | b'W') if id => Address::Person(channel.to_owned()),
        _ => Address::Name(channel.trim_start_matches('#').to_lowercase()),
    }
}

/// The id of `channel`. Of a name it is looked for among the channels the app is in: it can read no
/// other.
pub(super) async fn id(api: &impl Api, channel: &str) -> Result<String, Trouble> {
    match address(channel) {
        Address::Channel(id) => Ok(id),
        Address::Person(person) => {
            let answer = api.call("conversations.open", &json!({ "users": person })).await.map_err(|trouble| {
                if trouble.word() != Some("missing_scope") {
                    return trouble;
                }
                trouble.with_hint("give the app the scope `im:write` and install it again, or leave `key` out")
            })?;
            answer.pointer("/channel/id").and_then(Value::as_str).map(str::to_owned).ok_or_else(
                || Trouble::Failed(Failure::remote("conversations.open names no conversation")),
            )
        }
        Address::Name(name) => named(api, &name).await,
    }
}

async fn named(api: &impl Api, name: &str) -> Result<String, Trouble> {
    let wide = search(api, name, "public_channel,private_channel").await;
    let (found, private) = match wide {
        Err(trouble) if trouble.word() == Some("missing_scope") => {
            let narrow = search(api, name, "public_channel").await.map_err(|trouble| {
                if trouble.word() != Some("missing_scope") {
                    return trouble;
                }
                trouble.with_hint(
                    "with `key`, give the id of the channel, as in C0123456789, which stands at the end of its details; or give the app the scope `channels:read`, for private channels `groups:read`, and install it again",
                )
            })?;
            (narrow, false)
        }
        other => (other?, true),
    };
    found.ok_or_else(|| {
        let hint = if private {
            "invite the app to the channel with /invite, or give the id of the channel"
        } else {
            "invite the app to the channel with /invite; if it is private, give its id, or give the app the scope `groups:read`"
        };
        Trouble::Refused {
            word: "channel_not_found".to_owned(),
            failure: Failure::rejected(format!("the app is in no channel `{}`", name.escape_debug())).with_hint(hint),
        }
    })
}

async fn search(api: &impl Api, name: &str, types: &str) -> Result<Option<String>, Trouble> {
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut body = json!({ "types": types, "exclude_archived": true, "limit": 200 });
        if !cursor.is_empty() {
            put(&mut body, "cursor", &cursor);
        }
        let page = api.call("users.conversations", &body).await?;
        let channels =
            page.get("channels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text = |channel: &Value, field: &str| {
            channel.get(field).and_then(Value::as_str).map(str::to_owned)
        };
        if let Some(channel) =
            channels.iter().find(|one| text(one, "name").as_deref() == Some(name))
        {
            return Ok(text(channel, "id"));
        }
        match next(&page) {
            Some(next) if next != cursor => cursor = next,
            _ => break,
        }
    }
    Ok(None)
}

/// Puts a text into an object.
pub(super) fn put(body: &mut Value, name: &str, text: &str) {
    if let Some(body) = body.as_object_mut() {
        body.insert(name.to_owned(), json!(text));
    }
}

/// Where the next page is, if there is one.
pub(super) fn next(page: &Value) -> Option<String> {
    let cursor = page.pointer("/response_metadata/next_cursor")?.as_str()?;
    (!cursor.is_empty()).then(|| cursor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_from_a_name() {
        for (text, expected) in [
            ("C0123456789", Address::Channel("C0123456789".into())),
            (" G0123456789 ", Address::Channel("G0123456789".into())),
            ("D0123456789", Address::Channel("D0123456789".into())),
            ("U0123456789", Address::Person("U0123456789".into())),
            ("#deploys", Address::Name("deploys".into())),
            ("Deploys", Address::Name("deploys".into())),
            ("c0123456789", Address::Name("c0123456789".into())),
            ("CI", Address::Name("ci".into())),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
    }
}

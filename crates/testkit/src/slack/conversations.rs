//! Channels and what was said there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::route::{No, Outcome};
use super::state::{Channel, Message, Token, Workspace};

impl Workspace {
    fn readable(&self, token: &Token, arguments: &Arguments, right: &str) -> Result<Channel, No> {
        let channel = self.seen(arguments, "channel")?;
        let kind = match (channel.is_private, channel.id.starts_with('D')) {
            (_, true) => "im",
            (true, false) => "groups",
            (false, false) => "channels",
        };
        token.needs(&format!("{kind}:{right}"))?;
        Ok(channel)
    }

    pub(super) fn history(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        let channel = self.readable(token, arguments, "history")?;
        if !channel.is_member {
            return Err("not_in_channel".into());
        }
        let shown = |one: &&Message| one.thread_ts.is_none() || one.is_broadcast;
        let mut found: Vec<&Message> = self.visible(&channel.id).filter(shown).collect();
        found.reverse();
        self.page(found, arguments, 100, 999)
    }

    pub(super) fn replies(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        let channel = self.readable(token, arguments, "history")?;
        if !channel.is_member {
            return Err("not_in_channel".into());
        }
        let ts = arguments.filled("ts").ok_or("thread_not_found")?;
        let named = self.visible(&channel.id).find(|one| one.ts == ts);
        let named = named.ok_or("thread_not_found")?;
        let thread = named.thread_ts.as_ref().unwrap_or(&named.ts);
        let of_it = |one: &&Message| one.ts == *thread || one.thread_ts.as_ref() == Some(thread);
        let found: Vec<&Message> = self.visible(&channel.id).filter(of_it).collect();
        self.page(found, arguments, 1000, 1000)
    }

    /// What can be found in a channel by now, in order.
    fn visible(&self, channel: &str) -> impl Iterator<Item = &Message> {
        let lag = self.set.lag;
        self.messages.iter().filter(move |one| {
            one.channel == *channel
                && !one.is_deleted
                && one.ephemeral_to.is_none()
                && one.since.elapsed() >= lag
        })
    }

    fn page(
        &self,
        mut found: Vec<&Message>,
        arguments: &Arguments,
        usual: usize,
        most: usize,
    ) -> Outcome {
        let inclusive = arguments.is_true("inclusive");
        if let Some(oldest) = arguments.filled("oldest").filter(|at| at != "0") {
            let oldest = micros(&oldest).ok_or("invalid_ts_oldest")?;
            found.retain(|one| at(one) > oldest || inclusive && at(one) == oldest);
        }
        if let Some(latest) = arguments.filled("latest").filter(|at| at != "now") {
            let latest = micros(&latest).ok_or("invalid_ts_latest")?;
            found.retain(|one| at(one) < latest || inclusive && at(one) == latest);
        }
        let with_metadata = arguments.is_true("include_all_metadata");
        let found: Vec<Value> =
            found.into_iter().map(|one| self.shape(one, with_metadata)).collect();
        let (page, next) = self.cut(&found, arguments, usual, most)?;
        let mut answer = json!({ "messages": page, "has_more": next.is_some() });
        if let Some(next) = next {
            answer["response_metadata"] = json!({ "next_cursor": next });
        }
        Ok(answer)
    }

    /// One page and the cursor of the next.
    fn cut(
        &self,
        found: &[Value],
        arguments: &Arguments,
        usual: usize,
        most: usize,
    ) -> Result<(Vec<Value>, Option<String>), No> {
        let limit = match arguments.filled("limit") {
            None => usual,
            Some(_) => {
                match arguments.number("limit").and_then(|limit| usize::try_from(limit).ok()) {
                    Some(limit) if (1..=most).contains(&limit) => limit,
                    _ => return Err("invalid_limit".into()),
                }
            }
        };
        let start = match arguments.filled("cursor") {
            None => 0,
            Some(cursor) => {
                let bytes = STANDARD.decode(cursor).unwrap_or_default();
                let text = String::from_utf8(bytes).unwrap_or_default();
                let number = text.strip_prefix("next:").and_then(|text| text.parse().ok());
                number.ok_or("invalid_cursor")?
            }
        };
        let end = found.len().min(start + limit.min(self.set.page));
        let next = (end < found.len()).then(|| STANDARD.encode(format!("next:{end}")));
        Ok((found.get(start..end).unwrap_or_default().to_vec(), next))
    }

    pub(super) fn info(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        let channel = self.readable(token, arguments, "read")?;
        Ok(json!({ "channel": shape(&channel) }))
    }

    pub(super) fn list(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        self.listed(token, arguments, |_| true)
    }

    /// The channels the app is in.
    pub(super) fn own(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        self.listed(token, arguments, |channel| channel.is_member)
    }

    /// The conversation with a person.
    pub(super) fn open_direct(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("im:write")?;
        let user = arguments.filled("users").filter(|user| self.users.contains_key(user));
        let user = user.ok_or("user_not_found")?;
        Ok(json!({ "channel": { "id": user.replacen('U', "D", 1) } }))
    }

    fn listed(
        &self,
        token: &Token,
        arguments: &Arguments,
        keep: impl Fn(&Channel) -> bool,
    ) -> Outcome {
        let types = arguments.filled("types").unwrap_or_else(|| "public_channel".to_owned());
        let (public, private) = (types.contains("public"), types.contains("private"));
        if public {
            token.needs("channels:read")?;
        }
        if private {
            token.needs("groups:read")?;
        }
        let no_archived = arguments.is_true("exclude_archived");
        let wanted = |one: &&Channel| {
            let kind = if one.is_private { private && one.is_member } else { public };
            kind && !(no_archived && one.is_archived) && keep(one)
        };
        let found: Vec<Value> = self.channels.iter().filter(wanted).map(shape).collect();
        let (page, next) = self.cut(&found, arguments, 100, 1000)?;
        let metadata = json!({ "next_cursor": next.unwrap_or_default() });
        Ok(json!({ "channels": page, "response_metadata": metadata }))
    }
}

fn shape(channel: &Channel) -> Value {
    json!({
        "id": channel.id, "name": channel.name, "is_channel": !channel.is_private,
        "is_group": channel.is_private, "is_private": channel.is_private,
        "is_archived": channel.is_archived, "is_member": channel.is_member,
        "context_team_id": super::state::TEAM,
    })
}

/// A time stamp in microseconds.
fn micros(ts: &str) -> Option<u64> {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, ""));
    let rest = format!("{rest:0<6}");
    let seconds: u64 = seconds.parse().ok()?;
    Some(seconds * 1_000_000 + rest.get(..6)?.parse::<u64>().ok()?)
}

fn at(message: &Message) -> u64 {
    micros(&message.ts).unwrap_or(0)
}

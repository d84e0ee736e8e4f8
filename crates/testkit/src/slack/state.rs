//! What the workspace holds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The token of the app that is there from the start, with all scopes the fake knows.
pub const BOT_TOKEN: &str = "xoxb-1000000000-2000000000-fakeBotTokenFakeBotToken";
/// Its user.
pub const BOT_USER: &str = "U0LAUNCHWAY";
/// `#general`: the app is a member.
pub const GENERAL: &str = "C0GENERAL01";
/// `#deploys`: the app is a member.
pub const DEPLOYS: &str = "C0DEPLOYS01";
/// `#others`: public, the app is no member.
pub const OTHERS: &str = "C0OTHERS001";
/// `#secret`: private, the app is no member, so that it does not see it.
pub const SECRET: &str = "C0SECRET001";
/// `#old`: archived.
pub const ARCHIVED: &str = "C0ARCHIVED1";
/// The user `octocat`.
pub const OCTOCAT: &str = "U0OCTOCAT01";

/// The scopes of [`BOT_TOKEN`].
pub const ALL_SCOPES: &[&str] = &[
    "chat:write",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
    "im:history",
    "im:write",
    "reactions:write",
    "files:write",
];

pub(super) const TEAM: &str = "T0LAUNCHWAY";

/// How a token stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenState {
    /// It works.
    #[default]
    Active,
    /// `token_revoked`.
    Revoked,
    /// `token_expired`.
    Expired,
    /// `account_inactive`.
    Inactive,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) scopes: Vec<String>,
    pub(super) user: String,
    pub(super) bot: String,
    pub(super) state: TokenState,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting of a channel")]
pub struct Channel {
    /// As in `C0123456789`.
    pub id: String,
    /// Without `#`.
    pub name: String,
    /// Whether who is no member does not see it.
    pub is_private: bool,
    /// Whether apps are members.
    pub is_member: bool,
    /// Whether it is closed.
    pub is_archived: bool,
    /// Whether only some may post: `restricted_action`.
    pub is_restricted: bool,
}

impl Channel {
    /// A public channel with apps as members.
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            is_private: false,
            is_member: true,
            is_archived: false,
            is_restricted: false,
        }
    }
}

/// Which way a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `chat.postMessage` or `chat.postEphemeral`.
    Api,
    /// An incoming webhook.
    Webhook,
    /// `files.completeUploadExternal`.
    File,
    /// A person or another app.
    Other,
}

/// A message as it stands.
#[derive(Clone, Debug)]
pub struct Message {
    /// The channel's id.
    pub channel: String,
    /// Unique and increasing, as in `1405894322.002768`.
    pub ts: String,
    /// The message it answers; of a message in a channel `None`, also when it has a thread.
    pub thread_ts: Option<String>,
    /// Whether an answer is shown in the channel, too.
    pub is_broadcast: bool,
    /// Who wrote it.
    pub user: String,
    /// Its text, as it was sent, cut at 40,000 characters.
    pub text: String,
    /// Its blocks with the ids they got; an empty list without.
    pub blocks: Value,
    /// Its attachments; an empty list without.
    pub attachments: Value,
    /// `event_type` and `event_payload`; `null` without.
    pub metadata: Value,
    /// All arguments as they were sent last, without the token.
    pub arguments: Value,
    /// When it was last edited.
    pub edited: Option<String>,
    /// How often it was updated.
    pub updates: usize,
    /// Emoji names with who put them, in order.
    pub reactions: Vec<(String, Vec<String>)>,
    /// The ids of its files.
    pub files: Vec<String>,
    /// The only one who sees it.
    pub ephemeral_to: Option<String>,
    /// Whether it is gone.
    pub is_deleted: bool,
    /// Which way it came.
    pub way: Way,
    pub(super) bot: Option<String>,
    pub(super) since: Instant,
}

impl Message {
    /// `metadata.event_payload` and this in it.
    pub fn payload(&self, name: &str) -> &Value {
        &self.metadata["event_payload"][name]
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// As in `F0000000001`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The length that was announced.
    pub length: usize,
    /// What was uploaded; `None` before.
    pub bytes: Option<Vec<u8>>,
    /// Its title.
    pub title: Option<String>,
    /// The syntax of a snippet.
    pub snippet_type: Option<String>,
    /// Where it is shared. Empty also when the upload was never completed.
    pub channels: Vec<String>,
    /// Whether the upload was completed.
    pub is_complete: bool,
    pub(super) key: String,
}

/// How a webhook stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HookState {
    /// It works.
    #[default]
    Active,
    /// It always refuses with this word, in the status that belongs to it: `no_service` once it was
    /// removed, `no_team`, `action_prohibited`, `posting_to_general_channel_denied`, `user_not_found`,
    /// `channel_not_found`…
    Refuses(String),
}

#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) channel: String,
    pub(super) state: HookState,
}

#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) inputs: Vec<String>,
    pub(super) is_silent: bool,
    pub(super) runs: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) struct Throttle {
    pub(super) on: String,
    pub(super) most: usize,
    pub(super) window: Duration,
    pub(super) calls: Vec<(String, Instant)>,
}

/// How it is set.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    pub(super) edit_window: Option<Duration>,
    pub(super) lag: Duration,
    pub(super) page: usize,
    pub(super) total: usize,
    pub(super) throttles: Vec<Throttle>,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(super) url: String,
    pub(super) files_url: String,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) channels: Vec<Channel>,
    pub(super) users: BTreeMap<String, String>,
    pub(super) messages: Vec<Message>,
    pub(super) files: Vec<File>,
    pub(super) hooks: BTreeMap<String, Hook>,
    pub(super) triggers: BTreeMap<String, Trigger>,
    pub(super) set: Behaviour,
    pub(super) last_ts: u64,
    pub(super) count: usize,
}

impl Workspace {
    pub(super) fn new() -> Self {
        let mut own = Self {
            url: String::new(),
            files_url: String::new(),
            tokens: BTreeMap::new(),
            channels: Vec::new(),
            users: BTreeMap::from([(OCTOCAT.to_owned(), "octocat".to_owned())]),
            messages: Vec::new(),
            files: Vec::new(),
            hooks: BTreeMap::new(),
            triggers: BTreeMap::new(),
            set: Behaviour {
                edit_window: None,
                lag: Duration::ZERO,
                page: usize::MAX,
                total: super::blocks::TOTAL,
                throttles: Vec::new(),
            },
            last_ts: 0,
            count: 0,
        };
        own.add_token(BOT_TOKEN, ALL_SCOPES, BOT_USER);
        own.channels = vec![
            Channel::new(GENERAL, "general"),
            Channel::new(DEPLOYS, "deploys"),
            Channel { is_member: false, ..Channel::new(OTHERS, "others") },
            Channel { is_private: true, is_member: false, ..Channel::new(SECRET, "secret") },
            Channel { is_archived: true, ..Channel::new(ARCHIVED, "old") },
        ];
        own
    }

    pub(super) fn add_token(&mut self, token: &str, scopes: &[&str], user: &str) {
        let bot = format!("B{}", user.get(1..).unwrap_or_default());
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let token_is = Token { scopes, user: user.to_owned(), bot, state: TokenState::Active };
        self.tokens.insert(token.to_owned(), token_is);
    }

    /// A number that was not given before.
    pub(super) fn next(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    /// A time stamp after all others.
    pub(super) fn next_ts(&mut self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        self.last_ts = now.max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> &mut Channel {
        let found = self.channels.iter_mut().find(|channel| channel.id == id);
        found.unwrap_or_else(|| panic!("there is no channel {id}"))
    }

    /// A message that can be seen, by channel and time.
    pub(super) fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        let seen = |message: &Message| {
            !message.is_deleted && message.ephemeral_to.is_none() && message.channel == channel
        };
        self.messages.iter_mut().find(|message| seen(message) && message.ts == ts)
    }

    /// Keeps a message and gives its time.
    pub(super) fn keep(&mut self, mut message: Message) -> String {
        message.ts = self.next_ts();
        let ts = message.ts.clone();
        self.messages.push(message);
        ts
    }

    pub(super) fn draft(channel: &str, user: &str, way: Way) -> Message {
        Message {
            channel: channel.to_owned(),
            ts: String::new(),
            thread_ts: None,
            is_broadcast: false,
            user: user.to_owned(),
            text: String::new(),
            blocks: json!([]),
            attachments: json!([]),
            metadata: Value::Null,
            arguments: Value::Null,
            edited: None,
            updates: 0,
            reactions: Vec::new(),
            files: Vec::new(),
            ephemeral_to: None,
            is_deleted: false,
            way,
            bot: None,
            since: Instant::now(),
        }
    }

    /// How long until this call is within the rates; `None` when it is.
    pub(super) fn throttled(&mut self, name: &str, channel: &str) -> Option<Duration> {
        let now = Instant::now();
        for throttle in &mut self.set.throttles {
            if !crate::fault::wildcard(&throttle.on, name) {
                continue;
            }
            let window = throttle.window;
            throttle.calls.retain(|(_, at)| now.duration_since(*at) < window);
            let of_channel = throttle.calls.iter().filter(|(at, _)| at == channel);
            let times: Vec<Instant> = of_channel.map(|(_, at)| *at).collect();
            if times.len() >= throttle.most {
                let first = times.first().copied().unwrap_or(now);
                return Some(window.saturating_sub(now.duration_since(first)));
            }
            throttle.calls.push((channel.to_owned(), now));
        }
        None
    }
}

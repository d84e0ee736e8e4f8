//! A Slack workspace that keeps state, on loopback: Web API, incoming webhooks, workflow triggers
//! and the host files are uploaded to.
//!
//! It answers as Slack does (also `200` with `"ok": false`), checks Block Kit with its limits, and
//! goes wrong when it is told to.
//!
//! ```
//! # use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
//! # use launchway_testkit::client::request;
//! let slack = FakeSlack::start();
//! let url = format!("{}/chat.postMessage", slack.api_url());
//! let bearer = format!("Bearer {BOT_TOKEN}");
//! let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
//! let body = format!(r#"{{"channel":"{DEPLOYS}","text":"hello"}}"#);
//! assert_eq!(request("POST", &url, &headers, body.as_bytes()).unwrap().json()["ok"], true);
//! assert_eq!(slack.messages(DEPLOYS)[0].text, "hello");
//! ```

mod arguments;
mod blocks;
mod chat;
mod conversations;
mod elements;
mod files;
mod hooks;
mod rich_text;
mod route;
mod state;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::chat::{Shared, Trouble, lock, open};
use crate::kill::KillSwitch;
use crate::record::Recorded;
use crate::target::Target;

pub use crate::chat::{How, Limit};
pub use blocks::{Refusal, TOTAL, check_attachments, check_blocks};
pub use state::{
    ALL_SCOPES, ARCHIVED, BOT_TOKEN, BOT_USER, Channel, DEPLOYS, File, GENERAL, HookState, Message,
    OCTOCAT, OTHERS, SECRET, TokenState, Way,
};
use state::{Hook, Throttle, Trigger, Workspace};

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeSlack {
    shared: Arc<Mutex<Shared<Workspace>>>,
    url: String,
    files_url: String,
    _doors: [Target; 2],
}

impl FakeSlack {
    /// Starts on two free loopback ports (Slack and its host for uploads), with the channels and
    /// the app of this module's constants, and no message.
    pub fn start() -> Self {
        let shared = Shared::new(Workspace::new());
        let slack = open("slack", &shared, |_| {});
        let files = open("slack", &shared, |asked| asked.path.insert_str(0, route::UPLOADS));
        let (url, files_url) = (slack.url(""), files.url(""));
        let mut state = lock(&shared);
        state.service.url.clone_from(&url);
        state.service.files_url.clone_from(&files_url);
        drop(state);
        Self { shared, url, files_url, _doors: [slack, files] }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Workspace) -> T) -> T {
        act(&mut lock(&self.shared).service)
    }

    /// `http://127.0.0.1:<port>`, no final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `http://127.0.0.1:<port>/api`: what stands instead of `https://slack.com/api`.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.url)
    }

    /// The origin of upload addresses; another port, which must never see a token.
    pub fn files_url(&self) -> &str {
        &self.files_url
    }

    /// One more app with these scopes; it is another user than that of [`BOT_TOKEN`].
    pub fn add_token(&self, token: &str, scopes: &[&str]) -> &Self {
        self.with(|own| {
            let user = format!("U0APP{:06}", own.next());
            own.add_token(token, scopes, &user);
        });
        self
    }

    /// The token has these scopes from now on.
    ///
    /// # Panics
    /// When there is no such token.
    pub fn limit_scopes(&self, token: &str, scopes: &[&str]) -> &Self {
        self.with(|own| {
            let token = own.tokens.get_mut(token).expect("a token that was added");
            token.scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        });
        self
    }

    /// The token stands so from now on.
    ///
    /// # Panics
    /// When there is no such token.
    pub fn token_state(&self, token: &str, state: TokenState) -> &Self {
        self.with(|own| own.tokens.get_mut(token).expect("a token that was added").state = state);
        self
    }

    /// A public channel with apps as members.
    pub fn add_channel(&self, id: &str, name: &str) -> &Self {
        self.with(|own| own.channels.push(Channel::new(id, name)));
        self
    }

    /// Changes a channel, by id: `slack.channel(DEPLOYS, |channel| channel.is_archived = true)`.
    ///
    /// # Panics
    /// When there is no such channel.
    pub fn channel(&self, id: &str, change: impl FnOnce(&mut Channel)) -> &Self {
        self.with(|own| change(own.channel_mut(id)));
        self
    }

    /// A person.
    pub fn add_user(&self, id: &str, name: &str) -> &Self {
        self.with(|own| own.users.insert(id.to_owned(), name.to_owned()));
        self
    }

    /// An incoming webhook to this channel (an id). Returns its address.
    pub fn add_webhook(&self, channel: &str) -> String {
        let path = self.with(|own| {
            let number = own.next();
            let path =
                format!("/services/{}/B0HOOK{number:05}/fakeHookKey{number:013}", state::TEAM);
            let hook = Hook { channel: channel.to_owned(), state: HookState::Active };
            own.hooks.insert(path.clone(), hook);
            path
        });
        format!("{}{path}", self.url)
    }

    /// The webhook stands so from now on.
    ///
    /// # Panics
    /// When the address is of none.
    pub fn webhook_state(&self, address: &str, state: HookState) -> &Self {
        let path = address.strip_prefix(self.url.as_str()).unwrap_or(address);
        self.with(|own| own.hooks.get_mut(path).expect("a webhook that was added").state = state);
        self
    }

    /// A webhook trigger of a workflow with these inputs (all required, all strings). Returns its
    /// address. It answers `{"ok":true}`.
    pub fn add_trigger(&self, inputs: &[&str]) -> String {
        self.trigger(inputs, false)
    }

    /// The same, answering 200 with an empty body.
    pub fn add_silent_trigger(&self, inputs: &[&str]) -> String {
        self.trigger(inputs, true)
    }

    fn trigger(&self, inputs: &[&str], is_silent: bool) -> String {
        let path = self.with(|own| {
            let number = own.next();
            let path = format!("/triggers/{}/{number:013}/fakeTriggerKey{number:018}", state::TEAM);
            let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
            own.triggers.insert(path.clone(), Trigger { inputs, is_silent, runs: Vec::new() });
            path
        });
        format!("{}{path}", self.url)
    }

    /// The bodies with which the trigger was started, in order.
    pub fn trigger_runs(&self, address: &str) -> Vec<Value> {
        let path = address.strip_prefix(self.url.as_str()).unwrap_or(address);
        self.with(|own| own.triggers.get(path).map(|trigger| trigger.runs.clone()))
            .unwrap_or_default()
    }

    /// Somebody else writes this. Returns its time.
    pub fn post_as_other(&self, channel: &str, text: &str) -> String {
        self.with(|own| {
            let mut message = Workspace::draft(channel, OCTOCAT, Way::Other);
            text.clone_into(&mut message.text);
            own.keep(message)
        })
    }

    /// Somebody else writes this with metadata: for one who forges a key. Returns its time.
    pub fn post_as_other_with(&self, channel: &str, text: &str, metadata: Value) -> String {
        self.with(|own| {
            let mut message = Workspace::draft(channel, OCTOCAT, Way::Other);
            text.clone_into(&mut message.text);
            message.metadata = metadata;
            own.keep(message)
        })
    }

    /// Somebody deletes the message.
    ///
    /// # Panics
    /// When there is none.
    pub fn delete(&self, channel: &str, ts: &str) -> &Self {
        self.with(|own| own.message(channel, ts).expect("a message").is_deleted = true);
        self
    }

    /// Messages older than this cannot be updated: `edit_window_closed`. Zero closes it at once;
    /// `None` (so from the start) never.
    pub fn edit_window(&self, window: Option<Duration>) -> &Self {
        self.with(|own| own.set.edit_window = window);
        self
    }

    /// Messages are found by `conversations.history` and `.replies` only so long after they came.
    pub fn history_lag(&self, lag: Duration) -> &Self {
        self.with(|own| own.set.lag = lag);
        self
    }

    /// Pages hold at most so many entries, whatever `limit` says.
    pub fn page_size(&self, size: usize) -> &Self {
        self.with(|own| own.set.page = size);
        self
    }

    /// The most characters over all blocks ([`TOTAL`] from the start); more is
    /// `msg_blocks_too_long`.
    pub fn blocks_total(&self, characters: usize) -> &Self {
        self.with(|own| own.set.total = characters);
        self
    }

    /// More than so many calls within the window for one channel (or webhook) get 429 with
    /// `Retry-After`. `on` is a pattern as of [`Trouble::on`], for webhooks `webhook`.
    pub fn throttle(&self, on: &str, most: usize, window: Duration) -> &Self {
        let throttle = Throttle { on: on.to_owned(), most, window, calls: Vec::new() };
        self.with(|own| own.set.throttles.push(throttle));
        self
    }

    /// Makes something go wrong.
    pub fn fail(&self, trouble: Trouble) -> &Self {
        lock(&self.shared).troubles.add(trouble);
        self
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) -> &Self {
        lock(&self.shared).troubles.clear();
        self
    }

    /// Counts writes (not reads sent by POST) with this switch, which may kill the program.
    pub fn kill_switch(&self, switch: &KillSwitch) -> &Self {
        lock(&self.shared).kill = Some(switch.clone());
        self
    }

    /// The messages of a channel (by id) that everybody sees, in order, threads among them.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let mut all = self.all_messages();
        all.retain(|one| one.channel == channel && !one.is_deleted && one.ephemeral_to.is_none());
        all
    }

    /// Every message there ever was.
    pub fn all_messages(&self) -> Vec<Message> {
        self.with(|own| own.messages.clone())
    }

    /// The message with this time.
    pub fn message(&self, ts: &str) -> Option<Message> {
        self.all_messages().into_iter().find(|message| message.ts == ts)
    }

    /// Every file there ever was.
    pub fn files(&self) -> Vec<File> {
        self.with(|own| own.files.clone())
    }

    /// Every request so far with its answer; those to the host for uploads have paths that begin
    /// with `/uploads`.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }

    /// The requests to a method of the Web API, or those whose path begins with this (`/services`).
    pub fn requests_to(&self, what: &str) -> Vec<Recorded> {
        let prefix = if what.starts_with('/') { what.to_owned() } else { format!("/api/{what}") };
        let mut all = self.requests();
        all.retain(|one| {
            one.path == prefix || (what.starts_with('/') && one.path.starts_with(&prefix))
        });
        all
    }

    /// What was asked, in order: names of methods, `webhook`, `trigger`, `upload`.
    pub fn calls(&self) -> Vec<String> {
        self.requests().iter().map(|one| route::name(&one.path)).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) -> &Self {
        lock(&self.shared).log.seen.clear();
        self
    }

    /// The hosts (`127.0.0.1:<port>`) that saw this text in a header, an address or a body.
    pub fn hosts_that_saw(&self, text: &str) -> BTreeSet<String> {
        let saw = |one: &Recorded| {
            one.headers.iter().any(|(_, value)| value.contains(text))
                || [&one.path, &one.query, &one.body].iter().any(|part| part.contains(text))
        };
        let all = self.requests();
        let hosts = all.iter().filter(|one| saw(one)).filter_map(|one| one.header("host"));
        hosts.map(str::to_owned).collect()
    }
}

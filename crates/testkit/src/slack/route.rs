//! Which call it is, who may make it, and what it is answered.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::state::{Token, TokenState, Workspace};
use crate::chat::{Answer, Service};
use crate::server::Incoming;

/// How paths of the host for uploads begin here.
pub(super) const UPLOADS: &str = "/uploads";

/// Why a call is refused: the word, and what else the answer says.
#[derive(Debug)]
pub(super) struct No {
    pub(super) word: String,
    pub(super) more: Value,
}

impl From<&str> for No {
    fn from(word: &str) -> Self {
        Self { word: word.to_owned(), more: json!({}) }
    }
}

impl No {
    /// `invalid_arguments` with what is wrong.
    pub(super) fn arguments(message: &str) -> Self {
        let more = json!({ "response_metadata": { "messages": [format!("[ERROR] {message}")] } });
        Self { word: "invalid_arguments".to_owned(), more }
    }
}

/// What a call gives.
pub(super) type Outcome = Result<Value, No>;

/// What rules and logs call it.
pub(super) fn name(path: &str) -> String {
    match path.strip_prefix("/api/") {
        Some(method) => method.to_owned(),
        None if path.starts_with("/services/") => "webhook".to_owned(),
        None if path.starts_with("/triggers/") => "trigger".to_owned(),
        None if path.starts_with(UPLOADS) => "upload".to_owned(),
        None => path.to_owned(),
    }
}

/// Methods that change nothing.
const READS: &[&str] = &[
    "auth.test",
    "api.test",
    "chat.getPermalink",
    "conversations.history",
    "conversations.replies",
    "conversations.info",
    "conversations.list",
    "conversations.open",
    "users.conversations",
];

/// Methods that take no JSON.
const FORMS_ONLY: &[&str] = &[
    "chat.getPermalink",
    "conversations.replies",
    "conversations.info",
    "conversations.list",
    "users.conversations",
    "files.getUploadURLExternal",
];

impl Service for Workspace {
    fn answer(&mut self, asked: &Incoming) -> Answer {
        let name = self.name(asked);
        match name.as_str() {
            "webhook" => self.webhook(asked),
            "trigger" => self.run_trigger(asked),
            "upload" => self.upload(asked),
            _ if asked.path.starts_with("/api/") => self.api(&name, asked),
            _ => Answer::text(404, "not found"),
        }
    }

    fn name(&self, asked: &Incoming) -> String {
        name(&asked.path)
    }

    fn is_write(&self, asked: &Incoming) -> bool {
        !READS.contains(&name(&asked.path).as_str())
    }

    fn refuse(&self, asked: &Incoming, word: &str) -> Answer {
        match name(&asked.path).as_str() {
            "webhook" => super::hooks::refuse(word),
            "trigger" => Answer::json(400, &json!({ "ok": false, "error": word })),
            "upload" => Answer::text(500, word),
            _ => Answer::json(200, &json!({ "ok": false, "error": word })),
        }
    }

    fn limit_body(&self, asked: &Incoming, _seconds: f64) -> Answer {
        if name(&asked.path) == "webhook" {
            return Answer::text(429, "rate_limited");
        }
        Answer::json(429, &json!({ "ok": false, "error": "ratelimited" }))
    }
}

impl Workspace {
    fn api(&mut self, method: &str, asked: &Incoming) -> Answer {
        let arguments = match Arguments::read(asked) {
            Ok(arguments) => arguments,
            Err(word) => return self.refuse(asked, word),
        };
        let channel = arguments.text("channel").unwrap_or_default();
        if let Some(wait) = self.throttled(method, &channel) {
            return self.throttle_answer(asked, wait);
        }
        let outcome = self.call(method, asked, &arguments);
        let (is_ok, mut body) = match outcome {
            Ok(body) => (true, body),
            Err(No { word, mut more }) => {
                more["error"] = json!(word);
                (false, more)
            }
        };
        let mut whole = json!({ "ok": is_ok });
        if let (Value::Object(whole), Value::Object(body)) = (&mut whole, &mut body) {
            whole.append(body);
        }
        if let Some(warning) = arguments.warning {
            warn(&mut whole, warning);
        }
        let mut answer = Answer::json(200, &whole);
        answer.header("x-slack-req-id", "0123456789abcdef0123456789abcdef");
        if let Some(token) = bearer(asked, &arguments).and_then(|token| self.tokens.get(&token)) {
            answer.header("x-oauth-scopes", &token.scopes.join(","));
        }
        answer
    }

    pub(super) fn throttle_answer(&self, asked: &Incoming, wait: std::time::Duration) -> Answer {
        let mut answer = self.limit_body(asked, wait.as_secs_f64());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        answer.header("retry-after", &seconds.max(1).to_string());
        answer
    }

    fn call(&mut self, method: &str, asked: &Incoming, arguments: &Arguments) -> Outcome {
        if method == "api.test" {
            return Ok(json!({ "args": arguments.all() }));
        }
        let token = self.token(bearer(asked, arguments))?;
        if arguments.is_json && FORMS_ONLY.contains(&method) {
            return Err(No::arguments("this method takes no JSON"));
        }
        match method {
            "auth.test" => Ok(json!({
                "url": "https://launchway.slack.com/", "team": "Launchway", "user": "launchway",
                "team_id": super::state::TEAM, "user_id": token.user, "bot_id": token.bot,
            })),
            "chat.postMessage" => self.post_message(&token, arguments),
            "chat.update" => self.update(&token, arguments),
            "chat.delete" => self.delete_message(&token, arguments),
            "chat.postEphemeral" => self.post_ephemeral(&token, arguments),
            "chat.getPermalink" => self.permalink(arguments),
            "conversations.history" => self.history(&token, arguments),
            "conversations.replies" => self.replies(&token, arguments),
            "conversations.info" => self.info(&token, arguments),
            "conversations.list" => self.list(&token, arguments),
            "conversations.open" => self.open_direct(&token, arguments),
            "users.conversations" => self.own(&token, arguments),
            "reactions.add" => self.react(&token, arguments),
            "reactions.remove" => self.unreact(&token, arguments),
            "files.getUploadURLExternal" => self.upload_url(&token, arguments),
            "files.completeUploadExternal" => self.complete_upload(&token, arguments),
            _ => Err("unknown_method".into()),
        }
    }

    fn token(&self, token: Option<String>) -> Result<Token, No> {
        let token = token.ok_or("not_authed")?;
        let found = self.tokens.get(&token).ok_or("invalid_auth")?;
        match found.state {
            TokenState::Active => Ok(found.clone()),
            TokenState::Revoked => Err("token_revoked".into()),
            TokenState::Expired => Err("token_expired".into()),
            TokenState::Inactive => Err("account_inactive".into()),
        }
    }
}

impl Token {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    pub(super) fn needs(&self, scope: &str) -> Result<(), No> {
        if self.has(scope) {
            return Ok(());
        }
        let more = json!({ "needed": scope, "provided": self.scopes.join(",") });
        Err(No { word: "missing_scope".to_owned(), more })
    }
}

/// Adds a warning to an answer.
pub(super) fn warn(body: &mut Value, warning: &str) {
    let list = &mut body["response_metadata"]["warnings"];
    match list {
        Value::Array(list) => list.push(json!(warning)),
        _ => *list = json!([warning]),
    }
    let joined: Vec<&str> =
        list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    body["warning"] = json!(joined.join(","));
}

/// The token: a header, or an argument unless the body is JSON.
fn bearer(asked: &Incoming, arguments: &Arguments) -> Option<String> {
    if let Some(value) = asked.header("authorization") {
        return value.strip_prefix("Bearer ").map(str::to_owned);
    }
    arguments.filled("token").filter(|_| !arguments.is_json)
}

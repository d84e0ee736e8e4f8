//! Discord: a webhook of a channel.
//!
//! ```
//! # use launchway_testkit::chat::discord::FakeDiscord;
//! let discord = FakeDiscord::start();
//! let url = discord.webhook(); // http://127.0.0.1:<port>/api/webhooks/<id>/<token>
//! assert!(discord.messages().is_empty());
//! ```

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::{Answer, Service, Shared, Trouble, lock, open};
use crate::kill::KillSwitch;
use crate::record::Recorded;
use crate::server::Incoming;
use crate::target::Target;

const ID: &str = "1000000000000000001";
const TOKEN: &str = "fakeWebhookTokenFakeWebhookTokenFakeWebhookToken";

#[derive(Debug, Default)]
struct Discord {
    /// What was posted, with its id.
    messages: Vec<Value>,
    count: u64,
}

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeDiscord {
    shared: Arc<Mutex<Shared<Discord>>>,
    target: Target,
}

impl FakeDiscord {
    /// Starts on a free loopback port.
    pub fn start() -> Self {
        let shared = Shared::new(Discord::default());
        let target = open("discord", &shared, |_| {});
        Self { shared, target }
    }

    /// The address to post to; its last part is the secret. `204`, with `?wait=true` `200` and the
    /// message. `PATCH …/messages/<id>` edits one.
    pub fn webhook(&self) -> String {
        self.target.url(&format!("/api/webhooks/{ID}/{TOKEN}"))
    }

    /// The messages as they stand, each as it was sent, with its `id`.
    pub fn messages(&self) -> Vec<Value> {
        lock(&self.shared).service.messages.clone()
    }

    /// Makes something go wrong. Every request is called `webhook`.
    pub fn fail(&self, trouble: Trouble) -> &Self {
        lock(&self.shared).troubles.add(trouble);
        self
    }

    /// Counts posts with this switch, which may kill the program.
    pub fn kill_switch(&self, switch: &KillSwitch) -> &Self {
        lock(&self.shared).kill = Some(switch.clone());
        self
    }

    /// Every request so far with its answer.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }
}

fn no(status: u16, code: u32, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message, "code": code }))
}

impl Service for Discord {
    fn answer(&mut self, asked: &Incoming) -> Answer {
        let mut parts = asked.path.trim_start_matches('/').split('/');
        // A version may stand between: `/api/v10/webhooks/…`.
        let mut parts = parts.by_ref().filter(|part| !part.starts_with('v'));
        if parts.next() != Some("api") || parts.next() != Some("webhooks") {
            return no(404, 0, "404: Not Found");
        }
        if parts.next() != Some(ID) {
            return no(404, 10015, "Unknown Webhook");
        }
        if parts.next() != Some(TOKEN) {
            return no(401, 50027, "Invalid Webhook Token");
        }
        let edits = match (parts.next(), parts.next()) {
            (None, _) => None,
            (Some("messages"), Some(id)) => Some(id.to_owned()),
            _ => return no(404, 0, "404: Not Found"),
        };
        let Ok(body) = serde_json::from_slice::<Value>(&asked.body) else {
            return no(400, 50109, "The request body contains invalid JSON.");
        };
        let errors = check_message(&body, edits.is_none());
        if errors.get("empty").is_some() {
            return no(400, 50006, "Cannot send an empty message");
        }
        if !errors.is_empty() {
            let whole = json!({ "message": "Invalid Form Body", "code": 50035, "errors": errors });
            return Answer::json(400, &whole);
        }
        match (asked.method.as_str(), edits) {
            ("POST", None) => {
                self.count += 1;
                let mut message = body;
                message["id"] = json!((1_100_000_000_000_000_000 + self.count).to_string());
                self.messages.push(message.clone());
                if asked.query.split('&').any(|pair| pair == "wait=true") {
                    message["channel_id"] = json!("1000000000000000002");
                    return Answer::json(200, &message);
                }
                Answer::new(204, "", "")
            }
            ("PATCH", Some(id)) => {
                let Some(message) = self.messages.iter_mut().find(|one| one["id"] == id.as_str())
                else {
                    return no(404, 10008, "Unknown Message");
                };
                for (name, value) in body.as_object().into_iter().flatten() {
                    message[name] = value.clone();
                }
                Answer::json(200, message)
            }
            _ => no(405, 0, "405: Method Not Allowed"),
        }
    }

    fn name(&self, _asked: &Incoming) -> String {
        "webhook".to_owned()
    }

    fn refuse(&self, _asked: &Incoming, word: &str) -> Answer {
        no(400, 0, word)
    }

    fn limit_body(&self, _asked: &Incoming, seconds: f64) -> Answer {
        self.limit_json(seconds)
    }

    fn limit_json(&self, seconds: f64) -> Answer {
        let body = json!({
            "message": "You are being rate limited.", "retry_after": seconds, "global": false,
        });
        Answer::json(429, &body)
    }
}

/// What is wrong with a message, by field; empty when nothing is. A message that says nothing is
/// `empty`.
pub fn check_message(body: &Value, is_new: bool) -> Map<String, Value> {
    let mut found = Map::new();
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let mut limit = |at: String, value: &Value, most: usize| {
        if length(value) > most {
            let message = format!("Must be {most} or fewer in length.");
            let error = json!([{ "code": "BASE_TYPE_MAX_LENGTH", "message": message }]);
            found.insert(at, json!({ "_errors": error }));
        }
    };
    limit("content".to_owned(), &body["content"], 2000);
    limit("username".to_owned(), &body["username"], 80);
    limit("thread_name".to_owned(), &body["thread_name"], 100);
    let embeds = body["embeds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut total = 0;
    for (index, embed) in embeds.iter().enumerate() {
        let at = format!("embeds.{index}");
        let footer = &embed["footer"]["text"];
        let author = &embed["author"]["name"];
        limit(format!("{at}.title"), &embed["title"], 256);
        limit(format!("{at}.description"), &embed["description"], 4096);
        limit(format!("{at}.footer.text"), footer, 2048);
        limit(format!("{at}.author.name"), author, 256);
        total += length(&embed["title"]) + length(&embed["description"]);
        total += length(footer) + length(author);
        for (number, field) in embed["fields"].as_array().into_iter().flatten().enumerate() {
            limit(format!("{at}.fields.{number}.name"), &field["name"], 256);
            limit(format!("{at}.fields.{number}.value"), &field["value"], 1024);
            total += length(&field["name"]) + length(&field["value"]);
        }
    }
    let mut add = |at: &str, code: &str, message: &str| {
        found.insert(at.to_owned(), json!({ "_errors": [{ "code": code, "message": message }] }));
    };
    if embeds.len() > 10 {
        add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.");
    } else if total > 6000 {
        add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
    }
    for (index, embed) in embeds.iter().enumerate() {
        let at = format!("embeds.{index}");
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        if fields.len() > 25 {
            add(&format!("{at}.fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
        }
        for (number, field) in fields.iter().enumerate() {
            for name in ["name", "value"] {
                if length(&field[name]) == 0 {
                    let at = format!("{at}.fields.{number}.{name}");
                    add(&at, "BASE_TYPE_REQUIRED", "This field is required");
                }
            }
        }
        let url = embed["url"].as_str();
        if url.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            add(&format!("{at}.url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        }
        let color = &embed["color"];
        if !color.is_null() && color.as_u64().is_none_or(|color| color > 0x00ff_ffff) {
            add(&format!("{at}.color"), "NUMBER_TYPE_MAX", "int value should be at most 16777215.");
        }
    }
    if is_new && length(&body["content"]) == 0 && embeds.is_empty() {
        add("empty", "EMPTY", "Cannot send an empty message");
    }
    found
}

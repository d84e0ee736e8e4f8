//! Microsoft Teams: a webhook of a workflow (Power Automate).
//!
//! ```
//! # use launchway_testkit::chat::teams::FakeTeams;
//! let teams = FakeTeams::start();
//! let url = teams.webhook(); // http://127.0.0.1:<port>/workflows/…?…&sig=…
//! assert!(teams.cards().is_empty());
//! ```

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Answer, Service, Shared, Trouble, lock, open};
use crate::kill::KillSwitch;
use crate::record::Recorded;
use crate::server::Incoming;
use crate::target::Target;

/// The most bytes of a message.
pub const LIMIT: usize = 28 * 1024;
const PATH: &str = "/workflows/00000000000000000000000000000000/triggers/manual/paths/invoke";
const QUERY: &str =
    "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=fakeSigFakeSig";

#[derive(Debug, Default)]
struct Teams {
    cards: Vec<Value>,
}

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeTeams {
    shared: Arc<Mutex<Shared<Teams>>>,
    target: Target,
}

impl FakeTeams {
    /// Starts on a free loopback port.
    pub fn start() -> Self {
        let shared = Shared::new(Teams::default());
        let target = open("teams", &shared, |_| {});
        Self { shared, target }
    }

    /// The address to post to; its `sig` is the secret.
    pub fn webhook(&self) -> String {
        self.target.url(&format!("{PATH}?{QUERY}"))
    }

    /// The Adaptive Cards that were taken, in order.
    pub fn cards(&self) -> Vec<Value> {
        lock(&self.shared).service.cards.clone()
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

fn no(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": { "code": code, "message": message } }))
}

impl Service for Teams {
    fn answer(&mut self, asked: &Incoming) -> Answer {
        if asked.path != PATH {
            return no(404, "WorkflowNotFound", "The requested workflow could not be found.");
        }
        if asked.query != QUERY {
            return no(401, "AuthorizationFailed", "The authentication credentials are not valid.");
        }
        if asked.method != "POST" {
            return no(405, "MethodNotAllowed", "Only POST is allowed.");
        }
        if asked.body.len() > LIMIT {
            return no(413, "RequestEntityTooLarge", "The message is larger than 28 KB.");
        }
        let Ok(body) = serde_json::from_slice::<Value>(&asked.body) else {
            return no(400, "InvalidRequestContent", "The request content is not valid JSON.");
        };
        match check_message(&body) {
            Ok(cards) => {
                self.cards.extend(cards);
                Answer::new(202, "", "")
            }
            Err(message) => no(400, "TriggerInputSchemaMismatch", &message),
        }
    }

    fn name(&self, _asked: &Incoming) -> String {
        "webhook".to_owned()
    }

    fn refuse(&self, _asked: &Incoming, word: &str) -> Answer {
        no(400, word, "refused")
    }

    fn limit_body(&self, _asked: &Incoming, _seconds: f64) -> Answer {
        no(429, "WorkflowRequestThrottled", "Rate limit is exceeded. Try again later.")
    }
}

/// The cards of a message.
///
/// # Errors
/// What is wrong, with a JSON pointer.
pub fn check_message(body: &Value) -> Result<Vec<Value>, String> {
    if body["type"] != "message" {
        return Err("/type: must be \"message\"".to_owned());
    }
    let list = body["attachments"].as_array().filter(|list| !list.is_empty());
    let list = list.ok_or("/attachments: must be a list that is not empty")?;
    for (index, attachment) in list.iter().enumerate() {
        let at = format!("/attachments/{index}");
        if attachment["contentType"] != "application/vnd.microsoft.card.adaptive" {
            return Err(format!("{at}/contentType: is not that of an Adaptive Card"));
        }
        check_card(&attachment["content"], &format!("{at}/content"))?;
    }
    Ok(list.iter().map(|attachment| attachment["content"].clone()).collect())
}

fn check_card(card: &Value, at: &str) -> Result<(), String> {
    if card["type"] != "AdaptiveCard" {
        return Err(format!("{at}/type: must be \"AdaptiveCard\""));
    }
    let version = card["version"].as_str().and_then(|text| text.split_once('.'));
    if !version.is_some_and(|(major, minor)| {
        major == "1" && matches!(minor, "0" | "1" | "2" | "3" | "4" | "5")
    }) {
        return Err(format!("{at}/version: must be 1.0 to 1.5"));
    }
    elements(&card["body"], &format!("{at}/body"))?;
    actions(&card["actions"], &format!("{at}/actions"))
}

fn elements(list: &Value, at: &str) -> Result<(), String> {
    let list = list.as_array().ok_or(format!("{at}: must be a list"))?;
    for (index, element) in list.iter().enumerate() {
        check_element(element, &format!("{at}/{index}"))?;
    }
    Ok(())
}

fn check_element(element: &Value, at: &str) -> Result<(), String> {
    let text = |name: &str| match element[name].as_str() {
        Some(text) if !text.is_empty() => Ok(()),
        _ => Err(format!("{at}/{name}: must be a text that is not empty")),
    };
    let list = |name: &str| {
        element[name].as_array().map(Vec::as_slice).ok_or(format!("{at}/{name}: must be a list"))
    };
    match element["type"].as_str().unwrap_or_default() {
        "TextBlock" => text("text"),
        "Image" => text("url"),
        "FactSet" => {
            for (index, fact) in list("facts")?.iter().enumerate() {
                if !fact["title"].is_string() || !fact["value"].is_string() {
                    return Err(format!("{at}/facts/{index}: must have title and value"));
                }
            }
            Ok(())
        }
        "RichTextBlock" => {
            for (index, run) in list("inlines")?.iter().enumerate() {
                if !run.is_string() && (run["type"] != "TextRun" || !run["text"].is_string()) {
                    return Err(format!("{at}/inlines/{index}: must be a text or a TextRun"));
                }
            }
            Ok(())
        }
        "Container" => elements(&element["items"], &format!("{at}/items")),
        "ColumnSet" => {
            for (index, column) in list("columns")?.iter().enumerate() {
                elements(&column["items"], &format!("{at}/columns/{index}/items"))?;
            }
            Ok(())
        }
        "ActionSet" => actions(&element["actions"], &format!("{at}/actions")),
        "CodeBlock" => text("codeSnippet"),
        "ImageSet" | "Table" => Ok(()),
        other => Err(format!("{at}/type: {other:?} is no element")),
    }
}

fn actions(list: &Value, at: &str) -> Result<(), String> {
    if list.is_null() {
        return Ok(());
    }
    let list = list.as_array().ok_or(format!("{at}: must be a list"))?;
    for (index, action) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        match action["type"].as_str().unwrap_or_default() {
            "Action.OpenUrl" => {
                let url = action["url"].as_str().unwrap_or_default();
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    return Err(format!("{at}/url: must be a web address"));
                }
            }
            "Action.Submit" | "Action.ShowCard" | "Action.ToggleVisibility" | "Action.Execute" => {}
            other => return Err(format!("{at}/type: {other:?} is no action")),
        }
    }
    Ok(())
}

//! The Web API: one call of a method with a bearer token, sent to the API's address and nowhere else.

use launchway_base::{Failure, Secret};
use launchway_http::{Client, Request, Response, Url, header};
use launchway_runtime::Session;
use serde_json::{Map, Value};

use super::answer::{self, Answer, Way};
use crate::deliver::{self, Sent, Terms};
use crate::payload::flatten;

/// A call of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name, such as `chat.postMessage`.
    pub method: String,
    /// Its arguments.
    pub body: Map<String, Value>,
    /// Whether they are sent as a form, which every method takes.
    pub is_form: bool,
}

impl Call {
    /// A call.
    pub fn new(method: impl Into<String>, body: Map<String, Value>) -> Self {
        Self { method: method.into(), body, is_form: false }
    }

    /// The same, sent as a form: for methods and arguments nobody here knows.
    #[must_use]
    pub fn as_form(self) -> Self {
        Self { is_form: true, ..self }
    }

    /// Whether it has the same effect however often it arrives.
    pub fn is_idempotent(&self) -> bool {
        let name = self.method.as_str();
        matches!(
            name,
            "chat.update"
                | "chat.delete"
                | "chat.getPermalink"
                | "reactions.add"
                | "reactions.remove"
                | "files.getUploadURLExternal"
                | "auth.test"
                | "users.conversations"
                | "conversations.open"
                | "api.test"
        ) || [".info", ".list", ".history", ".replies", ".members", ".lookupByEmail"]
            .iter()
            .any(|end| name.ends_with(end))
    }

    /// Whether the method takes JSON; the others take a form only.
    fn takes_json(&self) -> bool {
        let name = self.method.as_str();
        name != "chat.getPermalink"
            && (["chat.", "reactions.", "views.", "pins.", "bookmarks."]
                .iter()
                .any(|start| name.starts_with(start))
                || name == "files.completeUploadExternal")
    }

    /// Its arguments as they are sent, and their type.
    pub fn encoded(&self) -> (String, &'static str) {
        if self.takes_json() && !self.is_form {
            let text = Value::Object(self.body.clone()).to_string();
            return (text, "application/json; charset=utf-8");
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.body {
            match value {
                Value::Null => {}
                Value::String(text) => {
                    form.append_pair(name, text);
                }
                Value::Number(number) => {
                    form.append_pair(name, &flatten::number(number));
                }
                other => {
                    form.append_pair(name, &other.to_string());
                }
            }
        }
        (form.finish(), "application/x-www-form-urlencoded")
    }
}

/// The Web API of one workspace.
#[derive(Clone, Debug)]
pub struct Api {
    /// Sends.
    pub client: Client,
    /// The address before the method, without a slash at the end.
    pub base: String,
    /// The token.
    pub token: Secret,
    /// How calls are delivered; `idempotent` is told by the method.
    pub terms: Terms,
}

impl Api {
    /// Calls a method until it is taken, refused, or may not be called again.
    ///
    /// # Errors
    /// The call cannot be sent at all, as with a token no header may hold.
    pub async fn call(&self, session: &Session, call: &Call) -> Result<Sent, Failure> {
        let terms = Terms { idempotent: call.is_idempotent(), ..self.terms };
        deliver::send(session, &self.client, self.request(call)?, &terms, read).await
    }

    /// The request of a call.
    ///
    /// # Errors
    /// As for [`Self::call`].
    pub fn request(&self, call: &Call) -> Result<Request, Failure> {
        let (body, kind) = call.encoded();
        Ok(Request::post(&format!("{}/{}", self.base, call.method))?
            .with_bearer(&self.token)
            .map_err(|_| Failure::input("`token` has a character no token has"))?
            .with_header(header::CONTENT_TYPE, kind)?
            .with_body(body))
    }
}

/// What an answer of the Web API says.
pub fn read(response: &Response) -> deliver::Seen {
    let body = response.text();
    let status = response.status.as_u16();
    answer::read(Way::Method, &Answer { status, body: &body, wait: response.wait })
}

/// An answer as JSON; `null` where it is none.
pub fn json(sent: &Sent) -> Value {
    let read = |response: &Response| serde_json::from_slice(&response.body).ok();
    sent.response.as_ref().and_then(read).unwrap_or_default()
}

/// The call that tells where a message can be seen.
pub fn permalink(channel: &str, ts: &str) -> Call {
    let mut body = Map::new();
    body.insert("channel".to_owned(), channel.into());
    body.insert("message_ts".to_owned(), ts.into());
    Call::new("chat.getPermalink", body)
}

/// The address of the API unless another is given.
pub const API: &str = "https://slack.com/api";

/// The address of the API, checked: without a slash at the end.
///
/// # Errors
/// It is no `https` address; `http` is for this machine only.
pub fn base(text: &str) -> Result<String, Failure> {
    let text = text.trim().trim_end_matches('/');
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
        .filter(|url| url.query().is_none() && url.fragment().is_none());
    let url = url.ok_or_else(|| {
        Failure::input("`api-url` is no address of an API")
            .with_hint("write the part before the method, as in `https://slack.com/api`")
    })?;
    if !is_safe(&url) {
        return Err(Failure::input("`api-url` is no `https` address")
            .with_hint("the token goes there; `http` is for this machine only"));
    }
    Ok(text.to_owned())
}

/// Whether a secret may go to an address: `https`, or this machine.
pub fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_goes_over_https_or_stays_here() {
        for (text, good) in [
            ("https://slack.com/api", true),
            ("https://slack-gov.com/api/", true),
            ("http://127.0.0.1:8080/api", true),
            ("http://[::1]:8080", true),
            ("http://localhost:1/api/", true),
            ("http://slack.com/api", false),
            ("http://127.0.0.1.example.com/api", false),
            ("http://localhost.example.com/", false),
            ("ftp://slack.com/api", false),
            ("https://user:pass@slack.com/api", false),
            ("https://slack.com/api?x=1", false),
            ("slack.com/api", false),
            ("", false),
        ] {
            let got = base(text);
            assert_eq!(got.is_ok(), good, "{text}: {got:?}");
            assert!(got.is_err() || !got.unwrap().ends_with('/'));
        }
    }

    #[test]
    fn methods_get_what_they_take() {
        let body = json!({"channel": "C1", "blocks": [{"a": "&="}], "n": 1, "none": null});
        let Value::Object(body) = body else { unreachable!() };
        let (text, kind) = Call::new("chat.postMessage", body.clone()).encoded();
        assert!(kind.starts_with("application/json"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Object(body.clone()));
        let (text, kind) = Call::new("conversations.history", body).encoded();
        assert_eq!(kind, "application/x-www-form-urlencoded");
        assert!(text.contains("channel=C1") && text.contains("n=1") && !text.contains("none"));
        assert!(text.contains("blocks=%5B%7B%22a%22%3A%22%26%3D%22%7D%5D"), "{text}");
    }

    #[test]
    fn posting_is_not_idempotent_and_updating_is() {
        let is = |name: &str| Call::new(name, Map::new()).is_idempotent();
        for name in [
            "chat.postMessage",
            "chat.postEphemeral",
            "chat.scheduleMessage",
            "files.completeUploadExternal",
            "conversations.create",
            "made.up",
        ] {
            assert!(!is(name), "{name}");
        }
        for name in ["chat.update", "reactions.add", "conversations.history", "users.info"] {
            assert!(is(name), "{name}");
        }
    }
}

//! Incoming webhooks and workflow triggers: one address that is a secret, one JSON body.

use std::borrow::Cow;

use launchway_base::{Failure, Secret, redact};
use launchway_http::{Client, Request, Response, Url, header};
use launchway_runtime::Session;
use serde_json::Value;

use super::WebhookType;
use super::answer::{self, Answer, Way};
use super::method::is_safe;
use crate::deliver::{self, Sent, Terms};

/// A webhook or trigger.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its address.
    pub url: Secret,
    /// What it is.
    pub kind: WebhookType,
}

impl Hook {
    /// A webhook, told by its address unless said. From here on the address and its parts are masked.
    ///
    /// # Errors
    /// The address is none a secret may go to. It is not part of the error.
    pub fn new(url: &Secret, kind: Option<WebhookType>) -> Result<Self, Failure> {
        let parsed = Url::parse(url.expose()).ok().filter(Url::has_host);
        let parsed = parsed.ok_or_else(|| {
            Failure::input("`webhook` is no address")
                .with_hint("copy the whole of it from the app's or the workflow's page, `https://hooks.slack.com/…`")
        })?;
        hide(&parsed);
        if !is_safe(&parsed) {
            return Err(Failure::input("`webhook` is no `https` address")
                .with_hint("`http` is for this machine only"));
        }
        let first =
            parsed.path_segments().and_then(|mut segments| segments.next().map(str::to_owned));
        let told = match first.as_deref() {
            Some("triggers" | "workflows") => WebhookType::WebhookTrigger,
            _ => WebhookType::IncomingWebhook,
        };
        Ok(Self { url: url.clone(), kind: kind.unwrap_or(told) })
    }

    /// Which way in it is.
    pub fn way(&self) -> Way {
        match self.kind {
            WebhookType::IncomingWebhook => Way::Webhook,
            WebhookType::WebhookTrigger => Way::Trigger,
        }
    }

    /// Posts until it is taken, refused, or may not be posted again.
    ///
    /// # Errors
    /// It cannot be sent at all.
    pub async fn post(
        &self,
        session: &Session,
        client: &Client,
        terms: &Terms,
        body: &Value,
    ) -> Result<Sent, Failure> {
        let request = Request::post(self.url.expose())
            .map_err(|_| Failure::input("`webhook` is no address a request can go to"))?
            .with_secret_path()
            .with_header(header::CONTENT_TYPE, "application/json; charset=utf-8")?
            .with_body(body.to_string());
        let way = self.way();
        let read = |response: &Response| {
            let body = response.text();
            let status = response.status.as_u16();
            answer::read(way, &Answer { status, body: &body, wait: response.wait })
        };
        deliver::send(session, client, request, terms, read).await
    }
}

/// Masks what is secret in an address: its path, each part of it that is no word, and the query's values.
pub(super) fn hide(url: &Url) {
    let parts = url.path_segments().into_iter().flatten().map(Cow::Borrowed);
    let values = url.query_pairs().map(|(_, value)| value);
    let all = parts.chain(values).chain([url.username().into()]);
    all.filter(|part| !is_word(part)).for_each(|part| redact::register(&part));
    redact::register(url.password().unwrap_or_default());
    if !is_word(url.path().trim_matches('/')) {
        redact::register(url.path());
    }
}

/// Whether it is a word or a number, such as `services`, `true` or `2024`: masked, it would be gone from the log of the
/// whole job, and outputs with it would be dropped.
fn is_word(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || b"-_.".contains(&byte);
    part.len() < 6 || (part.len() < 12 && part.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_it_is_and_is_masked() {
        for (url, kind) in [
            (
                "https://hooks.slack.com/services/T0AAAA/B0BBBB/cccccccc1",
                WebhookType::IncomingWebhook,
            ),
            ("https://hooks.slack.com/triggers/T0AAAA/1234/dddddddd1", WebhookType::WebhookTrigger),
            (
                "https://hooks.slack.com/workflows/T0AAAA/A1/2/eeeeeeee1",
                WebhookType::WebhookTrigger,
            ),
            ("http://127.0.0.1:1/services/T0AAAA/B0BBBB/ffffffff1", WebhookType::IncomingWebhook),
        ] {
            let hook = Hook::new(&Secret::unmasked(url), None).unwrap();
            assert_eq!(hook.kind, kind);
            let last = url.rsplit('/').next().unwrap();
            assert_eq!(redact::redact(&format!("x {last} T0AAAA")), "x *** ***");
        }
        let told = Some(WebhookType::WebhookTrigger);
        let hook = Hook::new(&Secret::unmasked("https://hooks.example/a"), told).unwrap();
        assert_eq!(hook.kind, WebhookType::WebhookTrigger);
        let url = "https://deploy@chat.example/api/webhooks/7000000001/Zz0Zz0Zz0/slack?wait=true&v=2026&x=sw0rdfish";
        Hook::new(&Secret::unmasked(url), None).unwrap();
        for words in ["services, triggers and webhooks", "true", "2026", "slack", "deploy"] {
            assert_eq!(redact::redact(words), words);
        }
        assert_eq!(redact::redact("Zz0Zz0Zz0 sw0rdfish"), "*** ***");
        Hook::new(&Secret::unmasked("https://chat.example/hooks/swordfish"), None).unwrap();
        assert_eq!(redact::redact("POST /hooks/swordfish: 404"), "POST ***: 404");
    }

    #[test]
    fn an_address_no_secret_may_go_to_is_refused_unseen() {
        for url in
            ["http://hooks.slack.com/services/T/B/zzzzzzzz1", "zzzzzzzz1", "file:///zzzzzzzz1"]
        {
            let failure = Hook::new(&Secret::unmasked(url), None).unwrap_err();
            assert_eq!(failure.kind().code(), 2);
            assert!(!format!("{failure:?}").contains("zzzzzzzz1"), "{failure:?}");
        }
    }
}

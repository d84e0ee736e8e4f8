//! Incoming webhooks and workflow triggers: one address that is a secret, one JSON body.

use launchway_base::{Failure, Secret};
use launchway_http::{Client, Request, Response, Url, header};
use launchway_runtime::Session;
use serde_json::Value;

use super::WebhookType;
use super::answer::{self, Answer, Way};
use super::method::is_safe;
use crate::deliver::{self, Sent, Terms, hide};

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

#[cfg(test)]
mod tests {
    use launchway_base::redact;

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

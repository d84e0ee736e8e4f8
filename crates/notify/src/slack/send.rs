//! Sends what a plan says, in order: the message, what stands below it, the file; and asks where it can be seen.

use std::time::Duration;

use launchway_base::Failure;
use launchway_http::{Client, Response};
use launchway_runtime::Session;
use serde_json::Value;

use super::door::Door;
use super::key::{self, Wanted, Web};
use super::method::{self, Api, Call};
use super::plan::{Plan, Post};
use super::report::Told;
use super::snippet::{Place, Snippet};
use super::webhook::Hook;
use super::{dry_run, mentions, upload};
use crate::deliver::{Ended, Sent, Terms};
use crate::message::Message;

/// The longest a link to the message is waited for.
const LINK: Duration = Duration::from_secs(3);

/// What is sent.
pub(super) struct Sender<'a> {
    pub session: &'a Session,
    pub plan: &'a Plan,
    /// What the message was made of.
    pub message: &'a Message,
    /// What is told of a key.
    pub wanted: Option<&'a Wanted>,
    pub file: Option<&'a Snippet>,
}

/// What came of it: of the message first, then of what followed it; and where it can be seen.
pub(super) type All = (Vec<Told>, Option<String>);

impl Sender<'_> {
    /// Sends all until something goes wrong.
    pub(super) async fn send(
        &self,
        door: &Door,
        client: Client,
        terms: Terms,
    ) -> Result<All, Failure> {
        match door {
            Door::Hook(hook) => self.by_hook(hook, &client, &terms).await,
            Door::Api { base, token } => {
                let (base, token) = (base.clone(), token.clone());
                self.by_api(&Api { client, base, token, terms }).await
            }
        }
    }

    async fn by_hook(&self, hook: &Hook, client: &Client, terms: &Terms) -> Result<All, Failure> {
        let Post::Hook(body) = &self.plan.post else { return Ok((Vec::new(), None)) };
        let sent = hook.post(self.session, client, terms, body).await?;
        let name = dry_run::name(&self.plan.post, hook.way());
        Ok((vec![Told::of(&name, &sent)], None))
    }

    async fn by_api(&self, api: &Api) -> Result<All, Failure> {
        let mut all = Vec::new();
        all.extend(self.post(api).await?);
        let mut place = Place::default();
        if let Some(told) = all.first().filter(|told| told.is_ok()) {
            place = Place { channel: told.channel().unwrap_or_default(), thread: told.ts() };
        }
        if let (Some(call), true) = (&self.plan.reaction, all.iter().all(Told::is_ok)) {
            all.push(self.call(api, call).await?);
        }
        if all.iter().all(Told::is_ok) {
            all.extend(self.file(api, &place).await?);
        }
        // Where the message went wrong there is no place.
        let link = self.link(api, &place).await;
        Ok((all, link))
    }

    /// The message, where there is one.
    async fn post(&self, api: &Api) -> Result<Option<Told>, Failure> {
        Ok(Some(match (&self.plan.post, self.wanted) {
            (Post::Call(call), _) if call.method == upload::METHOD => {
                upload::put(self.session, api, call).await?
            }
            (Post::Call(call), _) => self.call(api, call).await?,
            (Post::Keyed { channel, message, .. }, Some(wanted)) => {
                self.keyed(api, channel, message, wanted).await
            }
            (Post::None | Post::Hook(_) | Post::Keyed { .. }, _) => return Ok(None),
        }))
    }

    async fn call(&self, api: &Api, call: &Call) -> Result<Told, Failure> {
        Ok(Told::of(&call.method, &api.call(self.session, call).await?))
    }

    /// The file, where there is one: below the message, unless another place is named.
    async fn file(&self, api: &Api, posted: &Place) -> Result<Option<Told>, Failure> {
        let (Some((channel, thread)), Some(file)) = (&self.plan.file, self.file) else {
            return Ok(None);
        };
        let is_known = !posted.channel.is_empty();
        let place = Place {
            channel: if is_known { &posted.channel } else { channel }.clone(),
            thread: thread.as_ref().or(posted.thread.as_ref()).cloned(),
        };
        let (what, sent) = file.put(self.session, api, &place).await?;
        Ok(Some(Told::of(what, &sent)))
    }

    /// Posts or updates the message of a key.
    async fn keyed(&self, api: &Api, channel: &str, body: &Value, wanted: &Wanted) -> Told {
        let keyed = Web::new(self.session, api);
        let lived = match key::look(&keyed, channel, wanted).await {
            Ok(plan) => {
                // An update calls nobody; an answer in the thread does.
                let posts = matches!(plan.message, key::Move::Post(_));
                let called =
                    if posts { String::new() } else { mentions::line(&self.message.mentions) };
                key::send(&keyed, &plan, wanted, body, &wanted.entry(self.message, &called)).await
            }
            Err(trouble) => Err(trouble),
        };
        let (attempts, last) = keyed.told();
        let what = "chat.postMessage";
        let mut told = last.map(|sent| Told::of(what, &sent)).unwrap_or_default();
        told.attempts = attempts;
        match lived {
            Ok(lived) => {
                for note in &lived.notes {
                    self.session.notice(note);
                }
                if let Err(trouble) = lived.entry {
                    let failure = trouble.into_failure();
                    self.session
                        .warn(&format!("its line in the thread is missing: {}", failure.chain()));
                }
                told.ended = Some(Ended::Done);
                told.done = Some(lived.how.to_string());
                told.body = lived.response.to_string();
            }
            Err(trouble) => {
                // The last call of all need not be the one that went wrong.
                match &trouble {
                    key::Trouble::Refused { word, .. } => {
                        told.ended = Some(Ended::Refused(word.clone()));
                    }
                    key::Trouble::Unknown(failure) => {
                        told.ended = Some(Ended::Ambiguous(failure.to_string()));
                    }
                    key::Trouble::Failed(_) => {}
                }
                told.failure = Some(trouble.into_failure());
            }
        }
        told
    }

    /// Where the message can be seen, if that is told soon: it is no reason to fail or to wait.
    async fn link(&self, api: &Api, place: &Place) -> Option<String> {
        let ts = place.thread.as_deref().filter(|_| !place.channel.is_empty())?;
        let request = api.request(&method::permalink(&place.channel, ts)).ok()?;
        let left = api.client.deadline().remaining().unwrap_or(LINK);
        let request = request.with_attempts(1).with_timeout(left.min(LINK));
        let answer: Value = api.client.send(&request).await.ok()?.json().ok()?;
        Some(answer.get("permalink")?.as_str()?.to_owned())
    }
}

impl Told {
    /// What came of sending it.
    pub fn of(what: &str, sent: &Sent) -> Self {
        let text = |response: &Response| response.text();
        Self {
            what: what.to_owned(),
            ended: Some(sent.ended.clone()),
            status: sent.response.as_ref().map(|response| response.status.as_u16()),
            body: sent.response.as_ref().map(text).unwrap_or_default(),
            attempts: sent.attempts,
            done: None,
            failure: None,
        }
    }
}

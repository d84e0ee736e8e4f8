//! The verb `slack`: inputs, facts, message, plan, then the requests and the report.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use launchway_base::{Deadline, Failure};
use launchway_http::{Client, Response};
use launchway_runtime::Session;
use serde_json::{Value, json};

use super::answer::Way;
use super::inputs::Inputs;
use super::key::{self, Key, Wanted, Web};
use super::method::{self, Api};
use super::plan::{self, Door, Plan, Post};
use super::report::{self, Told};
use super::snippet::{Place, Snippet};
use super::{content, dry_run, mentions};
use super::{render, upload, verify};
use crate::channel::page;
use crate::deliver::{self, Ended, Sent, Terms};
use crate::message::Message;
use crate::status::Status;
use crate::{line, observe, preview, template};

/// The longest a link to the message is waited for.
const LINK: Duration = Duration::from_secs(3);

/// Does what the inputs say.
///
/// # Errors
/// Bad input, found before anything is sent; Slack refuses or cannot be reached.
pub async fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let deadline = Deadline::after(Duration::from_secs(inputs.delivery.deadline_seconds));
    if inputs.delivery.dry_run {
        session.stdout_is_a_document();
    }
    // First of all, as it masks.
    let door = Door::find(inputs, |name| session.env().get(name))?;
    let way = match &door {
        Some(door) => door.way(),
        None if inputs.delivery.dry_run => plan::way_of(inputs),
        None => return Err(plan::no_door()),
    };
    let retries = inputs.delivery.retries.parse();
    let retries = retries.map_err(|error: String| Failure::input(format!("`retries`: {error}")))?;
    let terms = Terms { idempotent: false, on_ambiguous: inputs.delivery.on_ambiguous, retries };
    let key = inputs.key.as_deref().map(Key::parse).transpose()?;
    let file = file(session, inputs)?;
    let mut said = inputs.content.clone();
    // On the way of a key only what is told to be the end is one.
    said.job_status = said.job_status.filter(|job| key.is_none() || *job != Status::Success);
    let seen = observe::observe(session, &said, deadline).await?;
    let message = template::message(inputs.content.template, &seen.facts, &seen.words);
    let body = if plan::has_payload(inputs) {
        content::read(session, inputs, &seen.facts, &seen.words.fields, way)?
    } else if plan::says(inputs) {
        render::render(&message).payload()
    } else {
        json!({})
    };
    let body = if inputs.delivery.dry_run { content::shown(body) } else { body };
    let plan = plan::plan(inputs, way, body)?;
    let wanted = key.map(|key| {
        Wanted::of(
            key,
            session.env(),
            inputs.content.matrix.as_deref().unwrap_or_default(),
            &message,
        )
    });
    for note in &plan.notes {
        session.warn(note);
    }
    look_over(session, inputs, &plan, way)?;
    if inputs.delivery.dry_run {
        let (wanted, file) = (wanted.as_ref(), file.as_ref());
        let told = dry_run::tell(&plan, way, door.is_some(), &message, wanted, file);
        return show(session, told);
    }
    let Some(door) = door else { return Err(plan::no_door()) };
    let timeout = Duration::from_secs(inputs.delivery.timeout_seconds);
    let client = deliver::client(timeout, deadline, inputs.proxy.as_ref())?;
    let sender = Sender { session, door: &door, plan: &plan, client, terms };
    if let Post::Call(call) = &plan.post
        && call.method == upload::METHOD
    {
        upload::check(call)?;
    }
    // What stands where the program is stopped while it sends.
    session.write_outputs(&report::stopped())?;
    let (all, link) = sender.send(&message, wanted.as_ref(), file.as_ref()).await?;
    finish(session, inputs, &message, &all, link)
}

/// The file that goes with the message. Where there is none, as what writes it may be what failed, the
/// message is the more important.
fn file(session: &Session, inputs: &Inputs) -> Result<Option<Snippet>, Failure> {
    let Some(path) = inputs.snippet.as_deref() else { return Ok(None) };
    let message = plan::says(inputs) || plan::has_payload(inputs);
    if message && !Path::new(path).exists() {
        session.warn(&format!(
            "`snippet`: there is no file `{}`, and the message goes without",
            line::one(path, 200)
        ));
        return Ok(None);
    }
    Snippet::open(path).map(Some)
}

/// Says what Slack will not take, and draws the message where that is asked for.
fn look_over(session: &Session, inputs: &Inputs, plan: &Plan, way: Way) -> Result<(), Failure> {
    let Some(body) = plan.message().filter(|_| way != Way::Trigger) else { return Ok(()) };
    for wrong in verify::verify(&body) {
        session.warn(&format!("Slack will refuse this: {} at {}", wrong.message, wrong.pointer));
    }
    let Some(path) = &inputs.delivery.preview_file else { return Ok(()) };
    page::write(path, &preview::html::page(&content::shown(body), "Launchway"))
}

/// Prints what would be sent: the body alone on the standard output, the rest in the log.
fn show(session: &Session, told: dry_run::Told) -> Result<(), Failure> {
    told.first.iter().for_each(|line| session.say(line));
    if let Some(body) = told.body {
        session.inert_document(&format!("{body:#}\n"))?;
    }
    told.then.iter().for_each(|line| session.say(line));
    Ok(())
}

struct Sender<'a> {
    session: &'a Session,
    door: &'a Door,
    plan: &'a Plan,
    client: Client,
    terms: Terms,
}

impl Sender<'_> {
    /// Sends all, in order, until something goes wrong. The message comes first in the answer, then
    /// what followed it; and where it can be seen.
    async fn send(
        &self,
        message: &Message,
        wanted: Option<&Wanted>,
        file: Option<&Snippet>,
    ) -> Result<(Vec<Told>, Option<String>), Failure> {
        let (base, token) = match self.door {
            Door::Hook(hook) => {
                let Post::Hook(body) = &self.plan.post else { return Ok((Vec::new(), None)) };
                let sent = hook.post(self.session, &self.client, &self.terms, body).await?;
                let name = dry_run::name(&self.plan.post, hook.way());
                return Ok((vec![Told::of(&name, &sent)], None));
            }
            Door::Api { base, token } => (base.clone(), token.clone()),
        };
        let api = Api { client: self.client.clone(), base, token, terms: self.terms };
        let mut all = Vec::new();
        let mut place = Place::default();
        match &self.plan.post {
            Post::None | Post::Hook(_) => {}
            Post::Call(call) if call.method == upload::METHOD => {
                all.push(upload::put(self.session, &api, call).await?);
            }
            Post::Call(call) => {
                let sent = api.call(self.session, call).await?;
                all.push(Told::of(&call.method, &sent));
            }
            Post::Keyed { channel, message: body, .. } => {
                if let Some(wanted) = wanted {
                    all.push(self.live(&api, wanted, channel, body, message).await?);
                }
            }
        }
        if !all.iter().all(Told::is_ok) {
            return Ok((all, None));
        }
        if let Some(told) = all.first() {
            place = Place { channel: told.channel().unwrap_or_default(), thread: told.ts() };
        }
        if let Some(call) = &self.plan.reaction {
            let sent = api.call(self.session, call).await?;
            all.push(Told::of(&call.method, &sent));
        }
        if let (Some((channel, thread)), Some(file), true) =
            (&self.plan.file, file, all.iter().all(Told::is_ok))
        {
            let posted = place.clone();
            let place = Place {
                channel: Some(posted.channel)
                    .filter(|id| !id.is_empty())
                    .unwrap_or(channel.clone()),
                thread: thread.clone().or(posted.thread),
            };
            let (what, sent) = file.put(self.session, &api, &place).await?;
            all.push(Told::of(what, &sent));
        }
        let link = self.link(&api, &place).await;
        Ok((all, link))
    }

    /// Posts or updates the message of a key.
    async fn live(
        &self,
        api: &Api,
        wanted: &Wanted,
        channel: &str,
        body: &Value,
        message: &Message,
    ) -> Result<Told, Failure> {
        let keyed = Web::new(self.session, api);
        let lived = match key::look(&keyed, channel, wanted).await {
            Ok(plan) => {
                // An update calls nobody; an answer in the thread does.
                let posts = matches!(plan.message, key::Move::Post(_));
                let called = if posts { String::new() } else { mentions::line(&message.mentions) };
                key::send(&keyed, &plan, wanted, body, &wanted.entry(message, &called)).await
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
        Ok(told)
    }

    /// Where the message can be seen, if that is told soon: it is no reason to fail or to wait.
    async fn link(&self, api: &Api, place: &Place) -> Option<String> {
        let ts = place.thread.as_deref().filter(|_| !place.channel.is_empty())?;
        let request = api.request(&method::permalink(&place.channel, ts)).ok()?;
        let left = self.client.deadline().remaining().unwrap_or(LINK);
        let request = request.with_attempts(1).with_timeout(left.min(LINK));
        let answer: Value = self.client.send(&request).await.ok()?.json().ok()?;
        Some(answer.get("permalink")?.as_str()?.to_owned())
    }
}

/// Writes outputs and summary, and ends well or not.
fn finish(
    session: &Session,
    inputs: &Inputs,
    message: &Message,
    all: &[Told],
    link: Option<String>,
) -> Result<(), Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let outputs = report::outputs(all, link, now.as_secs());
    session.write_outputs(&outputs)?;
    let wrong = all.iter().position(|told| !told.is_ok());
    let Some(failure) = wrong.and_then(|at| report::failure(all.get(at)?)) else {
        for told in all {
            session.say(&told.success());
        }
        if let Some(link) = &outputs.permalink {
            session.say(&format!("it can be seen at {link}"));
        }
        if let Some(summary) = report::summary(&outputs, &message.title) {
            session.summarize(&summary)?;
        }
        return Ok(());
    };
    let failure =
        if wrong > Some(0) { failure.while_doing("the message was sent, but") } else { failure };
    deliver::settle(session, report::fails(inputs), failure)
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

//! The verb `slack`: inputs, facts, message, plan, then the requests and the report.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use launchway_base::{Deadline, Failure};
use launchway_runtime::Session;
use serde_json::json;

use super::answer::Way;
use super::door::{self, Door};
use super::inputs::Inputs;
use super::key::{Key, Wanted};
use super::plan::{self, Plan, Post};
use super::report::{self, Told};
use super::send::Sender;
use super::snippet::Snippet;
use super::{content, dry_run, render, upload, verify};
use crate::channel::page;
use crate::deliver::{self, Terms};
use crate::message::Message;
use crate::status::Status;
use crate::{line, observe, preview, template};

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
        None if inputs.delivery.dry_run => door::way_of(inputs),
        None => return Err(door::no_door()),
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
    let Some(door) = door else { return Err(door::no_door()) };
    let timeout = Duration::from_secs(inputs.delivery.timeout_seconds);
    let client = deliver::client(timeout, deadline, inputs.proxy.as_ref())?;
    if let Post::Call(call) = &plan.post
        && call.method == upload::METHOD
    {
        upload::check(call)?;
    }
    // What stands where the program is stopped while it sends.
    session.write_outputs(&report::stopped())?;
    let (wanted, file) = (wanted.as_ref(), file.as_ref());
    let sender = Sender { session, plan: &plan, message: &message, wanted, file };
    let (all, link) = sender.send(&door, client, terms).await?;
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

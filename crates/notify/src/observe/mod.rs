//! What there is to tell, gathered: the run and its event, the inputs, the jobs that failed.

mod duration;
mod event;
mod fields;
mod jobs;
mod mentions;
mod needs;
mod people;
mod status;
mod texts;

pub use duration::human;

use jiff::Timestamp;
use launchway_base::{Deadline, Failure};
use launchway_runtime::{Session, redact};

use crate::facts::Facts;
use crate::inputs::{Content, Template};
use crate::status::Status;
use crate::words::Words;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// All there is to tell.
    pub facts: Facts,
    /// What the inputs say.
    pub words: Words,
}

/// Gathers facts and words. With a token for GitHub, and where something failed, the API is asked
/// for the failed jobs, for a share of the time that is left; without an answer there is a warning.
///
/// # Errors
/// An input that cannot be read. What is wrong with the event is a warning.
pub async fn observe(
    session: &Session,
    content: &Content,
    deadline: Deadline,
) -> Result<Seen, Failure> {
    let found = read(session, content, Timestamp::now())?;
    let mut facts = found.facts;
    jobs::add(session, content, deadline, found.run, &mut facts).await;
    let people = people::read(content.people_file.as_deref())?;
    // Here, before a sign is escaped in the middle of a secret and it is found no more.
    let shown = |text: &str| redact(text).into_owned();
    facts.changelog = shown(&facts.changelog);
    let words = Words {
        title: shown(&crate::line::one(content.title.as_deref().unwrap_or_default(), 500)),
        text: shown(&texts::text(content)),
        fields: fields::read(&content.fields.iter().map(|line| shown(line)).collect::<Vec<_>>())?,
        mentions: mentions::read(session, &content.mentions, &people, facts.status)?,
    };
    Ok(Seen { facts, words })
}

/// The facts, and which run they are of.
struct Found {
    facts: Facts,
    run: Option<event::Run>,
}

fn read(session: &Session, content: &Content, now: Timestamp) -> Result<Found, Failure> {
    let needs = needs::read(content.needs.as_deref().unwrap_or_default())?;
    // After another workflow the inputs speak of the own run, unless there are none; the template
    // for tests is about what was tested.
    let about = |ended: Status| {
        let repeats = content.template == Some(Template::Ci) && content.status == Some(ended);
        needs.is_empty() && (content.status.is_none() || repeats)
    };
    let mut seen = event::read(session, about);
    let facts = &mut seen.facts;
    let job = status::of_job(content.job_status, content.template, needs.is_empty());
    facts.status = status::of(content.status, &needs, facts.status, job);
    // What asks for a yes has not got it yet: who is called while it waits, is called.
    if content.template == Some(Template::Approval)
        && matches!(facts.status, Status::Neutral | Status::Started)
    {
        facts.status = Status::Waiting;
    }
    facts.needs = needs;
    if let Some(began) = &content.started_at {
        facts.duration = Some(duration::since(began, now)?);
    }
    let given = |text: &Option<String>| {
        text.as_deref().map(|text| crate::line::one(text, 200)).filter(|text| !text.is_empty())
    };
    if let Some(version) = given(&content.version) {
        facts.version = version;
    }
    if let Some(environment) = given(&content.environment) {
        facts.environment = environment;
    }
    if let Some(url) = content.environment_url.as_deref() {
        facts.environment_url = crate::text::web(url);
        if facts.environment_url.is_none() {
            session.warn("`environment-url` is no http or https address and is left out");
        }
    }
    if let Some(changelog) = texts::changelog(session, content)? {
        facts.changelog = changelog;
    } else if let Some(release) = &facts.release {
        facts.changelog.clone_from(&release.notes);
    }
    Ok(Found { facts: seen.facts, run: seen.run })
}

#[cfg(test)]
mod tests;

//! What the messages of all templates are made of.

use crate::facts::{Facts, Need};
use crate::line::one;
use crate::message::{Field, Link, Message, Section, Step};
use crate::observe::human;
use crate::status::Status;
use crate::template::title;
use crate::text::{Block, Inline, markdown};
use crate::words::Words;

/// What a template decides; the rest is the same everywhere.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// What happened, for the title.
    pub(super) phrase: String,
    /// Names and values in front of those of the inputs.
    pub(super) fields: Vec<Field>,
    /// Where to go first.
    pub(super) first: Vec<Link>,
    /// Whether the jobs that did not fail are named, too.
    pub(super) all_jobs: bool,
}

/// A link that leads somewhere.
pub(super) fn link(label: impl Into<String>, url: Option<&String>) -> Option<Link> {
    let url = url.filter(|url| !url.is_empty())?;
    Some(Link { label: one(&label.into(), 75), url: Some(url.clone()) })
}

/// A field, unless it says nothing.
pub(super) fn field(name: &str, value: &str, url: Option<&String>) -> Option<Field> {
    let value = one(value, 200);
    let url = url.filter(|url| !url.is_empty()).cloned();
    (!value.is_empty()).then(|| Field { name: name.to_owned(), value, url })
}

/// The fields most templates have: environment, version, branch, duration.
pub(super) fn usual(facts: &Facts) -> Vec<Field> {
    let release = facts.release.as_ref().map(|release| &release.url);
    let duration = facts.duration.map(human).unwrap_or_default();
    // A tag that is the version need not be named twice.
    let reference = if facts.reference == facts.version { "" } else { &facts.reference };
    [
        field("Environment", &facts.environment, facts.environment_url.as_ref()),
        field("Version", &facts.version, release),
        field("Branch", reference, facts.reference_url.as_ref()),
        field("Duration", &duration, None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The message.
pub(super) fn message(facts: &Facts, words: &Words, shape: Shape) -> Message {
    let mut lead = Vec::new();
    lead.extend(failure(facts).map(Block::Paragraph));
    if !words.text.trim().is_empty() {
        lead.extend(markdown::read(&words.text));
    }
    lead.extend(change(facts).map(Block::Paragraph));
    let mut sections: Vec<Section> = jobs(facts, shape.all_jobs).into_iter().collect();
    if !facts.changelog.trim().is_empty() {
        sections.push(Section::Text {
            heading: "What changed".to_owned(),
            text: markdown::read(&facts.changelog),
        });
    }
    Message {
        status: facts.status,
        title: title::of(facts, words, &shape.phrase),
        title_is_text: false,
        url: facts.run_url.clone(),
        lead,
        fields: merged(shape.fields, &words.fields),
        sections,
        links: links(facts, shape.first),
        footer: footer(facts),
        mentions: words.mentions.clone(),
        more: more(facts),
    }
}

/// Those of the inputs come last, and in place of one of the same name.
fn merged(mut fields: Vec<Field>, given: &[Field]) -> Vec<Field> {
    for field in given {
        match fields.iter_mut().find(|one| one.name.eq_ignore_ascii_case(&field.name)) {
            Some(same) => *same = field.clone(),
            None => fields.push(field.clone()),
        }
    }
    fields
}

/// Where the whole text stands.
pub(super) fn more(facts: &Facts) -> Option<String> {
    let release = facts.release.as_ref().filter(|release| release.notes == facts.changelog);
    let url = release.map(|release| release.url.clone()).filter(|url| !url.is_empty());
    url.or_else(|| facts.run_url.clone())
}

fn text(text: impl Into<String>) -> Inline {
    Inline::Text(text.into())
}

/// Plain text that leads somewhere where it can.
fn linked(shown: String, url: Option<&String>) -> Inline {
    match url.filter(|url| !url.is_empty()) {
        Some(url) => Inline::Link { text: vec![text(shown)], url: url.clone() },
        None => text(shown),
    }
}

fn is_bad(need: &Need) -> bool {
    matches!(need.result, Status::Failure | Status::Cancelled)
}

/// What failed, and after how long: `Failed after 3 min 12 s: test › cargo test`.
fn failure(facts: &Facts) -> Option<Vec<Inline>> {
    let word = match facts.status {
        Status::Failure => "Failed",
        Status::Cancelled => "Cancelled",
        _ => return None,
    };
    let after = facts.duration.map(|time| format!(" after {}", human(time))).unwrap_or_default();
    let named: Vec<&Need> = worst_first(facts).filter(|need| need.result == facts.status).collect();
    if named.is_empty() {
        // The title has said the rest.
        return (!after.is_empty()).then(|| vec![text(format!("{word}{after}."))]);
    }
    let mut line = vec![text(format!("{word}{after}: "))];
    for (index, need) in named.iter().take(3).enumerate() {
        if index > 0 {
            line.push(text(", "));
        }
        line.push(Inline::Strong(vec![linked(need.name.clone(), need.url.as_ref())]));
        if !need.failed_step.is_empty() {
            line.push(text(format!(" at “{}”", need.failed_step)));
        }
    }
    if let Some(rest @ 1..) = named.len().checked_sub(3) {
        line.push(text(format!(" and {rest} more")));
    }
    Some(line)
}

/// What it is about: the commit and the pull request.
fn change(facts: &Facts) -> Option<Vec<Inline>> {
    let mut line = Vec::new();
    let sha = title::short(&facts.sha);
    if !sha.is_empty() {
        let shown = Inline::Code(sha.to_owned());
        line.push(match &facts.commit_url {
            Some(url) => Inline::Link { text: vec![shown], url: url.clone() },
            None => shown,
        });
    }
    let commit = one(&facts.commit_title, 200);
    if !commit.is_empty() {
        line.push(text(if line.is_empty() { commit } else { format!(" {commit}") }));
    }
    if let Some(pull) = &facts.pull {
        if !line.is_empty() {
            line.push(text(" · "));
        }
        let name = one(&format!("#{} {}", pull.number, pull.title), 200);
        line.push(linked(name, Some(&pull.url)));
    }
    (!line.is_empty()).then_some(line)
}

/// Failed ones, then those that were ended, then the others, in their order.
fn worst_first(facts: &Facts) -> impl Iterator<Item = &Need> {
    let of = |wanted: Status| facts.needs.iter().filter(move |need| need.result == wanted);
    of(Status::Failure)
        .chain(of(Status::Cancelled))
        .chain(facts.needs.iter().filter(|need| !is_bad(need)))
}

fn jobs(facts: &Facts, all: bool) -> Option<Section> {
    let failed = facts.needs.iter().any(is_bad);
    if !failed && !all {
        return None;
    }
    let step = |need: &Need| Step {
        status: need.result,
        name: one(&need.name, 200),
        url: need.url.clone(),
        detail: one(&need.failed_step, 200),
    };
    let steps: Vec<_> = worst_first(facts).filter(|need| all || is_bad(need)).map(step).collect();
    let heading = if all { "Jobs" } else { "Failed jobs" };
    (!steps.is_empty()).then(|| Section::Steps { heading: heading.to_owned(), steps })
}

/// Where to go: after a failure to the job that failed first, then run, environment, change.
fn links(facts: &Facts, first: Vec<Link>) -> Vec<Link> {
    let failed = worst_first(facts).find(|need| need.result == Status::Failure);
    let log = failed.and_then(|need| link("Failed job", need.url.as_ref()));
    let environment = match facts.environment.as_str() {
        "" => "Open".to_owned(),
        name => format!("Open {}", one(name, 40)),
    };
    let release = facts.release.as_ref().and_then(|one| link("Release", Some(&one.url)));
    let change = match &facts.pull {
        Some(pull) => link(format!("Pull request #{}", pull.number), Some(&pull.url)),
        None => link("Commit", facts.commit_url.as_ref()),
    };
    let mut links: Vec<Link> = Vec::new();
    let all = first.into_iter().chain(
        [
            log,
            link("Run", facts.run_url.as_ref()),
            link(environment, facts.environment_url.as_ref()),
            release,
            change,
        ]
        .into_iter()
        .flatten(),
    );
    for link in all {
        if !links.iter().any(|one| one.url == link.url) {
            links.push(link);
        }
    }
    links
}

/// Small print: repository, run, event.
pub(super) fn footer(facts: &Facts) -> Vec<Link> {
    let plain = |label: String, url: Option<String>| {
        let label = one(&label, 150);
        (!label.is_empty()).then_some(Link { label, url })
    };
    let home = (!facts.repository.is_empty())
        .then(|| crate::line::web(&format!("{}/{}", facts.server, facts.repository)))
        .flatten();
    let number = match facts.run_number.as_str() {
        "" => String::new(),
        number => format!("#{number}"),
    };
    let attempt = match facts.run_attempt {
        0 | 1 => String::new(),
        attempt => format!("(attempt {attempt})"),
    };
    let run = title::join(&[&facts.workflow, &number, &attempt]);
    let started = match (facts.event.as_str(), facts.actor.as_str()) {
        ("", actor) => actor.to_owned(),
        (event, "") => event.to_owned(),
        (event, actor) => format!("{event} by {actor}"),
    };
    [plain(facts.repository.clone(), home), plain(run, facts.run_url.clone()), plain(started, None)]
        .into_iter()
        .flatten()
        .collect()
}

//! What the messages of all templates are made of.

use crate::facts::{Facts, Need, Pull};
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

/// Environment and version, where a title of somebody's own does not tell them.
pub(super) fn place(facts: &Facts, words: &Words) -> Vec<Field> {
    if words.title.is_empty() {
        return Vec::new();
    }
    let release = facts.release.as_ref().map(|release| &release.url);
    let environment = field("Environment", &facts.environment, facts.environment_url.as_ref());
    environment.into_iter().chain(field("Version", &facts.version, release)).collect()
}

/// The fields most templates have: branch and duration, and what nothing else in the message tells.
pub(super) fn usual(facts: &Facts, words: &Words) -> Vec<Field> {
    let duration = facts.duration.map(human).unwrap_or_default();
    // A tag that is the version need not be named twice.
    let reference = if facts.reference == facts.version { "" } else { &facts.reference };
    // Without its title a commit is no line of its own.
    let commit = if change(facts).is_none() { title::short(&facts.sha) } else { "" };
    let others = [
        field("Branch", reference, facts.reference_url.as_ref()),
        field("Commit", commit, facts.commit_url.as_ref()),
        field("Duration", &duration, None),
    ];
    place(facts, words).into_iter().chain(others.into_iter().flatten()).collect()
}

/// The message.
pub(super) fn message(facts: &Facts, words: &Words, shape: Shape) -> Message {
    let (failure, change) = (failure(facts), change(facts));
    let lead = if words.text.trim().is_empty() {
        let mut lines: Vec<Inline> = failure.unwrap_or_default();
        if !lines.is_empty() && change.is_some() {
            lines.push(Inline::Break);
        }
        lines.extend(change.into_iter().flatten());
        if lines.is_empty() { Vec::new() } else { vec![Block::Paragraph(lines)] }
    } else {
        let (first, last) = (failure.map(Block::Paragraph), change.map(Block::Paragraph));
        first.into_iter().chain(markdown::read(&words.text)).chain(last).collect()
    };
    let mut sections: Vec<Section> = jobs(facts, shape.all_jobs).into_iter().collect();
    if !facts.changelog.trim().is_empty() {
        let text = markdown::read(&facts.changelog);
        // One that begins with a heading needs none of ours.
        let heading =
            if matches!(text.first(), Some(Block::Heading(..))) { "" } else { "What changed" };
        sections.push(Section::Text { heading: heading.to_owned(), text });
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
        footer: footer(facts, words),
        mentions: words.mentions.clone(),
        more: more(facts),
    }
}

/// Those of the inputs come first, and in place of one of the same name.
fn merged(fields: Vec<Field>, given: &[Field]) -> Vec<Field> {
    let mut all: Vec<Field> = Vec::new();
    for field in given.iter().cloned().chain(fields) {
        match all.iter().position(|one| one.name.eq_ignore_ascii_case(&field.name)) {
            // Among those of the inputs the last counts.
            Some(at) if given.contains(&field) => {
                if let Some(one) = all.get_mut(at) {
                    *one = field;
                }
            }
            Some(_) => {}
            None => all.push(field),
        }
    }
    all
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

/// The jobs that are named at the top: some of those that are why it did not go well.
fn named(facts: &Facts) -> Vec<&Need> {
    let bad = matches!(facts.status, Status::Failure | Status::Cancelled);
    let named = facts.needs.iter().filter(|need| bad && need.result == facts.status);
    named.take(5).collect()
}

/// What failed, a job a line: `test failed at “cargo test”`.
fn failure(facts: &Facts) -> Option<Vec<Inline>> {
    let mut lines = Vec::new();
    for need in named(facts) {
        if !lines.is_empty() {
            lines.push(Inline::Break);
        }
        lines.push(Inline::Strong(vec![linked(one(&need.name, 200), need.url.as_ref())]));
        let word = if need.result == Status::Failure { "failed" } else { "was cancelled" };
        lines.push(text(match one(&need.failed_step, 200) {
            none if none.is_empty() => format!(" {word}"),
            step => format!(" {word} at “{step}”"),
        }));
    }
    (!lines.is_empty()).then_some(lines)
}

/// What it is about: the commit and the pull request; nothing where only a hash is known.
fn change(facts: &Facts) -> Option<Vec<Inline>> {
    let commit = one(&facts.commit_title, 200);
    if commit.is_empty() && facts.pull.is_none() {
        return None;
    }
    let mut line = Vec::new();
    let sha = one(title::short(&facts.sha), 7);
    if !sha.is_empty() {
        let shown = Inline::Code(sha);
        line.push(match &facts.commit_url {
            Some(url) => Inline::Link { text: vec![shown], url: url.clone() },
            None => shown,
        });
    }
    if !line.is_empty() {
        line.push(text(" "));
    }
    // The title of a pull request's commit is mostly its own, or says less.
    line.push(match &facts.pull {
        Some(pull) => {
            linked(one(&format!("#{} {}", pull.number, pull.title), 200), Some(&pull.url))
        }
        None => text(commit),
    });
    Some(line)
}

/// Failed ones, then those that were ended, then the others, in their order.
fn worst_first(facts: &Facts) -> impl Iterator<Item = &Need> {
    let of = |wanted: Status| facts.needs.iter().filter(move |need| need.result == wanted);
    of(Status::Failure)
        .chain(of(Status::Cancelled))
        .chain(facts.needs.iter().filter(|need| !is_bad(need)))
}

/// How the jobs went that are not named at the top.
fn jobs(facts: &Facts, all: bool) -> Option<Section> {
    let named = named(facts);
    let left =
        |need: &&Need| (all || is_bad(need)) && !named.iter().any(|one| std::ptr::eq(*one, *need));
    let step = |need: &Need| Step {
        status: need.result,
        name: one(&need.name, 200),
        url: need.url.clone(),
        detail: one(&need.failed_step, 200),
    };
    let steps: Vec<_> = worst_first(facts).filter(left).map(step).collect();
    let heading = match (named.is_empty(), all) {
        (true, true) => "Jobs",
        (true, false) => "Failed jobs",
        (false, _) => "Other jobs",
    };
    (!steps.is_empty()).then(|| Section::Steps { heading: heading.to_owned(), steps })
}

/// Where to go: after a failure to the job that failed first, after a success to what is there now,
/// then run, environment, release, pull request. The commit is linked where it is told of.
fn links(facts: &Facts, first: Vec<Link>) -> Vec<Link> {
    let failed = worst_first(facts).find(|need| need.result == Status::Failure);
    let log = failed.and_then(|need| link("Failed job", need.url.as_ref()));
    let label = match facts.environment.as_str() {
        "" => "Open".to_owned(),
        name => format!("Open {}", one(name, 40)),
    };
    let environment = link(label, facts.environment_url.as_ref());
    let (now, later) = match facts.status {
        Status::Success => (environment, None),
        _ => (None, environment),
    };
    let release = facts.release.as_ref().and_then(|one| link("Release", Some(&one.url)));
    let pull = |pull: &Pull| link(format!("Pull request #{}", pull.number), Some(&pull.url));
    let mut links: Vec<Link> = Vec::new();
    let all = first.into_iter().chain(
        [
            log,
            now,
            link("Run", facts.run_url.as_ref()),
            later,
            release,
            facts.pull.as_ref().and_then(pull),
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

/// Small print: repository, run, event, and who, unless the title tells that.
fn footer(facts: &Facts, words: &Words) -> Vec<Link> {
    let plain = |label: String, url: Option<String>| {
        let label = one(&label, 150);
        (!label.is_empty()).then_some(Link { label, url })
    };
    let home = (!facts.repository.is_empty())
        .then(|| crate::text::web(&format!("{}/{}", facts.server, facts.repository)))
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
    let who = if words.title.is_empty() { "" } else { facts.actor.as_str() };
    let started = match (facts.event.replace('_', " "), who) {
        (event, "") => event,
        (event, who) if event.is_empty() => who.to_owned(),
        (event, who) => format!("{event} by {who}"),
    };
    [plain(facts.repository.clone(), home), plain(run, facts.run_url.clone()), plain(started, None)]
        .into_iter()
        .flatten()
        .collect()
}

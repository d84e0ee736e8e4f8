//! What the demo tells: printed as it happens, kept for the page at the end.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use launchway_notify::preview;
use launchway_testkit::github::Pull;
use launchway_testkit::{Recorded, StepRun};
use serde_json::Value;

use super::page;

/// What stands before every line of a chapter.
const INDENT: &str = "   ";
/// How wide a message is shown, in columns.
const WIDTH: usize = 90;

/// One chapter.
pub(super) struct Chapter {
    /// One line of Markdown.
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

impl Chapter {
    /// Whether a run was killed in it.
    pub(super) fn is_killed(&self) -> bool {
        self.blocks
            .iter()
            .any(|block| matches!(block, Block::Markdown { mark: Some(Mark::Killed), .. }))
    }
}

/// A piece of a chapter.
pub(super) enum Block {
    /// A sentence of ours, in Markdown.
    Say(String),
    /// Text as it is.
    Verbatim { title: String, text: String },
    /// Text that GitHub would show as Markdown.
    Markdown { title: String, mark: Option<Mark>, text: String },
    /// A message, as a page of its own that is `lines` lines high.
    Message { title: String, page: String, lines: usize },
    /// Requests, in the order in which they were answered.
    Traffic(Vec<Traffic>),
}

/// What a piece of Markdown is.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// An open pull request.
    Open,
    /// A Release.
    Release,
    /// The end of a run that was killed.
    Killed,
}

/// One request.
#[derive(Clone)]
pub(super) struct Traffic {
    /// Who answered.
    pub(super) to: &'static str,
    pub(super) method: String,
    pub(super) path: String,
    /// 0 when there was no answer.
    pub(super) status: u16,
    pub(super) is_write: bool,
    /// The run was killed at it.
    pub(super) is_fatal: bool,
}

impl Traffic {
    /// As a fake recorded it.
    pub(super) fn new(to: &'static str, seen: &Recorded) -> Self {
        Self {
            to,
            method: seen.method.clone(),
            path: seen.path.clone(),
            status: seen.status,
            is_write: is_write(seen),
            is_fatal: false,
        }
    }

    /// Its colour on the page.
    pub(super) fn class(&self) -> &'static str {
        match (self.is_fatal, self.is_write, self.to) {
            (true, ..) => "failed",
            (_, false, _) => "",
            (_, true, "GitHub" | "Slack") => "write",
            (_, true, _) => "registry",
        }
    }
}

/// Methods of Slack that are called by POST and only read.
const READS: &[&str] =
    &["/api/conversations.", "/api/users.", "/api/auth.test", "/api/chat.getPermalink"];

/// Whether a request asks for a change: of GraphQL only a mutation does.
pub(super) fn is_write(seen: &Recorded) -> bool {
    match seen.method.as_str() {
        "GET" | "HEAD" => false,
        "POST" if READS.iter().any(|read| seen.path.starts_with(read)) => false,
        "POST" if seen.path.ends_with("/graphql") => seen.body.contains("mutation"),
        _ => true,
    }
}

/// The figures of the whole story.
pub(super) struct Totals {
    pub(super) chapters: usize,
    pub(super) github: usize,
    pub(super) registries: usize,
    pub(super) writes: usize,
    pub(super) took: Duration,
}

/// The teller.
pub(super) struct Story {
    chapters: RefCell<Vec<Chapter>>,
    log: bool,
}

impl Story {
    pub(super) fn new(log: bool) -> Self {
        Self { chapters: RefCell::new(Vec::new()), log }
    }

    pub(super) fn chapter(&self, title: &str) {
        let mut chapters = self.chapters.borrow_mut();
        chapters.push(Chapter { title: title.to_owned(), blocks: Vec::new() });
        println!("\n{}. {title}\n", chapters.len());
    }

    fn add(&self, block: Block) {
        if let Some(chapter) = self.chapters.borrow_mut().last_mut() {
            chapter.blocks.push(block);
        }
    }

    /// A sentence that explains.
    pub(super) fn say(&self, words: &str) {
        println!("{INDENT}{words}\n");
        self.add(Block::Say(words.to_owned()));
    }

    /// A text as it is, under a title.
    pub(super) fn quote(&self, title: &str, text: &str) {
        print_behind_bar(title, text);
        self.add(Block::Verbatim { title: title.to_owned(), text: text.to_owned() });
    }

    fn markdown(&self, title: &str, mark: Option<Mark>, text: &str) {
        print_behind_bar(title, text);
        self.add(Block::Markdown { title: title.to_owned(), mark, text: text.to_owned() });
    }

    pub(super) fn log(&self, run: &StepRun) {
        if self.log {
            print_behind_bar("log", &run.log);
        }
    }

    /// The plan as the log tells it.
    pub(super) fn plan(&self, run: &StepRun) {
        let after = run.log.split_once("##[group]Plan\n").map_or("", |(_, after)| after);
        let plan = after.split_once("##[endgroup]").map_or(after, |(plan, _)| plan);
        self.quote("the plan, in the log", plan);
    }

    /// What the step hands on, each value once.
    pub(super) fn outputs(&self, run: &StepRun) {
        let ours = |name: &str| !name.contains(char::is_uppercase) && name != "plan";
        let lines: Vec<_> = run
            .outputs
            .iter()
            .filter(|(name, value)| ours(name) && !value.is_empty())
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        self.quote("outputs", &lines.join("\n"));
    }

    pub(super) fn summary(&self, run: &StepRun) {
        self.markdown("step summary", None, &run.summary);
    }

    pub(super) fn pull(&self, pull: &Pull) {
        let title = format!(
            "pull request #{}: {} ({} ← {})",
            pull.number, pull.title, pull.base, pull.head
        );
        self.markdown(&title, Some(Mark::Open), &pull.body);
    }

    pub(super) fn release(&self, tag: &str, notes: &str) {
        self.markdown(tag, Some(Mark::Release), notes);
    }

    /// Notes of a changelog.
    pub(super) fn notes(&self, title: &str, text: &str) {
        self.markdown(title, None, text);
    }

    /// A message as people see it in Slack.
    pub(super) fn message(&self, channel: &str, payload: &Value) {
        let drawn = preview::terminal::show(payload, WIDTH, false);
        print_behind_bar(channel, &drawn);
        self.add(Block::Message {
            title: channel.to_owned(),
            page: preview::html::page(payload, "Launchway"),
            lines: drawn.lines().count(),
        });
    }

    /// A run that was killed, and what it left.
    pub(super) fn killed(&self, title: &str, left: &str) {
        self.markdown(title, Some(Mark::Killed), left);
    }

    /// The requests of a chapter.
    pub(super) fn requests(&self, seen: Vec<Traffic>) {
        let writes = seen.iter().filter(|one| one.is_write).count();
        println!("{INDENT}✓ as it should be; {} requests, {writes} of them writes", seen.len());
        self.add(Block::Traffic(seen));
    }

    /// Writes the page, says where it is.
    pub(super) fn end(&self, folder: &Path, seen: &[Traffic], took: Duration) -> Result<PathBuf> {
        let chapters = self.chapters.borrow();
        let github = seen.iter().filter(|one| one.to == "GitHub").count();
        let totals = Totals {
            chapters: chapters.len(),
            github,
            registries: seen.len() - github,
            writes: seen.iter().filter(|one| one.is_write).count(),
            took,
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let file = folder.join("index.html");
        std::fs::write(&file, page::render(&chapters, &totals))
            .with_context(|| format!("cannot write {}", file.display()))?;
        println!(
            "\nEvery step did what it says: {} chapters, {} requests to GitHub and {} to the registries, {:.1} s.",
            totals.chapters,
            totals.github,
            totals.registries,
            took.as_secs_f64()
        );
        Ok(file)
    }
}

fn print_behind_bar(title: &str, text: &str) {
    println!("{INDENT}{title}");
    for line in text.trim_end().lines() {
        println!("{INDENT}│ {line}");
    }
    println!();
}

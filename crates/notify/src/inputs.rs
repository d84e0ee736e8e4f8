//! The verbs, and the inputs all of them have. Those of one channel stand with the channel.

use clap::{ArgAction, Args, Command, CommandFactory, Parser, Subcommand, ValueEnum};
use launchway_base::Secret;
use launchway_runtime::inputs::{Document, Verbatim};

use crate::status::Status;
use crate::{discord, email, slack, teams, webhook};

/// The notifier: a message that says something, sent exactly once.
#[derive(Debug, Parser)]
#[command(name = "launchway-notify", subcommand_required = true)]
pub struct Cli {
    /// Where to.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Where to.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Posts to Slack: by an incoming webhook, a workflow trigger or a bot token.
    Slack(Box<slack::Inputs>),

    /// Posts a card to Microsoft Teams, by the webhook of a workflow.
    Teams(Box<teams::Inputs>),

    /// Sends an e-mail, by SMTP.
    Email(Box<email::Inputs>),

    /// Posts to Discord, by a channel's webhook.
    Discord(Box<discord::Inputs>),

    /// Posts the message as signed JSON to any address.
    Webhook(Box<webhook::Inputs>),
}

/// What the message says.
#[derive(Clone, Debug, Default, Args)]
pub struct Content {
    /// Finished layout, filled from the event and the inputs: `deploy`, `release`, `ci`, `canary` or `approval`.
    #[arg(long, value_enum)]
    pub template: Option<Template>,

    /// How it went: `started`, `success`, `failure`, `cancelled`, `skipped` or `waiting`. Unless given, the worst of `needs` and of this job; or after
    /// another workflow how that one ended; or, with the template `deploy`, `release` or `ci`, how this job goes so far. A `success` given next to `needs`
    /// that failed is a failure: the status of a job says nothing of other jobs.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<Status>,

    /// How this job goes so far, which GitHub fills in.
    #[arg(long, value_name = "STATUS")]
    pub job_status: Option<Status>,

    /// Leg of a matrix this job is, as JSON, which GitHub fills in: messages of different legs that say the same are told apart by it.
    #[arg(long, value_name = "JSON")]
    pub matrix: Option<Document>,

    /// First line. The template has one of its own unless given. The sign of the status is put in front, unless it has a sign.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// Text in Markdown.
    #[arg(long, value_name = "MARKDOWN")]
    pub text: Option<Verbatim>,

    /// Names and values, one `Name=value` per line, split at the first `=`. One of a template's own names takes its place; one without a value is
    /// left out.
    #[arg(long, value_name = "NAME=VALUE")]
    pub fields: Vec<String>,

    /// What was deployed or released. Unless given, that of the release or tag of the event.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,

    /// Environment that is deployed to, such as `production`. Unless given, that of the deployment of the event.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Where what was deployed can be seen. Unless given, the address the deployment of the event has.
    #[arg(long, value_name = "URL")]
    pub environment_url: Option<String>,

    /// What changed, as Markdown. Unless given, the notes of the release of the event.
    #[arg(long, value_name = "MARKDOWN")]
    pub changelog: Option<Verbatim>,

    /// File with what changed. One that is not there is a warning: the job that writes it may be the one that failed.
    #[arg(long, value_name = "PATH", conflicts_with = "changelog")]
    pub changelog_file: Option<String>,

    /// The jobs this one waited for, the expression `toJSON(needs)`: those that failed are named.
    #[arg(long, value_name = "JSON")]
    pub needs: Option<Document>,

    /// When it began, such as `2026-03-04T05:06:07Z` or seconds since 1970, from which the duration is told.
    #[arg(long, value_name = "TIME")]
    pub started_at: Option<String>,

    /// Who is called, one per line or with commas between: a GitHub login of `people-file`, an id of the channel's, `@here`, `@channel`; with
    /// statuses in front only then: `failure: @octocat`, `failure, cancelled: @here`. Nobody else is called, whatever stands in the texts.
    #[arg(long, value_name = "WHO")]
    pub mentions: Vec<String>,

    /// File that says which id of the channel belongs to which GitHub login, one `login: id` per line.
    #[arg(long, value_name = "PATH")]
    pub people_file: Option<String>,

    /// Token for the GitHub API, by which links to failed jobs and the step that failed are found, when something failed. It needs `actions: read`.
    /// Without an answer the message is sent without links.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,
}

impl Content {
    /// Whether there is something to say.
    pub fn says(&self) -> bool {
        let words = [&self.title, &self.version, &self.environment, &self.changelog_file];
        let texts = [&self.text, &self.changelog];
        self.template.is_some()
            || self.status.is_some()
            || !self.fields.is_empty()
            || !self.mentions.is_empty()
            || words.iter().any(|word| word.is_some())
            || texts.iter().any(|text| text.is_some())
            || self.needs.is_some()
    }
}

/// Finished layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// A deployment.
    Deploy,
    /// A release.
    Release,
    /// Tests and builds.
    Ci,
    /// A canary on its way.
    Canary,
    /// Somebody has to say yes.
    Approval,
}

/// How it is sent.
#[derive(Clone, Debug, Args)]
pub struct Delivery {
    /// Whether a message that could not be sent fails the step. Bad input always does.
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    pub fail_on_error: Option<bool>,

    /// How often it is sent again at most, when it surely did not arrive: a number, or `RAPID`, ten times in a hurry.
    #[arg(long, value_name = "COUNT", default_value = "5")]
    pub retries: String,

    /// Longest time of one request, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout_seconds: u64,

    /// Time in seconds in which everything ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=21600))]
    pub deadline_seconds: u64,

    /// What to do when a message may have arrived. `fail`: say so, and send it no second time. `retry`: send it again, at the risk of two.
    #[arg(long, value_enum, default_value_t)]
    pub on_ambiguous: OnAmbiguous,

    /// Print what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// File for a picture of the message, as an HTML page.
    #[arg(long, value_name = "PATH")]
    pub preview_file: Option<String>,
}

/// What to do when a message may have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnAmbiguous {
    /// Say so.
    #[default]
    Fail,
    /// Send it again.
    Retry,
}

/// The program's command line.
pub fn command() -> Command {
    Cli::command()
}

/// The command of one verb, whose arguments are the inputs of its action.
pub fn verb(name: &str) -> Command {
    let root = Cli::command();
    root.find_subcommand(name).cloned().unwrap_or(root)
}

//! The inputs of the action. Names of slackapi/slack-github-action mean what they mean there.

use clap::{ArgAction, Args, ValueEnum};
use launchway_base::Secret;
use launchway_runtime::inputs::{Separator, Verbatim};

use crate::inputs::{Content, Delivery};

/// The inputs of `slack`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Bot token, `xoxb-…`. Unless given, that of the variable `SLACK_TOKEN` or `SLACK_BOT_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<Secret>,

    /// Address of an incoming webhook or workflow trigger. Unless given, that of the variable `SLACK_WEBHOOK_URL`.
    #[arg(long, value_name = "URL")]
    pub webhook: Option<Secret>,

    /// What the address of `webhook` is: `incoming-webhook`, which posts a message, or `webhook-trigger`, which starts a workflow of Slack's with
    /// `payload` as its variables. Unless given, told by the address.
    #[arg(long, value_enum)]
    pub webhook_type: Option<WebhookType>,

    /// Channel to post to with a token: its id, `C0123456789`, or its name.
    #[arg(long, value_name = "CHANNEL", visible_alias = "channel-id")]
    pub channel: Option<String>,

    /// What the message is about, such as `deploy-production`: a message of this key is looked for in the channel and updated, with a thread of its
    /// steps; without one it is posted. Needs a token.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// Message to answer in a thread.
    #[arg(long, value_name = "TS", alias = "thread_ts")]
    pub thread_ts: Option<String>,

    /// Show an answer in the channel, too.
    #[arg(long)]
    pub reply_broadcast: bool,

    /// Message to update.
    #[arg(long, value_name = "TS", alias = "update_ts")]
    pub update_ts: Option<String>,

    /// Show the message to this person only, by id.
    #[arg(long, value_name = "USER")]
    pub ephemeral_to: Option<String>,

    /// Sign to put below the message of `update-ts` or `thread-ts`, such as `white_check_mark`.
    #[arg(long, value_name = "NAME")]
    pub reaction: Option<String>,

    /// File to put into the channel, such as a log. One that is not there is a warning where there is a message, too: the step that writes it may be
    /// the one that failed.
    #[arg(long, value_name = "PATH")]
    pub snippet: Option<String>,

    /// Method of the Web API to call with `payload`, such as `chat.postMessage`.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,

    /// What to send, as JSON or YAML, instead of a message made here. `{{ name }}` in its texts is a fact of the run.
    #[arg(long, value_name = "JSON")]
    pub payload: Option<Verbatim>,

    /// File with what to send.
    #[arg(long, value_name = "PATH")]
    pub payload_file_path: Option<String>,

    /// Sign by which names of nested values are joined, for workflow triggers.
    #[arg(long, value_name = "TEXT")]
    pub payload_delimiter: Option<Separator>,

    /// Whether every `{{ name }}` in the payload has to be a known fact.
    #[arg(long)]
    pub payload_templated: bool,

    /// Whether a refusal of Slack's fails the step. `fail-on-error` comes first.
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    pub errors: Option<bool>,

    /// Address of the API, the part before the method, such as `https://slack-gov.com/api`. Unless given, `https://slack.com/api`.
    // A default would stand among the inputs of every step, and win over `api`.
    #[arg(long, value_name = "URL", visible_alias = "api")]
    pub api_url: Option<String>,

    /// Proxy for all requests. Unless given, those of the environment.
    #[arg(long, value_name = "URL")]
    pub proxy: Option<Secret>,

    /// What the message says.
    #[command(flatten)]
    pub content: Content,

    /// How it is sent.
    #[command(flatten)]
    pub delivery: Delivery,
}

/// What a webhook's address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WebhookType {
    /// It posts a message.
    IncomingWebhook,
    /// It starts a workflow of Slack's.
    WebhookTrigger,
}

impl WebhookType {
    /// What the variable `SLACK_WEBHOOK_TYPE` says, in the words of slack-github-action 1.
    pub fn of_variable(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "INCOMING_WEBHOOK" => Some(Self::IncomingWebhook),
            "WORKFLOW_TRIGGER" => Some(Self::WebhookTrigger),
            _ => None,
        }
    }
}

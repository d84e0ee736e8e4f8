//! The inputs of the action.

use clap::Args;
use launchway_base::Secret;

use crate::inputs::{Content, Delivery};

/// The inputs of `email`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Server the message is handed to: `smtp://host:587`, which turns to TLS before anything is said, or `smtps://host:465`, which speaks TLS at once.
    /// User and password may stand in it. `?tls=none` speaks no TLS. Unless given, that of the variable `SMTP_URL`.
    #[arg(long, value_name = "URL")]
    pub server: Option<Secret>,

    /// User to log in as, where `server` has none.
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,

    /// Password to log in with, where `server` has none. Unless given, that of the variable `SMTP_PASSWORD`.
    #[arg(long, value_name = "PASSWORD")]
    pub password: Option<Secret>,

    /// Who sends it: `deploy@example.com` or `Deployments <deploy@example.com>`.
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,

    /// Who gets it, one per line.
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,

    /// Who gets a copy, one per line.
    #[arg(long, value_name = "ADDRESS")]
    pub cc: Vec<String>,

    /// Who gets a copy the others do not see, one per line.
    #[arg(long, value_name = "ADDRESS")]
    pub bcc: Vec<String>,

    /// Who gets the answers, one per line.
    #[arg(long, value_name = "ADDRESS")]
    pub reply_to: Vec<String>,

    /// Files to attach, one per line, 10 MB in all. One that is not there is a warning: the step that writes it may be the one that failed.
    #[arg(long, value_name = "PATH")]
    pub attachments: Vec<String>,

    /// What the message is about, such as `deploy-production`: messages of one key are one conversation.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// What the message says.
    #[command(flatten)]
    pub content: Content,

    /// How it is sent.
    #[command(flatten)]
    pub delivery: Delivery,
}

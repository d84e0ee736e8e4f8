//! The inputs of the action.

use clap::Args;
use launchway_base::Secret;

use crate::inputs::{Content, Delivery};

/// The inputs of `discord`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Address of the channel's webhook. Unless given, that of the variable `DISCORD_WEBHOOK_URL`.
    #[arg(long, value_name = "URL")]
    pub webhook: Option<Secret>,

    /// Message of this webhook to update, by id, such as the output `message-id` of an earlier step.
    #[arg(long, value_name = "ID")]
    pub update_id: Option<String>,

    /// Thread of the channel to post to, by id.
    #[arg(long, value_name = "ID")]
    pub thread_id: Option<String>,

    /// Name of a post to make in a forum or media channel, which takes no message outside of one.
    #[arg(long, value_name = "NAME")]
    pub thread_name: Option<String>,

    /// Name the message is posted under, instead of the webhook's.
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,

    /// Picture the message is posted with, instead of the webhook's.
    #[arg(long, value_name = "URL")]
    pub avatar_url: Option<String>,

    /// What the message says.
    #[command(flatten)]
    pub content: Content,

    /// How it is sent.
    #[command(flatten)]
    pub delivery: Delivery,
}

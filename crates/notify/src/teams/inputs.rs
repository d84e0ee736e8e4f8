//! The inputs of the action.

use clap::Args;
use launchway_base::Secret;

use crate::inputs::{Content, Delivery};

/// The inputs of `teams`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Address of the workflow, made in Teams with "Send webhook alerts to a channel". Unless given, that of the variable `TEAMS_WEBHOOK_URL`.
    #[arg(long, value_name = "URL")]
    pub webhook: Option<Secret>,

    /// What the message says.
    #[command(flatten)]
    pub content: Content,

    /// How it is sent.
    #[command(flatten)]
    pub delivery: Delivery,
}

//! The inputs of the action.

use clap::Args;
use launchway_base::Secret;

use crate::inputs::{Content, Delivery};

/// The inputs of `webhook`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Address the message is posted to as JSON. Unless given, that of the variable `LAUNCHWAY_WEBHOOK_URL`.
    #[arg(long, value_name = "URL")]
    pub webhook: Option<Secret>,

    /// Secret by which the message is signed: `X-Launchway-Signature` is `sha256=` and the HMAC of `X-Launchway-Timestamp`, a dot and the body.
    #[arg(long, value_name = "SECRET")]
    pub secret: Option<Secret>,

    /// More headers, one `Name: value` per line.
    #[arg(long, value_name = "NAME: VALUE")]
    pub headers: Vec<String>,

    /// What the message is about, such as `deploy-production`; handed on as `key`.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// What the message says.
    #[command(flatten)]
    pub content: Content,

    /// How it is sent.
    #[command(flatten)]
    pub delivery: Delivery,
}

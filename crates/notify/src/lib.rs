//! The notifier: a message that says something, sent exactly once, or a clear word on why not.
//!
//! Inputs and event become [`facts`], a template makes a [`message`] of them, a channel renders it,
//! fits it into its limits and sends it. Only the sending touches the network.

pub mod channel;
pub mod deliver;
pub mod discord;
pub mod email;
pub mod facts;
pub mod hash;
pub mod inputs;
pub mod line;
pub mod message;
pub mod observe;
pub mod payload;
pub mod preview;
pub mod slack;
pub mod status;
pub mod teams;
pub mod template;
pub mod text;
pub mod webhook;
pub mod words;

pub use inputs::{command, verb};

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::{Cli, Verb};

/// The program: does what the command line says.
///
/// # Errors
/// Bad input; a channel refuses or cannot be reached.
pub fn main(session: &Session, cli: Cli) -> Result<(), Failure> {
    launchway_http::block_on(async {
        match cli.verb {
            Verb::Slack(inputs) => slack::main(session, &inputs).await,
            Verb::Teams(inputs) => teams::main(session, *inputs).await,
            Verb::Email(inputs) => email::main(session, *inputs).await,
            Verb::Discord(inputs) => discord::main(session, *inputs).await,
            Verb::Webhook(inputs) => webhook::main(session, *inputs).await,
        }
    })?
}

//! The notifier: a message that says something, sent exactly once, or a clear word on why not.
//!
//! Inputs and event become [`facts`], a template makes a [`message`] of them, a channel renders it,
//! fits it into its limits and sends it. Only the sending touches the network.

pub mod deliver;
pub mod facts;
pub mod inputs;
pub mod line;
pub mod message;
pub mod observe;
pub mod slack;
pub mod status;
pub mod template;
pub mod text;
pub mod words;

pub use inputs::{command, verb};

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::{Cli, Verb};

/// The program: does what the command line says.
///
/// # Errors
/// Bad input; a channel refuses or cannot be reached.
pub fn main(_session: &Session, cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Slack(_inputs) => Ok(()),
    }
}

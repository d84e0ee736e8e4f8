//! The changelog generator: from history to changelog and release notes, with git-cliff's
//! templates, configuration, flags and bytes.
//!
//! [`inputs`] and [`config`] → [`settings`] → [`history`] (one reading of git) → [`releases`] (pure)
//! → [`process`] and [`finish`] → [`render`] → files and outputs; [`run`] holds them together.

pub mod args;
pub mod bump;
pub mod changesets;
pub mod config;
pub mod context;
pub mod engine;
pub mod escape;
pub mod finish;
pub mod guard;
pub mod history;
pub mod home;
pub mod inputs;
pub mod limits;
pub mod model;
pub mod output;
pub mod outputs;
pub mod packages;
pub mod parallel;
pub mod presets;
pub mod process;
pub mod pulls;
pub mod range;
pub mod release_yml;
pub mod releases;
pub mod remote_data;
pub mod render;
pub mod report;
pub mod run;
pub mod settings;
pub mod submodules;
pub mod template_error;
pub mod unsupported;
pub mod upstream;
pub mod write;

use launchway_base::Failure;
use launchway_runtime::Session;
use launchway_runtime::inputs::{Parsed, parse};

use crate::inputs::Inputs;

pub use inputs::command;

/// Inputs of git-cliff-action that mean nothing here: which git-cliff to download.
pub const FOREIGN_INPUTS: &[&str] = &["version"];

/// The program: does what the command line says.
pub fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    session.stdout_is_a_document();
    let args = inputs.args.as_deref().map(str::trim).filter(|args| !args.is_empty());
    let mut inputs = match args {
        Some(args) => with_flags(session, args)?,
        None => inputs,
    };
    inputs.unsupported.refuse()?;
    inputs.range = inputs.range.or(inputs.range_input.take());
    inputs.github_token = inputs.github_token_of_peer.take().or(inputs.github_token);
    run::main(session, &inputs)
}

/// Reads flags that came as one text behind those of the command line, and with them all inputs
/// again.
fn with_flags(session: &Session, args: &str) -> Result<Inputs, Failure> {
    let words = args::words(args)?.into_iter().map(Into::into);
    let line = std::env::args_os().chain(words).collect();
    match parse::<Inputs>(line, session.env(), session.info().foreign_inputs)? {
        Parsed::Inputs { inputs, .. } => Ok(inputs),
        Parsed::Help(_) => Err(Failure::input("`args` asks for help, which is no changelog")),
    }
}

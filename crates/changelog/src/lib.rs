//! The changelog generator: from history to changelog and release notes, with git-cliff's
//! templates, configuration, flags and bytes.
//!
//! [`inputs`] and [`config`] → [`settings`] → [`history`] (one reading of git) → [`releases`] (pure)
//! → [`process`] and [`finish`] → [`render`] → files and outputs; [`run`] holds them together.

pub mod bump;
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
    match inputs.args.as_deref().map(str::trim).filter(|args| !args.is_empty()) {
        None => run::main(session, &inputs),
        Some(args) => run::main(session, &with_flags(session, args)?),
    }
}

/// Reads flags that came as one text. The other inputs are read again with them.
fn with_flags(session: &Session, args: &str) -> Result<Inputs, Failure> {
    let words = shlex::split(args).ok_or_else(|| {
        Failure::input("`args` ends within quotes").with_hint("close the quotes, or use the inputs")
    })?;
    let name = session.info().name.to_owned();
    let line = std::iter::once(name).chain(words).map(Into::into).collect();
    match parse::<Inputs>(line, session.env(), session.info().foreign_inputs)? {
        Parsed::Inputs { inputs, .. } => Ok(inputs),
        Parsed::Help(_) => Err(Failure::input("`args` asks for help, which is no changelog")),
    }
}

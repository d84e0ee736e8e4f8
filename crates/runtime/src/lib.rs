//! A runner as Launchway programs see it: inputs, event, outputs, summary, annotations, masks, logs.
//!
//! Writes files and the two standard streams, never the network. A program's `main` is
//! [`run`]: it takes a snapshot of the [`Environment`], reads the [`inputs`], hands a [`Session`]
//! to the body and turns what comes back into annotations, summary and exit code.
//!
//! ```no_run
//! use launchway_runtime::{ProgramInfo, Session, run};
//!
//! /// Says hello.
//! #[derive(clap::Parser)]
//! #[command(name = "launchway-hello")]
//! struct Inputs {
//!     /// Whom to greet.
//!     #[arg(long, default_value = "world")]
//!     name: String,
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     run(ProgramInfo::new("launchway-hello"), |session: &Session, inputs: Inputs| {
//!         session.say(&format!("hello, {}", inputs.name));
//!         Ok(())
//!     })
//! }
//! ```

pub mod annotations;
pub mod child;
pub mod console;
mod defuse;
mod environment;
pub mod event;
pub mod files;
pub mod inputs;
pub mod log;
pub mod markdown;
pub mod mask;
pub mod mermaid;
pub mod outputs;
mod program;
mod session;
mod signals;
pub mod summary;
pub mod workflow;

pub use annotations::{Annotation, Level};
pub use child::hidden_from_children;
pub use console::{Console, Foreign, Group, Stream};
pub use environment::Environment;
pub use event::{Context, Payload, Repository};
pub use markdown::Markdown;
pub use mask::redact;
pub use mermaid::Mermaid;
pub use outputs::{OutputDecl, OutputSet};
pub use program::{Outcome, ProgramInfo, execute, run, run_without_inputs};
pub use session::Session;
pub use signals::Signals;
pub use summary::Summary;

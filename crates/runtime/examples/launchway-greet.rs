//! A whole program on the runtime, small enough to read; `tests/program.rs` drives it.

use std::process::ExitCode;

use launchway_base::{Failure, Location, Secret};
use launchway_runtime::{ProgramInfo, Session, Summary, run};

launchway_runtime::outputs! {
    /// What it hands on.
    struct Greeted {
        /// What was said.
        said => "said", "whatWasSaid",
    }
}

/// Says something.
#[derive(clap::Parser)]
#[command(name = "launchway-greet")]
struct Inputs {
    /// What to say.
    #[arg(long, default_value = "hello", alias = "sayThis")]
    say: String,
    /// How to end.
    #[arg(long, default_value = "well")]
    end: String,
    /// A secret.
    #[arg(long)]
    token: Option<Secret>,
}

fn main() -> ExitCode {
    let info = ProgramInfo::new("launchway-greet").ignoring(&["launchway-path"]);
    run(info, |session: &Session, inputs: Inputs| greet(session, &inputs))
}

fn greet(session: &Session, inputs: &Inputs) -> Result<u8, Failure> {
    match inputs.end.as_str() {
        "badly" => Err(Failure::remote(format!("nobody answers to `{}`", inputs.say))
            .at(Location::line(".changeset/a.md", 2))
            .with_hint("look again")
            .caused_by(std::io::Error::other("the cause"))),
        "in-panic" => broken(&inputs.say),
        "with-document" => {
            session.stdout_is_a_document();
            tracing::info!("working");
            tracing::warn!(file = "a.md", line = 3, title = "look", "odd");
            session.document("{}\n");
            Ok(7)
        }
        "after-chatter" => {
            (0..20_000).for_each(|_| session.say("a line nobody reads"));
            session.write_outputs(&Greeted { said: Some("all".to_owned()) })?;
            Ok(0)
        }
        _ => {
            let token = inputs.token.as_ref().map(Secret::expose).unwrap_or_default();
            tracing::info!(count = 2, token, "saying {}", inputs.say);
            tracing::debug!("details");
            tracing::info!(target: "hyper", "not ours");
            session.write_outputs(&Greeted { said: Some(inputs.say.clone()) })?;
            session.summarize(&Summary::new().paragraph(&inputs.say))?;
            Ok(0)
        }
    }
}

#[expect(clippy::panic, reason = "shows what a bug looks like")]
fn broken(say: &str) -> Result<u8, Failure> {
    panic!("broken: {say}")
}

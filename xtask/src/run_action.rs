//! `cargo xtask run-action`: an `action.yml` of ours, run here as a runner would.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::FakeRunner;

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its folder, such as `actions/health-check`.
    folder: PathBuf,
    /// Its inputs, each `NAME=VALUE`.
    inputs: Vec<String>,
    /// The folder it runs in.
    #[arg(long, default_value = ".")]
    workspace: PathBuf,
    /// Variables of the job, each `NAME=VALUE`; may stand again.
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The event that started it.
    #[arg(long, default_value = "push")]
    event: String,
    /// File with the event's payload, as JSON.
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// The ref it runs for.
    #[arg(long = "ref", default_value = "refs/heads/main")]
    reference: String,
    /// `owner/name`.
    #[arg(long, default_value = "acme/shop")]
    repository: String,
}

fn pair(text: &str) -> Result<(&str, &str)> {
    text.split_once('=').with_context(|| format!("`{text}` is not NAME=VALUE"))
}

/// Runs the action and prints what a runner would show; whether it is green.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let file = args.folder.join("action.yml");
    ensure!(file.is_file(), "there is no {}", file.display());
    let payload = match &args.payload {
        Some(file) => serde_json::from_str(&std::fs::read_to_string(file)?)
            .with_context(|| format!("{} is no JSON", file.display()))?,
        None => serde_json::json!({}),
    };
    let mut runner = FakeRunner::new(std::path::absolute(&args.workspace)?)
        .repository(&args.repository)
        .reference(&args.reference)
        .event(&args.event, payload);
    if let Ok(token) = std::env::var("GITHUB_TOKEN") {
        runner = runner.token(&token);
    }
    // What the launcher looks at, from where this was started.
    for name in ["LAUNCHWAY_PATH", "LAUNCHWAY_MIRROR", "LAUNCHWAY_FALLBACK", "RUNNER_TOOL_CACHE"] {
        if let Ok(value) = std::env::var(name) {
            runner = runner.env(name, &value);
        }
    }
    for one in &args.env {
        let (name, value) = pair(one)?;
        runner = runner.env(name, value);
    }
    let inputs = args.inputs.iter().map(|one| pair(one)).collect::<Result<Vec<_>>>()?;
    let done = runner.run_action(&args.folder, &inputs);
    print!("{}", done.log);
    for (name, value) in &done.outputs {
        println!("output {name}: {value}");
    }
    if !done.summary.is_empty() {
        println!("\n{}", done.summary);
    }
    println!("exit code {}", done.exit_code);
    Ok(done.exit_code == 0)
}

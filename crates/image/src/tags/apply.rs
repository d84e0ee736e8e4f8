//! Writes what a plan says: bake files, outputs, variables.

use std::path::{Path, PathBuf};

use launchway_base::Failure;
use launchway_runtime::outputs::CommandFile;
use launchway_runtime::workflow::random_token;
use launchway_runtime::{OutputSet, Session};

use super::bake;
use super::plan::Plan;
use super::report::{self, Separators};

/// How a plan is written.
#[derive(Clone, Debug)]
pub struct How {
    /// What stands between the entries of each output.
    pub separators: Separators,
    /// The target of the bake files.
    pub target: String,
    /// Whether outputs are variables for later steps, too.
    pub set_env: bool,
}

/// Writes bake files, outputs and variables, in that order, and says which bake files there are.
/// Without a runner that takes outputs nothing is written.
///
/// # Errors
/// A file cannot be written, or the outputs are more than a job may hold. Then no output is left,
/// nor a bake file.
pub fn write(session: &Session, plan: &Plan, how: &How) -> Result<(), Failure> {
    let bakes = bake::files(plan, &how.target);
    for (output, text) in &bakes {
        let _group = session.group(&format!("Bake file ({output})"));
        say(session, text);
    }
    if session.env().get_os("GITHUB_OUTPUT").is_none() {
        return Ok(());
    }
    let folder = session.context().temp_dir().join(format!("launchway-image-{}", random_token()));
    let written = write_files(&folder, &bakes).and_then(|paths| {
        let outputs = report::outputs(plan, &how.separators, &paths);
        session.write_outputs(&outputs)?;
        if how.set_env {
            write_variables(session, &outputs)?;
        }
        Ok(())
    });
    if written.is_err() {
        let _best_effort = std::fs::remove_dir_all(&folder);
    }
    written
}

/// Says every line of a text.
pub fn say(session: &Session, text: &str) {
    text.split('\n').for_each(|line| session.say(line));
}

fn write_files(
    folder: &Path,
    bakes: &[(&'static str, String)],
) -> Result<Vec<(&'static str, String)>, Failure> {
    let refuse = |path: &Path, error: std::io::Error| {
        Failure::input(format!("cannot write `{}`", path.display()))
            .with_hint("`RUNNER_TEMP` names the folder for such files")
            .caused_by(error)
    };
    std::fs::create_dir_all(folder).map_err(|error| refuse(folder, error))?;
    bakes
        .iter()
        .map(|(output, text)| {
            let path: PathBuf = folder.join(bake::file_name(output));
            std::fs::write(&path, text).map_err(|error| refuse(&path, error))?;
            Ok((*output, path.display().to_string()))
        })
        .collect()
}

fn write_variables(session: &Session, outputs: &impl OutputSet) -> Result<(), Failure> {
    let pairs = outputs.pairs();
    let (variables, left_out) = report::variables(&pairs);
    let pairs: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let file = session.env().get_os("GITHUB_ENV").map(Path::new);
    let warning = CommandFile::new(file, "variable").write(&pairs)?;
    if !left_out.is_empty() {
        session
            .warn(&format!("too long for a variable, so only an output: {}", left_out.join(", ")));
    }
    if let Some(warning) = warning {
        session.warn(&warning);
    }
    Ok(())
}

//! What a receiver tells a second copy by.

use std::time::SystemTime;

use launchway_runtime::Session;

/// Names a message of these texts: the same in every try of one step, another one in every other step,
/// attempt, run and leg of a matrix. 64 hexadecimal digits. Outside of a workflow no two are the same.
pub fn name(session: &Session, matrix: Option<&str>, texts: &[&str]) -> String {
    let env = |name| session.env().get(name).unwrap_or_default();
    let run = env("GITHUB_RUN_ID");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let once = if run.is_empty() { now.as_nanos().to_string() } else { String::new() };
    let step = [
        env("GITHUB_REPOSITORY"),
        run,
        env("GITHUB_RUN_ATTEMPT"),
        env("GITHUB_JOB"),
        env("GITHUB_ACTION"),
        matrix.unwrap_or_default(),
        &once,
    ];
    crate::hash::of(&[&step, texts].concat())
}

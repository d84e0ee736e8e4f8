//! Running a package manager: environment, time limit, output.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use launchway_base::{Deadline, redact};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::PublishError;

/// A package manager that takes longer for one package than this hangs.
const LIMIT: Duration = Duration::from_mins(15);

/// How package managers are run. Scripts of the project run under them, so they never see our own
/// inputs, and the right to ask for identity tokens only when publishing.
#[derive(Clone, Debug)]
pub struct Runner {
    env: BTreeMap<OsString, OsString>,
    deadline: Deadline,
    limit: Duration,
}

/// What a finished command left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` when a signal ended it.
    pub exit: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    /// Whether it ended with exit code 0.
    pub fn is_success(&self) -> bool {
        self.exit == Some(0)
    }
}

/// One command.
pub(crate) struct Job<'a> {
    pub(crate) program: &'a str,
    pub(crate) args: Vec<OsString>,
    pub(crate) dir: &'a Path,
    pub(crate) stdin: Option<&'static str>,
    /// Speaks with the user's terminal instead of us.
    pub(crate) interactive: bool,
    /// May ask for identity tokens.
    pub(crate) publishes: bool,
    pub(crate) env: Vec<(&'static str, Option<String>)>,
}

impl<'a> Job<'a> {
    pub(crate) fn new<S: Into<OsString>>(
        program: &'a str,
        dir: &'a Path,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        Self {
            program,
            args,
            dir,
            stdin: None,
            interactive: false,
            publishes: false,
            env: Vec::new(),
        }
    }

    fn name(&self) -> String {
        let verb =
            self.args.iter().take_while(|arg| !arg.to_string_lossy().starts_with('-')).take(1);
        verb.fold(self.program.to_owned(), |name, verb| {
            format!("{name} {}", verb.to_string_lossy())
        })
    }
}

impl Runner {
    /// Runs with this environment, which is all a command gets. The caller leaves out what children
    /// must not see; `LAUNCHWAY_INPUTS` and `INPUT_*` are left out here.
    pub fn new<K: Into<OsString>, V: Into<OsString>>(
        env: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let env: BTreeMap<OsString, OsString> = env
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| !is_ours(name))
            .collect();
        // What a package manager complains about is shown; its credentials must not be.
        for (name, value) in &env {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
                && is_secret(name)
            {
                redact::register(value);
            }
        }
        Self { env, deadline: Deadline::none(), limit: LIMIT }
    }

    /// Runs with the environment of this process.
    pub fn inherited() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The same, with every command ended when the deadline passes.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same, with another limit for a single command than a quarter of an hour.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The same, without a variable, for all commands.
    #[must_use]
    pub fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.remove(name.as_ref());
        self
    }

    /// A variable children get; `None` when unset or not UTF-8.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(OsStr::new(name))?.to_str()
    }

    /// Names of all variables children get.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
    }

    pub(crate) async fn run(&self, job: Job<'_>) -> Result<Finished, PublishError> {
        let name = job.name();
        let program = self
            .find(job.program)
            .ok_or_else(|| PublishError::NoProgram(job.program.to_owned()))?;
        let mut command = Command::new(program);
        command.args(&job.args).current_dir(job.dir).env_clear().kill_on_drop(true);
        command.envs(self.env.iter().filter(|(name, _)| job.publishes || !is_identity(name)));
        for (name, value) in &job.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if job.interactive {
            command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        } else {
            let stdin = if job.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
            command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        tracing::debug!(command = %name, dir = %job.dir.display(), "running");
        let failed = |source| PublishError::Run { command: name.clone(), source };
        let mut child = command.spawn().map_err(failed)?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), job.stdin) {
            // A command that does not read closes the pipe, which is no failure.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
        let output =
            tokio::time::timeout(self.deadline.bound(self.limit), child.wait_with_output())
                .await
                .map_err(|_| PublishError::TimedOut(name.clone()))?
                .map_err(failed)?;
        Ok(Finished {
            exit: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The program on `PATH`. On Windows package managers are scripts, which only a full name finds.
    fn find(&self, program: &str) -> Option<PathBuf> {
        let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
        let path = self.env.iter().find(|(name, _)| name.eq_ignore_ascii_case("PATH"))?.1;
        std::env::split_paths(path)
            .flat_map(|folder| {
                endings.iter().map(move |ending| folder.join(format!("{program}{ending}")))
            })
            .find(|file| file.is_file())
    }
}

fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name == "LAUNCHWAY_INPUTS" || name.starts_with("INPUT_")
}

fn is_identity(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("ACTIONS_ID_TOKEN_")
}

/// Names of variables whose values are credentials.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["_token", "_authtoken", "_auth", "_password", "_otp"]
        .iter()
        .any(|ending| name.ends_with(ending))
        && ["npm_", "pnpm_", "yarn_", "node_auth_", "actions_id_"]
            .iter()
            .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_variables_are_redacted() {
        Runner::new([
            ("NODE_AUTH_TOKEN", "sesame-node"),
            ("npm_config_//r/:_authToken", "sesame-npm"),
        ]);
        assert_eq!(redact::redact("a sesame-node b sesame-npm"), "a *** b ***");
        for name in [
            "NPM_TOKEN",
            "YARN_NPM_AUTH_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "npm_config__auth",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "npm_config_registry", "ACTIONS_ID_TOKEN_REQUEST_URL", "GIT_AUTH"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}

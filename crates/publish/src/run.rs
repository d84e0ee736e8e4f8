//! Running a package manager: environment, time limit, output.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use launchway_base::{Deadline, redact};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::PublishError;

/// A package manager that takes longer for one package than this hangs.
const LIMIT: Duration = Duration::from_mins(15);
/// What a lookup may still take after the deadline: it tells what became of what was begun before.
const GRACE: Duration = Duration::from_secs(5);
/// How much of each output is kept, from its end.
const KEPT: usize = 16 << 20;
/// How long the pipes of a command that has ended are listened to: something it left behind may
/// hold them open for ever.
const AFTERMATH: Duration = Duration::from_secs(2);

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

/// What a command is for, which decides what it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Only asks; may ask shortly after the deadline, too.
    Lookup,
    /// Runs build scripts of others, which see no credential of a registry.
    Build,
    /// Publishes with a program that may ask for identity tokens.
    Publish,
    /// Anything else.
    Other,
}

/// One command.
pub(crate) struct Job<'a> {
    pub(crate) program: &'a str,
    pub(crate) args: Vec<OsString>,
    pub(crate) dir: &'a Path,
    pub(crate) stdin: Option<&'static str>,
    /// Speaks with the user's terminal instead of us.
    pub(crate) interactive: bool,
    pub(crate) task: Task,
    pub(crate) env: Vec<(String, Option<String>)>,
    /// Words on its standard error after which it has done its work and only waits: it is ended, and
    /// that is a success.
    pub(crate) until: Option<&'static str>,
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
            task: Task::Other,
            env: Vec::new(),
            until: None,
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

    /// Whether there is such a program.
    pub(crate) fn has(&self, program: &str) -> bool {
        self.find(program).is_some()
    }

    pub(crate) async fn run(&self, job: Job<'_>) -> Result<Finished, PublishError> {
        let name = job.name();
        let program = self
            .find(job.program)
            .ok_or_else(|| PublishError::NoProgram(job.program.to_owned()))?;
        let mut command = Command::new(program);
        command.args(&job.args).current_dir(job.dir).env_clear().kill_on_drop(true);
        command.envs(self.env.iter().filter(|(name, _)| {
            let is_hidden = job.task == Task::Build && name.to_str().is_some_and(is_secret);
            !is_hidden && (job.task == Task::Publish || !is_identity(name))
        }));
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
            // A group of its own, so that what it starts can be ended with it.
            #[cfg(unix)]
            command.process_group(0);
        }
        tracing::debug!(command = %name, dir = %job.dir.display(), "running");
        let failed = |source| PublishError::Run { command: name.clone(), source };
        let mut child = command.spawn().map_err(failed)?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), job.stdin) {
            // A command that does not read closes the pipe, which is no failure.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
        let grace = if job.task == Task::Lookup { GRACE } else { Duration::ZERO };
        let limit = self.deadline.bound(self.limit).max(grace);
        match tokio::time::timeout(limit, capture(&mut child, job.until)).await {
            Ok(finished) => finished.map_err(failed),
            Err(_) => {
                end(&mut child).await;
                Err(PublishError::TimedOut(name))
            }
        }
    }

    /// Ends every command.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
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

/// Waits for a command and keeps what it says.
async fn capture(child: &mut Child, until: Option<&str>) -> std::io::Result<Finished> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let exit = {
        let reading = async {
            let (out, err) = (read(out, &mut stdout, None), read(err, &mut stderr, until));
            tokio::pin!(out, err);
            tokio::select! {
                is_done = &mut err => is_done || out.await,
                _ = &mut out => err.await,
            }
        };
        tokio::pin!(reading);
        tokio::select! {
            is_done = &mut reading => {
                if is_done {
                    end(child).await;
                    Some(0)
                } else {
                    child.wait().await?.code()
                }
            }
            status = child.wait() => {
                let _ = tokio::time::timeout(AFTERMATH, &mut reading).await;
                status?.code()
            }
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Finished { exit, stdout: text(&stdout), stderr: text(&stderr) })
}

/// Reads a pipe to its end, or until it says the words; whether it said them. Of too much the end is
/// kept, where reports stand.
async fn read(
    pipe: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
    until: Option<&str>,
) -> bool {
    let Some(mut pipe) = pipe else { return false };
    let mut buffer = vec![0; 64 * 1024];
    // A pipe that breaks has said what it had to say.
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let from = kept.len().saturating_sub(read + until.map_or(0, str::len));
        let new = String::from_utf8_lossy(kept.get(from..).unwrap_or_default());
        if until.is_some_and(|words| new.contains(words)) {
            return true;
        }
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    false
}

/// Ends a command and what it started.
async fn end(child: &mut Child) {
    if let Some(id) = child.id() {
        let mut command = if cfg!(windows) {
            let mut command = Command::new("taskkill");
            command.args(["/T", "/F", "/PID", &id.to_string()]);
            command
        } else {
            let mut command = Command::new("kill");
            command.args(["-KILL", "--", &format!("-{id}")]);
            command
        };
        let _ =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    }
    let _ = child.kill().await;
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
        && [
            "npm_",
            "pnpm_",
            "yarn_",
            "node_auth_",
            "actions_id_",
            "cargo_registr",
            "twine_",
            "uv_publish_",
        ]
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
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MINE_TOKEN",
            "TWINE_PASSWORD",
            "UV_PUBLISH_TOKEN",
            "UV_PUBLISH_PASSWORD",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "npm_config_registry", "ACTIONS_ID_TOKEN_REQUEST_URL", "GIT_AUTH"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}

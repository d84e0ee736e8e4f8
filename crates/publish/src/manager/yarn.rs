//! Yarn 2 and later. It reports as one JSON record per line.

use std::ffi::OsString;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};
use serde_json::Value;

use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
    refused_name, says_already_published,
};
use crate::PublishError;
use crate::output::{first_said, lines, plain, text};
use crate::pack::root_of;
use crate::run::{Finished, Job, Runner, Task};

/// A request that failed.
const REQUEST_FAILED: &str = "YN0035";
/// A second factor is wanted, or credentials are missing.
const NEEDS_AUTHENTICATION: &str = "YN0033";

/// The yarn program.
#[derive(Clone, Debug)]
pub struct Yarn {
    runner: Runner,
}

impl Yarn {
    /// yarn as found on the `PATH` of the runner.
    pub fn new(runner: Runner) -> Self {
        Self { runner }
    }
}

impl PackageManager for Yarn {
    fn name(&self) -> &'static str {
        "yarn"
    }

    fn otp(&self, given: Option<&Secret>) -> Option<Secret> {
        given.filter(|otp| !otp.is_empty()).cloned()
    }

    fn takes_directory(&self) -> bool {
        false
    }

    fn info<'a>(
        &'a self,
        workspace: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        Box::pin(async move {
            if let Some(error) = refused_name(package) {
                return Ok(Err(error));
            }
            let args = ["npm", "info", package.manifest_name(), "--json"];
            let root = root_of(workspace, package);
            let job = Job { task: Task::Lookup, ..Job::new("yarn", &root, args) };
            let finished = self.runner.run(job).await?;
            Ok(read_info(&finished))
        })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            let args: [OsString; 4] =
                ["pack".into(), "--out".into(), request.tarball.into(), "--json".into()];
            let finished = self.runner.run(Job::new("yarn", request.pack_dir, args)).await?;
            if finished.is_success() {
                Ok(Ok(request.tarball.to_owned()))
            } else {
                Ok(Err(complaint(&finished)))
            }
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let refuse = |why: &str| {
                let error = CommandError::new(None, Some(why.to_owned()));
                Ok(Outcome::failed(&request, PublishResult::Failed, error))
            };
            if request.package.publish.directory.is_some() {
                return refuse(
                    "yarn cannot publish publishConfig.directory; remove it from the manifest",
                );
            }
            if request.tarball.is_some() {
                return refuse("yarn cannot publish a tarball");
            }
            let mut args = vec!["npm", "publish", "--access", request.access, "--tag", request.tag];
            if !request.interactive {
                args.push("--json");
            }
            if let Some(otp) = request.otp {
                // Yarn reads it nowhere else. It is worth half a minute to whoever sees it.
                args.extend(["--otp", otp.expose()]);
            }
            let mut job = Job::new("yarn", request.package_dir, args);
            job.interactive = request.interactive;
            job.task = Task::Publish;
            if !request.interactive {
                // Yarn asks even without a terminal; a wrong answer makes it fail instead of wait.
                job.stdin = Some("not-otp\n");
            }
            let finished = self.runner.run(job).await?;
            Ok(read_publish(&request, &finished))
        })
    }
}

fn read_info(finished: &Finished) -> Result<Info, CommandError> {
    if finished.is_success() {
        return match lines(&finished.stdout).last() {
            Some(document) => Ok(Info::read(&document)),
            None => Err(CommandError::default()),
        };
    }
    let error = complaint(finished);
    let not_found = error.code.as_deref() == Some(REQUEST_FAILED)
        && error.message.as_deref().is_some_and(|message| message.contains("Response Code: 404"));
    if not_found { Ok(Info::Unpublished) } else { Err(error) }
}

/// The first kind of error reported: its code and all its lines, without the closing summary.
fn reported(stdout: &str) -> Option<CommandError> {
    let mut code: Option<String> = None;
    let mut messages = Vec::new();
    for record in lines(stdout) {
        let (Some(number), Some(data)) =
            (error_number(&record), record.get("data").and_then(Value::as_str))
        else {
            continue;
        };
        let message = plain(data);
        if message.starts_with("Failed with errors") {
            continue;
        }
        let its_code = text(&record, "displayName").unwrap_or_else(|| format!("YN{number:0>4}"));
        if code.as_ref().is_some_and(|code| *code != its_code) {
            break;
        }
        code = Some(its_code);
        messages.push(message);
    }
    code.map(|code| CommandError::new(Some(code), Some(messages.join("\n"))))
}

fn error_number(record: &Value) -> Option<String> {
    (record.get("type")?.as_str()? == "error").then_some(())?;
    record.get("name")?.as_number().map(ToString::to_string)
}

fn complaint(finished: &Finished) -> CommandError {
    reported(&finished.stdout).unwrap_or_else(|| {
        CommandError::new(None, first_said(&[&finished.stderr, &finished.stdout]))
    })
}

fn read_publish(request: &PublishRequest<'_>, finished: &Finished) -> Outcome {
    if finished.is_success() {
        return Outcome::of(request, PublishResult::Published);
    }
    let error = complaint(finished);
    let message = error.message.clone().unwrap_or_default();
    let result = match error.code.as_deref() {
        Some(REQUEST_FAILED) if says_already_published(&message) => {
            let error = CommandError { message: None, ..error };
            return Outcome::failed(request, PublishResult::AlreadyPublished, error);
        }
        Some(NEEDS_AUTHENTICATION) => PublishResult::NeedsSecondFactor,
        Some(_) if speaks_of_second_factor(&message) => PublishResult::NeedsSecondFactor,
        _ => PublishResult::Failed,
    };
    Outcome::failed(request, result, error)
}

/// The words `otp`, `one-time password` or `authentication`, whole.
fn speaks_of_second_factor(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    ["otp", "one-time password", "authentication"].iter().any(|word| {
        message.match_indices(word).any(|(start, _)| {
            let before = message.get(..start).is_some_and(|text| text.ends_with(is_word));
            let after =
                message.get(start + word.len()..).is_some_and(|text| text.starts_with(is_word));
            !before && !after
        })
    })
}

#[cfg(test)]
#[path = "yarn_tests.rs"]
mod tests;

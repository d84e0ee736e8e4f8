//! pnpm. Up to version 10 it hands most commands to npm, and prints what npm prints.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};
use serde_json::Value;

use super::npm::{
    complaint, given_or_variable, otp_variables, read_publish as read_npm_publish, read_view,
};
use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
    refused_name, says_already_published,
};
use crate::PublishError;
use crate::output::{first_said, last_object, text};
use crate::pack::root_of;
use crate::run::{Finished, Job, Runner, Task};

const OTP_VARIABLES: [&str; 4] =
    ["PNPM_CONFIG_OTP", "pnpm_config_otp", "NPM_CONFIG_OTP", "npm_config_otp"];
/// The last version that speaks through npm.
const LAST_WITH_NPM: u32 = 10;

/// The pnpm program.
#[derive(Clone, Debug)]
pub struct Pnpm {
    runner: Runner,
    major: u32,
}

impl Pnpm {
    /// pnpm of a major version, as found on the `PATH` of the runner.
    pub fn new(runner: Runner, major: u32) -> Self {
        Self { runner, major }
    }

    async fn view(
        &self,
        root: &Path,
        what: &str,
    ) -> Result<Option<Result<Value, CommandError>>, PublishError> {
        let job = Job::new("pnpm", root, ["info", what, "--json"]);
        let finished = self.runner.run(Job { task: Task::Lookup, ..job }).await?;
        if self.major > LAST_WITH_NPM && !finished.is_success() {
            return Ok(Some(Err(own_complaint(&finished))));
        }
        read_view("pnpm info", &finished)
    }
}

impl PackageManager for Pnpm {
    fn name(&self) -> &'static str {
        "pnpm"
    }

    fn otp(&self, given: Option<&Secret>) -> Option<Secret> {
        given_or_variable(&self.runner, given, &OTP_VARIABLES)
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
            let (name, root) = (package.manifest_name(), root_of(workspace, package));
            let mut answer = self.view(&root, name).await?;
            let not_found = |answer: &Result<Value, CommandError>| {
                answer
                    .as_ref()
                    .is_err_and(|e| e.code.as_deref() == Some("ERR_PNPM_PACKAGE_NOT_FOUND"))
            };
            // Without the dist-tag `latest` the package is not found: ask for the version.
            if answer.as_ref().is_none_or(not_found) {
                let version = package.version.as_deref().unwrap_or_default();
                answer = self.view(&root, &format!("{name}@{version}")).await?;
            }
            Ok(match answer {
                None => Ok(Info::Unpublished),
                Some(Err(error)) if is_not_found(&error) => Ok(Info::Unpublished),
                Some(answer) => answer.map(|document| Info::read(&document)),
            })
        })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            // It packs `publishConfig.directory` by itself.
            let args: [OsString; 4] =
                ["pack".into(), "--out".into(), request.tarball.into(), "--json".into()];
            let finished = self.runner.run(Job::new("pnpm", request.package_dir, args)).await?;
            if finished.is_success() {
                return Ok(Ok(request.tarball.to_owned()));
            }
            let own = last_object(&finished.stdout).is_some_and(|json| own_error(&json).is_some());
            let error = if self.major > LAST_WITH_NPM || own {
                own_complaint(&finished)
            } else {
                complaint(&finished)
            };
            Ok(Err(error))
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let mut args: Vec<OsString> = vec!["publish".into()];
            args.extend(request.tarball.map(OsString::from));
            if !request.interactive {
                args.push("--json".into());
            }
            args.extend(
                ["--access", request.access, "--tag", request.tag, "--no-git-checks"]
                    .map(OsString::from),
            );
            let mut job = Job::new("pnpm", request.package_dir, args);
            job.interactive = request.interactive;
            job.task = Task::Publish;
            job.env = otp_variables(&OTP_VARIABLES, request.otp);
            let finished = self.runner.run(job).await?;
            Ok(read_publish(&request, &finished, self.major))
        })
    }
}

fn is_not_found(error: &CommandError) -> bool {
    let codes = ["E404", "ERR_PNPM_FETCH_404", "ERR_PNPM_PACKAGE_NOT_FOUND"];
    error.code.as_deref().is_some_and(|code| codes.contains(&code))
}

/// pnpm's own errors have a message, npm's a summary.
fn own_error(json: &Value) -> Option<&Value> {
    json.get("error").filter(|error| error.get("code").is_some() && error.get("message").is_some())
}

fn own_complaint(finished: &Finished) -> CommandError {
    match last_object(&finished.stdout).as_ref().and_then(|json| json.get("error")) {
        Some(error) if error.is_object() => {
            CommandError::new(text(error, "code"), text(error, "message"))
        }
        _ => CommandError::new(None, first_said(&[&finished.stderr, &finished.stdout])),
    }
}

fn read_publish(request: &PublishRequest<'_>, finished: &Finished, major: u32) -> Outcome {
    if finished.is_success() {
        return Outcome::of(request, PublishResult::Published);
    }
    let json = last_object(&finished.stdout);
    let Some(error) = json.as_ref().and_then(own_error) else {
        if json.is_some() && major <= LAST_WITH_NPM {
            return read_npm_publish(request, finished);
        }
        let words = CommandError::new(None, first_said(&[&finished.stderr, &finished.stdout]));
        return Outcome::failed(request, PublishResult::Failed, words);
    };
    let (code, message) = (text(error, "code"), text(error, "message").unwrap_or_default());
    if says_already_published(&message) {
        return Outcome::failed(
            request,
            PublishResult::AlreadyPublished,
            CommandError::new(code, None),
        );
    }
    let result = if code.as_deref() == Some("ERR_PNPM_OTP_NON_INTERACTIVE") {
        PublishResult::NeedsSecondFactor
    } else {
        PublishResult::Failed
    };
    Outcome::failed(request, result, CommandError::new(code, Some(message)))
}

#[cfg(test)]
#[path = "pnpm_tests.rs"]
mod tests;

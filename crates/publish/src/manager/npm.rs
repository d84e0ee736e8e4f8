//! npm: also for bun, lerna and whatever else has no publisher of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};
use serde_json::Value;

use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
    refused_name, says_already_published,
};
use crate::PublishError;
use crate::output::{first_said, last_object, text};
use crate::pack::root_of;
use crate::run::{Finished, Job, Runner, Task};

/// Variables npm reads a one-time password from.
pub(crate) const OTP_VARIABLES: [&str; 2] = ["NPM_CONFIG_OTP", "npm_config_otp"];

/// The npm program.
#[derive(Clone, Debug)]
pub struct Npm {
    runner: Runner,
}

impl Npm {
    /// npm as found on the `PATH` of the runner.
    pub fn new(runner: Runner) -> Self {
        Self { runner }
    }

    async fn view(
        &self,
        dir: &Path,
        what: String,
        flags: &[String],
    ) -> Result<Option<Result<Value, CommandError>>, PublishError> {
        let args = ["info".to_owned(), what].into_iter().chain(flags.iter().cloned());
        let job = Job { task: Task::Lookup, ..Job::new("npm", dir, args) };
        read_view("npm info", &self.runner.run(job).await?)
    }
}

impl PackageManager for Npm {
    fn name(&self) -> &'static str {
        "npm"
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
            let mut flags = registry_flags(name, &publish_config(workspace, package)?);
            flags.push("--json".to_owned());
            let mut answer = self.view(&root, name.to_owned(), &flags).await?;
            if answer.is_none() {
                // Nothing is printed when no version has the dist-tag `latest`: ask for the version.
                let version = package.version.as_deref().unwrap_or_default();
                answer = self.view(&root, format!("{name}@{version}"), &flags).await?;
            }
            Ok(match answer {
                None => Ok(Info::Unpublished),
                Some(Err(error)) if error.code.as_deref() == Some("E404") => Ok(Info::Unpublished),
                Some(answer) => answer.map(|document| Info::read(&document)),
            })
        })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            let args: [OsString; 5] = [
                "pack".into(),
                request.pack_dir.into(),
                "--pack-destination".into(),
                request.out_dir.into(),
                "--json".into(),
            ];
            let finished = self.runner.run(Job::new("npm", request.package_dir, args)).await?;
            if !finished.is_success() {
                return Ok(Err(complaint(&finished)));
            }
            let name = packed_name(&finished.stdout).ok_or_else(|| PublishError::Unexpected {
                command: "npm pack".to_owned(),
                what: "no file name".to_owned(),
            })?;
            Ok(Ok(request.out_dir.join(name)))
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let mut args: Vec<OsString> = vec!["publish".into()];
            if let Some(tarball) = request.tarball {
                args.push(tarball.into());
            } else if let Some(directory) = &request.package.publish.directory {
                args.push(request.package_dir.join(directory).into());
            }
            if !request.interactive {
                args.push("--json".into());
            }
            args.extend(["--access", request.access, "--tag", request.tag].map(OsString::from));
            let mut job = Job::new("npm", request.package_dir, args);
            job.interactive = request.interactive;
            job.task = Task::Publish;
            job.env = otp_variables(&OTP_VARIABLES, request.otp);
            let finished = self.runner.run(job).await?;
            Ok(with_advice(read_publish(&request, &finished)))
        })
    }
}

/// A one-time password travels in a variable, where an argument would be seen by every process.
pub(crate) fn otp_variables(names: &[&str], otp: Option<&Secret>) -> Vec<(String, Option<String>)> {
    names
        .iter()
        .map(|name| {
            let is_lower = name.starts_with(|c: char| c.is_ascii_lowercase());
            ((*name).to_owned(), otp.filter(|_| is_lower).map(|otp| otp.expose().to_owned()))
        })
        .collect()
}

pub(super) fn given_or_variable(
    runner: &Runner,
    given: Option<&Secret>,
    variables: &[&str],
) -> Option<Secret> {
    given.filter(|otp| !otp.is_empty()).cloned().or_else(|| {
        variables
            .iter()
            .filter_map(|name| runner.var(name))
            .find(|otp| !otp.is_empty())
            .map(Secret::new)
    })
}

/// `publishConfig` of a manifest, `null` without one.
pub(crate) fn publish_config(
    workspace: &Workspace,
    package: &Package,
) -> Result<Value, PublishError> {
    let failed = |why: String| PublishError::Manifest { file: package.manifest.clone(), why };
    let text = std::fs::read_to_string(workspace.root.join(&package.manifest))
        .map_err(|error| failed(error.to_string()))?;
    let manifest: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| failed(error.to_string()))?;
    Ok(manifest.get("publishConfig").cloned().unwrap_or_default())
}

/// Asking follows `publishConfig` only when told so; publishing does it by itself.
fn registry_flags(name: &str, config: &Value) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some((scope, _)) = name.split_once('/').filter(|(scope, _)| scope.starts_with('@'))
        && let Some(registry) = text(config, &format!("{scope}:registry"))
    {
        flags.push(format!("--{scope}:registry={registry}"));
    }
    flags.extend(text(config, "registry").map(|registry| format!("--registry={registry}")));
    flags
}

/// The document `npm info --json` prints; `None` when it prints nothing.
pub(super) fn read_view(
    command: &str,
    finished: &Finished,
) -> Result<Option<Result<Value, CommandError>>, PublishError> {
    if !finished.is_success() {
        return Ok(Some(Err(complaint(finished))));
    }
    if finished.stdout.trim().is_empty() {
        return Ok(None);
    }
    let unexpected = |what: String| PublishError::Unexpected { command: command.to_owned(), what };
    match serde_json::from_str(&finished.stdout).map_err(|error| unexpected(error.to_string()))? {
        // Newer versions print a list with one document per match.
        Value::Array(documents) => match <[Value; 1]>::try_from(documents) {
            Ok([document]) => Ok(Some(Ok(document))),
            Err(documents) => Err(unexpected(format!("{} documents", documents.len()))),
        },
        document => Ok(Some(Ok(document))),
    }
}

/// What npm complained about: `{"error": {…}}` on its output, else its words.
pub(crate) fn complaint(finished: &Finished) -> CommandError {
    if let Some(error) = last_object(&finished.stdout).as_ref().and_then(|json| json.get("error"))
        && error.is_object()
    {
        let said = error.get("message").or_else(|| error.get("summary")).and_then(Value::as_str);
        let message: Vec<&str> = said
            .into_iter()
            .chain(error.get("detail").and_then(Value::as_str))
            .filter(|t| !t.is_empty())
            .collect();
        return CommandError::new(text(error, "code"), Some(message.join("\n")));
    }
    CommandError::new(None, first_said(&[&finished.stderr, &finished.stdout]))
}

/// The file name `npm pack --json` reports: in a list, in an object, or in an object per package.
fn packed_name(stdout: &str) -> Option<String> {
    let json = last_object(stdout)?;
    let name =
        text(&json, "filename").or_else(|| text(json.as_object()?.values().next()?, "filename"))?;
    // Some versions print `@scope/name-1.0.0.tgz` for the file `scope-name-1.0.0.tgz`'s folder.
    name.rsplit(['/', '\\']).next().map(str::to_owned)
}

/// The registry's refusal of publishing directly, with what to do about it.
fn with_advice(outcome: Outcome) -> Outcome {
    let is_denied = |error: &CommandError| {
        error.to_string().to_ascii_lowercase().contains("oidc permission denied")
    };
    if !outcome.error.as_ref().is_some_and(is_denied) {
        return outcome;
    }
    let error = outcome.error.unwrap_or_default();
    let message = format!(
        "{}\nthe package's trusted publisher does not allow publishing directly; set `npm-publish: stage` (or `auto`), or allow it in the package's settings at the registry",
        error.message.as_deref().unwrap_or_default()
    );
    Outcome { error: Some(CommandError::new(error.code, Some(message))), ..outcome }
}

pub(crate) fn read_publish(request: &PublishRequest<'_>, finished: &Finished) -> Outcome {
    if finished.is_success() {
        return Outcome::of(request, PublishResult::Published);
    }
    let words = || CommandError::new(None, first_said(&[&finished.stderr, &finished.stdout]));
    let json = last_object(&finished.stdout);
    let error = json
        .as_ref()
        .and_then(|json| json.get("error"))
        .filter(|error| error.get("summary").is_some());
    let Some(error) = error else {
        return Outcome::failed(request, PublishResult::Failed, words());
    };
    let (summary, detail) = (text(error, "summary").unwrap_or_default(), text(error, "detail"));
    let code = text(error, "code");
    if says_already_published(&summary) {
        return Outcome::failed(
            request,
            PublishResult::AlreadyPublished,
            CommandError::new(code, None),
        );
    }
    let result = if code.as_deref() == Some("EOTP") {
        PublishResult::NeedsSecondFactor
    } else {
        PublishResult::Failed
    };
    let message = detail.map_or_else(|| summary.clone(), |detail| format!("{summary}\n{detail}"));
    Outcome::failed(request, result, CommandError::new(code, Some(message)))
}

#[cfg(test)]
#[path = "npm_tests.rs"]
pub(super) mod tests;

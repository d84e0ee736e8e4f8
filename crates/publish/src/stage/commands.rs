//! npm's own commands for staged versions.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};
use serde::Deserialize;
use serde_json::Value;

use super::{Files, StagedVersion, changes};
use crate::manager::npm::{OTP_VARIABLES, complaint, otp_variables, publish_config};
use crate::output::{last_object, text};
use crate::run::{Job, Runner, Task};
use crate::{CommandError, PublishError};

/// The first npm that can stage.
pub(super) const NEEDED: [u32; 2] = [11, 15];

/// A staged version, as the registry lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StagedItem {
    /// What the registry calls it.
    pub id: String,
    /// The package.
    pub package_name: String,
    /// Its version.
    pub version: String,
    /// The dist-tag it gets.
    #[serde(default)]
    pub tag: Option<String>,
    /// When it was staged, as the registry writes it.
    #[serde(default)]
    pub created_at: Option<String>,
    /// Who staged it.
    #[serde(default)]
    pub actor: Option<String>,
}

/// How the registry answered an approval or a rejection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is done.
    Done,
    /// It wants a one-time password, or another one.
    NeedsOtp(CommandError),
    /// It refused.
    Refused(CommandError),
}

/// npm's commands, run in a workspace.
#[derive(Clone, Debug)]
pub struct StageCommands {
    runner: Runner,
}

impl StageCommands {
    /// With npm as found on the `PATH` of the runner.
    pub fn new(runner: Runner) -> Self {
        Self { runner }
    }

    /// Refuses an npm that cannot stage.
    pub async fn check(&self, dir: &Path) -> Result<(), PublishError> {
        let job = Job { task: Task::Lookup, ..Job::new("npm", dir, ["--version"]) };
        let said = self.runner.run(job).await?.stdout;
        let said = said.trim();
        let mut parts = said.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
        let found = [parts.next().unwrap_or_default(), parts.next().unwrap_or_default()];
        if found >= NEEDED { Ok(()) } else { Err(PublishError::OldNpm(said.to_owned())) }
    }

    /// The staged versions of a package. The inner error is what the registry said: without a login it
    /// lists nothing.
    pub async fn list(
        &self,
        workspace: &Workspace,
        package: &Package,
    ) -> Result<Result<Vec<StagedItem>, CommandError>, PublishError> {
        let mut args =
            vec!["stage".to_owned(), "list".to_owned(), package.manifest_name().to_owned()];
        args.push("--json".to_owned());
        args.extend(self.registry(workspace, package).await?);
        let job = Job { task: Task::Lookup, ..Job::new("npm", &workspace.root, args) };
        let finished = self.runner.run(job).await?;
        if !finished.is_success() {
            return Ok(Err(complaint(&finished)));
        }
        let list = finished.stdout.find('[').and_then(|start| finished.stdout.get(start..));
        serde_json::from_str(list.unwrap_or_default()).map(Ok).map_err(|error| {
            PublishError::Unexpected {
                command: "npm stage list".to_owned(),
                what: error.to_string(),
            }
        })
    }

    /// Makes a staged version public.
    pub async fn approve(
        &self,
        workspace: &Workspace,
        package: &Package,
        id: &str,
        otp: Option<&Secret>,
    ) -> Result<Decision, PublishError> {
        self.decide("approve", workspace, package, id, otp).await
    }

    /// Deletes a staged version.
    pub async fn reject(
        &self,
        workspace: &Workspace,
        package: &Package,
        id: &str,
        otp: Option<&Secret>,
    ) -> Result<Decision, PublishError> {
        self.decide("reject", workspace, package, id, otp).await
    }

    async fn decide(
        &self,
        verb: &str,
        workspace: &Workspace,
        package: &Package,
        id: &str,
        otp: Option<&Secret>,
    ) -> Result<Decision, PublishError> {
        let mut args =
            vec!["stage".to_owned(), verb.to_owned(), id.to_owned(), "--json".to_owned()];
        args.extend(self.registry(workspace, package).await?);
        let job = Job {
            env: otp_variables(&OTP_VARIABLES, otp),
            ..Job::new("npm", &workspace.root, args)
        };
        let finished = self.runner.run(job).await?;
        if finished.is_success() {
            return Ok(Decision::Done);
        }
        let error = complaint(&finished);
        let said = error.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is_otp = error.code.as_deref() == Some("EOTP")
            || said.contains("one-time pass")
            || said.contains("otp");
        Ok(if is_otp { Decision::NeedsOtp(error) } else { Decision::Refused(error) })
    }

    /// Downloads a staged version's tarball into a folder.
    pub async fn download(
        &self,
        workspace: &Workspace,
        package: &Package,
        id: &str,
        folder: &Path,
    ) -> Result<Result<PathBuf, CommandError>, PublishError> {
        let mut args =
            vec!["stage".to_owned(), "download".to_owned(), id.to_owned(), "--json".to_owned()];
        args.extend(self.registry(workspace, package).await?);
        // It writes where it runs; what is configured is read where the workspace is.
        args.push(format!("--prefix={}", workspace.root.display()));
        let finished = self.runner.run(Job::new("npm", folder, args)).await?;
        if !finished.is_success() {
            return Ok(Err(complaint(&finished)));
        }
        let ending = format!("-{id}.tgz");
        let found = std::fs::read_dir(folder).ok().and_then(|entries| {
            entries.flatten().map(|entry| entry.path()).find(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&ending))
            })
        });
        found.map(Ok).ok_or_else(|| PublishError::Unexpected {
            command: "npm stage download".to_owned(),
            what: "no file".to_owned(),
        })
    }

    /// What a tarball holds, beside the last published version of its package. What cannot be looked
    /// up is left out: it is for people to read, and keeps nothing from being done.
    pub async fn describe(
        &self,
        workspace: &Workspace,
        package: &Package,
        tarball: &Path,
    ) -> StagedVersion {
        let mut described = StagedVersion {
            name: package.manifest_name().to_owned(),
            version: package.version.clone().unwrap_or_default(),
            ..StagedVersion::default()
        };
        let file = tarball.to_string_lossy().into_owned();
        let Some(own) = self.contents(workspace, file.clone(), &[]).await else { return described };
        described.size = own.get("size").and_then(Value::as_u64).unwrap_or_default();
        described.integrity = text(&own, "integrity").unwrap_or_default();
        let registry = self.registry(workspace, package).await.unwrap_or_default();
        let last = format!("{}@latest", described.name);
        let last = self.contents(workspace, last, &registry).await;
        let before = last.as_ref().map(files_of).unwrap_or_default();
        described.against = last.as_ref().and_then(|last| text(last, "version"));
        let differing = match &described.against {
            Some(version) => {
                self.differing(workspace, &described.name, version, &file, &registry).await
            }
            None => Vec::new(),
        };
        described.files = changes(&before, &files_of(&own), &differing);
        described
    }

    /// What `npm pack --dry-run --json` says of a package or tarball.
    async fn contents(
        &self,
        workspace: &Workspace,
        what: String,
        registry: &[String],
    ) -> Option<Value> {
        let args = ["pack", "--dry-run", "--json", "--ignore-scripts"].map(str::to_owned);
        let args = args.into_iter().chain([what]).chain(registry.iter().cloned());
        let job = Job { task: Task::Lookup, ..Job::new("npm", &workspace.root, args) };
        let finished = self.runner.run(job).await.ok().filter(crate::Finished::is_success)?;
        let list = finished.stdout.find(['[', '{']).and_then(|at| finished.stdout.get(at..))?;
        match serde_json::from_str(list).ok()? {
            Value::Array(all) => all.into_iter().next(),
            // Newer versions print an object by name.
            Value::Object(map) => map.into_iter().next().map(|(_, value)| value),
            _ => None,
        }
    }

    /// Names of the files whose content differs from a published version's.
    async fn differing(
        &self,
        workspace: &Workspace,
        name: &str,
        version: &str,
        file: &str,
        registry: &[String],
    ) -> Vec<String> {
        let args = [
            "diff".to_owned(),
            format!("--diff={name}@{version}"),
            format!("--diff={file}"),
            "--diff-name-only".to_owned(),
        ];
        let args = args.into_iter().chain(registry.iter().cloned());
        let job = Job { task: Task::Lookup, ..Job::new("npm", &workspace.root, args) };
        match self.runner.run(job).await {
            Ok(finished) if finished.is_success() => finished
                .stdout
                .lines()
                .map(|line| line.trim().trim_start_matches("package/").to_owned())
                .filter(|line| !line.is_empty())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The whole difference to the last published version, as a patch.
    pub async fn patch(
        &self,
        workspace: &Workspace,
        package: &Package,
        version: &str,
        tarball: &Path,
    ) -> Result<Result<String, CommandError>, PublishError> {
        let name = package.manifest_name();
        let mut args = vec![
            OsString::from("diff"),
            format!("--diff={name}@{version}").into(),
            format!("--diff={}", tarball.display()).into(),
        ];
        args.extend(self.registry(workspace, package).await?.into_iter().map(OsString::from));
        let job = Job { task: Task::Lookup, ..Job::new("npm", &workspace.root, args) };
        let finished = self.runner.run(job).await?;
        Ok(if finished.is_success() { Ok(finished.stdout) } else { Err(complaint(&finished)) })
    }

    /// The flag that names a package's own registry. The commands for staged versions know no scopes.
    async fn registry(
        &self,
        workspace: &Workspace,
        package: &Package,
    ) -> Result<Vec<String>, PublishError> {
        let config = publish_config(workspace, package)?;
        let name = package.manifest_name();
        let scope = name.split_once('/').map(|(scope, _)| scope).filter(|s| s.starts_with('@'));
        let of_scope = |scope: &str| text(&config, &format!("{scope}:registry"));
        if let Some(registry) = scope.and_then(of_scope).or_else(|| text(&config, "registry")) {
            return Ok(vec![format!("--registry={registry}")]);
        }
        let Some(scope) = scope else { return Ok(Vec::new()) };
        let args = ["config".to_owned(), "get".to_owned(), format!("{scope}:registry")];
        let job = Job { task: Task::Lookup, ..Job::new("npm", &workspace.root, args) };
        let said = self.runner.run(job).await?.stdout;
        let said = said.trim();
        let is_set = !said.is_empty() && said != "undefined" && said != "null";
        Ok(if is_set { vec![format!("--registry={said}")] } else { Vec::new() })
    }

    /// Stages a tarball: what the registry calls it, or what was said against it.
    pub(super) async fn stage(
        &self,
        dir: &Path,
        tarball: &Path,
        access: &str,
        tag: &str,
    ) -> Result<Result<Option<String>, crate::Finished>, PublishError> {
        let args: [OsString; 8] = [
            "stage".into(),
            "publish".into(),
            tarball.into(),
            "--json".into(),
            "--access".into(),
            access.into(),
            "--tag".into(),
            tag.into(),
        ];
        let job = Job { task: Task::Publish, ..Job::new("npm", dir, args) };
        let finished = self.runner.run(job).await?;
        if !finished.is_success() {
            return Ok(Err(finished));
        }
        let said = last_object(&finished.stdout).unwrap_or_default();
        let own = text(&said, "stageId");
        let inner = || said.as_object()?.values().find_map(|value| text(value, "stageId"));
        Ok(Ok(own.or_else(inner)))
    }
}

fn files_of(contents: &Value) -> Files {
    let files = contents.get("files").and_then(Value::as_array).into_iter().flatten();
    files.filter_map(|file| Some((text(file, "path")?, file.get("size")?.as_u64()?))).collect()
}

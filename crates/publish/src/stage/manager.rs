//! A package manager that stages instead of publishing, where it is told to or has to.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};
use tokio::sync::Mutex;

use super::{StageCommands, StagedVersion};
use crate::manager::npm::read_publish;
use crate::pack::root_of;
use crate::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishError, PublishRequest,
    PublishResult, tarball_name,
};

/// How npm packages reach the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NpmPublish {
    /// At once.
    #[default]
    Direct,
    /// Staged, until a maintainer approves.
    Stage,
    /// As the trusted publisher allows: at once, else staged.
    Auto,
}

/// Stages the packages of npm; those of other ecosystems go their own way.
#[derive(Debug)]
pub struct Staging {
    inner: Box<dyn PackageManager>,
    commands: StageCommands,
    workspace: Workspace,
    mode: NpmPublish,
    /// What `auto` has found out.
    found: Mutex<Option<NpmPublish>>,
}

impl Staging {
    /// Around the workspace's own manager, which packs.
    pub fn new(
        inner: Box<dyn PackageManager>,
        commands: StageCommands,
        workspace: Workspace,
        mode: NpmPublish,
    ) -> Self {
        Self { inner, commands, workspace, mode, found: Mutex::new(None) }
    }

    /// Publishes directly first; the registry's refusal of that very action is the sign to stage.
    async fn as_allowed(&self, request: PublishRequest<'_>) -> Result<Outcome, PublishError> {
        // The first package finds out for all.
        let mut found = self.found.lock().await;
        match *found {
            Some(NpmPublish::Stage) => {
                drop(found);
                return self.stage(request).await;
            }
            Some(_) => {
                drop(found);
                return self.inner.publish(request).await;
            }
            None => {}
        }
        let direct = self.inner.publish(request).await?;
        if !is_denied(&direct) {
            if direct.result == PublishResult::Published {
                *found = Some(NpmPublish::Direct);
            }
            return Ok(direct);
        }
        let staged = self.stage(request).await?;
        if staged.result == PublishResult::Staged {
            tracing::info!(
                "the trusted publisher of {} does not allow publishing directly: versions are staged",
                request.package.name
            );
            *found = Some(NpmPublish::Stage);
            return Ok(staged);
        }
        let message = format!(
            "publishing directly: {}\nstaging: {}",
            direct.error.unwrap_or_default(),
            staged.error.clone().unwrap_or_default()
        );
        Ok(Outcome { error: Some(CommandError::new(None, Some(message))), ..staged })
    }

    async fn stage(&self, request: PublishRequest<'_>) -> Result<Outcome, PublishError> {
        let folder = tempfile::tempdir().map_err(|source| PublishError::File {
            file: "a temporary folder".to_owned(),
            source,
        })?;
        let tarball = match request.tarball {
            Some(tarball) => tarball.to_owned(),
            // By the workspace's own manager: npm knows nothing of `workspace:` and catalogs.
            None => match self.pack(&request, folder.path()).await? {
                Ok(tarball) => tarball,
                Err(error) => return Ok(Outcome::failed(&request, PublishResult::Failed, error)),
            },
        };
        let dir = root_of(&self.workspace, request.package);
        let answer = self.commands.stage(&dir, &tarball, request.access, request.tag).await?;
        let id = match answer {
            Ok(id) => id,
            Err(finished) => {
                let outcome = read_publish(&request, &finished);
                if !may_be_staged(&outcome) {
                    return Ok(explained(outcome, self.mode));
                }
                // The number is taken: by a public version, or by one that waits.
                match self.inner.info(&self.workspace, request.package).await? {
                    Ok(info) if info.has(request.version) => {
                        return Ok(Outcome { result: PublishResult::AlreadyPublished, ..outcome });
                    }
                    Ok(_) => self.id_of(&request).await,
                    Err(_) => return Ok(outcome),
                }
            }
        };
        let described = self.commands.describe(&self.workspace, request.package, &tarball).await;
        let staged = StagedVersion { id, version: request.version.to_owned(), ..described };
        Ok(Outcome { staged: Some(staged), ..Outcome::of(&request, PublishResult::Staged) })
    }

    async fn pack(
        &self,
        request: &PublishRequest<'_>,
        folder: &std::path::Path,
    ) -> Result<Result<PathBuf, CommandError>, PublishError> {
        let name = tarball_name(request.package.manifest_name(), request.version);
        let pack_dir = match &request.package.publish.directory {
            Some(directory) => request.package_dir.join(directory),
            None => request.package_dir.to_owned(),
        };
        let wanted = folder.join(name);
        let pack = PackRequest {
            package: request.package,
            package_dir: request.package_dir,
            pack_dir: &pack_dir,
            out_dir: folder,
            tarball: &wanted,
        };
        self.inner.pack(pack).await
    }

    /// What the registry calls a version that was staged before; only a login may ask.
    async fn id_of(&self, request: &PublishRequest<'_>) -> Option<String> {
        let listed = self.commands.list(&self.workspace, request.package).await.ok()?.ok()?;
        listed.into_iter().find(|item| item.version == request.version).map(|item| item.id)
    }
}

/// Whether a trusted publisher may not do just this.
fn is_denied(outcome: &Outcome) -> bool {
    outcome.result == PublishResult::Failed
        && outcome.error.as_ref().is_some_and(|error| {
            error.to_string().to_ascii_lowercase().contains("oidc permission denied")
        })
}

/// Whether a refusal may mean that this very version waits for approval already. However the registry
/// words it, the number is taken; that the version is not public then says by what.
fn may_be_staged(outcome: &Outcome) -> bool {
    outcome.result == PublishResult::AlreadyPublished
        || (outcome.result == PublishResult::Failed
            && outcome.error.as_ref().is_some_and(|error| {
                let said = error.to_string().to_ascii_lowercase();
                error.code.as_deref() == Some("E409")
                    || (said.contains("stage") && said.contains("already"))
            }))
}

/// A refusal with what to do about it.
fn explained(outcome: Outcome, mode: NpmPublish) -> Outcome {
    if !is_denied(&outcome) || mode != NpmPublish::Stage {
        return outcome;
    }
    let said = outcome.error.unwrap_or_default();
    let message = format!(
        "{}\nthe package's trusted publisher does not allow `stage publish`; allow it in the package's settings at the registry, or set `npm-publish: auto`",
        said.message.as_deref().unwrap_or_default()
    );
    Outcome { error: Some(CommandError::new(said.code, Some(message))), ..outcome }
}

impl PackageManager for Staging {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn otp(&self, given: Option<&Secret>) -> Option<Secret> {
        self.inner.otp(given)
    }

    fn info<'a>(
        &'a self,
        workspace: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        self.inner.info(workspace, package)
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        self.inner.pack(request)
    }

    fn pack_all<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<Vec<PathBuf>, PublishError>> {
        self.inner.pack_all(requests)
    }

    fn beside(&self, request: &PackRequest<'_>, packed: &Path) -> Vec<PathBuf> {
        self.inner.beside(request, packed)
    }

    fn check_packed<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        self.inner.check_packed(requests)
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            if request.package.ecosystem.id() != "npm" {
                return self.inner.publish(request).await;
            }
            match self.mode {
                NpmPublish::Direct => self.inner.publish(request).await,
                NpmPublish::Stage => self.stage(request).await,
                NpmPublish::Auto => self.as_allowed(request).await,
            }
        })
    }

    fn at_once(&self, package: &Package) -> usize {
        self.inner.at_once(package)
    }

    fn has_limits(&self, package: &Package) -> bool {
        self.inner.has_limits(package)
    }

    fn credentials(&self, package: &Package) -> Option<String> {
        self.inner.credentials(package)
    }

    fn finish(&self) -> BoxFuture<'_, ()> {
        self.inner.finish()
    }

    fn takes_directory(&self) -> bool {
        self.inner.takes_directory()
    }
}

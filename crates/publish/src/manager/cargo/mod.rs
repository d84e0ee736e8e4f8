//! Cargo. Credentials are at hand only while a crate is uploaded, when nothing of the project runs:
//! build scripts run before that, while the crate is checked.

mod config;
mod limits;
mod pack;
mod read;
mod trusted;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_http::{Client, Settings};
use launchway_workspace::{Package, Workspace};

use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
};
use crate::PublishError;
use crate::run::{Finished, Job, Runner, Task};
use config::{Config, is_built_in, provider_setting, token_variable};
pub(crate) use limits::expected_wait;
use read::{Found, Upload, complaint, read_api, read_info, read_upload};
use trusted::{Leave, Made};

/// How long the index may take to show what the registry took.
const INDEX_WAIT: Duration = Duration::from_mins(3);
/// How long the index may take to show what it took while its answer got lost.
const LOST_WAIT: Duration = Duration::from_secs(15);
/// The wait before the index is looked at for the second time; it doubles up to the longest.
const LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(8);

/// The cargo program.
#[derive(Debug)]
pub struct Cargo {
    runner: Runner,
    /// Roots of Cargo workspaces, absolute, the deepest first.
    roots: Vec<PathBuf>,
    config: Config,
    leave: Option<Leave>,
    made: Mutex<HashMap<String, Made>>,
    index_wait: Duration,
}

impl Cargo {
    /// cargo as found on the `PATH` of the runner, for the crates of a repository.
    pub fn new(runner: Runner, workspace: &Workspace) -> Self {
        let mut roots: Vec<PathBuf> =
            workspace
                .roots
                .iter()
                .map(|root| {
                    if root.is_empty() { workspace.root.clone() } else { workspace.root.join(root) }
                })
                .filter(|root| root.join("Cargo.toml").is_file())
                .collect();
        roots.sort_by_key(|root| std::cmp::Reverse(root.components().count()));
        let first = roots.last().unwrap_or(&workspace.root);
        Self {
            config: Config::observe(&runner, first),
            leave: Leave::of(&runner),
            runner,
            roots,
            made: Mutex::default(),
            index_wait: INDEX_WAIT,
        }
    }

    /// The root of the Cargo workspace a folder is in.
    fn root_of<'a>(&'a self, folder: &'a Path) -> &'a Path {
        self.roots.iter().find(|root| folder.starts_with(root)).map_or(folder, PathBuf::as_path)
    }

    /// The same, waiting another time than three minutes for the index to show what the registry took.
    #[must_use]
    pub fn with_index_wait(mut self, wait: Duration) -> Self {
        self.index_wait = wait;
        self
    }

    /// The registry a package goes to.
    fn registry<'a>(&'a self, package: &'a Package) -> &'a str {
        package.publish.registry.as_deref().unwrap_or_else(|| self.config.default_registry())
    }

    /// Asks for one crate, as `name` or `name@version`.
    async fn look(
        &self,
        root: &Path,
        registry: &str,
        what: &str,
    ) -> Result<Result<Option<Found>, CommandError>, PublishError> {
        let mut job = cargo_job(root, ["info", what, "--registry", registry]);
        job.task = Task::Lookup;
        let finished = self.runner.run(job).await?;
        Ok(read_info(&finished, what))
    }

    async fn is_there(
        &self,
        root: &Path,
        registry: &str,
        name: &str,
        version: &str,
    ) -> Result<bool, CommandError> {
        match self.look(root, registry, &format!("{name}@{version}")).await {
            Ok(found) => Ok(found?.is_some_and(|found| found.has(version))),
            Err(error) => Err(failure(error)),
        }
    }

    /// Builds crates as others will get them, together, since they may need each other. Build scripts
    /// see no credential, unless a registry cannot be read without one.
    async fn check(
        &self,
        root: &Path,
        names: &[&str],
    ) -> Result<Result<(), CommandError>, PublishError> {
        let mut args = vec!["package"];
        args.extend(Self::locked(root));
        args.extend(names.iter().flat_map(|name| ["-p", name]));
        let mut job = cargo_job(root, args.iter().copied());
        job.task = Task::Build;
        let mut finished = self.runner.run(job).await?;
        if wants_credentials(&finished) {
            finished = self.runner.run(cargo_job(root, args)).await?;
        }
        Ok(if finished.is_success() {
            Ok(())
        } else {
            Err(CommandError { is_certain: true, ..complaint(&finished) })
        })
    }

    /// A lock file that is there is meant.
    fn locked(root: &Path) -> Option<&'static str> {
        root.join("Cargo.lock").is_file().then_some("--locked")
    }

    fn client(&self) -> Result<Client, String> {
        let settings = Settings { deadline: self.runner.deadline(), ..Settings::default() };
        Client::new(settings).map_err(|error| error.to_string())
    }

    /// A token for the registry, made for this run where none is configured; `None` leaves it to
    /// Cargo to find one. An error says why trusted publishing is not possible.
    async fn token(&self, root: &Path, registry: &str) -> Result<Option<Secret>, String> {
        let Some(leave) =
            self.leave.as_ref().filter(|_| self.config.credential(registry).is_none())
        else {
            return Ok(None);
        };
        let known = self.made().get(registry).cloned();
        if let Some(made) = known.as_ref().filter(|made| made.is_fresh()) {
            return Ok(Some(made.token.clone()));
        }
        let client = self.client()?;
        let api = self.api(root, registry).await?;
        let made = leave.exchange(&client, &api).await?;
        if let Some(old) = known {
            old.give_back(&client).await;
        }
        let token = made.token.clone();
        self.made().insert(registry.to_owned(), made);
        Ok(Some(token))
    }

    fn made(&self) -> std::sync::MutexGuard<'_, HashMap<String, Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the registry's API. Cargo knows it from the registry's own configuration, and
    /// says it when it is asked to log in; nothing is typed in, so nobody is logged in.
    async fn api(&self, root: &Path, registry: &str) -> Result<String, String> {
        let setting = provider_setting(registry);
        let finished = self
            .runner
            .run(cargo_job(root, ["login", "--registry", registry, "--config", &setting]))
            .await
            .map_err(|error| failure(error).to_string())?;
        read_api(&finished).ok_or_else(|| {
            format!("cargo does not say where the API of `{registry}` is: {}", complaint(&finished))
        })
    }

    /// Which credential was tried, and what may be missing.
    fn describe(&self, registry: &str, trusted: Option<&str>) -> String {
        if let Some(found) = self.config.credential(registry) {
            return format!(
                "credentials: {found}; the token needs the scope `publish-update`, and `publish-new` for a crate that is not there yet"
            );
        }
        let variable = token_variable(registry);
        match (&self.leave, trusted) {
            (Some(_), Some(why)) => format!(
                "credentials: trusted publishing (OIDC) was tried and failed: {why}; register this repository and workflow as a trusted publisher of the crate, or set `{variable}`"
            ),
            (Some(_), None) => format!(
                "credentials: trusted publishing (OIDC) was used; each crate must name this repository and workflow as its trusted publisher, and the first version of a new crate needs a token (`{variable}`)"
            ),
            (None, _) => format!(
                "credentials: trusted publishing (OIDC) was not available (the job needs `permissions: id-token: write`); no token was found in `{variable}` or in cargo's own files"
            ),
        }
    }

    async fn upload(
        &self,
        request: &PublishRequest<'_>,
        root: &Path,
        registry: &str,
        token: Option<&Secret>,
    ) -> Result<Upload, PublishError> {
        let name = request.package.manifest_name();
        let mut args = vec!["publish", "-p", name, "--no-verify", "--registry", registry];
        args.extend(Self::locked(root));
        let mut job = cargo_job(root, args);
        // What the registry took is looked for by ourselves: Cargo gives up after a minute, and
        // calls that well.
        job.until = Some(" to be available at ");
        if let Some(token) = token {
            job.env.push((token_variable(registry), Some(token.expose().to_owned())));
        }
        let finished = self.runner.run(job).await?;
        Ok(read_upload(&finished, name, request.version, SystemTime::now()))
    }

    /// Waits until the index shows what the registry says it took.
    async fn wait_for_index(
        &self,
        root: &Path,
        registry: &str,
        name: &str,
        version: &str,
        wait: Duration,
    ) -> Result<(), CommandError> {
        let until = self.runner.deadline().bound(wait.min(self.index_wait));
        let (begun, mut look) = (std::time::Instant::now(), LOOK);
        loop {
            let found = self.is_there(root, registry, name, version).await;
            if found == Ok(true) {
                return Ok(());
            }
            if begun.elapsed() >= until {
                let why = match found {
                    Err(error) => format!(": {error}"),
                    Ok(_) => String::new(),
                };
                return Err(CommandError::new(
                    None,
                    Some(format!(
                        "the registry `{registry}` said it took {name} {version}, but its index does not show it{why}"
                    )),
                ));
            }
            tokio::time::sleep(look.min(until.saturating_sub(begun.elapsed()))).await;
            look = (look * 2).min(LONGEST_LOOK);
        }
    }
}

/// A command of Cargo's at the root of a workspace.
fn cargo_job<S: Into<OsString>>(root: &Path, args: impl IntoIterator<Item = S>) -> Job<'_> {
    let mut job = Job::new("cargo", root, args);
    job.env = vec![("CARGO_TERM_COLOR".to_owned(), Some("never".to_owned()))];
    job
}

fn failure(error: PublishError) -> CommandError {
    CommandError::new(None, Some(launchway_base::Failure::from(error).chain()))
}

fn wants_credentials(finished: &Finished) -> bool {
    let words = ["no token found", "token rejected", "authenticated registries", "got 401"];
    !finished.is_success() && words.iter().any(|words| finished.stderr.contains(words))
}

impl PackageManager for Cargo {
    fn name(&self) -> &'static str {
        "cargo"
    }

    fn otp(&self, _: Option<&Secret>) -> Option<Secret> {
        None
    }

    fn info<'a>(
        &'a self,
        workspace: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        Box::pin(async move {
            let (registry, name) = (self.registry(package), package.manifest_name());
            let version = package.version.as_deref().unwrap_or_default();
            let folder = workspace.root.join(&package.dir);
            let root = self.root_of(&folder);
            // One question mostly answers two: whether the crate is new, and whether the version is
            // there.
            let mut found = match self.look(root, registry, name).await? {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Ok(Info::Unpublished)),
                Err(error) => return Ok(Err(error)),
            };
            if !found.has(version) && !found.rules_out(version) {
                match self.look(root, registry, &format!("{name}@{version}")).await? {
                    Ok(exact) => found.versions.extend(exact.into_iter().flat_map(|f| f.versions)),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(Info::Published { versions: found.versions, has_latest: true }))
        })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            let mut packed = match self.pack_all(std::slice::from_ref(&request)).await {
                Err(PublishError::Pack { error, .. }) => return Ok(Err(error)),
                packed => packed?,
            };
            Ok(packed.pop().ok_or_else(CommandError::default))
        })
    }

    fn pack_all<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<Vec<PathBuf>, PublishError>> {
        Box::pin(self.pack_crates(requests))
    }

    fn check_packed<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(self.check_crates(requests))
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let (registry, name) =
                (self.registry(request.package), request.package.manifest_name());
            let root = self.root_of(request.package_dir);
            // A packed crate was built where it was packed.
            if request.tarball.is_none()
                && let Err(error) = self.check(root, &[name]).await?
            {
                return Ok(Outcome::failed(&request, PublishResult::Failed, error));
            }
            let token = match self.token(root, registry).await {
                Ok(token) => token,
                Err(why) => {
                    let said = format!("no credential for the registry `{registry}`: {why}");
                    let error =
                        CommandError { is_certain: true, ..CommandError::new(None, Some(said)) };
                    let outcome = Outcome::failed(&request, PublishResult::Failed, error);
                    let credentials = Some(self.describe(registry, Some(&why)));
                    return Ok(Outcome { credentials, ..outcome });
                }
            };
            Ok(match self.upload(&request, root, registry, token.as_ref()).await? {
                Upload::WasThere => Outcome::of(&request, PublishResult::AlreadyPublished),
                Upload::Taken { is_seen: true } => Outcome::of(&request, PublishResult::Published),
                Upload::Taken { is_seen: false } => {
                    match self
                        .wait_for_index(root, registry, name, request.version, self.index_wait)
                        .await
                    {
                        Ok(()) => Outcome::of(&request, PublishResult::Published),
                        Err(error) => {
                            let error = CommandError { is_certain: true, ..error };
                            Outcome::failed(&request, PublishResult::Failed, error)
                        }
                    }
                }
                Upload::Limited(wait, error) => Outcome {
                    wait: Some(wait),
                    ..Outcome::failed(&request, PublishResult::Failed, error)
                },
                Upload::Failed(error)
                    if !error.is_refusal()
                        && self
                            .wait_for_index(root, registry, name, request.version, LOST_WAIT)
                            .await
                            .is_ok() =>
                {
                    Outcome {
                        error: Some(error),
                        ..Outcome::of(&request, PublishResult::Published)
                    }
                }
                Upload::Failed(error) => {
                    let is_about_credentials = matches!(error.code.as_deref(), Some("401" | "403"))
                        || error.message.as_ref().is_some_and(|said| said.contains("token"));
                    let credentials = is_about_credentials.then(|| self.describe(registry, None));
                    let outcome = Outcome::failed(&request, PublishResult::Failed, error);
                    Outcome { credentials, ..outcome }
                }
            })
        })
    }

    fn at_once(&self, _: &Package) -> usize {
        // They share one target folder and one lock on Cargo's cache.
        1
    }

    fn finish(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let made: Vec<Made> = self.made().drain().map(|(_, made)| made).collect();
            if made.is_empty() {
                return;
            }
            if let Ok(client) = self.client() {
                for made in made {
                    made.give_back(&client).await;
                }
            }
        })
    }

    fn credentials(&self, package: &Package) -> Option<String> {
        Some(self.describe(self.registry(package), None))
    }

    fn has_limits(&self, package: &Package) -> bool {
        is_built_in(self.registry(package))
    }
}

//! Cargo. Credentials are at hand only while a crate is uploaded, when nothing of the project runs:
//! build scripts run before that, while the crate is checked.

mod config;
mod limits;
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
use crate::pack::integrity_of;
use crate::run::{Finished, Job, Runner, Task};
use config::{Config, is_built_in, provider_setting, token_variable};
pub(crate) use limits::expected_wait;
use read::{Upload, complaint, read_api, read_info, read_upload, there};
use trusted::{Leave, Made};

/// How long the index may take to show what the registry took, after Cargo has waited itself.
const INDEX_WAIT: Duration = Duration::from_mins(2);
/// How often the index is looked at meanwhile.
const LOOK: Duration = Duration::from_secs(2);

/// The cargo program.
#[derive(Debug)]
pub struct Cargo {
    runner: Runner,
    root: PathBuf,
    config: Config,
    leave: Option<Leave>,
    made: Mutex<HashMap<String, Made>>,
    index_wait: Duration,
}

impl Cargo {
    /// cargo as found on the `PATH` of the runner, for the workspace at `root` (absolute).
    pub fn new(runner: Runner, root: &Path) -> Self {
        Self {
            config: Config::observe(&runner, root),
            leave: Leave::of(&runner),
            runner,
            root: root.to_owned(),
            made: Mutex::default(),
            index_wait: INDEX_WAIT,
        }
    }

    /// The same, waiting another time than two minutes for the index to show what the registry took
    /// (after Cargo itself has waited for a minute).
    #[must_use]
    pub fn with_index_wait(mut self, wait: Duration) -> Self {
        self.index_wait = wait;
        self
    }

    /// The registry a package goes to.
    fn registry<'a>(&'a self, package: &'a Package) -> &'a str {
        package.publish.registry.as_deref().unwrap_or_else(|| self.config.default_registry())
    }

    fn job<S: Into<OsString>>(&self, args: impl IntoIterator<Item = S>) -> Job<'_> {
        let mut job = Job::new("cargo", &self.root, args);
        job.env = vec![("CARGO_TERM_COLOR".to_owned(), Some("never".to_owned()))];
        job
    }

    /// Asks for one crate, as `name` or `name@version`.
    async fn look(
        &self,
        registry: &str,
        what: &str,
    ) -> Result<Result<Option<String>, CommandError>, PublishError> {
        let mut job = self.job(["info", what, "--registry", registry]);
        job.task = Task::Lookup;
        let finished = self.runner.run(job).await?;
        Ok(read_info(&finished, what))
    }

    async fn is_there(
        &self,
        registry: &str,
        name: &str,
        version: &str,
    ) -> Result<bool, CommandError> {
        match self.look(registry, &format!("{name}@{version}")).await {
            Ok(found) => Ok(found?.as_deref() == Some(version)),
            Err(error) => Err(failure(error)),
        }
    }

    /// Builds crates as others will get them, together, since they may need each other. Build scripts
    /// see no credential, unless a registry cannot be read without one.
    async fn check(&self, names: &[&str]) -> Result<Result<(), CommandError>, PublishError> {
        let mut args = vec!["package"];
        args.extend(self.locked());
        args.extend(names.iter().flat_map(|name| ["-p", name]));
        let mut job = self.job(args.iter().copied());
        job.task = Task::Build;
        let mut finished = self.runner.run(job).await?;
        if wants_credentials(&finished) {
            finished = self.runner.run(self.job(args)).await?;
        }
        Ok(if finished.is_success() {
            Ok(())
        } else {
            Err(CommandError { is_certain: true, ..complaint(&finished) })
        })
    }

    /// A lock file that is there is meant.
    fn locked(&self) -> Option<&'static str> {
        self.root.join("Cargo.lock").is_file().then_some("--locked")
    }

    fn client(&self) -> Result<Client, String> {
        let settings = Settings { deadline: self.runner.deadline(), ..Settings::default() };
        Client::new(settings).map_err(|error| error.to_string())
    }

    /// A token for the registry, made for this run where none is configured; `None` leaves it to
    /// Cargo to find one. An error says why trusted publishing is not possible.
    async fn token(&self, registry: &str) -> Result<Option<Secret>, String> {
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
        let api = self.api(registry).await?;
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
    async fn api(&self, registry: &str) -> Result<String, String> {
        let setting = provider_setting(registry);
        let finished = self
            .runner
            .run(self.job(["login", "--registry", registry, "--config", &setting]))
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
        registry: &str,
        token: Option<&Secret>,
    ) -> Result<Upload, PublishError> {
        let name = crate_name(request.package);
        let mut args = vec!["publish", "-p", name, "--no-verify", "--registry", registry];
        args.extend(self.locked());
        let mut job = self.job(args);
        if let Some(token) = token {
            job.env.push((token_variable(registry), Some(token.expose().to_owned())));
        }
        let finished = self.runner.run(job).await?;
        Ok(read_upload(&finished, name, request.version, SystemTime::now()))
    }

    /// Waits until the index shows what the registry says it took.
    async fn wait_for_index(
        &self,
        registry: &str,
        name: &str,
        version: &str,
    ) -> Result<(), CommandError> {
        let until = self.runner.deadline().bound(self.index_wait);
        let begun = std::time::Instant::now();
        loop {
            let found = self.is_there(registry, name, version).await;
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
            tokio::time::sleep(LOOK.min(until.saturating_sub(begun.elapsed()))).await;
        }
    }

    /// Packs crates together, so that they may need each other before any of them is published.
    async fn package(
        &self,
        names: &[&str],
        into: &Path,
    ) -> Result<Result<(), CommandError>, PublishError> {
        let mut args: Vec<OsString> = vec!["package".into(), "--no-verify".into()];
        args.extend(self.locked().map(OsString::from));
        args.extend(["--target-dir".into(), into.into()]);
        args.extend(names.iter().flat_map(|name| [OsString::from("-p"), OsString::from(name)]));
        let finished = self.runner.run(self.job(args)).await?;
        Ok(if finished.is_success() { Ok(()) } else { Err(complaint(&finished)) })
    }
}

/// The name Cargo knows a package by.
fn crate_name(package: &Package) -> &str {
    package.name.strip_prefix("cargo:").unwrap_or(&package.name)
}

fn failure(error: PublishError) -> CommandError {
    CommandError::new(None, Some(launchway_base::Failure::from(error).chain()))
}

fn wants_credentials(finished: &Finished) -> bool {
    let words = ["no token found", "token rejected", "authenticated registries", "got 401"];
    !finished.is_success() && words.iter().any(|words| finished.stderr.contains(words))
}

/// The file Cargo packs a crate into, below its target folder.
fn packed(target: &Path, name: &str, version: &str) -> PathBuf {
    target.join("package").join(format!("{name}-{version}.crate"))
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
        _: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        Box::pin(async move {
            let (registry, name) = (self.registry(package), crate_name(package));
            let version = package.version.as_deref().unwrap_or_default();
            let found = match self.look(registry, &format!("{name}@{version}")).await? {
                // Whether it is a new crate or a new version decides about rate limits.
                Ok(None) => self.look(registry, name).await?,
                found => found,
            };
            Ok(found.map(|found| found.map_or(Info::Unpublished, there)))
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
        Box::pin(async move {
            let Some(first) = requests.first() else { return Ok(Vec::new()) };
            let refused = |error| PublishError::Pack { package: first.package.name.clone(), error };
            let names: Vec<&str> = requests.iter().map(|r| crate_name(r.package)).collect();
            self.check(&names).await?.map_err(refused)?;
            let target = scratch(&first.out_dir.join(".cargo-package"));
            self.package(&names, target.path()).await?.map_err(refused)?;
            let mut files = Vec::new();
            for (request, name) in requests.iter().zip(names) {
                let version = request.package.version.as_deref().unwrap_or_default();
                let from = packed(target.path(), name, version);
                let file = request.out_dir.join(format!("{name}-{version}.crate"));
                std::fs::copy(&from, &file).map_err(|source| PublishError::File {
                    file: from.display().to_string(),
                    source,
                })?;
                files.push(file);
            }
            Ok(files)
        })
    }

    fn check_packed<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(async move {
            let Some(first) = requests.first() else { return Ok(()) };
            let names: Vec<&str> = requests.iter().map(|r| crate_name(r.package)).collect();
            let target = scratch(&first.out_dir.join(".cargo-package"));
            let refused = |error| PublishError::Pack { package: first.package.name.clone(), error };
            self.package(&names, target.path()).await?.map_err(refused)?;
            for (request, name) in requests.iter().zip(names) {
                let version = request.package.version.as_deref().unwrap_or_default();
                let here = packed(target.path(), name, version);
                let hash = |file: &Path| {
                    integrity_of(file).map_err(|source| PublishError::File {
                        file: file.display().to_string(),
                        source,
                    })
                };
                if hash(&here)? != hash(request.tarball)? {
                    return Err(PublishError::Tarball {
                        package: request.package.name.clone(),
                        path: request.tarball.display().to_string(),
                        why: "cargo packs another file here: the checkout or the version of cargo is not that of the job that packed it".to_owned(),
                    });
                }
            }
            Ok(())
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let (registry, name) = (self.registry(request.package), crate_name(request.package));
            // A packed crate was built where it was packed.
            if request.tarball.is_none()
                && let Err(error) = self.check(&[name]).await?
            {
                return Ok(Outcome::failed(&request, PublishResult::Failed, error));
            }
            let token = match self.token(registry).await {
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
            Ok(match self.upload(&request, registry, token.as_ref()).await? {
                Upload::WasThere => Outcome::of(&request, PublishResult::AlreadyPublished),
                Upload::Taken { is_seen: true } => Outcome::of(&request, PublishResult::Published),
                Upload::Taken { is_seen: false } => {
                    match self.wait_for_index(registry, name, request.version).await {
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

/// A folder that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn path(&self) -> &Path {
        &self.0
    }
}

fn scratch(path: &Path) -> Scratch {
    Scratch(path.to_owned())
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing but a leftover: it is made anew each time.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

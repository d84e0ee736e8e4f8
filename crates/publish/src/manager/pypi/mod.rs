//! Python's packages: built and uploaded by uv, or by build and twine. What is there is read from the
//! index these tools are configured for.

mod build;
mod complaint;
mod config;
mod index;
mod page;
mod upload;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};

use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
    refused_name,
};
use crate::PublishError;
use crate::pack::root_of;
use crate::run::{Job, Runner, Task};
use build::of_package;
use config::{Config, Target, default_of, of_pip};
use index::Index;
use page::versions;

/// How many packages are built and uploaded at once.
const AT_ONCE: usize = 4;
/// How long an index may take to show what it took while its answer got lost.
const LOST_WAIT: Duration = Duration::from_secs(15);

/// What builds and uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    /// `uv build` and `uv publish`.
    Uv,
    /// `python -m build` and `twine upload`, by the programs both bring.
    Twine,
}

/// Uploads Python's packages to their index.
#[derive(Debug)]
pub struct Pypi {
    runner: Runner,
    workspace: Workspace,
    tool: Tool,
    config: Config,
    /// Whose settings these are, and where uploads run.
    root: PathBuf,
    lost_wait: Duration,
    index: tokio::sync::OnceCell<Index>,
}

impl Pypi {
    /// uv or twine as found on the `PATH` of the runner, whichever the workspace and the variables speak
    /// of, for the Python packages of a repository.
    pub fn new(runner: Runner, workspace: &Workspace) -> Self {
        let is_own = |package: &&Package| package.ecosystem.id() == crate::order::PYTHON;
        let first = workspace.packages.iter().find(is_own);
        let root = first.map_or_else(|| workspace.root.clone(), |first| root_of(workspace, first));
        let config = Config::observe(&runner, &root);
        let tool = choose(&runner, &config, &root);
        Self {
            runner,
            workspace: workspace.clone(),
            tool,
            config,
            root,
            lost_wait: LOST_WAIT,
            index: tokio::sync::OnceCell::new(),
        }
    }

    /// The same, waiting another time than fifteen seconds for an index to show what it took while its
    /// answer got lost.
    #[must_use]
    pub fn with_lost_wait(mut self, wait: Duration) -> Self {
        self.lost_wait = wait;
        self
    }

    fn target(&self) -> Target {
        match self.tool {
            Tool::Uv => self.config.target_of_uv(),
            Tool::Twine => self.config.target_of_twine(),
        }
    }

    /// An error for a package in a workspace of its own whose settings send it elsewhere: one run has
    /// one index.
    fn check_place(&self, package: &Package) -> Result<(), PublishError> {
        let root = root_of(&self.workspace, package);
        if self.tool == Tool::Twine || root == self.root {
            return Ok(());
        }
        let (ours, config) = (self.target(), Config::observe(&self.runner, &root));
        let own = config.target_of_uv();
        if own == ours && config.upload_url(&own) == self.config.upload_url(&ours) {
            return Ok(());
        }
        let shown = |target: Target| match target {
            Target::Usual => "the default of uv".to_owned(),
            Target::Address { from, .. } => from.replace('`', ""),
            Target::Index(name) => name,
            Target::Unclear(names) => names.join(" or "),
        };
        Err(PublishError::ManyIndexes { names: vec![shown(ours), shown(own)] })
    }

    fn missing(&self, program: &str) -> PublishError {
        PublishError::NoPythonTool { program: program.to_owned(), is_uv: self.tool == Tool::Uv }
    }

    /// The index that tells what is there, found out once.
    async fn index(&self) -> Result<Result<&Index, CommandError>, PublishError> {
        if let Some(index) = self.index.get() {
            return Ok(Ok(index));
        }
        let target = self.target();
        if let Target::Unclear(names) = &target {
            return Err(PublishError::ManyIndexes { names: names.clone() });
        }
        let reading = match self.config.reading(&target, None) {
            Some(reading) => reading,
            None => self.ask_tool(&target).await?,
        };
        let upload = self.config.upload_login(&target, &reading.url);
        tracing::debug!("the index is that of {}", reading.from);
        match Index::new(reading, upload, self.runner.deadline()) {
            Ok(index) => Ok(Ok(self.index.get_or_init(|| async { index }).await)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Asks the tool which index it reads where nothing says so.
    async fn ask_tool(&self, target: &Target) -> Result<config::Reading, PublishError> {
        let root = self.workspace.root.as_path();
        let ask = async |program: &'static str, args: &[&str]| {
            let mut job = Job::new(program, root, args.iter().copied());
            job.task = Task::Lookup;
            job.env.push(("COLUMNS".to_owned(), Some("200".to_owned())));
            if args.contains(&"--isolated") {
                // Its help tells the default it is configured for, where a file of the machine says one.
                let none = if cfg!(windows) { "nul" } else { "/dev/null" };
                job.env.push(("PIP_CONFIG_FILE".to_owned(), Some(none.to_owned())));
            }
            self.runner.run(job).await
        };
        let pip = ["pip3", "pip"].into_iter().find(|pip| self.runner.has(pip));
        if self.tool == Tool::Twine
            && let Some(pip) = pip
        {
            let listed = ask(pip, &["config", "list"]).await?;
            if let Some(found) = self.config.reading(target, of_pip(&listed.stdout).as_deref()) {
                return Ok(found);
            }
        }
        if let Target::Address { from, .. } = target {
            return Err(PublishError::NoIndex { said: from.clone() });
        }
        if let Target::Index(name) = target {
            return Err(PublishError::NoIndex { said: format!("the index `{name}`") });
        }
        let mut known = None;
        if self.runner.has("uv") {
            let help = ask("uv", &["pip", "install", "--help"]).await?;
            known = default_of(&help.stdout).map(|url| (url, "uv"));
        }
        if known.is_none()
            && let Some(pip) = pip
        {
            let help = ask(pip, &["--isolated", "download", "--help"]).await?;
            known = default_of(&help.stdout).map(|url| (url, "pip"));
        }
        match known {
            Some((url, tool)) => Ok(self.config.usual_reading(&url, tool)),
            None if self.tool == Tool::Uv && !self.runner.has("uv") => Err(self.missing("uv")),
            None => Err(PublishError::NoIndex { said: "the tool that uploads".to_owned() }),
        }
    }

    fn describe(&self) -> String {
        self.config.describe(self.tool == Tool::Uv)
    }
}

/// Who uploads: what the variables speak of, else what the repository speaks of, else what is there.
fn choose(runner: &Runner, config: &Config, root: &Path) -> Tool {
    let manifest = std::fs::read_to_string(root.join("pyproject.toml")).unwrap_or_default();
    let has_table = || {
        let manifest = manifest.parse::<toml::Table>().ok();
        manifest
            .is_some_and(|manifest| manifest.get("tool").and_then(|tool| tool.get("uv")).is_some())
    };
    let (has_uv, has_twine) = (runner.has("uv"), runner.has("twine"));
    if config.names("UV_PUBLISH_") {
        return Tool::Uv;
    }
    if config.names("TWINE_") {
        return Tool::Twine;
    }
    let speaks_of_uv = root.join("uv.lock").is_file() || has_table();
    match (has_uv, has_twine) {
        (true, true) if !speaks_of_uv && config.has_pypirc() => Tool::Twine,
        (false, true) => Tool::Twine,
        _ => Tool::Uv,
    }
}

fn failure(error: PublishError) -> CommandError {
    let is_certain = !matches!(error, PublishError::TimedOut(_));
    let failure = launchway_base::Failure::from(error);
    let said = match failure.hint() {
        Some(hint) => format!("{}\n{hint}", failure.chain()),
        None => failure.chain(),
    };
    CommandError { is_certain, ..CommandError::new(None, Some(said)) }
}

impl PackageManager for Pypi {
    fn name(&self) -> &'static str {
        match self.tool {
            Tool::Uv => "uv",
            Tool::Twine => "twine",
        }
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
            self.check_place(package)?;
            let index = match self.index().await? {
                Ok(index) => index,
                Err(error) => return Ok(Err(error)),
            };
            let (name, version) =
                (package.manifest_name(), package.version.as_deref().unwrap_or_default());
            Ok(index.files(name).await.map(|files| match files {
                None => Info::Unpublished,
                Some(files) => {
                    Info::Published { versions: versions(&files, name, version), has_latest: true }
                }
            }))
        })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            let scratch = scratch()?;
            let built = self.build(request.package, request.package_dir, scratch.path()).await?;
            let files = match built {
                Ok(files) => files,
                Err(error) => return Ok(Err(error)),
            };
            let mut first = None;
            for from in files {
                let to = request.out_dir.join(from.file_name().unwrap_or_default());
                std::fs::copy(&from, &to).map_err(|source| PublishError::File {
                    file: from.display().to_string(),
                    source,
                })?;
                first.get_or_insert(to);
            }
            Ok(first.ok_or_else(CommandError::default))
        })
    }

    fn beside(&self, request: &PackRequest<'_>, packed: &Path) -> Vec<PathBuf> {
        let files = std::fs::read_dir(request.out_dir).into_iter().flatten().flatten();
        let is_own = |file: &PathBuf| {
            file != packed && of_package(request.package, vec![file.clone()]).is_ok()
        };
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).filter(is_own).collect();
        files.sort();
        files
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            if let Some(error) = refused_name(request.package) {
                return Ok(Outcome::failed(&request, PublishResult::Failed, error));
            }
            self.check_place(request.package)?;
            let scratch = scratch()?;
            let files = match request.tarball {
                Some(first) => {
                    let all = std::iter::once(first.to_owned()).chain(request.beside.to_vec());
                    of_package(request.package, all.collect())
                }
                None => {
                    match self.build(request.package, request.package_dir, scratch.path()).await {
                        Ok(built) => built,
                        // One that took too long has sent nothing.
                        Err(error) => Err(CommandError { is_certain: true, ..failure(error) }),
                    }
                }
            };
            match files {
                Ok(files) => self.send(&request, &files).await,
                Err(error) => Ok(Outcome::failed(&request, PublishResult::Failed, error)),
            }
        })
    }

    fn at_once(&self, _: &Package) -> usize {
        AT_ONCE
    }

    fn credentials(&self, _: &Package) -> Option<String> {
        Some(self.describe())
    }
}

/// A folder that goes when the package is done.
fn scratch() -> Result<tempfile::TempDir, PublishError> {
    tempfile::tempdir()
        .map_err(|source| PublishError::File { file: "a temporary folder".to_owned(), source })
}

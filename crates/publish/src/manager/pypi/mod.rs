//! Python's packages: built and uploaded by uv, or by build and twine. What is there is read from the
//! index these tools are configured for.

mod build;
mod config;
mod index;
mod page;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};

use super::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest, PublishResult,
    refused_name,
};
use crate::PublishError;
use crate::output::plain;
use crate::pack::root_of;
use crate::run::{Finished, Job, Runner, Task};
use build::of_package;
use config::{Config, Target, default_of, of_pip};
use index::Index;
use page::{File, of_version, versions};

/// How many packages are built and uploaded at once.
const AT_ONCE: usize = 4;
/// How long an index may take to show what it took while its answer got lost.
const LOST_WAIT: Duration = Duration::from_secs(15);
/// The wait before it is looked at again; it doubles.
const LOOK: Duration = Duration::from_millis(500);
/// How much of what a tool said is told.
const LINES: usize = 40;

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

    /// The files of a version that are there; an error when nobody can know.
    async fn there(&self, name: &str, version: &str) -> Result<Vec<File>, CommandError> {
        let index = self.index().await.map_err(failure)??;
        let files = index.files(name).await?.unwrap_or_default();
        Ok(of_version(&files, name, version).into_iter().cloned().collect())
    }

    /// Those of the files here that are not there. A file that is there with other content is an error.
    async fn lacking(
        &self,
        name: &str,
        version: &str,
        files: &[PathBuf],
    ) -> Result<Vec<PathBuf>, CommandError> {
        let there = self.there(name, version).await?;
        let index = self.index().await.map_err(failure)??;
        let mut lacking = Vec::new();
        for file in files {
            let own = file.file_name().unwrap_or_default().to_string_lossy();
            let Some(found) = there.iter().find(|found| found.name == own) else {
                lacking.push(file.clone());
                continue;
            };
            if !index.is_same(found, file).await? {
                let said = format!(
                    "the index has `{own}` already, with other content than what is built here; an index never takes a file twice, so release another version (add a changeset), or delete that one there"
                );
                return Err(CommandError {
                    is_certain: true,
                    ..CommandError::new(None, Some(said))
                });
            }
        }
        Ok(lacking)
    }

    async fn upload(&self, dir: &Path, files: &[PathBuf]) -> Result<Finished, PublishError> {
        let mut job = match self.tool {
            Tool::Uv => {
                let mut job = Job::new("uv", dir, ["publish", "--color", "never", "--no-progress"]);
                if let (Target::Index(name), None) =
                    (self.target(), self.runner.var("UV_PUBLISH_INDEX"))
                {
                    job.args.extend(["--index".into(), name.into()]);
                }
                job
            }
            Tool::Twine => {
                let args = ["upload", "--non-interactive", "--disable-progress-bar"];
                Job::new("twine", dir, args)
            }
        };
        if !self.runner.has(job.program) {
            return Err(self.missing(job.program));
        }
        job.args.push("--".into());
        job.args.extend(files.iter().map(Into::into));
        job.task = Task::Publish;
        job.env.push(("NO_COLOR".to_owned(), Some("1".to_owned())));
        self.runner.run(job).await
    }

    /// After an upload that failed: what is still lacking. Waits a while for files whose answer may have
    /// got lost.
    async fn still_lacking(
        &self,
        request: &PublishRequest<'_>,
        files: &[PathBuf],
        is_refusal: bool,
    ) -> Result<Vec<PathBuf>, CommandError> {
        let name = request.package.manifest_name();
        let until = self.runner.deadline().bound(self.lost_wait);
        let (begun, mut look) = (Instant::now(), LOOK);
        loop {
            let lacking = self.lacking(name, request.version, files).await?;
            if lacking.len() < files.len() || is_refusal || begun.elapsed() >= until {
                return Ok(lacking);
            }
            tokio::time::sleep(look.min(until.saturating_sub(begun.elapsed()))).await;
            look *= 2;
        }
    }

    async fn send(
        &self,
        request: &PublishRequest<'_>,
        files: &[PathBuf],
    ) -> Result<Outcome, PublishError> {
        let failed = |error: CommandError| {
            let error = CommandError { is_certain: true, ..error };
            Outcome::failed(request, PublishResult::Failed, error)
        };
        let name = request.package.manifest_name();
        let mut lacking = match self.lacking(name, request.version, files).await {
            Ok(lacking) if lacking.is_empty() => {
                return Ok(Outcome::of(request, PublishResult::AlreadyPublished));
            }
            Ok(lacking) => lacking,
            Err(error) => return Ok(failed(error)),
        };
        loop {
            let error = match self.upload(&self.root, &lacking).await {
                Ok(finished) if finished.is_success() => {
                    return Ok(Outcome::of(request, PublishResult::Published));
                }
                Ok(finished) => complaint(&finished),
                Err(error @ PublishError::TimedOut(_)) => failure(error),
                Err(error) => return Ok(failed(failure(error))),
            };
            let is_refusal = error.is_refusal();
            match self.still_lacking(request, &lacking, is_refusal).await {
                Ok(left) if left.is_empty() => {
                    let outcome = Outcome::of(request, PublishResult::Published);
                    return Ok(Outcome { error: Some(error), ..outcome });
                }
                // The answer got lost, not the file: the others follow.
                Ok(left) if !is_refusal && left.len() < lacking.len() => lacking = left,
                Ok(_) => {
                    let is_about_login = matches!(error.code.as_deref(), Some("401" | "403"))
                        || error.message.as_ref().is_some_and(|said| wants_login(said));
                    let credentials = is_about_login.then(|| self.describe());
                    return Ok(Outcome { credentials, ..failed(error) });
                }
                // It says more than the tool, which saw only that a file of this name is there.
                Err(other) if other.is_certain => return Ok(failed(other)),
                Err(unknown) => {
                    let said = error.message.as_deref().unwrap_or("unknown error");
                    let message = Some(format!(
                        "{said}\nwhether it is there in spite of that could not be looked up: {unknown}"
                    ));
                    return Ok(failed(CommandError { message, ..error }));
                }
            }
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

fn wants_login(said: &str) -> bool {
    let said = said.to_lowercase();
    ["credential", "authenticat", "trusted publish", "username", "password", "unauthorized"]
        .iter()
        .any(|word| said.contains(word))
}

/// What a tool complained about: the end of what it said, with the status the index answered.
fn complaint(finished: &Finished) -> CommandError {
    let (stdout, stderr) = (plain(&finished.stdout), plain(&finished.stderr));
    let said = if stderr.trim().is_empty() { stdout.trim() } else { stderr.trim() };
    let all = format!("{stdout}\n{stderr}");
    let status = [
        "status code ",
        "HTTPError: ",
        "(HTTP ",
        "HTTP status client error (",
        "HTTP status server error (",
    ]
    .iter()
    .find_map(|before| all.split_once(before))
    .and_then(|(_, rest)| rest.get(..3))
    .filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
    let lines: Vec<&str> = said.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    let mut text = lines.get(from..).unwrap_or_default().join("\n");
    // twine prints its errors to standard output.
    if let Some(line) = stdout.lines().map(str::trim).find(|line| line.starts_with("ERROR"))
        && !text.contains(line)
    {
        text = format!("{text}\n{line}");
    }
    CommandError::new(status.map(str::to_owned), Some(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stdout: &str, stderr: &str) -> CommandError {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        complaint(&Finished { exit: Some(1), stdout, stderr })
    }

    #[test]
    fn complaints_tell_the_status() {
        let uv = "Publishing 1 file\nerror: Failed to publish `x.whl` to http://h/\n  Caused by: Server returned status code 403 Forbidden. Server says: 403 no";
        assert_eq!(said("", uv).code.as_deref(), Some("403"));
        assert!(said("", uv).is_refusal());
        let twine = "Uploading distributions to http://h/\nERROR    HTTPError: 503 Service Unavailable from http://h/\n         x";
        assert_eq!(said(twine, "").code.as_deref(), Some("503"));
        assert!(!said(twine, "").is_refusal());
        assert_eq!(said("", "error: connection reset").code, None);
        let long = (0..100).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        let kept = said("", &long).message.unwrap();
        assert!(kept.starts_with("60\n") && kept.ends_with("\n99"), "{kept}");
    }
}

//! Uploads the files of one package: those the index lacks, each once.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::complaint::complaint;
use super::config::Target;
use super::page::{File, of_version};
use super::{Pypi, Tool, failure};
use crate::PublishError;
use crate::manager::{CommandError, Outcome, PublishRequest, PublishResult};
use crate::run::{Finished, Job, Task};

/// The wait before it is looked at again; it doubles.
const LOOK: Duration = Duration::from_millis(500);

impl Pypi {
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

    /// Uploads what is lacking, and says what became of it.
    pub(super) async fn send(
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
}

fn wants_login(said: &str) -> bool {
    let said = said.to_lowercase();
    ["credential", "authenticat", "trusted publish", "username", "password", "unauthorized"]
        .iter()
        .any(|word| said.contains(word))
}

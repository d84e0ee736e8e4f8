//! Building: a source distribution and a wheel by the project's own back end, which sees no credential
//! for uploading.

use std::path::{Path, PathBuf};

use launchway_workspace::Package;

use super::complaint::complaint;
use super::page::{Kind, is_version, of_file};
use super::{Pypi, Tool};
use crate::run::{Job, Task};
use crate::{CommandError, PublishError};

impl Pypi {
    /// Builds a package into an empty folder; its files, the source distribution first.
    pub(super) async fn build(
        &self,
        package: &Package,
        dir: &Path,
        out: &Path,
    ) -> Result<Result<Vec<PathBuf>, CommandError>, PublishError> {
        let program = match self.tool {
            Tool::Uv => "uv",
            Tool::Twine if self.runner.has("pyproject-build") => "pyproject-build",
            Tool::Twine if self.runner.has("uv") => "uv",
            Tool::Twine => return Err(self.missing("pyproject-build")),
        };
        if !self.runner.has(program) {
            return Err(self.missing(program));
        }
        let mut job = if program == "uv" {
            let mut job = Job::new("uv", dir, ["build", "--color", "never", "--no-progress"]);
            job.args.extend(["--out-dir".into(), out.into()]);
            job
        } else {
            let mut job = Job::new(program, out, ["--outdir"]);
            job.args.extend([out.into(), dir.into()]);
            job
        };
        job.task = Task::Build;
        job.env.push(("NO_COLOR".to_owned(), Some("1".to_owned())));
        // Addresses for uploads may hold a password.
        let is_upload = |name: &str| name.starts_with("UV_PUBLISH_") || name.starts_with("TWINE_");
        let uploads = self.runner.vars().filter(|(name, _)| is_upload(name));
        job.env.extend(uploads.map(|(name, _)| (name.to_owned(), None)));
        if let Some(time) = self.commit_time(dir).await {
            // Back ends that look at it build the same bytes again.
            job.env.push(("SOURCE_DATE_EPOCH".to_owned(), Some(time)));
        }
        let finished = self.runner.run(job).await?;
        if !finished.is_success() {
            return Ok(Err(CommandError { is_certain: true, ..complaint(&finished) }));
        }
        Ok(built(package, out))
    }

    /// When the commit was made that is built, unless the caller says a time.
    async fn commit_time(&self, dir: &Path) -> Option<String> {
        if self.runner.var("SOURCE_DATE_EPOCH").is_some() || !self.runner.has("git") {
            return None;
        }
        let mut job = Job::new("git", dir, ["log", "-1", "--format=%ct"]);
        job.task = Task::Build;
        let finished = self.runner.run(job).await.ok()?;
        let time = finished.stdout.trim();
        let is_time = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
        (finished.is_success() && is_time).then(|| time.to_owned())
    }
}

/// What a build left, the source distribution first.
fn built(package: &Package, out: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let files: Vec<PathBuf> = std::fs::read_dir(out)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    of_package(package, files)
}

/// Those of the files that are distributions, in order. One of another package or version is an error,
/// and so is none at all.
pub(super) fn of_package(
    package: &Package,
    files: Vec<PathBuf>,
) -> Result<Vec<PathBuf>, CommandError> {
    let version = package.version.as_deref().unwrap_or_default();
    let name = package.manifest_name();
    let certain =
        |why: String| CommandError { is_certain: true, ..CommandError::new(None, Some(why)) };
    let mut found: Vec<(Kind, PathBuf)> = Vec::new();
    for file in files {
        let shown = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let endings = [".whl", ".tar.gz", ".zip"];
        if !endings.iter().any(|ending| shown.ends_with(ending)) {
            continue;
        }
        match of_file(&shown, name) {
            Some((kind, written)) if is_version(&written, version) => found.push((kind, file)),
            _ => {
                return Err(certain(format!(
                    "the build made `{}`, which is no file of {name} {version}",
                    shown.escape_debug()
                )));
            }
        }
    }
    if found.is_empty() {
        return Err(certain("the build made neither a source distribution nor a wheel".to_owned()));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

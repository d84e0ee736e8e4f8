//! Packing crates, and telling whether a packed one is what would be packed here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::read::complaint;
use super::{Cargo, PackRequest, cargo_job};
use crate::pack::integrity_of;
use crate::{CommandError, PublishError};

/// Where crates are packed before they are copied or compared; goes when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing but a leftover: it is made anew each time.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn file_error(file: &Path, source: std::io::Error) -> PublishError {
    PublishError::File { file: file.display().to_string(), source }
}

impl Cargo {
    /// Builds crates as others will get them, then packs them into the folder they go to.
    pub(super) async fn pack_crates(
        &self,
        requests: &[PackRequest<'_>],
    ) -> Result<Vec<PathBuf>, PublishError> {
        let Some(first) = requests.first() else { return Ok(Vec::new()) };
        let scratch = Scratch(first.out_dir.join(".cargo-package"));
        let mut files = Vec::new();
        for (request, from) in requests.iter().zip(self.package(requests, &scratch.0, true).await?)
        {
            let file = request.out_dir.join(from.file_name().unwrap_or_default());
            std::fs::copy(&from, &file).map_err(|source| file_error(&from, source))?;
            files.push(file);
        }
        Ok(files)
    }

    /// Packs crates again and compares: Cargo packs the same files to the same bytes.
    pub(super) async fn check_crates(
        &self,
        requests: &[PackRequest<'_>],
    ) -> Result<(), PublishError> {
        let Some(first) = requests.first() else { return Ok(()) };
        let scratch = Scratch(first.out_dir.join(".cargo-package"));
        let hash = |file: &Path| integrity_of(file).map_err(|source| file_error(file, source));
        for (request, here) in requests.iter().zip(self.package(requests, &scratch.0, false).await?)
        {
            if hash(&here)? != hash(request.tarball)? {
                return Err(PublishError::Tarball {
                    package: request.package.name.clone(),
                    path: request.tarball.display().to_string(),
                    why: "cargo packs another file here: the checkout or the version of cargo is not that of the job that packed it".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Packs the crates of each workspace together, so that they may need each other before any of
    /// them is published; the files, in order.
    async fn package(
        &self,
        requests: &[PackRequest<'_>],
        scratch: &Path,
        is_built: bool,
    ) -> Result<Vec<PathBuf>, PublishError> {
        let root_of = |request: &PackRequest<'_>| self.root_of(request.package_dir).to_owned();
        let mut roots: Vec<PathBuf> = requests.iter().map(root_of).collect();
        roots.sort();
        roots.dedup();
        for (number, root) in roots.iter().enumerate() {
            let own = || requests.iter().filter(|request| root_of(request) == *root);
            let refused = |error: CommandError| {
                let package = own().next().map(|request| request.package.name.clone());
                PublishError::Pack { package: package.unwrap_or_default(), error }
            };
            let names: Vec<&str> = own().map(|request| request.package.manifest_name()).collect();
            if is_built {
                self.check(root, &names).await?.map_err(refused)?;
            }
            let mut args: Vec<OsString> = vec!["package".into(), "--no-verify".into()];
            args.extend(Self::locked(root).map(OsString::from));
            args.extend(["--target-dir".into(), scratch.join(number.to_string()).into()]);
            args.extend(names.iter().flat_map(|name| [OsString::from("-p"), OsString::from(name)]));
            let finished = self.runner.run(cargo_job(root, args)).await?;
            if !finished.is_success() {
                return Err(refused(complaint(&finished)));
            }
        }
        let file = |request: &PackRequest<'_>| {
            let number = roots.binary_search(&root_of(request)).unwrap_or_default();
            let version = request.package.version.as_deref().unwrap_or_default();
            let name = format!("{}-{version}.crate", request.package.manifest_name());
            scratch.join(number.to_string()).join("package").join(name)
        };
        Ok(requests.iter().map(file).collect())
    }
}

//! Package managers. A new one is one file here and one line in the list of `detect.rs`.

mod cargo;
pub(crate) mod npm;
mod pnpm;
mod pypi;
mod several;
mod yarn;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::{Secret, redact::redact};
use launchway_workspace::{Package, Workspace};
use serde_json::Value;

use crate::{PublishError, StagedVersion};

pub use cargo::Cargo;
pub(crate) use cargo::expected_wait;
pub use npm::Npm;
pub use pnpm::Pnpm;
pub use pypi::Pypi;
pub use several::Several;
pub use yarn::Yarn;

/// How many packages are published at once, unless the manager knows better.
const AT_ONCE: usize = 10;

/// Packing runs build scripts: more at once than this would fight for the machine.
const PACKS: usize = 4;

/// What a package manager complained about, redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandError {
    /// Its code, such as `E404`.
    pub code: Option<String>,
    /// Its words.
    pub message: Option<String>,
    /// Whether it is known that nothing happened at the registry, or what did.
    pub(crate) is_certain: bool,
}

impl CommandError {
    /// A complaint; secrets in it are replaced.
    pub fn new(code: Option<String>, message: Option<String>) -> Self {
        let clean = |text: String| redact(&text).trim().to_owned();
        let message = message.map(clean).filter(|text| !text.is_empty());
        Self { code, message, is_certain: false }
    }
}

impl CommandError {
    /// Whether the registry clearly said no, so that nothing can have happened there. Anything else
    /// may be an answer that got lost.
    pub(crate) fn is_refusal(&self) -> bool {
        const CODES: [&str; 5] = ["ENEEDAUTH", "EOTP", "EPRIVATE", "EUSAGE", "E2BIG"];
        let code = self.code.as_deref().unwrap_or_default();
        let said = self.message.as_deref().unwrap_or_default();
        let texts = [code.rsplit(['E', '_']).next(), said.split("Response Code: ").nth(1)];
        let status =
            texts.into_iter().flatten().find_map(|text| text.get(..3)?.parse::<u16>().ok());
        // Those two tell of the way the request took, not of what became of it.
        self.is_certain
            || CODES.contains(&code)
            || status
                .is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 409))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(self.message.as_deref().unwrap_or("unknown error"))
    }
}

/// What the registry knows of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Info {
    /// Nothing.
    Unpublished,
    /// It was published before.
    Published {
        /// Its versions.
        versions: Vec<String>,
        /// Whether the dist-tag `latest` is set.
        has_latest: bool,
    },
}

impl Info {
    /// From a package document as the managers print it.
    pub(crate) fn read(document: &Value) -> Self {
        let versions = match document.get("versions") {
            Some(Value::Array(versions)) => {
                versions.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(version)) => vec![version.clone()],
            _ => Vec::new(),
        };
        let latest = document.get("dist-tags").and_then(|tags| tags.get("latest"));
        let has_latest = latest.and_then(Value::as_str).is_some_and(|latest| !latest.is_empty());
        Self::Published { versions, has_latest }
    }
}

/// What is to be packed.
#[derive(Clone, Copy, Debug)]
pub struct PackRequest<'a> {
    /// The package.
    pub package: &'a Package,
    /// Its folder, absolute.
    pub package_dir: &'a Path,
    /// The folder to pack, absolute.
    pub pack_dir: &'a Path,
    /// The folder the tarball goes to, absolute.
    pub out_dir: &'a Path,
    /// The file the tarball is to be, where the manager lets one choose.
    pub tarball: &'a Path,
}

/// What is to be published.
#[derive(Clone, Copy, Debug)]
pub struct PublishRequest<'a> {
    /// The package.
    pub package: &'a Package,
    /// Its folder, absolute.
    pub package_dir: &'a Path,
    /// Its version.
    pub version: &'a str,
    /// `public` or `restricted`.
    pub access: &'a str,
    /// The dist-tag.
    pub tag: &'a str,
    /// A packed package instead of the folder, absolute.
    pub tarball: Option<&'a Path>,
    /// Further files of the packed package, absolute.
    pub beside: &'a [PathBuf],
    /// Leaves the terminal to the package manager, which may ask for a second factor.
    pub interactive: bool,
    /// A one-time password.
    pub otp: Option<&'a Secret>,
}

/// How publishing one package ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishResult {
    /// It is there now.
    Published,
    /// Exactly this version was there before.
    AlreadyPublished,
    /// The registry wants a one-time password or a confirmation in a browser.
    NeedsSecondFactor,
    /// It waits in the registry for somebody's approval: neither failed nor released.
    Staged,
    /// It was not tried: what it needs is not there, or there was no time left.
    Held,
    /// It is not there.
    Failed,
}

/// How publishing one package ended, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it ended.
    pub result: PublishResult,
    /// What the package manager complained about.
    pub error: Option<CommandError>,
    /// Which credentials were there, for failures they may explain.
    pub credentials: Option<String>,
    /// The package whose failure holds this one back.
    pub held_by: Option<String>,
    /// The registry did nothing and asks to come back after this time: its rate limit.
    pub wait: Option<Duration>,
    /// What waits for approval, when it is staged.
    pub staged: Option<StagedVersion>,
}

impl Outcome {
    pub(crate) fn of(request: &PublishRequest<'_>, result: PublishResult) -> Self {
        Self {
            name: request.package.name.clone(),
            version: request.version.to_owned(),
            result,
            error: None,
            credentials: None,
            held_by: None,
            wait: None,
            staged: None,
        }
    }

    pub(crate) fn failed(
        request: &PublishRequest<'_>,
        result: PublishResult,
        error: CommandError,
    ) -> Self {
        Self { error: Some(error), ..Self::of(request, result) }
    }
}

/// A package manager's own commands.
pub trait PackageManager: fmt::Debug + Send + Sync {
    /// Its name: `npm`, `pnpm`, `yarn`, `cargo`, `uv`, `twine`; several are listed.
    fn name(&self) -> &str;

    /// The one-time password to use: the given one, or one from the manager's own variables.
    fn otp(&self, given: Option<&Secret>) -> Option<Secret>;

    /// Asks the registry about a package. The inner error is what the registry or the manager said.
    fn info<'a>(
        &'a self,
        workspace: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>>;

    /// Packs a package and answers where the tarball is.
    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>>;

    /// Packs several packages and answers where the tarballs are, in the same order. The first
    /// that cannot be packed is the error.
    fn pack_all<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<Vec<PathBuf>, PublishError>> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let one = async move |request: PackRequest<'a>| {
            let package = request.package.name.clone();
            self.pack(request).await?.map_err(|error| PublishError::Pack { package, error })
        };
        let all: Vec<_> = requests.iter().map(|request| one(*request)).collect();
        Box::pin(async move { stream::iter(all).buffered(cores.min(PACKS)).try_collect().await })
    }

    /// Further files that packing made beside the first, where a package is more than one.
    fn beside(&self, _request: &PackRequest<'_>, _packed: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Checks that the packages would be packed into the very files of the requests, for a manager
    /// that cannot publish a packed file. An error names what differs.
    fn check_packed<'a>(
        &'a self,
        _requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(async { Ok(()) })
    }

    /// Publishes a package. What the registry refuses is in the outcome.
    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>>;

    /// How many packages like this one it may publish at once.
    fn at_once(&self, _package: &Package) -> usize {
        AT_ONCE
    }

    /// Whether the package goes to a registry whose rate limits are known to be those of
    /// [`crate::PlanReport::wait`].
    fn has_limits(&self, _package: &Package) -> bool {
        false
    }

    /// Which credentials for the package's registry were there, for messages; `None` when the
    /// caller knows.
    fn credentials(&self, _package: &Package) -> Option<String> {
        None
    }

    /// Gives up what was taken for publishing, such as a token made for it. Told once, at the end.
    fn finish(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// Whether it can publish another folder than the package's own.
    fn takes_directory(&self) -> bool {
        true
    }
}

/// Whether words say that the very version is there already.
pub(crate) fn says_already_published(message: &str) -> bool {
    message.contains("cannot publish over the previously published")
}

/// A name that would be read as an option. No registry has such a package of ours.
pub(crate) fn refused_name(package: &Package) -> Option<CommandError> {
    package.name.starts_with('-').then(|| {
        CommandError::new(None, Some("a package name must not start with a dash".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_clear_no_leaves_no_doubt() {
        for (code, said, is_refusal) in [
            ("E403", "", true),
            ("E401", "", true),
            ("ENEEDAUTH", "", true),
            ("ERR_PNPM_FETCH_401", "", true),
            ("YN0035", "Response Code: 403 (Forbidden)", true),
            ("429", "", true),
            ("E408", "", false),
            ("E409", "", false),
            ("E500", "", false),
            ("E502", "", false),
            ("ECONNRESET", "", false),
            ("ERR_SOCKET_TIMEOUT", "", false),
            ("YN0035", "Response Code: 502 (Bad Gateway)", false),
            ("YN0001", "RequestError: read ECONNRESET", false),
            ("", "", false),
        ] {
            let error = CommandError::new(Some(code.to_owned()), Some(said.to_owned()));
            assert_eq!(error.is_refusal(), is_refusal, "{code} {said}");
        }
    }

    #[test]
    fn a_document_is_read_leniently() {
        let published = |versions: &[&str], has_latest| Info::Published {
            versions: versions.iter().map(|v| (*v).to_owned()).collect(),
            has_latest,
        };
        for (document, info) in [
            (
                json!({"versions": ["1.0.0", "2.0.0"], "dist-tags": {"latest": "2.0.0"}}),
                published(&["1.0.0", "2.0.0"], true),
            ),
            (json!({"versions": "1.0.0", "dist-tags": {}}), published(&["1.0.0"], false)),
            (
                json!({"versions": ["1.0.0"], "dist-tags": {"latest": ""}}),
                published(&["1.0.0"], false),
            ),
            (json!({}), published(&[], false)),
        ] {
            assert_eq!(Info::read(&document), info, "{document}");
        }
    }
}

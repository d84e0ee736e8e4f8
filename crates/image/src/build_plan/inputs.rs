//! The inputs of `build-plan`.

use clap::{ArgAction, Args, ValueEnum};
use launchway_base::Secret;
use launchway_runtime::inputs::{Document, Verbatim};

use crate::tags::Floating;

/// The inputs of this verb.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Images to publish, without tags, one per line. Unless given `ghcr.io/OWNER/REPOSITORY`.
    #[arg(long, value_name = "IMAGES")]
    pub images: Vec<String>,

    /// Platforms, such as `linux/amd64`, one per line or with commas between. Each is built on a runner
    /// of its own.
    #[arg(long, value_name = "PLATFORMS", default_value = "linux/amd64")]
    pub platforms: Vec<String>,

    /// Which runner builds which platform, as a JSON object. A runner is what `runs-on` takes: a label,
    /// a list of labels, or a group.
    #[arg(
        long,
        value_name = "JSON",
        default_value = r#"{"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}"#
    )]
    pub runners: Document,

    /// Build platforms that `runners` does not know by emulation, on the runner of `linux/amd64`.
    #[arg(long)]
    pub qemu: bool,

    /// Publish what passed. Pull requests and merge queues never do, whatever is given here, nor does
    /// a run of `workflow_run` whose `ref` is that of a pull request's run.
    #[arg(long, value_name = "true|false", default_value = "true", action = ArgAction::Set)]
    pub push: bool,

    /// Whether to attest where the image was built: `public`, in public repositories only, `always` or
    /// `never`.
    #[arg(long, value_enum, default_value = "public")]
    pub attest: Attest,

    /// What is checked out, where that is not the commit of the run, such as the tag of a release. The
    /// label `revision` names its commit then.
    #[arg(long, value_name = "REF")]
    pub r#ref: Option<String>,

    /// Folder that is built.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub context: String,

    /// The Dockerfile.
    #[arg(long, value_name = "PATH")]
    pub file: Option<String>,

    /// Stage that is built.
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// Build arguments, one `KEY=value` per line. They are only told apart by, not read.
    #[arg(long, value_name = "ARGUMENTS")]
    pub build_args: Vec<Verbatim>,

    /// Version of the image, such as `1.2.3`: gives the tags `1.2.3`, `1.2` and `1`, unless `tags` has
    /// rules.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,

    /// Package of a monorepo the image is of, such as `@acme/api`.
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,

    /// The output `released-packages` of the release action, or `published-packages`, which lacks what
    /// was only tagged, as it is: gives the version of `package`, which need not be named where the
    /// list has only one. If the list lacks it, there is nothing to build.
    #[arg(long, value_name = "JSON")]
    pub published_packages: Option<Document>,

    /// Tag rules as `image-tags` takes them, one per line. Unless given, those of a version where there
    /// is one, else branch, tag and pull request.
    #[arg(long, value_name = "RULES")]
    pub tags: Vec<Verbatim>,

    /// What holds for all tags, as `image-tags` takes it.
    #[arg(long, value_name = "FLAVOR")]
    pub flavor: Vec<Verbatim>,

    /// Labels besides or instead of the standard ones, one `key=value` per line.
    #[arg(long, value_name = "LABELS")]
    pub labels: Vec<Verbatim>,

    /// Which version moves `latest`, `1` and `1.2`: `highest`, only the highest of its line among the
    /// tags of the repository, or `off`, the one that is built.
    #[arg(long, value_enum, default_value = "highest")]
    pub floating: Floating,

    /// Where layers are kept between runs: `gha`, the cache of GitHub Actions, `registry` or `none`.
    #[arg(long, value_enum, default_value = "gha")]
    pub cache: Cache,

    /// With `cache: registry`: the image that holds the layers. Unless given, the first of `images` with
    /// the tag `buildcache`.
    #[arg(long, value_name = "IMAGE")]
    pub cache_image: Option<String>,

    /// Whether the jobs that build are logged in at the registry, so that `cache: registry` can write
    /// there.
    #[arg(long, value_name = "true|false", default_value = "true", action = ArgAction::Set)]
    pub registry_login: bool,

    /// Token for the GitHub API and for git, which are asked only for what the event does not say.
    /// Unless given, that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,
}

/// Whether to attest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Attest {
    /// In public repositories.
    Public,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Where layers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cache {
    /// In the cache of GitHub Actions.
    Gha,
    /// As an image.
    Registry,
    /// Nowhere.
    None,
}

/// The lines of a text that was given in one piece or several, joined again.
pub(super) fn joined(given: &[Verbatim]) -> String {
    given.iter().map(Verbatim::as_str).collect::<Vec<_>>().join("\n")
}

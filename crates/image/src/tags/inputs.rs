//! The inputs of `tags`: those of docker/metadata-action, and ours.

use clap::{Args, ValueEnum};
use launchway_base::Secret;
use launchway_runtime::inputs::{Document, Separator, Verbatim};

/// The inputs of this verb.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Where ref and commit come from: `workflow`, the event that started the run, or `git`, what is
    /// checked out in the working directory.
    #[arg(long, value_name = "SOURCE", default_value = "workflow")]
    pub context: String,

    /// Images to give the tags to, one per line, as `ghcr.io/acme/api` or with attributes,
    /// `name=ghcr.io/acme/api,enable=false`. Without any the tags are given bare.
    #[arg(long, value_name = "IMAGES")]
    pub images: Vec<Verbatim>,

    /// Tag rules, one per line, such as `type=semver,pattern={{version}}`. Unless given:
    /// `type=schedule`, `type=ref,event=branch`, `type=ref,event=tag` and `type=ref,event=pr`.
    #[arg(long, value_name = "RULES")]
    pub tags: Vec<Verbatim>,

    /// What holds for all tags: `latest=auto|true|false`, `prefix=…` and `suffix=…`, each of the
    /// two with `,onlatest=true` for the tag `latest`, too.
    #[arg(long, value_name = "FLAVOR")]
    pub flavor: Vec<Verbatim>,

    /// Labels besides or instead of the standard ones, one `key=value` per line.
    #[arg(long, value_name = "LABELS")]
    pub labels: Vec<Verbatim>,

    /// Annotations besides or instead of the standard ones, one `key=value` per line.
    #[arg(long, value_name = "ANNOTATIONS")]
    pub annotations: Vec<Verbatim>,

    /// What stands between the tags of an output. A line end unless given.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub sep_tags: Option<Separator>,

    /// What stands between the labels of an output. A line end unless given.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub sep_labels: Option<Separator>,

    /// What stands between the annotations of an output. A line end unless given.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub sep_annotations: Option<Separator>,

    /// Name of the target in the bake files.
    #[arg(long, value_name = "NAME", default_value = "docker-metadata-action")]
    pub bake_target: String,

    /// Token for the GitHub API, which is asked only for what the event does not say. Unless given,
    /// that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// Package of a monorepo the image is of, such as `api` or `@acme/api`: versions are read out of
    /// its tags, `api@1.2.3`, `@acme/api@1.2.3`, `api/v1.2.3` and `api-v1.2.3`, and tags of other
    /// packages give nothing.
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,

    /// The output `released-packages` of the release action, or `published-packages`, which lacks what
    /// was only tagged, as it is: the version of `package` is taken from there.
    #[arg(long, value_name = "JSON", requires = "package")]
    pub published_packages: Option<Document>,

    /// Which version moves the floating tags `latest`, `1`, `1.2` and those of channels: `off`, the
    /// one that is pushed, or `highest`, only the highest of its line.
    #[arg(long, value_enum, default_value = "off")]
    pub floating: Floating,

    /// Where the other versions are looked up for `floating`: `git`, the tags of the repository, or
    /// `registry`, the tags of the image.
    #[arg(long, value_enum, default_value = "git")]
    pub floating_source: FloatingSource,

    /// Registries, `host` or `host:port`, to speak plain HTTP with for `floating-source: registry`.
    #[arg(long, value_name = "HOST")]
    pub insecure_registry: Vec<String>,

    /// Leaves the reference where its habits surprise: a prerelease keeps the text of its pattern,
    /// and `match=` that does not match gives no tag.
    #[arg(long)]
    pub strict: bool,
}

/// Which version moves floating tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Floating {
    /// Whichever is pushed.
    Off,
    /// The highest of its line.
    Highest,
}

/// Where versions are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FloatingSource {
    /// The tags of the repository.
    Git,
    /// The tags of the image.
    Registry,
}

//! The inputs of `start`.

use std::time::Duration;

use clap::{ArgAction, Args};
use launchway_base::parse_duration;
use launchway_runtime::inputs::Document;

use crate::place::Place;

/// The inputs of `start`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Environment that is deployed to, such as `production`.
    #[arg(long, value_name = "NAME", required = true)]
    pub environment: String,

    /// Where what is deployed can be seen, such as `https://shop.example`.
    #[arg(long, value_name = "URL")]
    pub environment_url: Option<String>,

    /// Version that is deployed.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,

    /// What is deployed: the name of an image, or the output `artifact` of `docker.yml`, from whose `name`, `digest` and `version` the inputs that are
    /// not given are taken.
    #[arg(long, value_name = "NAME|JSON")]
    pub artifact: Option<Document>,

    /// Digest of what is deployed, such as `sha256:…`.
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<String>,

    /// Commit, tag or branch that is deployed. Unless given, the commit of the run, of a pull request its head.
    #[arg(long, value_name = "REF")]
    pub r#ref: Option<String>,

    /// What people read about it, 140 characters at most. Unless given, the version and who deploys it.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// Where its log can be read. Unless given, the run.
    #[arg(long, value_name = "URL")]
    pub log_url: Option<String>,

    /// Whether it is one that users work with. Unless given, so if the environment is `production`.
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    pub production: Option<bool>,

    /// Whether the environment goes away again, as one for a pull request does. GitHub shows it as destroyed when it has ended.
    #[arg(long)]
    pub transient: bool,

    /// Where it is kept.
    #[command(flatten)]
    pub place: Place,

    /// Time in which everything ends, such as `30s`.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Print what would be begun, and begin nothing.
    #[arg(long)]
    pub dry_run: bool,
}

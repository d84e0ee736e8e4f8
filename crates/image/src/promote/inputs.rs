//! The inputs of `promote`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::place::Place;
use crate::push_tags::Immutable;

/// The inputs of `promote`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// What to promote: a tag, `REGISTRY/NAME:TAG`, or with `image` the tag alone, such as `dev`.
    /// Several images, one per line, are promoted together or not at all.
    #[arg(long, value_name = "TAG", required = true)]
    pub from: Vec<String>,

    /// Tag that is to hold the same image, in the same or another repository or registry:
    /// `REGISTRY/NAME:TAG`, or with `image` the tag alone, such as `staging`. One line for each
    /// line of `from`.
    #[arg(long, value_name = "TAG", required = true)]
    pub to: Vec<String>,

    /// Repositories, `REGISTRY/NAME`, one per line, when `from` and `to` are tags alone.
    #[arg(long, value_name = "REPOSITORY")]
    pub image: Vec<String>,

    /// Digest that `from` must hold, such as the one that was tested; one line for each line of
    /// `from`. If it holds another one, nothing is promoted and the exit code is 1.
    #[arg(long, value_name = "DIGEST")]
    pub digest: Vec<String>,

    /// Whether signatures, SBOMs and attestations go along to another repository.
    #[arg(long, default_value = "true", default_missing_value = "true", num_args = 0..=1,
        action = ArgAction::Set)]
    pub referrers: bool,

    /// Which tags never move once they hold a digest. `versions`: full versions such as `1.2.3`,
    /// `v1.2.3-rc.1` or `api-1.2.3`. `all`: every tag. `none`: no tag. `/…/`: tags in which this
    /// regular expression finds something.
    #[arg(long, value_name = "WHICH", default_value = "versions")]
    pub immutable: Immutable,

    /// Where the record of the promotion is kept besides `record-file`: `output`, the output
    /// `record`, or `referrer`, that and in the registry, as an artifact that refers to the digest.
    #[arg(long, value_name = "WHERE", default_value = "output")]
    pub record: RecordKind,

    /// File to write the record to.
    #[arg(long, value_name = "FILE")]
    pub record_file: Option<PathBuf>,

    /// Print what would be done and write nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// How registries are reached.
    #[command(flatten)]
    pub place: Place,
}

/// Where a record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RecordKind {
    /// In the output only.
    Output,
    /// In the output and in the registry.
    Referrer,
}

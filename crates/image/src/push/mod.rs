//! Images that were built into files, published by digest and without a tag: all of it is checked,
//! then what is missing is sent, then the index.

mod image;
mod layout;
mod plan;
mod report;
mod tar;

use std::collections::HashSet;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::{Digest, FilePart, Registry, RegistryError, Repository, Which};
use launchway_runtime::Session;

use self::image::Reader;
use self::layout::Layout;
use self::plan::Whole;
use crate::files::{self, Sought};
use crate::place::Place;
use crate::references;

pub(crate) use self::plan::known as known_platform;
pub(crate) use self::plan::platforms as listed_platforms;

/// Images in files.
pub(crate) const IMAGES: Sought = Sought {
    what: "image",
    hint: "name tar archives, folders with them, or patterns; one per line",
    is_folder: |path| path.join("oci-layout").exists(),
    is_file: |path| path.extension().is_some_and(|extension| extension == "tar"),
};

/// How many questions are under way at once.
const LOOKS: usize = 8;
/// How many blobs are under way at once.
const BLOBS: usize = 4;

/// The inputs of `push`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Images that were built into files, one path, folder or pattern per line: tar archives as
    /// `docker buildx build --output type=docker` and `type=oci` write them, not compressed, and
    /// folders with an OCI layout. In other folders all `*.tar` are taken.
    #[arg(long, value_name = "PATHS", required = true)]
    pub files: Vec<String>,

    /// Repository to publish in: `REGISTRY/NAME`, without a tag.
    #[arg(long, value_name = "REPOSITORY")]
    pub image: String,

    /// Platforms that must be there, such as `linux/amd64`, one per line or with commas between. With
    /// one missing, or one more, nothing is published.
    #[arg(long, value_name = "PLATFORMS")]
    pub platforms: Vec<String>,

    /// Print what would be done and send nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// The registries.
    #[command(flatten)]
    pub place: Place,
}

launchway_runtime::outputs! {
    /// What a run of `push` hands to the steps after it.
    pub struct Outputs {
        /// Digest of what was published, as in `sha256:…`: the index of several platforms, or the
        /// manifest of the only one.
        digest => "digest",
        /// The image by its digest, `REGISTRY/NAME@sha256:…`.
        image => "image",
        /// Its platforms, one per line.
        platforms => "platforms",
        /// Bytes of layers and configurations that were sent; `0` when all were there.
        bytes_sent => "bytes-sent",
    }
}

/// What the registry lacks.
struct Missing<'a> {
    manifests: HashSet<Digest>,
    blobs: Vec<&'a (Digest, FilePart)>,
}

impl Missing<'_> {
    fn bytes(&self) -> u64 {
        self.blobs.iter().fold(0, |sum: u64, (_, part)| sum.saturating_add(part.size))
    }
}

/// Publishes.
///
/// # Errors
/// A file is no image, or damaged; a platform is missing; the registry refuses or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let repository = references::repository(&inputs.image)?;
    let whole = read(session, &inputs)?;
    let registry = inputs.place.registry(session)?;
    if !inputs.dry_run {
        registry.expect_writes([&repository]);
    }
    let missing = observe(&registry, &repository, &whole).await?;
    {
        let _group = session.group(&format!("Image {}", repository.at(whole.top.digest.clone())));
        for line in report::lines(&whole, &missing.manifests, &missing.blobs) {
            session.say(&line);
        }
    }
    if !inputs.dry_run {
        apply(&registry, &repository, &whole, &missing).await.map_err(|error| {
            Failure::from(error).while_doing("nothing that has a tag was changed; run it again")
        })?;
    }
    let sent = if inputs.dry_run { 0 } else { missing.bytes() };
    session.write_outputs(&Outputs {
        digest: Some(whole.top.digest.to_string()),
        image: Some(repository.at(whole.top.digest.clone()).to_string()),
        platforms: Some(whole.platforms().join("\n")),
        bytes_sent: Some(sent.to_string()),
    })?;
    session.summarize(&report::summary(&repository, &whole, sent, inputs.dry_run))?;
    session.say(&report::end(
        &missing.manifests,
        missing.blobs.len(),
        missing.bytes(),
        inputs.dry_run,
    ));
    Ok(())
}

/// Reads and checks everything, before the first request.
fn read(session: &Session, inputs: &Inputs) -> Result<Whole, Failure> {
    let expected = plan::platforms(&inputs.platforms);
    let paths =
        files::find(&inputs.files, &IMAGES).map_err(|failure| match expected.as_slice() {
            [] => failure,
            names => plan::incomplete(&names.join(" and ")).caused_by(failure),
        })?;
    let mut reader = Reader::default();
    let (mut images, mut left_out) = (Vec::new(), 0);
    for path in &paths {
        let (found, described) = reader.images(&Layout::open(path)?)?;
        images.extend(found);
        left_out += described;
    }
    if left_out > 0 {
        session.say(&format!(
            "{left_out} attestations of the builder are left out: attest what is published, by its digest"
        ));
    }
    Whole::new(images, &expected)
}

/// Looks what of it is there.
async fn observe<'a>(
    registry: &Registry,
    repository: &Repository,
    whole: &'a Whole,
) -> Result<Missing<'a>, RegistryError> {
    let looks = whole.manifests().into_iter().map(|manifest| async move {
        let found = registry.head(repository, &Which::Digest(manifest.digest.clone())).await?;
        Ok::<_, RegistryError>((manifest.digest.clone(), found.is_some()))
    });
    let looked: Vec<_> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
    let missing = looked.into_iter().filter(|(_, is_there)| !is_there);
    let manifests: HashSet<Digest> = missing.map(|(digest, _)| digest).collect();
    let looks = whole.blobs(&manifests).into_iter().map(|blob| async move {
        Ok::<_, RegistryError>((blob, registry.has_blob(repository, &blob.0).await?))
    });
    let looked: Vec<_> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
    let blobs = looked.into_iter().filter(|(_, is_there)| !is_there).map(|(blob, _)| blob);
    Ok(Missing { manifests, blobs: blobs.collect() })
}

/// Sends what is missing: blobs, manifests, the index.
async fn apply(
    registry: &Registry,
    repository: &Repository,
    whole: &Whole,
    missing: &Missing<'_>,
) -> Result<(), RegistryError> {
    let sends =
        missing.blobs.iter().map(|(digest, part)| registry.send_blob(repository, digest, part));
    stream::iter(sends).buffer_unordered(BLOBS).try_collect::<()>().await?;
    for manifest in whole.manifests() {
        if missing.manifests.contains(&manifest.digest) {
            registry.put_referrer(repository, manifest).await?;
        }
    }
    Ok(())
}

//! What becomes one image, and what of it has to be sent. Pure.

use std::collections::{BTreeSet, HashSet};

use launchway_base::Failure;
use launchway_registry::{Digest, FilePart, Manifest, OCI_INDEX};
use serde::Serialize;

use super::image::Image;

/// The images of all platforms and what joins them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// One for each platform, in order of their names.
    pub(super) images: Vec<Image>,
    /// What is published: the index, or the only image.
    pub(super) top: Manifest,
}

/// An index, with its fields in the order of the specification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<&'a launchway_registry::Descriptor>,
}

impl Whole {
    /// Joins images. The order in which they come makes no difference.
    ///
    /// # Errors
    /// There is none; two are of the same platform; `expected` has another platform, or one more.
    pub(super) fn new(mut images: Vec<Image>, expected: &[String]) -> Result<Self, Failure> {
        images.sort_by(|a, b| {
            (&a.platform, &a.manifest.digest).cmp(&(&b.platform, &b.manifest.digest))
        });
        images.dedup_by(|a, b| a.manifest.digest == b.manifest.digest);
        let twice = images.iter().zip(images.iter().skip(1));
        let mut twice = twice.filter(|(a, b)| known(&a.platform) == known(&b.platform));
        if let Some((a, b)) = twice.next() {
            return Err(Failure::input(format!(
                "two different images are for {}: `{}` and `{}`",
                a.platform, a.source, b.source
            )));
        }
        complete(&images, expected)?;
        let top = match images.as_slice() {
            [] => return Err(Failure::input("`files` names no image")),
            [only] => only.manifest.clone(),
            several => {
                let index = Index {
                    schema_version: 2,
                    media_type: OCI_INDEX,
                    manifests: several.iter().map(|image| &image.descriptor).collect(),
                };
                let text = serde_json::to_vec(&index)
                    .map_err(|error| Failure::internal("the index is no JSON").caused_by(error))?;
                Manifest::new(text, OCI_INDEX)
            }
        };
        Ok(Self { images, top })
    }

    /// All manifests, in the order in which they are put: the top comes last.
    pub(super) fn manifests(&self) -> Vec<&Manifest> {
        let mut all: Vec<&Manifest> = self.images.iter().map(|image| &image.manifest).collect();
        if self.top.is_index() {
            all.push(&self.top);
        }
        all
    }

    /// The blobs of the images whose manifest is missing, each once.
    pub(super) fn blobs(&self, missing: &HashSet<Digest>) -> Vec<&(Digest, FilePart)> {
        let mut seen = HashSet::new();
        let images = self.images.iter().filter(|image| missing.contains(&image.manifest.digest));
        let blobs = images.flat_map(|image| &image.blobs);
        blobs.filter(|(digest, _)| seen.insert(digest)).collect()
    }

    /// The names of the platforms.
    pub(super) fn platforms(&self) -> Vec<&str> {
        self.images.iter().map(|image| image.platform.as_str()).collect()
    }
}

/// Platforms as a user lists them, with commas, blanks or line ends between.
pub(crate) fn platforms(lines: &[String]) -> Vec<String> {
    let lines = lines.iter().flat_map(|line| line.split([',', ' ', '\t', '\r', '\n']));
    lines.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn complete(images: &[Image], expected: &[String]) -> Result<(), Failure> {
    if expected.is_empty() {
        return Ok(());
    }
    let there: BTreeSet<&str> = images.iter().map(|image| known(&image.platform)).collect();
    let wanted: BTreeSet<&str> = expected.iter().map(|name| known(name)).collect();
    let missing: Vec<&str> = wanted.difference(&there).copied().collect();
    if !missing.is_empty() {
        return Err(incomplete(&missing.join(" and ")));
    }
    match images.iter().find(|image| !wanted.contains(known(&image.platform))) {
        None => Ok(()),
        Some(image) => Err(Failure::input(format!(
            "`{}` is for {}, which `platforms` does not name",
            image.source, image.platform
        ))),
    }
}

/// The failure for platforms that are not there.
pub(crate) fn incomplete(missing: &str) -> Failure {
    Failure::input(format!("not every platform was handed over; {missing} is missing")).with_hint(
        "run all jobs again: files that one job leaves for another are gone after a while",
    )
}

/// The name under which a platform is compared: some say the usual variant, some do not.
pub(crate) fn known(platform: &str) -> &str {
    match platform {
        "linux/arm64/v8" => "linux/arm64",
        "linux/amd64/v1" => "linux/amd64",
        "linux/arm" => "linux/arm/v7",
        other => other,
    }
}

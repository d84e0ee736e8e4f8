//! The images of layouts, checked to the last byte before anything is sent.

use std::collections::{BTreeMap, HashMap, HashSet};

use launchway_base::Failure;
use launchway_registry::{
    DOCKER_LIST, DOCKER_MANIFEST, Descriptor, Digest, FilePart, LARGEST_MANIFEST, Manifest,
    OCI_INDEX, OCI_MANIFEST,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::layout::Layout;

/// Indexes within indexes.
const DEEPEST: usize = 8;
/// More manifests than any image has.
const MOST: usize = 1_000;

/// The image of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// As in `linux/arm64/v8`.
    pub(super) platform: String,
    /// The file or folder it is from.
    pub(super) source: String,
    /// Its manifest.
    pub(super) manifest: Manifest,
    /// Its place in an index.
    pub(super) descriptor: Descriptor,
    /// Configuration and layers, each once.
    pub(super) blobs: Vec<(Digest, FilePart)>,
}

/// What a configuration says about its platform, in the order of an index.
#[derive(Debug, Deserialize, Serialize)]
struct Platform {
    os: String,
    architecture: String,
    #[serde(default, skip_serializing_if = "blank")]
    variant: Option<String>,
    #[serde(default, rename = "os.version", skip_serializing_if = "blank")]
    version: Option<String>,
    #[serde(default, rename = "os.features", skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn blank(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(str::is_empty)
}

/// Reads and checks images; what was found good once is not read again.
#[derive(Debug, Default)]
pub(super) struct Reader {
    good: HashMap<Digest, FilePart>,
}

impl Reader {
    /// The images of a layout, one for each platform. What describes an image (`BuildKit`'s
    /// attestations) is left out; how often that was, stands beside them.
    ///
    /// # Errors
    /// The layout holds none or several images, or one of which something is missing or damaged.
    pub(super) fn images(&mut self, layout: &Layout) -> Result<(Vec<Image>, usize), Failure> {
        let text = layout.read("index.json")?.ok_or_else(|| layout.wrong("lacks `index.json`"))?;
        let top = Manifest::new(text, OCI_INDEX)
            .descriptors()
            .map_err(|error| layout.wrong("has no valid `index.json`").caused_by(error))?;
        // The same image stands there once for each of its names.
        let mut seen = HashSet::new();
        let mut roots = top.children;
        roots.retain(|root| seen.insert(root.digest.clone()));
        match roots.len() {
            0 => return Err(layout.wrong("holds no image")),
            1 => {}
            several => {
                return Err(layout
                    .wrong(&format!("holds {several} images"))
                    .with_hint("write each to a file of its own"));
            }
        }
        let (mut images, mut left_out, mut read) = (Vec::new(), 0, 0);
        let mut level = roots;
        for _ in 0..DEEPEST {
            let mut next = Vec::new();
            for one in std::mem::take(&mut level) {
                read += 1;
                if read > MOST {
                    return Err(layout.wrong(&format!("holds more than {MOST} manifests")));
                }
                if is_attestation(&one) {
                    left_out += 1;
                    continue;
                }
                let manifest = manifest(layout, &one)?;
                let parts = manifest.descriptors().map_err(|error| {
                    layout.wrong(&format!("has a damaged manifest {}", one.digest)).caused_by(error)
                })?;
                let is_index = manifest.is_index();
                if parts.media_type.as_ref().is_some_and(|own| *own != manifest.media_type)
                    || is_index == (parts.config.is_some() || !parts.layers.is_empty())
                    || (!is_index && !parts.children.is_empty())
                {
                    let digest = &one.digest;
                    return Err(layout.wrong(&format!("calls {digest} what it is not")));
                }
                if is_index {
                    next.extend(
                        parts.children.into_iter().filter(|one| seen.insert(one.digest.clone())),
                    );
                } else {
                    let config = parts.config.into_iter();
                    images.push(self.image(layout, manifest, config.collect(), parts.layers)?);
                }
            }
            if next.is_empty() {
                if images.is_empty() {
                    return Err(layout.wrong("holds no image"));
                }
                return Ok((images, left_out));
            }
            level = next;
        }
        Err(layout.wrong("holds too many indexes within indexes"))
    }

    fn image(
        &mut self,
        layout: &Layout,
        manifest: Manifest,
        config: Vec<Descriptor>,
        layers: Vec<Descriptor>,
    ) -> Result<Image, Failure> {
        let digest = manifest.digest.clone();
        let config_digest = config.first().map(|config| config.digest.clone());
        let mut blobs: BTreeMap<Digest, FilePart> = BTreeMap::new();
        let mut ordered = Vec::new();
        for blob in config.into_iter().chain(layers).filter(|blob| !blob.is_foreign()) {
            let part = self.blob(layout, &blob)?;
            if blobs.insert(blob.digest.clone(), part.clone()).is_none() {
                ordered.push((blob.digest, part));
            }
        }
        let unclear = || layout.wrong(&format!("does not say which platform {digest} is for"));
        let config = config_digest.ok_or_else(unclear)?;
        // Where its bytes were found good, which may be another archive: those here were not looked at
        // again.
        let part = blobs.get(&config).ok_or_else(unclear)?;
        let text = part
            .read(LARGEST_MANIFEST)
            .map_err(|error| crate::files::unreadable(&part.path, error))?
            .ok_or_else(|| {
                layout.wrong(&format!("has `{config}` larger than {LARGEST_MANIFEST} bytes"))
            })?;
        let platform: Platform =
            serde_json::from_slice(&text).map_err(|error| unclear().caused_by(error))?;
        let parts = [Some(&platform.os), Some(&platform.architecture), platform.variant.as_ref()];
        let parts: Vec<&str> = parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let plain = |part: &&str| {
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        if parts.len() < 2 || !parts.iter().all(plain) {
            return Err(unclear());
        }
        let descriptor = Descriptor {
            media_type: manifest.media_type.clone(),
            digest: digest.clone(),
            size: manifest.bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
            platform: serde_json::to_value(&platform).ok(),
            urls: Vec::new(),
        };
        Ok(Image {
            platform: parts.join("/"),
            source: layout.path().display().to_string(),
            manifest,
            descriptor,
            blobs: ordered,
        })
    }

    /// Where a blob lies, once its size and every byte of it are right.
    fn blob(&mut self, layout: &Layout, blob: &Descriptor) -> Result<FilePart, Failure> {
        let part = layout.blob(&blob.digest)?;
        sized(layout, blob, part.size)?;
        if let Some(good) = self.good.get(&blob.digest) {
            return Ok(good.clone());
        }
        let found = part
            .digest(blob.digest.algorithm())
            .map_err(|error| crate::files::unreadable(&part.path, error))?;
        same(layout, &blob.digest, &found)?;
        self.good.insert(blob.digest.clone(), part.clone());
        Ok(part)
    }
}

fn manifest(layout: &Layout, one: &Descriptor) -> Result<Manifest, Failure> {
    if ![OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST].contains(&one.media_type.as_str()) {
        return Err(layout.wrong(&format!(
            "lists {} of type `{}`, which is no image",
            one.digest,
            one.media_type.escape_debug()
        )));
    }
    let name = format!("blobs/{}/{}", one.digest.algorithm().name(), one.digest.hex());
    let bytes =
        layout.read(&name)?.ok_or_else(|| layout.wrong(&format!("lacks {}", one.digest)))?;
    sized(layout, one, bytes.len() as u64)?;
    if one.digest.algorithm() != launchway_registry::Algorithm::Sha256 {
        return Err(layout.wrong(&format!("names a manifest by {}, not by sha256", one.digest)));
    }
    let manifest = Manifest::new(bytes, one.media_type.clone());
    same(layout, &one.digest, &manifest.digest)?;
    Ok(manifest)
}

fn sized(layout: &Layout, one: &Descriptor, found: u64) -> Result<(), Failure> {
    if found == one.size {
        return Ok(());
    }
    let (digest, told) = (&one.digest, one.size);
    Err(layout.wrong(&format!("has {found} bytes of {digest}, which is to have {told}")))
}

fn same(layout: &Layout, wanted: &Digest, found: &Digest) -> Result<(), Failure> {
    if wanted == found {
        return Ok(());
    }
    Err(layout.wrong(&format!("has {found} where {wanted} is to be")))
}

/// Whether an entry only describes another one, as `BuildKit`'s provenance does.
fn is_attestation(one: &Descriptor) -> bool {
    let os = one.platform.as_ref().and_then(|platform| platform.get("os")).and_then(Value::as_str);
    os == Some("unknown") || one.annotations.contains_key("vnd.docker.reference.type")
}

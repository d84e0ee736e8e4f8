//! Copies of whole images: observed ([`observe`]), planned, applied in an order in which nothing is
//! ever incomplete.
//!
//! Blobs come before the manifest that names them, manifests before the index, and everything
//! before the tag, which is the caller's to move. What is there already is left alone, so that a
//! copy that was stopped is completed by doing it again.

mod apply;
mod observe;
mod part;

pub use part::{CopyPlan, Part, Role};

use std::fmt;

/// How many requests for manifests are under way at once.
const LOOKS: usize = 8;
/// How many blobs are under way at once.
const BLOBS: usize = 4;

/// What goes along with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Along {
    /// What refers to it and to its platforms: signatures, SBOMs, attestations, by the list of referrers
    /// and by the tags `sha256-….sig`, `.att` and `.sbom`.
    pub referrers: bool,
}

/// What a copy did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Manifests and indexes that were put.
    pub manifests: usize,
    /// Blobs that came byte for byte.
    pub blobs: usize,
    /// Bytes of these.
    pub bytes: u64,
    /// Blobs the registry took from a repository of its own.
    pub mounted: usize,
    /// Blobs that were there.
    pub present: usize,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} manifests, {} blobs copied ({} bytes), {} mounted, {} there already",
            self.manifests, self.blobs, self.bytes, self.mounted, self.present
        )
    }
}

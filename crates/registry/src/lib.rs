//! The OCI distribution protocol: logins, manifests by raw bytes, tags, mounts, referrers.
//!
//! A [`Registry`] speaks with any number of registries at once, with the [`Logins`] of the
//! container tools. It keeps what a user relies on: a manifest's bytes are never written anew,
//! what comes is checked against the digest that was asked for or announced, a login goes to the
//! registry it belongs to and nowhere else, and a write is sent again only when it is known not to
//! have arrived.

mod auth;
mod blobs;
mod client;
pub mod copy;
mod digest;
mod error;
mod file_part;
mod link;
mod manifest;
mod manifests;
mod permission;
mod reference;
mod referrers;
mod tag;
mod tags;
mod transfer;

pub use auth::{Login, Logins};
pub use blobs::Sent;
pub use client::Registry;
pub use digest::{Algorithm, Digest};
pub use error::RegistryError;
pub use file_part::FilePart;
pub use manifest::{
    DOCKER_LIST, DOCKER_MANIFEST, Descriptor, Descriptors, LARGEST_MANIFEST, Manifest, OCI_INDEX,
    OCI_MANIFEST,
};
pub use manifests::{Head, Put};
pub use reference::{DOCKER_HUB, Reference, ReferenceError, Repository, Which, is_loopback};
pub use referrers::{Referrers, fallback_tag};
pub use tag::{LONGEST_TAG, Tag};

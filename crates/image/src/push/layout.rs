//! An image as a tool wrote it to disk: a tar archive or a folder with an OCI layout inside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use launchway_base::Failure;
use launchway_registry::{Digest, FilePart, LARGEST_MANIFEST};
use serde::Deserialize;

use super::tar::{self, Entry};
use crate::files::unreadable;

/// How compressed archives begin.
const COMPRESSED: [(&str, &[u8]); 4] = [
    ("gzip", &[0x1f, 0x8b]),
    ("zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
    ("xz", &[0xfd, b'7', b'z', b'X', b'Z', 0]),
    ("bzip2", b"BZh"),
];

/// Where an image is read from.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A tar archive, by what lies where in it.
    Tar(BTreeMap<String, Entry>),
    /// A folder, by its path without links.
    Folder(PathBuf),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

impl Layout {
    /// Opens a file or folder, and sees that there is a layout inside.
    ///
    /// # Errors
    /// It cannot be read, is compressed, damaged, or holds something else.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let refuse = |error| unreadable(path, error);
        let found = std::fs::metadata(path).map_err(refuse)?;
        let kind = if found.is_dir() {
            Kind::Folder(path.canonicalize().map_err(refuse)?)
        } else if !found.is_file() {
            // Opening a FIFO would wait for somebody who writes, and places in it cannot be found.
            return Err(
                wrong(path, "is no file on a disk").with_hint("write the archive to a file first")
            );
        } else {
            let mut file = File::open(path).map_err(refuse)?;
            let mut start = Vec::new();
            file.by_ref().take(6).read_to_end(&mut start).map_err(refuse)?;
            if let Some((by, _)) = COMPRESSED.iter().find(|(_, magic)| start.starts_with(magic)) {
                return Err(wrong(path, &format!("is compressed with {by}")).with_hint(
                    "hand over the archive as the builder writes it; its layers are compressed already",
                ));
            }
            Kind::Tar(tar::index(&mut file).map_err(|said| wrong(path, &said))?)
        };
        let layout = Self { path: path.to_owned(), kind };
        let none = || {
            layout.wrong("holds no OCI layout").with_hint(
                "have it written by `docker buildx build --output type=oci` or `type=docker`, or by `docker save` of Docker 25 or newer",
            )
        };
        let marker = layout.read("oci-layout")?.ok_or_else(none)?;
        let marker: Marker = serde_json::from_slice(&marker)
            .map_err(|error| layout.wrong("has no valid `oci-layout`").caused_by(error))?;
        if !marker.image_layout_version.starts_with("1.") {
            let version = marker.image_layout_version.escape_debug().to_string();
            return Err(layout.wrong(&format!("has a layout of version `{version}`, not 1")));
        }
        Ok(layout)
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a small file; `None` when it is not there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Bytes>, Failure> {
        let Some(part) = self.part(name)? else { return Ok(None) };
        let read = part.read(LARGEST_MANIFEST).map_err(|error| unreadable(&part.path, error))?;
        let larger = || self.wrong(&format!("has `{name}` larger than {LARGEST_MANIFEST} bytes"));
        read.map(Some).ok_or_else(larger)
    }

    /// Where a blob lies.
    pub(super) fn blob(&self, digest: &Digest) -> Result<FilePart, Failure> {
        let name = format!("blobs/{}/{}", digest.algorithm().name(), digest.hex());
        self.part(&name)?.ok_or_else(|| self.wrong(&format!("lacks {digest}")))
    }

    fn part(&self, name: &str) -> Result<Option<FilePart>, Failure> {
        match &self.kind {
            Kind::Tar(entries) => match entries.get(name) {
                None => Ok(None),
                Some(Entry::File { offset, size }) => {
                    Ok(Some(FilePart { path: self.path.clone(), offset: *offset, size: *size }))
                }
                Some(Entry::Other(what)) => {
                    Err(self.wrong(&format!("has {what} where `{name}` is to be a file")))
                }
            },
            Kind::Folder(root) => {
                let path = root.join(name);
                let real = match path.canonicalize() {
                    Ok(real) => real,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(unreadable(&path, error)),
                };
                let found = std::fs::metadata(&real).map_err(|error| unreadable(&path, error))?;
                if real != path || !found.is_file() {
                    return Err(self.wrong(&format!("has no plain file at `{name}`")));
                }
                Ok(Some(FilePart { path, offset: 0, size: found.len() }))
            }
        }
    }

    /// A failure about it.
    pub(super) fn wrong(&self, said: &str) -> Failure {
        wrong(&self.path, said)
    }
}

fn wrong(path: &Path, said: &str) -> Failure {
    Failure::input(format!("`{}` {said}", path.display()))
}

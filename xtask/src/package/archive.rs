//! Archives that depend on nothing but what is in them.

use std::io::{Cursor, Read as _, Write as _};

use anyhow::{Context as _, Result, bail};
use flate2::{Compression, GzBuilder};

use super::targets::Target;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a program.
    pub(crate) runs: bool,
}

impl Entry {
    /// A file to be read.
    pub(crate) fn text(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), runs: false }
    }

    /// A file to be run.
    pub(crate) fn program(path: String, bytes: Vec<u8>) -> Self {
        Self { path, bytes, runs: true }
    }

    fn mode(&self) -> u32 {
        if self.runs { 0o755 } else { 0o644 }
    }
}

/// The archive for a platform: in the order of paths, of nobody, of no time.
pub(crate) fn pack(target: Target, mut entries: Vec<Entry>) -> Result<Vec<u8>> {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    if target.is_windows() { zip(&entries) } else { tar_gz(&entries) }
}

fn tar_gz(entries: &[Entry]) -> Result<Vec<u8>> {
    let packed = GzBuilder::new().mtime(0).operating_system(255);
    let mut tar = tar::Builder::new(packed.write(Vec::new(), Compression::best()));
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(entry.mode());
        header.set_size(entry.bytes.len() as u64);
        for set in [tar::Header::set_mtime, tar::Header::set_uid, tar::Header::set_gid] {
            set(&mut header, 0);
        }
        tar.append_data(&mut header, &entry.path, entry.bytes.as_slice())
            .with_context(|| format!("cannot pack {}", entry.path))?;
    }
    Ok(tar.into_inner()?.finish()?)
}

fn zip(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        // Without features of its own the crate knows no clock: the time is the earliest there is.
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(entry.mode());
        zip.start_file(&entry.path, options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The bytes of one file of an archive.
pub(crate) fn read(target: Target, packed: &[u8], path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if target.is_windows() {
        let mut zip = zip::ZipArchive::new(Cursor::new(packed))?;
        let mut file = zip.by_name(path).with_context(|| format!("holds no {path}"))?;
        file.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    for entry in tar.entries()? {
        let mut entry = entry?;
        if entry.path()?.to_str() == Some(path) {
            entry.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
    }
    bail!("holds no {path}")
}

#[cfg(test)]
mod tests {
    use super::super::targets;
    use super::*;

    fn entries() -> Vec<Entry> {
        vec![
            Entry::text("man/a.1", "page"),
            Entry::program("launchway-a".into(), vec![1; 5_000]),
            Entry::text("LICENSE-MIT", "text"),
        ]
    }

    #[test]
    fn the_order_of_entries_changes_no_byte_and_all_can_be_read() {
        for target in targets::ALL {
            let one = pack(*target, entries()).unwrap();
            let other = pack(*target, entries().into_iter().rev().collect()).unwrap();
            assert_eq!(one, other);
            for entry in entries() {
                assert_eq!(read(*target, &one, &entry.path).unwrap(), entry.bytes);
            }
            assert!(read(*target, &one, "launchway-b").is_err());
        }
    }

    #[test]
    fn a_tar_says_nothing_about_who_made_it_and_when() {
        let packed = tar_gz(&entries()).unwrap();
        assert_eq!(&packed[4..8], [0; 4], "gzip holds a time");
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        for entry in tar.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            let of = (header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap());
            assert_eq!(of, (0, 0, 0));
            let runs = entry.path().unwrap().starts_with("launchway-a");
            assert_eq!(header.mode().unwrap(), if runs { 0o755 } else { 0o644 });
        }
    }
}

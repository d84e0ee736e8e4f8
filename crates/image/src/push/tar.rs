//! What lies where in a tar archive. Nothing is unpacked, and only headers are read.
//!
//! Read by hand, because what comes from another job is not trusted: names have a limit, and what a
//! reader would follow or fill up (links, sparse files) is only noted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of a header, and what contents are filled up to.
const BLOCK: u64 = 512;
/// The most bytes of a header extension: names are shorter.
const LONGEST: u64 = 64 << 10;
/// The most entries of an archive; an image has some hundred.
const MOST: usize = 100_000;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file: where it begins and how many bytes it has.
    File { offset: u64, size: u64 },
    /// Something else; what.
    Other(&'static str),
}

/// The entries by name, without `./`. An error is a fragment about the archive.
pub(super) fn index(file: &mut File) -> Result<BTreeMap<String, Entry>, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut entries = BTreeMap::new();
    let mut at = 0;
    let mut extended = Extended::default();
    loop {
        let block = read::<512>(file, at).map_err(|_| cut_off(at, length))?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(entries);
        }
        let header = Header::read(&block).ok_or_else(|| match at {
            0 => "is no tar archive".to_owned(),
            _ => format!("has a damaged header at byte {at}"),
        })?;
        let is_extension = matches!(header.kind, b'x' | b'g' | b'L' | b'K');
        let size = match (extended.size, header.kind) {
            (Some(size), _) if !is_extension => size,
            // Of these a size is no content.
            (_, b'1'..=b'6') => 0,
            _ => header.size,
        };
        let offset = at + BLOCK;
        let end = offset.checked_add(size).and_then(|end| end.checked_next_multiple_of(BLOCK));
        let name = || header.name.escape_ascii().to_string();
        let Some(end) = end.filter(|end| *end <= length) else {
            return Err(format!("ends in the middle of `{}`: it was cut off", name()));
        };
        at = end;
        if is_extension {
            if size > LONGEST {
                return Err(format!("has a header of {size} bytes"));
            }
            let bytes = content(file, offset, size).map_err(|error| error.to_string())?;
            extended.learn(header.kind, &bytes)?;
            continue;
        }
        let extended = std::mem::take(&mut extended);
        let name = String::from_utf8(extended.name.unwrap_or_else(|| header.name.clone()))
            .map_err(|_| format!("has a name that is not UTF-8: `{}`", name()))?;
        let name = inside(&name)?;
        let entry = match header.kind {
            b'S' => Entry::Other("a sparse file"),
            _ if extended.is_sparse => Entry::Other("a sparse file"),
            b'0' | b'7' | 0 => Entry::File { offset, size },
            b'1' | b'2' => Entry::Other("a link"),
            b'5' => continue,
            _ => Entry::Other("a special file"),
        };
        // What follows the header of an old sparse file is not known to be a header.
        if header.kind == b'S' {
            return Err(format!("holds a sparse file, `{}`", name.escape_debug()));
        }
        if name.is_empty() {
            continue;
        }
        if entries.len() == MOST {
            return Err(format!("has more than {MOST} entries"));
        }
        if entries.insert(name.clone(), entry).is_some() {
            return Err(format!("holds `{}` twice", name.escape_debug()));
        }
    }
}

/// A name without what says nothing.
fn inside(name: &str) -> Result<String, String> {
    let parts: Vec<&str> =
        name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if name.starts_with('/') || parts.contains(&"..") {
        return Err(format!("names `{}`, which is outside of it", name.escape_debug()));
    }
    Ok(parts.join("/"))
}

fn cut_off(at: u64, length: u64) -> String {
    match at {
        0 if length == 0 => "is empty".to_owned(),
        0 => "is no tar archive".to_owned(),
        _ => "has no end: it was cut off".to_owned(),
    }
}

fn read<const N: usize>(file: &mut File, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn content(file: &mut File, at: u64, size: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A header, as far as it is needed.
struct Header {
    name: Vec<u8>,
    size: u64,
    kind: u8,
}

impl Header {
    /// `None` when it is none: its sum does not fit.
    fn read(block: &[u8; 512]) -> Option<Self> {
        let told = octal(block.get(148..156)?)?;
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
            .sum();
        if told != sum {
            return None;
        }
        let mut name = text(block.get(..100)?).to_vec();
        let prefix = text(block.get(345..500)?);
        // GNU has other fields there.
        if block.get(257..263)? == b"ustar\0" && !prefix.is_empty() {
            name = [prefix, &name].join(&b'/');
        }
        Some(Self { name, size: number(block.get(124..136)?)?, kind: *block.get(156)? })
    }
}

/// What a header extension says of the entry that follows.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Extended {
    fn learn(&mut self, kind: u8, bytes: &[u8]) -> Result<(), String> {
        match kind {
            b'L' => self.name = Some(text(bytes).to_vec()),
            b'x' => {
                let damaged = || "has a damaged header extension".to_owned();
                let mut rest = bytes;
                while !rest.is_empty() {
                    let (record, after) = record(rest).ok_or_else(damaged)?;
                    match record {
                        (b"path", value) => self.name = Some(value.to_vec()),
                        (b"size", value) => {
                            let text = std::str::from_utf8(value).map_err(|_| damaged())?;
                            self.size = Some(text.parse().map_err(|_| damaged())?);
                        }
                        (key, _) if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
                        _ => {}
                    }
                    rest = after;
                }
            }
            // Names of links, and what holds for all entries, say nothing of use.
            _ => {}
        }
        Ok(())
    }
}

/// A record of a header extension, `LENGTH key=value\n`, and what follows it.
type Record<'a> = ((&'a [u8], &'a [u8]), &'a [u8]);

fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..blank)?).ok()?.parse().ok()?;
    let pair = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    Some(((pair.get(..equals)?, pair.get(equals + 1..)?), bytes.get(length..)?))
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A size: octal, or binary where it would not fit.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first != 0x80 {
        return octal(field);
    }
    let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    Some(u64::from_be_bytes(low.try_into().ok()?))
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text(field)).ok()?.trim();
    if text.is_empty() {
        return Some(0);
    }
    // `+7` would be a number, too.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    u64::from_str_radix(text, 8).ok()
}

#[cfg(test)]
#[path = "tar_tests.rs"]
mod tests;

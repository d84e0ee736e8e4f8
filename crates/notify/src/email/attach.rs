//! Files that go with a letter.

use std::io::ErrorKind;
use std::path::Path;

use launchway_base::Failure;
use launchway_runtime::{Session, files};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, SinglePart};

use super::limits;
use crate::line;

/// A file as it was read.
#[derive(Debug)]
pub(super) struct Attached {
    name: String,
    bytes: Vec<u8>,
}

impl Attached {
    /// Its part of the letter.
    pub(super) fn part(self) -> Result<SinglePart, Failure> {
        let kind = ContentType::parse(kind(&self.name))
            .map_err(|error| Failure::internal("no type of a file").caused_by(error))?;
        Ok(Attachment::new(self.name).body(self.bytes, kind))
    }
}

/// Reads the files, one path per line; warns of those that are not there.
///
/// # Errors
/// A file cannot be read, or all of them are too long.
pub(super) fn read(session: &Session, lines: &[String]) -> Result<Vec<Attached>, Failure> {
    let mut all = Vec::new();
    let mut left = limits::ATTACHED;
    let paths = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
    for path in paths.filter(|path| !path.is_empty()) {
        let shown = line::one(path, 200);
        if std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            session.warn(&format!("`{shown}` of `attachments` is not there"));
            continue;
        }
        // One more than there is room for tells that it is too long, however long a pipe goes on.
        let bytes = files::read_start(Path::new(path), left + 1)
            .map_err(|failure| failure.while_doing("`attachments`"))?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            Failure::input(format!(
                "`attachments` have more than {} MB",
                limits::ATTACHED / 1_000_000
            ))
            .with_hint("link to them, as artifacts of the run, instead")
        })?;
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        all.push(Attached { name: line::one(&name, 200), bytes });
    }
    Ok(all)
}

/// What readers can show without another program; everything else is bytes.
fn kind(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    match end.as_str() {
        "txt" | "log" | "md" | "diff" | "patch" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

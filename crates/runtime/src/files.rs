//! Files a user names, read with limits, and the `-file` twins of long inputs.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use launchway_base::{Failure, Location};

/// The most bytes a `-file` twin may hold.
pub const INPUT_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads a text file of at most `limit` bytes. A byte order mark at its start is dropped.
///
/// # Errors
/// An input failure that names the file: missing, a directory, unreadable, too large, not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Failure> {
    let shown = path.display();
    let refuse = |error: std::io::Error| {
        let message = match error.kind() {
            ErrorKind::NotFound => format!("there is no file `{shown}`"),
            _ => format!("cannot read `{shown}`"),
        };
        Failure::input(message).at(Location::file(shown.to_string())).caused_by(error)
    };
    let file = File::open(path).map_err(refuse)?;
    if file.metadata().map_err(refuse)?.is_dir() {
        return Err(Failure::input(format!("`{shown}` is a directory, not a file")));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(refuse)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(Failure::input(format!("`{shown}` holds more than {limit} bytes"))
            .at(Location::file(shown.to_string())));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|b| **b == b'\n')
            .count();
        Failure::input(format!("`{shown}` is not valid UTF-8"))
            .at(Location::line(shown.to_string(), line + 1))
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// The value of an input that has a `-file` twin, `None` when neither is given. `name` is the
/// input's name without dashes, `file` the value of `--<name>-file`, relative to the current
/// directory. At most [`INPUT_LIMIT`] bytes are read.
///
/// # Errors
/// Both are given, or the file cannot be read as text.
pub fn text_or_file(
    name: &str,
    text: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<String>, Failure> {
    match (text, file) {
        (Some(_), Some(_)) => {
            Err(Failure::input(format!("`{name}` and `{name}-file` are both given"))
                .with_hint("give one of the two"))
        }
        (Some(text), None) => Ok(Some(text.to_owned())),
        (None, Some(file)) => read_text(file, INPUT_LIMIT)
            .map(Some)
            .map_err(|failure| failure.while_doing(&format!("`{name}-file`"))),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_is_read_or_explained() {
        let dir = tempfile::tempdir().unwrap();
        let notes = dir.path().join("notes.md");
        std::fs::write(&notes, "\u{feff}hello\n").unwrap();
        let read = |text, file| text_or_file("notes", text, file);
        assert_eq!(read(None, Some(notes.as_path())).unwrap().unwrap(), "hello\n");
        assert_eq!(read(Some("x"), None).unwrap().unwrap(), "x");
        assert_eq!(read(None, None).unwrap(), None);
        assert!(read(Some("x"), Some(notes.as_path())).unwrap_err().to_string().contains("both"));
        let path = dir.path().join("no.md");
        let missing = read(None, Some(&path)).unwrap_err().to_string();
        assert!(missing.contains("`notes-file`") && missing.contains("no.md"), "{missing}");
        assert!(read(None, Some(dir.path())).is_err());
    }

    #[test]
    fn size_and_encoding_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        assert!(read_text(&path, 4).unwrap_err().to_string().contains("more than 4 bytes"));
        std::fs::write(&path, b"a\nb\xff").unwrap();
        let failure = read_text(&path, 100).unwrap_err();
        assert_eq!(failure.location().and_then(|l| l.line), Some(2));
    }
}

//! Files a user names, read with limits, and the `-file` twins of long inputs.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use launchway_base::{Failure, Location};

/// The most bytes a `-file` twin may hold.
pub const INPUT_LIMIT: u64 = 16 * 1024 * 1024;

/// The longest waits for a file that is none on a disk, such as a FIFO.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Until somebody opens it to write.
    open: Duration,
    /// While whoever has opened it says nothing: a command in a shell's `<(command)` may have to think.
    silence: Duration,
}

const PATIENCE: Patience =
    Patience { open: Duration::from_secs(30), silence: Duration::from_mins(10) };

/// Reads a text file of at most `limit` bytes. A byte order mark at its start is dropped.
///
/// # Errors
/// An input failure that names the file: missing, a directory, unreadable, too large, not UTF-8, a
/// FIFO nobody writes to.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Failure> {
    let shown = path.display();
    let bytes = read_bytes(path, limit)?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|b| **b == b'\n')
            .count();
        Failure::input(format!("`{shown}` is not valid UTF-8"))
            .at(Location::line(shown.to_string(), line + 1))
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// Reads a file of at most `limit` bytes as it is.
///
/// # Errors
/// An input failure that names the file: missing, a directory, unreadable, too large, a FIFO nobody
/// writes to.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let bytes = read_start(path, limit.saturating_add(1))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        let shown = path.display();
        return Err(Failure::input(format!("`{shown}` holds more than {limit} bytes"))
            .at(Location::file(shown.to_string())));
    }
    Ok(bytes)
}

/// Reads a file as it is, but no more than its first `most` bytes.
///
/// # Errors
/// An input failure that names the file: missing, a directory, unreadable, a FIFO nobody writes to.
pub fn read_start(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    read_patiently(path, most, PATIENCE)
}

fn read_patiently(path: &Path, most: u64, patience: Patience) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let refuse = |error: std::io::Error| {
        let message = match error.kind() {
            ErrorKind::NotFound => format!("there is no file `{shown}`"),
            _ => format!("cannot read `{shown}`"),
        };
        Failure::input(message).at(Location::file(shown.to_string())).caused_by(error)
    };
    // Before it is opened: opening a FIFO waits for somebody who writes.
    let kind = std::fs::metadata(path).map_err(refuse)?;
    if kind.is_dir() {
        return Err(Failure::input(format!("`{shown}` is a directory, not a file")));
    }
    let mut bytes = Vec::new();
    if kind.is_file() {
        let file = File::open(path).map_err(refuse)?;
        file.take(most).read_to_end(&mut bytes).map_err(refuse)?;
    } else {
        let pieces = pieces(path.to_owned(), most);
        let mut wait = patience.open;
        loop {
            match pieces.recv_timeout(wait) {
                Ok(piece) => bytes.extend(piece.map_err(refuse)?),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = wait.as_secs();
                    return Err(Failure::input(format!(
                        "`{shown}` is no file on a disk, and nothing came out of it for {seconds} s"
                    ))
                    .with_hint("name a file that is written already"));
                }
            }
            wait = patience.silence;
        }
    }
    Ok(bytes)
}

/// What a thread reads out of a FIFO or device, such as `/dev/stdin` or a shell's `<(command)`; the
/// first piece is empty and says that it is open. A thread that waits for ever ends with the program.
fn pieces(path: PathBuf, most: u64) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, pieces) = sync_channel(4);
    std::thread::spawn(move || {
        let mut file = match File::open(path) {
            Ok(file) => file.take(most),
            Err(error) => return drop(sender.send(Err(error))),
        };
        if sender.send(Ok(Vec::new())).is_err() {
            return;
        }
        loop {
            let mut piece = vec![0; 64 * 1024];
            let read = file.read(&mut piece).map(|length| {
                piece.truncate(length);
                piece
            });
            match read {
                Ok(piece) if piece.is_empty() => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    let failed = read.is_err();
                    if sender.send(read).is_err() || failed {
                        return;
                    }
                }
            }
        }
    });
    pieces
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

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_read_but_never_waited_for_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let short = Duration::from_millis(20);
        let patience = Patience { open: short, ..PATIENCE };
        let failure = read_patiently(&fifo, 100, patience).unwrap_err();
        assert!(failure.to_string().contains("nothing came out"), "{failure}");
        assert_eq!(failure.kind().code(), 2);
        // The thread above still waits for a writer and would take what this one writes.
        let other = dir.path().join("other");
        assert!(std::process::Command::new("mkfifo").arg(&other).status().unwrap().success());
        let writer = std::thread::spawn({
            let other = other.clone();
            move || std::fs::write(other, "x\n".repeat(100_000)).unwrap()
        });
        assert_eq!(read_text(&other, INPUT_LIMIT).unwrap().len(), 200_000);
        writer.join().unwrap();
        // A writer that is there and says nothing for a while is waited for, but not for ever.
        let held = |name: &str| {
            let path = dir.path().join(name);
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            let opened = path.clone();
            let writer = move || File::options().write(true).open(opened).unwrap();
            (path, std::thread::spawn(writer))
        };
        let (mute, holder) = held("mute");
        let patience = Patience { silence: short, ..PATIENCE };
        let failure = read_patiently(&mute, 100, patience).unwrap_err();
        assert!(failure.to_string().contains("nothing came out"), "{failure}");
        drop(holder.join().unwrap());
        let (path, writer) = held("late");
        let late = std::thread::spawn(move || {
            let mut writer = writer.join().unwrap();
            std::thread::sleep(Duration::from_secs(1));
            std::io::Write::write_all(&mut writer, b"late").unwrap();
        });
        let patience = Patience { open: Duration::from_millis(900), ..PATIENCE };
        assert_eq!(read_patiently(&path, 100, patience).unwrap(), b"late");
        late.join().unwrap();
        let failure = read_text(Path::new("/dev/zero"), 100_000).unwrap_err();
        assert!(failure.to_string().contains("more than 100000 bytes"), "{failure}");
    }
}

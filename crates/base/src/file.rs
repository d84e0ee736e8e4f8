//! Files that are on a disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file to read it, unless it is a FIFO, device or socket: the first waits for somebody who
/// writes, and none of them has to have an end.
///
/// # Errors
/// It cannot be opened, or is none on a disk.
pub fn open_file(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?;
    // Of a folder the system says so itself.
    if kind.is_file() || kind.is_dir() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file on a disk"))
}

/// Reads such a file as it is.
///
/// # Errors
/// It cannot be read, or is none on a disk.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
        std::fs::write(at("file"), b"\xff").unwrap();
        for (link, to) in [("to-zero", "/dev/zero"), ("to-file", "file"), ("to-none", "none")] {
            std::os::unix::fs::symlink(to, at(link)).unwrap();
        }
        for name in ["file", "to-file"] {
            assert_eq!(read_file(&at(name)).unwrap(), b"\xff");
        }
        for name in ["fifo", "to-zero"] {
            let said = read_file(&at(name)).unwrap_err().to_string();
            assert!(said.contains("no file on a disk"), "{name}: {said}");
        }
        for name in ["none", "to-none"] {
            assert_eq!(read_file(&at(name)).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
        assert!(read_file(dir.path()).is_err());
    }
}

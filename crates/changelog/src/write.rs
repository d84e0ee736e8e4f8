//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use launchway_base::Failure;

/// Writes a file through a new one beside it, with the old one's permissions; through a link the
/// file behind it. Answers whether it holds something else now.
///
/// # Errors
/// It cannot be written.
pub fn file(path: &Path, text: &str) -> Result<bool, Failure> {
    let fault = |error: std::io::Error| {
        Failure::input(format!("cannot write `{}`", path.display())).caused_by(error)
    };
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        // A link to nothing stays a link: the file it names comes to be.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            return fs::write(path, text).map(|()| true).map_err(fault);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(fault(error)),
    };
    let old = match fs::metadata(&target) {
        // A pipe or a device takes text as it comes.
        Ok(data) if !data.is_file() => {
            return fs::write(&target, text).map(|()| true).map_err(fault);
        }
        Ok(_) => Some(fs::read(&target).map_err(fault)?),
        Err(_) => None,
    };
    if old.as_deref() == Some(text.as_bytes()) {
        return Ok(false);
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(fault)?;
    }
    replace(&target, text).map_err(fault)?;
    Ok(true)
}

fn replace(target: &Path, text: &str) -> std::io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // Two runs at once do not share it.
    let beside = target.with_file_name(format!(".{name}.{}.launchway", std::process::id()));
    // Never through a link that waits there.
    drop(fs::remove_file(&beside));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let done = written
        .and_then(|()| match fs::metadata(target) {
            Ok(old) => fs::set_permissions(&beside, old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(&beside, target));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    match done {
        // A file mounted by itself, or in a folder that takes no new one, can be written in place only.
        Err(error) if target.is_file() && no_room_beside(&error) => fs::write(target, text),
        done => done,
    }
}

fn no_room_beside(error: &std::io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_only_when_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docs/CHANGELOG.md");
        assert!(file(&path, "one").unwrap());
        assert!(!file(&path, "one").unwrap());
        assert!(file(&path, "two").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(file(folder.path(), "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.md"), folder.path().join("CHANGELOG.md"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.md"), folder.path().join("CHANGELOG.md"));
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert!(file(&link, "new").unwrap());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

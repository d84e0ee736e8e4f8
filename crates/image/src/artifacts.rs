//! What a runner keeps as the artifacts of a job: the file `GITHUB_ARTIFACTS`.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use launchway_base::Failure;
use launchway_registry::{Digest, Repository};
use launchway_runtime::Session;

/// What the runner reads of the file, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// Appends the images to the runner's file, one `oci://REGISTRY/NAME@DIGEST` per line; one that
/// stands there is not repeated. Without the variable nothing is done.
///
/// # Errors
/// The file cannot be read or written.
pub fn announce<'a>(
    session: &Session,
    images: impl IntoIterator<Item = (&'a Repository, &'a Digest)>,
) -> Result<(), Failure> {
    let Some(path) = session.env().get_os("GITHUB_ARTIFACTS") else { return Ok(()) };
    append(Path::new(path), images).map_err(|error| {
        let shown = Path::new(path).display();
        Failure::input(format!("cannot write the runner's file `{shown}`")).caused_by(error)
    })
}

fn append<'a>(
    path: &Path,
    images: impl IntoIterator<Item = (&'a Repository, &'a Digest)>,
) -> std::io::Result<()> {
    let before = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let before = String::from_utf8_lossy(&before);
    let known: BTreeSet<&str> = before.lines().map(str::trim).collect();
    let lines: BTreeSet<String> = images
        .into_iter()
        .map(|(repository, digest)| format!("oci://{repository}@{digest}"))
        .filter(|line| !known.contains(line.as_str()))
        .collect();
    let mut text = String::new();
    if !lines.is_empty() && !before.is_empty() && !before.ends_with('\n') {
        text.push('\n');
    }
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    if text.is_empty() {
        return Ok(());
    }
    if (before.len() + text.len()) as u64 > LIMIT {
        return Err(std::io::Error::other("it would hold more than a runner reads"));
    }
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_once_and_nothing_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("artifacts");
        std::fs::write(&path, "dist/app.tar.gz").unwrap();
        let (one, two): (Repository, Repository) =
            ("r.io/b".parse().unwrap(), "r.io/a".parse().unwrap());
        let digest = Digest::of(b"");
        for _ in 0..2 {
            append(&path, [(&one, &digest), (&two, &digest), (&one, &digest)]).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            format!("dist/app.tar.gz\noci://r.io/a@{digest}\noci://r.io/b@{digest}\n")
        );
    }
}

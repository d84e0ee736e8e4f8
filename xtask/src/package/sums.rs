//! `SHA256SUMS`: `<sha256>  <name>`, a line for each file of a release and for each program as it lies unpacked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::archive;
use super::targets;

/// Name to hash.
pub(super) type Sums = BTreeMap<String, String>;

/// What lies beside the files of a release and has no hash in it: the formula is made of the hashes.
const BESIDE: [&str; 3] = ["VERSION", "SHA256SUMS", "launchway.rb"];

/// The hash of these bytes, as hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Everything in a folder that belongs to a release. What lies unpacked there does not count: the hash of a program is
/// that of the one in its archive.
pub(super) fn of(folder: &Path) -> Result<Sums> {
    let mut sums = Sums::new();
    let read =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in read {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() || BESIDE.contains(&name.as_str()) {
            continue;
        }
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {name}"))?;
        let target = targets::ALL.iter().find(|target| {
            name.strip_suffix(target.ending()).is_some_and(|stem| {
                stem.strip_suffix('.').is_some_and(|stem| stem.ends_with(target.triple))
            })
        });
        if let Some(target) = target {
            let program = name.split('-').nth(1).unwrap_or_default();
            let file = target.program(program);
            let inside = archive::read(*target, &bytes, &file).with_context(|| name.clone())?;
            sums.insert(format!("{}/{file}", target.triple), sha256(&inside));
        }
        sums.insert(name, sha256(&bytes));
    }
    Ok(sums)
}

/// As a file, in the order of names.
pub(super) fn render(sums: &Sums) -> String {
    sums.iter().fold(String::new(), |mut text, (name, hash)| {
        let _ = writeln!(text, "{hash}  {name}");
        text
    })
}

/// From a file.
pub(super) fn parse(text: &str) -> Result<Sums> {
    let mut sums = Sums::new();
    for (number, line) in text.lines().enumerate() {
        let parts = line.split_once("  ").filter(|(hash, name)| {
            let digits = hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            hash.len() == 64 && digits && !name.is_empty()
        });
        let Some((hash, name)) = parts else {
            bail!("line {} of SHA256SUMS is not `<sha256>  <name>`", number + 1);
        };
        if sums.insert(name.to_owned(), hash.to_owned()).is_some() {
            bail!("line {} of SHA256SUMS names `{name}` once more", number + 1);
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_files_of_a_release_is_none_of_them() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["VERSION", "SHA256SUMS", "launchway.rb", "a.cdx.json"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let names: Vec<_> = of(dir.path()).unwrap().into_keys().collect();
        assert_eq!(names, ["a.cdx.json"]);
    }

    #[test]
    fn what_is_written_can_be_read_and_nothing_else() {
        let sums = Sums::from([("b".into(), sha256(b"b")), ("a".into(), sha256(b""))]);
        let text = render(&sums);
        assert!(text.starts_with("e3b0c44298fc1c149afbf4c8996fb924"), "{text}");
        assert_eq!(parse(&text).unwrap(), sums);
        assert_eq!(parse("").unwrap(), Sums::new());
        for bad in
            ["x  a", &text.replace("  ", " "), &format!("{text}{text}"), &text.to_uppercase()]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

//! Files as git would store them: after line-ending conversion and filters.

use std::collections::BTreeMap;

use crate::{Git, GitError, Result};

impl Git {
    /// The hash each file of the working tree would be stored under, written to the object store.
    /// Paths are from the root; symbolic links are the caller's.
    pub fn hash_objects<S: AsRef<str>>(&self, paths: &[S]) -> Result<BTreeMap<String, String>> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let input: String = paths.iter().map(|path| quoted(path.as_ref()) + "\n").collect();
        let root = self.in_dir(self.root()?);
        let output = root.run(["hash-object", "-w", "--stdin-paths"], Some(input.into_bytes()))?;
        let output = String::from_utf8_lossy(&output);
        let hashes: Vec<&str> = output.lines().collect();
        if hashes.len() != paths.len() {
            return Err(GitError::Unexpected {
                command: "git hash-object".to_owned(),
                what: format!("{} hashes for {} files", hashes.len(), paths.len()),
            });
        }
        Ok(paths
            .iter()
            .zip(hashes)
            .map(|(path, hash)| (path.as_ref().to_owned(), hash.to_owned()))
            .collect())
    }

    /// The bytes git would store for each file of the working tree: filters (`autocrlf`, `eol`, LFS)
    /// applied, a symbolic link as the text of its target. Paths are from the root.
    pub fn stored_bytes<S: AsRef<str>>(&self, paths: &[S]) -> Result<BTreeMap<String, Vec<u8>>> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let root = self.root()?;
        let io = |source| GitError::Io { command: "git hash-object".to_owned(), source };
        let mut bytes = BTreeMap::new();
        let mut files = Vec::new();
        for path in paths.iter().map(AsRef::as_ref) {
            let full = root.join(path);
            if std::fs::symlink_metadata(&full).map_err(io)?.is_symlink() {
                let target = std::fs::read_link(&full).map_err(io)?;
                let target = target.to_str().ok_or_else(|| GitError::NotUtf8(path.to_owned()))?;
                bytes.insert(
                    path.to_owned(),
                    target.replace(std::path::MAIN_SEPARATOR, "/").into_bytes(),
                );
            } else {
                files.push(path);
            }
        }
        let hashes = self.hash_objects(&files)?;
        let mut objects = self.objects(hashes.values().map(String::as_str))?;
        // Two files of one content share an object, so it is copied, not taken.
        for (path, hash) in hashes {
            if let Some(object) = objects.get_mut(&hash) {
                bytes.insert(path, object.clone());
            }
        }
        Ok(bytes)
    }

    /// The contents of objects by hash, in one process. Objects that do not exist are absent.
    pub fn objects<'a>(
        &self,
        hashes: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let input: String = hashes.flat_map(|hash| [hash, "\n"]).collect();
        if input.is_empty() {
            return Ok(BTreeMap::new());
        }
        let output = self.run(["cat-file", "--batch"], Some(input.into_bytes()))?;
        read_batch(&output).ok_or_else(|| GitError::Unexpected {
            command: "git cat-file".to_owned(),
            what: "a cut answer".to_owned(),
        })
    }

    /// The contents of files at a commit, in two processes. Files that are not there are absent.
    /// Paths are from the root.
    pub fn files_at<S: AsRef<str>>(
        &self,
        commit: &str,
        paths: &[S],
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut args: Vec<&str> = vec![
            "--literal-pathspecs",
            "ls-tree",
            "-z",
            "--full-tree",
            "-r",
            "--end-of-options",
            commit,
            "--",
        ];
        args.extend(paths.iter().map(AsRef::as_ref));
        let listing = self.run(args, None)?;
        let mut hashes: BTreeMap<String, String> = BTreeMap::new();
        for entry in crate::run::split_nul(&listing) {
            let entry = String::from_utf8_lossy(entry);
            if let Some((meta, path)) = entry.split_once('\t')
                && let Some(hash) = meta.split(' ').nth(2)
            {
                hashes.insert(path.to_owned(), hash.to_owned());
            }
        }
        let objects = self.objects(hashes.values().map(String::as_str))?;
        Ok(paths
            .iter()
            .map(AsRef::as_ref)
            .filter_map(|path| Some((path.to_owned(), objects.get(hashes.get(path)?)?.clone())))
            .collect())
    }
}

/// `hash type size\n`, the bytes, `\n`; or `hash missing\n`.
fn read_batch(mut output: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut objects = BTreeMap::new();
    while !output.is_empty() {
        let end = output.iter().position(|byte| *byte == b'\n')?;
        let (header, rest) = output.split_at_checked(end)?;
        output = rest.get(1..)?;
        let header = std::str::from_utf8(header).ok()?;
        let mut fields = header.split(' ');
        let hash = fields.next()?;
        let Some(size) = fields.nth(1) else { continue };
        let (bytes, rest) = output.split_at_checked(size.parse().ok()?)?;
        objects.insert(hash.to_owned(), bytes.to_vec());
        output = rest.get(1..)?;
    }
    Some(objects)
}

/// A path on a line of its own, quoted the way git reads names with newlines and quotes.
fn quoted(path: &str) -> String {
    if !path.starts_with('"') && !path.contains(['\n', '\r']) {
        return path.to_owned();
    }
    let mut text = String::from("\"");
    for c in path.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
    text + "\""
}

//! The files of a Release: which there are by the patterns, what GitHub has of them, what is to be
//! done about the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use launchway_base::{Failure, open_file};
use launchway_github::Asset;
use launchway_workspace::Workspace;
use launchway_workspace::glob::Glob;
use sha2::{Digest, Sha256};

use crate::extras::Checksums;

/// The largest file GitHub takes, in bytes; it must be smaller than this.
pub const LARGEST: u64 = 2 << 30;
/// The most assets a Release can have.
pub const MOST: usize = 1000;
/// Folders with more entries than this are nobody's output.
const MOST_ENTRIES: usize = 200_000;

/// A file that is to become an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Its name as an asset.
    pub name: String,
    /// Where its bytes are.
    pub content: Content,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Where the bytes of an asset are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In a file.
    File(PathBuf),
    /// Here.
    Text(String),
}

/// What is to be done about one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Upload it, in place of a broken one with this id where there is one.
    Upload(&'a Local, Option<u64>),
    /// It is as it should be.
    Fine(&'a Local),
    /// It is there with other bytes, and must not change any more.
    Differs(&'a Local),
}

/// The files that patterns select for the package in `dir` (relative to the workspace's root), with
/// the file of checksums. Reads every file once. Empty patterns select nothing and want nothing.
pub fn collect(
    workspace: &Workspace,
    dir: &str,
    patterns: &[String],
    checksums: &Checksums,
) -> Result<Vec<Local>, Failure> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in select(&workspace.root, dir, patterns)? {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = remote_name(&file.unwrap_or_default());
        let shown = |path: &Path| {
            let path = path.strip_prefix(&workspace.root).unwrap_or(path);
            path.display().to_string().replace('\\', "/")
        };
        if checksums.0.as_ref() == Some(&name) {
            return Err(Failure::input(format!(
                "`{}` has the name of the file with checksums",
                shown(&path)
            ))
            .with_hint("give that one another name with `checksums`, or `checksums: false`"));
        }
        if let Some(other) = found.insert(name.clone(), path.clone()) {
            return Err(Failure::input(format!(
                "`{}` and `{}` would both be the asset `{name}` of one Release",
                shown(&other),
                shown(&path)
            ))
            .with_hint("name them apart, or write globs that select only one"));
        }
    }
    let mut files = Vec::new();
    for (name, path) in found {
        files.push(read(name, path)?);
    }
    if let (Some(name), false) = (&checksums.0, files.is_empty()) {
        files.push(sums(name, &files));
    }
    if files.len() > MOST {
        return Err(Failure::input(format!(
            "a Release can have {MOST} assets, and `assets` selects {}",
            files.len()
        ))
        .with_hint("write narrower globs, or pack the files into archives"));
    }
    Ok(files)
}

fn sums(name: &str, files: &[Local]) -> Local {
    let text = files.iter().fold(String::new(), |mut text, file| {
        let _infallible = writeln!(text, "{}  {}", file.sha256, file.name);
        text
    });
    Local {
        name: name.to_owned(),
        size: text.len() as u64,
        sha256: hex(&Sha256::digest(text.as_bytes())),
        content: Content::Text(text),
    }
}

fn read(name: String, path: PathBuf) -> Result<Local, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::input(format!("cannot read `{}`", path.display())).caused_by(error)
    };
    let mut file = open_file(&path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut size = 0_u64;
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let count = file.read(&mut buffer).map_err(unreadable)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        size += count as u64;
        if size >= LARGEST {
            return Err(Failure::input(format!("`{}` is too large for an asset", path.display()))
                .with_hint("GitHub takes files smaller than 2 GiB; split it"));
        }
    }
    if size == 0 {
        return Err(Failure::input(format!(
            "`{}` is empty, and GitHub takes no empty asset",
            path.display()
        ))
        .with_hint("check what builds it, or leave it out of `assets`"));
    }
    let sha256 = hex(&hasher.finalize());
    Ok(Local { name, content: Content::File(path), size, sha256 })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The files that patterns select, each once, in the order of their names.
fn select(root: &Path, dir: &str, patterns: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut all = std::collections::BTreeSet::new();
    for pattern in patterns {
        let (start, inner) = match pattern.strip_prefix('/') {
            Some(inner) => (root.clone(), inner),
            None => (root.join(dir), pattern.as_str()),
        };
        let inner = inner.trim_start_matches("./");
        // What comes before the first part with a sign of a glob is a folder.
        let signs = |part: &str| part.contains(['*', '?', '[', '{', '(', '!', '@', '+', '\\']);
        let parts: Vec<&str> = inner.split('/').collect();
        let fixed = parts.iter().take_while(|part| !signs(part)).count().min(parts.len() - 1);
        let folder = start.join(parts.iter().take(fixed).copied().collect::<Vec<_>>().join("/"));
        let rest: Vec<&str> = parts.iter().skip(fixed).copied().collect();
        let depth = if rest.contains(&"**") { usize::MAX } else { rest.len() };
        let mut walk = Walk { glob: Glob::new(&rest.join("/")), found: Vec::new(), seen: 0 };
        walk.enter(&folder, "", depth)?;
        if walk.found.is_empty() {
            return Err(Failure::input(format!("`assets` has `{pattern}`, which matches no file"))
                .with_hint(format!(
                    "looked in `{}`; build the files in an earlier step",
                    if dir.is_empty() || pattern.starts_with('/') { "." } else { dir }
                )));
        }
        for path in walk.found {
            let real = fs::canonicalize(&path).map_err(|error| {
                Failure::input(format!("cannot read `{}`", path.display())).caused_by(error)
            })?;
            if !real.starts_with(&root) {
                return Err(Failure::input(format!(
                    "`{}` is a link out of the repository",
                    path.display()
                ))
                .with_hint("copy the file there"));
            }
            all.insert(path);
        }
    }
    Ok(all.into_iter().collect())
}

struct Walk {
    glob: Glob,
    found: Vec<PathBuf>,
    seen: usize,
}

impl Walk {
    fn enter(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), Failure> {
        let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
        for entry in entries.flatten() {
            self.seen += 1;
            if self.seen > MOST_ENTRIES {
                return Err(Failure::input(format!(
                    "a glob of `assets` goes through more than {MOST_ENTRIES} files below `{}`",
                    folder.display()
                ))
                .with_hint("begin it with the folder that holds the files, as in `dist/**`"));
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            // Links to files count, links to folders are not followed: they may lead in circles.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                if depth > 1 && name != ".git" && name != "node_modules" {
                    self.enter(&entry.path(), &path, depth.saturating_sub(1))?;
                }
            } else if entry.path().is_file() && self.glob.matches(&path) {
                self.found.push(entry.path());
            }
        }
        Ok(())
    }
}

/// The name GitHub gives an asset: what it does not take becomes `.`, none at the ends.
pub fn remote_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+@~".contains(c);
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if plain(c) { c } else { '.' };
        if c != '.' || !out.ends_with('.') {
            out.push(c);
        }
    }
    let trimmed = out.trim_matches('.');
    if trimmed.is_empty() { "file".to_owned() } else { trimmed.to_owned() }
}

/// The media type of a file, by its name.
pub fn media_type(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let table: &[(&[&str], &str)] = &[
        (&[".tgz", ".gz"], "application/gzip"),
        (&[".zip", ".vsix", ".whl", ".nupkg"], "application/zip"),
        (&[".xz"], "application/x-xz"),
        (&[".zst"], "application/zstd"),
        (&[".bz2"], "application/x-bzip2"),
        (&[".tar", ".crate"], "application/x-tar"),
        (&[".json", ".sbom", ".intoto.jsonl"], "application/json"),
        (&[".txt", ".md", ".asc", ".sig", ".sha256", "sums"], "text/plain"),
        (&[".js", ".mjs", ".cjs"], "text/javascript"),
        (&[".html"], "text/html"),
        (&[".css"], "text/css"),
        (&[".wasm"], "application/wasm"),
        (&[".deb"], "application/vnd.debian.binary-package"),
        (&[".rpm"], "application/x-rpm"),
        (&[".dmg"], "application/x-apple-diskimage"),
        (&[".pdf"], "application/pdf"),
        (&[".jar"], "application/java-archive"),
    ];
    table
        .iter()
        .find(|(ends, _)| ends.iter().any(|end| name.ends_with(end)))
        .map_or("application/octet-stream", |(_, kind)| kind)
}

/// What is to be done, given what the Release has. Nothing of a published Release is replaced but
/// what was never whole.
pub fn compare<'a>(wanted: &'a [Local], there: &[Asset], is_draft: bool) -> Vec<Step<'a>> {
    wanted
        .iter()
        .map(|local| {
            let Some(asset) = there.iter().find(|asset| asset.name == local.name) else {
                return Step::Upload(local, None);
            };
            let digest = asset.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
            let same = asset.size == local.size && digest.is_none_or(|sum| sum == local.sha256);
            match (asset.is_whole(), same) {
                (true, true) => Step::Fine(local),
                (true, false) if !is_draft => Step::Differs(local),
                _ => Step::Upload(local, Some(asset.id)),
            }
        })
        .collect()
}

/// What a published Release lacks of what its patterns promise, for who has not the files: each
/// pattern without an asset whose name fits its last part, the file of checksums, and every asset
/// that is not whole.
pub fn lacking(patterns: &[String], checksums: &Checksums, there: &[Asset]) -> Vec<String> {
    let mut lacking: Vec<String> = there
        .iter()
        .filter(|asset| !asset.is_whole())
        .map(|asset| format!("the asset `{}` was not uploaded whole", asset.name))
        .collect();
    let whole = |fits: &dyn Fn(&str) -> bool| {
        there.iter().any(|asset| asset.is_whole() && fits(&asset.name))
    };
    for pattern in patterns {
        let last = pattern.rsplit('/').next().unwrap_or(pattern);
        let last = if last == "**" { "*" } else { last };
        let (plain, renamed) = (Glob::new(last), Glob::new(&renamed(last)));
        let is_sums = |name: &str| checksums.0.as_deref() == Some(name);
        if !whole(&|name| !is_sums(name) && (plain.matches(name) || renamed.matches(name))) {
            lacking.push(format!("no asset fits `{pattern}`"));
        }
    }
    if let (Some(name), false) = (&checksums.0, patterns.is_empty())
        && !whole(&|other| other == name)
    {
        lacking.push(format!("the asset `{name}`"));
    }
    lacking
}

/// A pattern as it fits names after GitHub changed them: signs of globs stay.
fn renamed(pattern: &str) -> String {
    let stays = |c: char| c.is_ascii_alphanumeric() || "-_.+@~*?[]{},!".contains(c);
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        let c = if stays(c) { c } else { '.' };
        if c != '.' || !out.ends_with('.') {
            out.push(c);
        }
    }
    out.trim_matches('.').to_owned()
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;

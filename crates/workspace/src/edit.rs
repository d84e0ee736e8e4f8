//! Many file changes as one: planned whole, checked whole, applied with nothing half-written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::WorkspaceError;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its whole new content.
    Write(Vec<u8>),
    /// It is removed; a file that is not there is fine.
    Remove,
}

/// Changes by path relative to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    changes: BTreeMap<String, Change>,
}

impl Changes {
    /// Plans a file's new content.
    pub fn write(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.changes.insert(path.into(), Change::Write(content.into()));
    }

    /// Plans a file's removal.
    pub fn remove(&mut self, path: impl Into<String>) {
        self.changes.insert(path.into(), Change::Remove);
    }

    /// Plans any change.
    pub fn insert(&mut self, path: impl Into<String>, change: Change) {
        self.changes.insert(path.into(), change);
    }

    /// The planned content of a file, if it is to be written.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        match self.changes.get(path) {
            Some(Change::Write(content)) => Some(content),
            _ => None,
        }
    }

    /// Each path with its change, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.changes.iter().map(|(path, change)| (path.as_str(), change))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many files change.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Makes every change or none. A journal with all new contents is written first, then each file in
    /// its place. An error puts everything back; a kill leaves the journal, from which [`recover`]
    /// does the rest. Content that is already there is not written again.
    ///
    /// Nothing is synced to the disk: what a process wrote survives its end, and after a loss of
    /// power the checkout itself is as unsure as these files.
    pub fn apply(&self, root: &Path) -> Result<(), WorkspaceError> {
        recover(root)?;
        let steps = self.steps(root)?;
        if steps.is_empty() {
            return Ok(());
        }
        let folder = root.join(FOLDER);
        if let Err(error) = write_journal(&folder, &steps) {
            return clear(&folder).and(Err(error));
        }
        let Err((error, undone)) = carry_out(&steps) else { return clear(&folder) };
        // Where something could not be put back, the journal stays: the next run does the rest.
        if undone { clear(&folder).and(Err(error)) } else { Err(error) }
    }

    /// What is really to be done, and what was there before.
    fn steps(&self, root: &Path) -> Result<Vec<Step>, WorkspaceError> {
        let mut steps = Vec::new();
        for (path, change) in &self.changes {
            let target = root.join(path);
            // A link is written through, as an editor would.
            let target = if target.is_symlink() && matches!(change, Change::Write(_)) {
                fs::canonicalize(&target).map_err(|source| unwritable(path, source))?
            } else {
                target
            };
            let before = match fs::read(&target) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unwritable(path, error)),
            };
            let needless = match change {
                Change::Write(content) => before.as_ref() == Some(content),
                Change::Remove => before.is_none(),
            };
            if !needless {
                steps.push(Step { path: path.clone(), target, before, change: change.clone() });
            }
        }
        Ok(steps)
    }
}

/// Folder of the journal, at the root.
const FOLDER: &str = ".launchway";
const JOURNAL: &str = "journal";

fn unwritable(path: &str, source: io::Error) -> WorkspaceError {
    WorkspaceError::Unwritable { file: path.to_owned(), source }
}

struct Step {
    path: String,
    target: PathBuf,
    before: Option<Vec<u8>>,
    change: Change,
}

/// A file in the journal: its new content is that many bytes, or it is removed.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    target: PathBuf,
    bytes: Option<usize>,
}

impl Entry {
    /// Whether it may be carried out from a journal that was found: a repository is no friend, and
    /// what it has checked in must not reach outside of it or into `.git`.
    fn is_ours(&self, root: &Path) -> bool {
        let plain = |path: &Path| {
            path.components().all(|part| {
                matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"))
            })
        };
        let inside = || {
            let root = fs::canonicalize(root).ok()?;
            // What is above the first thing that is there will be made: no links are in it.
            let there = self.target.ancestors().find(|path| path.symlink_metadata().is_ok())?;
            let rest = self.target.strip_prefix(there).ok()?;
            // A link to nothing is refused, too: writing would make what it names.
            let there = fs::canonicalize(there).ok()?;
            Some(plain(there.strip_prefix(root).ok()?) && plain(rest))
        };
        plain(Path::new(&self.path)) && inside() == Some(true)
    }
}

/// Puts a file into a state. Idempotent, so that it can be done again after a kill.
fn put(target: &Path, content: Option<&[u8]>) -> io::Result<()> {
    let Some(content) = content else {
        return match fs::remove_file(target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    match overwrite(target, content) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder)?;
            }
            overwrite(target, content)
        }
        // A file that may not be written can still be replaced, and keeps its mode.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            replace(target, content).map_err(|_| error)
        }
        written => written,
    }
}

/// Writes over what is there and only then cuts the rest: never empty in between, and cheaper than
/// giving its blocks back first.
fn overwrite(target: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(target)?;
    file.write_all(content)?;
    let length = content.len() as u64;
    if file.metadata()?.len() > length { file.set_len(length) } else { Ok(()) }
}

fn replace(target: &Path, content: &[u8]) -> io::Result<()> {
    let mode = fs::metadata(target)?.permissions();
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.launchway"));
    // Never through a link that waits there.
    drop(fs::remove_file(&beside));
    let done = File::create_new(&beside)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::set_permissions(&beside, mode))
        .and_then(|()| fs::rename(&beside, target));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    done
}

/// A line of entries, then all contents. It gets its name when it is whole.
fn write_journal(folder: &Path, steps: &[Step]) -> Result<(), WorkspaceError> {
    let entry = |step: &Step| Entry {
        path: step.path.clone(),
        target: step.target.clone(),
        bytes: step.content().map(<[u8]>::len),
    };
    let written = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut journal = serde_json::to_vec(&steps.iter().map(entry).collect::<Vec<_>>())?;
        journal.push(b'\n');
        for content in steps.iter().filter_map(Step::content) {
            journal.extend_from_slice(content);
        }
        let draft = folder.join("draft");
        fs::write(&draft, journal)?;
        fs::rename(&draft, folder.join(JOURNAL))
    };
    written().map_err(|source| unwritable(FOLDER, source))
}

/// An entry with the new content, `None` for a removal.
type Journaled<'a> = (Entry, Option<&'a [u8]>);

/// The entries and contents of a journal; the error is a problem of it.
fn read_journal(journal: &[u8]) -> Result<Vec<Journaled<'_>>, String> {
    let line = journal.iter().position(|byte| *byte == b'\n').ok_or("it has no entries")?;
    let (line, rest) = journal.split_at_checked(line).ok_or("it has no entries")?;
    let entries: Vec<Entry> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let mut contents = rest.get(1..).unwrap_or_default();
    let read = entries
        .into_iter()
        .map(|entry| {
            let content = match entry.bytes {
                Some(bytes) => {
                    let (content, rest) = contents.split_at_checked(bytes).ok_or("it is cut")?;
                    contents = rest;
                    Some(content)
                }
                None => None,
            };
            Ok((entry, content))
        })
        .collect::<Result<Vec<_>, String>>()?;
    if contents.is_empty() { Ok(read) } else { Err("it is too long".to_owned()) }
}

/// Every step; after an error everything is put back, if that is possible.
fn carry_out(steps: &[Step]) -> Result<(), (WorkspaceError, bool)> {
    for (done, step) in steps.iter().enumerate() {
        if let Err(source) = put(&step.target, step.content()) {
            let not_undone = steps.iter().take(done + 1).filter(|step| !step.undo()).count();
            return Err((unwritable(&step.path, source), not_undone == 0));
        }
    }
    Ok(())
}

impl Step {
    fn content(&self) -> Option<&[u8]> {
        match &self.change {
            Change::Write(content) => Some(content),
            Change::Remove => None,
        }
    }

    /// Tells whether what was there is there again.
    fn undo(&self) -> bool {
        put(&self.target, self.before.as_deref()).is_ok()
    }
}

/// The journal goes first: without it the folder means nothing.
fn clear(folder: &Path) -> Result<(), WorkspaceError> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(FOLDER, error)),
        _ => Ok(()),
    };
    gone(fs::remove_file(folder.join(JOURNAL)))?;
    gone(fs::remove_dir_all(folder))
}

/// Does the rest of changes that were interrupted by a kill; tells whether there were any. Changes
/// whose journal was not written whole are forgotten: no file had been touched yet.
pub fn recover(root: &Path) -> Result<bool, WorkspaceError> {
    let folder = root.join(FOLDER);
    let journal = match fs::read(folder.join(JOURNAL)) {
        Ok(journal) => journal,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if folder.is_dir() { clear(&folder).map(|()| false) } else { Ok(false) };
        }
        Err(error) => return Err(unwritable(FOLDER, error)),
    };
    let malformed = |problem: String| WorkspaceError::Malformed {
        file: format!("{FOLDER}/{JOURNAL}"),
        line: None,
        problem: format!("is not a journal of ours, {problem}; remove the folder `{FOLDER}`"),
    };
    let entries = read_journal(&journal).map_err(malformed)?;
    if let Some((odd, _)) = entries.iter().find(|(entry, _)| !entry.is_ours(root)) {
        return Err(malformed(format!("it names `{}`", odd.path.escape_debug())));
    }
    for (entry, content) in &entries {
        put(&entry.target, *content).map_err(|source| unwritable(&entry.path, source))?;
    }
    clear(&folder)?;
    Ok(true)
}

/// [`recover`] in the folder and above, up to the root of the repository, wherever changesets are
/// kept: a manifest may be half written, so this comes before looking for packages.
pub fn recover_above(from: &Path) -> Result<bool, WorkspaceError> {
    let mut recovered = false;
    let from = std::path::absolute(from).map_err(|source| unwritable(FOLDER, source))?;
    for folder in from.ancestors() {
        if folder.join(FOLDER).is_dir() && folder.join(".changeset").is_dir() {
            recovered |= recover(folder)?;
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(recovered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(root: &Path, path: &str) -> String {
        fs::read_to_string(root.join(path)).unwrap()
    }

    fn example(root: &Path) -> Changes {
        fs::write(root.join("a"), "old and longer").unwrap();
        fs::write(root.join("gone"), "old").unwrap();
        let mut changes = Changes::default();
        changes.write("a", "new");
        changes.write("folder/b", "new");
        changes.remove("gone");
        changes.write("z", "new\n\0\u{fffd}");
        changes
    }

    fn is_applied(root: &Path) {
        assert_eq!((written(root, "a"), written(root, "folder/b")), ("new".into(), "new".into()));
        assert_eq!(written(root, "z"), "new\n\0\u{fffd}");
        assert!(!root.join("gone").exists() && !root.join(FOLDER).exists());
    }

    /// A kill after any number of files, the last one half written: the next run does the rest.
    #[test]
    fn a_kill_at_any_point_is_healed() {
        for done in 0..=4 {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path();
            let steps = example(root).steps(root).unwrap();
            write_journal(&root.join(FOLDER), &steps).unwrap();
            for step in steps.iter().take(done) {
                put(&step.target, step.content()).unwrap();
            }
            if let Some(torn) = steps.get(done).filter(|step| step.content().is_some())
                && torn.target.parent().unwrap().is_dir()
            {
                fs::write(&torn.target, "n").unwrap();
            }
            fs::create_dir(root.join(".changeset")).unwrap();
            fs::create_dir_all(root.join("folder/below")).unwrap();
            assert!(recover_above(&root.join("folder/below")).unwrap());
            is_applied(root);
            assert!(!recover(root).unwrap());
        }
    }

    #[test]
    fn an_error_puts_everything_back() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let changes = example(root);
        fs::create_dir(root.join("zz")).unwrap();
        let mut steps = changes.steps(root).unwrap();
        // A folder where a file is to go, found only when everything else is done.
        steps.push(Step {
            path: "zz".into(),
            target: root.join("zz"),
            before: None,
            change: Change::Write(b"new".to_vec()),
        });
        let (error, _) = carry_out(&steps).unwrap_err();
        assert!(error.to_string().contains("zz"), "{error}");
        assert_eq!(written(root, "a"), "old and longer");
        assert_eq!(written(root, "gone"), "old");
        assert!(!root.join("folder/b").exists() && !root.join("z").exists());
        changes.apply(root).unwrap();
        is_applied(root);
    }

    #[cfg(unix)]
    #[test]
    fn modes_and_links_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("real")).unwrap();
        for (name, mode) in [("real/x", 0o755), ("sealed", 0o444)] {
            fs::write(root.join(name), "old").unwrap();
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        std::os::unix::fs::symlink("real/x", root.join("link")).unwrap();
        let mut changes = Changes::default();
        changes.write("link", "new");
        changes.write("sealed", "new");
        changes.apply(root).unwrap();
        assert!(root.join("link").is_symlink());
        assert_eq!(
            (written(root, "real/x"), written(root, "sealed")),
            ("new".into(), "new".into())
        );
        for (name, mode) in [("real/x", 0o755), ("sealed", 0o444)] {
            let now = fs::metadata(root.join(name)).unwrap().permissions().mode();
            assert_eq!(now & 0o777, mode, "{name}");
        }
        replace(&root.join("sealed"), b"newer").unwrap();
        assert_eq!(written(root, "sealed"), "newer");
        let now = fs::metadata(root.join("sealed")).unwrap().permissions().mode();
        assert_eq!(now & 0o777, 0o444);
    }

    #[test]
    fn a_journal_from_the_repository_reaches_nothing_outside() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("repository"), dir.path().join("outside"));
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for (path, target) in [
            ("x", outside.clone()),
            ("../outside", root.join("../outside")),
            ("/outside", outside.clone()),
            (".git/config", root.join(".git/config")),
            ("x", root.join(".git/config")),
            ("x", root.join("new/.git/config")),
            // Folders on the way are made, and with them `..` leads somewhere.
            ("x", root.join("new/../../outside")),
            ("x", root.join("new/deep/../../.git/config")),
        ] {
            let entry = Entry { path: path.into(), target, bytes: Some(4) };
            let mut journal = serde_json::to_vec(&[entry]).unwrap();
            journal.extend_from_slice(b"\nevil");
            fs::write(folder.join(JOURNAL), journal).unwrap();
            assert!(recover(&root).is_err(), "{path}");
            assert!(!outside.exists() && !root.join(".git/config").exists());
        }
        let entry = Entry { path: "x".into(), target: root.join("x"), bytes: Some(4) };
        assert!(entry.is_ours(&root));
        let line = serde_json::to_string(&[entry]).unwrap();
        for odd in ["", "[]", "{}\n", &line, &format!("{line}\nevi"), &format!("{line}\nevil!")] {
            fs::write(folder.join(JOURNAL), odd).unwrap();
            assert!(recover(&root).is_err(), "{odd}");
            assert!(!root.join("x").exists(), "{odd}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_from_the_repository_lead_a_journal_nowhere() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("repository"), dir.path().join("outside"));
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        symlink(&outside, root.join("to-nothing")).unwrap();
        symlink(dir.path(), root.join("to-folder")).unwrap();
        for target in ["to-nothing", "to-nothing/x", "to-folder/outside", "to-folder/new/x"] {
            let entry = Entry { path: target.into(), target: root.join(target), bytes: Some(4) };
            let mut journal = serde_json::to_vec(&[entry]).unwrap();
            journal.extend_from_slice(b"\nevil");
            fs::write(folder.join(JOURNAL), journal).unwrap();
            assert!(recover(&root).is_err(), "{target}");
            assert!(!outside.exists() && !dir.path().join("new").exists(), "{target}");
        }
        // Nor does a folder that is a link, or a link in it.
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        symlink(&outside, &folder).unwrap();
        let changes = example(&root);
        changes.apply(&root).unwrap();
        is_applied(&root);
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
        let victim = outside.join("victim");
        fs::create_dir(&folder).unwrap();
        symlink(&victim, folder.join("draft")).unwrap();
        example(&root).apply(&root).unwrap();
        assert!(!victim.exists());
        fs::write(root.join("sealed"), "old").unwrap();
        symlink(&victim, root.join(".sealed.launchway")).unwrap();
        replace(&root.join("sealed"), b"new").unwrap();
        assert!(!victim.exists() && written(&root, "sealed") == "new");
    }

    #[test]
    fn a_kill_before_the_journal_is_whole_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::write(root.join("a"), "old").unwrap();
        fs::create_dir(root.join(FOLDER)).unwrap();
        fs::write(root.join(FOLDER).join("draft"), "half of the j").unwrap();
        assert!(!recover(root).unwrap());
        assert_eq!(written(root, "a"), "old");
        assert!(!root.join(FOLDER).exists());
    }
}

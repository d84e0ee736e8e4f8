//! Reading a repository: packages, configuration, changesets, pre mode.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use launchway_base::{Failure, Location};
use launchway_changesets::{
    Changeset, ChangesetError, Config, Own, PreState, is_changeset_file, key_of,
};
use launchway_git::Git;
use launchway_workspace::{Changes, Workspace, recover, recover_above};

/// Where pre mode is kept.
pub(crate) const PRE_FILE: &str = ".changeset/pre.json";

/// A repository as it was found. Nothing has been written.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The packages.
    pub workspace: Workspace,
    /// The configuration.
    pub config: Config,
    /// Oddities of the configuration, each completes "`.changeset/config.json` …".
    pub warnings: Vec<String>,
    /// Every changeset in reading order: `.changeset/`, then `.changeset/pre/`.
    pub changesets: Vec<Changeset>,
    /// Pre mode, if on.
    pub pre: Option<PreState>,
    /// The files read so far, by path relative to the root.
    pub files: HashMap<String, Vec<u8>>,
    /// What brings a pre mode begun by version 2 to today's layout; empty otherwise.
    pub pre_migration: Changes,
}

impl Repository {
    /// Changesets that the next `version` releases: in pre mode without those already released.
    pub fn pending(&self) -> impl Iterator<Item = &Changeset> {
        let in_pre =
            self.pre.as_ref().is_some_and(|pre| pre.mode == launchway_changesets::PreMode::Pre);
        self.changesets.iter().filter(move |c| !(in_pre && c.id.starts_with("pre/")))
    }

    /// The changeset's text as read, for line numbers.
    pub fn text_of(&self, changeset: &Changeset) -> Option<&str> {
        self.files.get(&changeset.file()).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Gives an error about a changeset the line on which the package stands.
    pub fn locate(&self, error: ChangesetError) -> Failure {
        match error {
            ChangesetError::UnknownPackage { file, line: None, package, nearest } => {
                let text = self.files.get(&file).and_then(|bytes| std::str::from_utf8(bytes).ok());
                let line = text.and_then(|text| Changeset::line_of(text, &package));
                let failure =
                    Failure::from(ChangesetError::UnknownPackage { file, line, package, nearest });
                if self.workspace.has_unlocked_members() {
                    return failure.with_hint(UNLOCKED);
                }
                failure
            }
            error => error.into(),
        }
    }
}

/// What to do where `workspaces` of a `package.json` do not count.
pub const UNLOCKED: &str = "the `workspaces` in `package.json` count only beside a lock file, which says whose they are: run `npm install` and commit `package-lock.json`";

/// The failure when `.changeset` is missing.
fn no_folder() -> Failure {
    Failure::input("there is no `.changeset` folder in this repository").with_hint(
        "run `launchway-changeset init`; if there was one, look in the history for when it went",
    )
}

/// Finds the packages, as far as the configuration lets them count.
pub fn discover(cwd: &Path) -> Result<Workspace, Failure> {
    let cwd = std::path::absolute(cwd).unwrap_or_else(|_| cwd.to_owned());
    let config = cwd.ancestors().map(|folder| folder.join(".changeset/config.json"));
    let text = config.map(fs::read).find_map(Result::ok).unwrap_or_default();
    let scope = Own::scope_of(&String::from_utf8_lossy(&text));
    Ok(Workspace::discover_within(&cwd, &scope)?)
}

/// Finds the packages and makes sure that `.changeset` is there.
pub fn find_root(cwd: &Path) -> Result<Workspace, Failure> {
    let workspace = discover(cwd)?;
    if workspace.root.join(".changeset").is_dir() { Ok(workspace) } else { Err(no_folder()) }
}

/// Reads packages and configuration of a repository from a folder in it; no changesets, no pre
/// mode.
pub fn observe_settings(cwd: &Path) -> Result<Repository, Failure> {
    // A version step that was killed is completed before anything is read.
    let mut recovered = recover_above(cwd)?;
    let mut workspace = find_root(cwd)?;
    if recover(&workspace.root)? {
        workspace = find_root(cwd)?;
        recovered = true;
    }
    if recovered {
        tracing::warn!("completed changes that an interrupted run had begun");
    }
    let config = read(&workspace.root, ".changeset/config.json")?.ok_or_else(|| {
        Failure::input("there is no `.changeset/config.json`")
            .with_hint("run `launchway-changeset init`; `{}` is a valid configuration")
    })?;
    let read_config = Config::read(utf8(".changeset/config.json", &config)?, &workspace)?;
    let mut warnings = read_config.warnings;
    warnings.extend(workspace.unmatched.iter().map(|pattern| {
        format!("has `{pattern}` in `launchway.workspaces`, which matches no folder")
    }));
    Ok(Repository {
        workspace,
        config: read_config.config,
        warnings,
        changesets: Vec::new(),
        pre: None,
        files: HashMap::new(),
        pre_migration: Changes::default(),
    })
}

/// Reads a repository from a folder in it.
pub fn observe(cwd: &Path) -> Result<Repository, Failure> {
    read_changesets(observe_settings(cwd)?, |_| true)
}

/// The same with only the changesets that were added or changed since a branch, tag or commit; the
/// others are not even read.
pub fn observe_since(cwd: &Path, reference: &str, git: &Git) -> Result<Repository, Failure> {
    let repository = observe_settings(cwd)?;
    let git = git.in_dir(&repository.workspace.root);
    let changed = git.changed_changesets_since(reference)?;
    let changed: Vec<&str> = changed
        .iter()
        .filter_map(|path| path.get(path.rfind(".changeset/")? + ".changeset/".len()..))
        .collect();
    read_changesets(repository, |id| {
        changed.iter().any(|name| name.strip_suffix(".md") == Some(id))
    })
}

pub(crate) fn read_changesets(
    mut repository: Repository,
    wanted: impl Fn(&str) -> bool,
) -> Result<Repository, Failure> {
    let root = repository.workspace.root.clone();
    for (path, id) in changeset_files(&root)?.into_iter().filter(|(_, id)| wanted(id)) {
        let Some(bytes) = read(&root, &path)? else { continue };
        let text = utf8(&path, &bytes)?;
        let mut changeset = Changeset::parse(&id, text)?;
        for release in &mut changeset.releases {
            let key = key_of(&repository.workspace, &release.name, &format!("`{path}`"));
            release.name =
                key.map_err(|error| error.on_line(Changeset::line_of(text, &release.name)))?;
        }
        repository.changesets.push(changeset);
        repository.files.insert(path, bytes);
    }
    if let Some(bytes) = read(&root, PRE_FILE)? {
        let pre = PreState::parse(utf8(PRE_FILE, &bytes)?)?;
        migrate_pre(&mut repository, &pre);
        repository.pre = Some(PreState::new(pre.mode, pre.tag));
    }
    Ok(repository)
}

/// Version 2 listed released changesets in `pre.json`; today they live in `.changeset/pre/`.
fn migrate_pre(repository: &mut Repository, pre: &PreState) {
    if !pre.is_old {
        return;
    }
    let changes = &mut repository.pre_migration;
    changes.write(PRE_FILE, pre.render());
    for id in &pre.released {
        let Some(place) = repository.changesets.iter().position(|c| c.id == *id) else { continue };
        let mut changeset = repository.changesets.remove(place);
        if let Some(content) = repository.files.remove(&changeset.file()) {
            changes.remove(changeset.file());
            changeset.id = format!("pre/{id}");
            changes.write(changeset.file(), content.clone());
            repository.files.insert(changeset.file(), content);
        }
        repository.changesets.push(changeset);
    }
    repository.changesets.sort_by(|a, b| {
        let key = |c: &Changeset| (c.id.starts_with("pre/"), format!("{}.md", c.id));
        key(a).cmp(&key(b))
    });
}

/// Paths and ids of the changeset files, sorted by the bytes of their names.
fn changeset_files(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for (folder, prefix) in [(".changeset", ""), (".changeset/pre", "pre/")] {
        let entries = match fs::read_dir(root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(folder, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(folder, error))?;
            // A name that is not Unicode cannot be an id.
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        found.extend(names.into_iter().filter(|name| is_changeset_file(name)).map(|name| {
            let id = format!("{prefix}{}", name.trim_end_matches(".md"));
            (format!("{folder}/{name}"), id)
        }));
    }
    Ok(found)
}

/// A file's bytes, `None` if there is none.
pub(crate) fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    match launchway_base::read_file(&root.join(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &str, error: io::Error) -> Failure {
    Failure::input(format!("cannot read `{path}`")).at(Location::file(path)).caused_by(error)
}

pub(crate) fn utf8<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line =
            bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Failure::input(format!("`{path}` is not UTF-8"))
            .at(Location::line(path, line))
            .with_hint("save it as UTF-8")
    })
}

//! Lock files after a version step: what stands in them of the repository's own packages.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use launchway_base::{Deadline, Failure};
use launchway_changesets::{Edits, ManifestEdit};
use launchway_workspace::lockfile::{
    ALL, Lockfile, Moves, NeedsTool, PackageMove, RangeMove, Tool,
};
use launchway_workspace::{Changes, Package, Workspace};

use crate::child::{find_program, run};
use crate::observe::read;

/// A lock file that only its tool can bring up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleLock {
    /// Its path, relative to the root.
    pub file: String,
    /// Folder to run the command in, relative to the root.
    pub dir: String,
    /// What brings it up to date.
    pub tool: Tool,
    /// Why; completes "`package-lock.json` …".
    pub reason: String,
    /// Its tool would begin it anew.
    pub is_broken: bool,
}

impl StaleLock {
    /// The command as it is typed.
    pub fn command(&self) -> String {
        let command = self.tool.command.join(" ");
        if self.dir.is_empty() { command } else { format!("cd {} && {command}", self.dir) }
    }

    /// Lets the tool bring the file up to date; `None` when it did, else what to say. A tool that
    /// fails, or is not there, leaves the file as it was.
    ///
    /// The tool works on a copy of the manifests, so that whatever it writes besides, or leaves half
    /// written, is not in the repository.
    pub(crate) fn refresh(&self, workspace: &Workspace, deadline: Deadline) -> Option<String> {
        let advice = |why: String| {
            format!(
                "`{}` {} and does not follow by itself{why}; run `{}` and commit what it changes",
                self.file,
                self.reason,
                self.command()
            )
        };
        if self.is_broken || !self.tool.can_be_run || self.is_special(workspace) {
            return Some(advice(String::new()));
        }
        let program = self.tool.command.first().copied().unwrap_or_default();
        let mut why = String::new();
        // Offline first: what is cached is enough for packages of one's own.
        let offline = self.tool.offline.map(|flag| vec![flag]);
        for extra in offline.into_iter().chain([Vec::new()]) {
            match self.run(workspace, &extra, deadline) {
                Ok(()) => return None,
                Err(failed) => why = format!(" (`{program}` {failed})"),
            }
        }
        Some(advice(why))
    }

    /// Whether the tool needs more of the project than is copied for it.
    fn is_special(&self, workspace: &Workspace) -> bool {
        const MORE: [&str; 6] = [
            ".pnpmfile.cjs",
            ".pnpmfile.mjs",
            "patches",
            ".yarn/patches",
            ".yarn/plugins",
            ".yarn/releases",
        ];
        let dir = workspace.root.join(&self.dir);
        MORE.iter().any(|name| dir.join(name).exists())
    }

    /// Runs it once on a copy and takes back the lock file; the error completes "the tool …".
    fn run(&self, workspace: &Workspace, extra: &[&str], deadline: Deadline) -> Result<(), String> {
        let (program, arguments) = self.tool.command.split_first().ok_or("is not known")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = find_program(program, &path).ok_or("is not installed")?;
        let said = |error: std::io::Error| format!("could not be run: {error}");
        let scratch = tempfile::tempdir().map_err(said)?;
        let copy = scratch.path().join("work");
        self.copy(workspace, &copy).map_err(said)?;
        let mut command = Command::new(program);
        command.args(arguments).args(extra).current_dir(copy.join(&self.dir)).env_clear();
        command.envs(std::env::vars_os().filter(|(name, _)| is_harmless(&name.to_string_lossy())));
        // Corepack would ask for another version's download.
        command.env("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0");
        // Whatever version answers: no scripts, and no program that the repository names.
        command.env("npm_config_ignore_scripts", "true").env("YARN_ENABLE_SCRIPTS", "0");
        command.env("YARN_IGNORE_PATH", "1");
        let ended = run(command, scratch.path(), deadline).map_err(said)?;
        if !ended.succeeded() {
            return Err(ended.how());
        }
        let new = fs::read(copy.join(&self.file)).map_err(|_| "left no lock file".to_owned())?;
        if new.is_empty() {
            return Err("left an empty lock file".to_owned());
        }
        // Another version of the tool would begin anew what it cannot read.
        let before = fs::read(workspace.root.join(&self.file)).map_err(said)?;
        if format_of(&new) != format_of(&before) {
            return Err("writes another format".to_owned());
        }
        let mut changes = Changes::default();
        changes.write(&self.file, new);
        changes.apply(&workspace.root).map_err(|error| format!("is done, but {error}"))
    }

    /// Copies manifests, the tool's configuration and the lock file.
    fn copy(&self, workspace: &Workspace, to: &Path) -> std::io::Result<()> {
        const CONFIGURATION: [&str; 5] =
            [".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", "pnpm-workspace.yaml"];
        let manifests = workspace.packages.iter().chain(&workspace.root_package);
        let mut paths: Vec<String> = manifests.map(|package| package.manifest.clone()).collect();
        let in_dir = |name: &&str| {
            if self.dir.is_empty() { (*name).to_owned() } else { format!("{}/{name}", self.dir) }
        };
        paths.extend(CONFIGURATION.iter().map(in_dir));
        paths.push(in_dir(&"package.json"));
        paths.push(self.file.clone());
        for path in paths {
            // A member outside of the root has no place in the copy.
            let source = workspace.root.join(&path);
            if path.starts_with("..") || !source.is_file() {
                continue;
            }
            let target = to.join(&path);
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(source, target)?;
        }
        Ok(())
    }
}

/// The line that names the format of a lock file; yarn's stands below `__metadata`.
fn format_of(lock: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(lock);
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| line.contains("lockfileVersion") || *line == "__metadata:")?;
    let line = if line == "__metadata:" { lines.next()? } else { line };
    let kept = |c: char| c.is_alphanumeric() || c == '.';
    Some(line.split(',').next()?.chars().filter(|c| kept(*c)).collect())
}

/// Whether a tool that only looks up versions may see a variable: settings, but no credential.
fn is_harmless(name: &str) -> bool {
    const SETTINGS: [&str; 24] = [
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "TEMP",
        "TMP",
        "CI",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "SYSTEMROOT",
        "COMSPEC",
        "PATHEXT",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NODE_EXTRA_CA_CERTS",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "COREPACK_HOME",
        "XDG_CACHE_HOME",
    ];
    const STARTS: [&str; 5] = ["NPM_CONFIG_", "YARN_", "PNPM_", "BUN_", "COREPACK_"];
    const SECRETS: [&str; 5] = ["TOKEN", "AUTH", "PASSWORD", "SECRET", "OTP"];
    let name = name.to_ascii_uppercase();
    let is_setting =
        SETTINGS.contains(&name.as_str()) || STARTS.iter().any(|start| name.starts_with(start));
    is_setting && !SECRETS.iter().any(|word| name.contains(word))
}

/// Adds the lock files to the edits; gives those that cannot be edited.
pub(crate) fn follow(workspace: &Workspace, edits: &mut Edits) -> Result<Vec<StaleLock>, Failure> {
    let mut stale = Vec::new();
    for dir in &workspace.roots {
        for lock in ALL {
            let moves = moves(workspace, &edits.manifests, *lock, dir);
            if moves.packages.is_empty() && moves.ranges.is_empty() {
                continue;
            }
            for name in lock.files() {
                let path =
                    if dir.is_empty() { (*name).to_owned() } else { format!("{dir}/{name}") };
                let Some(bytes) = read(&workspace.root, &path)? else { continue };
                let updated = match std::str::from_utf8(&bytes) {
                    Ok(text) => lock.update(text, &moves),
                    Err(_) if *name == "bun.lockb" => lock.update("#!", &moves),
                    Err(_) => Err(NeedsTool { reason: "is not UTF-8".to_owned(), is_broken: true }),
                };
                match updated {
                    Ok(text) if text.as_bytes() == bytes => {}
                    Ok(text) => edits.changes.write(path, text),
                    Err(NeedsTool { reason, is_broken }) => {
                        let tool = lock.tool(&String::from_utf8_lossy(&bytes));
                        let dir = dir.clone();
                        stale.push(StaleLock { file: path, dir, tool, reason, is_broken });
                    }
                }
            }
        }
    }
    Ok(stale)
}

/// What a lock file in a folder can know of: packages and manifests in that folder or below it.
fn moves(
    workspace: &Workspace,
    manifests: &[ManifestEdit],
    lock: &dyn Lockfile,
    dir: &str,
) -> Moves {
    let edited: HashMap<&str, &ManifestEdit> = manifests
        .iter()
        .filter(|edit| edit.ecosystem == lock.ecosystem())
        .map(|edit| (edit.manifest.as_str(), edit))
        .collect();
    let mut moves = Moves::default();
    for package in workspace.packages.iter().filter(|p| p.ecosystem.id() == lock.ecosystem()) {
        let manifest = package.version_from.as_deref().unwrap_or(&package.manifest);
        let new = edited.get(manifest).and_then(|edit| edit.version.as_ref());
        if let (Some(dir), Some(old), Some(new)) = (below(dir, &package.dir), &package.version, new)
        {
            moves.packages.push(PackageMove {
                dir,
                name: package.manifest_name().to_owned(),
                old: old.clone(),
                new: new.clone(),
            });
        }
    }
    for edit in edited.values() {
        let Some(dir) = below(dir, &edit.dir) else { continue };
        for (dependency, new) in &edit.ranges {
            let name = workspace.package(&dependency.name).map(Package::manifest_name);
            moves.ranges.push(RangeMove {
                dir: dir.clone(),
                kind: dependency.kind,
                name: name.unwrap_or(&dependency.name).to_owned(),
                old: dependency.range.clone(),
                new: new.clone(),
            });
        }
    }
    moves.ranges.sort_by(|a, b| (&a.dir, &a.name, a.kind).cmp(&(&b.dir, &b.name, b.kind)));
    moves
}

/// A folder as seen from another one above it.
fn below(above: &str, dir: &str) -> Option<String> {
    if above.is_empty() {
        return Some(dir.to_owned());
    }
    let rest = dir.strip_prefix(above)?;
    if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

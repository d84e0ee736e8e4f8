//! From version 2 of the command, or version 1 of the action, to today's meaning: what changes in
//! the next plan, the configuration that keeps it, and what no configuration keeps.

mod config;
mod json;
mod observe;
mod old_plan;
mod workflows;

use launchway_base::Failure;
use launchway_changesets::{Changeset, Config, Plan, PlannedRelease, PreState};
use launchway_workspace::{Bump, Changes, Release, Workspace};
use serde::Serialize;

use old_plan::{PeerMajor, Source};

pub use config::ConfigEdit;
pub use observe::observe_migration;

const CONFIG: &str = ".changeset/config.json";

/// A repository as far as a migration cares.
#[derive(Clone, Debug)]
pub struct MigrationInput {
    /// The packages.
    pub workspace: Workspace,
    /// The text of `.changeset/config.json`.
    pub config: String,
    /// Every changeset in reading order.
    pub changesets: Vec<Changeset>,
    /// Pre mode, if on.
    pub pre: Option<PreState>,
    /// How many files an old pre mode moves to `.changeset/pre/`; `None` without an old one.
    pub old_pre: Option<usize>,
    /// Which of `main` and `master` exist, here or on `origin`.
    pub branches: Vec<String>,
    /// The formatter that would be found, by name.
    pub formatter: Option<String>,
    /// Whether the project has prettier installed.
    pub has_prettier: bool,
    /// Scripts of the root's `package.json`: name, line, command.
    pub scripts: Vec<(String, usize, String)>,
    /// Workflows: path relative to the root, text.
    pub workflows: Vec<(String, String)>,
}

/// What migrating means for one repository. Nothing has been written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// The edits of the configuration, in order.
    pub config_edits: Vec<ConfigEdit>,
    /// The configuration with its edits.
    #[serde(skip)]
    pub config: String,
    /// How today's plan differs from version 2's, package by package, with the configuration as it
    /// is; and which of it the edits undo.
    pub differences: Vec<Difference>,
    /// Everything else to know or do.
    pub notes: Vec<Note>,
}

/// One package that the next version step treats differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Its name.
    pub package: String,
    /// Its release under version 2, `None` for none.
    pub before: Option<PlannedVersion>,
    /// Its release today with the configuration as it is; `None` for none.
    pub today: Option<PlannedVersion>,
    /// Its release today with the edited configuration, `None` for none.
    pub after: Option<PlannedVersion>,
    /// Whether the edits keep what version 2 did.
    pub kept: bool,
    /// Why it was as it was, where a rule of version 2 is the reason.
    pub reason: Option<String>,
    /// How to keep it by hand, where no configuration does.
    pub remedy: Option<String>,
}

/// A release in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedVersion {
    /// How much.
    #[serde(rename = "type")]
    pub bump: Bump,
    /// The new version.
    pub version: String,
}

/// Something to know, with its place where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The file, relative to the root.
    pub file: Option<String>,
    /// Line from 1.
    pub line: Option<usize>,
    /// One sentence, lowercase.
    pub text: String,
}

impl Note {
    fn general(text: impl Into<String>) -> Self {
        Self { file: None, line: None, text: text.into() }
    }
}

impl Migration {
    /// The files to write: none when the configuration stays.
    pub fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        if !self.config_edits.is_empty() {
            changes.write(CONFIG, self.config.clone());
        }
        changes
    }
}

/// What migrating means. Pure.
pub fn migration(input: &MigrationInput) -> Result<Migration, Failure> {
    let editor = config::Editor::run(input)?;
    let read = Config::read(&editor.text, &input.workspace)?;
    let source = Source {
        workspace: &input.workspace,
        changesets: &input.changesets,
        pre: input.pre.as_ref(),
    };
    let (old, majors) = source.old_plan(&read.config)?;
    let after = source.plan(&read.config)?;
    let mut notes = Vec::new();
    // What today's rules refuse makes no plan at all.
    let today = Config::read(&input.config, &input.workspace)
        .and_then(|as_it_is| source.plan(&as_it_is.config))
        .map_err(|error| {
            notes.push(Note {
                file: Some(CONFIG.to_owned()),
                line: None,
                text: format!("without the edits it is refused today: {error}"),
            });
        })
        .ok();
    notes.extend(editor.notes);
    notes.extend(read.warnings.into_iter().map(|warning| Note {
        file: Some(CONFIG.to_owned()),
        line: None,
        text: format!("it {warning}: version 2 refused that, now it is a warning"),
    }));
    notes.extend(root_ranges(input, &read.config, &after));
    notes.extend(pre_mode(input));
    notes.extend(scripts(input));
    for (file, text) in &input.workflows {
        notes.extend(workflows::notes(file, text));
    }
    Ok(Migration {
        config_edits: editor.edits,
        config: editor.text,
        differences: differences(input, &old, today.as_ref(), &after, &majors),
        notes,
    })
}

fn planned(plan: &Plan, package: &str) -> Option<PlannedVersion> {
    let release = plan.release(package).filter(|release| release.bump != Bump::None)?;
    Some(PlannedVersion { bump: release.bump, version: release.new_version.clone() })
}

fn differences(
    input: &MigrationInput,
    old: &Plan,
    today: Option<&Plan>,
    after: &Plan,
    majors: &[PeerMajor],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for package in input.workspace.names() {
        let before = planned(old, package);
        let after = planned(after, package);
        let today = today.map_or_else(|| after.clone(), |plan| planned(plan, package));
        let kept = before == after;
        if kept && before == today {
            continue;
        }
        let major = majors.iter().find(|major| major.package == package);
        let reason = major.map(|major| {
            format!(
                "major because its peer dependency `{}` gets a {} release; today it follows as patch, and only when the range is left",
                major.dependency, major.bump
            )
        });
        let remedy = match (&before, kept) {
            (Some(before), false) => Some(format!(
                "to keep it, add a changeset: launchway-changeset add --{} {package} -m \"…\"",
                before.bump
            )),
            _ => None,
        };
        let package = package.to_owned();
        found.push(Difference { package, before, today, after, kept, reason, remedy });
    }
    found
}

/// Ranges of the root's own manifest, which version 2 left alone.
fn root_ranges(input: &MigrationInput, config: &Config, plan: &Plan) -> Option<Note> {
    let root = input.workspace.root_package.as_ref().filter(|_| !input.workspace.is_single())?;
    if input.workspace.packages.iter().any(|package| package.manifest == root.manifest) {
        return None;
    }
    let options = config.write_options(false);
    let moved = |release: &PlannedRelease| {
        let package = input.workspace.package(&release.name)?;
        let release = Release {
            package,
            bump: release.bump,
            old_version: &release.old_version,
            new_version: &release.new_version,
        };
        let ranges = root.dependencies_on(&package.name);
        ranges
            .into_iter()
            .find_map(|range| root.ecosystem.ranges().rewrite(range, &release, &options))?;
        Some(format!("`{}`", package.name))
    };
    let names: Vec<String> = plan.bumped().filter_map(moved).collect();
    (!names.is_empty()).then(|| Note {
        file: Some(root.manifest.clone()),
        line: None,
        text: format!("ranges of the root package now follow, too: {}", names.join(", ")),
    })
}

fn pre_mode(input: &MigrationInput) -> Option<Note> {
    let moved = input.old_pre?;
    Some(Note {
        file: Some(".changeset/pre.json".to_owned()),
        line: None,
        text: format!(
            "pre mode is kept in another form: the next `version` rewrites this file and moves {moved} released changesets to `.changeset/pre/`"
        ),
    })
}

/// Scripts that call the command in a way that changed.
fn scripts(input: &MigrationInput) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, line, command) in &input.scripts {
        let words: Vec<&str> = command.split_whitespace().collect();
        let calls = |verb: &str| {
            words.windows(2).any(
                |pair| matches!(pair, [program, word] if *program == "changeset" && *word == verb),
            )
        };
        let mut note = |text: String| {
            notes.push(Note { file: Some("package.json".to_owned()), line: Some(*line), text });
        };
        if calls("tag") {
            note(format!("script `{name}`: the verb `tag` is now `git-tag`; `tag` still works"));
        }
        if calls("version") && command.contains("&&") {
            note(format!(
                "script `{name}`: `version` now ends with 1 when there is nothing to release, so what follows `&&` is not run"
            ));
        }
    }
    if notes.is_empty() && input.changesets.is_empty() {
        notes.push(Note::general("`version` now ends with 1 when there is nothing to release"));
    }
    notes
}

#[cfg(test)]
mod tests;

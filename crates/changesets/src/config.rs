//! `.changeset/config.json`.

use launchway_workspace::{Bump, Graph, GraphOptions, Package, Workspace, WriteOptions};
use serde_json::{Map, Value};

use crate::error::ChangesetError;
use crate::groups::{ambiguous, group_problems, resolve, unmatched};
use crate::own::Own;

/// A module with its options, as configured for changelogs and commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name or path: `@changesets/cli/changelog`, `./my-changelog.js`.
    pub name: String,
    /// Its options, `Null` without any.
    pub options: Value,
}

/// Whether and how commits are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// No commit.
    Off,
    /// Our own messages.
    Default(SkipCi),
    /// A module of the project writes the messages.
    Module(Module),
}

/// On which commits `[skip ci]` stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SkipCi {
    /// On none.
    #[default]
    Never,
    /// On those of `add`.
    Add,
    /// On those of `version`.
    Version,
    /// On both.
    Always,
}

impl SkipCi {
    /// Reads the option `skipCI` of the default commit module.
    pub fn from_options(options: &Value) -> Self {
        match options.get("skipCI") {
            Some(Value::Bool(true)) => Self::Always,
            Some(Value::String(text)) if text == "add" => Self::Add,
            Some(Value::String(text)) if text == "version" => Self::Version,
            _ => Self::Never,
        }
    }

    pub(crate) fn on_add(self) -> bool {
        matches!(self, Self::Add | Self::Always)
    }

    pub(crate) fn on_version(self) -> bool {
        matches!(self, Self::Version | Self::Always)
    }
}

/// Which formatter runs over changelogs and new changesets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formatter {
    /// None.
    Off,
    /// Whichever the project has.
    Auto,
    /// prettier
    Prettier,
    /// oxfmt
    Oxfmt,
    /// deno fmt
    Deno,
    /// dprint
    Dprint,
}

/// The configuration, defaults filled in and globs resolved to names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the keys of the file, one to one")]
pub struct Config {
    /// Branch that changes are measured against.
    pub base_branch: String,
    /// `public` or `restricted`.
    pub access: String,
    /// Files whose change counts as a change of their package.
    pub changed_file_patterns: Vec<String>,
    /// Formatter.
    pub format: Formatter,
    /// Names of packages that are not released.
    pub ignore: Vec<String>,
    /// Groups released together at one version.
    pub fixed: Vec<Vec<String>>,
    /// Groups whose releases share one version.
    pub linked: Vec<Vec<String>>,
    /// The smallest release that rewrites ranges still satisfied.
    pub update_internal_dependencies: Bump,
    /// Private packages get versions.
    pub version_private: bool,
    /// Private packages get tags.
    pub tag_private: bool,
    /// Only `workspace:` ranges count.
    pub protocol_only: bool,
    /// Snapshots start from the planned version instead of `0.0.0`.
    pub snapshot_calculated: bool,
    /// Template of a snapshot's suffix.
    pub snapshot_template: Option<String>,
    /// Who writes the changelog; `None` writes none.
    pub changelog: Option<Module>,
    /// Commits.
    pub commit: Commit,
    /// A peer's range is rewritten only when left.
    pub peers_only_when_out_of_range: bool,
    /// Every dependent is released, in range or not.
    pub always_update_dependents: bool,
    /// Our own additions.
    pub own: Own,
}

/// A configuration that can be used, with what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadConfig {
    /// The configuration.
    pub config: Config,
    /// Oddities, each completes "`.changeset/config.json` …".
    pub warnings: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_branch: "main".to_owned(),
            access: "restricted".to_owned(),
            changed_file_patterns: vec!["**".to_owned()],
            format: Formatter::Auto,
            ignore: Vec::new(),
            fixed: Vec::new(),
            linked: Vec::new(),
            update_internal_dependencies: Bump::Patch,
            version_private: false,
            tag_private: false,
            protocol_only: false,
            snapshot_calculated: false,
            snapshot_template: None,
            changelog: Some(Module {
                name: Self::DEFAULT_CHANGELOG.to_owned(),
                options: Value::Null,
            }),
            commit: Commit::Off,
            peers_only_when_out_of_range: false,
            always_update_dependents: false,
            own: Own::default(),
        }
    }
}

impl Config {
    /// The default changelog module.
    pub const DEFAULT_CHANGELOG: &'static str = "@changesets/cli/changelog";
    /// The default commit module.
    pub const DEFAULT_COMMIT: &'static str = "@changesets/cli/commit";

    /// Reads the file's text against the packages of the workspace.
    pub fn read(text: &str, workspace: &Workspace) -> Result<ReadConfig, ChangesetError> {
        // Editors on Windows put a byte order mark there.
        let bare = text.trim_start_matches('\u{feff}');
        let json: Value = serde_json::from_str(bare).map_err(|error| ChangesetError::Config {
            problems: vec![format!("is not valid JSON: {error}")],
            line: Some(error.line()),
            hint: None,
        })?;
        let mut reader = Reader { text, problems: Vec::new() };
        let (mut config, groups) = reader.config(&json);
        if !reader.problems.is_empty() {
            return Err(reader.error(None));
        }
        for (key, patterns) in [
            ("ignore", vec![&groups.ignore]),
            ("fixed", groups.fixed.iter().collect()),
            ("linked", groups.linked.iter().collect()),
        ] {
            let patterns = patterns.into_iter().flatten();
            reader.problems.extend(patterns.filter_map(|name| ambiguous(workspace, key, name)));
        }
        let resolve = |patterns: &[String]| resolve(workspace, patterns);
        config.ignore = resolve(&groups.ignore);
        config.fixed = groups.fixed.iter().map(|group| resolve(group)).collect();
        config.linked = groups.linked.iter().map(|group| resolve(group)).collect();
        let mut warnings = unmatched("fixed", &groups.fixed, workspace);
        warnings.extend(unmatched("linked", &groups.linked, workspace));
        reader.problems.extend(group_problems(&config));
        config.join_inherited(workspace, &mut reader.problems);
        let hint = config.skipped_dependency_problems(workspace, &mut reader.problems);
        reader.problems.extend(crate::tags::problems(&config, workspace));
        if config.tag_private && !config.version_private {
            reader
                .problems
                .push("sets `privatePackages.tag` without `privatePackages.version`".to_owned());
        }
        if reader.problems.is_empty() {
            Ok(ReadConfig { config, warnings })
        } else {
            Err(reader.error(hint))
        }
    }

    /// Whether a package is left alone: ignored, private without `privatePackages.version`, or
    /// without a version.
    pub fn skips(&self, package: &Package) -> bool {
        self.skips_when(package, self.version_private)
    }

    /// The same when tagging.
    pub fn skips_tagging(&self, package: &Package) -> bool {
        self.skips_when(package, self.tag_private)
    }

    fn skips_when(&self, package: &Package, allow_private: bool) -> bool {
        self.ignore.contains(&package.name)
            || (package.private && !allow_private)
            || package.version.is_none()
    }

    /// What decides about ranges.
    pub fn write_options(&self, snapshot: bool) -> WriteOptions {
        WriteOptions {
            smallest: self.update_internal_dependencies,
            peers_only_when_out_of_range: self.peers_only_when_out_of_range,
            protocol_only: self.protocol_only,
            snapshot,
        }
    }

    /// Pairs of a package that is released and one it depends on that is not.
    pub fn released_dependents_of_skipped(&self, workspace: &Workspace) -> Vec<(String, String)> {
        let options = GraphOptions { protocol_only: self.protocol_only, without_dev: true };
        let graph = Graph::of(workspace, options);
        let mut found = Vec::new();
        for skipped in workspace.packages.iter().filter(|package| self.skips(package)) {
            for name in graph.dependents(&skipped.name) {
                let released = workspace
                    .package(name)
                    .is_some_and(|dependent| !self.skips(dependent) && !dependent.private);
                if released {
                    found.push((name.clone(), skipped.name.clone()));
                }
            }
        }
        found
    }

    fn skipped_dependency_problems(
        &self,
        workspace: &Workspace,
        problems: &mut Vec<String>,
    ) -> Option<String> {
        if self.ignore.is_empty() && self.version_private {
            return None;
        }
        let pairs = self.released_dependents_of_skipped(workspace);
        let private = pairs.iter().find(|(_, skipped)| {
            workspace.package(skipped).is_some_and(|p| p.private && !self.ignore.contains(&p.name))
        });
        let hint = match (private, pairs.first()) {
            (Some((_, skipped)), _) => Some(format!(
                "set `\"privatePackages\": {{ \"version\": true, \"tag\": false }}` so that `{skipped}` gets versions"
            )),
            (None, Some((dependent, _))) => Some(format!("add `{dependent}` to `ignore`")),
            (None, None) => None,
        };
        problems.extend(pairs.into_iter().map(|(dependent, skipped)| {
            format!("releases `{dependent}`, which depends on `{skipped}`, which is never released")
        }));
        hint
    }
}

/// Patterns before they are resolved.
#[derive(Default)]
struct Groups {
    ignore: Vec<String>,
    fixed: Vec<Vec<String>>,
    linked: Vec<Vec<String>>,
}

/// Reads values and collects every problem before giving up.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn error(&self, hint: Option<String>) -> ChangesetError {
        let key = self.problems.first().and_then(|problem| problem.split('`').nth(1));
        let key = key.map(|key| format!("\"{}\"", key.split('.').next_back().unwrap_or(key)));
        let line = key.and_then(|key| self.text.lines().position(|line| line.contains(&key)));
        ChangesetError::Config {
            problems: self.problems.clone(),
            line: line.map(|line| line + 1),
            hint,
        }
    }

    fn config(&mut self, json: &Value) -> (Config, Groups) {
        let mut config = Config::default();
        let mut groups = Groups::default();
        let Some(map) = json.as_object() else {
            self.problems.push("is not a JSON object".to_owned());
            return (config, groups);
        };
        self.text_key(map, "baseBranch", &mut config.base_branch);
        self.word_key(map, "access", &["public", "restricted"], |word| {
            word.clone_into(&mut config.access);
        });
        if let Some(list) = self.strings_key(map, "changedFilePatterns") {
            config.changed_file_patterns = list;
        }
        self.format_key(map, &mut config);
        groups.ignore = self.strings_key(map, "ignore").unwrap_or_default();
        groups.fixed = self.groups_key(map, "fixed");
        groups.linked = self.groups_key(map, "linked");
        self.word_key(map, "updateInternalDependencies", &["patch", "minor"], |word| {
            config.update_internal_dependencies =
                if word == "minor" { Bump::Minor } else { Bump::Patch };
        });
        self.private_key(map, &mut config);
        self.bool_key(map, "", "bumpVersionsWithWorkspaceProtocolOnly", &mut config.protocol_only);
        self.snapshot_key(map, &mut config);
        self.module_keys(map, &mut config);
        self.unsafe_key(map, &mut config);
        if let Some(value) = map.get("launchway") {
            config.own = Own::read(value, &mut self.problems);
        }
        (config, groups)
    }

    fn wrong(&mut self, key: &str, wanted: &str) {
        self.problems.push(format!("has a `{key}` that is not {wanted}"));
    }

    fn text_key(&mut self, map: &Map<String, Value>, key: &str, into: &mut String) {
        match map.get(key) {
            None => {}
            Some(Value::String(text)) => into.clone_from(text),
            Some(_) => self.wrong(key, "a text"),
        }
    }

    fn word_key(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        words: &[&str],
        mut set: impl FnMut(&str),
    ) {
        match map.get(key) {
            None => {}
            Some(Value::String(text)) if words.contains(&text.as_str()) => set(text),
            Some(_) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                self.wrong(key, &words.join(" or "));
            }
        }
    }

    fn bool_key(&mut self, map: &Map<String, Value>, prefix: &str, key: &str, into: &mut bool) {
        match map.get(key) {
            None => {}
            Some(Value::Bool(value)) => *into = *value,
            Some(_) => self.wrong(&format!("{prefix}{key}"), "true or false"),
        }
    }

    fn strings_key(&mut self, map: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
        let list = list_of_strings(map.get(key)?);
        if list.is_none() {
            self.wrong(key, "a list of texts");
        }
        list
    }

    fn groups_key(&mut self, map: &Map<String, Value>, key: &str) -> Vec<Vec<String>> {
        let Some(value) = map.get(key) else { return Vec::new() };
        let groups = value
            .as_array()
            .and_then(|list| list.iter().map(list_of_strings).collect::<Option<Vec<_>>>());
        groups.unwrap_or_else(|| {
            self.wrong(key, "a list of lists of package names");
            Vec::new()
        })
    }

    fn format_key(&mut self, map: &Map<String, Value>, config: &mut Config) {
        config.format = match map.get("format") {
            None => Formatter::Auto,
            Some(Value::Bool(false)) => Formatter::Off,
            Some(Value::String(text)) => match text.as_str() {
                "auto" => Formatter::Auto,
                "prettier" => Formatter::Prettier,
                "oxfmt" => Formatter::Oxfmt,
                "deno" => Formatter::Deno,
                "dprint" => Formatter::Dprint,
                _ => {
                    self.wrong(
                        "format",
                        "false, \"auto\", \"prettier\", \"oxfmt\", \"deno\" or \"dprint\"",
                    );
                    Formatter::Auto
                }
            },
            Some(_) => {
                self.wrong(
                    "format",
                    "false, \"auto\", \"prettier\", \"oxfmt\", \"deno\" or \"dprint\"",
                );
                Formatter::Auto
            }
        };
    }

    fn private_key(&mut self, map: &Map<String, Value>, config: &mut Config) {
        match map.get("privatePackages") {
            None => {}
            Some(Value::Bool(value)) => {
                (config.version_private, config.tag_private) = (*value, *value);
            }
            Some(Value::Object(inner)) => {
                self.bool_key(inner, "privatePackages.", "version", &mut config.version_private);
                self.bool_key(inner, "privatePackages.", "tag", &mut config.tag_private);
            }
            Some(_) => self.wrong("privatePackages", "true, false or an object"),
        }
    }

    fn snapshot_key(&mut self, map: &Map<String, Value>, config: &mut Config) {
        match map.get("snapshot") {
            None => {}
            Some(Value::Object(inner)) => {
                let calculated = &mut config.snapshot_calculated;
                self.bool_key(inner, "snapshot.", "useCalculatedVersion", calculated);
                match inner.get("prereleaseTemplate") {
                    None => {}
                    Some(Value::String(text)) if !text.is_empty() => {
                        config.snapshot_template = Some(text.clone());
                    }
                    Some(_) => {
                        self.wrong("snapshot.prereleaseTemplate", "a text of one letter or more");
                    }
                }
            }
            Some(_) => self.wrong("snapshot", "an object"),
        }
    }

    fn module_keys(&mut self, map: &Map<String, Value>, config: &mut Config) {
        match map.get("changelog") {
            None => {}
            Some(Value::Bool(false)) => config.changelog = None,
            Some(value) => match module(value) {
                Some(module) => config.changelog = Some(module),
                None => self
                    .wrong("changelog", "false, a module, or a list of a module and its options"),
            },
        }
        let own = |options: &Value| Commit::Default(SkipCi::from_options(options));
        config.commit = match map.get("commit") {
            None | Some(Value::Bool(false)) => Commit::Off,
            Some(Value::Bool(true)) => Commit::Default(SkipCi::Version),
            Some(value) => match module(value) {
                Some(module) if module.name == Config::DEFAULT_COMMIT => own(&module.options),
                Some(module) => Commit::Module(module),
                None => {
                    self.wrong(
                        "commit",
                        "true, false, a module, or a list of a module and its options",
                    );
                    Commit::Off
                }
            },
        };
    }

    fn unsafe_key(&mut self, map: &Map<String, Value>, config: &mut Config) {
        const KEY: &str = "___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH";
        let inner = match map.get(KEY) {
            None => return,
            Some(Value::Object(inner)) => inner,
            Some(_) => return self.wrong(KEY, "an object"),
        };
        self.bool_key(
            inner,
            "",
            "onlyUpdatePeerDependentsWhenOutOfRange",
            &mut config.peers_only_when_out_of_range,
        );
        self.word_key(inner, "updateInternalDependents", &["always", "out-of-range"], |word| {
            config.always_update_dependents = word == "always";
        });
    }
}

fn list_of_strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// `"name"` or `["name", {options}]`.
fn module(value: &Value) -> Option<Module> {
    match value {
        Value::String(name) => Some(Module { name: name.clone(), options: Value::Null }),
        Value::Array(list) => match list.as_slice() {
            [Value::String(name), options @ (Value::Null | Value::Object(_)), ..] => {
                Some(Module { name: name.clone(), options: options.clone() })
            }
            _ => None,
        },
        _ => None,
    }
}

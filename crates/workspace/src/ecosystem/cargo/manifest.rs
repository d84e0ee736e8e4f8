//! Reading and editing `Cargo.toml`.

use std::ops::Range;

use toml::de::DeTable;

use super::{Cargo, Shared};
use crate::document::{Document, Value, table_in};
use crate::error::WorkspaceError;
use crate::lockfile::splice;
use crate::package::{Dependency, DependencyKind, Package, PublishConfig};

/// Tables of dependencies with their kind. What builds a package is needed like the rest.
const TABLES: [(&str, DependencyKind); 5] = [
    ("dependencies", DependencyKind::Normal),
    ("build-dependencies", DependencyKind::Normal),
    ("build_dependencies", DependencyKind::Normal),
    ("dev-dependencies", DependencyKind::Dev),
    ("dev_dependencies", DependencyKind::Dev),
];

/// A `Cargo.toml`.
pub(super) type Manifest<'a> = Document<'a>;

impl<'a> Document<'a> {
    /// The folder of the workspace that a package says it belongs to, relative to its own.
    pub(super) fn workspace_pointer(&self) -> Option<&str> {
        self.at(&["package", "workspace"])?.get_ref().as_str()
    }

    /// Folders of all path dependencies, relative to the manifest's.
    pub(super) fn paths(&self) -> Vec<&str> {
        let own = self.dependency_tables();
        own.flat_map(|(_, table)| table.iter())
            .filter_map(|(_, value)| value.get_ref().as_table()?.get("path")?.get_ref().as_str())
            .collect()
    }

    /// Folders of the path dependencies it inherits from its workspace's manifest, relative to that.
    pub(super) fn inherited_paths<'s>(&self, shared: &'s Manifest<'_>) -> Vec<&'s str> {
        let Some(table) = shared.at(&["workspace", "dependencies"]) else { return Vec::new() };
        let own = self.dependency_tables();
        own.flat_map(|(_, table)| table.iter())
            .filter(|(_, value)| is_inherited(value))
            .filter_map(|(key, _)| {
                let entry = table.get_ref().as_table()?.get(key.get_ref().as_ref())?;
                entry.get_ref().as_table()?.get("path")?.get_ref().as_str()
            })
            .collect()
    }

    /// Every table of dependencies, those of single targets included.
    fn dependency_tables(&self) -> impl Iterator<Item = (DependencyKind, &DeTable<'a>)> {
        let targets = table_in(&self.table, "target");
        let targets = targets.into_iter().flat_map(|targets| targets.iter());
        let targets = targets.filter_map(|(_, target)| target.get_ref().as_table());
        std::iter::once(&self.table).chain(targets).flat_map(|table| {
            TABLES.into_iter().filter_map(move |(name, kind)| Some((kind, table_in(table, name)?)))
        })
    }
}

fn is_inherited(value: &Value<'_>) -> bool {
    let workspace = value.get_ref().as_table().and_then(|table| table.get("workspace"));
    workspace.and_then(|value| value.get_ref().as_bool()) == Some(true)
}

/// A path dependency as it is written: the name of its package, and its requirement if it has one.
struct Entry<'t, 'a> {
    name: &'t str,
    requirement: Option<&'t Value<'a>>,
}

/// Reads one entry of a table; `None` for what does not lead to a folder.
fn entry<'t, 'a>(key: &'t str, value: &'t Value<'a>) -> Option<Entry<'t, 'a>> {
    let table = value.get_ref().as_table()?;
    table.get("path")?;
    let name = table.get("package").and_then(|name| name.get_ref().as_str()).unwrap_or(key);
    let requirement = table.get("version").filter(|value| value.get_ref().is_str());
    Some(Entry { name, requirement })
}

impl Entry<'_, '_> {
    fn dependency(&self, kind: DependencyKind, inherited: bool) -> Dependency {
        let range = self.requirement.and_then(|value| value.get_ref().as_str());
        Dependency {
            kind,
            name: self.name.to_owned(),
            range: range.unwrap_or_default().trim().to_owned(),
            inherited,
        }
    }
}

/// Reads one package; `None` for a manifest that only holds a workspace. `root` is the manifest it
/// may inherit from.
pub(super) fn package(
    dir: &str,
    manifest: &Manifest<'_>,
    root: Option<&Manifest<'_>>,
) -> Result<Option<Package>, WorkspaceError> {
    if !manifest.has("package") {
        return Ok(None);
    }
    let text = |key: &str| match manifest.at(&["package", key]) {
        None => Ok(None),
        Some(value) => {
            value.get_ref().as_str().map(|text| Some(text.to_owned())).ok_or_else(|| {
                manifest.malformed(Some(value), format!("has a `package.{key}` that is not a text"))
            })
        }
    };
    let inherits = |key: &str| manifest.at(&["package", key]).is_some_and(is_inherited);
    let missing = |what: &str| {
        manifest.malformed(
            manifest.at(&["package"]),
            format!("inherits `{what}`, which its workspace does not have"),
        )
    };
    let (version, version_from) = if inherits("version") {
        let shared =
            root.and_then(|root| Some((root, root.at(&["workspace", "package", "version"])?)));
        let (root, version) = shared.ok_or_else(|| missing("version"))?;
        (version.get_ref().as_str().map(str::to_owned), Some(root.file.to_owned()))
    } else {
        (text("version")?, None)
    };
    let publish = if inherits("publish") {
        root.and_then(|root| root.at(&["workspace", "package", "publish"]))
    } else {
        manifest.at(&["package", "publish"])
    };
    // Without a version Cargo publishes nothing, either.
    let private = version.is_none() || publish.is_some_and(forbids);
    let registries = publish.and_then(|publish| publish.get_ref().as_array());
    let registry = registries.and_then(|list| list.first()?.get_ref().as_str()).map(str::to_owned);
    let mut dependencies = Vec::new();
    for (kind, table) in manifest.dependency_tables() {
        for (key, value) in table {
            if is_inherited(value) {
                let path = ["workspace", "dependencies", key.get_ref()];
                let shared = root.and_then(|root| root.at(&path));
                let shared =
                    shared.ok_or_else(|| missing(&format!("dependencies.{}", key.get_ref())))?;
                dependencies
                    .extend(entry(key.get_ref(), shared).map(|entry| entry.dependency(kind, true)));
            } else {
                dependencies
                    .extend(entry(key.get_ref(), value).map(|entry| entry.dependency(kind, false)));
            }
        }
    }
    dependencies.sort_by_key(|dependency| dependency.kind);
    Ok(Some(Package {
        name: text("name")?.unwrap_or_default(),
        version,
        private,
        dir: dir.to_owned(),
        manifest: manifest.file.to_owned(),
        ecosystem: &Cargo,
        dependencies,
        publish: PublishConfig { registry, ..PublishConfig::default() },
        version_from,
    }))
}

/// Whether `publish` is `false` or names no registry.
fn forbids(publish: &Value<'_>) -> bool {
    let publish = publish.get_ref();
    publish.as_bool() == Some(false) || publish.as_array().is_some_and(|list| list.is_empty())
}

/// What members inherit from a workspace's manifest: its version, its path dependencies.
pub(super) fn shared(dir: &str, manifest: &Manifest<'_>) -> Option<Package> {
    let version = manifest.at(&["workspace", "package", "version"]);
    let table =
        manifest.at(&["workspace", "dependencies"]).and_then(|value| value.get_ref().as_table());
    let dependencies: Vec<Dependency> = table
        .into_iter()
        .flat_map(|table| table.iter())
        .filter_map(|(key, value)| entry(key.get_ref(), value))
        .map(|entry| entry.dependency(DependencyKind::Normal, false))
        .collect();
    if version.is_none() && dependencies.is_empty() {
        return None;
    }
    Some(Package {
        name: String::new(),
        version: version.and_then(|value| value.get_ref().as_str()).map(str::to_owned),
        private: true,
        dir: dir.to_owned(),
        manifest: manifest.file.to_owned(),
        ecosystem: &Shared,
        dependencies,
        publish: PublishConfig::default(),
        version_from: None,
    })
}

/// The version a package's manifest writes itself, or inherits from `root`'s text.
pub(super) fn version_in(text: &str, root: Option<&str>) -> Option<String> {
    let manifest = Manifest::parse("Cargo.toml", text).ok()?;
    let value = manifest.at(&["package", "version"])?;
    if is_inherited(value) {
        let root = Manifest::parse("Cargo.toml", root?).ok()?;
        let version = root.at(&["workspace", "package", "version"])?;
        return version.get_ref().as_str().map(str::to_owned);
    }
    value.get_ref().as_str().map(str::to_owned)
}

/// Replaces the version at a path and the requirements of path dependencies, every other byte kept.
/// The error completes "`Cargo.toml` …".
pub(super) fn edit(
    text: &str,
    is_shared: bool,
    version: Option<&str>,
    ranges: &[(Dependency, String)],
) -> Result<String, String> {
    let body = text.trim_start_matches('\u{feff}');
    let manifest = Manifest::parse("Cargo.toml", body).map_err(|error| match error {
        WorkspaceError::Malformed { problem, .. } => problem,
        other => other.to_string(),
    })?;
    let mut splices: Vec<(Range<usize>, String)> = Vec::new();
    let inside = |value: &Value<'_>| {
        manifest.inside(value).ok_or_else(|| "has texts that cannot be replaced".to_owned())
    };
    if let Some(version) = version {
        let path: &[&str] =
            if is_shared { &["workspace", "package", "version"] } else { &["package", "version"] };
        let value = manifest.at(path).filter(|value| value.get_ref().is_str());
        let value = value.ok_or_else(|| format!("has no text at `{}`", path.join(".")))?;
        splices.push((inside(value)?, version.to_owned()));
    }
    let tables: Vec<(DependencyKind, &DeTable<'_>)> = if is_shared {
        let table = manifest.at(&["workspace", "dependencies"]);
        let table = table.and_then(|value| value.get_ref().as_table());
        table.into_iter().map(|table| (DependencyKind::Normal, table)).collect()
    } else {
        manifest.dependency_tables().collect()
    };
    for (dependency, range) in ranges {
        let name = dependency.name.strip_prefix("cargo:").unwrap_or(&dependency.name);
        let mut found = false;
        for (_, table) in tables.iter().filter(|(kind, _)| *kind == dependency.kind) {
            for entry in table.iter().filter_map(|(key, value)| entry(key.get_ref(), value)) {
                let Some(value) = entry.requirement.filter(|_| entry.name == name) else {
                    continue;
                };
                if value.get_ref().as_str().map(str::trim) == Some(dependency.range.as_str()) {
                    found = true;
                    splices.push((inside(value)?, range.clone()));
                }
            }
        }
        if !found {
            return Err(format!(
                "has no path dependency `{name}` with version \"{}\"",
                dependency.range
            ));
        }
    }
    let start = text.len() - body.len();
    let edited = splice(body, splices);
    Ok(format!("{}{edited}", text.get(..start).unwrap_or_default()))
}

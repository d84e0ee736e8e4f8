//! Reading and editing `pyproject.toml`: `[project]`, and Poetry's table.

use std::ops::Range;

use super::requirement::following;
use super::{Python, version};
use crate::document::{Document, Value};
use crate::error::WorkspaceError;
use crate::lockfile::splice;
use crate::package::{Dependency, DependencyKind, Package, PublishConfig};

/// Name of the file.
pub(super) const FILE: &str = "pyproject.toml";

/// Where the name may stand.
const NAMES: [&[&str]; 2] = [&["project", "name"], &["tool", "poetry", "name"]];

/// Where a version may stand.
const VERSIONS: [&[&str]; 2] = [&["project", "version"], &["tool", "poetry", "version"]];

/// Reads a project; `None` for a file that is there for tools, or only holds a workspace. `shared` is
/// the manifest of its workspace, which may say where packages come from. Without a version of its own
/// it has none.
pub(super) fn project(
    dir: &str,
    manifest: &Document<'_>,
    shared: Option<&Document<'_>>,
) -> Result<Option<Package>, WorkspaceError> {
    let text = |path: &[&str]| match manifest.at(path) {
        None => Ok(None),
        Some(value) => {
            value.get_ref().as_str().map(|text| Some(text.trim().to_owned())).ok_or_else(|| {
                manifest.malformed(
                    Some(value),
                    format!("has a `{}` that is not a text", path.join(".")),
                )
            })
        }
    };
    let either = |key: &str| match text(&["project", key])? {
        None => text(&["tool", "poetry", key]),
        found => Ok::<_, WorkspaceError>(found),
    };
    let Some(name) = either("name")?.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let version = either("version")?;
    let own = Python::normal_name(&name);
    let mut dependencies: Vec<Dependency> = Vec::new();
    let build = build_entries(manifest);
    for entry in entries(manifest).into_iter().chain(build) {
        let is_foreign = entry.is_foreign || is_from_elsewhere(manifest, shared, entry.name);
        if is_foreign || Python::normal_name(entry.name) == own {
            continue;
        }
        let dependency = Dependency {
            kind: entry.kind,
            name: entry.name.to_owned(),
            range: entry.range.to_owned(),
            inherited: false,
        };
        if !dependencies.contains(&dependency) {
            dependencies.push(dependency);
        }
    }
    dependencies.sort_by_key(|dependency| dependency.kind);
    Ok(Some(Package {
        name,
        private: version.is_none() || is_private(manifest),
        version: version.map(|version| version::to_semver(&version).unwrap_or(version)),
        dir: dir.to_owned(),
        manifest: manifest.file.to_owned(),
        ecosystem: &Python,
        dependencies,
        publish: PublishConfig::default(),
        version_from: None,
    }))
}

/// Why a project has no version of its own; completes "`pyproject.toml` …".
pub(super) fn why_unversioned(manifest: &Document<'_>) -> String {
    let dynamic = manifest.strings(&["project", "dynamic"]).unwrap_or_default();
    if dynamic.iter().any(|key| key == "version") {
        "has a dynamic version, which its build back end finds: nothing here could be changed"
            .into()
    } else {
        "has no version".into()
    }
}

/// Whether it says that it is never published.
fn is_private(manifest: &Document<'_>) -> bool {
    let flag = |path: &[&str]| manifest.at(path).and_then(|value| value.get_ref().as_bool());
    let classifiers = manifest.at(&["project", "classifiers"]).or(manifest.at(&[
        "tool",
        "poetry",
        "classifiers",
    ]));
    let classifiers = classifiers.and_then(|value| value.get_ref().as_array());
    let mut classifiers = classifiers.into_iter().flat_map(|list| list.iter());
    classifiers.any(|text| {
        text.get_ref().as_str().is_some_and(|text| text.trim_start().starts_with("Private ::"))
    }) || flag(&["tool", "uv", "package"]) == Some(false)
        || flag(&["tool", "poetry", "package-mode"]) == Some(false)
}

/// Whether uv is told to take a package from somewhere else than this repository.
fn is_from_elsewhere(manifest: &Document<'_>, shared: Option<&Document<'_>>, name: &str) -> bool {
    let name = Python::normal_name(name);
    let own = [Some(manifest), shared].into_iter().flatten().find_map(|manifest| {
        let sources = manifest.table_at(&["tool", "uv", "sources"])?;
        let (_, source) =
            sources.iter().find(|(key, _)| Python::normal_name(key.get_ref()) == name)?;
        Some(source.get_ref())
    });
    // Several sources, each with a marker: one that leads here counts.
    let is_here = |source: &toml::de::DeValue<'_>| {
        source.as_table().is_some_and(|source| {
            let is_member = source.get("workspace").and_then(|value| value.get_ref().as_bool());
            is_member == Some(true) || source.contains_key("path")
        })
    };
    own.is_some_and(|source| match source.as_array() {
        Some(list) => !list.iter().any(|source| is_here(source.get_ref())),
        None => !is_here(source),
    })
}

/// A requirement as it is written.
struct Entry<'t, 'a> {
    kind: DependencyKind,
    name: &'t str,
    range: &'t str,
    /// The text with the range in it, and where in it; `None` without one.
    written: Option<(&'t Value<'a>, usize)>,
    /// It leads to another place.
    is_foreign: bool,
}

/// What building a project takes.
fn build_entries<'t, 'a>(manifest: &'t Document<'a>) -> Vec<Entry<'t, 'a>> {
    let list = manifest.at(&["build-system", "requires"]);
    let items = list.and_then(|list| list.get_ref().as_array()).into_iter().flatten();
    items.filter_map(|item| requirement(DependencyKind::Normal, item)).collect()
}

/// Every other requirement of a project.
fn entries<'t, 'a>(manifest: &'t Document<'a>) -> Vec<Entry<'t, 'a>> {
    let mut found = Vec::new();
    let mut list = |kind, value: Option<&'t Value<'a>>| {
        let items = value.and_then(|value| value.get_ref().as_array());
        let items = items.into_iter().flat_map(|items| items.iter());
        found.extend(items.filter_map(|item| requirement(kind, item)));
    };
    list(DependencyKind::Normal, manifest.at(&["project", "dependencies"]));
    let lists_in = |path: &[&str]| manifest.table_at(path).into_iter().flat_map(|t| t.iter());
    for (_, extra) in lists_in(&["project", "optional-dependencies"]) {
        list(DependencyKind::Optional, Some(extra));
    }
    for (_, group) in lists_in(&["dependency-groups"]) {
        list(DependencyKind::Dev, Some(group));
    }
    list(DependencyKind::Dev, manifest.at(&["tool", "uv", "dev-dependencies"]));
    let mut table = |kind, path: &[&str]| {
        found.extend(lists_in(path).flat_map(|(key, value)| {
            // Several, each for other Pythons or systems.
            let several = value.get_ref().as_array();
            let one = several.is_none().then_some(value);
            let all = several.into_iter().flat_map(|list| list.iter()).chain(one);
            all.map(move |value| poetry(kind, key.get_ref(), value))
        }));
    };
    table(DependencyKind::Normal, &["tool", "poetry", "dependencies"]);
    table(DependencyKind::Dev, &["tool", "poetry", "dev-dependencies"]);
    for (group, _) in lists_in(&["tool", "poetry", "group"]) {
        table(DependencyKind::Dev, &["tool", "poetry", "group", group.get_ref(), "dependencies"]);
    }
    found
}

/// A requirement of PEP 508: `My_Core[fast] >=1.2 ; python_version > "3"`.
fn requirement<'t, 'a>(kind: DependencyKind, value: &'t Value<'a>) -> Option<Entry<'t, 'a>> {
    let text = value.get_ref().as_str()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let start = text.trim_start();
    let name = start.get(..start.find(|c| !is_name(c)).unwrap_or(start.len()))?;
    let mut rest = start.get(name.len()..)?.trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.get(extras.find(']')? + 1..)?.trim_start();
    }
    let is_url = rest.starts_with('@');
    let range = if is_url { "" } else { rest.split(';').next().unwrap_or_default().trim() };
    let range = match range.strip_prefix('(').and_then(|range| range.strip_suffix(')')) {
        Some(range) => range.trim(),
        None => range,
    };
    let offset = text.len() - rest.len() + rest.find(range)?;
    let is_local = || rest.trim_start_matches('@').trim_start().starts_with("file:");
    Some(Entry {
        kind,
        name,
        range,
        written: (!range.is_empty()).then_some((value, offset)),
        is_foreign: name.is_empty() || (is_url && !is_local()),
    })
}

/// A dependency of Poetry's: a range, or a table with one and a path.
fn poetry<'t, 'a>(kind: DependencyKind, name: &'t str, value: &'t Value<'a>) -> Entry<'t, 'a> {
    let (written, is_foreign) = match value.get_ref().as_table() {
        Some(table) => {
            let is_foreign = ["git", "url", "source"].iter().any(|key| table.contains_key(*key));
            (table.get("version").filter(|value| value.get_ref().is_str()), is_foreign)
        }
        None => (Some(value).filter(|value| value.get_ref().is_str()), !value.get_ref().is_str()),
    };
    let text = written.and_then(|value| value.get_ref().as_str()).unwrap_or_default();
    let range = text.trim();
    let offset = text.len() - text.trim_start().len();
    let written = written.filter(|_| !range.is_empty()).map(|value| (value, offset));
    Entry { kind, name, range, written, is_foreign }
}

/// The version a manifest writes, as semver where there is a form for it.
pub(super) fn version_in(text: &str) -> Option<String> {
    let manifest = Document::parse(FILE, text).ok()?;
    let version = VERSIONS.iter().find_map(|path| manifest.text_at(path))?.trim();
    Some(version::to_semver(version).unwrap_or_else(|| version.to_owned()))
}

/// Replaces the version and the ranges of requirements, every other byte kept. The error completes
/// "`pyproject.toml` …".
pub(super) fn edit(
    text: &str,
    version: Option<&str>,
    ranges: &[(Dependency, String)],
) -> Result<String, String> {
    let body = text.trim_start_matches('\u{feff}');
    let manifest = Document::parse(FILE, body).map_err(|error| match error {
        WorkspaceError::Malformed { problem, .. } => problem,
        other => other.to_string(),
    })?;
    let irreplaceable = || "has texts that cannot be replaced".to_owned();
    // Where the range of an entry stands; `None` without one.
    let place = |entry: &Entry<'_, '_>| {
        let Some((value, offset)) = entry.written else { return Ok(None) };
        let inside = manifest.inside(value).ok_or_else(irreplaceable)?;
        let span = inside.start + offset..inside.start + offset + entry.range.len();
        // With an escape before it, the range stands elsewhere than in the text that was read.
        let is_there = body.get(span.clone()) == Some(entry.range) && span.end <= inside.end;
        if is_there { Ok(Some(span)) } else { Err(irreplaceable()) }
    };
    let mut entries = entries(&manifest);
    let mut splices: Vec<(Range<usize>, String)> = Vec::new();
    if let Some(version) = version {
        let new = version::to_python(version)?;
        let places = VERSIONS.iter().filter_map(|path| manifest.at(path));
        let places: Vec<_> = places.filter(|value| value.get_ref().is_str()).collect();
        if places.is_empty() {
            return Err("has no text at `project.version`".to_owned());
        }
        for value in places {
            splices.push((manifest.inside(value).ok_or_else(irreplaceable)?, new.clone()));
        }
        // A package that asks for extras of its own, `acme[fast]==1.2`, means the version it has. What
        // builds it is an older one.
        let own = NAMES.iter().find_map(|path| manifest.text_at(path)).map(Python::normal_name);
        for entry in entries.iter().filter(|entry| !entry.is_foreign) {
            if own.as_deref() == Some(&*Python::normal_name(entry.name))
                && let Some(range) = following(entry.range, version)
                && let Some(span) = place(entry)?
            {
                splices.push((span, range));
            }
        }
    }
    entries.extend(build_entries(&manifest));
    for (dependency, range) in ranges {
        let name = dependency.name.strip_prefix("python:").unwrap_or(&dependency.name);
        let name = Python::normal_name(name);
        let mut found = false;
        for entry in entries.iter().filter(|entry| {
            !entry.is_foreign
                && entry.kind == dependency.kind
                && entry.range == dependency.range
                && Python::normal_name(entry.name) == name
        }) {
            let Some(span) = place(entry)? else { continue };
            found = true;
            splices.push((span, range.clone()));
        }
        if !found {
            return Err(format!("has no requirement `{name}` with \"{}\"", dependency.range));
        }
    }
    let start = text.len() - body.len();
    Ok(format!("{}{}", text.get(..start).unwrap_or_default(), splice(body, splices)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\r\n[project]\r\nname = 'acme.app'\r\nversion = \"1.0\" # here\r\n\
        dependencies = [\r\n  \"My_Core[fast,x] >=1.2, <2 ; python_version > \\\"3\\\"\", # why\r\n  'other==1.*',\r\n\
        \x20 \"acme-app[all]\", \"git @ https://example.test/git.zip\", \"near @ file:../near\",\r\n]\r\n\
        [project.optional-dependencies]\r\nall = [\"my.core (~= 1.2)\"]\r\n\
        [dependency-groups]\r\ntest = [{ include-group = \"x\" }, \"MY-CORE\"]\r\n\
        [build-system]\r\nrequires = [\"builder>=1\"]\r\n\
        [tool.uv.sources]\r\nother = { git = \"https://example.test/other\" }\r\n";

    fn package(text: &str) -> Package {
        let manifest = Document::parse(FILE, text).unwrap();
        project("", &manifest, None).unwrap().unwrap()
    }

    fn dependency(kind: DependencyKind, name: &str, range: &str) -> Dependency {
        Dependency { kind, name: name.into(), range: range.into(), inherited: false }
    }

    #[test]
    fn requirements_are_read() {
        use DependencyKind::{Dev, Normal, Optional};
        let package = package(TEXT);
        assert_eq!(
            (package.name.as_str(), package.version.as_deref()),
            ("acme.app", Some("1.0.0"))
        );
        assert!(!package.private);
        assert_eq!(
            package.dependencies,
            [
                dependency(Normal, "My_Core", ">=1.2, <2"),
                dependency(Normal, "near", ""),
                dependency(Normal, "builder", ">=1"),
                dependency(Dev, "MY-CORE", ""),
                dependency(Optional, "my.core", "~= 1.2"),
            ]
        );
    }

    #[test]
    fn edits_keep_every_other_byte() {
        let ranges = [
            (dependency(DependencyKind::Normal, "my-core", ">=1.2, <2"), ">=2.0, <3".to_owned()),
            (dependency(DependencyKind::Optional, "my-core", "~= 1.2"), "~= 2.0".to_owned()),
        ];
        let wanted = TEXT
            .replace("version = \"1.0\"", "version = \"1.1.0rc0\"")
            .replace(">=1.2, <2", ">=2.0, <3")
            .replace("~= 1.2", "~= 2.0");
        assert_eq!(edit(TEXT, Some("1.1.0-rc.0"), &ranges), Ok(wanted));
        let missing = [(dependency(DependencyKind::Dev, "my-core", ">=9"), ">=10".to_owned())];
        assert!(edit(TEXT, None, &missing).unwrap_err().contains("my-core"));
        assert!(edit(TEXT, Some("1.1.0-next.0"), &[]).unwrap_err().contains("1.1.0-next.0"));
        let escaped = "[project]\nname='a'\nversion='1'\ndependencies=[\"\\u0062>=1\"]\n";
        let range = [(dependency(DependencyKind::Normal, "b", ">=1"), ">=2".to_owned())];
        assert!(edit(escaped, None, &range).unwrap_err().contains("cannot be replaced"));
    }

    #[test]
    fn poetry_has_tables_of_its_own() {
        let text = "[tool.poetry]\nname = \"a\"\nversion = \"1.0.0\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\n\
            core = { path = \"../core\", develop = true }\nlib = \"^1.2\"\nfar = { git = \"https://example.test/far\" }\n\
            [tool.poetry.group.dev.dependencies]\ntool = { version = \"~1.2\", path = \"../tool\" }\n\
            [build-system]\nrequires = []\n";
        let found = package(text);
        let names: Vec<_> =
            found.dependencies.iter().map(|d| (d.name.as_str(), d.range.as_str())).collect();
        assert_eq!(names, [("core", ""), ("lib", "^1.2"), ("python", "^3.12"), ("tool", "~1.2")]);
        let ranges = [
            (dependency(DependencyKind::Dev, "tool", "~1.2"), "~1.3".to_owned()),
            (dependency(DependencyKind::Normal, "lib", "^1.2"), "^2.0".to_owned()),
        ];
        let wanted =
            text.replace("1.0.0", "1.1.0").replace("~1.2", "~1.3").replace("\"^1.2\"", "\"^2.0\"");
        assert_eq!(edit(text, Some("1.1.0"), &ranges), Ok(wanted));
    }

    #[test]
    fn what_a_package_wants_of_itself_follows_its_version() {
        let text = "[project]\nname = \"Acme.App\"\nversion = \"1.2.0\"\ndependencies = [\"acme-app[x] >=1\"]\n\
            [project.optional-dependencies]\r\nall = ['acme_app[fast,x] == 1.2.0 ; python_version > \"3\"', \"acme-app-x==1.2.0\"]\r\n\
            [dependency-groups]\ndev = [\"ACME-APP[all]==1.2\"]\n\
            [build-system]\nrequires = [\"acme-app==1.2.0\"]\n";
        let wanted = text
            .replace("version = \"1.2.0\"", "version = \"1.3.0\"")
            .replace("== 1.2.0 ;", "== 1.3.0 ;")
            .replace("[all]==1.2\"", "[all]==1.3\"");
        assert_eq!(edit(text, Some("1.3.0"), &[]), Ok(wanted));
        assert_eq!(edit(text, None, &[]).as_deref(), Ok(text));
        assert!(package(text).dependencies.iter().all(|found| found.name == "acme-app-x"));
    }

    #[test]
    fn a_list_of_poetrys_is_as_many_requirements() {
        let text = "[tool.poetry]\nname = \"a\"\nversion = \"1.0.0\"\n[tool.poetry.dependencies]\n\
            lib = [{ version = \"^0.9\", python = \"<3.9\" }, { version = \"^1.2\", python = \">=3.9\" }]\n\
            near = [\"^1\", { path = \"../near\" }, { git = \"https://example.test/near\" }]\n";
        let found = package(text);
        let names: Vec<_> =
            found.dependencies.iter().map(|d| (d.name.as_str(), d.range.as_str())).collect();
        assert_eq!(names, [("lib", "^0.9"), ("lib", "^1.2"), ("near", "^1"), ("near", "")]);
        let ranges = [(dependency(DependencyKind::Normal, "lib", "^1.2"), "^2.0".to_owned())];
        assert_eq!(edit(text, None, &ranges), Ok(text.replace("^1.2", "^2.0")));
    }

    #[test]
    fn what_comes_from_elsewhere_keeps_its_range() {
        let text = "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"lib>=1,<2\"]\n\
            [tool.poetry.dependencies]\nlib = { git = \"https://example.test/lib\", version = \">=1,<2\" }\n";
        let ranges = [(dependency(DependencyKind::Normal, "lib", ">=1,<2"), ">=2,<3".to_owned())];
        assert_eq!(edit(text, None, &ranges), Ok(text.replacen(">=1,<2", ">=2,<3", 1)));
    }

    #[test]
    fn what_is_not_published_is_private() {
        let base = "[project]\nname = \"a\"\nversion = \"1\"\n";
        for (more, wanted) in [
            ("", false),
            ("[tool.uv]\npackage = true\n", false),
            ("[build-system]\nrequires = []\n[tool.uv]\npackage = false\n", true),
            ("classifiers = [\"Private :: Do Not Upload\"]\n[build-system]\nrequires = []\n", true),
            ("[build-system]\nrequires = []\n[tool.poetry]\npackage-mode = false\n", true),
        ] {
            assert_eq!(package(&format!("{base}{more}")).private, wanted, "{more}");
        }
    }

    #[test]
    fn tools_and_dynamic_versions_are_no_packages() {
        let read = |text: &str| {
            let manifest = Document::parse(FILE, text).unwrap();
            project("", &manifest, None).map(|found| found.map(|found| found.version))
        };
        assert_eq!(read("[tool.ruff]\nline-length = 1\n").unwrap(), None);
        assert_eq!(read("").unwrap(), None);
        let dynamic = "[project]\nname = \"a\"\ndynamic = [\"version\"]\n";
        assert_eq!(read(dynamic).unwrap(), Some(None));
        let why = |text: &str| why_unversioned(&Document::parse(FILE, text).unwrap());
        assert!(why(dynamic).contains("dynamic"));
        assert_eq!(why("[project]\nname = \"a\"\n"), "has no version");
        assert!(read("[project]\nname = 7\n").is_err());
        // Poetry's own way to keep the version where it was.
        let both = format!("{dynamic}[tool.poetry]\nversion = \"1.0.0\"\n");
        assert_eq!(read(&both).unwrap(), Some(Some("1.0.0".to_owned())));
        assert_eq!(edit(&both, Some("1.1.0"), &[]), Ok(both.replace("1.0.0", "1.1.0")));
    }
}

//! The packages there are, of every ecosystem, and who depends on whom.
//!
//! npm packages and crates are those of the workspace, which get versions. Python projects are tested
//! wherever they are, also without a version, and so are Go modules: all `pyproject.toml` and `go.mod`
//! count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use launchway_base::{Failure, Location, nearest, read_file};
use launchway_git::Git;
use launchway_runtime::Session;
use launchway_workspace::ecosystem::Python;
use launchway_workspace::glob::selected;
use launchway_workspace::{DependencyKind, Linkage, Package, Workspace, ecosystem};

use super::Inputs;
use super::files::ignored;

/// Protocols that lead to the package of the repository, whatever its version.
const LOCAL: [&str; 5] = ["workspace:", "file:", "link:", "portal:", "catalog:"];

/// One package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Folder from the repository's root; empty for the root.
    pub(super) dir: String,
    pub(super) ecosystem: &'static str,
    /// Empty without one.
    pub(super) version: String,
    /// Places of those that depend on it.
    pub(super) dependents: Vec<usize>,
}

impl Member {
    /// Its folder as a path: `.` for the root.
    pub(super) fn path(&self) -> &str {
        if self.dir.is_empty() { "." } else { &self.dir }
    }
}

/// All of them, by folder and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    pub(super) all: Vec<Member>,
}

impl Members {
    /// The place of a package.
    pub(super) fn place_of(&self, name: &str) -> Result<usize, Failure> {
        self.all.iter().position(|member| member.name == name).ok_or_else(|| {
            let failure =
                Failure::input(format!("input `watch` names `{name}`, which is no package here"));
            match nearest(name, self.all.iter().map(|member| member.name.as_str())) {
                Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
                None => failure,
            }
        })
    }
}

/// A package before its dependents are known.
#[derive(Default)]
struct Draft {
    name: String,
    dir: String,
    ecosystem: &'static str,
    version: String,
    /// Places or names of what it depends on.
    needs: HashSet<String>,
}

/// Reads them; `root` is that of the repository.
pub(super) fn read(
    session: &Session,
    cwd: &Path,
    root: &Path,
    git: &Git,
    inputs: &Inputs,
) -> Result<Members, Failure> {
    let released = ecosystem::ALL.iter().map(|ecosystem| ecosystem.id());
    let known: BTreeSet<&str> = released.clone().chain(["python", "go"]).collect();
    let wanted: Vec<&str> =
        inputs.ecosystem.iter().map(String::as_str).filter(|id| !id.is_empty()).collect();
    if let Some(bad) = wanted.iter().find(|id| !known.contains(*id)) {
        let all: Vec<String> = known.iter().map(|id| format!("`{id}`")).collect();
        return Err(Failure::input(format!("there is no ecosystem `{bad}`"))
            .with_hint(format!("one of {}", all.join(", "))));
    }
    let ignored = ignored(inputs);
    let is_wanted = |id: &str| wanted.is_empty() || wanted.contains(&id);
    let mut drafts = Vec::new();
    if released.clone().any(is_wanted) {
        match launchway_versioning::discover(cwd) {
            Ok(workspace) => {
                let below = folder_below(&workspace.root, root);
                drafts.extend(of_workspace(&workspace, &below, inputs.dev_dependencies));
            }
            // A repository of other languages has no workspace; what it says in its settings counts.
            Err(error) if wanted.is_empty() && nothing_there(cwd) && !is_of_settings(&error) => {
                drop(error);
            }
            Err(error) => return Err(error),
        }
    }
    let seen: HashSet<(String, &str)> =
        drafts.iter().map(|draft: &Draft| (draft.dir.clone(), draft.ecosystem)).collect();
    if is_wanted("python") || is_wanted("go") {
        let below = folder_below(cwd, root);
        for file in git.files_here()? {
            let Some((dir, name)) = split(&file, &below) else { continue };
            let ecosystem = match name {
                "pyproject.toml" if is_wanted("python") => "python",
                "go.mod" if is_wanted("go") => "go",
                _ => continue,
            };
            if seen.contains(&(dir.to_owned(), ecosystem)) {
                continue;
            }
            let Some(text) = text_of(root, &file)? else { continue };
            let draft = if ecosystem == "go" {
                of_go(&text)
            } else {
                match of_python(&file, &text, inputs.dev_dependencies) {
                    Err(failure) if !may_be_python(&text) || selected(&file, &ignored) => {
                        session.warn(&format!("{failure}: it counts as no package"));
                        None
                    }
                    other => other.map_err(|failure| {
                        failure.with_hint(
                            "mend it, or name its folder in `ignore` if it is no package",
                        )
                    })?,
                }
            };
            drafts.extend(draft.map(|draft| Draft { dir: dir.to_owned(), ecosystem, ..draft }));
        }
    }
    drafts.retain(|draft| is_wanted(draft.ecosystem));
    let members = joined(drafts);
    if members.all.is_empty() {
        return Err(Failure::input("no package was found").with_hint(
            "packages are found by `package.json`, `Cargo.toml`, `pyproject.toml` with a `[project]` and `go.mod`",
        ));
    }
    Ok(members)
}

fn nothing_there(cwd: &Path) -> bool {
    !["package.json", "Cargo.toml"].iter().any(|name| cwd.join(name).is_file())
}

fn is_of_settings(error: &Failure) -> bool {
    error.location().is_some_and(|place| place.file == ".changeset/config.json")
}

/// A folder from the repository's root, empty for the root itself.
fn folder_below(folder: &Path, root: &Path) -> String {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let below = folder.strip_prefix(root).map(Path::to_owned);
    let below = below.or_else(|_| real(folder).strip_prefix(real(root)).map(Path::to_owned));
    let parts = below.unwrap_or_default();
    let parts: Vec<_> = parts
        .components()
        .filter(|part| matches!(part, std::path::Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

/// Folder and name of a file, where it lies in the folder `below`.
fn split<'a>(file: &'a str, below: &str) -> Option<(&'a str, &'a str)> {
    if !below.is_empty() {
        file.strip_prefix(below)?.strip_prefix('/')?;
    }
    Some(file.rsplit_once('/').unwrap_or(("", file)))
}

fn of_workspace(workspace: &Workspace, below: &str, dev: bool) -> Vec<Draft> {
    let by_name: HashMap<&str, &Package> =
        workspace.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let needs = |package: &Package| {
        let linked = package.dependencies.iter().filter(|dependency| {
            let Some(on) = by_name.get(dependency.name.as_str()) else { return false };
            let is_local = LOCAL.iter().any(|local| dependency.range.starts_with(local));
            (dev || dependency.kind != DependencyKind::Dev)
                && on.ecosystem.id() == package.ecosystem.id()
                && (is_local
                    || package.ecosystem.ranges().linkage(dependency, on, false) == Linkage::Linked)
        });
        linked.map(|dependency| dependency.name.clone()).collect()
    };
    let packages = workspace.packages.iter().filter(|package| package.ecosystem.id() != "python");
    let packages = packages.map(|package| Draft {
        name: package.name.clone(),
        dir: match (below, package.dir.as_str()) {
            ("", dir) => dir.to_owned(),
            (below, "") => below.to_owned(),
            (below, dir) => format!("{below}/{dir}"),
        },
        ecosystem: package.ecosystem.id(),
        version: package.version.clone().unwrap_or_default(),
        needs: needs(package),
    });
    packages.collect()
}

/// The text of a tracked file; `None` when it is gone from the working tree.
fn text_of(root: &Path, file: &str) -> Result<Option<String>, Failure> {
    match read_file(&root.join(file)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        // A submodule of that name is a folder.
        Err(error) if is_gone(&error) || root.join(file).is_dir() => Ok(None),
        Err(error) => Err(Failure::input(format!("cannot read `{}`", file.escape_debug()))
            .at(Location::file(file))
            .caused_by(error)),
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Whether a broken `pyproject.toml` looks as if it named a project, and not only tools.
fn may_be_python(text: &str) -> bool {
    text.lines().any(|line| {
        let line: String =
            line.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect();
        let key = line.trim_start_matches('[');
        ["project", "tool.poetry"].iter().any(|table| {
            key.strip_prefix(table)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([']', '.', '=']))
        })
    })
}

/// A project. Without a name it is there for tools.
fn of_python(file: &str, text: &str, dev: bool) -> Result<Option<Draft>, Failure> {
    let Some(project) = Python::project(file, text)? else { return Ok(None) };
    let counts = |kind| dev || kind != DependencyKind::Dev;
    let needs = project.dependencies.iter().filter(|dependency| counts(dependency.kind));
    Ok(Some(Draft {
        needs: needs.map(|dependency| Python::normal_name(&dependency.name)).collect(),
        name: project.name,
        version: project.version.unwrap_or_default(),
        ..Draft::default()
    }))
}

/// A module: its path, and what it requires.
fn of_go(text: &str) -> Option<Draft> {
    let mut name = None;
    let mut needs = HashSet::new();
    let mut block = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '`']));
        let Some(first) = words.next() else { continue };
        match (block.as_str(), first) {
            (_, ")") => block.clear(),
            ("require", module) => drop(needs.insert(module.to_owned())),
            ("", "module") => name = words.next().map(str::to_owned),
            ("", verb) => match words.next() {
                Some("(") => verb.clone_into(&mut block),
                Some(module) if verb == "require" => drop(needs.insert(module.to_owned())),
                _ => {}
            },
            _ => {}
        }
    }
    Some(Draft { name: name?, needs, ..Draft::default() })
}

/// All drafts with their dependents. A name that two have gets in front what tells them apart: the
/// ecosystem, and in one ecosystem the folder.
fn joined(mut drafts: Vec<Draft>) -> Members {
    drafts.sort_by(|a, b| (&a.dir, a.ecosystem, &a.name).cmp(&(&b.dir, b.ecosystem, &b.name)));
    let key = |ecosystem: &str, name: &str| match ecosystem {
        "python" => Python::normal_name(name),
        _ => name.to_owned(),
    };
    let mut places: HashMap<(&str, String), Vec<usize>> = HashMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        let key = (draft.ecosystem, key(draft.ecosystem, &draft.name));
        places.entry(key).or_default().push(place);
    }
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for (place, draft) in drafts.iter().enumerate() {
        for need in &draft.needs {
            // Which of two of one name is meant, nobody can tell: either counts.
            let on = places.get(&(draft.ecosystem, need.clone())).into_iter().flatten();
            for on in on.filter(|on| **on != place) {
                if let Some(list) = dependents.get_mut(*on) {
                    list.push(place);
                }
            }
        }
    }
    let mut owners: HashMap<&str, HashSet<&str>> = HashMap::new();
    for draft in &drafts {
        owners.entry(&draft.name).or_default().insert(draft.ecosystem);
    }
    let full_name = |draft: &Draft| {
        let ecosystems = owners.get(draft.name.as_str()).map_or(0, HashSet::len);
        let same = places.get(&(draft.ecosystem, key(draft.ecosystem, &draft.name)));
        let dir = if draft.dir.is_empty() { "." } else { &draft.dir };
        let parts = [
            (ecosystems > 1).then_some(draft.ecosystem),
            same.is_some_and(|same| same.len() > 1).then_some(dir),
            Some(draft.name.as_str()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(":")
    };
    let names: Vec<String> = drafts.iter().map(full_name).collect();
    let all =
        drafts.into_iter().zip(names).zip(dependents).map(|((draft, name), mut dependents)| {
            dependents.sort_unstable();
            dependents.dedup();
            Member {
                name,
                dir: draft.dir,
                ecosystem: draft.ecosystem,
                version: draft.version,
                dependents,
            }
        });
    Members { all: all.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_projects_name_what_they_need() {
        let text = "[project]\nname = \"Acme.Web\"\nversion = \"1.0\"\ndependencies = [\"my_core[fast] >= 1; python_version > '3'\"]\n\
                    [dependency-groups]\ntest = [\"helpers\", { include-group = \"x\" }]\n";
        let draft = of_python("pyproject.toml", text, true).unwrap().unwrap();
        assert_eq!((draft.name.as_str(), draft.version.as_str()), ("Acme.Web", "1.0.0"));
        assert!(draft.needs.contains("my-core") && draft.needs.contains("helpers"));
        let draft = of_python("pyproject.toml", text, false).unwrap().unwrap();
        assert!(!draft.needs.contains("helpers"));
        assert!(
            of_python("pyproject.toml", "[tool.ruff]\nline-length = 1\n", true).unwrap().is_none()
        );
        assert!(of_python("pyproject.toml", "[", true).is_err());
        let poetry = "[tool.poetry]\nname = \"a\"\n[tool.poetry.dependencies]\ncore = { path = \"../core\" }\n[tool.poetry.group.dev.dependencies]\nx = \"1\"\n";
        let draft = of_python("pyproject.toml", poetry, true).unwrap().unwrap();
        assert!(draft.needs.contains("core") && draft.needs.contains("x"));
    }

    #[test]
    fn go_modules_name_what_they_require() {
        let text = "module example.com/web // the web\r\ngo 1.25\r\nrequire example.com/one v1.0.0\r\nrequire (\r\n\texample.com/core v0.0.0\r\n\t\"example.com/two\" v1 // indirect\r\n)\r\nreplace (\r\n\texample.com/not => ../not\r\n)\r\n";
        let draft = of_go(text).unwrap();
        assert_eq!(draft.name, "example.com/web");
        let mut needs: Vec<_> = draft.needs.into_iter().collect();
        needs.sort();
        assert_eq!(needs, ["example.com/core", "example.com/one", "example.com/two"]);
        assert!(of_go("").is_none());
    }

    #[test]
    fn names_of_two_ecosystems_are_told_apart() {
        let draft = |name: &str, dir: &str, ecosystem| Draft {
            name: name.into(),
            dir: dir.into(),
            ecosystem,
            ..Draft::default()
        };
        let members = joined(vec![draft("core", "b", "npm"), draft("core", "a", "go")]);
        let names: Vec<_> = members.all.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["go:core", "npm:core"]);
    }

    #[test]
    fn packages_of_one_name_are_told_apart_and_either_counts() {
        let draft = |name: &str, dir: &str, ecosystem, need: &str| Draft {
            name: name.into(),
            dir: dir.into(),
            ecosystem,
            version: String::new(),
            needs: HashSet::from([need.to_owned()]),
        };
        let members = joined(vec![
            draft("Core", "", "python", "core"),
            draft("core", "b", "python", ""),
            draft("core", "b", "npm", ""),
            draft("app", "c", "python", "core"),
        ]);
        let found: Vec<_> =
            members.all.iter().map(|one| (one.name.as_str(), one.dependents.clone())).collect();
        let wanted = [
            (".:Core", vec![3]),
            ("npm:core", vec![]),
            ("python:b:core", vec![0, 3]),
            ("app", vec![]),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_could_be_a_project_is_told_from_settings_of_tools() {
        for (text, wanted) in [
            ("[project]\nname = ", true),
            ("[project", true),
            ("\u{feff}[ tool . poetry ]\n=", true),
            ("[project.urls]\n=", true),
            ("project.name = \"a", true),
            ("project = {", true),
            ("[[", false),
            ("[tool.ruff]\nline-length = \n", false),
            ("[projects]\n=", false),
            ("# [project]", false),
        ] {
            assert_eq!(may_be_python(text), wanted, "{text}");
        }
    }
}

//! The changelogs of all packages of a monorepo, from one reading of the history.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use glob::Pattern;
use launchway_base::{Failure, nearest};
use launchway_runtime::{Markdown, Summary};
use launchway_workspace::Workspace;
use regex::Regex;
use serde::Serialize;

use crate::bump::Bumped;
use crate::changesets;
use crate::config::Loaded;
use crate::config::wrong::of_regex;
use crate::engine;
use crate::guard::{self, Need};
use crate::history::paths::PathFilter;
use crate::history::tags::Tags;
use crate::history::{History, Repository};
use crate::inputs::patterns;
use crate::model::{Release, Remotes};
use crate::outputs::Outputs;
use crate::range::{self, Commits};
use crate::releases::arrange;
use crate::report;
use crate::run::{Made, World};
use crate::settings::{self, Settings};
use crate::write;

/// A package and what is its own in the history.
#[derive(Debug)]
struct Target {
    name: String,
    /// Its folder from the root of the repository; empty for the root.
    folder: String,
    /// Its tags.
    pattern: Regex,
    filter: PathFilter,
}

/// One row of the output `packages`.
#[derive(Clone, Debug, Serialize)]
struct Row {
    name: String,
    version: Option<String>,
    bump: Option<String>,
    changed: bool,
    file: Option<String>,
}

/// Writes a changelog for each package that is asked for.
///
/// # Errors
/// As for one changelog; a package that is not there, flags that make sense for one only.
pub fn main(world: &World<'_>, loaded: &Loaded, mut settings: Settings) -> Result<(), Failure> {
    refuse(world)?;
    let folder = settings.repositories.first().cloned().unwrap_or_default();
    let repository = world.open(&folder)?;
    world.find_upstream(&repository, &mut settings)?;
    settings::skip_commits(&mut settings.config, &repository.root, &world.inputs.skip_commit)?;
    let workspace = launchway_versioning::discover(&folder)?;
    if workspace.has_unlocked_members() {
        world.session.warn(launchway_versioning::UNLOCKED);
    }
    let targets = targets(world, &settings, &workspace, &repository)?;
    let read = read(world, &settings, &repository, &targets)?;
    // All is made and checked before the first file is written.
    let mut rows = Vec::new();
    let mut files = Vec::new();
    let mut contexts = serde_json::Map::new();
    for (target, (releases, remotes)) in targets.iter().zip(read) {
        let (mut releases, remotes) = world.complete(&settings, releases, remotes)?;
        changesets::put(world, &settings, &repository, Some(&target.name), &mut releases)?;
        let own = own(&settings, target, &folder, &workspace);
        let bumped = world.bump(&mut releases, &own.config)?;
        if world.inputs.bumped_version {
            if let Some(Bumped::To(version) | Bumped::Nothing(version)) = bumped {
                world.print(&format!("{} {version}\n", target.name))?;
            }
            rows.push(row(target, &releases, None));
        } else if world.inputs.context {
            contexts.insert(target.name.clone(), world.context(&own, &releases, &remotes)?);
        } else {
            rows.push(make(world, loaded, &own, target, (releases, remotes), &mut files)?);
        }
    }
    if world.inputs.context {
        let text = serde_json::Value::Object(contexts).to_string() + "\n";
        world.print(&text)?;
        return Ok(());
    }
    write_all(&files, &mut rows)?;
    for row in rows.iter().filter(|row| row.file.is_some()) {
        let state = if row.changed { "written" } else { "as it was" };
        let version = row.version.as_deref().unwrap_or("not released yet");
        let path = row.file.as_deref().unwrap_or_default();
        let name = &row.name;
        world.session.say(&format!("{name}: {path} is {state}; the newest is {version}"));
    }
    report(world, rows)
}

fn refuse(world: &World<'_>) -> Result<(), Failure> {
    let inputs = world.inputs;
    let fault = |flag: &str, hint: &str| {
        Err(Failure::input(format!("`--packages` with `--{flag}`")).with_hint(hint))
    };
    if inputs.from_context.is_some() {
        return fault("from-context", "a context holds the releases of one changelog");
    }
    if inputs.repository.len() > 1 {
        return fault("repository", "the packages of one repository can be told apart, no others");
    }
    if inputs.tag.is_some() {
        return fault("tag", "packages have versions of their own; `--bump` works them out");
    }
    Ok(())
}

/// The packages that are asked for.
fn targets(
    world: &World<'_>,
    settings: &Settings,
    workspace: &Workspace,
    repository: &Repository,
) -> Result<Vec<Target>, Failure> {
    let wanted = &world.inputs.packages;
    let takes_all = wanted.iter().any(|name| name == "all");
    for name in wanted.iter().filter(|name| *name != "all") {
        if workspace.package(name).is_none() {
            let failure = Failure::input(format!("there is no package `{name}`"));
            return Err(match nearest(name, workspace.names()) {
                Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
                None => failure.with_hint("write `all`, or a name as its manifest has it"),
            });
        }
    }
    let above = folder_below(&repository.root, &workspace.root);
    let folders: Vec<String> =
        workspace.packages.iter().map(|package| joined(&above, &package.dir)).collect();
    let mut targets = Vec::new();
    for (package, folder) in workspace.packages.iter().zip(&folders) {
        if !takes_all && !wanted.contains(&package.name) {
            continue;
        }
        // Files of a package within belong to that one.
        let inner = folders.iter().filter(|other| is_below(other, folder));
        targets.push(Target {
            name: package.name.clone(),
            folder: folder.clone(),
            pattern: pattern(settings, workspace, &package.name, package.manifest_name(), folder)?,
            filter: filter(settings, &world.inputs.shared_path, folder, inner)?,
        });
    }
    Ok(targets)
}

/// A folder seen from one above it, with `/`.
fn folder_below(root: &Path, folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let inner = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join("/")
}

fn joined(above: &str, folder: &str) -> String {
    let parts: Vec<&str> = [above, folder].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

fn is_below(folder: &str, above: &str) -> bool {
    folder != above
        && (above.is_empty()
            || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')))
}

/// The tags of a package: those of the configuration, or any that name it.
fn pattern(
    settings: &Settings,
    workspace: &Workspace,
    key: &str,
    name: &str,
    folder: &str,
) -> Result<Regex, Failure> {
    let given = settings.config.git.tag_pattern.as_ref().map(Regex::as_str);
    let text = match given {
        Some(given) => {
            given.replace("\\{name\\}", "{name}").replace("{name}", &regex::escape(name))
        }
        None => {
            let mut forms: Vec<String> = Vec::new();
            let usual = regex::escape(&workspace.tag_of(key, "0.0.0"));
            if let Some((before, after)) = usual.split_once("0\\.0\\.0") {
                forms.push(format!("{before}\\d.*{after}$"));
            }
            let short = name.rsplit('/').next().unwrap_or(name);
            for name in [name, short] {
                let name = regex::escape(name);
                forms.extend([
                    format!("{name}@\\d"),
                    format!("{name}-v\\d"),
                    format!("{name}/v\\d"),
                ]);
            }
            if !folder.is_empty() {
                forms.push(format!("{}/v\\d", regex::escape(folder)));
            }
            if workspace.is_single() {
                forms.push("v?\\d".to_owned());
            }
            format!("^(?:{})", forms.join("|"))
        }
    };
    Regex::new(&text).map_err(|error| {
        let said = error.to_string();
        let why = of_regex(&said);
        Failure::input(format!(
            "the tag pattern of package `{name}` is no regular expression: {why}"
        ))
    })
}

/// The paths of a package: its folder without those of packages within, and what all share.
fn filter<'a>(
    settings: &Settings,
    shared: &[String],
    folder: &str,
    inner: impl Iterator<Item = &'a String>,
) -> Result<PathFilter, Failure> {
    let read = |text: String| {
        Pattern::new(&text).map_err(|error| {
            Failure::input(format!("`{text}` is no pattern of paths")).caused_by(error)
        })
    };
    let below = |folder: &str| match folder {
        "" => read("**".to_owned()),
        folder => read(Pattern::escape(folder) + "/**"),
    };
    let git = &settings.config.git;
    let mut include = vec![below(folder)?];
    include.extend(git.include_paths.iter().cloned());
    for text in patterns(shared) {
        include.push(read(text.to_owned())?);
    }
    let mut exclude = git.exclude_paths.clone();
    for folder in inner {
        exclude.push(below(folder)?);
    }
    Ok(PathFilter::new(&include, &exclude))
}

/// The releases of each package, the oldest first, and what GitHub knows of their commits.
fn read(
    world: &World<'_>,
    settings: &Settings,
    repository: &Repository,
    targets: &[Target],
) -> Result<Vec<(Vec<Release>, Remotes)>, Failure> {
    let leave = engine::leave(world.inputs, &settings.config);
    let mut say = |text: &str| world.session.say(text);
    let matches = |name: &str| targets.iter().any(|target| target.pattern.is_match(name));
    let mut need = || {
        let refs = repository.tags(settings.branch_tags)?;
        let any = refs.iter().any(|tag| matches(&tag.name));
        Ok(Need {
            revisions: vec!["HEAD".to_owned()],
            tags: if any { guard::Tags::Found } else { guard::Tags::NoneHere },
            given: false,
        })
    };
    guard::history::ensure(&repository.git, leave, &matches, &mut need, &mut say)?;
    let refs = repository.tags(settings.branch_tags)?;
    let head = repository.git.head()?;
    let mut own_tags = Vec::new();
    let mut ranges = Vec::new();
    for target in targets {
        let mut rules = engine::rules(settings);
        rules.pattern = Some(&target.pattern);
        let tags = rules.matching(&refs);
        ranges.push(ends(repository, settings, &tags, &head)?);
        own_tags.push(rules.dividing(&refs));
    }
    let mut wanted = engine::wanted(&settings.config, world.inputs.context, &Commits::All)?;
    wanted.revisions = vec![head];
    for (from, to) in &ranges {
        for end in from.iter().chain([to]) {
            if !wanted.revisions.contains(end) {
                wanted.revisions.push(end.clone());
            }
        }
    }
    let filters: Vec<PathFilter> = targets.iter().map(|target| target.filter.clone()).collect();
    let mut history = engine::walk(repository, &wanted, &filters, leave, &mut say)?;
    let places: HashMap<String, usize> =
        (0..).zip(&history.commits).map(|(place, read)| (read.id.clone(), place)).collect();
    let now = engine::arrangement(repository, world.inputs, settings, &refs);
    let mut all = Vec::new();
    let mut counts = Vec::new();
    for (index, ((from, to), tags)) in ranges.iter().zip(own_tags).enumerate() {
        let from = from.as_ref().and_then(|from| places.get(from).copied());
        if let Some(to) = places.get(to) {
            history.restrict(index, from, *to, wanted.topological);
        }
        let last_use = index + 1 == ranges.len();
        let releases = arrange(&mut history, index, last_use, tags, &now);
        counts.push(releases.len());
        all.extend(releases);
    }
    let start = start(&history, &places, &ranges);
    let remotes = world.ask_github(&settings.config, &mut all, start.as_deref())?;
    let mut all = all.into_iter();
    Ok(counts
        .into_iter()
        .map(|count| (all.by_ref().take(count).collect(), remotes.clone()))
        .collect())
}

/// Where the range of a package starts, exclusively, and where it ends, as full hashes.
fn ends(
    repository: &Repository,
    settings: &Settings,
    tags: &Tags,
    head: &str,
) -> Result<(Option<String>, String), Failure> {
    let resolve = |name: &str| match name {
        "HEAD" => Ok(head.to_owned()),
        id if tags.contains_key(id) => Ok(id.to_owned()),
        name => repository.git.commit_of(name)?.ok_or_else(|| {
            Failure::input(format!("there is no commit `{name}`"))
                .with_hint("name a tag, a branch or a hash that is in this clone")
        }),
    };
    // A package whose tag is elsewhere has nothing at this commit.
    let commits = match range::commits(&settings.ask, tags, Some(head)) {
        Ok(commits) => commits,
        Err(_) if settings.ask.current => Commits::Between(head.to_owned(), head.to_owned()),
        Err(failure) => return Err(failure),
    };
    Ok(match commits {
        Commits::All => (None, head.to_owned()),
        Commits::UpTo(to) => (None, resolve(&to)?),
        Commits::Between(from, to) => (Some(resolve(&from)?), resolve(&to)?),
    })
}

/// The oldest commit before the ranges; `None` where one begins with the history.
fn start(
    history: &History,
    places: &HashMap<String, usize>,
    ranges: &[(Option<String>, String)],
) -> Option<String> {
    let starts: Option<Vec<&String>> = ranges.iter().map(|(from, _)| from.as_ref()).collect();
    let time = |id: &&String| {
        places.get(*id).and_then(|place| history.commits.get(*place)).map(|read| read.time)
    };
    starts?.into_iter().min_by_key(time).cloned()
}

/// The settings for one package: its files, its tags.
fn own(settings: &Settings, target: &Target, folder: &Path, workspace: &Workspace) -> Settings {
    let mut own = settings.clone();
    let above = folder_below(&workspace.root, &workspace.root);
    let package = workspace.package(&target.name);
    let dir = package.map_or("", |package| package.dir.as_str());
    let base = shown(folder, &workspace.root).join(joined(&above, dir));
    let name =
        |given: &PathBuf| given.file_name().map_or_else(|| "CHANGELOG.md".into(), PathBuf::from);
    own.prepend = settings.prepend.as_ref().map(|given| base.join(name(given)));
    own.output = match (&settings.output, &own.prepend) {
        (None, Some(_)) => None,
        (given, _) => Some(base.join(given.as_ref().map_or_else(|| "CHANGELOG.md".into(), name))),
    };
    own.config.git.tag_pattern = Some(target.pattern.clone());
    // The first version of a package that has none is the one its manifest says.
    let first = settings.config.bump.initial_tag.as_deref();
    let first = first.or(package.and_then(|package| package.version.as_deref()));
    own.config.bump.initial_tag = Some(workspace.tag_of(&target.name, first.unwrap_or("0.1.0")));
    own
}

/// The root as it is shortest to write: nothing where we are in it.
fn shown(folder: &Path, root: &Path) -> PathBuf {
    let here = folder.canonicalize().ok();
    if here.is_some() && here == root.canonicalize().ok() && folder.is_absolute() {
        let current = std::env::current_dir().ok();
        if current == here {
            return PathBuf::new();
        }
    }
    root.to_owned()
}

/// Makes the text for one package; `files` gets what is to be written, with the place of its row.
fn make(
    world: &World<'_>,
    loaded: &Loaded,
    own: &Settings,
    target: &Target,
    (mut releases, remotes): (Vec<Release>, Remotes),
    files: &mut Vec<(PathBuf, String)>,
) -> Result<Row, Failure> {
    if releases.iter().all(|release| release.commits.is_empty() && release.extra.is_none()) {
        let place = if target.folder.is_empty() { "the root" } else { &target.folder };
        let name = &target.name;
        world.session.say(&format!("{name}: no commit of the range changes anything in {place}"));
        return Ok(row(target, &releases, None));
    }
    let content = world.render(loaded, own, &mut releases, &remotes)?;
    let made = Made { content, releases, ..Made::default() };
    let mut file = None;
    if let Some(path) = &own.prepend {
        file = Some(path);
        files.extend(world.prepended(path, own, &made)?.map(|text| (path.clone(), text)));
    }
    if let Some(path) = &own.output {
        file = Some(path);
        files.push((path.clone(), made.content));
    }
    Ok(row(target, &made.releases, file.map(|file| file.display().to_string())))
}

/// Writes the files and notes in the rows which of them hold something else now.
fn write_all(files: &[(PathBuf, String)], rows: &mut [Row]) -> Result<(), Failure> {
    for (path, text) in files {
        if write::file(path, text)? {
            let path = path.display().to_string();
            let of_file = |row: &&mut Row| row.file.as_ref() == Some(&path);
            if let Some(row) = rows.iter_mut().find(of_file) {
                row.changed = true;
            }
        }
    }
    Ok(())
}

fn row(target: &Target, releases: &[Release], file: Option<String>) -> Row {
    Row {
        name: target.name.clone(),
        version: releases.first().and_then(|release| release.version.clone()),
        bump: report::bump(releases),
        changed: false,
        file,
    }
}

fn report(world: &World<'_>, rows: Vec<Row>) -> Result<(), Failure> {
    let session = world.session;
    let json = serde_json::to_string(&rows).map_err(|error| {
        Failure::internal("the packages cannot be written as JSON").caused_by(error)
    })?;
    session.write_outputs(&Outputs {
        changed: Some(rows.iter().any(|row| row.changed).to_string()),
        packages: Some(json),
        ..Outputs::default()
    })?;
    let lines = rows.into_iter().map(|row| {
        let state = match (&row.file, row.changed) {
            (None, _) => "no commits",
            (Some(_), true) => "written",
            (Some(_), false) => "as it was",
        };
        let code = |text: Option<String>| {
            text.map_or_else(|| Markdown::text(""), |text| Markdown::code(&text))
        };
        vec![code(Some(row.name)), code(row.version), code(row.file), Markdown::text(state)]
    });
    let table = Summary::new()
        .heading(3, "Changelogs")
        .table(&["package", "newest version", "file", "state"], lines);
    session.summarize(&table)
}

//! History as it is read: one `git log` and one `git for-each-ref` for a repository.

pub mod graph;
pub mod paths;
pub mod read;
pub mod tags;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use git_cliff_core::commit::Commit;
use launchway_base::Failure;
use launchway_git::{Git, LogChanges, LogEntry, LogQuery, TagRef};

use self::graph::Graph;
use self::paths::PathFilter;
use self::read::Read;

/// The file that lists commits for `git blame` to pass over.
const BLAME_IGNORE: &str = ".git-blame-ignore-revs";

/// A repository that is read.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The git that reads it.
    pub git: Git,
    /// The root of its working tree; of a bare one its own folder. As templates see it.
    pub root: PathBuf,
    /// The folder of git's own data that all working trees share.
    pub common_dir: PathBuf,
}

impl Repository {
    /// The repository around a directory.
    pub fn discover(
        dir: &Path,
        open: impl FnOnce(Git) -> Result<Git, Failure>,
    ) -> Result<Self, Failure> {
        let dir = std::fs::canonicalize(dir).map_err(|error| {
            Failure::input(format!("no repository at `{}`", dir.display())).caused_by(error)
        })?;
        let git = open(Git::at(&dir).found_by_folder())?;
        let folders = git.folders()?;
        let root = match folders.work_tree {
            Some(root)
                if folders.git_dir.ends_with(".git") || folders.git_dir != folders.common_dir =>
            {
                root
            }
            // Inside git's own folder, and bare ones of that name: what is around it.
            None if folders.git_dir.ends_with(".git") => match folders.git_dir.parent() {
                Some(around) => around.to_owned(),
                None => folders.git_dir.clone(),
            },
            // Bare repositories and submodules: the reference takes git's folder, with its slash.
            _ => folders.git_dir.join(""),
        };
        Ok(Self { git, root, common_dir: folders.common_dir })
    }

    /// The tags of the repository as git lists them: loose ones before packed ones.
    pub fn tags(&self, merged: bool) -> Result<Vec<TagRef>, Failure> {
        let mut tags = self.git.tag_refs(merged)?;
        let loose = self.common_dir.join("refs/tags");
        tags.sort_by_cached_key(|tag| !loose.join(&tag.name).is_file());
        Ok(tags)
    }
}

/// What is to be read of the commits.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Revisions for git.
    pub revisions: Vec<String>,
    /// Whether names of people are used.
    pub people: bool,
    /// Whether lines are counted.
    pub lines: bool,
    /// Children before parents instead of by date.
    pub topological: bool,
}

/// The commits of a range and how they hang together.
#[derive(Debug)]
pub struct History {
    /// As git printed them.
    pub commits: Vec<Read>,
    /// Places in `commits`, in the order of a walk, the newest first.
    pub order: Vec<usize>,
    /// The graph over the same places.
    pub graph: Graph,
    /// For filters with a range of their own: their order.
    ranges: HashMap<usize, Vec<usize>>,
    /// For each filter by path, by place: whether it keeps the commit.
    kept: Vec<Vec<bool>>,
    /// For each filter and each of its patterns that includes: whether it matched any path.
    pub matched: Vec<Vec<bool>>,
    /// Hashes of commits whose message is no UTF-8 and counts as empty, as in the reference.
    pub not_utf8: Vec<String>,
}

impl History {
    /// What git has to print for these filters by path.
    pub fn query(repository: &Repository, wanted: &Wanted, filters: &[PathFilter]) -> LogQuery {
        let changes = if wanted.lines {
            LogChanges::Lines
        } else if blame_ignored(&repository.root).is_empty() {
            together(filters)
        } else {
            LogChanges::Paths
        };
        LogQuery { revisions: wanted.revisions.clone(), without_people: !wanted.people, changes }
    }

    /// Reads the commits of a range once, for any number of filters by path.
    pub fn read(
        repository: &Repository,
        wanted: &Wanted,
        filters: &[PathFilter],
    ) -> Result<Self, Failure> {
        let ignored = blame_ignored(&repository.root);
        let query = Self::query(repository, wanted, filters);
        let mut commits = Vec::new();
        let mut kept = vec![Vec::new(); filters.len()];
        let mut not_utf8 = Vec::new();
        let mut matched: Vec<Vec<bool>> =
            filters.iter().map(|filter| vec![false; filter.included().len()]).collect();
        repository.git.log(&query, |entry| {
            let is_ignored = !ignored.is_empty() && ignores(&ignored, &entry);
            for ((filter, kept), matched) in filters.iter().zip(&mut kept).zip(&mut matched) {
                kept.push(!is_ignored && filter.keeps(&entry));
                note(filter, &entry, matched);
            }
            if std::str::from_utf8(&entry.message).is_err() {
                not_utf8.push(entry.id.clone());
            }
            commits.push(Read::new(entry, wanted.people, wanted.lines));
        })?;
        let graph = Graph::new(
            commits
                .iter()
                .map(|read: &Read| (read.id.as_str(), read.time, read.parents.as_slice())),
        );
        for read in &mut commits {
            read.parents = Vec::new();
        }
        let order = graph.walk(wanted.topological);
        Ok(Self { commits, order, graph, ranges: HashMap::new(), kept, matched, not_utf8 })
    }

    /// Gives a filter a range of its own: what the commit `to` reaches and `from` does not.
    pub fn restrict(&mut self, filter: usize, from: Option<usize>, to: usize, topological: bool) {
        let outside = self.graph.reached(from);
        let mut within = self.graph.reached([to]);
        for (within, outside) in within.iter_mut().zip(outside) {
            *within &= !outside;
        }
        self.ranges.insert(filter, self.graph.walk_within(topological, &within));
    }

    /// The places of the commits a filter keeps, in the order of the walk.
    pub fn kept(&self, filter: usize) -> impl Iterator<Item = usize> + '_ {
        let kept = self.kept.get(filter).map(Vec::as_slice).unwrap_or_default();
        let order = self.ranges.get(&filter).unwrap_or(&self.order);
        order.iter().copied().filter(|place| kept.get(*place) == Some(&true))
    }
}

/// What has to be read for several filters at once.
fn together(filters: &[PathFilter]) -> LogChanges {
    let mut folders = Vec::new();
    for filter in filters {
        match filter.changes() {
            // Such a filter needs nothing, but the others may.
            LogChanges::None => {}
            LogChanges::PathsUnder(more) => folders.extend(more),
            all => return all,
        }
    }
    if folders.is_empty() { LogChanges::None } else { LogChanges::PathsUnder(folders) }
}

fn note(filter: &PathFilter, entry: &LogEntry, matched: &mut [bool]) {
    if matched.iter().all(|matched| *matched) {
        return;
    }
    for path in paths::paths(entry) {
        for (pattern, matched) in filter.included().iter().zip(matched.iter_mut()) {
            *matched |= pattern.matches(&path);
        }
    }
}

/// The beginnings of hashes in the file for `git blame`.
fn blame_ignored(root: &Path) -> HashSet<String> {
    let text = std::fs::read_to_string(root.join(BLAME_IGNORE)).unwrap_or_default();
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

fn ignores(ignored: &HashSet<String>, entry: &LogEntry) -> bool {
    let lists_it = ignored.contains(&entry.id)
        || ignored.iter().any(|start| entry.id.starts_with(start.as_str()));
    let mut paths = paths::paths(entry);
    lists_it || (paths.next().as_deref() == Some(BLAME_IGNORE) && entry.files.len() == 1)
}

/// The commits of a log, in the order of a walk; `None` where git has no answer.
pub fn plain(git: &Git, query: &LogQuery, topological: bool) -> Option<Vec<Commit<'static>>> {
    let mut commits = Vec::new();
    git.log(query, |entry| commits.push(Read::new(entry, true, false))).ok()?;
    let rows =
        commits.iter().map(|read: &Read| (read.id.as_str(), read.time, read.parents.as_slice()));
    let order = Graph::new(rows).walk(topological);
    Some(
        order
            .into_iter()
            .filter_map(|place| Some(std::mem::take(commits.get_mut(place)?).into_commit()))
            .collect(),
    )
}

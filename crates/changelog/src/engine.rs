//! From a repository to releases: the reading half of a run.

use std::cell::RefCell;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use git_cliff_core::config::Config;
use launchway_base::Failure;
use launchway_git::TagRef;

use crate::guard::{self, Leave, Need};
use crate::history::paths::PathFilter;
use crate::history::tags::{TagRules, Tags, tag};
use crate::history::{History, Repository, Wanted};
use crate::inputs::Inputs;
use crate::model::Release;
use crate::range::{self, Commits};
use crate::releases::{Arrangement, arrange};
use crate::render;
use crate::settings::{Settings, folder_pattern, skip_commits};
use crate::submodules;

/// What was read of one repository.
#[derive(Debug)]
pub struct Reading {
    /// The releases, the oldest first; the last one holds what is unreleased.
    pub releases: Vec<Release>,
    /// The range that was read.
    pub commits: Commits,
}

/// Reads one repository.
///
/// # Errors
/// It is none, git refuses, or what is asked for is not there.
pub fn read(
    repository: &Repository,
    inputs: &Inputs,
    settings: &mut Settings,
    here: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<Reading, Failure> {
    skip_commits(&mut settings.config, &repository.root, &inputs.skip_commit)?;
    let config = &settings.config;
    let rules = rules(settings);
    let (refs, commits) = found(repository, settings, &rules, leave(inputs, config), say)?;
    let dividing = rules.dividing(&refs);
    warn_of_others(&dividing);
    let given = config.git.include_paths.len();
    let mut include = config.git.include_paths.clone();
    include.extend(folder_pattern(settings, &repository.root, here)?);
    let filters = [PathFilter::new(&include, &config.git.exclude_paths)];
    let wanted = wanted(config, inputs.context, &commits)?;
    let mut history = walk(repository, &wanted, &filters, leave(inputs, config), say)?;
    if !inputs.allow_empty_path {
        expect_paths(repository, &history, &filters, given)?;
    }
    let arrangement = arrangement(repository, inputs, settings, &refs);
    let mut releases = arrange(&mut history, 0, true, dividing, &arrangement);
    if config.git.recurse_submodules == Some(true) {
        submodules::read(repository, &mut releases, config.git.topo_order_commits)?;
    }
    Ok(Reading { releases, commits })
}

/// What the user has given leave for.
pub fn leave(inputs: &Inputs, config: &Config) -> Leave {
    Leave {
        offline: config.remote.offline,
        shallow: inputs.allow_shallow,
        missing_tags: inputs.allow_missing_tags,
    }
}

/// Which tags count.
pub fn rules(settings: &Settings) -> TagRules<'_> {
    let git = &settings.config.git;
    TagRules {
        pattern: git.tag_pattern.as_ref(),
        skip: git.skip_tags.as_ref(),
        count: git.count_tags.as_ref(),
        ignore: git.ignore_tags.as_ref(),
        as_listed: settings.tags_as_listed,
    }
}

/// The tags and the range that is asked for, once all of it is here.
pub fn found(
    repository: &Repository,
    settings: &Settings,
    rules: &TagRules<'_>,
    leave: Leave,
    say: &mut dyn FnMut(&str),
) -> Result<(Vec<TagRef>, Commits), Failure> {
    let git = &repository.git;
    let known: RefCell<Option<(Vec<TagRef>, Commits)>> = RefCell::default();
    let matches = |name: &str| rules.pattern.is_none_or(|pattern| pattern.is_match(name));
    let mut need = || {
        let refs = repository.tags(settings.branch_tags)?;
        let tags = rules.matching(&refs);
        let head = if settings.ask.current { Some(git.head()?) } else { None };
        let commits = range::commits(&settings.ask, &tags, head.as_deref())?;
        let need = Need {
            revisions: vec![commits.revision()],
            tags: if tags.is_empty() { guard::Tags::NoneHere } else { guard::Tags::Found },
            given: commits.is_of_the_user(&settings.ask),
        };
        *known.borrow_mut() = Some((refs, commits));
        Ok(need)
    };
    guard::history::ensure(git, leave, &matches, &mut need, say)?;
    if known.borrow().is_none() {
        need()?;
    }
    known.into_inner().ok_or_else(|| Failure::internal("the range was never worked out"))
}

/// Reads the commits, once all that a partial clone lacks is here.
pub fn walk(
    repository: &Repository,
    wanted: &Wanted,
    filters: &[PathFilter],
    leave: Leave,
    say: &mut dyn FnMut(&str),
) -> Result<History, Failure> {
    let query = History::query(repository, wanted, filters);
    guard::partial::ensure(&repository.git, &query.changes, &query.revisions, leave, say)?;
    let history = History::read(repository, wanted, filters).map_err(|failure| {
        if matches!(repository.git.commit_of("HEAD"), Ok(None)) {
            return Failure::input("the repository has no commit yet")
                .with_hint("there is something to tell once there is a commit");
        }
        failure
    })?;
    for id in &history.not_utf8 {
        tracing::warn!("the message of commit {id} is not UTF-8 and counts as empty");
    }
    Ok(history)
}

/// Refuses patterns of the user's that match no file of any commit.
fn expect_paths(
    repository: &Repository,
    history: &History,
    filters: &[PathFilter],
    given: usize,
) -> Result<(), Failure> {
    let (Some(filter), Some(matched)) = (filters.first(), history.matched.first()) else {
        return Ok(());
    };
    let patterns = filter.included().iter().zip(matched).take(given);
    let unmatched: Vec<&str> =
        patterns.filter(|(_, matched)| !**matched).map(|(pattern, _)| pattern.as_str()).collect();
    if unmatched.is_empty() || history.commits.is_empty() {
        return Ok(());
    }
    let fits = |pattern: &str, path: &str| {
        glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(path))
    };
    guard::include_path::ensure(&repository.git, &unmatched, &fits)
}

fn warn_of_others(tags: &Tags) {
    for tag in tags.values().filter(|tag| !tag.others.is_empty()) {
        let others = tag.others.join("`, `");
        tracing::warn!("`{}` names a release; at its commit are also `{others}`", tag.name);
    }
}

/// What has to be read of commits for templates and rules.
pub fn wanted(config: &Config, context: bool, commits: &Commits) -> Result<Wanted, Failure> {
    let may_count = render::names_field(config, &["statistics"]);
    let lines = context
        || may_count
            && config.uses_commit_statistics().map_err(|error| {
                Failure::input("a template of the configuration cannot be read").caused_by(error)
            })?;
    Ok(Wanted {
        revisions: vec![commits.revision()],
        people: context || render::names_field(config, &["author", "committer"]),
        lines,
        topological: config.git.topo_order_commits,
    })
}

/// What decides over releases besides the history.
pub fn arrangement(
    repository: &Repository,
    inputs: &Inputs,
    settings: &Settings,
    refs: &[TagRef],
) -> Arrangement {
    let new_tag = inputs.tag.as_ref().map(|name| {
        let known = refs.iter().find(|known| known.name == *name && known.annotation.is_some());
        known.map_or_else(
            || crate::history::tags::Tag { name: name.clone(), ..Default::default() },
            tag,
        )
    });
    let config = &settings.config;
    Arrangement {
        repository: repository.root.to_string_lossy().into_owned(),
        tag: new_tag,
        newest_first: settings.newest_first,
        with_commits: inputs.with_commit.iter().map(|text| text.as_str().to_owned()).collect(),
        with_tag_message: inputs.with_tag_message.as_ref().map(|text| text.as_str().to_owned()),
        limit: config.git.limit_commits,
        keeps_previous: inputs.context || render::keeps_previous(config),
        now: now(),
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

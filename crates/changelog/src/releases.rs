//! Commits become releases: a pure function over what was read.

use std::collections::HashMap;

use git_cliff_core::commit::{Commit, Range};
use serde_json::{Value, json};

use crate::history::History;
use crate::history::read::Read;
use crate::history::tags::{Tag, Tags};
use crate::model::Release;

/// What decides over the releases besides the history.
#[derive(Clone, Debug, Default)]
pub struct Arrangement {
    /// Root of the repository, as templates see it.
    pub repository: String,
    /// Tag the unreleased commits will get, as it is in the repository if it is there already.
    pub tag: Option<Tag>,
    /// The newest commits come first in a release.
    pub newest_first: bool,
    /// Messages of commits to add to the newest release.
    pub with_commits: Vec<String>,
    /// Message of the newest release's tag.
    pub with_tag_message: Option<String>,
    /// At most this many commits, the newest.
    pub limit: Option<usize>,
    /// Whether the commits of the release before are kept with each.
    pub keeps_previous: bool,
    /// Seconds since 1970.
    pub now: i64,
}

/// Divides the commits that a filter keeps into releases, the oldest first; the last one holds what
/// is unreleased. With `last_use` the commits are moved out of the history.
pub fn arrange(
    history: &mut History,
    filter: usize,
    last_use: bool,
    mut tags: Tags,
    arrangement: &Arrangement,
) -> Vec<Release> {
    let mut kept: Vec<usize> = history.kept(filter).collect();
    kept.truncate(arrangement.limit.unwrap_or(usize::MAX));
    let mut first = Release::default();
    let mut tag_time = None;
    if let Some(tag) = &arrangement.tag {
        let newest = kept.first().and_then(|place| history.commits.get(*place));
        match newest {
            Some(newest) if tags.contains_key(&newest.id) => {
                let name = tags.get(&newest.id).map_or("", |tag| &tag.name);
                tracing::warn!("there is already a tag ({name}) for {}", newest.id);
                tag_time = Some(newest.time);
            }
            Some(newest) => {
                let time = newest.time;
                tags.insert(newest.id.clone(), Tag { time, ..tag.clone() });
            }
            None => {
                first.version = Some(tag.name.clone());
                first.timestamp = Some(arrangement.now);
            }
        }
    }
    let ordered = by_release(history, &kept, &tags);
    let mut builder = Builder {
        arrangement,
        tag_time,
        releases: vec![first],
        previous: Release::default(),
        first_tag: None,
    };
    for place in ordered {
        let Some(read) = history.commits.get_mut(place) else { continue };
        let read = if last_use { std::mem::take(read) } else { read.clone() };
        builder.push(read, &tags);
    }
    builder.finish(&tags)
}

/// The places of the commits release by release, the oldest first, each release ending with the commit of its
/// tag.
fn by_release(history: &History, kept: &[usize], tags: &Tags) -> Vec<usize> {
    let ids: HashMap<&str, usize> = kept
        .iter()
        .filter_map(|place| Some((history.commits.get(*place)?.id.as_str(), *place)))
        .collect();
    let boundaries: Vec<usize> =
        tags.keys().filter_map(|id| ids.get(id.as_str()).copied()).collect();
    let owners = history.graph.owners(boundaries.iter().copied());
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); boundaries.len() + 1];
    for place in kept.iter().rev() {
        let owner = owners.get(*place).copied().flatten().unwrap_or(boundaries.len());
        if let Some(group) = groups.get_mut(owner) {
            group.push(*place);
        }
    }
    for (boundary, group) in boundaries.iter().zip(&mut groups) {
        // A tag that an older one reaches, by date, has given its commit to that one.
        if let Some(at) = group.iter().position(|place| place == boundary) {
            let last = group.remove(at);
            group.push(last);
        }
    }
    groups.into_iter().flatten().collect()
}

struct Builder<'a> {
    arrangement: &'a Arrangement,
    tag_time: Option<i64>,
    releases: Vec<Release>,
    previous: Release,
    first_tag: Option<usize>,
}

impl Builder<'_> {
    fn push(&mut self, read: Read, tags: &Tags) {
        let Some(release) = self.releases.last_mut() else { return };
        let tagged = tags.get_full(&read.id);
        let time = read.time;
        release.commit_id = Some(read.id.clone());
        release.raw.push(read);
        release.read_commits += 1;
        release.repository = Some(self.arrangement.repository.clone());
        let Some((place, _, tag)) = tagged else { return };
        let is_new = self.arrangement.tag.as_ref().is_some_and(|new| new.name == tag.name);
        release.version = Some(tag.name.clone());
        release.message.clone_from(&tag.message);
        release.timestamp =
            Some(if is_new { self.tag_time.unwrap_or(self.arrangement.now) } else { time });
        release.extra = extra(tag);
        self.first_tag.get_or_insert(place);
        let next = release.as_previous(self.arrangement.keeps_previous);
        release.previous = Some(Box::new(std::mem::replace(&mut self.previous, next)));
        self.releases.push(Release::default());
    }

    fn finish(mut self, tags: &Tags) -> Vec<Release> {
        if self.releases.len() > 1
            && let Some(last) = self.releases.last_mut()
        {
            last.previous = Some(Box::new(self.previous));
        }
        if self.arrangement.newest_first {
            self.releases.iter_mut().for_each(|release| release.raw.reverse());
        }
        if let Some(last) = self.releases.last_mut() {
            let more = self.arrangement.with_commits.iter();
            last.raw.extend(more.map(|message| Read::from_message(message)));
        }
        if let Some(first) = self.releases.first_mut()
            && first.previous.as_ref().is_none_or(|previous| previous.version.is_none())
        {
            // What came before the oldest release that was read, if a tag tells.
            let before = match self.first_tag {
                Some(place) => place.checked_sub(1).and_then(|before| tags.get_index(before)),
                None => tags.last(),
            };
            if let Some((commit, tag)) = before {
                first.previous = Some(Box::new(Release {
                    commit_id: Some(commit.clone()),
                    version: Some(tag.name.clone()),
                    timestamp: Some(tag.time),
                    ..Release::default()
                }));
            }
        }
        let newest_first = self.arrangement.newest_first;
        for release in &mut self.releases {
            release.commit_range = range(&release.raw, newest_first);
        }
        if let Some(message) = &self.arrangement.with_tag_message
            && let Some(latest) = self.releases.iter_mut().rfind(|release| !release.raw.is_empty())
        {
            latest.message = Some(message.clone());
        }
        self.releases
    }
}

fn range(commits: &[Read], newest_first: bool) -> Option<Range> {
    let named = |read: &Read| Commit::new(read.id.clone(), String::new());
    let (first, last) = (named(commits.first()?), named(commits.last()?));
    Some(if newest_first { Range::new(&last, &first) } else { Range::new(&first, &last) })
}

/// What templates get of other tags at the commit of a release.
fn extra(tag: &Tag) -> Option<Value> {
    (!tag.others.is_empty()).then(|| json!({ "tags": tag.others }))
}

//! Tags and Releases: each is looked for first, so that a second run makes what is missing and
//! repeats nothing.

use launchway_base::Failure;
use launchway_github::{GitHub, MakeLatest, NewRelease, NewTag, Ref};
use launchway_runtime::Session;
use launchway_workspace::{Workspace, parse_version, precedence};

use super::commit::authorised;
use super::{State, TagOutcome};
use crate::observe::read_text;
use crate::plan::{TagWish, Tagging};
use crate::world::World;
use crate::{changelog_entry, events, notes, observe};

/// Makes what is missing of the wishes. One failing stops none of the others, and nothing fails
/// without an outcome: what was published by now has to be told in any case.
pub async fn ensure(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    tagging: Tagging,
    wishes: Vec<TagWish>,
) -> Vec<TagOutcome> {
    let (wishes, odd): (Vec<_>, Vec<_>) =
        wishes.into_iter().partition(|wish| events::is_ref_name(&wish.tag));
    let refused = |why: &str| {
        let why = why.to_owned();
        move |wish| TagOutcome { wish, tag: State::Failed(why.clone()), release: State::NotWanted }
    };
    let mut outcomes: Vec<TagOutcome> =
        odd.into_iter().map(refused("git takes no such name for a tag")).collect();
    if wishes.is_empty() {
        return outcomes;
    }
    let found = match world.github() {
        Ok(github) => observe::tags(world, &wishes).await.map(|there| (github, there)),
        Err(failure) => Err(failure),
    };
    let (github, there) = match found {
        Ok(found) => found,
        Err(failure) => {
            outcomes.extend(wishes.into_iter().map(refused(&explain(&failure))));
            return outcomes;
        }
    };
    let job = Job { session, world, workspace, github, tagging };
    for wish in wishes {
        let tag = job.tag(&wish, there.get(&wish.tag)).await;
        let release = match &tag {
            // Without its tag GitHub would make one at the default branch.
            State::Failed(_) if tagging.releases => State::Failed("it has no tag".to_owned()),
            State::Failed(_) | State::NotWanted => State::NotWanted,
            _ if !tagging.releases => State::NotWanted,
            _ => job.release(&wish).await,
        };
        job.say(&wish, &tag, &release);
        outcomes.push(TagOutcome { wish, tag, release });
    }
    outcomes
}

struct Job<'a> {
    session: &'a Session,
    world: &'a World,
    workspace: &'a Workspace,
    github: &'a GitHub,
    tagging: Tagging,
}

impl Job<'_> {
    async fn tag(&self, wish: &TagWish, there: Option<&Ref>) -> State {
        if !self.tagging.tags {
            return State::NotWanted;
        }
        let url = format!("{}/tree/{}", self.world.repo_url(), wish.tag);
        if let Some(found) = there {
            return self.place(wish, found, url).await;
        }
        let made =
            if self.tagging.push_with_git_cli { self.push(wish) } else { self.create(wish).await };
        let Err(failure) = made else { return State::Made(url) };
        // Somebody else was faster, or the answer got lost.
        match self.github.get_ref(&self.world.repo, &format!("tags/{}", wish.tag)).await {
            Ok(Some(found)) => self.place(wish, &found, url).await,
            _ => State::Failed(explain(&failure)),
        }
    }

    /// Where a tag that is there points to.
    async fn place(&self, wish: &TagWish, found: &Ref, url: String) -> State {
        let commit = if found.object_type == "tag" {
            match self.github.get_tag_object(&self.world.repo, &found.sha).await {
                Ok(Some(tag)) => tag.object,
                Ok(None) => found.sha.clone(),
                Err(error) => return State::Failed(explain(&error.into())),
            }
        } else {
            found.sha.clone()
        };
        if commit == wish.commit_or(&self.world.sha) {
            State::There(url)
        } else {
            State::Elsewhere(commit)
        }
    }

    async fn create(&self, wish: &TagWish) -> Result<(), Failure> {
        let name = wish.tag.as_str();
        let tag = NewTag {
            tag: name.to_owned(),
            message: name.to_owned(),
            commit: wish.commit_or(&self.world.sha).to_owned(),
            tagger: None,
        };
        let object = self.github.create_tag_object(&self.world.repo, &tag).await?;
        self.github.create_ref(&self.world.repo, &format!("tags/{name}"), &object.sha).await?;
        Ok(())
    }

    fn push(&self, wish: &TagWish) -> Result<(), Failure> {
        let name = wish.tag.as_str();
        let git = &self.world.git;
        if git.commit_of(&format!("refs/tags/{name}"))?.is_none() {
            git.tag(name, name, Some(wish.commit_or(&self.world.sha)))?;
        }
        authorised(self.world)?.push_tags(&[name])?;
        Ok(())
    }

    async fn release(&self, wish: &TagWish) -> State {
        let repo = &self.world.repo;
        match self.github.release_by_tag(repo, &wish.tag).await {
            Ok(Some(found)) => return State::There(found.url),
            Ok(None) => {}
            Err(error) => return State::Failed(explain(&error.into())),
        }
        let new = match self.new_release(wish).await {
            Ok(new) => new,
            Err(failure) => return State::Failed(explain(&failure)),
        };
        let error = match self.github.create_release(repo, &new).await {
            Ok(launchway_github::Created::New(made)) => return State::Made(made.url),
            Ok(launchway_github::Created::AlreadyThere) => None,
            Err(error) => Some(error),
        };
        match (self.github.release_by_tag(repo, &wish.tag).await, error) {
            (Ok(Some(found)), _) => State::There(found.url),
            (_, Some(error)) | (Err(error), None) => State::Failed(explain(&error.into())),
            (Ok(None), None) => State::Failed(
                "GitHub says there is one, but shows none: it may be a draft, which nobody sees until it is published".to_owned(),
            ),
        }
    }

    async fn new_release(&self, wish: &TagWish) -> Result<NewRelease, Failure> {
        let version = wish.version.as_deref().and_then(parse_version);
        let prerelease = version.as_ref().is_some_and(|version| !version.pre.is_empty());
        Ok(NewRelease {
            tag_name: wish.tag.clone(),
            name: wish.tag.clone(),
            body: self.notes(wish),
            draft: false,
            prerelease,
            make_latest: match version {
                _ if prerelease => MakeLatest::False,
                Some(version) if self.workspace.is_single() => self.latest(&version).await?,
                // Of several packages none is the latest of them all: GitHub goes by date.
                _ => MakeLatest::Legacy,
            },
            target_commitish: None,
        })
    }

    /// A single package's highest version is its latest: a fix of an old line is not.
    async fn latest(&self, version: &semver::Version) -> Result<MakeLatest, Failure> {
        let latest = self.github.latest_release(&self.world.repo).await?;
        let other = latest
            .as_ref()
            .and_then(|release| parse_version(release.tag_name.trim_start_matches('v')));
        let is_lower = other.is_some_and(|other| precedence(version, &other).is_lt());
        Ok(if is_lower { MakeLatest::False } else { MakeLatest::True })
    }

    /// The version's entry in the changelog; without one a line that says so.
    fn notes(&self, wish: &TagWish) -> String {
        let package = wish.package.as_deref().and_then(|name| self.workspace.package(name));
        let (Some(package), Some(version)) = (package, wish.version.as_deref()) else {
            return format!("Release of `{}`.", wish.tag);
        };
        let path = package.path_of("CHANGELOG.md");
        let url = self.world.file_url(&wish.tag, self.workspace, &path);
        let Some(changelog) = read_text(self.workspace, &path) else {
            return format!("Version {version} of `{}`.", package.name);
        };
        match changelog_entry::find(&changelog, &package.name, version) {
            Some(entry) if !entry.text.is_empty() => notes::cut(entry.text, &url),
            Some(_) => format!("Version {version} of `{}`.", package.name),
            None => {
                self.session.annotate(
                    &launchway_runtime::Annotation::new(
                        launchway_runtime::Level::Warning,
                        format!("`{path}` has no entry for {version}: the Release of `{}` gets short notes", wish.tag),
                    )
                    .at(launchway_base::Location::file(path)),
                );
                format!(
                    "Version {version} of `{}`. The [changelog]({url}) has no entry for it.",
                    package.name
                )
            }
        }
    }

    fn say(&self, wish: &TagWish, tag: &State, release: &State) {
        let word = |state: &State| match state {
            State::Made(_) => "made".to_owned(),
            State::There(_) => "was there".to_owned(),
            State::Elsewhere(commit) => format!("was there, at {commit}"),
            State::Failed(why) => format!("failed: {why}"),
            State::NotWanted => "not asked for".to_owned(),
        };
        self.session.say(&format!("{}: tag {}, Release {}", wish.tag, word(tag), word(release)));
        if let State::Elsewhere(commit) = tag {
            self.session.warn(&format!(
                "tag `{}` is at commit {commit}, not at {}, which it belongs to; it stays where it is",
                wish.tag,
                wish.commit_or(&self.world.sha)
            ));
        }
    }
}

fn explain(failure: &Failure) -> String {
    match failure.hint() {
        Some(hint) => format!("{}; {hint}", failure.chain()),
        None => failure.chain(),
    }
}

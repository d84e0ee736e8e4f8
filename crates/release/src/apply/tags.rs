//! Tags and Releases: each is looked for first, so that a second run makes what is missing and
//! repeats nothing.

use std::cell::OnceCell;

use launchway_base::Failure;
use launchway_github::{GitHub, NewTag, Ref};
use launchway_runtime::Session;
use launchway_workspace::Workspace;

use super::commit::authorised;
use super::lines::Lines;
use super::releases::Releases;
use super::{State, TagOutcome};
use crate::plan::{TagWish, Tagging};
use crate::world::World;
use crate::{events, ledger};

/// Makes what is missing of the wishes. One failing stops none of the others, and nothing fails
/// without an outcome: what was published by now has to be told in any case.
pub async fn ensure(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    tagging: &Tagging,
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
        Ok(github) => {
            let tags: Vec<String> = wishes.iter().map(|wish| wish.tag.clone()).collect();
            ledger::look(world, workspace, &tags).await.map(|there| (github, there))
        }
        Err(failure) => Err(failure),
    };
    let (github, there) = match found {
        Ok(found) => found,
        Err(failure) => {
            outcomes.extend(wishes.into_iter().map(refused(&explain(&failure))));
            return outcomes;
        }
    };
    let lines = Lines::new(world, workspace, github);
    let releases = Releases {
        session,
        world,
        workspace,
        github,
        extras: &tagging.extras,
        lines: &lines,
        drafts: OnceCell::new(),
    };
    let job = Job { session, world, github, tagging };
    for wish in wishes {
        let seen = there.get(&wish.tag);
        let tag = job.tag(&wish, seen.and_then(|state| state.commit.as_deref())).await;
        let release = match &tag {
            // Without its tag GitHub would make one at the default branch.
            State::Failed(_) if tagging.releases => State::Failed("it has no tag".to_owned()),
            State::Failed(_) | State::NotWanted => State::NotWanted,
            _ if !tagging.releases => State::NotWanted,
            _ => releases.ensure(&wish, seen.and_then(|state| state.release.as_ref())).await,
        };
        job.say(&wish, &tag, &release);
        outcomes.push(TagOutcome { wish, tag, release });
    }
    outcomes
}

struct Job<'a> {
    session: &'a Session,
    world: &'a World,
    github: &'a GitHub,
    tagging: &'a Tagging,
}

impl Job<'_> {
    async fn tag(&self, wish: &TagWish, there: Option<&str>) -> State {
        if !self.tagging.tags {
            return State::NotWanted;
        }
        let url = format!("{}/tree/{}", self.world.repo_url(), wish.tag);
        if let Some(commit) = there {
            return self.placed(wish, commit.to_owned(), url);
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
        self.placed(wish, commit, url)
    }

    fn placed(&self, wish: &TagWish, commit: String, url: String) -> State {
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

pub(super) fn explain(failure: &Failure) -> String {
    match failure.hint() {
        Some(hint) => format!("{}; {hint}", failure.chain()),
        None => failure.chain(),
    }
}

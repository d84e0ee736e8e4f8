//! What follows a version that has its tag and Release: moving tags, maintenance branches, workflows.
//! Each is looked for first, so that a second run does what is missing and repeats nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use launchway_base::Failure;
use launchway_github::{ApiError, ErrorKind, GitHub, RefUpdate};
use launchway_runtime::Session;
use launchway_workspace::{Workspace, name_field, parse_version, precedence};
use semver::Version;

use super::lines::{Lines, Tagged};
use super::tags::explain;
use super::{Applied, State, TagOutcome};
use crate::extras::{Dispatch, Line, Rule};
use crate::ledger;
use crate::observe::{Found, tag_wishes};
use crate::plan::{TagWish, Tagging};
use crate::world::World;

/// A ref that is not there.
const NOWHERE: &str = "0000000000000000000000000000000000000000";
/// How often a moving tag is looked at again after somebody else moved it.
const MOVES: usize = 4;
/// How often, and after how long, a workflow is looked for whose start was not answered.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(800);

/// Something that followed a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// What it is, as in "tag `v1`".
    pub what: String,
    /// The tag of the version it followed.
    pub tag: String,
    /// What became of it.
    pub state: State,
    /// What is to be said of it beyond that.
    pub note: String,
}

/// A version that something follows.
struct Released<'a> {
    tag: &'a str,
    package: &'a str,
    version: Version,
    commit: &'a str,
    /// Whether this run made the tag, so that nothing can have followed it.
    is_new: bool,
}

/// Does what is to follow the versions of this run, and those at its commit that an earlier run made.
pub async fn all(
    session: &Session,
    world: &World,
    found: &Found,
    tagging: &Tagging,
    applied: &mut Applied,
) {
    let extras = &tagging.extras;
    if !extras.has_followers() || !tagging.tags {
        return;
    }
    let group = session.group("What follows");
    let workspace = &found.repository.workspace;
    let github = match world.github() {
        Ok(github) => github,
        Err(failure) => {
            applied.failure.get_or_insert(failure);
            return;
        }
    };
    let earlier = match earlier(world, found, tagging, &applied.tags).await {
        Ok(earlier) => earlier,
        Err(failure) => {
            applied.failure.get_or_insert(failure);
            return;
        }
    };
    let now = applied.tags.iter().filter(|outcome| is_complete(outcome));
    let now = now.map(|o| (&o.wish, matches!(o.tag, State::Made(_))));
    let wishes: Vec<(&TagWish, bool)> = now.chain(earlier.iter().map(|w| (w, false))).collect();
    let lines = Lines::new(world, workspace, github);
    let job = Job { world, workspace, github, lines: &lines };
    let mut followed: Vec<Followed> = Vec::new();
    for (wish, is_new) in wishes {
        let Some(released) = released(world, wish, is_new) else { continue };
        for line in &extras.floating_tags {
            followed.extend(job.float(line, &released, &followed).await);
        }
        for line in &extras.release_branches {
            followed.extend(job.branch(line, &released, &followed).await);
        }
        for rule in extras.dispatch.iter().filter(|rule| rule.is_for(Some(released.package))) {
            followed.push(job.dispatch(rule, &released).await);
        }
    }
    for one in &followed {
        session.say(&one.line());
    }
    drop(group);
    applied.followed = followed;
    if let Some(failure) = failure(&applied.followed) {
        applied.failure = Some(match applied.failure.take() {
            Some(first) => {
                let hint = first.hint().map(str::to_owned);
                let both =
                    Failure::new(first.kind(), format!("{}\n{}", first.chain(), failure.chain()));
                match hint {
                    Some(hint) => both.with_hint(hint),
                    None => both,
                }
            }
            None => failure,
        });
    }
}

fn is_complete(outcome: &TagOutcome) -> bool {
    let there = |state: &State| matches!(state, State::Made(_) | State::There(_));
    there(&outcome.tag) && (there(&outcome.release) || outcome.release == State::NotWanted)
}

fn released<'a>(world: &'a World, wish: &'a TagWish, is_new: bool) -> Option<Released<'a>> {
    Some(Released {
        tag: &wish.tag,
        package: wish.package.as_deref()?,
        version: parse_version(wish.version.as_deref()?)?,
        commit: wish.commit_or(&world.sha),
        is_new,
    })
}

/// Versions whose tags are at this very commit, but that this run had nothing to do for.
async fn earlier(
    world: &World,
    found: &Found,
    tagging: &Tagging,
    now: &[TagOutcome],
) -> Result<Vec<TagWish>, Failure> {
    let mut wishes = tag_wishes(&found.repository);
    wishes.retain(|wish| !now.iter().any(|outcome| outcome.wish.tag == wish.tag));
    let tags: Vec<String> = wishes.iter().map(|wish| wish.tag.clone()).collect();
    let states = ledger::look(world, &found.repository.workspace, &tags).await?;
    wishes.retain(|wish| {
        states.get(&wish.tag).is_some_and(|state| {
            state.commit.as_ref() == Some(&world.sha)
                && (state.release.is_some() || !tagging.releases)
        })
    });
    Ok(wishes)
}

fn failure(followed: &[Followed]) -> Option<Failure> {
    let failed: Vec<String> =
        followed.iter().filter(|one| one.state.is_failed()).map(Followed::line).collect();
    (!failed.is_empty()).then(|| {
        Failure::partial(format!("not everything followed the release:\n{}", failed.join("\n")))
            .with_hint("once the cause is gone, re-run this job: what is there stays")
    })
}

impl Followed {
    /// For people.
    pub fn line(&self) -> String {
        let state = match &self.state {
            State::Made(_) => "done".to_owned(),
            State::There(_) => "was so already".to_owned(),
            State::Elsewhere(at) => format!("stays: {at}"),
            State::Failed(why) => format!("failed: {why}"),
            State::NotWanted => "not asked for".to_owned(),
        };
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        format!("{}: {}: {state}{note}", self.tag, self.what)
    }
}

struct Job<'a> {
    world: &'a World,
    workspace: &'a Workspace,
    github: &'a GitHub,
    lines: &'a Lines<'a>,
}

impl Job<'_> {
    /// Moves the tag of a line to a version, unless it is a prerelease or the line has a higher one.
    async fn float(
        &self,
        line: &Line,
        released: &Released<'_>,
        done: &[Followed],
    ) -> Option<Followed> {
        if !released.version.pre.is_empty() {
            return None;
        }
        let name = line.of(released.package, &released.version);
        let what = format!("tag `{name}`");
        // Packages of one version share their moving tags.
        if done.iter().any(|one| one.what == what) {
            return None;
        }
        let url = format!("{}/tree/{name}", self.world.repo_url());
        let state = match self.moved(line, &name, released, &url).await {
            Ok(state) => state,
            Err(failure) => State::Failed(explain(&failure)),
        };
        Some(Followed { what, tag: released.tag.to_owned(), state, note: String::new() })
    }

    async fn moved(
        &self,
        line: &Line,
        name: &str,
        released: &Released<'_>,
        url: &str,
    ) -> Result<State, Failure> {
        let repo = &self.world.repo;
        let in_line = |version: &Version| line.of(released.package, version) == name;
        let all = self.lines.of(released.package).await?;
        let higher = all.iter().rfind(|other| {
            in_line(&other.version) && precedence(&other.version, &released.version).is_gt()
        });
        if let Some(higher) = higher {
            return Ok(State::Elsewhere(format!("`{}` is higher", higher.tag)));
        }
        let mut id = None;
        for _ in 0..MOVES {
            let there = self.github.get_ref(repo, &format!("tags/{name}")).await?;
            let before = match &there {
                Some(found) if self.lines.commit_of(found).await? == released.commit => {
                    return Ok(State::There(url.to_owned()));
                }
                Some(found) => found.sha.clone(),
                None => NOWHERE.to_owned(),
            };
            let id = match &id {
                Some(id) => id,
                None => id.insert(self.github.repository(repo).await?.node_id),
            };
            let update = RefUpdate {
                name: format!("refs/tags/{name}"),
                after_oid: released.commit.to_owned(),
                before_oid: Some(before),
                force: true,
            };
            match self.github.update_refs(id, &[update]).await {
                Ok(()) => return Ok(State::Made(url.to_owned())),
                // Somebody moved it, or the answer got lost: what is there tells.
                Err(error) if error.is_moved() || is_unclear(&error) => {
                    tracing::info!("`{name}` was not moved: {error}");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let there = self.github.get_ref(repo, &format!("tags/{name}")).await?;
        match there {
            Some(found) if self.lines.commit_of(&found).await? == released.commit => {
                Ok(State::Made(url.to_owned()))
            }
            _ => Ok(State::Failed("somebody else moves it, too".to_owned())),
        }
    }

    /// Makes the branch of the line before, when a version begins a new one.
    async fn branch(
        &self,
        line: &Line,
        released: &Released<'_>,
        done: &[Followed],
    ) -> Option<Followed> {
        if !released.version.pre.is_empty() {
            return None;
        }
        let result = async {
            let all = self.lines.of(released.package).await?;
            let before =
                all.iter().rfind(|other| precedence(&other.version, &released.version).is_lt());
            let Some(before) = before else { return Ok(None) };
            let name = line.of(released.package, &before.version);
            if name == line.of(released.package, &released.version) {
                return Ok(None);
            }
            Ok::<_, Failure>(Some((name, before.clone())))
        };
        let made = |what: String, state, note: String| {
            Some(Followed { what, tag: released.tag.to_owned(), state, note })
        };
        let (name, before) = match result.await {
            Ok(found) => found?,
            Err(failure) => {
                let state = State::Failed(explain(&failure));
                return made("maintenance branch".to_owned(), state, String::new());
            }
        };
        let what = format!("branch `{name}`");
        if done.iter().any(|one| one.what == what) {
            return None;
        }
        let state = match self.begun(&name, &before).await {
            Ok(state) => state,
            Err(failure) => State::Failed(explain(&failure)),
        };
        made(what, state, format!("from `{}`", before.tag))
    }

    async fn begun(&self, name: &str, from: &Tagged) -> Result<State, Failure> {
        let repo = &self.world.repo;
        let url = format!("{}/tree/{name}", self.world.repo_url());
        let reference = format!("heads/{name}");
        if self.github.get_ref(repo, &reference).await?.is_some() {
            return Ok(State::There(url));
        }
        let commit = self.lines.commit_of(&from.reference).await?;
        match self.github.create_ref(repo, &reference, &commit).await {
            Ok(_) => Ok(State::Made(url)),
            Err(error) => match self.github.get_ref(repo, &reference).await? {
                Some(_) => Ok(State::There(url)),
                None => Err(error.into()),
            },
        }
    }

    /// Starts a workflow at the tag, unless a run of it was asked for there.
    async fn dispatch(&self, rule: &Rule<Dispatch>, released: &Released<'_>) -> Followed {
        let workflow = &rule.value.workflow;
        let (state, note) = match self.started(&rule.value, released).await {
            Ok(found) => found,
            Err(error) => (State::Failed(refused(workflow, &error, self.world)), String::new()),
        };
        let what = format!("workflow `{workflow}`");
        Followed { what, tag: released.tag.to_owned(), state, note }
    }

    async fn started(
        &self,
        dispatch: &Dispatch,
        released: &Released<'_>,
    ) -> Result<(State, String), ApiError> {
        let (repo, workflow) = (&self.world.repo, &dispatch.workflow);
        if !released.is_new
            && let Some(run) =
                self.github.dispatched_runs(repo, workflow, released.tag).await?.pop()
        {
            return Ok((State::There(run.url), "started by an earlier run".to_owned()));
        }
        let package = self.workspace.package(released.package);
        let inputs: BTreeMap<String, String> = dispatch
            .inputs
            .iter()
            .map(|(name, value)| {
                let value = value.fill(|field| match field {
                    "version" => released.version.to_string(),
                    "tag" => released.tag.to_owned(),
                    "name" => released.package.to_owned(),
                    "path" => package.map(|p| super::shown_dir(&p.dir)).unwrap_or_default(),
                    "ecosystem" => package.map(|p| p.ecosystem.id().to_owned()).unwrap_or_default(),
                    other => name_field(other, released.package),
                });
                (name.clone(), value)
            })
            .collect();
        let page = format!(
            "{}/actions/workflows/{}",
            self.world.repo_url(),
            crate::world::url_path(workflow)
        );
        let sent = self.github.dispatch_workflow(repo, workflow, released.tag, &inputs).await;
        let error = match sent {
            Ok(()) => return Ok((State::Made(page), "started".to_owned())),
            Err(error) if is_unclear(&error) => error,
            Err(error) => return Err(error),
        };
        // It may have been started: looked for, and never asked for again in this run.
        for _ in 0..LOOKS {
            tokio::time::sleep(PAUSE).await;
            if let Some(run) =
                self.github.dispatched_runs(repo, workflow, released.tag).await?.pop()
            {
                return Ok((State::Made(run.url), "started".to_owned()));
            }
        }
        Ok((
            State::Failed(format!(
                "whether it was started is not known ({error}): look at {page}; a re-run of this job starts it if it was not"
            )),
            String::new(),
        ))
    }
}

/// Whether GitHub may have done it nevertheless.
fn is_unclear(error: &ApiError) -> bool {
    matches!(error.kind, ErrorKind::Server | ErrorKind::Transport(_) | ErrorKind::Unexpected)
}

fn refused(workflow: &str, error: &ApiError, world: &World) -> String {
    let hint = match &error.kind {
        ErrorKind::NotFound => format!(
            "`.github/workflows/{workflow}` has to be on the default branch of {} and at the tag, and the token needs `actions: write`",
            world.repo
        ),
        ErrorKind::Forbidden { .. } => {
            "give the job `permissions: actions: write` (an App: Actions, read and write)"
                .to_owned()
        }
        _ if error.status == Some(422) => format!(
            "`{workflow}` needs `on: workflow_dispatch` at the tag, with every input that `dispatch` gives"
        ),
        _ => return explain(&Failure::from(error.clone())),
    };
    format!("{error}; {hint}")
}

//! Publishing a plan, chunk by chunk.

use std::path::Path;

use futures_util::{StreamExt as _, stream};
use launchway_base::Secret;
use launchway_workspace::Workspace;

use crate::manager::PublishRequest;
use crate::order::unknown;
use crate::{
    CommandError, Credentials, Entry, Outcome, PackageManager, Plan, PublishError, PublishResult,
    verify_tarballs,
};

/// How many packages are published at once.
const AT_ONCE: usize = 10;

/// How a plan is published.
#[derive(Clone, Debug, Default)]
pub struct PublishOptions<'a> {
    /// Folder (absolute) with the plan's tarballs; without it, packages are published from source.
    pub pack_dir: Option<&'a Path>,
    /// A one-time password.
    pub otp: Option<Secret>,
    /// Somebody is at the terminal and can confirm a second factor.
    pub interactive: bool,
    /// What to say about credentials when a registry refuses.
    pub credentials: Credentials,
}

/// What happens while publishing, for progress.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// So many packages are going to be published; told once, first.
    Started(usize),
    /// The package manager is about to ask for a second factor on the terminal.
    SecondFactor {
        /// The package it is for.
        package: &'a str,
    },
    /// A package is done, one way or another.
    Done(&'a Outcome),
}

/// What was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// One per package that was tried, in plan order.
    pub outcomes: Vec<Outcome>,
    /// Entries that are only tagged, up to the chunk where it ended.
    pub tag_only: Vec<Entry>,
    /// Entries that were not tried because something before them failed.
    pub skipped: Vec<Entry>,
}

impl Published {
    /// What was published just now.
    pub fn successes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.result == PublishResult::Published)
    }

    /// What was there before, although the registry had not said so when asked.
    pub fn already_there(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.result == PublishResult::AlreadyPublished)
    }

    /// What waits for approval.
    pub fn staged(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.result == PublishResult::Staged)
    }

    /// What was not tried, because of what it needs or for want of time.
    pub fn held(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.result == PublishResult::Held)
    }

    /// What was tried and is not there.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        let is_failure =
            |result| matches!(result, PublishResult::Failed | PublishResult::NeedsSecondFactor);
        self.outcomes.iter().filter(move |outcome| is_failure(outcome.result))
    }

    /// Whether everything of the plan is there.
    pub fn is_complete(&self) -> bool {
        self.skipped.is_empty() && self.failures().next().is_none() && self.held().next().is_none()
    }

    /// What gets a git tag, as name and version: entries that are only tagged, then what was
    /// published just now.
    pub fn to_tag(&self) -> impl Iterator<Item = (&str, &str)> {
        let only = self.tag_only.iter().map(|entry| (entry.name(), entry.version()));
        only.chain(
            self.successes().map(|outcome| (outcome.name.as_str(), outcome.version.as_str())),
        )
    }

    /// A table for people: package, version, what happened to it.
    pub fn rows(&self) -> Vec<[String; 3]> {
        let row =
            |name: &str, version: &str, what: String| [name.to_owned(), version.to_owned(), what];
        let outcomes = self.outcomes.iter().map(|o| row(&o.name, &o.version, o.describe()));
        let tags = self.tag_only.iter().map(|e| row(e.name(), e.version(), "tag only".to_owned()));
        let skipped =
            self.skipped.iter().map(|e| row(e.name(), e.version(), "not tried".to_owned()));
        outcomes.chain(tags).chain(skipped).collect()
    }
}

impl Outcome {
    /// What happened, with the reason of a failure and the next thing to do.
    pub fn describe(&self) -> String {
        let mut text = match self.result {
            PublishResult::Published => return "published".to_owned(),
            PublishResult::AlreadyPublished => return "was already published".to_owned(),
            PublishResult::NeedsSecondFactor => "needs a second factor".to_owned(),
            PublishResult::Staged => "staged, waits for approval".to_owned(),
            PublishResult::Held => match &self.held_by {
                Some(package) => format!("held by {package}"),
                None => "held".to_owned(),
            },
            PublishResult::Failed => "failed".to_owned(),
        };
        if let Some(error) = &self.error {
            text = format!("{text}: {error}");
        }
        if self.result == PublishResult::NeedsSecondFactor {
            text.push_str(
                "\npass a one-time password with `--otp`, use a token that needs none (automation or granular), \
                 or publish with trusted publishing",
            );
        }
        if let Some(credentials) = &self.credentials {
            text = format!("{text}\n{credentials}");
        }
        text
    }
}

/// One package on its way.
struct Job<'a> {
    entry: &'a Entry,
    request: PublishRequest<'a>,
    /// How the first try ended, when the terminal is needed for a second.
    before: Option<Outcome>,
}

struct Session<'a> {
    manager: &'a dyn PackageManager,
    options: &'a PublishOptions<'a>,
    on_event: &'a mut dyn FnMut(Event<'_>),
    otp: Option<Secret>,
    /// One at a time, so that a second factor can be asked for.
    sequential: bool,
}

/// Publishes a plan: the packages of a chunk ten at once, no further chunk after a failure.
///
/// What a registry refuses is an outcome. An error is a plan that does not fit the workspace or its
/// tarballs; nothing has been published then.
pub async fn publish(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    plan: &Plan,
    options: &PublishOptions<'_>,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Published, PublishError> {
    if let Some(missing) = plan.entries().find(|entry| workspace.package(entry.name()).is_none()) {
        return Err(unknown(workspace, missing.name()));
    }
    if let Some(dir) = options.pack_dir {
        verify_tarballs(plan, dir)?;
    }
    // A request borrows its paths, so they are made for the whole plan.
    let paths: Vec<_> =
        plan.chunks.iter().map(|chunk| places(workspace, chunk, options.pack_dir)).collect();

    let otp = manager.otp(options.otp.as_ref());
    on_event(Event::Started(plan.publishes().count()));
    let mut session = Session {
        manager,
        options,
        on_event,
        sequential: options.interactive && otp.is_none(),
        otp,
    };
    let mut published = Published::default();
    let mut failed = false;
    for (chunk, paths) in plan.chunks.iter().zip(&paths) {
        if failed {
            published.skipped.extend(chunk.iter().cloned());
            continue;
        }
        published.tag_only.extend(chunk.iter().filter(|entry| !entry.is_publish()).cloned());
        let jobs = chunk
            .iter()
            .zip(paths)
            .filter_map(|(entry, place)| job(workspace, entry, place))
            .collect();
        failed = !session.chunk(jobs, &mut published).await;
    }
    Ok(published)
}

/// Folder and tarball of each entry.
type Place = (std::path::PathBuf, Option<std::path::PathBuf>);

fn places(workspace: &Workspace, chunk: &[Entry], pack_dir: Option<&Path>) -> Vec<Place> {
    chunk
        .iter()
        .map(|entry| {
            let dir =
                workspace.package(entry.name()).map(|package| workspace.root.join(&package.dir));
            let tarball = match entry {
                Entry::Publish { tarball: Some(tarball), .. } => {
                    pack_dir.map(|dir| dir.join(&tarball.path))
                }
                _ => None,
            };
            (dir.unwrap_or_default(), tarball)
        })
        .collect()
}

fn job<'a>(workspace: &'a Workspace, entry: &'a Entry, place: &'a Place) -> Option<Job<'a>> {
    let Entry::Publish { name, version, access, tag, .. } = entry else { return None };
    let request = PublishRequest {
        package: workspace.package(name)?,
        package_dir: &place.0,
        version,
        access,
        tag,
        tarball: place.1.as_deref(),
        interactive: false,
        otp: None,
    };
    Some(Job { entry, request, before: None })
}

impl Session<'_> {
    /// Publishes the packages of a chunk; whether to go on.
    async fn chunk(&mut self, mut jobs: Vec<Job<'_>>, published: &mut Published) -> bool {
        while !jobs.is_empty() {
            if self.sequential {
                let job = jobs.remove(0);
                let outcome = self.with_somebody_there(job).await;
                let goes_on = matches!(
                    outcome.result,
                    PublishResult::Published
                        | PublishResult::AlreadyPublished
                        | PublishResult::Staged
                );
                self.done(outcome, published);
                if !goes_on {
                    published.skipped.extend(jobs.into_iter().map(|job| job.entry.clone()));
                    return false;
                }
                continue;
            }
            let Some(again) = self.at_once(jobs, published).await else { return false };
            jobs = again;
        }
        true
    }

    /// Publishes all at once. Answers what is to be tried again with somebody at the terminal;
    /// `None` when something failed.
    async fn at_once<'j>(
        &mut self,
        jobs: Vec<Job<'j>>,
        published: &mut Published,
    ) -> Option<Vec<Job<'j>>> {
        let (manager, otp) = (self.manager, self.otp.clone());
        let otp = otp.as_ref();
        let mut results: Vec<(usize, Job<'j>, Outcome)> =
            stream::iter(jobs.into_iter().enumerate())
                .map(|(index, job)| async move {
                    let outcome = attempt(manager, &PublishRequest { otp, ..job.request }).await;
                    (index, job, outcome)
                })
                .buffer_unordered(AT_ONCE)
                .inspect(|(_, _, outcome)| {
                    if !(self.options.interactive
                        && outcome.result == PublishResult::NeedsSecondFactor)
                    {
                        (self.on_event)(Event::Done(outcome));
                    }
                })
                .collect()
                .await;
        results.sort_by_key(|(index, ..)| *index);
        let any_failed =
            results.iter().any(|(_, _, outcome)| outcome.result == PublishResult::Failed);
        let may_ask = self.options.interactive && !any_failed;
        let (mut again, mut all_well) = (Vec::new(), true);
        for (_, job, outcome) in results {
            match outcome.result {
                PublishResult::NeedsSecondFactor if may_ask => {
                    // The first to ask has already been told that it must.
                    let before = again.is_empty().then_some(outcome);
                    again.push(Job { before, ..job });
                    continue;
                }
                PublishResult::Published
                | PublishResult::AlreadyPublished
                | PublishResult::Staged => {}
                PublishResult::NeedsSecondFactor | PublishResult::Held | PublishResult::Failed => {
                    all_well = false;
                }
            }
            self.keep(outcome, published);
        }
        if !again.is_empty() {
            self.sequential = true;
            self.otp = None;
        }
        all_well.then_some(again)
    }

    /// Publishes one package, with the terminal left to the package manager where it must ask.
    async fn with_somebody_there(&mut self, job: Job<'_>) -> Outcome {
        let mut outcome = match job.before {
            Some(outcome) => outcome,
            None => {
                attempt(self.manager, &PublishRequest { otp: self.otp.as_ref(), ..job.request })
                    .await
            }
        };
        if outcome.result != PublishResult::NeedsSecondFactor {
            // It went without: the others can go at once again.
            self.sequential &= outcome.result != PublishResult::Published;
            return outcome;
        }
        self.otp = None;
        while outcome.result == PublishResult::NeedsSecondFactor {
            (self.on_event)(Event::SecondFactor { package: &outcome.name });
            let request = PublishRequest { interactive: true, otp: None, ..job.request };
            outcome = attempt(self.manager, &request).await;
        }
        outcome
    }

    fn done(&mut self, outcome: Outcome, published: &mut Published) {
        (self.on_event)(Event::Done(&outcome));
        self.keep(outcome, published);
    }

    fn keep(&self, mut outcome: Outcome, published: &mut Published) {
        let is_failure =
            matches!(outcome.result, PublishResult::Failed | PublishResult::NeedsSecondFactor);
        if is_failure && outcome.error.as_ref().is_some_and(Credentials::explain) {
            outcome.credentials = Some(self.options.credentials.describe());
        }
        published.outcomes.push(outcome);
    }
}

/// One try. A package manager that cannot be run fails this package, not what others achieved.
async fn attempt(manager: &dyn PackageManager, request: &PublishRequest<'_>) -> Outcome {
    match manager.publish(*request).await {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = launchway_base::Failure::from(error).chain();
            Outcome::failed(request, PublishResult::Failed, CommandError::new(None, Some(message)))
        }
    }
}

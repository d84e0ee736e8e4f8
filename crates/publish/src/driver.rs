//! Walking a plan: starts what may start, and keeps what came of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use launchway_base::{Failure, Secret, show_duration};
use launchway_workspace::{Package, Workspace};

use crate::manager::PublishRequest;
use crate::order::{needs, unknown};
use crate::schedule::{Node, Progress, next};
use crate::{
    CommandError, Credentials, Entry, Event, Info, Outcome, PackageManager, Plan, PublishError,
    PublishOptions, PublishResult, Published,
};

/// More than this at once would fight for the machine, whatever the registries.
const MOST: usize = 10;
/// A registry that asks to come back later says so this often at most, for one package.
const WAITS: usize = 100;

/// One entry of the plan.
struct Job<'a> {
    entry: &'a Entry,
    package: &'a Package,
    package_dir: PathBuf,
    tarball: Option<PathBuf>,
    beside: Vec<PathBuf>,
    /// When a paused package may be tried again.
    not_before: Option<Instant>,
    waits: usize,
    outcome: Option<Outcome>,
}

/// A plan on its way.
pub(crate) struct Driver<'a> {
    manager: &'a dyn PackageManager,
    workspace: &'a Workspace,
    options: &'a PublishOptions<'a>,
    otp: Option<Secret>,
    jobs: Vec<Job<'a>>,
    nodes: Vec<Node>,
    progress: Vec<Progress>,
    /// One at a time, with the terminal left to the package manager where it must ask.
    sequential: bool,
    /// Packages the registry wants a second factor for.
    to_ask: Vec<usize>,
}

/// Which package ended, and how.
type Ended = (usize, Outcome);

impl<'a> Driver<'a> {
    /// Takes a plan that fits the workspace.
    pub(crate) fn new(
        manager: &'a dyn PackageManager,
        workspace: &'a Workspace,
        plan: &'a Plan,
        options: &'a PublishOptions<'a>,
    ) -> Result<Self, PublishError> {
        let entries: Vec<&Entry> = plan.entries().collect();
        let chunks: Vec<usize> = plan
            .chunks
            .iter()
            .enumerate()
            .flat_map(|(number, chunk)| std::iter::repeat_n(number, chunk.len()))
            .collect();
        let (mut jobs, mut nodes) = (Vec::new(), Vec::new());
        let needs = needs(workspace, &entries, options.protocol_only)?;
        for ((index, entry), needs) in entries.into_iter().enumerate().zip(needs) {
            let package =
                workspace.package(entry.name()).ok_or_else(|| unknown(workspace, entry.name()))?;
            // Packages of one chunk need each other only in a circle: they go at once.
            let is_earlier = |need: &usize| chunks.get(*need) < chunks.get(index);
            nodes.push(Node {
                needs: needs.into_iter().filter(is_earlier).collect(),
                lane: package.ecosystem.id(),
                at_once: manager.at_once(package),
            });
            let tarball = match (entry, options.pack_dir) {
                (Entry::Publish { tarball: Some(tarball), .. }, Some(dir)) => {
                    Some(dir.join(&tarball.path))
                }
                _ => None,
            };
            let beside = match (entry.tarball(), options.pack_dir) {
                (Some(tarball), Some(dir)) => {
                    tarball.beside.iter().map(|file| dir.join(&file.path)).collect()
                }
                _ => Vec::new(),
            };
            let package_dir = workspace.root.join(&package.dir);
            jobs.push(Job {
                entry,
                package,
                package_dir,
                tarball,
                beside,
                not_before: None,
                waits: 0,
                outcome: None,
            });
        }
        let otp = manager.otp(options.otp.as_ref());
        Ok(Self {
            manager,
            workspace,
            options,
            sequential: options.interactive && otp.is_none(),
            otp,
            progress: vec![Progress::Waiting; jobs.len()],
            jobs,
            nodes,
            to_ask: Vec::new(),
        })
    }

    /// Goes on until nothing is left that could be done.
    pub(crate) async fn run(&mut self, on_event: &mut dyn FnMut(Event<'_>)) {
        let mut running: FuturesUnordered<BoxFuture<'a, Ended>> = FuturesUnordered::new();
        loop {
            self.wake();
            let most = if self.sequential { 1 } else { MOST };
            let step = next(&self.nodes, &self.progress, most);
            for (index, by) in &step.hold {
                self.hold(*index, Some(*by), None, on_event);
            }
            // While somebody is asked at the terminal nothing else writes to it.
            let start = if self.to_ask.is_empty() { step.start } else { Vec::new() };
            let has_held = !step.hold.is_empty();
            let mut has_tagged = false;
            for index in start {
                if self.is_tag_only(index) {
                    self.set(index, Progress::Done);
                    has_tagged = true;
                } else if self.options.deadline.is_over() {
                    self.hold(
                        index,
                        None,
                        Some("there was no time left to start it".to_owned()),
                        on_event,
                    );
                } else if let Some(attempt) = self.attempt(index, false) {
                    self.set(index, Progress::Running);
                    running.push(attempt);
                }
            }
            let mut was_asked = false;
            let ended = match (running.is_empty(), self.first_wake()) {
                (false, None) => running.next().await,
                (false, Some(at)) => {
                    let sleep = tokio::time::sleep_until(at.into());
                    tokio::select! { ended = running.next() => ended, () = sleep => None }
                }
                (true, _) if has_held || has_tagged => None,
                (true, _) if !self.to_ask.is_empty() => {
                    let index = self.to_ask.remove(0);
                    was_asked = true;
                    Some(self.ask(index, on_event).await)
                }
                (true, Some(at)) => {
                    tokio::time::sleep_until(at.into()).await;
                    None
                }
                (true, None) => {
                    // What was held for want of time may hold more.
                    if next(&self.nodes, &self.progress, 1) == crate::schedule::Step::default() {
                        return;
                    }
                    None
                }
            };
            if let Some(ended) = ended {
                self.ended(ended, was_asked, on_event);
            }
        }
    }

    /// What came of it.
    pub(crate) fn published(self) -> Published {
        let mut published = Published::default();
        for (job, progress) in self.jobs.into_iter().zip(self.progress) {
            match job.outcome {
                Some(outcome) => published.outcomes.push(outcome),
                None if progress == Progress::Done => published.tag_only.push(job.entry.clone()),
                None => {}
            }
        }
        published
    }

    fn is_tag_only(&self, index: usize) -> bool {
        self.jobs.get(index).is_some_and(|job| !job.entry.is_publish())
    }

    fn set(&mut self, index: usize, progress: Progress) {
        if let Some(slot) = self.progress.get_mut(index) {
            *slot = progress;
        }
    }

    /// Lets paused packages try again whose time has come.
    fn wake(&mut self) {
        let now = Instant::now();
        for (job, progress) in self.jobs.iter().zip(&mut self.progress) {
            if *progress == Progress::Paused && job.not_before.is_none_or(|at| at <= now) {
                *progress = Progress::Waiting;
            }
        }
    }

    fn first_wake(&self) -> Option<Instant> {
        let paused = self.jobs.iter().zip(&self.progress).filter(|(_, p)| **p == Progress::Paused);
        paused.filter_map(|(job, _)| job.not_before).min()
    }

    /// The failure of a package that is not tried, or not again.
    fn hold(
        &mut self,
        index: usize,
        by: Option<usize>,
        why: Option<String>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        let holder = by.and_then(|by| Some(self.jobs.get(by)?.entry.name().to_owned()));
        self.set(index, Progress::Held(by.unwrap_or(index)));
        let Some(job) = self.jobs.get_mut(index) else { return };
        let outcome = Outcome {
            name: job.entry.name().to_owned(),
            version: job.entry.version().to_owned(),
            result: PublishResult::Held,
            error: why.map(|why| CommandError::new(None, Some(why))),
            credentials: None,
            held_by: holder,
            wait: None,
            staged: None,
        };
        on_event(Event::Done(&outcome));
        job.outcome = Some(outcome);
    }

    /// One try, and where its answer may have got lost, a look at the registry.
    fn attempt(&self, index: usize, at_terminal: bool) -> Option<BoxFuture<'a, Ended>> {
        let job = self.jobs.get(index)?;
        let Entry::Publish { version, access, tag, .. } = job.entry else { return None };
        let (manager, workspace, package) = (self.manager, self.workspace, job.package);
        let (package_dir, tarball) = (job.package_dir.clone(), job.tarball.clone());
        let beside = job.beside.clone();
        let otp = self.otp.clone().filter(|_| !at_terminal);
        let attempt = async move {
            let request = PublishRequest {
                package,
                package_dir: &package_dir,
                version,
                access,
                tag,
                tarball: tarball.as_deref(),
                beside: &beside,
                interactive: at_terminal,
                otp: otp.as_ref(),
            };
            (index, once(manager, workspace, &request).await)
        };
        Some(attempt.boxed())
    }

    /// Publishes a package with somebody at the terminal, until it needs no second factor.
    async fn ask(&mut self, index: usize, on_event: &mut dyn FnMut(Event<'_>)) -> Ended {
        self.sequential = true;
        self.otp = None;
        loop {
            let package = self.jobs.get(index).map_or("", |job| job.entry.name());
            on_event(Event::SecondFactor { package });
            let Some(attempt) = self.attempt(index, true) else { continue };
            let ended = attempt.await;
            if ended.1.result != PublishResult::NeedsSecondFactor {
                return ended;
            }
        }
    }

    fn ended(
        &mut self,
        (index, mut outcome): Ended,
        was_asked: bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        match outcome.result {
            PublishResult::NeedsSecondFactor if self.options.interactive => {
                self.to_ask.push(index);
                return;
            }
            PublishResult::Failed if outcome.wait.is_some() => {
                return self.limited(index, outcome, on_event);
            }
            PublishResult::Published | PublishResult::AlreadyPublished | PublishResult::Staged => {
                // It went without asking: the others can go at once again.
                self.sequential &= was_asked || outcome.result != PublishResult::Published;
                self.set(index, Progress::Done);
            }
            PublishResult::Held => self.set(index, Progress::Held(index)),
            PublishResult::NeedsSecondFactor | PublishResult::Failed => {
                if outcome.error.as_ref().is_some_and(Credentials::explain)
                    && outcome.credentials.is_none()
                {
                    let own =
                        self.jobs.get(index).and_then(|job| self.manager.credentials(job.package));
                    outcome.credentials =
                        Some(own.unwrap_or_else(|| self.options.credentials.describe()));
                }
                self.set(index, Progress::Failed);
            }
        }
        on_event(Event::Done(&outcome));
        if let Some(job) = self.jobs.get_mut(index) {
            job.outcome = Some(outcome);
        }
    }

    /// A registry that asks to come back later is waited for, if there is the time.
    fn limited(&mut self, index: usize, outcome: Outcome, on_event: &mut dyn FnMut(Event<'_>)) {
        let wait = outcome.wait.unwrap_or_default();
        let at = Instant::now().checked_add(wait.max(Duration::from_millis(100)));
        let Some(job) = self.jobs.get_mut(index) else { return };
        job.waits += 1;
        if job.waits <= WAITS && at.is_some() && self.options.deadline.allows(wait) {
            job.not_before = at;
            on_event(Event::Waiting { package: job.entry.name(), wait });
            self.set(index, Progress::Paused);
            return;
        }
        let said = outcome.error.map(|error| format!(" ({error})")).unwrap_or_default();
        let why = format!(
            "the registry's rate limit asks to wait {}, which is longer than this run may take; run it again then{said}",
            show_duration(wait)
        );
        self.hold(index, None, Some(why), on_event);
    }
}

/// One try. A package manager that cannot be run fails this package, not what others achieved.
async fn once(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    request: &PublishRequest<'_>,
) -> Outcome {
    let (outcome, is_unclear) = match manager.publish(*request).await {
        Ok(outcome) => {
            let is_refusal = outcome.error.as_ref().is_some_and(CommandError::is_refusal);
            let is_unclear =
                outcome.result == PublishResult::Failed && outcome.wait.is_none() && !is_refusal;
            (outcome, is_unclear)
        }
        Err(error) => {
            let is_unclear = matches!(error, PublishError::TimedOut(_));
            let error = CommandError::new(None, Some(Failure::from(error).chain()));
            (Outcome::failed(request, PublishResult::Failed, error), is_unclear)
        }
    };
    if !is_unclear {
        return outcome;
    }
    let said = match manager.info(workspace, request.package).await {
        Ok(Ok(info)) if info.has(request.version) => {
            return Outcome { result: PublishResult::Published, ..outcome };
        }
        Ok(Ok(_)) => return outcome,
        Ok(Err(error)) => error.to_string(),
        Err(error) => Failure::from(error).chain(),
    };
    let error = outcome.error.clone().unwrap_or_default();
    let message = format!(
        "{}\nwhether it is there in spite of that could not be looked up: {said}",
        error.message.as_deref().unwrap_or("unknown error")
    );
    Outcome { error: Some(CommandError::new(error.code, Some(message))), ..outcome }
}

impl Info {
    /// Whether exactly this version is there.
    pub fn has(&self, version: &str) -> bool {
        matches!(self, Self::Published { versions, .. } if versions.iter().any(|there| there == version))
    }
}

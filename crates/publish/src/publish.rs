//! Publishing a plan: what is needed first, independent packages at once.

use std::path::Path;
use std::time::Duration;

use launchway_base::{Deadline, Secret};
use launchway_workspace::Workspace;

use crate::driver::Driver;
use crate::pack::places;
use crate::{
    Credentials, Entry, Outcome, PackageManager, Plan, PublishError, PublishResult, verify_tarballs,
};

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
    /// The configuration's `bumpVersionsWithWorkspaceProtocolOnly`.
    pub protocol_only: bool,
    /// Nothing new is started after it.
    pub deadline: Deadline,
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
    /// A registry's rate limit is reached; the package is tried again after this time.
    Waiting {
        /// The package.
        package: &'a str,
        /// How long.
        wait: Duration,
    },
    /// A package is done, one way or another.
    Done(&'a Outcome),
}

/// What was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// One per package to publish, and one per package to tag that is held, in plan order.
    pub outcomes: Vec<Outcome>,
    /// Entries that are only tagged, and that no failure holds.
    pub tag_only: Vec<Entry>,
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
        self.failures().next().is_none() && self.held().next().is_none()
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
        outcomes.chain(tags).collect()
    }
}

impl Outcome {
    /// What happened, with the reason of a failure and the next thing to do.
    pub fn describe(&self) -> String {
        let mut text = match self.result {
            PublishResult::Published => match &self.error {
                None => return "published".to_owned(),
                Some(_) => "published, the registry has it although publishing ended with an error"
                    .to_owned(),
            },
            PublishResult::AlreadyPublished => return "was already published".to_owned(),
            PublishResult::NeedsSecondFactor => "needs a second factor".to_owned(),
            PublishResult::Staged => {
                match self.staged.as_ref().and_then(|staged| staged.id.as_ref()) {
                    Some(id) => format!("staged as {id}, waits for approval"),
                    None => "staged, waits for approval".to_owned(),
                }
            }
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

/// Publishes a plan: each package once what it needs is there, several at once. What failed holds what
/// needs it, and nothing else.
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
    let mut driver = Driver::new(manager, workspace, plan, options)?;
    if let Some(dir) = options.pack_dir {
        verify_tarballs(plan, dir)?;
        let places = places(workspace, plan, dir)?;
        let requests: Vec<_> = places.iter().map(|place| place.request(dir)).collect();
        manager.check_packed(&requests).await?;
    }
    on_event(Event::Started(plan.publishes().count()));
    driver.run(on_event).await;
    manager.finish().await;
    Ok(driver.published())
}

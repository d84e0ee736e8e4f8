//! What is to be done, decided from what was found. Pure.

use launchway_base::Failure;
use launchway_publish::Entry;
use launchway_runtime::Markdown;
use serde::Serialize;

use crate::body::AfterMerge;
use crate::events::is_ref_name;
use crate::extras::Extras;
use crate::inputs::{Draft, ReleaseMode};
use crate::record::{Promise, Publisher, Terms};

/// Titles and messages unless given.
pub const DEFAULT_TITLE: &str = "Version Packages";

/// Longest title of a pull request, in characters.
const TITLE_LIMIT: usize = 256;

/// What the names of version branches begin with.
pub const BRANCH_PREFIX: &str = "changeset-release/";

/// What was found and asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is an input of its own")]
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The branch of the run, or the one asked for.
    pub base: Option<String>,
    /// The ref of the run, as in `refs/heads/main`; empty when it has none.
    pub reference: String,
    /// Ids of the changesets that release something.
    pub pending: Vec<String>,
    /// Ids of the empty ones.
    pub empty: Vec<String>,
    /// The word of pre mode, while in it.
    pub pre: Option<String>,
    /// What versioning would do; `None` when it would do nothing.
    pub forecast: Option<Vec<PlannedRelease>>,
    /// The words of `version-script`.
    pub version_script: Option<Vec<String>>,
    /// The words of `publish-script`.
    pub publish_script: Option<Vec<String>>,
    /// `release-mode`.
    pub release_mode: Option<ReleaseMode>,
    /// `pr-title`.
    pub title: Option<String>,
    /// `commit-message`.
    pub message: Option<String>,
    /// `pr-draft`.
    pub draft: Option<Draft>,
    /// Tags are made.
    pub tags: bool,
    /// Releases are made.
    pub releases: bool,
    /// Git pushes instead of the API.
    pub push_with_git: bool,
    /// `overwrite-human-commits`.
    pub overwrite_human_commits: bool,
    /// Another job uploads Python packages.
    pub python_elsewhere: bool,
    /// Nothing is going to be done.
    pub dry_run: bool,
    /// What is wanted besides tags and Releases.
    pub extras: Extras,
    /// What the registry lacks, with `release-mode: publish`.
    pub unpublished: Vec<Entry>,
    /// What has no tag or Release yet, with `release-mode: tag`.
    pub untagged: Vec<TagWish>,
    /// What an earlier run at this commit left unfinished.
    pub unfinished: Vec<Unfinished>,
}

/// A package that versioning releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedRelease {
    /// Its name.
    pub name: String,
    /// `major`, `minor`, `patch` or `none`.
    #[serde(rename = "type")]
    pub bump: String,
    /// The version it has.
    pub old_version: String,
    /// The version it gets.
    pub new_version: String,
    /// Whether it is private.
    pub private: bool,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// Names of the packages of this plan it depends on.
    pub depends_on: Vec<String>,
}

/// A tag that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TagWish {
    /// Its name.
    pub tag: String,
    /// The package; `None` when the script named none we know.
    pub package: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The commit it belongs to, where that is not the run's.
    #[serde(skip)]
    pub commit: Option<String>,
}

impl TagWish {
    /// The commit it belongs to in a run of this commit.
    pub fn commit_or<'a>(&'a self, run: &'a str) -> &'a str {
        self.commit.as_deref().unwrap_or(run)
    }
}

/// A version of which an earlier run did not make everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Its tag.
    pub wish: TagWish,
    /// Whether it has its tag, so that only the Release is missing.
    pub is_tagged: bool,
    /// Whether its tag is at a commit of something else: nothing can be completed then.
    pub is_astray: bool,
    /// What the record says of it; `None` when there is none and this commit brought the version.
    pub promise: Option<Promise>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum Plan {
    /// Open or update the version pull request.
    Version(Box<VersionPlan>),
    /// Run the publish script, then tag and release what it says.
    Script(ScriptPlan),
    /// Publish what is unpublished, then tag and release it.
    Publish(PublishPlan),
    /// Make missing tags and Releases.
    Tag(TagPlan),
    /// Nothing.
    Nothing {
        /// Why.
        because: String,
    },
}

/// A version pull request.
#[expect(clippy::struct_excessive_bools, reason = "each is an input of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionPlan {
    /// The branch with the commit.
    pub branch: String,
    /// The branch the pull request goes to.
    pub base: String,
    /// Its title.
    pub title: String,
    /// The commit's message.
    pub commit_message: String,
    /// The word of pre mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre: Option<String>,
    /// Whether it is opened as a draft.
    pub draft: bool,
    /// Whether it becomes a draft again with each update.
    pub draft_again: bool,
    /// The script that versions; without one it is done here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_script: Option<Vec<String>>,
    /// Whether git pushes.
    pub push_with_git_cli: bool,
    /// Whether commits of people on the branch are dropped.
    #[serde(skip)]
    pub overwrite_human_commits: bool,
    /// What follows a merge.
    #[serde(skip)]
    pub after: AfterMerge,
    /// What is wanted besides tags and Releases, for the record.
    #[serde(skip)]
    pub extras: Extras,
    /// What a merge is to bring of every package, for the record in the commit; `None` when nothing
    /// follows a merge.
    #[serde(skip)]
    pub terms: Option<Terms>,
    /// Tags of the last release that are to be completed first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
    /// How these are treated.
    #[serde(skip)]
    pub tagging: Option<Tagging>,
    /// What is released; with a script, what we would release.
    pub releases: Vec<PlannedRelease>,
}

/// A publish script and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptPlan {
    /// Its words.
    pub publish_script: Vec<String>,
    /// Tags of earlier runs that are to be completed if it succeeds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
    /// How its tags are treated.
    #[serde(flatten)]
    pub after: Tagging,
}

/// Publishing by ourselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishPlan {
    /// What is published or only tagged.
    pub packages: Vec<Entry>,
    /// Tags of earlier runs that are to be completed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
    /// How they are tagged.
    #[serde(flatten)]
    pub after: Tagging,
}

/// Tags and Releases only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagPlan {
    /// What is missing.
    pub missing: Vec<TagWish>,
    /// How they are made.
    #[serde(flatten)]
    pub after: Tagging,
}

/// How tags and Releases are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tagging {
    /// Tags are made.
    pub tags: bool,
    /// Releases are made.
    pub releases: bool,
    /// Git pushes the tags.
    pub push_with_git_cli: bool,
    /// What is wanted besides.
    #[serde(flatten)]
    pub extras: Extras,
}

/// Which way a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The version pull request.
    Version,
    /// The publish script.
    Script,
    /// Publishing by ourselves.
    Publish,
    /// Tags and Releases only.
    Tag,
    /// Nothing.
    Nothing,
}

impl Snapshot {
    /// Which way the run goes: an empty changeset releases nothing, so it does not hold back what is
    /// unpublished.
    pub fn mode(&self) -> Mode {
        if self.unmerged().is_some() {
            return Mode::Nothing;
        }
        if !self.pending.is_empty() {
            return Mode::Version;
        }
        match (&self.publish_script, self.release_mode) {
            (Some(_), _) => Mode::Script,
            (None, Some(ReleaseMode::Publish)) => Mode::Publish,
            (None, Some(ReleaseMode::Tag)) => Mode::Tag,
            (None, None) => Mode::Nothing,
        }
    }

    /// What the run is for, where that is not merged: nothing may be published from there, and a
    /// version pull request would bring it along (or, for a version branch, have one of its own).
    fn unmerged(&self) -> Option<&'static str> {
        let begins = |start: &str| self.reference.starts_with(start);
        if begins(&format!("refs/heads/{BRANCH_PREFIX}")) {
            Some("a version branch")
        } else if begins("refs/heads/gh-readonly-queue/") {
            Some("a merge queue")
        } else if begins("refs/pull/") && !self.dry_run {
            Some("a pull request")
        } else {
            None
        }
    }

    /// What earlier runs left, but for what this run is about to publish anyway.
    fn unfinished_tags(&self) -> Vec<String> {
        let is_new = |other: &&Unfinished| {
            !self
                .unpublished
                .iter()
                .any(|entry| other.wish.package.as_deref() == Some(entry.name()))
        };
        let is_open = |other: &&Unfinished| !other.is_astray;
        self.unfinished
            .iter()
            .filter(is_open)
            .filter(is_new)
            .map(|other| other.wish.tag.clone())
            .collect()
    }

    fn after_merge(&self) -> AfterMerge {
        match (&self.publish_script, self.release_mode) {
            (Some(_), _) | (None, Some(ReleaseMode::Publish)) => AfterMerge::Publish,
            (None, Some(ReleaseMode::Tag)) => AfterMerge::Tag,
            (None, None) => AfterMerge::Nothing,
        }
    }

    /// How what follows a release is done; `None` in a run that releases nothing.
    pub fn following(&self) -> Option<Tagging> {
        matches!(self.mode(), Mode::Script | Mode::Publish | Mode::Tag)
            .then(|| self.tagging().ok())
            .flatten()
    }

    fn tagging(&self) -> Result<Tagging, Failure> {
        if self.releases && !self.tags {
            return Err(Failure::input(
                "`create-github-releases` is on, but `push-git-tags` is off: a Release needs its tag",
            )
            .with_hint("set `push-git-tags: true`, or `create-github-releases: false`"));
        }
        if !self.releases && !self.extras.assets.is_empty() {
            return Err(Failure::input(
                "there are `assets`, but `create-github-releases` is off: files need a Release",
            )
            .with_hint("set `create-github-releases: true`, or leave `assets` out"));
        }
        Ok(Tagging {
            tags: self.tags,
            releases: self.releases,
            push_with_git_cli: self.push_with_git,
            extras: self.extras.clone(),
        })
    }

    fn version_plan(&self) -> Result<VersionPlan, Failure> {
        let base = self.base.clone().ok_or_else(|| {
            let why = match self.reference.as_str() {
                "" => "the run names no branch".to_owned(),
                reference => format!("the run is for `{reference}`"),
            };
            Failure::input(format!("there is no branch for the version pull request: {why}"))
                .with_hint("run on `push` to a branch, or set `pr-base-branch`")
        })?;
        if !is_ref_name(&base) {
            return Err(Failure::input(format!(
                "`{}` is no name of a branch",
                base.escape_debug()
            ))
            .with_hint("check the input `pr-base-branch`"));
        }
        self.extras.check_line(&base, self.forecast.as_deref().unwrap_or_default())?;
        let suffix = self.pre.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
        let text = |given: &Option<String>| {
            format!("{}{suffix}", given.as_deref().unwrap_or(DEFAULT_TITLE))
        };
        // GitHub makes one line of a title; left to it, every run would find another one there.
        let title = text(&self.title).split_whitespace().collect::<Vec<_>>().join(" ");
        if title.chars().count() > TITLE_LIMIT {
            return Err(Failure::input(format!(
                "`pr-title` has {} characters; GitHub takes {TITLE_LIMIT}",
                title.chars().count()
            ))
            .with_hint("shorten it"));
        }
        Ok(VersionPlan {
            branch: format!("{BRANCH_PREFIX}{base}"),
            base,
            title,
            commit_message: text(&self.message),
            pre: self.pre.clone(),
            draft: self.draft.is_some(),
            draft_again: self.draft == Some(Draft::Always),
            version_script: self.version_script.clone(),
            push_with_git_cli: self.push_with_git,
            overwrite_human_commits: self.overwrite_human_commits,
            after: self.after_merge(),
            extras: self.extras.clone(),
            terms: (self.after_merge() != AfterMerge::Nothing).then_some(Terms {
                publish: match (&self.publish_script, self.release_mode) {
                    (Some(_), _) => Publisher::Script,
                    (None, Some(ReleaseMode::Publish)) => Publisher::Registry,
                    (None, _) => Publisher::Nobody,
                },
                tags: self.tags,
                releases: self.releases,
                python_elsewhere: self.python_elsewhere,
            }),
            unfinished: self.unfinished_tags(),
            tagging: self.tagging().ok(),
            releases: self.forecast.clone().unwrap_or_default(),
        })
    }

    fn nothing(&self) -> Plan {
        if let Some(what) = self.unmerged() {
            return Plan::Nothing {
                because: format!("this run is for {what}, which is not merged yet"),
            };
        }
        let because = if self.empty.is_empty() {
            "no changesets are pending"
        } else {
            "all pending changesets are empty"
        };
        Plan::Nothing {
            because: format!(
                "{because}, and neither `publish-script` nor `release-mode` says how to publish"
            ),
        }
    }
}

/// Decides what is to be done.
pub fn decide(snapshot: &Snapshot) -> Result<Plan, Failure> {
    if snapshot.publish_script.is_some() && snapshot.release_mode.is_some() {
        return Err(Failure::input("`publish-script` and `release-mode` are both given")
            .with_hint("give the script, or let `release-mode` do it without one"));
    }
    match snapshot.mode() {
        Mode::Version => snapshot.version_plan().map(|plan| Plan::Version(Box::new(plan))),
        Mode::Script => Ok(Plan::Script(ScriptPlan {
            publish_script: snapshot.publish_script.clone().unwrap_or_default(),
            unfinished: snapshot.unfinished_tags(),
            after: snapshot.tagging()?,
        })),
        Mode::Publish
            if snapshot.unpublished.is_empty() && snapshot.unfinished_tags().is_empty() =>
        {
            snapshot.tagging()?;
            Ok(Plan::Nothing { because: "the registry has every version".to_owned() })
        }
        Mode::Publish => Ok(Plan::Publish(PublishPlan {
            packages: snapshot.unpublished.clone(),
            unfinished: snapshot.unfinished_tags(),
            after: snapshot.tagging()?,
        })),
        Mode::Tag if snapshot.untagged.is_empty() => {
            snapshot.tagging()?;
            Ok(Plan::Nothing { because: "every version has its tag and Release".to_owned() })
        }
        Mode::Tag => Ok(Plan::Tag(TagPlan {
            missing: snapshot.untagged.clone(),
            after: snapshot.tagging()?,
        })),
        Mode::Nothing => Ok(snapshot.nothing()),
    }
}

impl Plan {
    /// The plan as JSON, for `dry-run` and the output.
    pub fn to_json(&self) -> String {
        // Strings and booleans in a fixed shape cannot fail to become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The plan for people, one line each.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Version(plan) => plan.lines(),
            Self::Script(plan) => {
                let mut lines =
                    vec![format!("run the publish script `{}`", plan.publish_script.join(" "))];
                lines.extend(plan.unfinished.iter().map(|tag| format!("complete: {tag}")));
                lines.extend(plan.after.line("what it says it released"));
                lines
            }
            Self::Publish(plan) => {
                let mut lines: Vec<String> = plan
                    .packages
                    .iter()
                    .map(|entry| {
                        let what = if entry.is_publish() { "publish" } else { "tag only" };
                        format!("{what}: {}@{}", entry.name(), entry.version())
                    })
                    .collect();
                lines.extend(plan.unfinished.iter().map(|tag| format!("complete: {tag}")));
                lines.extend(plan.after.line("each of them"));
                lines
            }
            Self::Tag(plan) => {
                let mut lines: Vec<String> =
                    plan.missing.iter().map(|wish| format!("complete: {}", wish.tag)).collect();
                lines.extend(plan.after.line("each of them, where it is missing"));
                lines
            }
            Self::Nothing { because } => vec![format!("nothing to do: {because}")],
        }
    }
}

impl Tagging {
    fn line(&self, what: &str) -> Option<String> {
        let made = match (self.tags, self.releases) {
            (true, true) => "a tag and a GitHub Release",
            (true, false) => "a tag",
            _ => return None,
        };
        Some(format!("then make {made} for {what}"))
    }
}

impl VersionPlan {
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.unfinished.iter().map(|tag| format!("complete: {tag}")).collect();
        if let Some(script) = &self.version_script {
            lines.push(format!("run the version script `{}`", script.join(" ")));
            lines.push("without it the versions would be these:".to_owned());
        }
        for release in &self.releases {
            lines.push(if release.moves() {
                format!("{}: {} → {}", release.name, release.old_version, release.new_version)
            } else {
                format!("{}: version stays {}", release.name, release.old_version)
            });
            lines.extend(release.reasons.iter().map(|reason| format!("  {reason}")));
        }
        lines.push(format!("commit it to `{}` as: {}", self.branch, self.commit_message));
        lines.push(format!("open or update the pull request to `{}`: {}", self.base, self.title));
        lines
    }
}

impl PlannedRelease {
    /// Whether its version moves.
    pub fn moves(&self) -> bool {
        self.old_version != self.new_version
    }

    /// Its reasons for a table.
    pub fn why(&self) -> Markdown {
        Markdown::join(self.reasons.iter().map(|reason| with_code(reason)), "<br>")
    }
}

/// A sentence of ours as Markdown: what stands between backticks becomes code.
pub fn with_code(sentence: &str) -> Markdown {
    let parts = sentence.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 && !part.is_empty() {
            return Markdown::code(part);
        }
        let blank = |is: bool| if is { " " } else { "" };
        let inner = part.trim();
        let before = blank(index > 0 && part.starts_with(' ') && !inner.is_empty());
        let after = blank(part.ends_with(' '));
        Markdown::raw(before).and(Markdown::text(inner)).and(Markdown::raw(after))
    });
    Markdown::join(parts, "")
}

impl Default for Plan {
    fn default() -> Self {
        Self::Nothing { because: String::new() }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

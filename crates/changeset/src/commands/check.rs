//! `check`: whether what changed carries a changeset; what the action `changeset-status` runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use launchway_base::Failure;
use launchway_changesets::{Plan, PlanInput, PlannedRelease, Reason};
use launchway_runtime::{Markdown, Session, Summary};
use launchway_versioning::{changed_packages, observe_since};
use launchway_workspace::Bump;

use super::affected::base::{self, Start};
use super::affected::place;
use crate::report;

/// Head branches of pull requests that take changesets away instead of bringing them.
const VERSION_BRANCHES: &str = "changeset-release/";

launchway_runtime::outputs! {
    /// What `check` hands to the steps after it.
    pub struct Outputs {
        /// Whether the change brings a changeset: `true` or `false`.
        has_changesets => "has-changesets", "hasChangesets",
        /// Whether a changeset is missing: packages changed, and no changeset came along.
        missing => "missing",
        /// The packages that changed, one per line.
        changed => "changed",
        /// Of those the ones that no new changeset names, one per line.
        unnamed => "unnamed",
        /// What the new changesets will release, as JSON: a list of objects with `name`, `type`, `oldVersion`,
        /// `newVersion` and `changesets`.
        releases => "releases",
        /// The commit that was compared with.
        base => "base",
    }
}

/// The inputs.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Branch, tag or commit to compare with. Unless given it comes from the event: the base of a pull request or merge group,
    /// the commit before a push; outside a workflow it is the base branch of the configuration.
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,

    /// Whether a missing changeset is a failure, exit code 1; else it is a warning.
    #[arg(long, value_name = "true|false", default_value = "true", action = ArgAction::Set)]
    pub required: bool,

    /// Folder to work in.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub cwd: PathBuf,
}

/// Does it.
pub(crate) fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let head = session.env().get("GITHUB_HEAD_REF").unwrap_or_default();
    if head.starts_with(VERSION_BRANCHES) && is_own(session) {
        session.say(&format!("`{head}` is a version pull request, which needs no changeset"));
        return session.write_outputs(&Outputs {
            has_changesets: Some("false".to_owned()),
            missing: Some("false".to_owned()),
            releases: Some("[]".to_owned()),
            ..Outputs::default()
        });
    }
    let (cwd, git) = place(&inputs.cwd)?;
    let base = base::find(session, &git, &cwd, inputs.since.as_deref())?;
    let Start::Commit(commit) = &base.start else {
        return Err(Failure::input(format!("cannot tell what changed: {}", base.why)).with_hint(
            "give `fetch-depth: 0` to actions/checkout, run on `pull_request`, or give `since`",
        ));
    };
    let repository = observe_since(&cwd, commit, &git)?;
    let changed = changed_packages(&repository, commit, &git)?;
    let plan = Plan::make(PlanInput {
        workspace: &repository.workspace,
        config: &repository.config,
        changesets: &repository.changesets,
        pre: repository.pre.as_ref(),
        snapshot: None,
    })
    .map_err(|error| repository.locate(error))?;
    let named: BTreeSet<&str> = plan
        .changesets
        .iter()
        .flat_map(|changeset| &changeset.releases)
        .map(|release| release.name.as_str())
        .collect();
    let unnamed: Vec<String> =
        changed.iter().filter(|name| !named.contains(name.as_str())).cloned().collect();
    let has = !plan.changesets.is_empty();
    let missing = !changed.is_empty() && !has;
    session.write_outputs(&Outputs {
        has_changesets: Some(has.to_string()),
        missing: Some(missing.to_string()),
        changed: Some(changed.join("\n")),
        unnamed: Some(unnamed.join("\n")),
        releases: Some(
            serde_json::to_string(&plan.releases)
                .map_err(|error| Failure::internal("the plan is no JSON").caused_by(error))?,
        ),
        base: Some(commit.clone()),
    })?;
    session.summarize(&summary(&changed, &unnamed, &plan))?;
    if missing {
        let message = format!("{} changed and no changeset came along", report::list(&changed));
        if inputs.required {
            return Err(Failure::rejected(message).with_hint(
                "run `launchway-changeset add`, or `launchway-changeset add --empty` if nothing is to be released, and commit the file",
            ));
        }
        session.warn(&message);
        return Ok(());
    }
    if changed.is_empty() {
        session.say(&format!("no package changed since {}", base.why));
    }
    session.say(&report::tree(&plan, true));
    if has && !unnamed.is_empty() {
        session
            .notice(&format!("{} changed, and no new changeset names it", report::list(&unnamed)));
    }
    Ok(())
}

/// Whether the pull request comes from the repository itself: in a fork anybody may name a branch so.
fn is_own(session: &Session) -> bool {
    let payload = session.context().payload();
    let from =
        payload.ok().and_then(|payload| payload.text("/pull_request/head/repo/full_name").ok());
    from.is_some() && from == session.env().get("GITHUB_REPOSITORY")
}

fn summary(changed: &[String], unnamed: &[String], plan: &Plan) -> Summary {
    if plan.changesets.is_empty() {
        if changed.is_empty() {
            return Summary::new()
                .heading(3, "No changeset is needed")
                .paragraph("No package changed.");
        }
        let mut sample = String::from("---\n");
        for name in changed {
            sample.push_str(&format!("{}: patch\n", serde_json::Value::from(name.as_str())));
        }
        sample.push_str("---\n\nWhat a user can do now.\n");
        return Summary::new()
            .heading(3, "A changeset is missing")
            .paragraph(format!("{} changed.", report::list(changed)))
            .paragraph(
                Markdown::raw("Run ")
                    .and(Markdown::code("launchway-changeset add"))
                    .and(Markdown::raw(", or add a file such as "))
                    .and(Markdown::code(".changeset/what-changed.md"))
                    .and(Markdown::raw(":")),
            )
            .code("md", &sample);
    }
    // Ranges that follow without a version of their own are no release.
    let releases = plan.releases.iter().filter(|release| release.bump != Bump::None);
    let cells = releases.map(|release: &PlannedRelease| {
        let reasons: Vec<String> = release.reasons.iter().map(Reason::to_string).collect();
        let versions = [&release.old_version, &release.new_version];
        let versions =
            versions.into_iter().filter(|version| !version.is_empty()).map(|v| Markdown::code(v));
        vec![
            Markdown::code(&release.name),
            Markdown::text(release.bump.as_str()),
            Markdown::join(versions, " → "),
            Markdown::text(&reasons.join("; ")),
        ]
    });
    let mut summary = Summary::new()
        .heading(3, "What this will release")
        .table(&["package", "bump", "version", "why"], cells);
    if plan.releases.is_empty() {
        summary = summary.paragraph("Nothing: the changesets are empty.");
    }
    if !unnamed.is_empty() {
        summary = summary
            .note(format!("{} changed, and no new changeset names it.", report::list(unnamed)));
    }
    summary
}

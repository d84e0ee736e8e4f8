//! What is said at the end: summary and outputs. Pure.

use launchway_github::TokenKind;
use launchway_runtime::{Markdown, Mermaid, Summary};
use launchway_workspace::Workspace;

use crate::apply::{Applied, Done, Published, PullOutcome, State, TagOutcome};
use crate::outputs::Outputs;
use crate::plan::{Plan, PlannedRelease, Snapshot, VersionPlan, with_code};
use crate::staging;
use crate::verify::Verified;

/// Longer plans are left out of the outputs: a job has room for a million bytes of UTF-16.
const PLAN_LIMIT: usize = 150_000;

/// Facts of the run the report needs besides plan and outcome.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What kind of token it is.
    pub token: TokenKind,
    /// Whether nothing was done.
    pub dry_run: bool,
    /// Address of the repository's page.
    pub repo_url: String,
    /// The commit of the run.
    pub sha: String,
}

/// The outputs.
pub fn outputs(
    snapshot: &Snapshot,
    plan: &Plan,
    applied: &Applied,
    workspace: &Workspace,
) -> Outputs {
    let has_changesets = !(snapshot.pending.is_empty() && snapshot.empty.is_empty());
    let tags: Vec<&str> = tagged(applied).map(|outcome| outcome.wish.tag.as_str()).collect();
    let json = plan.to_json();
    Outputs {
        published: Some((!applied.published.is_empty()).to_string()),
        published_packages: Some(to_json(&applied.published)),
        released_packages: Some(to_json(&released_packages(applied, workspace))),
        staged_packages: Some(staging::output(&applied.staged)),
        has_changesets: Some(has_changesets.to_string()),
        pr_number: applied.pull.as_ref().and_then(|pull| pull.number).map(|n| n.to_string()),
        pr_url: applied.pull.as_ref().map(|pull| pull.url.clone()).filter(|url| !url.is_empty()),
        tags: Some(to_json(&tags)),
        plan: (json.len() <= PLAN_LIMIT).then_some(json),
    }
}

/// What has its tag now.
fn tagged(applied: &Applied) -> impl Iterator<Item = &TagOutcome> {
    applied.tags.iter().filter(|outcome| {
        matches!(outcome.tag, State::Made(_) | State::There(_) | State::Elsewhere(_))
    })
}

/// What was published, then what was only tagged.
fn released_packages(applied: &Applied, workspace: &Workspace) -> Vec<Published> {
    let mut released = applied.published.clone();
    for TagOutcome { wish, .. } in tagged(applied) {
        let (Some(name), Some(version)) = (&wish.package, &wish.version) else { continue };
        if !released.iter().any(|one| one.name == *name && one.version == *version) {
            released.push(Published::of(workspace, name, version, Some(wish.tag.clone())));
        }
    }
    released
}

fn to_json(value: &impl serde::Serialize) -> String {
    // Lists of texts cannot fail to become JSON.
    serde_json::to_string(value).unwrap_or_default()
}

/// The summary.
pub fn summary(snapshot: &Snapshot, plan: &Plan, applied: &Applied, facts: &Facts) -> Summary {
    let mut summary = Summary::new();
    if facts.dry_run {
        summary = summary
            .heading(2, "Release plan")
            .note("This was a dry run: nothing was changed.")
            .list(plan.lines().iter().map(|line| with_code(line)));
    }
    summary = match plan {
        Plan::Version(plan) => version(plan, applied.pull.as_ref(), facts, summary),
        Plan::Nothing { because } if !facts.dry_run => summary
            .heading(2, "Nothing to release")
            .paragraph(with_code(&capitalised(because)).and(".")),
        _ if !facts.dry_run => released(applied, facts, summary),
        _ => summary,
    };
    summary = staging::summary(&applied.staged, summary);
    if let Some(verified) = &applied.verified {
        summary = verification(verified, summary);
    }
    summary = summary.table(
        &["What follows", "Of", ""],
        applied.followed.iter().map(|one| {
            let what = with_code(&one.what);
            let note = if one.note.is_empty() { String::new() } else { format!(" ({})", one.note) };
            let state = match &one.state {
                State::Elsewhere(why) => with_code(&format!("stays: {why}")),
                other => state(other).and(with_code(&note)),
            };
            vec![what, Markdown::code(&one.tag), state]
        }),
    );
    if !snapshot.empty.is_empty() && snapshot.pending.is_empty() {
        let ids = snapshot.empty.iter().map(|id| Markdown::code(id));
        summary = summary.paragraph(
            Markdown::text("Empty changesets release nothing and hold nothing back: ")
                .and(Markdown::join(ids, ", ")),
        );
    }
    summary
}

/// What was found when all was looked up again.
fn verification(verified: &Verified, summary: Summary) -> Summary {
    let there = Markdown::text("Looked up again, and there: ")
        .and(Markdown::text(&verified.counts()))
        .and(".");
    if verified.missing.is_empty() {
        return summary.paragraph(there);
    }
    summary
        .heading(3, "Promised, but not there")
        .table(&["What", "Why"], verified.rows())
        .paragraph(there)
}

fn version(
    plan: &VersionPlan,
    pull: Option<&PullOutcome>,
    facts: &Facts,
    summary: Summary,
) -> Summary {
    let mut summary = summary;
    if let Some(pull) = pull {
        summary = summary.heading(2, "Version pull request").paragraph(pull_line(plan, pull));
    }
    let foreseen = plan.releases.iter().filter(|release| release.moves() || release.bump != "none");
    let rows: Vec<Vec<Markdown>> = match pull {
        // A script may have done something else: then what it did counts, without our reasons.
        Some(pull) if plan.version_script.is_some() => pull
            .releases
            .iter()
            .map(|(name, old, new)| {
                vec![Markdown::code(name), versions(old, new), with_code("by `version-script`")]
            })
            .collect(),
        _ => foreseen
            .clone()
            .map(|r| vec![package(r), versions(&r.old_version, &r.new_version), r.why()])
            .collect(),
    };
    summary = summary.table(&["Package", "Version", "Why"], rows);
    let chart = graph(foreseen);
    if !chart.is_empty() {
        summary = summary.details("Dependencies among them", Summary::new().mermaid(&chart));
    }
    if pull.is_some_and(|pull| pull.pull != Done::Superseded) {
        summary = summary.heading(3, "What happens next").list(next(plan, facts));
    }
    summary
}

fn pull_line(plan: &VersionPlan, pull: &PullOutcome) -> Markdown {
    let link = pull.number.map(|number| {
        Markdown::link(Markdown::raw("#").and(Markdown::text(&number.to_string())), &pull.url)
    });
    let Some(link) = link.clone().filter(|_| pull.pull != Done::Superseded) else {
        let left = Markdown::bold("Superseded")
            .and(Markdown::text(": "))
            .and(with_code(&pull.why))
            .and(Markdown::text(". A newer run takes care of "));
        return left
            .and(link.map_or_else(
                || Markdown::code(&plan.branch),
                |link| Markdown::text("pull request ").and(link),
            ))
            .and(Markdown::text("; this one left it alone."));
    };
    let what = match (pull.pull, pull.branch) {
        (Done::Made, _) => " was opened: ",
        (Done::Unchanged, Done::Unchanged) => " is up to date, nothing was changed: ",
        _ => " was updated: ",
    };
    Markdown::text("Pull request ")
        .and(link)
        .and(Markdown::text(what))
        .and(Markdown::text(&plan.title))
        .and(Markdown::text(" → "))
        .and(Markdown::code(&plan.base))
}

fn package(release: &PlannedRelease) -> Markdown {
    let name = Markdown::code(&release.name);
    if release.private { name.and(Markdown::raw(" (private)")) } else { name }
}

fn versions(old: &str, new: &str) -> Markdown {
    if old == new {
        return Markdown::text(old).and(Markdown::raw(" (ranges only)"));
    }
    Markdown::text(old).and(Markdown::raw(" → ")).and(Markdown::bold(new))
}

/// Who depends on whom among what is released; empty where nobody does.
fn graph<'a>(releases: impl Iterator<Item = &'a PlannedRelease> + Clone) -> Mermaid {
    let mut chart = Mermaid::new();
    if releases.clone().all(|release| release.depends_on.is_empty()) {
        return chart;
    }
    for release in releases.clone() {
        chart.node(&release.name, &format!("{} {}", release.name, release.new_version));
    }
    for release in releases {
        for dependency in &release.depends_on {
            chart.edge(dependency, &release.name, "");
        }
    }
    chart
}

fn next(plan: &VersionPlan, facts: &Facts) -> Vec<Markdown> {
    let mut next = vec![
        Markdown::text("Changesets that arrive on ")
            .and(Markdown::code(&plan.base))
            .and(Markdown::text(" are added to it.")),
        match plan.after {
            crate::body::AfterMerge::Publish => {
                Markdown::text("Merge it to publish, tag and release these versions.")
            }
            crate::body::AfterMerge::Tag => {
                Markdown::text("Merge it to tag and release these versions.")
            }
            crate::body::AfterMerge::Nothing => Markdown::text(
                "Merging it publishes nothing: give the action a publish-script or a release-mode.",
            ),
        },
    ];
    if facts.token == TokenKind::Actions {
        next.push(
            Markdown::bold("Checks on it wait for approval")
                .and(Markdown::text(", because it was made with the workflow's own token: a maintainer approves them on the pull request. To have them start by themselves, pass the token of a GitHub App (or of a person) as "))
                .and(Markdown::code("github-token"))
                .and("."),
        );
    }
    next
}

fn released(applied: &Applied, facts: &Facts, summary: Summary) -> Summary {
    let mut summary = summary;
    if applied.published.is_empty() && applied.tags.is_empty() && applied.publish_rows.is_empty() {
        return summary
            .heading(2, "Nothing was released")
            .paragraph("The publish step named nothing it published.");
    }
    summary = summary.heading(2, "Released");
    summary = summary.table(
        &["Package", "Version", "Published"],
        applied
            .publish_rows
            .iter()
            .map(|row| row.iter().map(|cell| Markdown::text(cell)).collect::<Vec<_>>()),
    );
    summary = summary.table(
        &["Tag", "", "GitHub Release"],
        applied.tags.iter().map(|outcome| {
            vec![Markdown::code(&outcome.wish.tag), state(&outcome.tag), state(&outcome.release)]
        }),
    );
    if applied.tags.is_empty() {
        let names =
            applied.published.iter().map(|p| Markdown::code(&format!("{}@{}", p.name, p.version)));
        summary = summary.list(names);
    }
    let made = applied.tags.iter().any(|outcome| matches!(outcome.tag, State::Made(_)));
    let starts = applied.followed.iter().any(|one| one.what.starts_with("workflow"));
    if made && !starts && facts.token == TokenKind::Actions {
        summary = summary.note(
            Markdown::bold("These tags start no workflow")
                .and(Markdown::text(", because they were made with the workflow's own token. To run one on them, pass the token of a GitHub App as "))
                .and(Markdown::code("github-token"))
                .and(Markdown::text(", or name it in "))
                .and(Markdown::code("dispatch"))
                .and("."),
        );
    }
    summary
}

fn state(state: &State) -> Markdown {
    match state {
        State::Made(url) => Markdown::link("made", url),
        State::There(url) => Markdown::link("was there", url),
        State::Elsewhere(commit) => {
            Markdown::bold("at another commit:").and(Markdown::raw(" ")).and(Markdown::code(commit))
        }
        State::Failed(why) => {
            Markdown::bold("missing:").and(Markdown::raw(" ")).and(Markdown::text(why))
        }
        State::NotWanted => Markdown::raw("–"),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

//! `add`: a new changeset, from flags or by asking.

use std::collections::BTreeMap;
use std::path::Path;

use launchway_base::{Failure, nearest};
use launchway_changesets::{
    Changeset, ChangesetRelease, Plan, PlanInput, key_of, render_changeset,
};
use launchway_versioning::{
    CommitMessages, Repository, UNLOCKED, changed_packages, commit_messages_within, find_formatter,
    observe,
};
use launchway_workspace::{Bump, Changes, Package, Workspace};

use crate::ask::{Asker, Canceled};
use crate::context::Context;
use crate::{editor, names, report};

/// Why a package that is there may not be known to `add`.
const NOT_RELEASED: &str = "it may be private (`privatePackages`), ignored, or in a folder that `launchway.workspaces` does not name";

/// A changeset before it has a name.
struct Draft {
    releases: Vec<ChangesetRelease>,
    summary: String,
}

pub(crate) fn add(context: &Context<'_>) -> Result<u8, Failure> {
    let repository = context.settings()?;
    let packages = versionable(&repository)?;
    let message = context.args.text("message");
    let draft = if context.args.is_on("empty") {
        Draft { releases: Vec::new(), summary: message.unwrap_or_default() }
    } else {
        match draft(context, &repository, &packages, message) {
            Ok(draft) => draft,
            Err(canceled) => return canceled.end(context),
        }
    };
    write(context, &repository, &draft)
}

fn versionable(repository: &Repository) -> Result<Vec<&Package>, Failure> {
    let workspace = &repository.workspace;
    if workspace.packages.is_empty() {
        return Err(Failure::input(format!("the {} workspace has no packages", workspace.tool))
            .with_hint("its patterns match no folder with a manifest"));
    }
    let packages: Vec<&Package> =
        workspace.packages.iter().filter(|package| !repository.config.skips(package)).collect();
    if packages.is_empty() && workspace.has_unlocked_members() {
        return Err(Failure::input("no package can be released").with_hint(UNLOCKED));
    }
    if packages.is_empty() {
        return Err(Failure::input("no package can be released").with_hint(
            "each is ignored, private without `privatePackages.version`, or has no `version`",
        ));
    }
    Ok(packages)
}

fn draft(
    context: &Context<'_>,
    repository: &Repository,
    packages: &[&Package],
    message: Option<String>,
) -> Result<Draft, Canceled> {
    let flagged = flagged(context, &repository.workspace, packages)?;
    if let (Some(releases), Some(summary)) = (&flagged, &message) {
        return Ok(Draft { releases: releases.clone(), summary: summary.clone() });
    }
    let mut asker = Asker::on_terminal().ok_or_else(|| {
        Failure::input("`add` asks what is not given by flags, and there is no terminal").with_hint(
            "give packages and summary: `launchway-changeset add --minor PACKAGE -m \"What changed\"`",
        )
    })?;
    let releases = match flagged {
        Some(releases) => releases,
        None => ask_releases(context, repository, packages, &mut asker)?,
    };
    let summary = match message {
        Some(message) => message,
        None => ask_summary(context, &mut asker)?,
    };
    let draft = Draft { releases, summary };
    preview(context, &draft, &mut asker)?;
    Ok(draft)
}

/// The releases that flags name; `None` when there is no such flag.
fn flagged(
    context: &Context<'_>,
    workspace: &Workspace,
    packages: &[&Package],
) -> Result<Option<Vec<ChangesetRelease>>, Failure> {
    let mut given = false;
    let mut problems = Vec::new();
    let mut is_unknown = false;
    let mut releases: Vec<ChangesetRelease> = Vec::new();
    let mut flags: BTreeMap<String, Vec<Bump>> = BTreeMap::new();
    for bump in [Bump::Major, Bump::Minor, Bump::Patch] {
        let Some(names) = context.args.list(bump.as_str()) else { continue };
        given = true;
        for name in names {
            let name = key_of(workspace, &name, &format!("`--{bump}`"))?;
            if !packages.iter().any(|package| package.name == name) {
                is_unknown = true;
                let near = nearest(&name, packages.iter().map(|package| package.name.as_str()));
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                problems.push(format!(
                    "`--{bump}` names `{name}`, which is no package that can be released{}",
                    near.unwrap_or_default()
                ));
                continue;
            }
            let known = flags.entry(name.clone()).or_default();
            if !known.contains(&bump) {
                known.push(bump);
                releases.push(ChangesetRelease { name, bump });
            }
        }
    }
    for (name, bumps) in flags.iter().filter(|(_, bumps)| bumps.len() > 1) {
        let bumps: Vec<String> = bumps.iter().map(|bump| format!("`--{bump}`")).collect();
        problems.push(format!("`{name}` is named by {}; choose one", bumps.join(" and ")));
    }
    if problems.is_empty() {
        Ok(given.then_some(releases))
    } else {
        let failure = Failure::input(problems.join("\n"));
        Err(if is_unknown { failure.with_hint(NOT_RELEASED) } else { failure })
    }
}

fn ask_releases(
    context: &Context<'_>,
    repository: &Repository,
    packages: &[&Package],
    asker: &mut Asker<'_>,
) -> Result<Vec<ChangesetRelease>, Canceled> {
    let chosen: Vec<&Package> = match packages {
        [only] => vec![only],
        _ => {
            let changed = changed(context, repository);
            let mut sorted = packages.to_vec();
            sorted.sort_by_key(|package| (!changed.contains(&package.name), &package.name));
            let names: Vec<&str> = sorted.iter().map(|package| package.name.as_str()).collect();
            let count = sorted.iter().filter(|package| changed.contains(&package.name)).count();
            asker.say(&listing(&sorted, count))?;
            let default: Vec<usize> = (0..count).collect();
            let question = if count == 0 {
                "Which packages does it change? (numbers, spans, names or all)"
            } else {
                "Which packages does it change? (numbers, spans, names or all; Enter: the changed ones)"
            };
            let places = asker.several(question, &names, &default)?;
            places.into_iter().filter_map(|place| sorted.get(place).copied()).collect()
        }
    };
    let mut releases = Vec::new();
    for package in chosen {
        let bump = ask_bump(package, asker)?;
        releases.push(ChangesetRelease { name: package.name.clone(), bump });
    }
    releases.sort_by(|a, b| (b.bump, &a.name).cmp(&(a.bump, &b.name)));
    Ok(releases)
}

fn listing(sorted: &[&Package], changed: usize) -> String {
    let mut text = String::new();
    for (place, package) in sorted.iter().enumerate() {
        if place == 0 && changed > 0 {
            text.push_str("Changed:\n");
        }
        if place == changed {
            text.push_str(if changed > 0 { "Unchanged:\n" } else { "Packages:\n" });
        }
        let private = if package.private { "  (private)" } else { "" };
        let version = package.version.as_deref().unwrap_or_default();
        text.push_str(&format!("  {:>3}  {}  {version}{private}\n", place + 1, package.name));
    }
    text.truncate(text.trim_end().len());
    text
}

/// Packages with changes since the base branch. That git cannot tell is no reason not to go on.
fn changed(context: &Context<'_>, repository: &Repository) -> Vec<String> {
    let since = context.args.text("since");
    let base = since.as_deref().unwrap_or(&repository.config.base_branch);
    let git = context.git(&repository.workspace.root);
    changed_packages(repository, base, &git).unwrap_or_else(|failure| {
        context.session.warn(&format!("cannot tell which packages changed: {}", failure.chain()));
        Vec::new()
    })
}

fn ask_bump(package: &Package, asker: &mut Asker<'_>) -> Result<Bump, Canceled> {
    const BUMPS: [Bump; 3] = [Bump::Patch, Bump::Minor, Bump::Major];
    let version = package.version.as_deref().unwrap_or_default();
    let question = format!(
        "{} {version}: patch (a fix), minor (a feature) or major (it breaks something)? [patch]",
        package.name
    );
    loop {
        let place = asker.word(&question, &BUMPS.map(Bump::as_str), 0)?;
        let bump = BUMPS.get(place).copied().unwrap_or(Bump::Patch);
        let first = bump == Bump::Major && package.semver().is_some_and(|v| v.major == 0);
        if !first
            || asker.yes(
                &format!("Is {} ready for its first major version, 1.0.0?", package.name),
                true,
            )?
        {
            return Ok(bump);
        }
    }
}

fn ask_summary(context: &Context<'_>, asker: &mut Asker<'_>) -> Result<String, Canceled> {
    let line = asker.text("Summary for the changelog (empty: write it in an editor)", Some(""))?;
    if !line.is_empty() {
        return Ok(line);
    }
    match editor::write_text(context.session.env()) {
        Ok(text) if !text.is_empty() => Ok(text),
        Ok(_) => asker.text("The text was empty. Summary", None),
        Err(failure) => {
            asker.say(&format!("  {}", failure.chain()))?;
            asker.text("Summary", None)
        }
    }
}

/// Shows the file and what it leads to, and asks whether to go on.
fn preview(context: &Context<'_>, draft: &Draft, asker: &mut Asker<'_>) -> Result<(), Canceled> {
    asker.say(&format!("\n{}", render_changeset(&draft.releases, &draft.summary)))?;
    if let Some(plan) = planned(context, draft) {
        asker.say(&format!(
            "With it, the next `version` releases:\n\n{}\n",
            report::tree(&plan, false)
        ))?;
    }
    if asker.yes("Write this changeset?", true)? { Ok(()) } else { Err(Canceled::Ended) }
}

/// The plan with the draft; `None` where the repository has no plan to make.
fn planned(context: &Context<'_>, draft: &Draft) -> Option<Plan> {
    let repository = observe(&context.cwd).ok()?;
    let mut changesets = repository.changesets.clone();
    changesets.push(Changeset {
        id: "this one".to_owned(),
        releases: draft.releases.clone(),
        summary: draft.summary.clone(),
    });
    Plan::make(PlanInput {
        workspace: &repository.workspace,
        config: &repository.config,
        changesets: &changesets,
        pre: repository.pre.as_ref(),
        snapshot: None,
    })
    .ok()
}

fn write(context: &Context<'_>, repository: &Repository, draft: &Draft) -> Result<u8, Failure> {
    let root = &repository.workspace.root;
    let exists = |id: &str| {
        [".changeset", ".changeset/pre"]
            .iter()
            .any(|folder| root.join(folder).join(format!("{id}.md")).exists())
    };
    let id = names::fresh(exists);
    let path = format!(".changeset/{id}.md");
    let about = CommitMessages::Add { releases: &draft.releases, summary: &draft.summary, id: &id };
    let message = commit_messages_within(repository, about, &context.generator_context())?;
    let formatter = find_formatter(repository.config.format, root)?
        .map(|formatter| formatter.within(context.deadline));
    let mut changes = Changes::default();
    changes.write(&path, render_changeset(&draft.releases, &draft.summary));
    changes.apply(root)?;
    if let Some(formatter) = formatter {
        formatter.run(root, std::slice::from_ref(&path))?;
    }
    if let Some(message) = &message {
        let git = context.git(root);
        git.stage(std::slice::from_ref(&path))?;
        git.commit(message)?;
    }
    say(context, draft, &path, message.is_some());
    if context.args.is_on("open") {
        editor::open(context.session.env(), &root.join(Path::new(&path)))?;
    }
    Ok(0)
}

fn say(context: &Context<'_>, draft: &Draft, path: &str, committed: bool) {
    let session = context.session;
    for bump in [Bump::Major, Bump::Minor, Bump::Patch] {
        let names: Vec<&str> = draft
            .releases
            .iter()
            .filter(|release| release.bump == bump)
            .map(|release| release.name.as_str())
            .collect();
        if !names.is_empty() {
            session.say(&format!("{bump}: {}", names.join(", ")));
        }
    }
    if draft.releases.iter().any(|release| release.bump == Bump::Major) {
        session.say("It breaks something: say in it what, why, and how users move on.");
    }
    session.say(&if committed {
        format!("`{path}` is written and committed.")
    } else {
        format!("`{path}` is written; commit it with the change.")
    });
}

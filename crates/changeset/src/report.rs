//! Plans for people and for programs.

use launchway_base::Location;
use launchway_changesets::{Plan, PlannedRelease, Reason};
use launchway_runtime::{Annotation, Level, Session};
use launchway_versioning::Prepared;
use launchway_workspace::{Bump, Change, Changes};
use serde_json::{Value, json};

/// The releases, biggest first, each with why it is there.
pub(crate) fn tree(plan: &Plan, verbose: bool) -> String {
    if plan.releases.is_empty() {
        return "Nothing to release.".to_owned();
    }
    let mut text = String::new();
    for bump in [Bump::Major, Bump::Minor, Bump::Patch, Bump::None] {
        let mut releases: Vec<&PlannedRelease> =
            plan.releases.iter().filter(|release| release.bump == bump).collect();
        if releases.is_empty() {
            continue;
        }
        releases.sort_by(|a, b| a.name.cmp(&b.name));
        let title = if bump == Bump::None { "version stays" } else { bump.as_str() };
        text.push_str(&format!("{}{title}\n", if text.is_empty() { "" } else { "\n" }));
        let last = releases.len() - 1;
        for (place, release) in releases.into_iter().enumerate() {
            branch(release, place == last, verbose, &mut text);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn branch(release: &PlannedRelease, last: bool, verbose: bool, text: &mut String) {
    let (knot, rail) = if last { ("└─", "  ") } else { ("├─", "│ ") };
    let versions = match release.bump {
        Bump::None if release.old_version.is_empty() => "(no version)".to_owned(),
        Bump::None => release.old_version.clone(),
        _ => format!("{} → {}", release.old_version, release.new_version),
    };
    text.push_str(&format!("{knot} {}  {versions}\n", release.name));
    let reasons: Vec<String> = release.reasons.iter().map(Reason::to_string).collect();
    let shown = if verbose { reasons.len() } else { reasons.len().min(3) };
    let more = reasons.len() - shown;
    for (place, reason) in reasons.iter().take(shown).enumerate() {
        let knot = if place + 1 == shown && more == 0 { "└─" } else { "├─" };
        text.push_str(&format!("{rail} {knot} {reason}\n"));
    }
    if more > 0 {
        text.push_str(&format!("{rail} └─ and {more} more, see `status --verbose`\n"));
    }
}

/// The files of a dry run.
pub(crate) fn files(changes: &Changes) -> String {
    let lines = changes.iter().map(|(path, change)| match change {
        Change::Write(_) => format!("  write   {path}"),
        Change::Remove => format!("  remove  {path}"),
    });
    std::iter::once("\nFiles:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// The plan of a version step as a document; `docs/schema/plan.json` describes it.
pub(crate) fn json(prepared: &Prepared) -> String {
    let plan = &prepared.plan;
    let releases: Vec<Value> = plan
        .releases
        .iter()
        .map(|release| {
            let reasons: Vec<Value> = release
                .reasons
                .iter()
                .map(|reason| {
                    let mut value = json!(reason);
                    if let Some(map) = value.as_object_mut() {
                        map.insert("text".to_owned(), json!(reason.to_string()));
                    }
                    value
                })
                .collect();
            let mut value = json!(release);
            if let Some(map) = value.as_object_mut() {
                map.insert("reasons".to_owned(), reasons.into());
            }
            value
        })
        .collect();
    let files: Vec<Value> = prepared
        .edits
        .changes
        .iter()
        .map(|(path, change)| {
            let action = if matches!(change, Change::Remove) { "remove" } else { "write" };
            json!({ "path": path, "action": action })
        })
        .collect();
    document(&json!(plan.changesets), &releases, &json!(plan.pre), &files)
}

/// The document of a step that has nothing to do.
pub(crate) fn empty_json() -> String {
    document(&json!([]), &[], &Value::Null, &[])
}

fn document(changesets: &Value, releases: &[Value], pre: &Value, files: &[Value]) -> String {
    let document = json!({
        "version": 1,
        "changesets": changesets,
        "releases": releases,
        "preState": pre,
        "files": files,
    });
    format!("{document:#}\n")
}

/// Warns about ranges inside the repository that nothing satisfies.
pub(crate) fn complaints(session: &Session, plan: &Plan) {
    for complaint in &plan.complaints {
        let version = complaint.expected.as_deref().unwrap_or("no version");
        session.annotate(
            &Annotation::new(
                Level::Warning,
                format!(
                    "`{}` wants `{}` at `{}`, which is {version} here: it does not follow its releases",
                    complaint.package, complaint.dependency, complaint.range
                ),
            )
            .at(Location::file(&complaint.manifest)),
        );
    }
}

/// A few names, then a count.
pub(crate) fn list(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    if let Some(more @ 1..) = names.len().checked_sub(5) {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.join(""),
    }
}

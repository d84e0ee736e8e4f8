//! What is affected, for people, for matrices and for programs.

use launchway_base::Failure;
use launchway_runtime::{Markdown, Session, Summary};
use serde_json::{Map, Value, json};

use super::base::Base;
use super::members::{Member, Members};
use super::plan::{Affected, Plan};
use super::{Inputs, Outputs};

/// How many jobs a matrix of GitHub's may have.
const MATRIX: usize = 256;
/// How many rows the summary has at most.
const ROWS: usize = 100;

/// Hands it out.
pub(super) fn give(
    session: &Session,
    inputs: &Inputs,
    base: &Base,
    members: &Members,
    plan: &Plan,
) -> Result<(), Failure> {
    let rows: Vec<(&Member, &Affected)> = plan
        .affected
        .iter()
        .filter_map(|affected| Some((members.all.get(affected.place)?, affected)))
        .collect();
    let entries: Vec<Value> =
        rows.iter().map(|(member, affected)| entry(member, affected)).collect();
    let include = match inputs.shards {
        Some(shards) => shared_out(&rows, usize::from(shards)),
        None => entries.clone(),
    };
    if inputs.json {
        let document = json!({
            "version": 1,
            "base": base.hash(),
            "because": base.why,
            "all": plan.everything.is_some(),
            "packages": entries,
            "matrix": { "include": include },
            "homeless": plan.homeless,
        });
        session.document(&format!("{document:#}\n"));
    } else {
        session.say(&text(base, members, plan, &rows));
    }
    summarize(session, base, members, plan, &rows)?;
    if session.env().get("GITHUB_OUTPUT").is_some() && include.len() > MATRIX {
        return Err(Failure::input(format!(
            "{} packages are affected, and a matrix may have {MATRIX} jobs",
            include.len()
        ))
        .with_hint("give `shards`, which puts several packages into one entry"));
    }
    let reasons: Map<String, Value> = rows
        .iter()
        .map(|(member, affected)| (member.name.clone(), affected.why.clone().into()))
        .collect();
    let names: Vec<&str> = rows.iter().map(|(member, _)| member.name.as_str()).collect();
    session.write_outputs(&Outputs {
        matrix: Some(json!({ "include": include }).to_string()),
        packages: Some(Value::from(entries).to_string()),
        names: Some(names.join("\n")),
        any: Some((!rows.is_empty()).to_string()),
        count: Some(rows.len().to_string()),
        all: Some(plan.everything.is_some().to_string()),
        reasons: Some(Value::from(reasons).to_string()),
        base: Some(base.hash().to_owned()),
    })
}

fn entry(member: &Member, affected: &Affected) -> Value {
    json!({
        "name": member.name,
        "path": member.path(),
        "ecosystem": member.ecosystem,
        "version": member.version,
        "changed": affected.changed,
        "why": affected.why,
    })
}

/// At most so many entries of about the same number of packages each.
fn shared_out(rows: &[(&Member, &Affected)], shards: usize) -> Vec<Value> {
    let count = shards.min(rows.len());
    let shard = |number: usize| {
        // Dealt out in turn: neighbours, which are often alike in size, come to different ones.
        let own: Vec<_> =
            rows.iter().skip(number).step_by(count).map(|(member, _)| member).collect();
        let names: Vec<&str> = own.iter().map(|member| member.name.as_str()).collect();
        let paths: Vec<&str> = own.iter().map(|member| member.path()).collect();
        json!({
            "name": format!("{} of {count}", number + 1),
            "names": names.join("\n"),
            "paths": paths.join("\n"),
        })
    };
    (0..count).map(shard).collect()
}

fn headline(base: &Base, members: &Members, plan: &Plan, count: usize) -> String {
    let all = members.all.len();
    match &plan.everything {
        Some(why) => format!("{count} of {all} packages, for everything is affected: {why}"),
        None => format!(
            "{count} of {all} packages are affected by {} changed {} since {}",
            plan.files,
            if plan.files == 1 { "file" } else { "files" },
            base.why
        ),
    }
}

fn text(base: &Base, members: &Members, plan: &Plan, rows: &[(&Member, &Affected)]) -> String {
    let mut text = headline(base, members, plan, rows.len());
    let width =
        rows.iter().map(|(member, _)| member.name.chars().count()).max().unwrap_or_default();
    for (member, affected) in rows {
        text.push_str(&format!("\n  {:width$}  {}", member.name, affected.why));
    }
    if let Some(first) = plan.homeless.first() {
        let more = plan.homeless.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!("\n`{first}`{more} changed, which belongs to no package"));
    }
    text
}

fn summarize(
    session: &Session,
    base: &Base,
    members: &Members,
    plan: &Plan,
    rows: &[(&Member, &Affected)],
) -> Result<(), Failure> {
    let mut summary = Summary::new()
        .heading(3, "Affected packages")
        .paragraph(headline(base, members, plan, rows.len()) + ".");
    if !rows.is_empty() {
        let cells = rows.iter().take(ROWS).map(|(member, affected)| {
            vec![
                Markdown::code(&member.name),
                Markdown::code(member.path()),
                Markdown::text(&affected.why),
            ]
        });
        summary = summary.table(&["package", "folder", "why"], cells);
    }
    if let Some(more @ 1..) = rows.len().checked_sub(ROWS) {
        summary = summary.paragraph(format!("And {more} more, in the log."));
    }
    session.summarize(&summary)
}

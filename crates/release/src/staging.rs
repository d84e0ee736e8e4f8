//! Versions that wait in the npm registry for approval: neither failed nor released.

use launchway_base::Failure;
use launchway_publish::{
    NpmPublish as Way, PackageManager, StageCommands, StagedVersion, Staging, bytes,
};
use launchway_runtime::{Markdown, Session, Summary};
use launchway_workspace::Workspace;

use crate::inputs::NpmPublish;
use crate::observe::runner;
use crate::world::World;

/// More changed files than this are counted, not listed.
const LISTED: usize = 50;
/// A longer list is not handed on as an output.
const OUTPUT_LIMIT: usize = 100_000;

/// The package manager as `npm-publish` wants it.
pub async fn around(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    manager: Box<dyn PackageManager>,
    wanted: Option<NpmPublish>,
) -> Result<Box<dyn PackageManager>, Failure> {
    let way = match wanted {
        None | Some(NpmPublish::Direct) => return Ok(manager),
        Some(NpmPublish::Stage) => Way::Stage,
        Some(NpmPublish::Auto) => Way::Auto,
    };
    let commands = StageCommands::new(runner(session, world));
    if let Err(error) = commands.check(&workspace.root).await {
        let failure = Failure::from(error);
        if way == Way::Stage {
            return Err(failure);
        }
        session.notice(&format!("`npm-publish: auto` publishes directly: {}", failure.chain()));
        return Ok(manager);
    }
    Ok(Box::new(Staging::new(manager, commands, workspace.clone(), way)))
}

/// The output `staged-packages`.
pub fn output(staged: &[StagedVersion]) -> String {
    let text = |staged: &[StagedVersion]| serde_json::to_string(staged).unwrap_or_default();
    let whole = text(staged);
    if whole.len() <= OUTPUT_LIMIT {
        return whole;
    }
    let short: Vec<StagedVersion> =
        staged.iter().map(|one| StagedVersion { files: Vec::new(), ..one.clone() }).collect();
    text(&short)
}

/// What waits, with what is in it and what is to be done.
pub fn summary(staged: &[StagedVersion], summary: Summary) -> Summary {
    if staged.is_empty() {
        return summary;
    }
    let mut summary = summary.heading(2, "Waits for approval").table(
        &["Package", "Version", "Stage id", "Size", "Files"],
        staged.iter().map(|one| {
            let id = one
                .id
                .as_deref()
                .map_or_else(|| Markdown::text("staged by an earlier run"), Markdown::code);
            let size = if one.size == 0 { "–".to_owned() } else { bytes(one.size) };
            let files = match &one.against {
                Some(version) => format!("{} changed since {version}", one.files.len()),
                None => format!("{}, the first version", one.files.len()),
            };
            vec![
                Markdown::code(&one.name),
                Markdown::text(&one.version),
                id,
                Markdown::text(&size),
                Markdown::text(&files),
            ]
        }),
    );
    for one in staged.iter().filter(|one| !one.files.is_empty()) {
        let mut lines: Vec<Markdown> =
            one.files.iter().take(LISTED).map(|file| Markdown::code(&file.to_string())).collect();
        if let Some(more @ 1..) = one.files.len().checked_sub(LISTED) {
            lines.push(Markdown::text(&format!("and {more} more")));
        }
        let title = format!("Files of {}@{}", one.name, one.version);
        summary = summary.details(&title, Summary::new().list(lines));
    }
    summary.paragraph(
        Markdown::text("Nobody can install these versions yet. A maintainer approves them with ")
            .and(Markdown::code("launchway-release approve"))
            .and(Markdown::text(" in a checkout of this commit, or at the registry. Their tags and Releases follow with the next run, or with "))
            .and(Markdown::code("launchway-release complete"))
            .and("."),
    )
}

//! `approve`: a maintainer looks at what CI staged, and lets it out.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::{Deadline, Failure, Secret, parse_duration};
use launchway_publish::{
    CommandError, Decision, Entry, Runner, StageCommands, StagedItem, StagedVersion, bytes, order,
};
use launchway_runtime::Session;
use launchway_workspace::{Package, Workspace};

/// So many packages are asked for at once.
const AT_ONCE: usize = 8;
/// So often a refused one-time password is asked for anew, for one package.
const TRIES: usize = 3;
/// More changed files than this are counted, not listed.
const LISTED: usize = 40;

/// The inputs of `approve`.
#[derive(Clone, Debug, Args)]
pub struct ApproveInputs {
    /// Directory to work in. The current one unless given.
    #[arg(long, value_name = "PATH")]
    pub cwd: Option<String>,

    /// One-time password of the second factor. Asked for on the terminal unless given, and again
    /// when it is refused.
    #[arg(long, value_name = "CODE")]
    pub otp: Option<Secret>,

    /// Approve without asking.
    #[arg(long)]
    pub yes: bool,

    /// Reject the staged version of this package instead: it is deleted. May be given several
    /// times; the others are left alone.
    #[arg(long, value_name = "PACKAGE")]
    pub reject: Vec<String>,

    /// Show the whole difference to the last published version, not only which files changed.
    #[arg(long)]
    pub diff: bool,

    /// Only list what waits.
    #[arg(long)]
    pub dry_run: bool,

    /// Time after which nothing new is started, such as `30m`.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    pub timeout: Duration,
}

/// A version that waits, with what is in it.
struct Waiting<'a> {
    package: &'a Package,
    item: StagedItem,
    described: StagedVersion,
    patch: Option<String>,
}

/// Lists, shows, asks, decides.
pub async fn main(session: &Session, inputs: &ApproveInputs) -> Result<(), Failure> {
    let dir = PathBuf::from(inputs.cwd.as_deref().unwrap_or("."));
    let workspace = launchway_versioning::discover(&dir)?;
    let rejected: Vec<String> = inputs
        .reject
        .iter()
        .map(|name| {
            let known = workspace.package(name).map(|package| package.name.clone());
            known.ok_or_else(|| {
                Failure::input(format!("`--reject` names `{name}`, which is not in the workspace"))
            })
        })
        .collect::<Result<_, _>>()?;
    let runner = Runner::inherited().with_deadline(Deadline::after(inputs.timeout));
    let commands = StageCommands::new(runner);
    commands.check(&workspace.root).await?;
    let waiting = waiting(&commands, &workspace, inputs).await?;
    for one in &waiting {
        session.say(&shown(one));
    }
    let chosen: Vec<&Waiting<'_>> = waiting
        .iter()
        .filter(|one| rejected.is_empty() || rejected.contains(&one.package.name))
        .collect();
    if chosen.is_empty() {
        session.say("nothing of this workspace waits for approval at the versions it has");
        return Ok(());
    }
    if inputs.dry_run {
        return Ok(());
    }
    let verb = if rejected.is_empty() { "approve" } else { "reject" };
    if !inputs.yes {
        let what = match chosen.len() {
            1 => "this version".to_owned(),
            n => format!("these {n} versions"),
        };
        let answer = ask(&format!("{} {what}? [y/N] ", capitalised(verb)), "--yes")?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            session.say("nothing was changed");
            return Ok(());
        }
    }
    decide(session, &commands, &workspace, &chosen, inputs, verb == "approve").await
}

/// What waits for approval at the versions the workspace has, in dependency order.
async fn waiting<'a>(
    commands: &StageCommands,
    workspace: &'a Workspace,
    inputs: &ApproveInputs,
) -> Result<Vec<Waiting<'a>>, Failure> {
    let candidates = workspace.packages.iter().filter(|package| {
        package.ecosystem.id() == "npm" && !package.private && package.version.is_some()
    });
    let listed: Vec<(&Package, Result<Vec<StagedItem>, CommandError>)> = stream::iter(candidates)
        .map(async |package| Ok::<_, Failure>((package, commands.list(workspace, package).await?)))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut found: Vec<(&Package, StagedItem)> = Vec::new();
    for (package, listed) in listed {
        let items = listed.map_err(|error| refused(package, &error))?;
        let own = items.into_iter().find(|item| Some(&item.version) == package.version.as_ref());
        found.extend(own.map(|item| (package, item)));
    }
    let entries: Vec<Entry> = found
        .iter()
        .map(|(package, item)| Entry::Publish {
            name: package.name.clone(),
            version: item.version.clone(),
            access: String::new(),
            tag: String::new(),
            tarball: None,
            ecosystem: None,
        })
        .collect();
    let ordered = order(workspace, &entries, false)?;
    let names: Vec<&str> = ordered.chunks.iter().flatten().map(Entry::name).collect();
    found.sort_by_key(|(package, _)| names.iter().position(|name| *name == package.name));
    let mut all = Vec::new();
    for (package, item) in found {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::internal("no temporary folder can be made").caused_by(error)
        })?;
        let file = commands.download(workspace, package, &item.id, folder.path()).await?;
        let (mut described, mut patch) = (StagedVersion::default(), None);
        if let Ok(file) = file {
            described = commands.describe(workspace, package, &file).await;
            if let (true, Some(version)) = (inputs.diff, &described.against) {
                patch = commands.patch(workspace, package, version, &file).await?.ok();
            }
        }
        all.push(Waiting { package, item, described, patch });
    }
    Ok(all)
}

fn refused(package: &Package, error: &CommandError) -> Failure {
    let failure = Failure::remote(format!(
        "the registry lists no staged versions of `{}`: {error}",
        package.name
    ));
    let code = error.code.as_deref().unwrap_or_default();
    if matches!(code, "E401" | "ENEEDAUTH") {
        return failure.with_hint("log in first: `npm login`");
    }
    if code == "E404" {
        return failure.with_hint(
            "the registry does not know the package, or not for this login: a first version has to be published directly",
        );
    }
    failure.with_hint("only people who may publish the package can list what is staged")
}

fn shown(one: &Waiting<'_>) -> String {
    let Waiting { package, item, described, patch } = one;
    let by = item.actor.as_deref().unwrap_or("somebody");
    let at = item.created_at.as_deref().unwrap_or("an unknown time");
    let against = described.against.as_deref().map(|version| format!(", compared with {version}"));
    let mut lines = vec![
        format!("{}@{}  {}", package.name, item.version, item.id),
        format!(
            "  staged by {by} at {at}, {}{}",
            bytes(described.size),
            against.unwrap_or_default()
        ),
    ];
    lines.extend(described.files.iter().take(LISTED).map(|file| format!("  {file}")));
    if let Some(more @ 1..) = described.files.len().checked_sub(LISTED) {
        lines.push(format!("  and {more} more; `--diff` shows all"));
    }
    lines.extend(patch.as_deref().map(|patch| patch.trim_end().to_owned()));
    lines.join("\n")
}

/// Approves or rejects one after the other. One one-time password is used until it is refused.
async fn decide(
    session: &Session,
    commands: &StageCommands,
    workspace: &Workspace,
    chosen: &[&Waiting<'_>],
    inputs: &ApproveInputs,
    approves: bool,
) -> Result<(), Failure> {
    let mut otp = inputs.otp.clone();
    let done = if approves { "approved" } else { "rejected" };
    for (place, one) in chosen.iter().enumerate() {
        let label = format!("{}@{}", one.package.name, one.item.version);
        let mut tries = 0;
        loop {
            let (package, id) = (one.package, one.item.id.as_str());
            let decision = if approves {
                commands.approve(workspace, package, id, otp.as_ref()).await?
            } else {
                commands.reject(workspace, package, id, otp.as_ref()).await?
            };
            let error = match decision {
                Decision::Done => {
                    session.say(&format!("{done} {label}"));
                    break;
                }
                Decision::NeedsOtp(_) if tries < TRIES && can_ask() => {
                    tries += 1;
                    let question = format!("One-time password for {label}: ");
                    let answer = rpassword::prompt_password(question).map_err(broken)?;
                    otp = Some(Secret::new(answer.trim()));
                    continue;
                }
                Decision::NeedsOtp(error) | Decision::Refused(error) => error,
            };
            let text = format!("{label} was not {done}: {error}");
            let hint = "run it again: what is done stays, and is not asked for again. A one-time password is given with `--otp` where there is no terminal";
            let failure = if place == 0 { Failure::remote(text) } else { Failure::partial(text) };
            return Err(failure.with_hint(hint));
        }
    }
    if approves {
        session.say("tags and Releases follow with the next run of the release action, or with `launchway-release complete`");
    }
    Ok(())
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks on the terminal.
fn ask(question: &str, flag: &str) -> Result<String, Failure> {
    if !can_ask() {
        return Err(Failure::input("there is no terminal to ask on")
            .with_hint(format!("give `{flag}`, and `--yes` to approve without being asked")));
    }
    let mut terminal = std::io::stderr();
    terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush()).map_err(broken)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(broken)?;
    Ok(answer)
}

fn broken(error: std::io::Error) -> Failure {
    Failure::internal("the terminal does not answer").caused_by(error)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

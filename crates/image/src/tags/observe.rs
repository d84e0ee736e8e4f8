//! What the run, the checkout and the API say, as one [`Snapshot`].

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use launchway_base::{Deadline, Failure, Secret, nearest};
use launchway_git::Git;
use launchway_github::{GitHub, RepoId};
use launchway_runtime::{Payload, Session};
use serde_json::Value;

use super::git_context;
use super::inputs::Inputs;
use super::package::Facts;
use super::settings::Settings;
use super::snapshot::{Repository, Snapshot};
use super::source::Source;

/// How long the API may take in all; what it says is worth no longer wait.
const API_TIME: Duration = Duration::from_secs(30);

/// What a run needs that may cost a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// The date of the commit.
    pub commit_date: bool,
}

/// Looks at everything; the second part is what somebody should see.
///
/// # Errors
/// An unknown `context`, a checkout or payload that cannot be read, a pull request without a
/// number, a variable that is no UTF-8.
pub async fn observe(
    session: &Session,
    inputs: &Inputs,
    settings: &Settings,
    needs: Needs,
) -> Result<(Snapshot, Vec<String>), Failure> {
    let env = session.env();
    let mut warnings = Vec::new();
    let empty = Payload::default();
    let payload = payload(session)?.unwrap_or(&empty);
    let text = |pointer: &str| payload.get(pointer).and_then(Value::as_str).map(str::to_owned);
    let event_name = env.read("GITHUB_EVENT_NAME")?.unwrap_or_default().to_owned();
    let checkout = match inputs.context.as_str() {
        "workflow" => None,
        "git" => Some(git_context::observe(&git(session)?)?),
        other => return Err(unknown_context(other)),
    };
    let (reference, sha, committed) = match &checkout {
        Some(git) => {
            (git.reference.clone(), git.sha.clone(), Timestamp::from_second(git.committed).ok())
        }
        None => {
            if event_name.is_empty() && !env.is_runner() {
                return Err(Failure::input("there is no event to compute tags from")
                    .with_hint("outside a runner write `--context git`"));
            }
            let reference = reference(env.read("GITHUB_REF")?, &event_name, payload)?;
            let sha = sha(env.read("GITHUB_SHA")?, &event_name, payload, settings);
            let committed = committed(payload, &sha);
            (reference, sha, committed)
        }
    };
    let mut api = Api::new(session, inputs.github_token.as_ref());
    let repository = repository(session, payload, &mut api, &mut warnings).await?;
    let now = Timestamp::now();
    let commit_date = match committed {
        Some(date) => date,
        None if needs.commit_date && !sha.is_empty() => {
            match api.commit_date(session, &sha).await {
                Ok(date) => date,
                Err(why) => {
                    warnings.push(format!(
                        "the date of commit {sha} is not known, `commit_date` is now: {why}"
                    ));
                    now
                }
            }
        }
        None => now,
    };
    let release_tag = text("/release/tag_name");
    let facts = Facts {
        reference: &reference,
        release_tag: release_tag.as_deref(),
        tags: checkout.as_ref().map_or(&[], |git| git.tags.as_slice()),
    };
    let source = Source::of(inputs, facts)?;
    let snapshot = Snapshot {
        event_name,
        sha,
        base_ref: text("/base_ref"),
        pull_base: text("/pull_request/base/ref"),
        event_default_branch: text("/repository/default_branch"),
        repository,
        now,
        commit_date,
        short_sha_length: settings.short_sha_length.clone(),
        source,
        reference,
    };
    Ok((snapshot, warnings))
}

/// The payload, where the runner gives one.
pub(crate) fn payload(session: &Session) -> Result<Option<&Payload>, Failure> {
    match session.env().get_os("GITHUB_EVENT_PATH") {
        Some(path) if Path::new(path).exists() => session.context().payload().map(Some),
        _ => Ok(None),
    }
}

fn unknown_context(given: &str) -> Failure {
    let hint = match nearest(given, ["workflow", "git"]) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `workflow` or `git`".to_owned(),
    };
    Failure::input(format!("`context` is `{}`", given.escape_debug())).with_hint(hint)
}

/// Git in the working directory. That of a runner's workspace is read whoever owns it: in a
/// container that is another user. (A folder named `*` would stand for all beside it.)
pub(crate) fn git(session: &Session) -> Result<Git, Failure> {
    let git = Git::at(".");
    if !git.is_foreign_owned()? {
        return Ok(git);
    }
    let workspace = session.context().workspace().ok().and_then(|dir| dir.canonicalize().ok());
    match git.repository_folder() {
        Some(folder)
            if session.env().is_runner()
                && workspace.as_ref() == Some(&folder)
                && folder.file_name().is_none_or(|name| name != "*") =>
        {
            Ok(git.trusting(&folder))
        }
        _ => Ok(git),
    }
}

/// The ref of the run. For `pull_request_target` the runner says the branch; the pull request
/// stands in the payload.
fn reference(given: Option<&str>, event: &str, payload: &Payload) -> Result<String, Failure> {
    if event.contains("pull_request_target") {
        let number = payload.number("/number").map_err(|failure| {
            failure.with_hint("a runner puts the number of the pull request there")
        })?;
        return Ok(format!("refs/pull/{number}/merge"));
    }
    Ok(given.unwrap_or_default().to_owned())
}

fn sha(given: Option<&str>, event: &str, payload: &Payload, settings: &Settings) -> String {
    let head = payload.get("/pull_request/head/sha").and_then(Value::as_str);
    match head {
        Some(head) if settings.pr_head_sha && event.contains("pull_request") => head.to_owned(),
        _ => given.unwrap_or_default().to_owned(),
    }
}

/// When the commit was made, where the payload says it.
fn committed(payload: &Payload, sha: &str) -> Option<Timestamp> {
    let commits = payload.get("/commits").and_then(Value::as_array).into_iter().flatten();
    commits
        .chain(payload.get("/head_commit"))
        .filter(|commit| commit.get("id").and_then(Value::as_str) == Some(sha))
        .find_map(|commit| commit.get("timestamp").and_then(Value::as_str)?.parse().ok())
}

/// The repository: from the payload where it says everything, else from the API.
async fn repository(
    session: &Session,
    payload: &Payload,
    api: &mut Api<'_>,
    warnings: &mut Vec<String>,
) -> Result<Repository, Failure> {
    let own = session.env().read("GITHUB_REPOSITORY")?;
    let said = payload.get("/repository").filter(|said| is_of(said, own));
    if let Some(said) = said.and_then(whole) {
        return Ok(said);
    }
    let text = |name: &str| -> Option<String> {
        said.and_then(|said| said.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let mut repository = Repository {
        name: text("name").unwrap_or_default(),
        description: text("description").unwrap_or_default(),
        url: text("html_url").unwrap_or_default(),
        license: said
            .and_then(|said| said.pointer("/license/spdx_id"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        default_branch: text("default_branch"),
    };
    let Some(own) = own else { return Ok(repository) };
    match api.repository(session, own).await {
        Ok(card) => {
            repository = Repository {
                name: card.name.unwrap_or(repository.name),
                description: card.description.unwrap_or(repository.description),
                url: card.html_url.unwrap_or(repository.url),
                license: card
                    .license
                    .and_then(|license| license.spdx_id)
                    .unwrap_or(repository.license),
                default_branch: card.default_branch.or(repository.default_branch),
            };
        }
        Err(why) => {
            let fill = |slot: &mut String, value: &str| {
                if slot.is_empty() {
                    value.clone_into(slot);
                }
            };
            let name = own.rsplit('/').next().unwrap_or(own);
            fill(&mut repository.name, name);
            let server = session.context().server_url()?;
            fill(&mut repository.url, &format!("{server}/{own}"));
            warnings.push(format!(
                "GitHub does not say what {own} is, so labels have no more than the event has: {why}"
            ));
        }
    }
    Ok(repository)
}

/// Whether a repository of a payload is the run's.
fn is_of(said: &Value, own: Option<&str>) -> bool {
    let full_name = said.get("full_name").and_then(Value::as_str);
    match (full_name, own) {
        (Some(said), Some(own)) => said.eq_ignore_ascii_case(own),
        _ => true,
    }
}

/// A repository that leaves nothing open; a key with `null` says that there is nothing.
fn whole(said: &Value) -> Option<Repository> {
    let text = |name: &str| said.get(name)?.as_str().filter(|text| !text.is_empty());
    let maybe = |name: &str| Some(said.get(name)?.as_str().unwrap_or_default().to_owned());
    Some(Repository {
        name: text("name")?.to_owned(),
        description: maybe("description")?,
        url: text("html_url")?.to_owned(),
        license: said
            .get("license")?
            .get("spdx_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        default_branch: Some(text("default_branch")?.to_owned()),
    })
}

/// The API, connected to when it is asked.
struct Api<'a> {
    token: Option<&'a Secret>,
    from_env: Option<Secret>,
    deadline: Deadline,
}

impl<'a> Api<'a> {
    fn new(session: &Session, token: Option<&'a Secret>) -> Self {
        let from_env = session.env().get("GITHUB_TOKEN").map(Secret::new);
        Self { token, from_env, deadline: Deadline::after(API_TIME) }
    }

    fn connect(&self, session: &Session) -> Result<GitHub, Failure> {
        let context = session.context();
        Ok(GitHub::new(launchway_github::Settings {
            api_url: context.api_url()?,
            graphql_url: context.graphql_url()?,
            token: self.token.or(self.from_env.as_ref()).cloned(),
            deadline: self.deadline,
        })?)
    }

    async fn repository(
        &mut self,
        session: &Session,
        own: &str,
    ) -> Result<launchway_github::Card, String> {
        let asked = async {
            let repo = id(own)?;
            Ok::<_, Failure>(self.connect(session)?.card(&repo).await?)
        };
        asked.await.map_err(|failure| failure.chain())
    }

    async fn commit_date(&mut self, session: &Session, sha: &str) -> Result<Timestamp, String> {
        let asked = async {
            let repo = id(session.env().require("GITHUB_REPOSITORY")?)?;
            Ok::<_, Failure>(self.connect(session)?.commit_date(&repo, sha).await?)
        };
        let date = asked.await.map_err(|failure| failure.chain())?;
        let date = date.ok_or_else(|| "GitHub does not know it".to_owned())?;
        date.parse().map_err(|_| format!("GitHub says `{}`", date.escape_debug()))
    }
}

fn id(text: &str) -> Result<RepoId, Failure> {
    text.parse().map_err(|error: launchway_github::RepoIdError| Failure::input(error.to_string()))
}

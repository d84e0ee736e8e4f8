//! What a run works with: checkout, token, API, addresses.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use launchway_base::{Deadline, Failure, Secret};
use launchway_git::Git;
use launchway_github::{GitHub, RepoId, Settings};
use launchway_runtime::Session;
use launchway_workspace::Workspace;

use crate::inputs::Place;

/// What the run works with; nothing in it changes.
#[derive(Clone, Debug)]
pub struct World {
    /// Where scripts run and the workspace is looked for.
    pub dir: PathBuf,
    /// The root of the checkout.
    pub root: PathBuf,
    /// Git in that directory.
    pub git: Git,
    /// The API; `None` without a token, which a dry run may lack.
    pub github: Option<GitHub>,
    /// The token.
    pub token: Option<Secret>,
    /// The repository.
    pub repo: RepoId,
    /// The server's pages.
    pub server_url: String,
    /// The commit of the run.
    pub sha: String,
    /// The id of the run; `None` in a shell.
    pub run_id: Option<u64>,
    /// Which attempt it is, from 1.
    pub attempt: u64,
    /// When everything must be over.
    pub deadline: Deadline,
    /// A directory for files of this run.
    pub temp: PathBuf,
}

impl World {
    /// Reads event and checkout.
    pub fn observe(session: &Session, inputs: &Place) -> Result<Self, Failure> {
        let context = session.context();
        let deadline = Deadline::after(inputs.timeout);
        let token = token(session, inputs)?;
        let dir = PathBuf::from(inputs.cwd.as_deref().unwrap_or("."));
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        if !dir.is_dir() {
            return Err(Failure::input(format!("`{}` is no directory", dir.display()))
                .with_hint("check the input `cwd`; it is relative to the checkout"));
        }
        let git = Git::at(&dir).with_deadline(deadline);
        let root = git.root().map_err(|error| {
            let failure = Failure::from(error);
            match failure.hint() {
                Some(_) => failure,
                None if deadline.is_over() => failure.with_hint("raise `timeout`"),
                None => failure.with_hint("check the repository out in an earlier step"),
            }
        })?;
        // In a shell the checkout itself is what a run is for.
        let sha = match session.env().get("GITHUB_SHA") {
            None if !session.env().is_runner() => git.head()?,
            _ => context.sha()?.to_owned(),
        };
        if git.commit_of(&sha)?.is_none() {
            return Err(Failure::input(format!("commit {sha} of this run is not in the checkout"))
                .with_hint(
                    "check out the commit of the run: leave `ref` of the checkout step empty",
                ));
        }
        let sha = checked_out(session, &git, sha)?;
        let repo = match session.env().get("GITHUB_REPOSITORY") {
            None if !session.env().is_runner() => repository_of(&git)?,
            _ => context.repository()?.to_string(),
        };
        let repo = repo.parse::<RepoId>();
        let github = match &token {
            Some(token) => Some(GitHub::new(Settings {
                api_url: context.api_url()?,
                graphql_url: context.graphql_url()?,
                token: Some(token.clone()),
                deadline,
            })?),
            None => None,
        };
        Ok(Self {
            dir,
            root,
            git,
            github,
            token,
            repo: repo.map_err(|error| {
                Failure::input(error.to_string()).with_hint(
                    "set `GITHUB_REPOSITORY=owner/name`, or let `origin` be the address on GitHub",
                )
            })?,
            server_url: context.server_url()?,
            sha,
            run_id: context.run_id().ok(),
            attempt: context.run_attempt().unwrap_or(1),
            deadline,
            temp: context.temp_dir(),
        })
    }

    /// The API, or the failure of a run without a token.
    pub fn github(&self) -> Result<&GitHub, Failure> {
        self.github.as_ref().ok_or_else(|| {
            Failure::input("there is no `github-token`").with_hint(
                "an action passes `${{ github.token }}` by default; in a shell set GITHUB_TOKEN",
            )
        })
    }

    /// Git that may fetch: it logs in with the token, so a checkout that kept no credentials can
    /// still be deepened. The token goes to the server of the run only.
    pub fn fetching_git(&self) -> Result<Git, Failure> {
        match &self.token {
            Some(token) => Ok(self.git.with_token(&self.server_url, token)?),
            None => Ok(self.git.clone()),
        }
    }

    /// Address of the repository's page.
    pub fn repo_url(&self) -> String {
        format!("{}/{}", self.server_url, self.repo)
    }

    /// Address of a file of a workspace at a branch, tag or commit.
    pub fn file_url(&self, at: &str, workspace: &Workspace, path: &str) -> String {
        // A link in a folder's name makes the two roots look unrelated; then the path is a guess.
        let full = workspace.root.join(path);
        let path = full.strip_prefix(&self.root).map_or(path.to_owned(), |path| {
            path.components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/")
        });
        format!("{}/blob/{}/{}", self.repo_url(), url_path(at), url_path(&path))
    }
}

/// The commit the run works on. The checkout is what is versioned and published, so branch, tags and
/// Releases belong there: another commit's tag would name what it does not hold.
fn checked_out(session: &Session, git: &Git, sha: String) -> Result<String, Failure> {
    let head = git.head()?;
    if head == sha {
        return Ok(sha);
    }
    if !git.diverged_commit(&sha).is_ok_and(|base| base == sha) {
        return Err(Failure::input(format!(
            "the checkout is at {head}, which does not follow from commit {sha} of this run"
        ))
        .with_hint("check out the commit of the run: leave `ref` of the checkout step empty"));
    }
    let reference = session.context().full_ref().unwrap_or_default();
    let Some(branch) = reference.strip_prefix("refs/heads/") else { return Ok(sha) };
    if git.commit_of(&format!("refs/remotes/origin/{branch}"))?.as_deref() != Some(&head) {
        // Commits of an earlier step, which GitHub does not have.
        return Ok(sha);
    }
    session.notice(&format!(
        "the checkout is at {head}, which came to `{branch}` after commit {sha} of this run: it is what this run works on"
    ));
    Ok(head)
}

/// `owner/name` from the address of `origin`.
fn repository_of(git: &Git) -> Result<String, Failure> {
    let url = git.remote_url("origin")?.unwrap_or_default();
    let path = url.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = path.rsplit(['/', ':']);
    match (parts.next(), parts.next()) {
        (Some(name), Some(owner)) if !name.is_empty() && !owner.is_empty() => {
            Ok(format!("{owner}/{name}"))
        }
        _ => Err(Failure::input("it is not known which repository this is")
            .with_hint("set GITHUB_REPOSITORY to `owner/name`, or add a remote called `origin`")),
    }
}

/// A path in an address: everything but unreserved characters and `/` by its number.
pub(crate) fn url_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The token of the input, else of the environment. Two that differ are refused: scripts would act
/// as somebody else than this program.
fn token(session: &Session, inputs: &Place) -> Result<Option<Secret>, Failure> {
    let given = inputs.github_token.clone().filter(|token| !token.is_empty());
    let inherited = session.env().read("GITHUB_TOKEN")?.map(Secret::new);
    match (given, inherited) {
        (Some(given), Some(inherited)) if given != inherited => Err(Failure::input(
            "the variable GITHUB_TOKEN and the input `github-token` hold different tokens",
        )
        .with_hint("pass the token as `github-token` and take GITHUB_TOKEN out of `env`")),
        (Some(given), _) => Ok(Some(given)),
        (None, inherited) => Ok(inherited),
    }
}

/// The environment of a script or package manager: that of the run without our own inputs, and with
/// the run's token as `GITHUB_TOKEN`.
pub fn child_env(session: &Session, world: &World) -> BTreeMap<OsString, OsString> {
    let hidden: HashSet<String> = session.hidden_from_children(&["*"]).into_iter().collect();
    let mut env: BTreeMap<OsString, OsString> = std::env::vars_os()
        .filter(|(name, _)| !name.to_str().is_some_and(|name| hidden.contains(name)))
        .collect();
    if let Some(token) = &world.token {
        env.insert("GITHUB_TOKEN".into(), token.expose().into());
    }
    env
}

#[cfg(test)]
mod tests {
    use super::url_path;

    #[test]
    fn names_stay_within_their_part_of_an_address() {
        assert_eq!(url_path("changeset-release/main"), "changeset-release/main");
        assert_eq!(url_path("a b#c?d)e%/ü"), "a%20b%23c%3Fd%29e%25/%C3%BC");
    }
}

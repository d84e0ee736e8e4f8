//! Who wrote commits and which pull requests brought them, for a whole range in few requests.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use launchway_http::{HttpError, Intent};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{ApiError, ErrorKind, GitHub, RepoId, documents};

/// What GitHub knows of a commit's author and pull requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitPulls {
    /// Its full id.
    pub sha: String,
    /// The login of its author, `None` when no account has the address; an app's with `[bot]`.
    pub login: Option<String>,
    /// By what [`GitHub::earlier_commits`] finds its author; `None` when there is no login.
    pub author: Option<AuthorKey>,
    /// When it was written, in UTC as `2024-01-01T00:00:00Z`: later instants compare greater.
    pub authored_at: String,
    /// The pull requests it is part of, in GitHub's order, merged or not.
    pub pulls: Vec<AssociatedPull>,
}

/// By what GitHub finds the commits of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthorKey {
    /// A person, by node id.
    User(String),
    /// An app, which has no such id here, by its address.
    Email(String),
}

/// A pull request a commit is part of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssociatedPull {
    /// Its number.
    pub number: u64,
    /// Its title, as its author wrote it.
    pub title: String,
    /// The page for people.
    pub url: String,
    /// The login that opened it, an app's with `[bot]`; `None` for a deleted account.
    pub author: Option<String>,
    /// Whether an app opened it.
    pub author_is_bot: bool,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// The commit its merge made.
    pub merge_commit: Option<String>,
    /// When it was merged, as in `2024-01-01T00:00:00Z`.
    pub merged_at: Option<String>,
    /// The branch it goes to.
    pub base: String,
}

/// More in one request run into GitHub's limit of ten seconds.
const COMMITS: usize = 60;
/// People asked about in one request, unless there are very many.
const PEOPLE: usize = 40;
/// Requests for people at most, while none has to be halved.
const PEOPLE_REQUESTS: usize = 3;
/// Requests under way at once; more run into GitHub's secondary limit.
const AT_ONCE: usize = 3;
/// So few are not halved any further, but asked again.
const FEW: usize = 8;

impl GitHub {
    /// Authors and pull requests of commits, in the order asked. A commit the server does not know
    /// is `None`. A request that takes the server too long is asked in halves.
    pub async fn commit_pulls(
        &self,
        repo: &RepoId,
        shas: &[String],
    ) -> Result<Vec<Option<CommitPulls>>, ApiError> {
        // What is no full id would refuse the whole request.
        let wanted: Vec<&str> = shas.iter().map(String::as_str).filter(|sha| is_id(sha)).collect();
        let found = batched(&wanted, COMMITS, async |part: &[&str], intent| {
            let document = documents::commit_pulls(part.len());
            let data = self.ask(&document, variables(repo, "o", part), intent).await?;
            (0..part.len())
                .map(|n| read::<WireCommit>(data.pointer(&format!("/repository/a{n}"))))
                .collect()
        })
        .await?;
        let mut known: HashMap<&str, WireCommit> =
            wanted.into_iter().zip(found).filter_map(|(sha, wire)| Some((sha, wire?))).collect();
        Ok(shas.iter().map(|sha| Some(known.remove(sha.as_str())?.commit(sha))).collect())
    }

    /// Which of these people and apps wrote commits reachable from `before`, itself included.
    /// `None` when the server does not know that commit.
    pub async fn earlier_commits(
        &self,
        repo: &RepoId,
        before: &str,
        people: &[AuthorKey],
    ) -> Result<Option<HashMap<AuthorKey, bool>>, ApiError> {
        if !is_id(before) {
            return Ok(None);
        }
        let size = people.len().div_ceil(PEOPLE_REQUESTS).max(PEOPLE);
        let found = batched(people, size, async |part: &[AuthorKey], intent| {
            let keys: Vec<Value> = part.iter().map(AuthorKey::filter).collect();
            let mut variables = variables(repo, "p", &keys);
            if let Some(variables) = variables.as_object_mut() {
                variables.insert("at".to_owned(), json!(before));
            }
            let data = self.ask(&documents::earlier(part.len()), variables, intent).await?;
            Ok((0..part.len())
                .map(|n| {
                    let nodes = data.pointer(&format!("/repository/object/a{n}/nodes"))?;
                    Some(nodes.as_array().is_some_and(|nodes| !nodes.is_empty()))
                })
                .collect())
        })
        .await?;
        Ok(people.iter().cloned().zip(found).map(|(person, had)| Some((person, had?))).collect())
    }

    async fn ask(
        &self,
        document: &str,
        variables: Value,
        intent: Intent,
    ) -> Result<Value, ApiError> {
        let answer = self.query_some_as(document, variables, intent).await;
        answer.map_err(|error| error.wanting("contents=read,pull_requests=read"))
    }
}

/// Asks in batches, a few at a time, and gives back all answers in the order of the items.
async fn batched<K, T>(
    items: &[K],
    size: usize,
    ask: impl AsyncFn(&[K], Intent) -> Result<Vec<T>, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let batches = items.chunks(size).map(|batch| in_halves(batch, &ask));
    let found: Vec<Vec<T>> = stream::iter(batches).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Asks for all at once; what is too much for the server, in halves. Only the smallest part is
/// sent again as it is: to repeat a large one would mean to wait for the same failure.
async fn in_halves<K, T>(
    items: &[K],
    ask: impl AsyncFn(&[K], Intent) -> Result<Vec<T>, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let mut found = Vec::with_capacity(items.len());
    let mut left = vec![items];
    while let Some(part) = left.pop() {
        let few = part.len() <= FEW;
        match ask(part, if few { Intent::Read } else { Intent::Write }).await {
            Ok(answers) => found.extend(answers),
            Err(error) if !few && is_too_much(&error) => {
                let (first, second) = part.split_at(part.len() / 2);
                left.extend([second, first]);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn is_too_much(error: &ApiError) -> bool {
    matches!(
        &error.kind,
        ErrorKind::Server
            | ErrorKind::TooMuch
            | ErrorKind::Transport(HttpError::Timeout { .. } | HttpError::Interrupted { .. })
    )
}

fn is_id(sha: &str) -> bool {
    matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn variables(repo: &RepoId, name: &str, values: &[impl Serialize]) -> Value {
    let mut variables = Map::new();
    variables.insert("owner".to_owned(), json!(repo.owner));
    variables.insert("name".to_owned(), json!(repo.name));
    for (n, value) in values.iter().enumerate() {
        variables.insert(format!("{name}{n}"), json!(value));
    }
    Value::Object(variables)
}

/// A field of the answer; `None` when it is null, or an object of another type, which is empty.
fn read<T: DeserializeOwned>(value: Option<&Value>) -> Result<Option<T>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    if value.as_object().is_none_or(Map::is_empty) {
        return Ok(None);
    }
    serde_json::from_value(value.clone())
        .map(Some)
        .map_err(|error| ApiError::unexpected("query repository", error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCommit {
    authored_date: String,
    author: Option<WireAuthor>,
    associated_pull_requests: Option<Nodes<WirePull>>,
}

#[derive(Deserialize)]
struct WireAuthor {
    email: Option<String>,
    user: Option<WireUser>,
}

#[derive(Deserialize)]
struct WireUser {
    id: String,
    login: String,
}

#[derive(Deserialize)]
struct Nodes<T> {
    #[serde(default = "Vec::new")]
    nodes: Vec<Option<T>>,
}

impl<T> Nodes<T> {
    fn all(nodes: Option<Self>) -> impl Iterator<Item = T> {
        nodes.into_iter().flat_map(|nodes| nodes.nodes).flatten()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePull {
    number: u64,
    title: String,
    url: String,
    merged_at: Option<String>,
    base_ref_name: String,
    author: Option<WireActor>,
    merge_commit: Option<WireOid>,
    labels: Option<Nodes<WireLabel>>,
}

#[derive(Deserialize)]
struct WireActor {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
}

#[derive(Deserialize)]
struct WireOid {
    oid: String,
}

#[derive(Deserialize)]
struct WireLabel {
    name: String,
}

impl AuthorKey {
    fn filter(&self) -> Value {
        match self {
            Self::User(id) => json!({ "id": id }),
            Self::Email(email) => json!({ "emails": [email] }),
        }
    }
}

impl WireCommit {
    fn commit(self, sha: &str) -> CommitPulls {
        let (user, email) = self.author.map_or((None, None), |author| (author.user, author.email));
        let (login, author) = match (user, email) {
            (Some(user), _) => (Some(user.login), Some(AuthorKey::User(user.id))),
            (None, Some(email)) => match app_of(&email).map(str::to_owned) {
                Some(login) => (Some(login), Some(AuthorKey::Email(email))),
                None => (None, None),
            },
            (None, None) => (None, None),
        };
        CommitPulls {
            sha: sha.to_owned(),
            login,
            author,
            authored_at: self.authored_date,
            pulls: Nodes::all(self.associated_pull_requests).map(WirePull::pull).collect(),
        }
    }
}

impl WirePull {
    fn pull(self) -> AssociatedPull {
        let author_is_bot = self.author.as_ref().is_some_and(|author| author.kind == "Bot");
        // GraphQL leaves out the ending by which everything else names an app.
        let author = self.author.map(|author| match author.login {
            login if author_is_bot && !login.ends_with("[bot]") => format!("{login}[bot]"),
            login => login,
        });
        AssociatedPull {
            number: self.number,
            title: self.title,
            url: self.url,
            author,
            author_is_bot,
            labels: Nodes::all(self.labels).map(|label| label.name).collect(),
            merge_commit: self.merge_commit.map(|commit| commit.oid),
            merged_at: self.merged_at,
            base: self.base_ref_name,
        }
    }
}

/// The login of the app with this address, as in `1+dependabot[bot]@users.noreply.github.com`:
/// GraphQL names people as authors of commits, apps not.
fn app_of(email: &str) -> Option<&str> {
    let (name, host) = email.split_once('@')?;
    let login = name.split_once('+').map_or(name, |(_, login)| login);
    (host.starts_with("users.noreply.") && login.ends_with("[bot]")).then_some(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_known_by_its_address() {
        let app = "49699333+dependabot[bot]@users.noreply.github.com";
        assert_eq!(app_of(app), Some("dependabot[bot]"));
        assert_eq!(app_of("renovate[bot]@users.noreply.git.acme.test"), Some("renovate[bot]"));
        assert_eq!(app_of("1+ada@users.noreply.github.com"), None);
        assert_eq!(app_of("x[bot]@example.com"), None);
    }
}

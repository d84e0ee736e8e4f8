//! The fields of every type the fake knows.

use serde_json::{Value, json};

use super::{Problem, Run};
use crate::git;
use crate::github::plumbing::{self, Person};
use crate::github::state::{Pull, Repository, State, stamp};
use crate::github::{commits, shapes};

/// Something that has fields.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Query,
    Mutation,
    Repository(String),
    /// Repository and hash.
    Commit(String, String),
    /// Repository, hash, type name.
    Object(String, String, &'static str),
    Pull(String, u64),
    /// Repository and full name.
    Ref(String, String),
    Actor(String),
    Person(Person),
    /// Repository and tag.
    Release(String, String),
    Connection(Vec<Self>, bool),
    Edge(Box<Self>),
    /// Plain fields under a type name.
    Plain(&'static str, Vec<(&'static str, Out)>),
}

/// What a field answers.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    Leaf(Value),
    Node(Node),
    List(Vec<Node>),
    /// There is no such field.
    Unknown,
}

impl Out {
    fn maybe(node: Option<Node>) -> Self {
        node.map_or(Self::Leaf(Value::Null), Self::Node)
    }
}

fn leaf(value: impl Into<Value>) -> Out {
    Out::Leaf(value.into())
}

impl Node {
    pub(crate) fn typename(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Repository(_) => "Repository",
            Self::Commit(..) => "Commit",
            Self::Object(_, _, name) | Self::Plain(name, _) => name,
            Self::Pull(..) => "PullRequest",
            Self::Ref(..) => "Ref",
            Self::Actor(login) if login.ends_with("[bot]") => "Bot",
            Self::Actor(_) => "User",
            Self::Person(_) => "GitActor",
            Self::Release(..) => "Release",
            Self::Connection(..) => "Connection",
            Self::Edge(_) => "Edge",
        }
    }

    /// Whether a fragment on this type applies.
    pub(crate) fn is_a(&self, name: &str) -> bool {
        let interfaces: &[&str] = match self {
            Self::Commit(..) | Self::Object(..) => &["GitObject", "Node"],
            Self::Actor(_) => &["Actor", "Node"],
            Self::Repository(_) | Self::Pull(..) | Self::Ref(..) | Self::Release(..) => &["Node"],
            _ => &[],
        };
        self.typename() == name || interfaces.contains(&name)
    }
}

impl Run<'_> {
    pub(super) fn field(&mut self, node: &Node, name: &str, args: &Value) -> Result<Out, Problem> {
        if name == "__typename" {
            return Ok(leaf(node.typename()));
        }
        match node {
            Node::Query => self.query(name, args),
            Node::Mutation => self.mutation(name, args),
            Node::Repository(key) => self.repository(key, name, args),
            Node::Commit(key, sha) => Ok(self.commit(key, sha, name, args)),
            Node::Object(key, sha, _) => Ok(self.object(key, sha, name)),
            Node::Pull(key, number) => Ok(self.pull(key, *number, name, args)),
            Node::Ref(key, full) => Ok(self.reference(key, full, name)),
            Node::Actor(login) => Ok(self.actor(login, name)),
            Node::Person(person) => Ok(person_field(person, name)),
            Node::Release(key, tag) => Ok(self.release(key, tag, name)),
            Node::Connection(nodes, more) => Ok(connection(nodes, *more, name)),
            Node::Edge(node) if name == "node" => Ok(Out::Node((**node).clone())),
            Node::Edge(_) => Ok(Out::Unknown),
            Node::Plain(_, fields) => {
                let found = fields.iter().find(|(field, _)| *field == name);
                Ok(found.map_or(Out::Unknown, |(_, out)| out.clone()))
            }
        }
    }

    pub(super) fn find(&self, key: &str) -> &Repository {
        &self.state.repositories[key]
    }

    fn query(&mut self, name: &str, args: &Value) -> Result<Out, Problem> {
        Ok(match name {
            "viewer" => Out::Node(Node::Actor(self.token.login.clone())),
            "repository" => {
                let text = |field: &str| args[field].as_str().unwrap_or_default();
                let full = format!("{}/{}", text("owner"), text("name"));
                let key = full.to_lowercase();
                let found = self.state.repositories.get(&key);
                if found.is_none_or(|r| r.private && !self.token.may("contents", "read")) {
                    let what = format!("a Repository with the name '{full}'");
                    return Err(Problem::not_found(&what));
                }
                Out::Node(Node::Repository(key))
            }
            "node" => Out::Node(self.by_id(args["id"].as_str().unwrap_or_default())?),
            "rateLimit" => Out::Node(Node::Plain(
                "RateLimit",
                vec![
                    ("limit", leaf(5000)),
                    ("cost", leaf(1)),
                    ("remaining", leaf(4999)),
                    ("used", leaf(1)),
                    ("resetAt", leaf(stamp(self.state.seconds + 3600))),
                ],
            )),
            _ => Out::Unknown,
        })
    }

    /// A repository or pull request by its identifier.
    pub(super) fn by_id(&self, id: &str) -> Result<Node, Problem> {
        for (key, repository) in &self.state.repositories {
            if shapes::node_id(repository) == id {
                return Ok(Node::Repository(key.clone()));
            }
            for number in repository.pulls.keys() {
                if shapes::pull_node_id(repository, *number) == id {
                    return Ok(Node::Pull(key.clone(), *number));
                }
            }
        }
        Err(Problem::not_found(&format!("a node with the global id of '{id}'")))
    }

    fn repository(&self, key: &str, name: &str, args: &Value) -> Result<Out, Problem> {
        let repository = self.find(key);
        let owned = key.to_owned();
        Ok(match name {
            "id" => leaf(shapes::node_id(repository)),
            "databaseId" => leaf(repository.id),
            "name" => leaf(repository.name.clone()),
            "nameWithOwner" => leaf(repository.full_name()),
            "url" => leaf(shapes::html(repository, "")),
            "isPrivate" => leaf(repository.private),
            "viewerPermission" => {
                leaf(if self.token.may("contents", "write") { "WRITE" } else { "READ" })
            }
            "owner" => Out::Node(Node::Actor(repository.owner.clone())),
            "defaultBranchRef" => {
                let full = format!("refs/heads/{}", repository.default_branch);
                self.ref_or_null(key, &full)
            }
            "object" => {
                let spec = args["oid"].as_str().or_else(|| args["expression"].as_str());
                Out::maybe(self.parse_object(key, spec.unwrap_or_default()))
            }
            "ref" => {
                let wanted = args["qualifiedName"].as_str().unwrap_or_default();
                let refs = plumbing::refs(&repository.dir);
                let names = ["", "refs/", "refs/heads/", "refs/tags/"];
                let mut full = names.iter().map(|prefix| format!("{prefix}{wanted}"));
                let found = full.find(|full| refs.contains_key(full));
                Out::maybe(found.map(|full| Node::Ref(owned, full)))
            }
            "refs" => {
                let prefix = args["refPrefix"].as_str().unwrap_or_default();
                let query = args["query"].as_str().unwrap_or_default();
                let refs = plumbing::refs(&repository.dir);
                let found = refs.into_keys().filter(|full| {
                    full.strip_prefix(prefix).is_some_and(|name| name.contains(query))
                });
                page(found.map(|full| Node::Ref(owned.clone(), full)).collect(), args)
            }
            "pullRequest" => {
                let number = args["number"].as_u64().unwrap_or_default();
                if !repository.pulls.contains_key(&number) {
                    let what = format!("a PullRequest with the number of {number}");
                    return Err(Problem::not_found(&what));
                }
                Out::Node(Node::Pull(owned, number))
            }
            "pullRequests" => {
                let is = |field: &str, value: &str| args[field].as_str().is_none_or(|w| w == value);
                let found = repository.pulls.values().filter(|pull| {
                    let states = args["states"]
                        .as_array()
                        .cloned()
                        .or_else(|| args["states"].as_str().map(|state| vec![json!(state)]));
                    is("headRefName", &pull.head)
                        && is("baseRefName", &pull.base)
                        && states.is_none_or(|states| states.contains(&json!(pull_state(pull))))
                });
                page(found.map(|pull| Node::Pull(owned.clone(), pull.number)).collect(), args)
            }
            "release" => {
                let tag = args["tagName"].as_str().unwrap_or_default();
                let found = repository.releases.iter().any(|r| r.tag == tag && !r.draft);
                Out::maybe(found.then(|| Node::Release(owned, tag.to_owned())))
            }
            "releases" => {
                let tags = repository.releases.iter().rev().map(|release| release.tag.clone());
                page(tags.map(|tag| Node::Release(owned.clone(), tag)).collect(), args)
            }
            _ => Out::Unknown,
        })
    }

    fn ref_or_null(&self, key: &str, full: &str) -> Out {
        let there = plumbing::read_ref(&self.find(key).dir, full).is_some();
        Out::maybe(there.then(|| Node::Ref(key.to_owned(), full.to_owned())))
    }

    pub(super) fn parse_object(&self, key: &str, spec: &str) -> Option<Node> {
        if spec.len() == 40 && spec.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.object_node(key, spec);
        }
        let dir = &self.find(key).dir;
        let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", spec];
        let sha = git::try_text(dir, &args)?.lines().last()?.to_owned();
        self.object_node(key, &sha)
    }

    fn object_node(&self, key: &str, sha: &str) -> Option<Node> {
        let name = match plumbing::kind(&self.find(key).dir, sha)?.as_str() {
            "commit" => return Some(Node::Commit(key.to_owned(), sha.to_owned())),
            "tree" => "Tree",
            "tag" => "Tag",
            _ => "Blob",
        };
        Some(Node::Object(key.to_owned(), sha.to_owned(), name))
    }

    fn commit(&self, key: &str, sha: &str, name: &str, args: &Value) -> Out {
        let repository = self.find(key);
        let Some(commit) = plumbing::read_commit(&repository.dir, sha) else {
            return leaf(Value::Null);
        };
        let headline = commit.message.lines().next().unwrap_or_default().to_owned();
        match name {
            "id" => leaf(format!("C_{sha}")),
            "oid" => leaf(sha),
            "abbreviatedOid" => leaf(&sha[..7]),
            "url" | "commitUrl" => leaf(shapes::html(repository, &format!("/commit/{sha}"))),
            "message" => leaf(commit.message),
            "messageBody" => leaf(commit.message[headline.len()..].trim_start()),
            "messageHeadline" => leaf(headline),
            "authoredDate" => leaf(stamp(commit.author.seconds)),
            "committedDate" => leaf(stamp(commit.committer.seconds)),
            "author" => Out::Node(Node::Person(commit.author)),
            "committer" => Out::Node(Node::Person(commit.committer)),
            "authors" => page(vec![Node::Person(commit.author)], args),
            "tree" => Out::Node(Node::Object(key.to_owned(), commit.tree, "Tree")),
            "file" => {
                let spec = format!("{sha}:{}", args["path"].as_str().unwrap_or_default());
                let blob = git::try_text(
                    &repository.dir,
                    &["rev-parse", "--verify", "--quiet", "--end-of-options", &spec],
                );
                let blob = blob.and_then(|text| text.lines().last().map(str::to_owned));
                Out::maybe(blob.map(|oid| Node::Plain("TreeEntry", vec![("oid", leaf(oid))])))
            }
            "parents" => {
                let parents = commit.parents.into_iter();
                page(parents.map(|parent| Node::Commit(key.to_owned(), parent)).collect(), args)
            }
            "associatedPullRequests" => {
                let pulls = commits::associated(repository, sha).into_iter();
                page(pulls.map(|pull| Node::Pull(key.to_owned(), pull.number)).collect(), args)
            }
            "history" => self.history(key, sha, args),
            "signature" => Out::maybe(commit.signature.map(|text| {
                let fields = vec![
                    ("isValid", leaf(true)),
                    ("state", leaf("VALID")),
                    ("signature", leaf(text)),
                    ("wasSignedByGitHub", leaf(true)),
                ];
                Node::Plain("GpgSignature", fields)
            })),
            _ => Out::Unknown,
        }
    }

    fn object(&self, key: &str, sha: &str, name: &str) -> Out {
        let dir = &self.find(key).dir;
        match name {
            "oid" => leaf(sha),
            "id" => leaf(format!("O_{sha}")),
            "abbreviatedOid" => leaf(&sha[..7]),
            "byteSize" => leaf(plumbing::read_object(dir, "blob", sha).map_or(0, |b| b.len())),
            "isBinary" => {
                leaf(plumbing::read_object(dir, "blob", sha).is_some_and(|b| b.contains(&0)))
            }
            "isTruncated" => leaf(false),
            "text" => {
                let bytes = plumbing::read_object(dir, "blob", sha);
                Out::Leaf(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).into())
            }
            "target" => {
                let tag = plumbing::read_tag(dir, sha);
                Out::maybe(tag.and_then(|tag| self.object_node(key, &tag.object)))
            }
            "message" => Out::Leaf(plumbing::read_tag(dir, sha).map(|tag| tag.message).into()),
            "name" => Out::Leaf(plumbing::read_tag(dir, sha).map(|tag| tag.name).into()),
            _ => Out::Unknown,
        }
    }

    fn pull(&self, key: &str, number: u64, name: &str, args: &Value) -> Out {
        let repository = self.find(key);
        let pull = &repository.pulls[&number];
        let owned = key.to_owned();
        let head = pull.final_head.as_ref().unwrap_or(&pull.last_head);
        match name {
            "id" => leaf(shapes::pull_node_id(repository, number)),
            "databaseId" | "fullDatabaseId" => leaf(pull.id),
            "number" => leaf(number),
            "title" => leaf(pull.title.clone()),
            "body" => leaf(pull.body.clone()),
            "state" => leaf(pull_state(pull)),
            "isDraft" => leaf(pull.draft),
            "merged" => leaf(pull.merged),
            "closed" => leaf(pull.state == "closed"),
            "url" | "permalink" => leaf(shapes::html(repository, &format!("/pull/{number}"))),
            "headRefName" => leaf(pull.head.clone()),
            "headRefOid" => leaf(head.clone()),
            "baseRefName" => leaf(pull.base.clone()),
            "baseRefOid" => Out::Leaf(
                plumbing::read_ref(&repository.dir, &format!("refs/heads/{}", pull.base)).into(),
            ),
            "createdAt" => leaf(pull.created_at.clone()),
            "updatedAt" => leaf(pull.updated_at.clone()),
            "closedAt" => Out::Leaf(pull.closed_at.clone().into()),
            "mergedAt" => Out::Leaf(pull.merged_at.clone().into()),
            "author" => Out::Node(match pull.author.strip_suffix("[bot]") {
                Some(app) => bot(self.state, app),
                None => Node::Actor(pull.author.clone()),
            }),
            "mergedBy" => Out::maybe(pull.merged_by.clone().map(Node::Actor)),
            "mergeCommit" => {
                Out::maybe(pull.merge_commit.clone().map(|sha| Node::Commit(owned, sha)))
            }
            "repository" | "baseRepository" | "headRepository" => {
                Out::Node(Node::Repository(owned))
            }
            "labels" => {
                let labels = pull
                    .labels
                    .iter()
                    .map(|label| Node::Plain("Label", vec![("name", leaf(label.clone()))]));
                page(labels.collect(), args)
            }
            _ => Out::Unknown,
        }
    }

    fn reference(&self, key: &str, full: &str, name: &str) -> Out {
        let repository = self.find(key);
        let cut = full.match_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        match name {
            "id" => leaf(shapes::ref_node_id(repository, full)),
            "name" => leaf(&full[cut..]),
            "prefix" => leaf(&full[..cut]),
            "target" => {
                let sha = plumbing::read_ref(&repository.dir, full);
                Out::maybe(sha.and_then(|sha| self.object_node(key, &sha)))
            }
            "repository" => Out::Node(Node::Repository(key.to_owned())),
            _ => Out::Unknown,
        }
    }

    fn actor(&self, login: &str, name: &str) -> Out {
        let user = shapes::user(self.state, login);
        match name {
            "login" => leaf(login),
            "id" => Out::Leaf(user["node_id"].clone()),
            "databaseId" => Out::Leaf(user["id"].clone()),
            "url" => Out::Leaf(user["html_url"].clone()),
            "avatarUrl" => Out::Leaf(user["avatar_url"].clone()),
            "name" => leaf(Value::Null),
            _ => Out::Unknown,
        }
    }

    fn release(&self, key: &str, tag: &str, name: &str) -> Out {
        let repository = self.find(key);
        let mut releases = repository.releases.iter();
        let Some(release) = releases.find(|release| release.tag == tag) else {
            return leaf(Value::Null);
        };
        match name {
            "id" => leaf(format!("RE_{}", release.id)),
            "databaseId" => leaf(release.id),
            "tagName" => leaf(tag),
            "name" => Out::Leaf(release.name.clone().into()),
            "description" => Out::Leaf(release.body.clone().into()),
            "isDraft" => leaf(release.draft),
            "isPrerelease" => leaf(release.prerelease),
            "url" => {
                leaf(shapes::html(repository, &format!("/releases/tag/{}", shapes::encode(tag))))
            }
            _ => Out::Unknown,
        }
    }
}

/// An app that opened something: GraphQL leaves out the ending REST names it with.
fn bot(state: &State, app: &str) -> Node {
    let user = shapes::user(state, &format!("{app}[bot]"));
    let fields = vec![
        ("login", leaf(app)),
        ("id", Out::Leaf(user["node_id"].clone())),
        ("databaseId", Out::Leaf(user["id"].clone())),
        ("url", Out::Leaf(user["html_url"].clone())),
        ("avatarUrl", Out::Leaf(user["avatar_url"].clone())),
    ];
    Node::Plain("Bot", fields)
}

fn pull_state(pull: &Pull) -> &'static str {
    match (pull.merged, pull.state.as_str()) {
        (true, _) => "MERGED",
        (false, "open") => "OPEN",
        _ => "CLOSED",
    }
}

fn person_field(person: &Person, name: &str) -> Out {
    match name {
        "name" => leaf(person.name.clone()),
        "email" => leaf(person.email.clone()),
        "date" => leaf(stamp(person.seconds)),
        // GraphQL knows people here, not bots.
        "user" => Out::maybe(
            shapes::login_of(&person.email)
                .filter(|login| !login.ends_with("[bot]"))
                .map(Node::Actor),
        ),
        _ => Out::Unknown,
    }
}

/// A connection cut by `first` and `after`, or `last`; cursors are positions.
pub(super) fn page(nodes: Vec<Node>, args: &Value) -> Out {
    let total = nodes.len();
    let start: usize = args["after"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    let count = |field: &str| args[field].as_u64().and_then(|n| usize::try_from(n).ok());
    let (from, to) = match (count("first"), count("last")) {
        (Some(first), _) => (start.min(total), start.saturating_add(first).min(total)),
        (None, Some(last)) => (total.saturating_sub(last), total),
        (None, None) => (start.min(total), total),
    };
    let mut cut: Vec<Node> = nodes.into_iter().skip(from).take(to - from).collect();
    let end = Node::Plain("Cursor", vec![("end", leaf(to.to_string())), ("total", leaf(total))]);
    cut.push(end);
    Out::Node(Node::Connection(cut, to < total))
}

fn connection(nodes: &[Node], more: bool, name: &str) -> Out {
    let (end, nodes) = nodes.split_last().expect("a connection ends with its cursor");
    let Node::Plain(_, end) = end else { return Out::Unknown };
    match name {
        "nodes" => Out::List(nodes.to_vec()),
        "edges" => Out::List(nodes.iter().map(|node| Node::Edge(Box::new(node.clone()))).collect()),
        "totalCount" => end[1].1.clone(),
        "pageInfo" => Out::Node(Node::Plain(
            "PageInfo",
            vec![("hasNextPage", leaf(more)), ("endCursor", end[0].1.clone())],
        )),
        _ => Out::Unknown,
    }
}

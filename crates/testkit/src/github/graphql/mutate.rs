//! The mutations a release needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::resolve::{Node, Out};
use super::{Problem, Run};
use crate::git;
use crate::github::git_data::{SIGNATURE, default_people, may_touch_workflows};
use crate::github::plumbing::{self, Change, Commit};
use crate::github::pulls::{self, Edit};
use crate::github::route::Failed;
use crate::github::shapes;

const ABSENT: &str = "0000000000000000000000000000000000000000";

/// What the REST side refuses, as GraphQL says it.
fn refused(failed: &Failed) -> Problem {
    let errors = failed.body["errors"][0]["message"].as_str();
    let message = errors.or_else(|| failed.body["message"].as_str()).unwrap_or_default();
    let kind = if failed.status == 403 { "FORBIDDEN" } else { "UNPROCESSABLE" };
    Problem::new(kind, message)
}

impl Run<'_> {
    pub(super) fn mutation(&mut self, name: &str, args: &Value) -> Result<Out, Problem> {
        let input = &args["input"];
        let id = input["clientMutationId"].clone();
        let mut fields = match name {
            "createCommitOnBranch" => self.create_commit(input)?,
            "updateRefs" => {
                self.update_refs(input)?;
                Vec::new()
            }
            "convertPullRequestToDraft" => {
                self.edit(input, &Edit { draft: Some(true), ..Edit::default() })?
            }
            "markPullRequestReadyForReview" => {
                self.edit(input, &Edit { draft: Some(false), ..Edit::default() })?
            }
            "closePullRequest" => {
                self.edit(input, &Edit { state: Some("closed"), ..Edit::default() })?
            }
            "updatePullRequest" => {
                let state = input["state"].as_str().map(str::to_lowercase);
                let edit = Edit {
                    title: input["title"].as_str(),
                    body: input["body"].as_str(),
                    base: input["baseRefName"].as_str(),
                    state: state.as_deref(),
                    draft: None,
                };
                self.edit(input, &edit)?
            }
            "createRef" => self.create_ref(input)?,
            _ => return Ok(Out::Unknown),
        };
        fields.push(("clientMutationId", Out::Leaf(id)));
        Ok(Out::Node(Node::Plain("Payload", fields)))
    }

    fn may(&self, permission: &str) -> Result<(), Problem> {
        if self.token.may(permission, "write") { Ok(()) } else { Err(Problem::forbidden()) }
    }

    fn edit(
        &mut self,
        input: &Value,
        edit: &Edit<'_>,
    ) -> Result<Vec<(&'static str, Out)>, Problem> {
        self.may("pull_requests")?;
        let id = input["pullRequestId"].as_str().unwrap_or_default();
        let Node::Pull(key, number) = self.by_id(id)? else {
            let what = format!("a PullRequest with the global id of '{id}'");
            return Err(Problem::not_found(&what));
        };
        pulls::change(self.state, &key, number, edit).map_err(|failed| refused(&failed))?;
        Ok(vec![("pullRequest", Out::Node(Node::Pull(key, number)))])
    }

    fn repository_by_id(&self, input: &Value) -> Result<String, Problem> {
        let id = input["repositoryId"].as_str().unwrap_or_default();
        match self.by_id(id)? {
            Node::Repository(key) => Ok(key),
            _ => Err(Problem::not_found(&format!("a Repository with the global id of '{id}'"))),
        }
    }

    fn create_ref(&mut self, input: &Value) -> Result<Vec<(&'static str, Out)>, Problem> {
        self.may("contents")?;
        let key = self.repository_by_id(input)?;
        let name = input["name"].as_str().unwrap_or_default();
        let oid = input["oid"].as_str().unwrap_or_default();
        let repository = &self.state.repositories[&key];
        may_touch_workflows(self.token, repository, None, oid).map_err(|f| refused(&f))?;
        let valid = git::try_text(&repository.dir, &["check-ref-format", name]).is_some();
        if !valid || !plumbing::write_ref(&repository.dir, name, oid, None) {
            let message = format!("A ref named \"{name}\" already exists in the repository.");
            return Err(Problem::new("UNPROCESSABLE", message));
        }
        Ok(vec![("ref", Out::Node(Node::Ref(key, name.to_owned())))])
    }

    /// All or nothing, each ref only if it still is where the caller saw it.
    fn update_refs(&mut self, input: &Value) -> Result<(), Problem> {
        self.may("contents")?;
        let key = self.repository_by_id(input)?;
        let repository = &self.state.repositories[&key];
        let dir = repository.dir.clone();
        let updates = input["refUpdates"].as_array().cloned().unwrap_or_default();
        let mut script = String::new();
        for update in &updates {
            let text = |field: &str| update[field].as_str();
            let (Some(name), Some(after)) = (text("name"), text("afterOid")) else {
                return Err(Problem::new("UNPROCESSABLE", "name and afterOid are required"));
            };
            let now = plumbing::read_ref(&dir, name);
            let force = update["force"].as_bool().unwrap_or(false);
            let stale = |before: &str| {
                let there = now.as_deref().unwrap_or(ABSENT);
                (before != there).then(|| {
                    let message = format!("{name} is at {there} but expected {before}");
                    Problem::new("STALE_DATA", message)
                })
            };
            if let Some(problem) = text("beforeOid").and_then(stale) {
                return Err(problem);
            }
            if after != ABSENT {
                if plumbing::kind(&dir, after).is_none() {
                    return Err(Problem::new("UNPROCESSABLE", format!("no object {after}")));
                }
                let forward =
                    now.as_ref().is_none_or(|now| plumbing::is_ancestor(&dir, now, after));
                if !force && !forward {
                    let message = format!("{name} cannot be updated: not a fast-forward");
                    return Err(Problem::new("UNPROCESSABLE", message));
                }
                may_touch_workflows(self.token, repository, now.as_deref(), after)
                    .map_err(|failed| refused(&failed))?;
            }
            let now = now.unwrap_or_else(|| ABSENT.to_owned());
            script.push_str(&format!("update {name} {after} {now}\n"));
        }
        let done = git::output(&dir, &["update-ref", "--stdin"], Some(script.as_bytes()));
        if done.status.success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        Err(Problem::new("UNPROCESSABLE", message))
    }

    /// The repository's key and the branch, which is named by its identifier or by both names.
    fn committable(&self, branch: &Value) -> Result<(String, String), Problem> {
        if let Some(id) = branch["id"].as_str() {
            let named = shapes::ref_of_node_id(id).and_then(|(number, name)| {
                let mut all = self.state.repositories.iter();
                let (key, _) = all.find(|(_, repository)| repository.id == number)?;
                Some((key.clone(), name))
            });
            let what = format!("a node with the global id of '{id}'");
            return named.ok_or_else(|| Problem::not_found(&what));
        }
        let named = branch["repositoryNameWithOwner"].as_str().unwrap_or_default();
        let key = named.to_lowercase();
        if !self.state.repositories.contains_key(&key) {
            let what = format!("a Repository with the name '{named}'");
            return Err(Problem::not_found(&what));
        }
        Ok((key, branch["branchName"].as_str().unwrap_or_default().to_owned()))
    }

    fn create_commit(&mut self, input: &Value) -> Result<Vec<(&'static str, Out)>, Problem> {
        self.may("contents")?;
        self.state.now();
        let (key, short) = self.committable(&input["branch"])?;
        let short = short.strip_prefix("refs/heads/").unwrap_or(&short);
        let dir = self.find(&key).dir.clone();
        let full = format!("refs/heads/{short}");
        let Some(head) = plumbing::read_ref(&dir, &full) else {
            return Err(Problem::not_found(&format!("a branch named '{short}'")));
        };
        let expected = input["expectedHeadOid"].as_str().unwrap_or_default();
        if expected != head {
            let message = format!(
                "Expected branch to point to \"{expected}\" but it did not. Pull and try again."
            );
            return Err(Problem::new("STALE_DATA", message));
        }
        let changes = file_changes(&dir, &head, &input["fileChanges"])?;
        let base = format!("{head}^{{tree}}");
        let tree = plumbing::write_tree(&dir, Some(&base), &changes)
            .map_err(|error| Problem::new("UNPROCESSABLE", error))?;
        let (author, committer) = default_people(self.state, self.token, true);
        let message = &input["message"];
        let headline = message["headline"].as_str().unwrap_or_default();
        let message = match message["body"].as_str() {
            Some(body) if !body.is_empty() => format!("{headline}\n\n{body}"),
            _ => headline.to_owned(),
        };
        let signature = Some(SIGNATURE.to_owned());
        let parents = vec![head.clone()];
        let commit = Commit { tree, parents, author, committer, message, signature };
        let sha = plumbing::write_commit(&dir, &commit);
        let repository = &self.state.repositories[&key];
        may_touch_workflows(self.token, repository, Some(&head), &sha).map_err(|f| refused(&f))?;
        if !plumbing::write_ref(&dir, &full, &sha, Some(&head)) {
            return Err(Problem::new("STALE_DATA", "the branch moved meanwhile"));
        }
        Ok(vec![
            ("commit", Out::Node(Node::Commit(key.clone(), sha))),
            ("ref", Out::Node(Node::Ref(key, full))),
        ])
    }
}

/// Additions are plain files always: this API knows no modes.
fn file_changes(dir: &std::path::Path, head: &str, input: &Value) -> Result<Vec<Change>, Problem> {
    let list = |field: &str| input[field].as_array().cloned().unwrap_or_default();
    let mut changes = Vec::new();
    for deletion in list("deletions") {
        let path = deletion["path"].as_str().unwrap_or_default().to_owned();
        let there = git::try_text(dir, &["ls-tree", head, "--", &path]);
        if there.is_none_or(|listed| listed.is_empty()) {
            let message = format!(
                "A path was requested for deletion which does not exist as of commit oid `{head}`"
            );
            return Err(Problem::new("FILE_NOT_FOUND", message));
        }
        changes.push(Change { path, mode: "100644".into(), sha: None });
    }
    let mut contents = Vec::new();
    let mut paths = Vec::new();
    for addition in list("additions") {
        let path = addition["path"].as_str().unwrap_or_default().to_owned();
        let encoded = addition["contents"].as_str().unwrap_or_default();
        let bytes = STANDARD.decode(encoded).map_err(|_| {
            Problem::new("UNPROCESSABLE", format!("the contents of {path} are not valid Base64"))
        })?;
        contents.push(bytes);
        paths.push(path);
    }
    for (path, sha) in paths.into_iter().zip(plumbing::write_blobs(dir, &contents)) {
        changes.push(Change { path, mode: "100644".into(), sha: Some(sha) });
    }
    Ok(changes)
}

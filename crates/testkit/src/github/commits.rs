//! Commits, comparisons, branches and tags as the repository API shows them.

use serde_json::{Value, json};

use super::plumbing;
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Pull, Repository};
use crate::git;

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    if method != "GET" {
        return Err(Failed::not_found());
    }
    context.read("contents")?;
    match rest {
        ["commits"] => list(context),
        ["commits", reference, "pulls"] => {
            let sha = commit(context, reference)?;
            let repository = context.repository();
            let pulls = associated(repository, &sha);
            let shapes =
                pulls.into_iter().map(|p| shapes::pull_simple(context.state, repository, p));
            Ok(context.page(shapes.collect()))
        }
        ["commits", reference @ ..] => {
            let sha = commit(context, &reference.join("/"))?;
            let mut shape = shape(context, &sha)?;
            shape["stats"] = json!({ "additions": 0, "deletions": 0, "total": 0 });
            let parent = format!("{sha}^");
            shape["files"] = Value::Array(files(context, &parent, &sha));
            Ok(Reply::ok(shape))
        }
        ["compare", spec @ ..] => compare(context, &spec.join("/")),
        ["branches"] => Ok(refs(context, "refs/heads/")),
        ["branches", name @ ..] => branch(context, &name.join("/")),
        ["tags"] => Ok(refs(context, "refs/tags/")),
        _ => Err(Failed::not_found()),
    }
}

fn commit(context: &Context<'_>, reference: &str) -> Result<String, Failed> {
    plumbing::resolve(&context.repository().dir, reference)
        .ok_or_else(|| Failed::unprocessable(&format!("No commit found for SHA: {reference}")))
}

fn shape(context: &Context<'_>, sha: &str) -> Result<Value, Failed> {
    shapes::commit(context.state, context.repository(), sha).ok_or_else(Failed::not_found)
}

fn list(context: &Context<'_>) -> Answer {
    let repository = context.repository();
    let reference = context.call.query.get("sha").unwrap_or(&repository.default_branch);
    let Some(start) = plumbing::resolve(&repository.dir, reference) else {
        return Err(Failed::not_found());
    };
    let mut args = vec!["rev-list", "--max-count=1000", &start];
    if let Some(path) = context.call.query.get("path") {
        args.extend(["--", path.as_str()]);
    }
    let text = git::text(&repository.dir, &args);
    let (shas, link) = context.cut(text.lines().collect());
    let shapes = shas.into_iter().filter_map(|sha| shapes::commit(context.state, repository, sha));
    let mut reply = Reply::ok(Value::Array(shapes.collect()));
    reply.headers.extend(link);
    Ok(reply)
}

/// Pull requests a commit came in by, or is part of while they are open; oldest first.
pub(crate) fn associated<'a>(repository: &'a Repository, sha: &str) -> Vec<&'a Pull> {
    let part_of = |pull: &&Pull| {
        if pull.merge_commit.as_deref() == Some(sha) {
            return true;
        }
        if !pull.brought.is_empty() {
            return pull.brought.iter().any(|brought| brought == sha);
        }
        let head = pull.final_head.as_ref().unwrap_or(&pull.last_head);
        let base = match &pull.merge_commit {
            Some(merge) => format!("{merge}^1"),
            None => format!("refs/heads/{}", pull.base),
        };
        plumbing::is_ancestor(&repository.dir, sha, head)
            && !plumbing::is_ancestor(&repository.dir, sha, &base)
    };
    repository.pulls.values().filter(part_of).collect()
}

fn files(context: &Context<'_>, from: &str, to: &str) -> Vec<Value> {
    let repository = context.repository();
    let args = ["diff", "--no-renames", "--raw", "--no-abbrev", "-z", from, to];
    let text = git::try_text(&repository.dir, &args).unwrap_or_default();
    let mut fields = text.split('\0');
    let mut files = Vec::new();
    while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
        let meta: Vec<&str> = meta.split(' ').collect();
        let Some((sha, status)) = meta.get(3).zip(meta.get(4)) else { break };
        let status = match *status {
            "A" => "added",
            "D" => "removed",
            _ => "modified",
        };
        let encoded = shapes::encode_path(path);
        let contents = format!("/contents/{encoded}?ref={}", shapes::encode(to));
        files.push(json!({
            "sha": sha, "filename": path, "status": status,
            "additions": 1, "deletions": 0, "changes": 1,
            "blob_url": shapes::html(repository, &format!("/blob/{}/{encoded}", shapes::encode(to))),
            "raw_url": shapes::html(repository, &format!("/raw/{}/{encoded}", shapes::encode(to))),
            "contents_url": shapes::api(context.state, repository, &contents),
        }));
    }
    files
}

fn compare(context: &Context<'_>, spec: &str) -> Answer {
    let (base, head) = spec.split_once("...").ok_or_else(Failed::not_found)?;
    let repository = context.repository();
    let dir = &repository.dir;
    let find = |name: &str| plumbing::resolve(dir, name).ok_or_else(Failed::not_found);
    let (base, head) = (find(base)?, find(head)?);
    let middle = git::try_text(dir, &["merge-base", &base, &head])
        .ok_or_else(|| Failed::new(404, "No common ancestor between the two"))?;
    let ahead = plumbing::between(dir, &base, &head);
    let behind = plumbing::between(dir, &head, &base).len();
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let shapes: Vec<Value> =
        ahead.iter().map(|sha| shape(context, sha)).collect::<Result<_, _>>()?;
    let (page, link) = {
        let reply = context.page(shapes);
        (reply.body, reply.headers)
    };
    let url = shapes::api(context.state, repository, &format!("/compare/{base}...{head}"));
    let html = shapes::html(repository, &format!("/compare/{base}...{head}"));
    let mut reply = Reply::ok(json!({
        "url": url, "html_url": html, "permalink_url": html, "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"), "base_commit": shape(context, &base)?,
        "merge_base_commit": shape(context, &middle)?, "status": status,
        "ahead_by": ahead.len(), "behind_by": behind, "total_commits": ahead.len(),
        "commits": page, "files": files(context, &middle, &head),
    }));
    reply.headers = link;
    Ok(reply)
}

fn refs(context: &Context<'_>, prefix: &str) -> Reply {
    let repository = context.repository();
    let shapes = plumbing::refs(&repository.dir).into_keys().filter_map(|full| {
        let name = full.strip_prefix(prefix)?.to_owned();
        let sha = git::try_text(&repository.dir, &["rev-parse", &format!("{full}^{{commit}}")])?;
        let url = shapes::api(context.state, repository, &format!("/commits/{sha}"));
        let mut shape = json!({ "name": name, "commit": { "sha": sha, "url": url } });
        if prefix == "refs/heads/" {
            shape["protected"] = json!(false);
        } else {
            let ball = |kind: &str| {
                let tail = format!("/{kind}/refs/tags/{}", shapes::encode(&name));
                json!(shapes::api(context.state, repository, &tail))
            };
            shape["zipball_url"] = ball("zipball");
            shape["tarball_url"] = ball("tarball");
            shape["node_id"] = json!(shapes::ref_node_id(repository, &full));
        }
        Some(shape)
    });
    context.page(shapes.collect())
}

fn branch(context: &Context<'_>, name: &str) -> Answer {
    let repository = context.repository();
    let sha = plumbing::read_ref(&repository.dir, &format!("refs/heads/{name}"))
        .ok_or_else(|| Failed::new(404, "Branch not found"))?;
    let encoded = shapes::encode(name);
    let url = shapes::api(context.state, repository, &format!("/branches/{encoded}"));
    Ok(Reply::ok(json!({
        "name": name, "commit": shape(context, &sha)?,
        "_links": { "self": url, "html": shapes::html(repository, &format!("/tree/{encoded}")) },
        "protected": false, "protection": { "enabled": false },
        "protection_url": format!("{url}/protection"),
    })))
}

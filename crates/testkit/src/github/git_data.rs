//! Blobs, trees, commits, tags and refs, kept in the bare repository.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::auth::Token;
use super::plumbing::{self, Change, Commit, Person, Tag};
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Repository, State};
use crate::git;

/// What GitHub's own key puts into a commit it signs; only its presence matters here.
pub(crate) const SIGNATURE: &str =
    "-----BEGIN PGP SIGNATURE-----\n\nZmFrZQ==\n=fake\n-----END PGP SIGNATURE-----";

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    match method {
        "GET" => context.read("contents")?,
        _ => context.write("contents")?,
    }
    if method == "POST" && plumbing::refs(&context.repository().dir).is_empty() {
        return Err(Failed::new(409, "Git Repository is empty."));
    }
    match (method, rest) {
        ("POST", ["blobs"]) => create_blob(context),
        ("GET", ["blobs", sha]) => get_blob(context, sha),
        ("POST", ["trees"]) => create_tree(context),
        ("GET", ["trees", reference @ ..]) => get_tree(context, &reference.join("/")),
        ("POST", ["commits"]) => create_commit(context),
        ("GET", ["commits", sha]) => git_commit(context, sha).map(Reply::ok),
        ("POST", ["tags"]) => create_tag(context),
        ("GET", ["tags", sha]) => get_tag(context, sha).map(Reply::ok),
        ("GET", ["ref", name @ ..]) => get_ref(context, &name.join("/")),
        ("GET", ["matching-refs", prefix @ ..]) => Ok(matching(context, &prefix.join("/"))),
        ("POST", ["refs"]) => create_ref(context),
        ("PATCH", ["refs", name @ ..]) => update_ref(context, &name.join("/")),
        ("DELETE", ["refs", name @ ..]) => delete_ref(context, &name.join("/")),
        _ => Err(Failed::not_found()),
    }
}

fn decode(content: &str, encoding: &str) -> Option<Vec<u8>> {
    if encoding != "base64" {
        return Some(content.as_bytes().to_vec());
    }
    let plain: String = content.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(plain).ok()
}

fn create_blob(context: &mut Context<'_>) -> Answer {
    let Some(content) = context.call.text("content") else {
        return Err(Failed::unprocessable("Invalid request.\n\n\"content\" wasn't supplied."));
    };
    let encoding = context.call.text("encoding").unwrap_or("utf-8");
    let bytes = decode(content, encoding)
        .ok_or_else(|| Failed::unprocessable("content is not valid Base64"))?;
    let repository = context.repository();
    let sha = plumbing::write_object(&repository.dir, "blob", &bytes);
    let url = shapes::api(context.state, repository, &format!("/git/blobs/{sha}"));
    Ok(Reply::created(json!({ "sha": sha, "url": url })))
}

fn get_blob(context: &Context<'_>, sha: &str) -> Answer {
    let repository = context.repository();
    let bytes =
        plumbing::read_object(&repository.dir, "blob", sha).ok_or_else(Failed::not_found)?;
    Ok(Reply::ok(json!({
        "sha": sha, "node_id": format!("B_{sha}"), "size": bytes.len(), "encoding": "base64",
        "url": shapes::api(context.state, repository, &format!("/git/blobs/{sha}")),
        "content": STANDARD.encode(bytes),
    })))
}

fn create_tree(context: &mut Context<'_>) -> Answer {
    let Some(entries) = context.call.body["tree"].as_array() else {
        return Err(Failed::unprocessable("Invalid request.\n\n\"tree\" wasn't supplied."));
    };
    let repository = context.repository();
    let dir = &repository.dir;
    let base = match context.call.text("base_tree") {
        Some(base) => {
            let tree = git::try_text(
                dir,
                &["rev-parse", "--verify", "--quiet", &format!("{base}^{{tree}}")],
            );
            Some(tree.ok_or_else(|| Failed::unprocessable("base_tree is not a valid tree oid"))?)
        }
        None => None,
    };
    let mut contents = Vec::new();
    let mut changes = Vec::new();
    for entry in entries {
        let (change, content) = tree_entry(context, base.as_deref(), entry)?;
        if let Some(content) = content {
            contents.push((changes.len(), content));
        }
        changes.push(change);
    }
    let bytes: Vec<Vec<u8>> = contents.iter().map(|(_, content)| content.clone()).collect();
    for ((index, _), sha) in contents.iter().zip(plumbing::write_blobs(dir, &bytes)) {
        changes[*index].sha = Some(sha);
    }
    let sha = plumbing::write_tree(dir, base.as_deref(), &changes)
        .map_err(|error| Failed::unprocessable(&format!("GitRPC::BadObjectState: {error}")))?;
    Ok(Reply::created(tree(context, &sha, false)))
}

fn tree_entry(
    context: &Context<'_>,
    base: Option<&str>,
    entry: &Value,
) -> Result<(Change, Option<Vec<u8>>), Failed> {
    let dir = &context.repository().dir;
    let path = entry["path"].as_str().unwrap_or_default();
    let malformed = path.split('/').any(|part| {
        matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git") || part.contains('\0')
    });
    if malformed {
        return Err(Failed::unprocessable("tree.path contains a malformed path component"));
    }
    let mode = entry["mode"].as_str().unwrap_or_default();
    if !matches!(mode, "100644" | "100755" | "040000" | "160000" | "120000") {
        return Err(Failed::unprocessable("Must supply a valid tree.mode"));
    }
    let mut change = Change { path: path.to_owned(), mode: mode.to_owned(), sha: None };
    match (entry.get("sha"), entry.get("content").and_then(Value::as_str)) {
        (Some(Value::String(_)), Some(_)) => {
            Err(Failed::unprocessable("Must supply only one of tree.sha or tree.content."))
        }
        (_, Some(content)) => Ok((change, Some(content.as_bytes().to_vec()))),
        (Some(Value::String(sha)), None) => {
            let wanted = match mode {
                "040000" => "tree",
                "160000" => "commit",
                _ => "blob",
            };
            // A submodule's commit lives elsewhere.
            if mode != "160000" && plumbing::kind(dir, sha).as_deref() != Some(wanted) {
                let message = format!("tree.sha {sha} is not a valid {wanted}");
                return Err(Failed::unprocessable(&message));
            }
            change.sha = Some(sha.clone());
            Ok((change, None))
        }
        (Some(Value::Null), None) => {
            let there = base.is_some_and(|base| {
                git::try_text(dir, &["ls-tree", base, "--", path]).is_some_and(|l| !l.is_empty())
            });
            if there {
                Ok((change, None))
            } else {
                Err(Failed::unprocessable("GitRPC::BadObjectState"))
            }
        }
        _ => Err(Failed::unprocessable("Must supply either tree.sha or tree.content.")),
    }
}

fn tree(context: &Context<'_>, sha: &str, recursive: bool) -> Value {
    let repository = context.repository();
    let mut args = vec!["ls-tree", "-z", "--long"];
    if recursive {
        args.extend(["-r", "-t"]);
    }
    args.push(sha);
    let listed = git::output(&repository.dir, &args, None);
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let entries: Vec<Value> = text
        .split('\0')
        .filter_map(|record| record.split_once('\t'))
        .map(|(meta, path)| {
            let fields: Vec<&str> = meta.split_whitespace().collect();
            let (mode, kind, sha, size) = (fields[0], fields[1], fields[2], fields[3]);
            let mut entry = json!({ "path": path, "mode": mode, "type": kind, "sha": sha });
            if let Ok(size) = size.parse::<u64>() {
                entry["size"] = json!(size);
            }
            if kind != "commit" {
                let tail = format!("/git/{kind}s/{sha}");
                entry["url"] = json!(shapes::api(context.state, repository, &tail));
            }
            entry
        })
        .collect();
    json!({
        "sha": sha, "url": shapes::api(context.state, repository, &format!("/git/trees/{sha}")),
        "tree": entries, "truncated": false,
    })
}

fn get_tree(context: &Context<'_>, reference: &str) -> Answer {
    let dir = &context.repository().dir;
    let commit = plumbing::resolve(dir, reference).unwrap_or_else(|| reference.to_owned());
    let spec = format!("{commit}^{{tree}}");
    let sha = git::try_text(dir, &["rev-parse", "--verify", "--quiet", "--end-of-options", &spec])
        .map(|text| text.lines().last().unwrap_or_default().to_owned())
        .ok_or_else(Failed::not_found)?;
    Ok(Reply::ok(tree(context, &sha, context.call.query.contains_key("recursive"))))
}

fn given_person(state: &State, value: &Value) -> Option<Person> {
    let name = value["name"].as_str()?;
    let email = value["email"].as_str()?;
    let given = value["date"].as_str().and_then(|date| date.parse::<jiff::Timestamp>().ok());
    Some(Person {
        name: name.to_owned(),
        email: email.to_owned(),
        seconds: given.map_or(state.seconds, jiff::Timestamp::as_second),
        zone: "+0000".into(),
    })
}

/// Author and committer of a commit GitHub makes for a token, and its signature.
pub(crate) fn default_people(state: &State, token: &Token, sign: bool) -> (Person, Person) {
    let author = Person {
        name: token.login.clone(),
        email: shapes::noreply(&token.login),
        seconds: state.seconds,
        zone: "+0000".into(),
    };
    let committer =
        Person { name: "GitHub".into(), email: "noreply@github.com".into(), ..author.clone() };
    (author.clone(), if sign { committer } else { author })
}

fn create_commit(context: &mut Context<'_>) -> Answer {
    context.state.now();
    let call = context.call;
    let (Some(message), Some(tree)) = (call.text("message"), call.text("tree")) else {
        return Err(Failed::unprocessable(
            "Invalid request.\n\n\"message\" and \"tree\" must be supplied.",
        ));
    };
    let dir = &context.repository().dir;
    if plumbing::kind(dir, tree).as_deref() != Some("tree") {
        return Err(Failed::unprocessable("Tree SHA does not exist"));
    }
    let parents: Vec<String> = call.body["parents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|parent| parent.as_str().map(str::to_owned))
        .collect();
    for parent in &parents {
        if plumbing::kind(dir, parent).as_deref() != Some("commit") {
            let message = "Parent SHA does not exist or is not a commit object";
            return Err(Failed::unprocessable(message));
        }
    }
    let given = given_person(context.state, &call.body["author"]);
    let committer = given_person(context.state, &call.body["committer"]);
    let sign = context.token.signs() && given.is_none() && committer.is_none();
    let defaults = default_people(context.state, &context.token, sign);
    let author = given.clone().unwrap_or(defaults.0);
    let signature = call.text("signature").map(|text| text.trim_end().to_owned());
    let commit = Commit {
        tree: tree.to_owned(),
        parents,
        committer: committer.or(given).unwrap_or(defaults.1),
        author,
        message: message.to_owned(),
        signature: if sign { Some(SIGNATURE.to_owned()) } else { signature },
    };
    let sha = plumbing::write_commit(dir, &commit);
    git_commit(context, &sha).map(Reply::created)
}

fn git_commit(context: &Context<'_>, sha: &str) -> Result<Value, Failed> {
    shapes::git_commit(context.state, context.repository(), sha).ok_or_else(Failed::not_found)
}

fn create_tag(context: &mut Context<'_>) -> Answer {
    context.state.now();
    let call = context.call;
    let wanted = [call.text("tag"), call.text("message"), call.text("object"), call.text("type")];
    let [Some(name), Some(message), Some(object), Some(kind)] = wanted else {
        return Err(Failed::unprocessable(
            "Invalid request.\n\n\"tag\", \"message\", \"object\" and \"type\" must be supplied.",
        ));
    };
    let dir = &context.repository().dir;
    if plumbing::kind(dir, object).as_deref() != Some(kind) {
        return Err(Failed::unprocessable("Object does not exist"));
    }
    if git::try_text(dir, &["check-ref-format", &format!("refs/tags/{name}")]).is_none() {
        return Err(Failed::invalid("Tag", "tag", "invalid"));
    }
    let defaults = default_people(context.state, &context.token, false);
    let tag = Tag {
        object: object.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        tagger: given_person(context.state, &call.body["tagger"]).or(Some(defaults.0)),
        message: message.to_owned(),
    };
    let sha = plumbing::write_tag(dir, &tag);
    get_tag(context, &sha).map(Reply::created)
}

fn get_tag(context: &Context<'_>, sha: &str) -> Result<Value, Failed> {
    let repository = context.repository();
    let tag = plumbing::read_tag(&repository.dir, sha).ok_or_else(Failed::not_found)?;
    let tagger = tag.tagger.as_ref();
    let object = format!("/git/{}s/{}", tag.kind, tag.object);
    Ok(json!({
        "sha": sha, "node_id": format!("TA_{sha}"), "tag": tag.name, "message": tag.message,
        "url": shapes::api(context.state, repository, &format!("/git/tags/{sha}")),
        "tagger": {
            "name": tagger.map_or("", |person| &person.name),
            "email": tagger.map_or("", |person| &person.email),
            "date": super::state::stamp(tagger.map_or(0, |person| person.seconds)),
        },
        "object": {
            "type": tag.kind, "sha": tag.object,
            "url": shapes::api(context.state, repository, &object),
        },
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null,
            "verified_at": null,
        },
    }))
}

fn shape_ref(context: &Context<'_>, name: &str, sha: &str) -> Value {
    let repository = context.repository();
    let kind = plumbing::kind(&repository.dir, sha).unwrap_or_default();
    json!({
        "ref": name, "node_id": shapes::ref_node_id(repository, name),
        "url": shapes::api(context.state, repository, &format!("/git/{}", shapes::encode_path(name))),
        "object": {
            "sha": sha, "type": kind,
            "url": shapes::api(context.state, repository, &format!("/git/{kind}s/{sha}")),
        },
    })
}

fn get_ref(context: &Context<'_>, name: &str) -> Answer {
    let full = format!("refs/{name}");
    let refs = plumbing::refs(&context.repository().dir);
    let sha = refs.get(&full).ok_or_else(Failed::not_found)?;
    Ok(Reply::ok(shape_ref(context, &full, sha)))
}

fn matching(context: &Context<'_>, prefix: &str) -> Reply {
    let prefix = format!("refs/{prefix}");
    let refs = plumbing::refs(&context.repository().dir);
    let found = refs.iter().filter(|(name, _)| name.starts_with(&prefix));
    // The only list without pages.
    Reply::ok(found.map(|(name, sha)| shape_ref(context, name, sha)).collect())
}

fn create_ref(context: &mut Context<'_>) -> Answer {
    let call = context.call;
    let (Some(name), Some(sha)) = (call.text("ref"), call.text("sha")) else {
        return Err(Failed::unprocessable(
            "Invalid request.\n\n\"ref\" and \"sha\" must be supplied.",
        ));
    };
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Failed::unprocessable(
            "Reference name must start with 'refs' and contain at least two slashes.",
        ));
    }
    let dir = context.repository().dir.clone();
    if git::try_text(&dir, &["check-ref-format", name]).is_none() {
        return Err(Failed::unprocessable(&format!("{name} is not a valid ref name.")));
    }
    let refs = plumbing::refs(&dir);
    if refs.contains_key(name) {
        return Err(Failed::unprocessable("Reference already exists"));
    }
    check_target(context, name, sha)?;
    may_touch_workflows(&context.token, context.repository(), None, sha)?;
    if !plumbing::write_ref(&dir, name, sha, None) {
        return Err(Failed::unprocessable("Reference update failed"));
    }
    Ok(Reply::created(shape_ref(context, name, sha)))
}

fn check_target(context: &Context<'_>, name: &str, sha: &str) -> Result<(), Failed> {
    let kind = plumbing::kind(&context.repository().dir, sha);
    let Some(kind) = kind else { return Err(Failed::unprocessable("Object does not exist")) };
    if name.starts_with("refs/heads/") && kind != "commit" {
        return Err(Failed::unprocessable("Reference update failed"));
    }
    Ok(())
}

/// Tokens without the permission cannot bring in changes of workflow files.
pub(crate) fn may_touch_workflows(
    token: &Token,
    repository: &Repository,
    old: Option<&str>,
    new: &str,
) -> Result<(), Failed> {
    if token.may("workflows", "write") {
        return Ok(());
    }
    let from = old.unwrap_or(&repository.default_branch);
    let args = ["diff", "--name-only", from, new, "--", ".github/workflows"];
    match git::try_text(&repository.dir, &args) {
        Some(changed) if !changed.is_empty() => super::auth::demand(token, "workflows", "write"),
        _ => Ok(()),
    }
}

fn update_ref(context: &mut Context<'_>, name: &str) -> Answer {
    let full = format!("refs/{name}");
    let Some(sha) = context.call.text("sha") else {
        return Err(Failed::unprocessable("Invalid request.\n\n\"sha\" wasn't supplied."));
    };
    let dir = context.repository().dir.clone();
    let refs = plumbing::refs(&dir);
    let Some(old) = refs.get(&full) else {
        return Err(Failed::unprocessable("Reference does not exist"));
    };
    check_target(context, &full, sha)?;
    let force = context.call.body["force"].as_bool().unwrap_or(false);
    if !force && !plumbing::is_ancestor(&dir, old, sha) {
        return Err(Failed::unprocessable("Update is not a fast forward"));
    }
    may_touch_workflows(&context.token, context.repository(), Some(old), sha)?;
    if !plumbing::write_ref(&dir, &full, sha, Some(old)) {
        return Err(Failed::new(409, "Reference update failed"));
    }
    Ok(Reply::ok(shape_ref(context, &full, sha)))
}

fn delete_ref(context: &mut Context<'_>, name: &str) -> Answer {
    let full = format!("refs/{name}");
    let dir = context.repository().dir.clone();
    if !plumbing::refs(&dir).contains_key(&full) {
        return Err(Failed::unprocessable("Reference does not exist"));
    }
    plumbing::delete_ref(&dir, &full);
    Ok(Reply::empty())
}

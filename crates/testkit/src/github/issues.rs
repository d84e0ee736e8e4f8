//! Issue comments and labels.

use serde_json::{Value, json};

use super::auth;
use super::pulls::BODY_LIMIT;
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Comment, Label, State};

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    if method == "GET" {
        context.read("issues").or_else(|_| context.read("pull_requests"))?;
    } else {
        auth::demand_either(&context.token, ["issues", "pull_requests"], "write")?;
    }
    match (method, rest) {
        ("GET", ["issues", number, "comments"]) => {
            let issue = issue(context, number)?;
            let shapes =
                comments(context).filter(|(c, _)| c.issue == issue).map(|(_, shape)| shape);
            Ok(context.page(shapes.collect()))
        }
        ("POST", ["issues", number, "comments"]) => {
            let issue = issue(context, number)?;
            let body = comment_body(context)?.to_owned();
            let login = context.token.login.clone();
            let id = add_comment(context.state, &context.key.clone(), issue, &login, &body);
            comment(context, id).map(Reply::created)
        }
        ("GET", ["issues", "comments", id]) => comment(context, number(id)?).map(Reply::ok),
        ("PATCH", ["issues", "comments", id]) => {
            let id = number(id)?;
            let body = comment_body(context)?.to_owned();
            let now = context.state.now();
            let found = context.repository_mut().comments.iter_mut().find(|c| c.id == id);
            let found = found.ok_or_else(Failed::not_found)?;
            found.body = body;
            found.updated_at = now;
            comment(context, id).map(Reply::ok)
        }
        ("DELETE", ["issues", "comments", id]) => {
            let id = number(id)?;
            comment(context, id)?;
            context.repository_mut().comments.retain(|c| c.id != id);
            Ok(Reply::empty())
        }
        ("GET", ["labels"]) => {
            let repository = context.repository();
            let labels = repository.labels.values();
            Ok(context.page(labels.map(|l| shapes::label(context.state, repository, l)).collect()))
        }
        ("GET", ["labels", name]) => {
            let repository = context.repository();
            let label =
                repository.labels.get(&name.to_lowercase()).ok_or_else(Failed::not_found)?;
            Ok(Reply::ok(shapes::label(context.state, repository, label)))
        }
        ("POST", ["labels"]) => create_label(context),
        (_, ["issues", number, "labels", name @ ..]) => {
            let issue = issue(context, number)?;
            issue_labels(context, method, issue, name.first().copied())
        }
        _ => Err(Failed::not_found()),
    }
}

fn number(text: &str) -> Result<u64, Failed> {
    text.parse().map_err(|_| Failed::not_found())
}

/// Only pull requests are issues here.
fn issue(context: &Context<'_>, text: &str) -> Result<u64, Failed> {
    let number = number(text)?;
    let there = context.repository().pulls.contains_key(&number);
    there.then_some(number).ok_or_else(Failed::not_found)
}

fn comment_body<'a>(context: &'a Context<'_>) -> Result<&'a str, Failed> {
    match context.call.text("body") {
        None => Err(Failed::invalid("IssueComment", "body", "missing_field")),
        Some(body) if body.trim().is_empty() => {
            Err(Failed::custom("IssueComment", Some("body"), "body can't be blank"))
        }
        Some(body) if body.chars().count() > BODY_LIMIT => {
            let message = "body is too long (maximum is 65536 characters)";
            Err(Failed::custom("IssueComment", Some("body"), message))
        }
        Some(body) => Ok(body),
    }
}

fn comments<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Comment, Value)> {
    let repository = context.repository();
    repository.comments.iter().map(move |comment| {
        let url =
            shapes::api(context.state, repository, &format!("/issues/comments/{}", comment.id));
        let page = format!("/pull/{}#issuecomment-{}", comment.issue, comment.id);
        let issue = format!("/issues/{}", comment.issue);
        let shape = json!({
            "id": comment.id, "node_id": format!("IC_{}", comment.id), "url": url,
            "html_url": shapes::html(repository, &page), "body": comment.body,
            "user": shapes::user(context.state, &comment.author),
            "created_at": comment.created_at, "updated_at": comment.updated_at,
            "issue_url": shapes::api(context.state, repository, &issue),
            "author_association": "CONTRIBUTOR", "performed_via_github_app": null,
        });
        (comment, shape)
    })
}

fn comment(context: &Context<'_>, id: u64) -> Result<Value, Failed> {
    comments(context).find(|(c, _)| c.id == id).map(|(_, s)| s).ok_or_else(Failed::not_found)
}

/// Writes a comment as a login; its identifier.
pub(crate) fn add_comment(
    state: &mut State,
    key: &str,
    issue: u64,
    login: &str,
    body: &str,
) -> u64 {
    let now = state.now();
    let id = state.id();
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    repository.comments.push(Comment {
        id,
        issue,
        body: body.to_owned(),
        author: login.to_owned(),
        created_at: now.clone(),
        updated_at: now,
    });
    id
}

fn create_label(context: &mut Context<'_>) -> Answer {
    let Some(name) = context.call.text("name").map(str::to_owned) else {
        return Err(Failed::invalid("Label", "name", "missing_field"));
    };
    if context.repository().labels.contains_key(&name.to_lowercase()) {
        return Err(Failed::invalid("Label", "name", "already_exists"));
    }
    let color = context.call.text("color").unwrap_or("ededed").to_owned();
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failed::invalid("Label", "color", "invalid"));
    }
    let description = context.call.text("description").map(str::to_owned);
    let label = add_label(context, &name, color, description);
    Ok(Reply::created(shapes::label(context.state, context.repository(), &label)))
}

fn add_label(
    context: &mut Context<'_>,
    name: &str,
    color: String,
    description: Option<String>,
) -> Label {
    let id = context.state.id();
    let label = Label { id, name: name.to_owned(), color, description };
    context.repository_mut().labels.insert(name.to_lowercase(), label.clone());
    label
}

fn issue_labels(context: &mut Context<'_>, method: &str, issue: u64, name: Option<&str>) -> Answer {
    // The body is an object with `labels`, or the list itself.
    let body = &context.call.body;
    let list = body["labels"].as_array().or_else(|| body.as_array());
    let given: Vec<String> = list
        .into_iter()
        .flatten()
        .filter_map(|label| label.as_str().or_else(|| label["name"].as_str()))
        .map(str::to_owned)
        .collect();
    if matches!(method, "POST" | "PUT") {
        for name in &given {
            if !context.repository().labels.contains_key(&name.to_lowercase()) {
                add_label(context, name, "ededed".into(), None);
            }
        }
    }
    let pull = context.repository_mut().pulls.get_mut(&issue).expect("it was looked up");
    match (method, name) {
        ("GET", None) => {}
        ("POST", None) => {
            let new = given
                .into_iter()
                .filter(|name| !pull.labels.iter().any(|label| label.eq_ignore_ascii_case(name)));
            let new: Vec<String> = new.collect();
            pull.labels.extend(new);
        }
        ("PUT", None) => pull.labels = given,
        ("DELETE", Some(name)) => {
            let before = pull.labels.len();
            pull.labels.retain(|label| !label.eq_ignore_ascii_case(name));
            if pull.labels.len() == before {
                return Err(Failed::new(404, "Label does not exist"));
            }
        }
        _ => return Err(Failed::not_found()),
    }
    let repository = context.repository();
    let shapes = repository.pulls[&issue]
        .labels
        .iter()
        .filter_map(|name| repository.labels.get(&name.to_lowercase()))
        .map(|label| shapes::label(context.state, repository, label));
    Ok(Reply::ok(Value::Array(shapes.collect())))
}

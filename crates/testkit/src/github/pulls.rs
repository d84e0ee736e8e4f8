//! Pull requests.

use serde_json::{Value, json};

use super::git_data::{SIGNATURE, default_people};
use super::plumbing::{self, Commit};
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Label, Pull, State};
use super::{TokenKind, auth};

/// The longest body GitHub takes, in characters.
pub(crate) const BODY_LIMIT: usize = 65_536;
const TITLE_LIMIT: usize = 256;

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    if method == "GET" {
        context.read("pull_requests")?;
    }
    match (method, rest) {
        ("GET", []) => Ok(list(context)),
        ("POST", []) => create(context),
        (method, [number, rest @ ..]) => {
            let number = find(context, number)?;
            match (method, rest) {
                ("GET", []) => Ok(Reply::ok(full(context, number))),
                ("PATCH", []) => patch(context, number),
                ("GET", ["merge"]) if context.repository().pulls[&number].merged => {
                    Ok(Reply::empty())
                }
                ("PUT", ["merge"]) => merge(context, number),
                ("GET", ["commits"]) => Ok(commits(context, number)),
                _ => Err(Failed::not_found()),
            }
        }
        _ => Err(Failed::not_found()),
    }
}

fn find(context: &Context<'_>, number: &str) -> Result<u64, Failed> {
    let number = number.parse().map_err(|_| Failed::not_found())?;
    let there = context.repository().pulls.contains_key(&number);
    there.then_some(number).ok_or_else(Failed::not_found)
}

fn full(context: &Context<'_>, number: u64) -> Value {
    let repository = context.repository();
    shapes::pull_full(context.state, repository, &repository.pulls[&number])
}

fn list(context: &Context<'_>) -> Reply {
    let query = &context.call.query;
    let repository = context.repository();
    let state = query.get("state").map_or("open", String::as_str);
    // GitHub ignores a head without its owner, which has cost others a wrong match.
    let head = query.get("head").and_then(|head| head.split_once(':'));
    let mut found: Vec<&Pull> = repository
        .pulls
        .values()
        .filter(|pull| state == "all" || pull.state == state)
        .filter(|pull| query.get("base").is_none_or(|base| *base == pull.base))
        .filter(|pull| {
            head.is_none_or(|(owner, branch)| {
                owner.eq_ignore_ascii_case(&repository.owner) && branch == pull.head
            })
        })
        .collect();
    if query.get("direction").is_none_or(|direction| direction != "asc") {
        found.reverse();
    }
    let shapes = found.into_iter().map(|pull| shapes::pull_simple(context.state, repository, pull));
    context.page(shapes.collect())
}

fn check_lengths(title: Option<&str>, body: Option<&str>) -> Result<(), Failed> {
    if title.is_some_and(|title| title.trim().is_empty()) {
        return Err(Failed::custom("PullRequest", Some("title"), "title can't be blank"));
    }
    if title.is_some_and(|title| title.chars().count() > TITLE_LIMIT) {
        let message = "title is too long (maximum is 256 characters)";
        return Err(Failed::custom("Issue", Some("title"), message));
    }
    if body.is_some_and(|body| body.chars().count() > BODY_LIMIT) {
        let message = "body is too long (maximum is 65536 characters)";
        return Err(Failed::custom("Issue", Some("body"), message));
    }
    Ok(())
}

fn create(context: &mut Context<'_>) -> Answer {
    context.write("pull_requests")?;
    let call = context.call;
    if context.token.kind == TokenKind::Actions && !context.repository().actions_may_open_pulls {
        let message = "GitHub Actions is not permitted to create or approve pull requests.";
        return Err(Failed::new(403, message));
    }
    let (Some(head), Some(base)) = (call.text("head"), call.text("base")) else {
        return Err(Failed::invalid("PullRequest", "head", "missing_field"));
    };
    let repository = context.repository();
    let head = match head.split_once(':') {
        Some((owner, branch)) if owner.eq_ignore_ascii_case(&repository.owner) => branch,
        Some(_) => return Err(Failed::invalid("PullRequest", "head", "invalid")),
        None => head,
    };
    let Some(title) = call.text("title") else {
        return Err(Failed::invalid("PullRequest", "title", "missing_field"));
    };
    check_lengths(Some(title), call.text("body"))?;
    let tip = |branch: &str| plumbing::read_ref(&repository.dir, &format!("refs/heads/{branch}"));
    let head_sha = tip(head).ok_or_else(|| Failed::invalid("PullRequest", "head", "invalid"))?;
    let base_sha = tip(base).ok_or_else(|| Failed::invalid("PullRequest", "base", "invalid"))?;
    let twin = repository
        .pulls
        .values()
        .any(|pull| pull.state == "open" && pull.head == head && pull.base == base);
    if twin {
        let message = format!("A pull request already exists for {}:{head}.", repository.owner);
        return Err(Failed::custom("PullRequest", None, &message));
    }
    if plumbing::is_ancestor(&repository.dir, &head_sha, &base_sha) {
        let message = format!("No commits between {base} and {head}");
        return Err(Failed::custom("PullRequest", None, &message));
    }
    let body = call.text("body").unwrap_or_default();
    let draft = call.body["draft"].as_bool().unwrap_or(false);
    let key = context.key.clone();
    let login = context.token.login.clone();
    let number = insert(context.state, &key, (head, base), (title, body), draft, &login);
    Ok(Reply::created(full(context, number)))
}

fn insert(
    state: &mut State,
    key: &str,
    (head, base): (&str, &str),
    (title, body): (&str, &str),
    draft: bool,
    author: &str,
) -> u64 {
    let now = state.now();
    let id = state.id();
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    repository.number += 1;
    let number = repository.number;
    let tip = plumbing::read_ref(&repository.dir, &format!("refs/heads/{head}"));
    let pull = Pull {
        number,
        id,
        title: title.to_owned(),
        body: body.to_owned(),
        state: "open".into(),
        draft,
        head: head.to_owned(),
        base: base.to_owned(),
        author: author.to_owned(),
        merged: false,
        merge_commit: None,
        merged_by: None,
        last_head: tip.unwrap_or_default(),
        final_head: None,
        labels: Vec::new(),
        brought: Vec::new(),
        created_at: now.clone(),
        updated_at: now,
        closed_at: None,
        merged_at: None,
        edits: 0,
    };
    repository.pulls.insert(number, pull);
    number
}

fn patch(context: &mut Context<'_>, number: u64) -> Answer {
    context.write("pull_requests")?;
    let call = context.call;
    change(
        context.state,
        &context.key.clone(),
        number,
        &Edit {
            title: call.text("title"),
            body: call.body.get("body").map(|body| body.as_str().unwrap_or_default()),
            state: call.text("state"),
            base: call.text("base"),
            draft: None,
        },
    )?;
    Ok(Reply::ok(full(context, number)))
}

/// What of a pull request is to change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edit<'a> {
    pub(crate) title: Option<&'a str>,
    pub(crate) body: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    pub(crate) base: Option<&'a str>,
    pub(crate) draft: Option<bool>,
}

pub(crate) fn change(
    state: &mut State,
    key: &str,
    number: u64,
    edit: &Edit<'_>,
) -> Result<(), Failed> {
    check_lengths(edit.title, edit.body)?;
    let now = state.now();
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    let dir = repository.dir.clone();
    let tip = |branch: &str| plumbing::read_ref(&dir, &format!("refs/heads/{branch}"));
    let twin = repository.pulls.values().any(|other| {
        let this = &repository.pulls[&number];
        other.number != number
            && other.state == "open"
            && other.head == this.head
            && other.base == edit.base.unwrap_or(&this.base)
    });
    let pull = repository.pulls.get_mut(&number).ok_or_else(Failed::not_found)?;
    if edit.base.is_some_and(|base| tip(base).is_none()) {
        return Err(Failed::invalid("PullRequest", "base", "invalid"));
    }
    match edit.state {
        Some("closed") if pull.state == "open" => {
            pull.state = "closed".into();
            pull.closed_at = Some(now.clone());
            pull.final_head = Some(pull.last_head.clone());
        }
        Some("open") if pull.state == "closed" => {
            let head = tip(&pull.head);
            if pull.merged || head.is_none() || twin {
                let message = "state cannot be changed. The pull request cannot be reopened.";
                return Err(Failed::custom("PullRequest", Some("state"), message));
            }
            pull.state = "open".into();
            pull.closed_at = None;
            pull.final_head = None;
            pull.last_head = head.unwrap_or_default();
        }
        Some("open" | "closed") | None => {}
        Some(_) => return Err(Failed::invalid("PullRequest", "state", "invalid")),
    }
    if let Some(title) = edit.title {
        title.clone_into(&mut pull.title);
    }
    if let Some(body) = edit.body {
        body.clone_into(&mut pull.body);
    }
    if let Some(base) = edit.base {
        base.clone_into(&mut pull.base);
    }
    if let Some(draft) = edit.draft {
        pull.draft = draft;
    }
    pull.edits += 1;
    pull.updated_at = now;
    Ok(())
}

fn commits(context: &Context<'_>, number: u64) -> Reply {
    let repository = context.repository();
    let pull = &repository.pulls[&number];
    let base = format!("refs/heads/{}", pull.base);
    let list = plumbing::between(&repository.dir, &base, &pull.last_head);
    let shapes = list.iter().filter_map(|sha| shapes::commit(context.state, repository, sha));
    context.page(shapes.collect())
}

fn merge(context: &mut Context<'_>, number: u64) -> Answer {
    context.write("contents")?;
    let pull = context.repository().pulls[&number].clone();
    let method = context.call.text("merge_method").unwrap_or("merge").to_owned();
    if let Some(expected) = context.call.text("sha")
        && expected != pull.last_head
    {
        let message = "Head branch was modified. Review and try the merge again.";
        return Err(Failed::new(409, message));
    }
    if pull.state != "open" || pull.draft || method == "rebase" {
        let message = if pull.draft {
            "Pull Request is still a draft"
        } else {
            "Pull Request is not mergeable"
        };
        return Err(Failed::new(405, message));
    }
    let title = context.call.text("commit_title").map(str::to_owned);
    let message = context.call.text("commit_message").map(str::to_owned);
    let text = title.map(|title| match message {
        Some(message) if !message.is_empty() => format!("{title}\n\n{message}"),
        _ => title,
    });
    let token = context.token.clone();
    let key = context.key.clone();
    let sha = merge_now(context.state, &key, number, &token, &method, text)
        .ok_or_else(|| Failed::new(405, "Pull Request is not mergeable"))?;
    Ok(Reply::ok(json!({
        "sha": sha, "merged": true, "message": "Pull Request successfully merged",
    })))
}

fn merge_now(
    state: &mut State,
    key: &str,
    number: u64,
    token: &auth::Token,
    method: &str,
    message: Option<String>,
) -> Option<String> {
    let now = state.now();
    let (author, _) = default_people(state, token, false);
    let (_, committer) = default_people(state, token, true);
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    let pull = repository.pulls.get_mut(&number)?;
    let base_ref = format!("refs/heads/{}", pull.base);
    let base = plumbing::read_ref(&repository.dir, &base_ref)?;
    let head = plumbing::read_ref(&repository.dir, &format!("refs/heads/{}", pull.head))?;
    let tree = plumbing::merge_tree(&repository.dir, &base, &head)?;
    let squash = method == "squash";
    let default = if squash {
        format!("{} (#{number})", pull.title)
    } else {
        format!(
            "Merge pull request #{number} from {}/{}\n\n{}",
            repository.owner, pull.head, pull.title
        )
    };
    let commit = Commit {
        tree,
        parents: if squash { vec![base.clone()] } else { vec![base.clone(), head.clone()] },
        author,
        committer,
        message: message.unwrap_or(default),
        signature: Some(SIGNATURE.to_owned()),
    };
    let sha = plumbing::write_commit(&repository.dir, &commit);
    if !plumbing::write_ref(&repository.dir, &base_ref, &sha, Some(&base)) {
        return None;
    }
    pull.state = "closed".into();
    pull.merged = true;
    pull.merge_commit = Some(sha.clone());
    pull.merged_by = Some(token.login.clone());
    pull.final_head = Some(head);
    pull.closed_at = Some(now.clone());
    pull.merged_at = Some(now.clone());
    pull.updated_at = now;
    Some(sha)
}

/// Opens a pull request behind the API's back, as `octocat`.
pub(crate) fn open(
    state: &mut State,
    key: &str,
    head: &str,
    base: &str,
    title: &str,
    body: &str,
) -> u64 {
    insert(state, key, (head, base), (title, body), false, "octocat")
}

/// A pull request that brought these commits, the last of them by its merge.
pub(crate) fn merged_before(
    state: &mut State,
    key: &str,
    (title, author): (&str, &str),
    labels: &[&str],
    commits: &[&str],
) -> u64 {
    let number = insert(state, key, ("gone", "main"), (title, ""), false, author);
    let now = state.now();
    let id = state.id();
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    for name in labels.iter().map(|label| (*label).to_owned()) {
        let color = "ededed".to_owned();
        let label = Label { id, name: name.clone(), color, description: None };
        repository.labels.entry(name.to_lowercase()).or_insert(label);
    }
    let base = repository.default_branch.clone();
    let pull = repository.pulls.get_mut(&number).expect("it was just made");
    pull.base = base;
    pull.state = "closed".into();
    pull.merged = true;
    pull.merge_commit = commits.last().map(|sha| (*sha).to_owned());
    pull.merged_by = Some("octocat".into());
    pull.labels = labels.iter().map(|label| (*label).to_owned()).collect();
    pull.brought = commits.iter().map(|sha| (*sha).to_owned()).collect();
    pull.closed_at = Some(now.clone());
    pull.merged_at = Some(now);
    number
}

/// Merges behind the API's back.
pub(crate) fn merge_as(
    state: &mut State,
    key: &str,
    number: u64,
    login: &str,
    method: &str,
) -> String {
    sync(state, key);
    let repository = &state.repositories[key];
    let pull = repository.pulls.get(&number);
    assert!(
        pull.is_some_and(|pull| pull.state == "open"),
        "pull request {number} of {key} is not open"
    );
    let mut token = auth::Token::new(TokenKind::Personal, &[]);
    login.clone_into(&mut token.login);
    merge_now(state, key, number, &token, method, None)
        .unwrap_or_else(|| panic!("pull request {number} of {key} does not merge cleanly"))
}

/// Closes behind the API's back.
pub(crate) fn close(state: &mut State, key: &str, number: u64) {
    let edit = Edit { state: Some("closed"), ..Edit::default() };
    change(state, key, number, &edit).unwrap_or_else(|failed| panic!("{}", failed.body));
}

/// What GitHub does to open pull requests after a push: follows the head, and closes those
/// whose head is gone or has nothing left to merge.
pub(crate) fn sync(state: &mut State, key: &str) {
    if !state.repositories[key].pulls.values().any(|pull| pull.state == "open") {
        return;
    }
    let now = super::state::stamp(state.seconds);
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    let refs = plumbing::refs(&repository.dir);
    for pull in repository.pulls.values_mut().filter(|pull| pull.state == "open") {
        let head = refs.get(&format!("refs/heads/{}", pull.head));
        let base = refs.get(&format!("refs/heads/{}", pull.base));
        let (Some(head), Some(base)) = (head, base) else {
            pull.state = "closed".into();
            pull.final_head = Some(pull.last_head.clone());
            pull.closed_at = Some(now.clone());
            continue;
        };
        if plumbing::is_ancestor(&repository.dir, head, base) {
            pull.merged = *head == pull.last_head;
            pull.merged_at = pull.merged.then(|| now.clone());
            pull.merge_commit = pull.merged.then(|| base.clone());
            pull.state = "closed".into();
            pull.closed_at = Some(now.clone());
            pull.final_head = Some(pull.last_head.clone());
        }
        pull.last_head.clone_from(head);
    }
}

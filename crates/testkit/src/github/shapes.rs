//! JSON as GitHub shapes it.

use serde_json::{Map, Value, json};

use super::plumbing::{self, Commit, Person};
use super::route::Context;
use super::state::{Label, Pull, Repository, State, stamp};

const HTML: &str = "https://github.com";

/// The API address of something in a repository.
pub(crate) fn api(state: &State, repository: &Repository, rest: &str) -> String {
    format!("{}/repos/{}{rest}", state.url, repository.full_name())
}

/// The page of something in a repository.
pub(crate) fn html(repository: &Repository, rest: &str) -> String {
    format!("{HTML}/{}{rest}", repository.full_name())
}

/// Fields whose value is the API address followed by a fixed tail.
fn links(object: &mut Map<String, Value>, base: &str, tails: &[(&str, &str)]) {
    for (name, tail) in tails {
        object.insert((*name).to_owned(), json!(format!("{base}{tail}")));
    }
}

fn user_id(login: &str) -> u64 {
    if login == "github-actions[bot]" {
        return 41_898_282;
    }
    login.bytes().fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 100_000_000)
}

pub(crate) fn user(state: &State, login: &str) -> Value {
    let id = user_id(login);
    let bot = login.ends_with("[bot]");
    let mut user = json!({
        "login": login, "id": id, "node_id": format!("U_{id}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "", "html_url": format!("{HTML}/{}", login.trim_end_matches("[bot]")),
        "type": if bot { "Bot" } else { "User" }, "user_view_type": "public", "site_admin": false,
    });
    let base = format!("{}/users/{}", state.url, login.replace('[', "%5B").replace(']', "%5D"));
    links(
        user.as_object_mut().expect("an object"),
        &base,
        &[
            ("url", ""),
            ("followers_url", "/followers"),
            ("following_url", "/following{/other_user}"),
            ("gists_url", "/gists{/gist_id}"),
            ("starred_url", "/starred{/owner}{/repo}"),
            ("subscriptions_url", "/subscriptions"),
            ("organizations_url", "/orgs"),
            ("repos_url", "/repos"),
            ("events_url", "/events{/privacy}"),
            ("received_events_url", "/received_events"),
        ],
    );
    user
}

/// The address GitHub writes into commits for a login.
pub(crate) fn noreply(login: &str) -> String {
    format!("{}+{login}@users.noreply.github.com", user_id(login))
}

const REPOSITORY_LINKS: &[(&str, &str)] = &[
    ("url", ""),
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// A repository as it stands inside other answers.
pub(crate) fn repository(state: &State, repository: &Repository) -> Value {
    let page = html(repository, "");
    let mut shape = json!({
        "id": repository.id, "node_id": node_id(repository), "name": repository.name,
        "full_name": repository.full_name(), "owner": user(state, &repository.owner),
        "private": repository.private, "html_url": page, "description": null, "fork": false,
        "visibility": if repository.private { "private" } else { "public" },
        "clone_url": format!("{page}.git"), "svn_url": page, "homepage": null,
        "git_url": format!("git://github.com/{}.git", repository.full_name()),
        "ssh_url": format!("git@github.com:{}.git", repository.full_name()),
        "mirror_url": null, "language": null, "default_branch": repository.default_branch,
        "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
        "size": 1, "open_issues": 0, "open_issues_count": 0, "is_template": false, "topics": [],
        "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false,
        "has_downloads": true, "has_discussions": false, "archived": false, "disabled": false,
        "license": null, "pushed_at": stamp(state.seconds), "created_at": stamp(crate::git::EPOCH),
        "updated_at": stamp(state.seconds),
    });
    let base = api(state, repository, "");
    links(shape.as_object_mut().expect("an object"), &base, REPOSITORY_LINKS);
    shape
}

/// `GET /repos/{owner}/{repo}`.
pub(crate) fn full_repository(context: &Context<'_>) -> Value {
    let mut full = repository(context.state, context.repository());
    let write = context.token.may("contents", "write");
    full["network_count"] = json!(0);
    full["subscribers_count"] = json!(0);
    full["permissions"] = json!({
        "admin": false, "maintain": false, "push": write, "triage": write, "pull": true,
    });
    full["allow_merge_commit"] = json!(true);
    full["allow_squash_merge"] = json!(true);
    full["allow_rebase_merge"] = json!(true);
    full
}

/// The identifier GraphQL uses for a repository.
pub(crate) fn node_id(repository: &Repository) -> String {
    format!("R_{}", repository.id)
}

/// The identifier GraphQL uses for a pull request.
pub(crate) fn pull_node_id(repository: &Repository, number: u64) -> String {
    format!("PR_{}_{number}", repository.id)
}

/// The identifier GraphQL uses for a branch or tag, by its full name.
pub(crate) fn ref_node_id(repository: &Repository, full: &str) -> String {
    format!("REF_{}_{}", repository.id, encode(full))
}

/// The repository's number and the full name in such an identifier.
pub(crate) fn ref_of_node_id(id: &str) -> Option<(u64, String)> {
    let (repository, name) = id.strip_prefix("REF_")?.split_once('_')?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    Some((repository.parse().ok()?, name.into_owned()))
}

fn person(person: &Person) -> Value {
    json!({ "name": person.name, "email": person.email, "date": stamp(person.seconds) })
}

fn verification(commit: &Commit) -> Value {
    match &commit.signature {
        Some(signature) => json!({
            "verified": true, "reason": "valid", "signature": signature,
            "payload": format!("tree {}", commit.tree), "verified_at": stamp(commit.committer.seconds),
        }),
        None => json!({
            "verified": false, "reason": "unsigned", "signature": null, "payload": null,
            "verified_at": null,
        }),
    }
}

/// A commit of the git data API.
pub(crate) fn git_commit(state: &State, repository: &Repository, sha: &str) -> Option<Value> {
    let commit = plumbing::read_commit(&repository.dir, sha)?;
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| {
            json!({
                "sha": parent, "url": api(state, repository, &format!("/git/commits/{parent}")),
                "html_url": html(repository, &format!("/commit/{parent}")),
            })
        })
        .collect();
    Some(json!({
        "sha": sha, "node_id": format!("C_{sha}"),
        "url": api(state, repository, &format!("/git/commits/{sha}")),
        "html_url": html(repository, &format!("/commit/{sha}")),
        "author": person(&commit.author), "committer": person(&commit.committer),
        "tree": {
            "sha": commit.tree,
            "url": api(state, repository, &format!("/git/trees/{}", commit.tree)),
        },
        "message": commit.message, "parents": parents, "verification": verification(&commit),
    }))
}

/// The login a commit's address belongs to.
pub(crate) fn login_of(email: &str) -> Option<String> {
    if let Some(local) = email.strip_suffix("@users.noreply.github.com") {
        return Some(local.split_once('+').map_or(local, |(_, login)| login).to_owned());
    }
    match email {
        "noreply@github.com" => Some("web-flow".to_owned()),
        "octocat@example.com" => Some("octocat".to_owned()),
        crate::git::EMAIL => Some("test-author".to_owned()),
        _ => None,
    }
}

/// A commit of the repository API.
pub(crate) fn commit(state: &State, repository: &Repository, sha: &str) -> Option<Value> {
    let commit = plumbing::read_commit(&repository.dir, sha)?;
    let account = |person: &Person| login_of(&person.email).map(|login| user(state, &login));
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| {
            json!({
                "sha": parent, "url": api(state, repository, &format!("/commits/{parent}")),
                "html_url": html(repository, &format!("/commit/{parent}")),
            })
        })
        .collect();
    let url = api(state, repository, &format!("/commits/{sha}"));
    Some(json!({
        "sha": sha, "node_id": format!("C_{sha}"), "comments_url": format!("{url}/comments"),
        "url": url, "html_url": html(repository, &format!("/commit/{sha}")),
        "commit": {
            "author": person(&commit.author), "committer": person(&commit.committer),
            "message": commit.message, "comment_count": 0,
            "tree": {
                "sha": commit.tree,
                "url": api(state, repository, &format!("/git/trees/{}", commit.tree)),
            },
            "url": api(state, repository, &format!("/git/commits/{sha}")),
            "verification": verification(&commit),
        },
        "author": account(&commit.author), "committer": account(&commit.committer),
        "parents": parents,
    }))
}

/// A label.
pub(crate) fn label(state: &State, repository: &Repository, label: &Label) -> Value {
    let encoded = encode(&label.name);
    json!({
        "id": label.id, "node_id": format!("LA_{}", label.id), "name": label.name,
        "url": api(state, repository, &format!("/labels/{encoded}")),
        "color": label.color, "default": false, "description": label.description,
    })
}

/// A path, each part percent-encoded.
pub(crate) fn encode_path(text: &str) -> String {
    text.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// What needs no escape in a path part.
const KEPT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path part, percent-encoded.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

/// A pull request as a list shows it.
pub(crate) fn pull_simple(state: &State, repository: &Repository, pull: &Pull) -> Value {
    let number = pull.number;
    let side = |branch: &str, sha: &str| {
        json!({
            "label": format!("{}:{branch}", repository.owner), "ref": branch, "sha": sha,
            "user": user(state, &repository.owner), "repo": self::repository(state, repository),
        })
    };
    let head = pull.final_head.clone().unwrap_or_else(|| pull.last_head.clone());
    let base = plumbing::read_ref(&repository.dir, &format!("refs/heads/{}", pull.base));
    let url = api(state, repository, &format!("/pulls/{number}"));
    let issue = api(state, repository, &format!("/issues/{number}"));
    let page = html(repository, &format!("/pull/{number}"));
    let statuses = api(state, repository, &format!("/statuses/{head}"));
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .filter_map(|name| repository.labels.get(&name.to_lowercase()))
        .map(|found| {
            let mut shape = label(state, repository, found);
            // Here GitHub's description has no null.
            shape["description"] = json!(found.description.as_deref().unwrap_or_default());
            shape
        })
        .collect();
    let link = |href: String| json!({ "href": href });
    json!({
        "id": pull.id, "node_id": pull_node_id(repository, number), "number": number,
        "state": pull.state, "locked": false, "title": pull.title, "draft": pull.draft,
        "body": if pull.body.is_empty() { Value::Null } else { json!(pull.body) },
        "user": user(state, &pull.author), "labels": labels, "milestone": null, "assignee": null,
        "assignees": [], "requested_reviewers": [], "requested_teams": [],
        "author_association": "CONTRIBUTOR", "auto_merge": null, "active_lock_reason": null,
        "created_at": pull.created_at, "updated_at": pull.updated_at,
        "closed_at": pull.closed_at, "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_commit,
        "head": side(&pull.head, &head), "base": side(&pull.base, base.as_deref().unwrap_or(&head)),
        "_links": {
            "self": link(url.clone()), "html": link(page.clone()), "issue": link(issue.clone()),
            "comments": link(format!("{issue}/comments")),
            "review_comments": link(format!("{url}/comments")),
            "review_comment": link(api(state, repository, "/pulls/comments{/number}")),
            "commits": link(format!("{url}/commits")), "statuses": link(statuses.clone()),
        },
        "url": url, "html_url": page, "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"), "comments_url": format!("{issue}/comments"),
        "issue_url": issue, "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": api(state, repository, "/pulls/comments{/number}"),
        "statuses_url": statuses,
    })
}

/// A pull request as its own page shows it.
pub(crate) fn pull_full(state: &State, repository: &Repository, pull: &Pull) -> Value {
    let mut full = pull_simple(state, repository, pull);
    let head = full["head"]["sha"].as_str().unwrap_or_default().to_owned();
    let base = full["base"]["sha"].as_str().unwrap_or_default().to_owned();
    let open = pull.state == "open";
    let clean = open && plumbing::merge_tree(&repository.dir, &base, &head).is_some();
    let comments = repository.comments.iter().filter(|c| c.issue == pull.number).count();
    let extra = json!({
        "merged": pull.merged,
        "mergeable": if open { json!(clean) } else { Value::Null },
        "mergeable_state": match (open, clean) {
            (false, _) => "unknown",
            (true, true) => "clean",
            (true, false) => "dirty",
        },
        "rebaseable": if open { json!(clean) } else { Value::Null },
        "merged_by": pull.merged_by.as_ref().map(|login| user(state, login)),
        "comments": comments, "review_comments": 0, "maintainer_can_modify": false,
        "commits": plumbing::between(&repository.dir, &base, &head).len(),
        "additions": 1, "deletions": 0, "changed_files": 1,
    });
    for (key, value) in extra.as_object().expect("an object") {
        full[key] = value.clone();
    }
    full
}

//! Releases.

use serde_json::{Value, json};

use super::route::{Answer, Call, Context, Failed, Reply};
use super::shapes;
use super::state::{Release, Repository};
use super::{assets, plumbing};
use crate::git;

/// The longest notes GitHub takes, in characters.
const BODY_LIMIT: usize = 125_000;

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    match method {
        "GET" => context.read("contents")?,
        _ => context.write("contents")?,
    }
    match (method, rest) {
        ("GET", []) => Ok(list(context)),
        ("POST", []) => create(context),
        ("GET", ["latest"]) => {
            let release = latest(context.repository()).ok_or_else(Failed::not_found)?;
            Ok(Reply::ok(shape(context, release)))
        }
        ("GET", ["tags", tag @ ..]) => {
            let tag = tag.join("/");
            let mut releases = context.repository().releases.iter();
            let found = releases.find(|release| !release.draft && release.tag == tag);
            Ok(Reply::ok(shape(context, found.ok_or_else(Failed::not_found)?)))
        }
        (method, ["assets", id]) => assets::one(context, method, id),
        (method, [id, "assets"]) => assets::of_release(context, method, id),
        (method, [id]) => {
            let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
            let mut releases = context.repository().releases.iter();
            let hidden = !context.token.may("contents", "write");
            let found = releases.position(|r| r.id == id && !(r.draft && hidden));
            let at = found.ok_or_else(Failed::not_found)?;
            match method {
                "GET" => Ok(Reply::ok(shape(context, &context.repository().releases[at]))),
                "PATCH" => update(context, at),
                "DELETE" => {
                    context.repository_mut().releases.remove(at);
                    Ok(Reply::empty())
                }
                _ => Err(Failed::not_found()),
            }
        }
        _ => Err(Failed::not_found()),
    }
}

fn list(context: &Context<'_>) -> Reply {
    let drafts = context.token.may("contents", "write");
    let releases = context.repository().releases.iter().rev();
    let seen = releases.filter(|release| drafts || !release.draft);
    context.page(seen.map(|release| shape(context, release)).collect())
}

/// The release `latest` answers with: the last that was marked, else the last published.
pub(crate) fn latest(repository: &Repository) -> Option<&Release> {
    let stable = || repository.releases.iter().filter(|r| !r.draft && !r.prerelease);
    stable()
        .filter(|release| release.marked > 0)
        .max_by_key(|release| release.marked)
        .or_else(|| stable().max_by_key(|release| release.published_at.clone()))
}

fn shape(context: &Context<'_>, release: &Release) -> Value {
    let repository = context.repository();
    let path = format!("/releases/{}", release.id);
    let url = shapes::api(context.state, repository, &path);
    let uploads =
        format!("{}/api/uploads/repos/{}{path}", context.state.url, repository.full_name());
    let files: Vec<Value> =
        release.assets.iter().map(|asset| assets::shape(context, release, asset)).collect();
    // A draft's tag does not exist, so its page has a name of its own.
    let page = if release.draft { format!("untagged-{}", release.id) } else { release.tag.clone() };
    let ball = |kind: &str| {
        let tail = format!("/{kind}/{}", shapes::encode(&release.tag));
        (!release.draft).then(|| shapes::api(context.state, repository, &tail))
    };
    json!({
        "id": release.id, "node_id": format!("RE_{}", release.id), "url": url,
        "assets_url": format!("{url}/assets"), "upload_url": format!("{uploads}/assets{{?name,label}}"),
        "html_url": shapes::html(repository, &format!("/releases/tag/{}", shapes::encode(&page))),
        "tarball_url": ball("tarball"), "zipball_url": ball("zipball"),
        "tag_name": release.tag, "target_commitish": release.target, "name": release.name,
        "body": release.body, "draft": release.draft, "prerelease": release.prerelease,
        "immutable": release.immutable, "created_at": release.created_at, "published_at": release.published_at,
        "updated_at": release.created_at,
        "author": shapes::user(context.state, &release.author), "assets": files,
    })
}

fn check(call: &Call) -> Result<(), Failed> {
    if call.text("body").is_some_and(|body| body.chars().count() > BODY_LIMIT) {
        let message = "body is too long (maximum is 125000 characters)";
        return Err(Failed::custom("Release", Some("body"), message));
    }
    Ok(())
}

fn create(context: &mut Context<'_>) -> Answer {
    let call = context.call;
    let Some(tag) = call.text("tag_name").filter(|tag| !tag.is_empty()) else {
        return Err(Failed::invalid("Release", "tag_name", "missing_field"));
    };
    check(call)?;
    let now = context.state.now();
    let id = context.state.id();
    let release = Release {
        id,
        tag: tag.to_owned(),
        target: call
            .text("target_commitish")
            .map_or_else(|| context.repository().default_branch.clone(), str::to_owned),
        name: call.text("name").map(str::to_owned),
        body: call.text("body").map(str::to_owned),
        draft: call.body["draft"].as_bool().unwrap_or(false),
        prerelease: call.body["prerelease"].as_bool().unwrap_or(false),
        author: context.token.login.clone(),
        make_latest: "true".into(),
        created_at: now,
        published_at: None,
        marked: 0,
        assets: Vec::new(),
        immutable: false,
    };
    let release = settle(context, release)?;
    let answer = shape(context, &release);
    context.repository_mut().releases.push(release);
    Ok(Reply::created(answer))
}

fn update(context: &mut Context<'_>, at: usize) -> Answer {
    let call = context.call;
    check(call)?;
    let mut release = context.repository().releases[at].clone();
    if let Some(tag) = call.text("tag_name") {
        tag.clone_into(&mut release.tag);
    }
    if let Some(target) = call.text("target_commitish") {
        target.clone_into(&mut release.target);
    }
    if let Some(name) = call.text("name") {
        release.name = Some(name.to_owned());
    }
    if let Some(body) = call.text("body") {
        release.body = Some(body.to_owned());
    }
    if let Some(draft) = call.body["draft"].as_bool() {
        release.draft = draft;
    }
    if let Some(prerelease) = call.body["prerelease"].as_bool() {
        release.prerelease = prerelease;
    }
    let release = settle(context, release)?;
    context.repository_mut().releases[at] = release;
    Ok(Reply::ok(shape(context, &context.repository().releases[at])))
}

/// Checks a release as it is to be, and makes its tag when it is published.
fn settle(context: &mut Context<'_>, mut release: Release) -> Result<Release, Failed> {
    let wish = context.call.text("make_latest");
    if let Some(wish) = wish {
        if !matches!(wish, "true" | "false" | "legacy") {
            return Err(Failed::invalid("Release", "make_latest", "invalid"));
        }
        if wish == "true" && (release.draft || release.prerelease) {
            let message = "Latest release cannot be draft or prerelease";
            return Err(Failed::custom("Release", Some("make_latest"), message));
        }
        wish.clone_into(&mut release.make_latest);
    }
    let repository = context.repository();
    let name = format!("refs/tags/{}", release.tag);
    if git::try_text(&repository.dir, &["check-ref-format", &name]).is_none() {
        return Err(Failed::custom("Release", Some("tag_name"), "tag_name is not a valid tag"));
    }
    if release.draft {
        return Ok(release);
    }
    let mut others = repository.releases.iter().filter(|other| other.id != release.id);
    if others.any(|other| !other.draft && other.tag == release.tag) {
        return Err(Failed::invalid("Release", "tag_name", "already_exists"));
    }
    if plumbing::read_ref(&repository.dir, &name).is_none() {
        let Some(sha) = plumbing::resolve(&repository.dir, &release.target) else {
            return Err(Failed::invalid("Release", "target_commitish", "invalid"));
        };
        plumbing::write_ref(&repository.dir, &name, &sha, None);
    }
    let publishing = release.published_at.is_none();
    if publishing {
        release.published_at = Some(context.state.now());
        release.immutable = context.repository().immutable_releases;
    }
    if !release.prerelease && release.make_latest == "true" && (publishing || wish.is_some()) {
        release.marked = context.state.id();
    } else if release.make_latest == "false" || release.prerelease {
        release.marked = 0;
    }
    Ok(release)
}

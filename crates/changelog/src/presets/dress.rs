//! What presets print, made from what templates get: text escaped, addresses built.
//!
//! A release gains `extra.markdown`, and so does each of its commits, pull requests and
//! changesets. Every text in there is Markdown, ready to print.

use std::collections::BTreeSet;

use git_cliff_core::commit::Commit;
use git_cliff_core::contributor::RemoteContributor;
use launchway_runtime::markdown::defuse;
use serde_json::{Map, Value, json};

use crate::escape::{block, inline, title};
use crate::home::Home;
use crate::model::{Release, Remotes};
use crate::parallel;
use crate::release_yml::ReleaseYml;

/// What releases are dressed with.
#[derive(Clone, Copy, Debug)]
pub struct Dress<'a> {
    /// Where the repository lives; no links without.
    pub home: Option<&'a Home>,
    /// The repository's `.github/release.yml`.
    pub release_yml: Option<&'a ReleaseYml>,
    /// What services say of commits.
    pub remotes: &'a Remotes,
}

/// Adds `extra.markdown` to releases and to what is in them.
///
/// - release: `version`, `url` (what is new in it), `full` (the same, where all commits are new,
///   too), `many` (whether there are more releases, so that each needs its name), `first`,
///   `authors`, and `categories` and `new_contributors` when it has pull requests
/// - commit: `title`, `subject`, `scope`, `group` (`Breaking` where it is), `breaking`, `body`,
///   `id`, `url`, `pull`, `author`
/// - pull request: `title`, `author`, `url`
/// - changeset: `summary`, continuing lines indented by two
///
/// Returns the numbers of the pull requests that no category of `.github/release.yml` takes;
/// like GitHub, the `github` preset leaves them out.
pub fn dress(releases: &mut [Release], with: &Dress<'_>) -> Vec<u64> {
    let many = releases.len() > 1;
    let releases: Vec<&mut Release> = releases.iter_mut().collect();
    let releases: Vec<_> = releases.into_iter().enumerate().collect();
    parallel::map(releases, |(at, release)| {
        let place = [("many", many), ("first", at == 0)];
        dress_one(release, &place, with)
    })
    .concat()
}

fn dress_one(release: &mut Release, place: &[(&str, bool)], with: &Dress<'_>) -> Vec<u64> {
    let mut markdown = heading(release, with);
    markdown.extend(place.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))));
    let mut authors = Vec::new();
    let mut seen = BTreeSet::new();
    for commit in &mut release.commits {
        let remote = with.remotes.get(&commit.id).and_then(|remotes| remotes.first());
        let own = commit_markdown(commit, remote.or(commit.remote.as_ref()), with.home);
        let author = own.get("author").and_then(Value::as_str).unwrap_or_default();
        let bot = author.ends_with("\\[bot\\]");
        if !author.is_empty() && !bot && seen.insert(author.to_owned()) {
            authors.push(Value::from(author));
        }
        insert(&mut commit.extra, own);
    }
    markdown.insert("authors".to_owned(), authors.into());
    let mut unlisted = Vec::new();
    if let Some(extra) = release.extra.as_mut() {
        for changeset in list(extra, "changesets") {
            let summary = block_of(changeset, "summary");
            dress_object(changeset, &[("summary", summary)]);
        }
        let pulls: Vec<Value> =
            list(extra, "pull_requests").iter().map(|pull| pull_request(pull, with.home)).collect();
        if !pulls.is_empty() {
            unlisted = notes(&mut markdown, &pulls, with.release_yml);
        }
    }
    insert(&mut release.extra, markdown);
    unlisted
}

/// The lists of GitHub's notes. Returns the numbers that are in none.
fn notes(
    markdown: &mut Map<String, Value>,
    pulls: &[Value],
    release_yml: Option<&ReleaseYml>,
) -> Vec<u64> {
    let assigned = release_yml.cloned().unwrap_or_default().assign(pulls);
    let first_time =
        |pull: &&Value| pull.get("is_first_time").and_then(Value::as_bool).unwrap_or(false);
    let mut known = BTreeSet::new();
    let newcomers: Vec<Value> = assigned
        .listed
        .iter()
        .filter(first_time)
        .filter(|pull| !text(pull, "author").is_empty())
        .filter(|pull| known.insert(text(pull, "author").to_owned()))
        .cloned()
        .collect();
    let categories = assigned.categories.into_iter().map(|(name, pulls)| {
        let name = name.map(|name| inline(&name, None));
        json!({ "title": name, "pull_requests": pulls })
    });
    markdown.insert("categories".to_owned(), categories.collect());
    markdown.insert("new_contributors".to_owned(), newcomers.into());
    assigned.unlisted
}

fn heading(release: &Release, with: &Dress<'_>) -> Map<String, Value> {
    let tag = release.version.as_deref();
    let previous = release.previous.as_ref().and_then(|previous| previous.version.as_deref());
    let url = match (with.home, previous, tag) {
        (Some(home), None, Some(tag)) => Some(home.release(tag)),
        (Some(home), Some(_), _) => Some(home.whole(previous, tag)),
        _ => None,
    };
    let full = with.home.map(|home| home.whole(previous, tag));
    let version = tag.map_or_else(|| "Unreleased".to_owned(), |tag| named(bare(tag)));
    [("version", Some(version)), ("url", url), ("full", full)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}

/// `v1.2.3` as `1.2.3`; any other tag as it is.
fn bare(tag: &str) -> &str {
    tag.strip_prefix('v')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(tag)
}

/// A version as Markdown; one with the scope of a package in one piece, and nobody is called by it.
fn named(version: &str) -> String {
    if version.starts_with('@') && !version.contains('`') {
        return format!("`{version}`");
    }
    inline(version, None)
}

fn commit_markdown(
    commit: &Commit<'_>,
    remote: Option<&RemoteContributor>,
    home: Option<&Home>,
) -> Map<String, Value> {
    let short = commit.id.get(..7).unwrap_or(&commit.id);
    let raw = commit.raw_message();
    let or_id = |title: String| {
        if title.is_empty() && !short.is_empty() { format!("`{short}`") } else { title }
    };
    let subject = or_id(title(raw, home));
    // Not the body of the conventional commit: `Why:` at a line's start ends that.
    let (body, said) = split_breaking(after_subject(raw));
    let (name, described) = match &commit.conv {
        Some(conv) => (
            or_id(title(conv.description(), home)),
            conv.breaking().then(|| conv.breaking_description().unwrap_or_default()),
        ),
        None => (subject.clone(), said),
    };
    let description = commit.conv.as_ref().map_or(raw, |conv| conv.description()).trim();
    let says_more = |said: &&str| !said.trim().is_empty() && said.trim() != description;
    let group = if described.is_some() { Some("Breaking") } else { commit.group.as_deref() };
    let scope = commit.scope.as_deref();
    let scope = scope.or_else(|| Some(commit.conv.as_ref()?.scope()?.as_str()));
    let scope = scope.or(commit.default_scope.as_deref()).unwrap_or_default();

    let number = remote.and_then(|remote| remote.pr_number).and_then(|n| u64::try_from(n).ok());
    let named = |number: &u64| raw.contains(&format!("#{number}"));
    let pull = number.filter(|number| !named(number)).map(|number| match home {
        Some(home) => format!("[#{number}]({})", home.pull(number)),
        None => format!("#{number}"),
    });
    let login =
        remote.and_then(|remote| remote.username.as_deref()).filter(|name| !name.is_empty());
    let author = match login {
        Some(login) => mention(login),
        None => inline(commit.author.name.as_deref().unwrap_or_default(), None),
    };
    let fields: [(&str, Value); 10] = [
        ("title", name.into()),
        ("subject", subject.into()),
        ("scope", inline(scope, None).into()),
        ("group", group.unwrap_or_default().into()),
        ("breaking", described.filter(says_more).map(|said| block(said, "  ", home)).into()),
        ("body", block(body, "  ", home).into()),
        ("id", short.into()),
        ("url", home.filter(|_| !short.is_empty()).map(|home| home.commit(&commit.id)).into()),
        ("pull", pull.into()),
        ("author", author.into()),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn pull_request(pull: &Value, home: Option<&Home>) -> Value {
    let mut pull = pull.clone();
    let url = text(&pull, "url");
    let safe =
        url.starts_with("http") && !url.contains(|c: char| c.is_whitespace() || "<>()".contains(c));
    let url = if safe {
        url.to_owned()
    } else {
        format!("#{}", pull.get("number").and_then(Value::as_u64).unwrap_or_default())
    };
    let name = title(text(&pull, "title"), home);
    let author = mention(text(&pull, "author"));
    dress_object(&mut pull, &[("title", name), ("author", author), ("url", url)]);
    pull
}

/// A login as GitHub's own notes give it: with its sign, so that the person is credited.
fn mention(login: &str) -> String {
    let name = login.strip_suffix("[bot]").unwrap_or(login);
    let plain =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    match (plain, login == name) {
        (true, true) => format!("@{name}"),
        (true, false) => format!("@{name}\\[bot\\]"),
        (false, _) => inline(login, None),
    }
}

/// What is before a line that begins with `BREAKING CHANGE:`, and what it says.
fn split_breaking(body: &str) -> (&str, Option<&str>) {
    let starts = |at: usize| {
        body.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'))
    };
    for mark in ["BREAKING CHANGE:", "BREAKING-CHANGE:"] {
        let Some((at, _)) = body.match_indices(mark).find(|(at, _)| starts(*at)) else { continue };
        let (before, said) = body.split_at_checked(at).unwrap_or((body, ""));
        let said = said.get(mark.len()..).map(without_trailers);
        return (without_trailers(before), said);
    }
    (without_trailers(body), None)
}

fn after_subject(raw: &str) -> &str {
    raw.trim_start().split_once('\n').map_or("", |(_, body)| body)
}

/// The text without `Signed-off-by:` and its like at the end.
fn without_trailers(body: &str) -> &str {
    let mut body = body.trim_end();
    loop {
        let (before, last) = body.rsplit_once('\n').unwrap_or(("", body));
        let trailer = last.split_once(": ").is_some_and(|(key, _)| {
            key.contains('-') && key.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
        });
        if !trailer {
            return body;
        }
        body = before.trim_end();
    }
}

/// A text of several lines that is Markdown already, harmless and its later lines indented.
fn block_of(object: &Value, key: &str) -> String {
    let mut out = String::new();
    for line in defuse(text(object, key).trim()).trim_end().lines().map(str::trim_end) {
        if !out.is_empty() {
            out.push('\n');
        }
        if !out.is_empty() && !line.is_empty() {
            out.push_str("  ");
        }
        out.push_str(line);
    }
    out
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(object: &'a mut Value, key: &str) -> &'a mut [Value] {
    object.get_mut(key).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// Puts `markdown` into the `extra` of a release or commit.
fn insert(extra: &mut Option<Value>, markdown: Map<String, Value>) {
    match extra.as_mut().and_then(Value::as_object_mut) {
        Some(object) => {
            object.insert("markdown".to_owned(), markdown.into());
        }
        None => *extra = Some(json!({ "markdown": markdown })),
    }
}

/// Puts `markdown` into an object of ours.
fn dress_object(object: &mut Value, markdown: &[(&str, String)]) {
    let markdown: Map<String, Value> =
        markdown.iter().map(|(key, text)| ((*key).to_owned(), text.as_str().into())).collect();
    if let Some(object) = object.as_object_mut() {
        object.insert("markdown".to_owned(), markdown.into());
    }
}

//! The lines of `@changesets/changelog-github`: pull request, commit, thanks. Pure; what GitHub
//! knows is handed in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use launchway_base::nearest;
use launchway_workspace::Bump;
use regex_lite::{Captures, Regex};
use serde_json::Value;

use super::{DependencyRequest, Generator};
use crate::error::ChangesetError;
use crate::js::{js_trim, js_trim_end};
use crate::release::CommittedChangeset;

/// The module's name.
pub const GITHUB_MODULE: &str = "@changesets/changelog-github";

/// A person or bot on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubAuthor {
    /// Login.
    pub login: String,
    /// The page for people.
    pub url: String,
}

/// A pull request a commit is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubCommitPull {
    /// Its number.
    pub number: u64,
    /// The page for people.
    pub url: String,
    /// When it was merged, as in `2024-01-01T00:00:00Z`.
    pub merged_at: Option<String>,
    /// Who opened it.
    pub author: Option<GithubAuthor>,
}

/// What GitHub knows of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubCommit {
    /// The page for people.
    pub url: String,
    /// The account of its author.
    pub author: Option<GithubAuthor>,
    /// The pull requests it is part of, in GitHub's order.
    pub pulls: Vec<GithubCommitPull>,
}

impl GithubCommit {
    /// The pull request that brought it: the one merged first, else the first there is.
    fn pull(&self) -> Option<&GithubCommitPull> {
        // The dates are of one form and one zone, so their text sorts as they do.
        let merged = self.pulls.iter().filter(|pull| pull.merged_at.is_some());
        merged.min_by(|a, b| a.merged_at.cmp(&b.merged_at)).or_else(|| self.pulls.first())
    }
}

/// What GitHub knows of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubPull {
    /// The page for people.
    pub url: String,
    /// Who opened it.
    pub author: Option<GithubAuthor>,
    /// Short id and page of the commit its merge made.
    pub merge_commit: Option<(String, String)>,
}

/// A summary without its directives, and what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// The rest of the summary.
    pub summary: String,
    /// `pr:`, `pull:` or `pull request:`; a number too large for any is kept as the largest.
    pub pull: Option<u64>,
    /// `commit:`
    pub commit: Option<String>,
    /// Every `author:` and `user:`, without `@`.
    pub users: Vec<String>,
}

// A line begins after any of JavaScript's line ends, and `\s` is JavaScript's.
const LINE: &str = r"(\A|[\n\r\u{2028}\u{2029}])";
const BLANKS: &str =
    r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

#[expect(clippy::expect_used, reason = "constant patterns that every test runs")]
fn directive(keyword: &str, value: &str) -> Regex {
    Regex::new(&format!("{LINE}[{BLANKS}]*(?i:{keyword}):[{BLANKS}]*{value}"))
        .expect("a constant pattern")
}

static PULL: LazyLock<Regex> =
    LazyLock::new(|| directive(&format!("pr|pull|pull[{BLANKS}]+request"), "#?([0-9]+)"));
static COMMIT: LazyLock<Regex> = LazyLock::new(|| directive("commit", &format!("([^{BLANKS}]+)")));
static USER: LazyLock<Regex> =
    LazyLock::new(|| directive("author|user", &format!("@?([^{BLANKS}]+)")));
#[expect(clippy::expect_used, reason = "a constant pattern that every test runs")]
static ISSUE: LazyLock<Regex> = LazyLock::new(|| {
    let any = r"[^\n\r\u{2028}\u{2029}]*?";
    Regex::new(&format!(r"\[{any}\]\({any}\)|#([1-9][0-9]*)\b")).expect("a constant pattern")
});
#[expect(clippy::expect_used, reason = "a constant pattern that every test runs")]
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{([0-9A-Za-z_]+)\}").expect("a constant pattern"));

impl Directives {
    /// Takes the directives out of a summary.
    pub fn read(summary: &str) -> Self {
        let (mut pull, mut commit, mut users) = (None, None, Vec::new());
        let text = PULL.replace(summary, |found: &Captures<'_>| {
            pull = Some(found[2].parse().unwrap_or(u64::MAX));
            found[1].to_owned()
        });
        let text = COMMIT.replace(&text, |found: &Captures<'_>| {
            commit = Some(found[2].to_owned());
            found[1].to_owned()
        });
        let text = USER.replace_all(&text, |found: &Captures<'_>| {
            users.push(found[2].to_owned());
            found[1].to_owned()
        });
        Self { summary: js_trim(&text).to_owned(), pull, commit, users }
    }
}

/// Lines with links to pull request and commit, and thanks to the author.
#[derive(Clone, Debug, Default)]
pub struct GithubGenerator {
    /// Address of the pages for people, as in `GITHUB_SERVER_URL`.
    pub server_url: String,
    /// `owner/name`
    pub repo: String,
    /// Leaves the thanks out.
    pub disable_thanks: bool,
    /// Makes the first line, with `{summary} {ref} {pull} {commit} {authors}`.
    pub template: Option<String>,
    /// Commits by the name they were asked by.
    pub commits: BTreeMap<String, GithubCommit>,
    /// Pull requests by number.
    pub pulls: BTreeMap<u64, GithubPull>,
}

/// Options of the module that do not need GitHub.
impl GithubGenerator {
    /// A generator without any knowledge yet.
    pub fn new(server_url: String, repo: String, options: &Value) -> Self {
        let truthy = |value: &Value| match value {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Array(_) | Value::Object(_) => true,
        };
        Self {
            server_url,
            repo,
            disable_thanks: options.get("disableThanks").is_some_and(truthy),
            template: options
                .get("template")
                .and_then(Value::as_str)
                .filter(|template| !template.is_empty())
                .map(str::to_owned),
            ..Self::default()
        }
    }

    fn link_issues(&self, line: &str) -> String {
        let linked = ISSUE.replace_all(line, |found: &Captures<'_>| {
            let whole = &found[0];
            let inside_word = found.get(0).is_some_and(|place| {
                let before = line.get(..place.start()).unwrap_or_default();
                before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            });
            match found.get(1) {
                Some(number) if !inside_word => {
                    let (server, repo, number) = (&self.server_url, &self.repo, number.as_str());
                    format!("[#{number}]({server}/{repo}/issues/{number})")
                }
                _ => whole.to_owned(),
            }
        });
        linked.into_owned()
    }

    /// Pull request, commit and author as links.
    fn links(&self, directives: &Directives, committed: Option<&str>) -> Links {
        let mut links = Links::default();
        if let Some(number) = directives.pull {
            if let Some(pull) = self.pulls.get(&number) {
                links.pull = Some(format!("[#{number}]({})", pull.url));
                links.commit =
                    pull.merge_commit.as_ref().map(|(id, url)| format!("[`{}`]({url})", short(id)));
                links.user = pull.author.as_ref().map(author_link);
            }
            if let Some(commit) = &directives.commit {
                links.commit = Some(format!(
                    "[`{}`]({}/{}/commit/{commit})",
                    short(commit),
                    self.server_url,
                    self.repo
                ));
            }
        } else if let Some(asked) = directives.commit.as_deref().or(committed)
            && let Some(commit) = self.commits.get(asked)
        {
            let pull = commit.pull();
            links.commit = Some(format!("[`{}`]({})", short(asked), commit.url));
            links.pull = pull.map(|pull| format!("[#{}]({})", pull.number, pull.url));
            let author = pull.and_then(|pull| pull.author.as_ref());
            links.user = author.or(commit.author.as_ref()).map(author_link);
        }
        links
    }

    fn thanked(&self, directives: &Directives, links: &Links) -> Option<String> {
        if self.disable_thanks {
            return None;
        }
        if directives.users.is_empty() {
            return links.user.clone();
        }
        let server = &self.server_url;
        let users = directives.users.iter().map(|user| format!("[@{user}]({server}/{user})"));
        Some(users.collect::<Vec<_>>().join(", "))
    }
}

#[derive(Default)]
struct Links {
    pull: Option<String>,
    commit: Option<String>,
    user: Option<String>,
}

fn short(id: &str) -> String {
    id.chars().take(7).collect()
}

fn author_link(author: &GithubAuthor) -> String {
    format!("[@{}]({})", author.login, author.url)
}

/// The first line by a template. A token nobody knows is an error.
fn render(template: &str, tokens: &[(&str, String); 5]) -> Result<String, ChangesetError> {
    let mut unknown = None;
    let text = TOKEN.replace_all(template, |found: &Captures<'_>| {
        let name = &found[1];
        match tokens.iter().find(|(known, _)| known == &name) {
            Some((_, value)) => value.clone(),
            None => {
                unknown.get_or_insert_with(|| name.to_owned());
                String::new()
            }
        }
    });
    let Some(unknown) = unknown else { return Ok(text.into_owned()) };
    let names = tokens.iter().map(|(name, _)| *name);
    let hint = match nearest(&unknown, names.clone()) {
        Some(near) => format!("did you mean `{{{near}}}`?"),
        None => {
            let all: Vec<String> = names.map(|name| format!("{{{name}}}")).collect();
            format!("use {}", all.join(", "))
        }
    };
    Err(ChangesetError::Generator {
        module: GITHUB_MODULE.to_owned(),
        problem: format!(
            "does not know `{{{unknown}}}`, which is in its `template` in `.changeset/config.json`"
        ),
        hint: Some(hint),
    })
}

impl Generator for GithubGenerator {
    fn release_line(
        &self,
        changeset: &CommittedChangeset<'_>,
        _bump: Bump,
    ) -> Result<String, ChangesetError> {
        let directives = Directives::read(&changeset.changeset.summary);
        let links = self.links(&directives, changeset.commit.as_deref());
        let users = self.thanked(&directives, &links);
        let mut texts =
            directives.summary.split('\n').map(|line| self.link_issues(js_trim_end(line)));
        let first = texts.next().unwrap_or_default();
        let rest: Vec<String> = texts.map(|line| format!("  {line}")).collect();
        let rest = rest.join("\n");
        if let Some(template) = &self.template {
            let tokens = [
                ("summary", first),
                (
                    "ref",
                    links
                        .pull
                        .as_ref()
                        .or(links.commit.as_ref())
                        .map_or_else(String::new, |link| format!("({link})")),
                ),
                ("pull", links.pull.clone().unwrap_or_default()),
                ("commit", links.commit.clone().unwrap_or_default()),
                ("authors", users.unwrap_or_default()),
            ];
            return Ok(format!("{}\n{rest}", js_trim_end(&render(template, &tokens)?)));
        }
        let thanks = users.map(|users| format!("Thanks {users}!"));
        let mut parts: Vec<String> = links.pull.into_iter().chain(links.commit).collect();
        parts.extend(thanks);
        if !parts.is_empty() {
            parts.push("- ".to_owned());
        }
        Ok(format!("\n\n- {}{first}\n{rest}", parts.join(" ")))
    }

    fn dependency_line(&self, request: &DependencyRequest<'_>) -> Result<String, ChangesetError> {
        if request.dependencies.is_empty() {
            return Ok(String::new());
        }
        let commits: Vec<String> = request
            .changesets
            .iter()
            .filter_map(|changeset| changeset.commit.as_deref())
            .map(|id| match self.commits.get(id) {
                Some(commit) => format!("[`{}`]({})", short(id), commit.url),
                None => format!("`{}`", short(id)),
            })
            .collect();
        let moved = request.dependencies.iter();
        let moved = moved.map(|release| format!("  - {}@{}", release.name, release.new_version));
        let first = format!("- Updated dependencies [{}]:", commits.join(", "));
        Ok(std::iter::once(first).chain(moved).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
#[path = "github_tests.rs"]
mod tests;

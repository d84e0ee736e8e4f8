//! What GitHub knows of the commits, put where templates look for it.

use std::collections::HashSet;

use git_cliff_core::config::Config;
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::template::Template;
use launchway_base::{Deadline, Failure};
use launchway_github::RepoId;
use serde_json::{Map, Value, json};

use crate::model::{Release, Remotes};
use crate::pulls::{self, Connection, Given, PullData, Scope};
use crate::render;

/// Names whose use in a template asks for data of GitHub.
const ASKING: [&str; 3] = ["github", "commit.github", "commit.remote"];

/// Whether configuration or preset ask for data of GitHub.
pub fn is_asked_for(config: &Config, preset: Option<&str>) -> bool {
    let trim = config.changelog.trim;
    let uses = |name: &str, text: &str| {
        Template::new(name, text.to_owned(), trim).is_ok_and(|template| {
            let mut variables = template.variables.iter();
            variables.any(|variable| ASKING.iter().any(|name| variable.starts_with(name)))
        })
    };
    let of_rules = |rule: &git_cliff_core::config::CommitParser| {
        let field = rule.field.as_deref().unwrap_or_default();
        field.starts_with("remote.") || field.starts_with("github.")
    };
    matches!(preset, Some("github" | "detailed"))
        || config.remote.github.is_custom
        || (render::names_field(config, &["github", "remote", "pull_requests"])
            && (uses("body", &config.changelog.body)
                || config.changelog.footer.as_ref().is_some_and(|text| uses("footer", text))
                || config.changelog.body.contains("pull_requests")))
        || config.git.commit_parsers.iter().any(of_rules)
}

/// Asks GitHub about the commits of the releases, the oldest release first. `start` is the commit
/// before the range.
///
/// # Errors
/// GitHub refused or could not be reached.
pub async fn fetch(
    given: Given,
    deadline: Deadline,
    config: &Config,
    releases: &[Release],
    start: Option<&str>,
    warn: &mut dyn FnMut(&str),
) -> Result<Option<PullData>, Failure> {
    let github = match pulls::connect(given, deadline)? {
        Connection::Ready(github) => github,
        Connection::LeftOut(sentence) => {
            warn(&sentence);
            return Ok(None);
        }
    };
    let remote = &config.remote.github;
    let repo: RepoId = format!("{}/{}", remote.owner, remote.repo)
        .parse()
        .map_err(|error| Failure::input("the repository on GitHub is unclear").caused_by(error))?;
    let newest_first = releases.iter().rev().flat_map(|release| release.raw.iter().rev());
    // A commit can belong to releases of several packages.
    let mut seen = HashSet::new();
    let shas: Vec<String> = newest_first
        .map(|read| &read.id)
        .filter(|id| !id.is_empty() && seen.insert(id.as_str()))
        .cloned()
        .collect();
    let data = pulls::observe(&github, &repo, &shas, start).await?;
    for notice in &data.notices {
        warn(notice);
    }
    Ok(Some(data))
}

/// Puts the data to releases and commits, before rules are applied to these.
pub fn apply(releases: &mut [Release], data: &PullData, lists_pulls: bool) -> Remotes {
    let mut remotes = Remotes::new();
    for release in releases {
        let ids: Vec<String> = release.raw.iter().map(|read| read.id.clone()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let scope = Scope {
            commits: &ids,
            commit_id: release.commit_id.as_deref(),
            released: release.timestamp.is_some(),
        };
        let contributors = pulls::contributors(&scope, data);
        let pull_requests =
            if lists_pulls { pulls::pull_requests(&scope, data) } else { Vec::new() };
        let [github, ..] = &mut release.contributors;
        *github = contributors;
        if !pull_requests.is_empty() {
            extend(&mut release.extra, "pull_requests", json!(pull_requests));
        }
        for read in &mut release.raw {
            if let Some(remote) = pulls::remote(&read.id, data) {
                let mut all: [RemoteContributor; 5] = Default::default();
                let [github, ..] = &mut all;
                github.clone_from(&remote);
                remotes.insert(read.id.clone(), Box::new(all));
                read.remote = Some(Box::new(remote));
            }
        }
    }
    remotes
}

/// Adds a field to what git-cliff has no word for.
pub fn extend(extra: &mut Option<Value>, name: &str, value: Value) {
    let object = extra.get_or_insert_with(|| Value::Object(Map::new()));
    if let Some(map) = object.as_object_mut() {
        map.insert(name.to_owned(), value);
        map.sort_keys();
    }
}

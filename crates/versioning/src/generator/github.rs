//! `@changesets/changelog-github`: what GitHub knows is fetched in a few requests, then rendered.

use std::collections::BTreeSet;
use std::fs;

use launchway_base::{Failure, Location, Secret};
use launchway_changesets::changelog::{
    Directives, EntryRequest, GITHUB_MODULE, Generator, GithubAuthor, GithubCommit,
    GithubCommitPull, GithubGenerator, GithubPull,
};
use launchway_changesets::{CommittedChangeset, Module};
use launchway_github::{Author, CommitInfo, GitHub, PullInfo, RepoId, Settings};

use super::GeneratorContext;
use crate::dotenv;
use crate::observe::Repository;

const CONFIG: &str = ".changeset/config.json";

pub(super) fn fetch<'a>(
    module: &'a Module,
    requests: &[EntryRequest<'_>],
    repository: &Repository,
    context: &GeneratorContext<'_>,
) -> Result<Box<dyn Generator + 'a>, Failure> {
    let environment = Environment::new(repository, context);
    let server = environment.get("GITHUB_SERVER_URL");
    let server = server.unwrap_or_else(|| "https://github.com".to_owned());
    let repo = repo(module, &environment)?;
    let mut generator = GithubGenerator::new(server, repo, &module.options);
    let wanted = Wanted::of(requests);
    if !wanted.commits.is_empty() || !wanted.pulls.is_empty() {
        ask(&mut generator, &wanted, &environment, context)?;
    }
    Ok(Box::new(generator))
}

/// Variables of the process, then those of a `.env` file in the root.
struct Environment<'a> {
    context: &'a GeneratorContext<'a>,
    file: Option<String>,
}

impl<'a> Environment<'a> {
    fn new(repository: &Repository, context: &'a GeneratorContext<'a>) -> Self {
        Self { context, file: fs::read_to_string(repository.workspace.root.join(".env")).ok() }
    }

    fn get(&self, name: &str) -> Option<String> {
        let in_file = || self.file.as_deref().and_then(|text| dotenv::lookup(text, name));
        self.context.env.get(name).or_else(in_file)
    }
}

/// The repository the links lead to.
fn repo(module: &Module, environment: &Environment<'_>) -> Result<String, Failure> {
    let found = match module.options.get("repo") {
        Some(option) => option.as_str().filter(|repo| !repo.is_empty()).map(str::to_owned),
        None => environment.get("GITHUB_REPOSITORY"),
    };
    found.ok_or_else(|| {
        Failure::input(format!("changelog generator `{GITHUB_MODULE}` is not told the repository"))
            .at(Location::file(CONFIG))
            .with_hint(format!(
                "write `\"changelog\": [\"{GITHUB_MODULE}\", {{ \"repo\": \"owner/name\" }}]`, or set GITHUB_REPOSITORY"
            ))
    })
}

/// What the lines of a version step need to know.
#[derive(Default)]
struct Wanted {
    commits: BTreeSet<String>,
    pulls: BTreeSet<u64>,
}

impl Wanted {
    fn of(requests: &[EntryRequest<'_>]) -> Self {
        let mut wanted = Self::default();
        for request in requests {
            for (changeset, _) in &request.lines {
                wanted.add_line(changeset);
            }
            if !request.dependencies.dependencies.is_empty() {
                let behind = request.dependencies.changesets.iter();
                wanted.commits.extend(behind.filter_map(|changeset| changeset.commit.clone()));
            }
        }
        wanted
    }

    fn add_line(&mut self, changeset: &CommittedChangeset<'_>) {
        let directives = Directives::read(&changeset.changeset.summary);
        match directives.pull {
            Some(number) => {
                self.pulls.insert(number);
            }
            None => self.commits.extend(directives.commit.or_else(|| changeset.commit.clone())),
        }
    }
}

fn ask(
    generator: &mut GithubGenerator,
    wanted: &Wanted,
    environment: &Environment<'_>,
    context: &GeneratorContext<'_>,
) -> Result<(), Failure> {
    let repo: RepoId = generator.repo.parse().map_err(|error| {
        Failure::input(format!("changelog generator `{GITHUB_MODULE}` cannot be used"))
            .at(Location::file(CONFIG))
            .with_hint("the `repo` of its options, or GITHUB_REPOSITORY, is `owner/name`")
            .caused_by(error)
    })?;
    let token = environment.get("GITHUB_TOKEN").ok_or_else(|| no_token(&repo))?;
    let graphql_url = environment.get("GITHUB_GRAPHQL_URL");
    let settings = Settings {
        api_url: environment
            .get("GITHUB_API_URL")
            .unwrap_or_else(|| "https://api.github.com".to_owned()),
        graphql_url: graphql_url.unwrap_or_else(|| "https://api.github.com/graphql".to_owned()),
        token: Some(Secret::new(token)),
        deadline: context.deadline,
    };
    let commits: Vec<String> = wanted.commits.iter().cloned().collect();
    let pulls: Vec<u64> = wanted.pulls.iter().copied().collect();
    let (commits, pulls) = on_own_runtime(async {
        let github = GitHub::new(settings)?;
        let commits = github.commit_infos(&repo, &commits).await?;
        let pulls = github.pull_infos(&repo, &pulls).await?;
        Ok::<_, launchway_github::ApiError>((commits, pulls))
    })?
    .map_err(|error| {
        Failure::from(error).while_doing("asking GitHub about the commits of changesets")
    })?;
    for number in wanted.pulls.iter().filter(|number| !pulls.contains_key(number)) {
        tracing::warn!("a changeset names pull request #{number}, which {repo} does not have");
    }
    generator.commits = commits.into_iter().map(|(id, info)| (id, commit(info))).collect();
    generator.pulls = pulls.into_iter().map(|(number, info)| (number, pull(info))).collect();
    Ok(())
}

fn no_token(repo: &RepoId) -> Failure {
    Failure::input(format!(
        "changelog generator `{GITHUB_MODULE}` needs a token to ask GitHub about {repo}"
    ))
    .at(Location::file(CONFIG))
    .with_hint(
        "set GITHUB_TOKEN: `${{ github.token }}` in a workflow, `$(gh auth token)` on your machine; reading the repository is enough",
    )
}

/// Runs a future on a thread of its own: the caller may be inside a runtime already.
fn on_own_runtime<T: Send>(future: impl Future<Output = T> + Send) -> Result<T, Failure> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok::<_, std::io::Error>(runtime.block_on(future))
    };
    std::thread::scope(|scope| scope.spawn(work).join())
        .map_err(|_| Failure::internal("asking GitHub about commits broke off"))?
        .map_err(|error| Failure::internal("cannot start a runtime").caused_by(error))
}

fn author(author: Author) -> GithubAuthor {
    GithubAuthor { login: author.login, url: author.url }
}

fn commit(info: CommitInfo) -> GithubCommit {
    let pulls = info.pulls.into_iter().map(|pull| GithubCommitPull {
        number: pull.number,
        url: pull.url,
        merged_at: pull.merged_at,
        author: pull.author.map(author),
    });
    GithubCommit { url: info.url, author: info.author.map(author), pulls: pulls.collect() }
}

fn pull(info: PullInfo) -> GithubPull {
    GithubPull {
        url: info.url,
        author: info.author.map(author),
        merge_commit: info.merge_commit.map(|commit| (commit.abbreviated_oid, commit.url)),
    }
}

//! The version pull request itself.

use launchway_base::Failure;
use launchway_github::{ApiError, Created, GitHub, NewPull, Pull, PullFilter, PullUpdate, RepoId};

use super::Done;
use crate::body;
use crate::plan::VersionPlan;
use crate::world::World;

/// The state of the version branch that this run holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its commit.
    pub commit: String,
    /// Where the branch was before this run moved it, which a lagging answer may still say.
    pub before: Option<String>,
}

/// What came of the pull request.
#[derive(Debug)]
pub enum Ensured {
    /// It is there and says what it should.
    Done(Box<Pull>, Done),
    /// The branch is another run's by now, which writes the text.
    Overtaken {
        /// Whether ours was written all the same, perhaps over that of the other run.
        wrote: bool,
    },
}

/// Opens the pull request, or makes the open one say what it should. Its text belongs to the branch
/// as this run holds it: who holds it no more writes no text.
pub async fn ensure(
    world: &World,
    plan: &VersionPlan,
    text: &str,
    held: &Held,
) -> Result<Ensured, Failure> {
    let github = world.github()?;
    if let Some(pull) = find(world, plan).await? {
        return update(github, world, plan, text, pull, held).await;
    }
    let new = NewPull {
        title: plan.title.clone(),
        body: text.to_owned(),
        head: plan.branch.clone(),
        base: plan.base.clone(),
        draft: plan.draft,
    };
    let error = match github.create_pull(&world.repo, &new).await {
        Ok(Created::New(pull)) => {
            return Ok(if holds(github, world, plan, held).await? {
                Ensured::Done(Box::new(pull), Done::Made)
            } else {
                Ensured::Overtaken { wrote: true }
            });
        }
        Ok(Created::AlreadyThere) => None,
        Err(error) => Some(error),
    };
    // Another run was faster, or the answer got lost: then there is one now.
    match (find(world, plan).await, error) {
        (Ok(Some(pull)), _) => update(github, world, plan, text, pull, held).await,
        (_, Some(error)) => Err(refused(error)),
        (Ok(None), None) => Err(Failure::remote(format!(
            "GitHub says a pull request from `{}` to `{}` exists, but lists none",
            plan.branch, plan.base
        ))
        .with_hint("run again; the lists of GitHub lag at times")),
        (Err(error), None) => Err(error),
    }
}

/// Whether the branch is as this run left it.
async fn holds(
    github: &GitHub,
    world: &World,
    plan: &VersionPlan,
    held: &Held,
) -> Result<bool, Failure> {
    let there = github.get_ref(&world.repo, &format!("heads/{}", plan.branch)).await?;
    let there = there.map(|found| found.sha);
    Ok(there.as_ref() == Some(&held.commit) || there == held.before)
}

/// The open pull request of the version branch.
pub async fn find(world: &World, plan: &VersionPlan) -> Result<Option<Pull>, Failure> {
    let github = world.github()?;
    // By branch, not by label or author: those can be changed by people, and a second pull request
    // would be opened.
    let filter = PullFilter {
        head: Some(format!("{}:{}", world.repo.owner, plan.branch)),
        base: Some(plan.base.clone()),
        ..PullFilter::default()
    };
    let found = github.pulls(&world.repo, &filter).await?;
    Ok(found.into_iter().find(|pull| is_ours(pull, &world.repo, &plan.branch, &plan.base)))
}

/// Whether a pull request is the open one of the version branch: not a fork's, whose owner may be the
/// same, and whatever a server makes of the filter.
fn is_ours(pull: &Pull, repo: &RepoId, branch: &str, base: &str) -> bool {
    let repo = repo.to_string();
    pull.open
        && pull.head.branch == branch
        && pull.base.branch == base
        && pull.head.repo.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&repo))
}

async fn update(
    github: &GitHub,
    world: &World,
    plan: &VersionPlan,
    text: &str,
    pull: Pull,
    held: &Held,
) -> Result<Ensured, Failure> {
    let text = body::merge(&pull.body, text);
    // A title that is not the one we last wrote was written by somebody.
    let is_ours = body::title_mark(&pull.body).is_none_or(|mark| mark == body::mark(&pull.title));
    let change = PullUpdate {
        title: (is_ours && pull.title != plan.title).then(|| plan.title.clone()),
        body: (!body::same(&pull.body, &text)).then_some(text),
        state: None,
    };
    let is_said = change.title.is_none() && change.body.is_none();
    let becomes_draft = plan.draft_again && !pull.draft;
    if is_said && !becomes_draft {
        return Ok(Ensured::Done(Box::new(pull), Done::Unchanged));
    }
    if !holds(github, world, plan, held).await? {
        return Ok(Ensured::Overtaken { wrote: false });
    }
    if becomes_draft {
        github.set_draft(&pull.node_id, true).await?;
    }
    if is_said {
        return Ok(Ensured::Done(Box::new(pull), Done::Updated));
    }
    let pull = github.update_pull(&world.repo, pull.number, &change).await?;
    Ok(if holds(github, world, plan, held).await? {
        Ensured::Done(Box::new(pull), Done::Updated)
    } else {
        Ensured::Overtaken { wrote: true }
    })
}

/// What GitHub says when a repository does not let Actions open pull requests is the stumbling
/// block of every first run.
fn refused(error: ApiError) -> Failure {
    let is_setting = error.message.contains("not permitted to create");
    let failure = Failure::from(error);
    if is_setting {
        failure.with_hint(
            "in the repository's settings under Actions, General, Workflow permissions, tick \"Allow GitHub Actions to create and approve pull requests\" (an organisation may have to allow it first); or pass the token of a GitHub App as `github-token`. The branch is pushed: the pull request can also be opened by hand",
        )
    } else {
        failure
    }
}

#[cfg(test)]
mod tests {
    use launchway_github::PullEnd;

    use super::*;

    #[test]
    fn only_the_open_one_of_this_repository_is_touched() {
        let end = |branch: &str, repo: Option<&str>| PullEnd {
            branch: branch.to_owned(),
            sha: String::new(),
            repo: repo.map(str::to_owned),
        };
        let pull = |open: bool, head: PullEnd, base: &str| Pull {
            number: 1,
            node_id: String::new(),
            url: String::new(),
            title: String::new(),
            body: String::new(),
            open,
            draft: false,
            merged_at: None,
            merge_commit: None,
            head,
            base: end(base, Some("acme/shop")),
            labels: Vec::new(),
            author: None,
        };
        let repo: RepoId = "acme/shop".parse().unwrap();
        for (pull, expected) in [
            (pull(true, end("v/main", Some("acme/shop")), "main"), true),
            (pull(true, end("v/main", Some("Acme/Shop")), "main"), true),
            (pull(true, end("v/main", Some("acme/shop-fork")), "main"), false),
            (pull(true, end("v/main", None), "main"), false),
            (pull(false, end("v/main", Some("acme/shop")), "main"), false),
            (pull(true, end("v/main", Some("acme/shop")), "next"), false),
            (pull(true, end("v/next", Some("acme/shop")), "main"), false),
        ] {
            assert_eq!(is_ours(&pull, &repo, "v/main", "main"), expected, "{pull:?}");
        }
    }
}

//! Starting over on a newer commit of the base.

use launchway_base::Failure;
use launchway_git::{Change, ChangeKind};
use launchway_runtime::Session;

use crate::plan::Plan;
use crate::world::World;

/// How often a run starts over before it leaves the rest to the run of a newer commit.
pub const TIMES: usize = 3;

/// The base moved while the run was at work.
#[derive(Debug)]
pub struct Moved {
    /// The base.
    pub base: String,
    /// Where it is now, which is fetched.
    pub to: String,
    /// What the run had changed in the working tree.
    pub changes: Vec<Change>,
}

/// Fetches a branch of GitHub; whether its commit is here then.
pub fn fetch(world: &World, branch: &str, commit: &str) -> Result<bool, Failure> {
    let refspec = format!("+refs/heads/{branch}:refs/remotes/origin/{branch}");
    world.fetching_git()?.fetch(&[refspec])?;
    Ok(world.git.commit_of(commit)?.is_some())
}

/// What a run does that started over where no version pull request is to be made: to publish is for
/// the run of that commit, which must not happen twice.
pub fn not_ours(world: &World) -> Plan {
    Plan::Nothing {
        because: format!(
            "superseded: no changesets are pending at {}, and what follows is done by its own run",
            world.sha
        ),
    }
}

/// Takes back what the run did in the working tree and puts it to the newer commit.
pub fn start(session: &Session, world: World, moved: &Moved) -> Result<World, Failure> {
    session.notice(&format!(
        "`{}` moved to {} while this run was at work: it starts over there",
        moved.base, moved.to
    ));
    for change in moved.changes.iter().filter(|change| change.kind == ChangeKind::Added) {
        let path = world.root.join(&change.path);
        std::fs::remove_file(&path).map_err(|error| {
            Failure::input(format!("cannot remove `{}`", change.path)).caused_by(error)
        })?;
    }
    let on_branch = world.git.current_branch()?;
    let is_version = |name: &String| name.starts_with(crate::plan::BRANCH_PREFIX);
    world.git.take_over(&moved.to, on_branch.as_ref().is_some_and(is_version))?;
    Ok(World { sha: moved.to.clone(), ..world })
}

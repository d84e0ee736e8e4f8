//! What a publish script was to release but said nothing of.

use launchway_publish::choose_manager;
use launchway_runtime::Session;
use launchway_workspace::{Package, Workspace};

use crate::observe::{self, Found};
use crate::plan::{TagWish, Unfinished};
use crate::registry::{self, Answer};
use crate::verify::Unkept;
use crate::world::World;

/// The wishes of a script's run, with those of what earlier runs left that may be completed now; and
/// what was promised but cannot be.
///
/// A script that succeeded may have published a version in an earlier run that was killed, or not at
/// all. The registry knows. Where it cannot tell, only a further attempt of the same run believes the
/// script.
pub async fn settle(
    session: &Session,
    world: &World,
    found: &Found,
    workspace: &Workspace,
    mut wishes: Vec<TagWish>,
    is_success: bool,
) -> (Vec<TagWish>, Vec<Unkept>) {
    let is_again = world.attempt > 1;
    let has_spoken = !wishes.is_empty();
    let (mut unkept, mut doubtful): (Vec<Unkept>, Vec<(&Unfinished, &Package)>) =
        Default::default();
    for other in found.snapshot.unfinished.iter().filter(|other| !other.is_astray) {
        if wishes.iter().any(|wish| wish.tag == other.wish.tag) {
            continue;
        }
        let package = other.promise.as_ref().and_then(|promise| promise.package(workspace));
        match (&other.promise, package) {
            _ if other.is_tagged => wishes.push(other.wish.clone()),
            _ if !is_success => {}
            (None, _) => wishes.push(other.wish.clone()),
            (Some(_), Some(package)) if !package.private => doubtful.push((other, package)),
            // Private ones are in no registry.
            (Some(_), _) if is_again => wishes.push(other.wish.clone()),
            (Some(_), _) => session.say(&format!(
                "the publish script said nothing of `{}`; a further attempt of this run would tag it",
                other.wish.tag
            )),
        }
    }
    if doubtful.is_empty() {
        return (wishes, unkept);
    }
    let asked: Vec<(&Package, &str)> = doubtful
        .iter()
        .map(|(other, package)| (*package, other.wish.version.as_deref().unwrap_or_default()))
        .collect();
    let answers = match choose_manager(workspace, observe::runner(session, world)).await {
        Ok(manager) => registry::ask(manager.as_ref(), workspace, &asked).await,
        Err(error) => vec![Answer::Silent(error.to_string()); asked.len()],
    };
    for ((other, _), answer) in doubtful.into_iter().zip(answers) {
        let label = other.promise.as_ref().map(crate::record::Promise::label).unwrap_or_default();
        let mut miss = |why: String| {
            unkept.push(Unkept { what: format!("version `{label}`"), why, may_lag: false });
        };
        match answer {
            Answer::There => wishes.push(other.wish.clone()),
            Answer::Unheard | Answer::Silent(_) if is_again => wishes.push(other.wish.clone()),
            Answer::Unheard if !has_spoken => session.notice(&format!(
                "the publish script said nothing of `{label}`, and its registry does not know the package: nothing is tagged"
            )),
            Answer::Missing | Answer::Unheard => miss(
                "promised by the version pull request, but the publish script said nothing of it and its registry does not have it".to_owned(),
            ),
            Answer::Silent(why) => miss(format!(
                "promised by the version pull request, but the publish script said nothing of it and its registry could not be asked ({why}); if it is published, re-run this job: a further attempt tags it"
            )),
        }
    }
    (wishes, unkept)
}

//! Partial clones, whose missing objects git would fetch one by one while the log is read.

use launchway_base::{Deadline, Failure};
use launchway_git::{Git, LogChanges};

use super::Leave;
use super::history::FETCH;

/// Sees to it that a log of these changes finds all it needs, fetching what is missing in at most
/// two requests, and answers whether something was fetched. A clone that is not partial costs no
/// process, and a log without changes needs commits alone.
///
/// # Errors
/// Something is missing and cannot be fetched, or must not be (exit 2).
pub fn ensure(
    git: &Git,
    changes: &LogChanges,
    revisions: &[String],
    leave: Leave,
    say: &mut dyn FnMut(&str),
) -> Result<bool, Failure> {
    if *changes == LogChanges::None {
        return Ok(false);
    }
    let Some(partial) = git.partial()? else { return Ok(false) };
    let Some(ends) = git.ends_of(revisions)? else { return Ok(false) };
    if ends.wanted.is_empty() {
        return Ok(false);
    }
    let remote = &partial.remote;
    let fetching = git.clone().with_deadline(Deadline::after(git.deadline().bound(FETCH)));
    let refusal = |what: &str, why: &str| {
        Failure::input(format!("{what} are missing in this partial clone, and {why}"))
            .with_hint("check out without `filter`, or with `fetch-depth: 0` and no `filter`")
    };
    let mut fetched = false;
    if git.lacks_trees(&ends)? {
        let what = "the names of changed files";
        if leave.offline {
            return Err(refusal(what, "`--offline` fetches nothing"));
        }
        say(&format!("this clone is partial: fetching {what} from `{remote}`"));
        fetching.fetch_trees(remote, &ends.wanted).map_err(|error| {
            refusal(what, &format!("`{remote}` did not give them")).caused_by(error)
        })?;
        fetched = true;
    }
    if *changes == LogChanges::Lines {
        let what = "the contents of changed files";
        let missing = git.missing_contents(&ends)?;
        if missing.is_empty() {
            return Ok(fetched);
        }
        if leave.offline {
            return Err(refusal(what, "`--offline` fetches nothing"));
        }
        say(&format!(
            "this clone is partial: fetching the contents of {} changed files from `{remote}`",
            missing.len()
        ));
        fetching.fetch_objects(remote, &missing).map_err(|error| {
            refusal(what, &format!("`{remote}` did not give them")).caused_by(error)
        })?;
        fetched = true;
    }
    Ok(fetched)
}

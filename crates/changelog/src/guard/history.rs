//! Sees to it that the asked-for history and its tags are here, fetching what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use launchway_base::{Deadline, Failure, redact::redact};
use launchway_git::{Deepen, Ends, Git, GitError};

use super::{Leave, Need, Tags, remote_tags, shallow};

/// How long the remote may take to list its tags.
const LIST: Duration = Duration::from_secs(30);
/// How long one fetch may take.
pub(super) const FETCH: Duration = Duration::from_mins(10);

/// Sees to it that what `need` names is here, and answers whether something was fetched: then what
/// was read before is out of date.
///
/// A complete clone that has its tags costs nothing: `need` is called once, and no process is run
/// unless the range was given by the user. A shallow clone is deepened in steps until the range is
/// complete, with the tags that turn up on the way; `need` is called again after each step, as a
/// new tag can shorten the range. `matches` says whether the name of a tag stands for a release; tags
/// that a given range names are fetched whether they do or not.
///
/// A `need` that fails may lack nothing but a tag: its error counts only once there is nothing left
/// to fetch.
///
/// # Errors
/// History or tags are known to be missing and cannot be fetched, or must not be (exit 2); what
/// `need` or git answered with.
pub fn ensure(
    git: &Git,
    leave: Leave,
    matches: &dyn Fn(&str) -> bool,
    need: &mut dyn FnMut() -> Result<Need, Failure>,
    say: &mut dyn FnMut(&str),
) -> Result<bool, Failure> {
    let first = Asked::from(need());
    let boundary = git.shallow_commits()?;
    let ask = remote_tags::ask(&first.need, !boundary.is_empty(), leave);
    if boundary.is_empty() && !ask && !first.need.given {
        return first.settled(false);
    }
    let mut run = Run { git, leave, say, remote: None, missing: BTreeMap::new(), fetched: false };
    if !leave.offline {
        run.remote = git.fetch_remote()?;
    }
    if ask || (first.need.given && git.ends_of(&first.need.revisions)?.is_none()) {
        run.list_tags(&|name| matches(name) || first.need.names(name))?;
    }
    let last = run.complete(first, need)?;
    last.settled(run.fetched)
}

/// What `need` answered. Where it failed, it may have lacked a tag anywhere in the history.
struct Asked {
    need: Need,
    failure: Option<Failure>,
}

impl Asked {
    fn settled(self, fetched: bool) -> Result<bool, Failure> {
        self.failure.map_or(Ok(fetched), Err)
    }
}

impl From<Result<Need, Failure>> for Asked {
    fn from(answer: Result<Need, Failure>) -> Self {
        match answer {
            Ok(need) => Self { need, failure: None },
            Err(failure) => {
                let revisions = vec!["HEAD".to_owned()];
                let need = Need { revisions, tags: Tags::NoneHere, given: false };
                Self { need, failure: Some(failure) }
            }
        }
    }
}

struct Run<'a> {
    git: &'a Git,
    leave: Leave,
    say: &'a mut dyn FnMut(&str),
    /// Whom to ask; nobody when offline or without a remote.
    remote: Option<String>,
    /// Tags of the remote that match and are not here, with their commits.
    missing: BTreeMap<String, String>,
    fetched: bool,
}

/// How far a need is met.
enum State {
    Complete,
    /// A range names something that is not here.
    Unknown,
    Gaps(Ends),
}

impl Run<'_> {
    fn list_tags(&mut self, matches: &dyn Fn(&str) -> bool) -> Result<(), Failure> {
        let Some(remote) = &self.remote else { return Ok(()) };
        match self.within(LIST).tags_of_remote(remote) {
            Ok(there) => {
                self.missing = remote_tags::missing(&there, &self.git.tags()?, matches);
                Ok(())
            }
            // What is here may be all there is; history that is missing is found out all the same.
            Err(error) => {
                (self.say)(&format!(
                    "cannot ask remote `{remote}` for its tags, so only those that are here count: {}",
                    redact(&error.to_string()).replace('\n', "; ")
                ));
                Ok(())
            }
        }
    }

    fn complete(
        &mut self,
        mut asked: Asked,
        need: &mut dyn FnMut() -> Result<Need, Failure>,
    ) -> Result<Asked, Failure> {
        let mut steps = 0;
        loop {
            if self.fetch_tags(&asked.need)? {
                asked = need().into();
            }
            let ends = match self.state(&asked.need)? {
                State::Complete => return Ok(asked),
                State::Unknown => Ends::default(),
                State::Gaps(ends) => ends,
            };
            let before = self.git.shallow_commits()?;
            if before.is_empty() {
                // All that can be fetched is here: git itself says best what a range lacks.
                return Ok(asked);
            }
            if self.leave.shallow {
                (self.say)("history is missing in this shallow clone, and goes unread");
                return Ok(asked);
            }
            let Some(remote) = self.remote.clone() else { return Err(self.refusal(&asked.need)) };
            let deepen = shallow::step(steps);
            let tips = [ends.wanted, ends.excluded].concat();
            self.deepen(&remote, tips, deepen, &asked.need)?;
            if deepen == Deepen::All && self.git.shallow_commits()? == before {
                return Err(refusal(&asked.need, "the remote itself has no more of it"));
            }
            steps += 1;
            asked = need().into();
        }
    }

    fn state(&self, need: &Need) -> Result<State, Failure> {
        let boundary = self.git.shallow_commits()?;
        if boundary.is_empty() {
            return Ok(State::Complete);
        }
        let Some(ends) = self.git.ends_of(&need.revisions)? else { return Ok(State::Unknown) };
        let wanted = self.git.walk(&ends)?;
        let outside = Ends { wanted: ends.excluded.clone(), excluded: Vec::new() };
        let excluded =
            if ends.excluded.is_empty() { Vec::new() } else { self.git.walk(&outside)? };
        let gaps = shallow::gaps(&wanted, &excluded, &boundary);
        Ok(if gaps.is_empty() { State::Complete } else { State::Gaps(ends) })
    }

    fn deepen(
        &mut self,
        remote: &str,
        mut commits: Vec<String>,
        deepen: Deepen,
        need: &Need,
    ) -> Result<(), Failure> {
        if commits.is_empty() {
            commits.push(self.git.head()?);
        }
        let much = match deepen {
            Deepen::By(by) => format!("{by} more commits"),
            Deepen::All => "the rest".to_owned(),
        };
        (self.say)(&format!("this clone is shallow: fetching {much} of history from `{remote}`"));
        self.within(FETCH).deepen_commits(remote, &commits, deepen).map_err(|error| {
            let why = if lacks_credentials(&error) {
                format!("`{remote}` wants credentials, which this checkout has not kept")
            } else {
                format!("`{remote}` gave no more of it")
            };
            refusal(need, &why).caused_by(error)
        })?;
        self.fetched = true;
        Ok(())
    }

    /// Fetches the missing tags whose commits are here, in the history of what is asked for.
    fn fetch_tags(&mut self, need: &Need) -> Result<bool, Failure> {
        let Some(remote) = self.remote.clone() else { return Ok(false) };
        if self.missing.is_empty() {
            return Ok(false);
        }
        let wanted = match self.git.ends_of(&need.revisions)? {
            Some(ends) => ends.wanted,
            None => self.git.commit_of("HEAD")?.into_iter().collect(),
        };
        // A tag that the range names may lie on any branch, once this one is all here.
        let is_whole = self.git.shallow_commits()?.is_empty();
        let walk = self.git.walk(&Ends { wanted, excluded: Vec::new() })?;
        let here = shallow::among(&walk, self.missing.values());
        let names: BTreeSet<String> = self
            .missing
            .iter()
            .filter(|(name, commit)| {
                here.contains(commit.as_str()) || (is_whole && need.names(name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() {
            return Ok(false);
        }
        (self.say)(&format!("fetching {} from `{remote}`", listed(&names)));
        self.within(FETCH)
            .fetch_tags(&remote, &names)
            .map_err(|error| tags_refusal(&names, error))?;
        self.missing.retain(|name, _| !names.contains(name));
        self.fetched = true;
        Ok(true)
    }

    /// Git for one request, which takes no longer than this nor than the whole run may.
    fn within(&self, time: Duration) -> Git {
        self.git.clone().with_deadline(Deadline::after(self.git.deadline().bound(time)))
    }

    fn refusal(&self, need: &Need) -> Failure {
        let why =
            if self.leave.offline { "`--offline` fetches nothing" } else { "there is no remote" };
        refusal(need, why)
    }
}

fn refusal(need: &Need, why: &str) -> Failure {
    let what = readable(&need.revisions.join(" "));
    Failure::input(format!("history of `{what}` is missing in this shallow clone, and {why}"))
        .with_hint(
            "check out with `fetch-depth: 0`, or run `git fetch --unshallow --tags`; \
             `--allow-shallow` goes on without it",
        )
}

/// Revisions with full hashes cut to what people read.
fn readable(revisions: &str) -> String {
    let mut text = String::new();
    for word in revisions.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let hash = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        match hash.get(..8) {
            Some(short) if [40, 64].contains(&hash.len()) => {
                text.push_str(short);
                text.push_str(word.get(hash.len()..).unwrap_or_default());
            }
            _ => text.push_str(word),
        }
    }
    text
}

fn lacks_credentials(error: &GitError) -> bool {
    let said = error.stderr();
    ["Authentication failed", "could not read Username", "could not read Password", "error: 403"]
        .iter()
        .any(|words| said.contains(words))
}

fn tags_refusal(names: &BTreeSet<String>, error: GitError) -> Failure {
    Failure::input(format!("{} of the remote cannot be fetched", listed(names)))
        .with_hint(
            "check out with `fetch-depth: 0`, or run `git fetch --tags`; \
             `--allow-missing-tags` goes on without them",
        )
        .caused_by(error)
}

/// ``tag `v1.0.0` `` or ``12 tags (`v1.0.0`, `v1.1.0`, `v1.2.0`, …)``.
fn listed(names: &BTreeSet<String>) -> String {
    let mut some: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    if let (1, Some(name)) = (names.len(), some.first()) {
        return format!("tag {name}");
    }
    if names.len() > some.len() {
        some.push("…".to_owned());
    }
    format!("{} tags ({})", names.len(), some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_short_and_all_else_is_as_given() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(readable(&format!("{hash}..HEAD")), "01234567..HEAD");
        assert_eq!(readable(&format!("v1.0.0..{hash} ^é")), "v1.0.0..01234567 ^é");
        for other in ["", "HEAD", "v1.0.0...api@2", "deadbeef", "release-2026"] {
            assert_eq!(readable(other), other);
        }
    }

    #[test]
    fn many_tags_are_a_few_names() {
        let names = |count: usize| (1..=count).map(|n| format!("v{n}")).collect();
        assert_eq!(listed(&names(1)), "tag `v1`");
        assert_eq!(listed(&names(3)), "3 tags (`v1`, `v2`, `v3`)");
        assert_eq!(listed(&names(4)), "4 tags (`v1`, `v2`, `v3`, …)");
    }
}

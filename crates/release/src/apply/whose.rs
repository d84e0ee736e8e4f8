//! Whose commits stand on the version branch. Pure.
//!
//! The branch is built anew by every run, so what people put there would be lost. A commit of ours
//! says which tree it was made with; one that was amended has another. Commits of bots are made
//! again by their bots, a merge of the base brings nothing of its own; everything else is a
//! person's.

use std::collections::{HashMap, HashSet};

use launchway_github::{Ahead, Commit, Person};

use crate::plan::DEFAULT_TITLE;

/// The trailer of our commits: the id of the tree they were made with.
const TRAILER: &str = "Launchway-Tree";

/// The message of a commit of ours.
pub fn sign(message: &str, tree: &str) -> String {
    let message = message.trim_end();
    // All trailers stand in the last paragraph, and a message of one paragraph has none.
    let has_trailers = message
        .rsplit_once("\n\n")
        .is_some_and(|(_, last)| !last.is_empty() && last.lines().all(is_trailer));
    let gap = if has_trailers { "\n" } else { "\n\n" };
    format!("{message}{gap}{TRAILER}: {tree}")
}

fn is_trailer(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(key, _)| {
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

/// Whether we made a commit, and nobody changed it since.
pub fn is_ours(commit: &Commit) -> bool {
    let [_] = commit.parents.as_slice() else { return false };
    let made_with = |line: &str| line.strip_prefix(TRAILER)?.strip_prefix(": ").map(str::to_owned);
    commit.message.lines().filter_map(made_with).any(|tree| tree.trim() == commit.tree)
}

/// The commits of people between the base and `head`, newest first. What is below a commit of ours
/// was in the base when that was made.
pub fn of_people<'a>(head: &str, ahead: &'a Ahead, message: &str) -> Vec<&'a Commit> {
    let known: HashMap<&str, &Commit> =
        ahead.commits.iter().map(|commit| (commit.sha.as_str(), commit)).collect();
    if !known.contains_key(head) && ahead.total > ahead.commits.len() {
        // The newest are not among those that were read.
        return ahead.commits.iter().rev().filter(|it| is_of_people(it, message)).collect();
    }
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut next = vec![head];
    while let Some(sha) = next.pop() {
        let Some(commit) = known.get(sha).filter(|_| seen.insert(sha)) else { continue };
        if is_ours(commit) {
            continue;
        }
        let merged = commit.parents.get(1..).unwrap_or_default();
        let merges_base =
            !merged.is_empty() && merged.iter().all(|sha| !known.contains_key(sha.as_str()));
        if !merges_base && is_of_people(commit, message) {
            found.push(*commit);
        }
        next.extend(commit.parents.iter().rev().map(String::as_str));
    }
    found
}

/// Whether a commit that is not ours is a person's, as far as it says.
pub fn is_of_people(commit: &Commit, message: &str) -> bool {
    let by_github = commit.committer.email == "noreply@github.com";
    if is_bot(&commit.author) {
        // Amended by a person it still has the bot as its author.
        return !(is_bot(&commit.committer) || by_github);
    }
    // changesets/action with a person's token, whose commits GitHub makes and signs.
    let headline = commit.message.lines().next().unwrap_or_default().trim();
    let default = headline == DEFAULT_TITLE
        || headline
            .strip_prefix(DEFAULT_TITLE)
            .is_some_and(|rest| rest.starts_with(" (") && rest.ends_with(')'));
    let expected = default || Some(headline) == message.lines().next().map(str::trim);
    !(expected && by_github && commit.verification.verified)
}

fn is_bot(person: &Person) -> bool {
    // changesets/action puts the name between quotes.
    let name = |text: &str| text.trim().trim_matches('"').ends_with("[bot]");
    let mail = person.email.trim().trim_matches('"');
    name(&person.name)
        || mail
            .strip_suffix("@users.noreply.github.com")
            .is_some_and(|user| user.ends_with("[bot]"))
}

/// Commits for people: short id, author, subject.
pub fn describe(commits: &[&Commit]) -> String {
    const MOST: usize = 5;
    let mut lines: Vec<String> = commits
        .iter()
        .take(MOST)
        .map(|commit| {
            let subject = commit.message.lines().next().unwrap_or_default();
            let clean = |text: &str, most: usize| {
                let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
                text.trim().to_owned()
            };
            let sha = commit.sha.get(..7).unwrap_or(&commit.sha);
            format!("{sha} by {} ({})", clean(&commit.author.name, 60), clean(subject, 72))
        })
        .collect();
    if commits.len() > MOST {
        lines.push(format!("and {} more", commits.len() - MOST));
    }
    lines.join(", ")
}

#[cfg(test)]
#[path = "whose_tests.rs"]
mod tests;

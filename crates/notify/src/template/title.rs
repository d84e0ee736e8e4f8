//! The line everything begins with: a sign, where, what, who.

use crate::facts::Facts;
use crate::line::{is_signed, one};
use crate::status::Status;
use crate::words::Words;

/// Headings of channels hold about this many characters.
const MOST: usize = 150;

/// The title that was given, else that of the template: `✅ shop: 1.4.2 deployed to production · octocat`.
pub(super) fn of(facts: &Facts, words: &Words, phrase: &str) -> String {
    let given = one(&words.title, MOST * 3);
    if !given.is_empty() {
        // Who writes a sign of his own has said it all; so has who tells no status.
        let plain = is_signed(&given) || facts.status == Status::Neutral;
        return if plain { given } else { format!("{} {given}", facts.status.sign()) };
    }
    let name = facts.repository.rsplit('/').next().map(|name| one(name, 40)).unwrap_or_default();
    let who = if facts.actor.is_empty() {
        String::new()
    } else {
        format!(" · {}", one(&facts.actor, 39))
    };
    let start = if name.is_empty() {
        format!("{} ", facts.status.sign())
    } else {
        format!("{} {name}: ", facts.status.sign())
    };
    let room = MOST.saturating_sub(start.chars().count() + who.chars().count());
    let phrase = one(phrase, room);
    let phrase = if name.is_empty() { capital(&phrase) } else { phrase };
    format!("{start}{phrase}{who}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What is deployed or released: the version, else the commit.
pub(super) fn what(facts: &Facts) -> Option<String> {
    let version = one(&facts.version, 40);
    if !version.is_empty() {
        return Some(version);
    }
    let sha = short(&facts.sha);
    (!sha.is_empty()).then(|| sha.to_owned())
}

/// A commit as people write it.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or_default()
}

/// The words, a space between those that say something.
pub(super) fn join(words: &[&str]) -> String {
    let said: Vec<_> = words.iter().filter(|word| !word.is_empty()).copied().collect();
    said.join(" ")
}

/// ` production` after a word such as `to`, or nothing.
pub(super) fn after(word: &str, name: &str) -> String {
    let name = one(name, 40);
    if name.is_empty() { name } else { format!("{word} {name}") }
}

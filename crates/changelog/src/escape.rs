//! Commit messages as Markdown that shows them and does nothing else.
//!
//! Kept, because it only shows: code between backticks, emoji names, web addresses, `#12`. Shown
//! as text: every other markup, HTML, anything that would begin a block. Mentions become code,
//! which notifies nobody: `@types/node` in a subject is seldom meant to call a person.

use crate::home::Home;

/// Characters of a title that are shown; what is longer is cut.
const TITLE_LIMIT: usize = 1_000;

/// Characters of the longest web address that becomes a link.
const ADDRESS_LIMIT: usize = 1_000;
/// Characters of the longest `owner/name`.
const NAME_LIMIT: usize = 140;
/// Characters of the longest name of a character, with some to spare.
const REFERENCE_LIMIT: usize = 40;

/// The first line with something on it, as inline Markdown.
pub fn title(text: &str, home: Option<&Home>) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(TITLE_LIMIT) {
        Some((end, _)) => inline(line.get(..end).unwrap_or_default(), home) + "…",
        None => inline(line, home),
    }
}

/// Many lines as Markdown for the inside of a list item: every line after the first begins with
/// `indent`. Lists in the text stay lists; paragraphs stay apart.
pub fn block(text: &str, indent: &str, home: Option<&Home>) -> String {
    let mut out = String::new();
    let mut blank = false;
    for line in text.lines() {
        let depth = line.chars().take_while(|c| *c == ' ').count().min(12) / 2;
        let line = line.trim();
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
            out.push_str(indent);
        }
        blank = false;
        match ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)) {
            Some(item) if !item.trim().is_empty() => {
                // A nested item stands under the text of the one before it.
                out.push_str(&"  ".repeat(depth.min(list_depth(&out))));
                out.push_str("- ");
                out.push_str(&inline(item.trim(), home));
            }
            _ => out.push_str(&inline(line, home)),
        }
    }
    out
}

/// How deep an item may stand now: one deeper than the line before, if that is an item.
fn list_depth(before: &str) -> usize {
    let last = before.trim_end().rsplit('\n').next().unwrap_or_default().trim_start();
    usize::from(last.starts_with("- "))
}

/// One line as inline Markdown; line ends and other control characters are replaced.
pub fn inline(text: &str, home: Option<&Home>) -> String {
    let text: String = text.trim().chars().map(visible).collect();
    let dollars = text.matches('$').count() > 1;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text.as_str();
    let mut previous = None;
    while let Some(c) = rest.chars().next() {
        let word_before = previous.is_some_and(|c: char| c.is_alphanumeric() || c == '&');
        if let Some((markdown, taken)) = special(rest, word_before, home) {
            // Behind an exclamation mark a link would be a picture.
            if markdown.starts_with('[') && out.ends_with('!') {
                out.pop();
                out.push_str("\\!");
            }
            // Backticks of two codes side by side would pair anew.
            if markdown.starts_with('`') && out.ends_with('`') {
                out.push(' ');
            }
            out.push_str(&markdown);
            // What follows code begins anew, whatever the last letter of the code is.
            let last = rest.get(..taken).and_then(|taken| taken.chars().next_back());
            previous = if markdown.ends_with('`') { Some('`') } else { last };
            rest = rest.get(taken..).unwrap_or_default();
            continue;
        }
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let next = after.chars().next();
        let escaped = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => true,
            // Within a word it is no emphasis.
            '_' => {
                !previous.is_some_and(char::is_alphanumeric)
                    || !next.is_some_and(char::is_alphanumeric)
            }
            '<' => next.is_some_and(|n| n.is_ascii_alphabetic() || "/!?".contains(n)),
            '&' => reference(after),
            // A pair of them is mathematics.
            '$' => dollars,
            '>' | '=' if out.is_empty() => true,
            '#' | '+' | '-' if out.is_empty() => next.is_none_or(|n| n.is_whitespace() || n == c),
            // Runners take a line that begins so for a command.
            ':' if out.is_empty() => next == Some(':'),
            '.' | ')' => number(&out) && next.is_none_or(char::is_whitespace),
            _ => false,
        };
        if escaped {
            out.push('\\');
        }
        out.push(c);
        previous = Some(c);
        rest = after;
    }
    out
}

/// What begins here and is more than a character: its Markdown, and how many bytes it takes.
fn special(rest: &str, word_before: bool, home: Option<&Home>) -> Option<(String, usize)> {
    if rest.starts_with('`') {
        return Some(code(rest));
    }
    if word_before {
        return None;
    }
    if rest.starts_with('@') {
        return mention(rest);
    }
    if rest.starts_with("https://") || rest.starts_with("http://") {
        let address = address(rest)?;
        return Some((format!("<{address}>"), address.len()));
    }
    let home = home?;
    let (repository, after) = match rest.strip_prefix('#') {
        Some(after) => (None, after),
        None => {
            let (name, after) = repository(rest)?;
            (Some(name), after)
        }
    };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let number = after.get(..digits)?;
    let ends = after.get(digits..)?.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    if !(1..=10).contains(&digits) || number.starts_with('0') || !ends {
        return None;
    }
    let name = repository.unwrap_or_default();
    let address = match repository {
        Some(name) => home.issue_of(name, number),
        None => home.issue(number),
    };
    let taken = name.len() + 1 + digits;
    Some((format!("[{}#{number}]({address})", name.replace('_', "\\_")), taken))
}

/// A code span that is closed on its line stays one; backticks without their like are text. Not
/// one that holds the old mark of a workflow command, which acts wherever it stands in a line.
fn code(rest: &str) -> (String, usize) {
    let run = |text: &str| text.bytes().take_while(|b| *b == b'`').count();
    let ticks = run(rest);
    let mut at = ticks;
    while let Some(after) = rest.get(at..)
        && let Some(gap) = after.find('`')
    {
        let closing = run(after.get(gap..).unwrap_or_default());
        at += gap + closing;
        if closing == ticks {
            let span = rest.get(..at).unwrap_or_default();
            if span.contains("##[") {
                break;
            }
            return (span.to_owned(), at);
        }
    }
    ("\\`".repeat(ticks), ticks)
}

/// `@name`, `@scope/package`: as code.
fn mention(rest: &str) -> Option<(String, usize)> {
    let name = rest.get(1..)?;
    let end = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c)))
        .unwrap_or(name.len());
    let name = name.get(..end)?.trim_end_matches(['-', '.', '/', '_']);
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        .then(|| (format!("`@{name}`"), name.len() + 1))
}

/// A web address, without the punctuation of the sentence it stands in.
fn address(rest: &str) -> Option<&str> {
    let host = rest.split_once("://")?.1;
    if !host.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"`|\\^{}[]".contains(c);
    let mut address = head(rest, ADDRESS_LIMIT, ends)?.0;
    loop {
        let closes =
            address.ends_with(')') && address.matches(')').count() > address.matches('(').count();
        if closes || address.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']) {
            address = address.get(..address.len() - 1)?;
        } else {
            return Some(address);
        }
    }
}

/// `owner/name#`: the name of the repository and what follows the `#`.
fn repository(rest: &str) -> Option<(&str, &str)> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c));
    let (name, after) = head(rest, NAME_LIMIT, ends)?;
    let (owner, repository) = name.split_once('/')?;
    let fits = !owner.is_empty()
        && owner.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !repository.contains('/')
        && repository.chars().any(|c| c.is_ascii_alphanumeric());
    fits.then_some((name, after.strip_prefix('#')?))
}

/// The text up to where it `ends`, and the rest. `None` when that is more than `limit` characters
/// away: nothing here looks far ahead, so that no message takes long.
fn head(text: &str, limit: usize, ends: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let mut ahead = text.char_indices().enumerate();
    let end = match ahead.find(|(count, (_, c))| *count == limit || ends(*c)) {
        Some((count, _)) if count == limit => return None,
        Some((_, (end, _))) => end,
        None => text.len(),
    };
    text.split_at_checked(end)
}

/// Whether `&` before this would be a character reference.
fn reference(after: &str) -> bool {
    head(after, REFERENCE_LIMIT, |c| !(c.is_ascii_alphanumeric() || c == '#'))
        .is_some_and(|(name, rest)| !name.is_empty() && rest.starts_with(';'))
}

fn number(text: &str) -> bool {
    (1..10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The character, or what stands for one that is not to be seen: control characters, and those
/// that turn the direction of what follows.
fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
#[path = "escape_tests.rs"]
mod tests;

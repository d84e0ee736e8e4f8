//! What programs were seen to print in tests, held against the rows of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::page::{PARSER, Part};
use super::text::{HOLE, says_something};
use super::{Exit, Found};

/// One text that ended a program, as the testkit writes it down.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    program: String,
    exit: u8,
    text: String,
}

/// What came of the comparison.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// How many different texts there are.
    pub(crate) texts: usize,
    /// How many rows were seen.
    pub(crate) rows: usize,
    /// What no row says, with what to do about it.
    pub(crate) complaints: Vec<String>,
}

/// Compares what was recorded in a folder with what the page says of this tree.
pub(crate) fn compare(folder: &Path) -> Result<Heard> {
    let (parts, scripts) = super::found()?;
    Ok(judge(&read(folder)?, &rows(&parts, &scripts)))
}

/// What tests left in a folder. A line that was cut, as of a test that was killed, is passed over.
fn read(folder: &Path) -> Result<BTreeSet<Said>> {
    let mut said = BTreeSet::new();
    // No folder: nothing was recorded.
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(said) };
    for file in files {
        let path = file.context("cannot list what was recorded")?.path();
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        said.extend(text.lines().filter_map(|line| serde_json::from_str::<Said>(line).ok()));
    }
    Ok(said)
}

/// A row: whose it is, its text, its exits. A library's is everybody's.
struct Row<'a> {
    of: Option<&'a str>,
    text: &'a str,
    exits: &'a [Exit],
}

fn rows<'a>(parts: &'a [Part], scripts: &'a Found) -> Vec<Row<'a>> {
    let row = |of, found: &'a Found| {
        let texts = found.messages.iter().filter(|message| says_something(&message.text));
        texts.map(move |message| Row { of, text: &message.text, exits: &message.exits })
    };
    let mut rows: Vec<_> = row(Some("Launchway"), scripts).collect();
    for part in parts {
        rows.extend(row(part.is_program.then_some(part.name.as_str()), &part.found));
    }
    rows
}

fn judge(said: &BTreeSet<Said>, rows: &[Row<'_>]) -> Heard {
    let mut seen = BTreeSet::new();
    let mut missing: BTreeMap<&str, &Said> = BTreeMap::new();
    for said in said {
        let program = said.program.strip_prefix("launchway-").unwrap_or(&said.program);
        let mut known = false;
        for (at, row) in rows.iter().enumerate() {
            // A program may pass on what a library says as a failure of another kind.
            let is_its = row.of.is_none_or(|of| of == program && ends(row.exits, said.exit));
            // A reason has no code of its own: a name stands before it.
            let is_reason = row.of.is_none_or(|of| of == program)
                && (row.exits.is_empty() || ends(row.exits, said.exit));
            if is_its && is_said(row.text, &said.text)
                || is_reason && behind_name(&said.text).is_some_and(|why| is_said(row.text, why))
            {
                known = true;
                seen.insert(at);
            }
        }
        // The argument parser's own words have no row; the page says which they are.
        let of_parser = said.exit == 2 && PARSER.iter().any(|form| is_said(form, &said.text));
        // 4 says what was done so far; only bad input and remotes are promised a row.
        // Nor have GitHub's, behind the name of the request; the page says that, too.
        let of_github = is_said("…: GitHub says…", &said.text);
        if !known && !of_parser && !of_github && matches!(said.exit, 2 | 3) {
            missing.insert(&said.text, said);
        }
    }
    let complaint = |said: &&Said| {
        format!(
            "{} ended with {} and `{}`, which no row of {} says: run `cargo xtask generate`; if the row is \
             not there then, xtask/src/generate/messages does not see where the text is made",
            said.program,
            said.exit,
            said.text,
            super::PAGE
        )
    };
    Heard {
        texts: said.iter().map(|said| &said.text).collect::<BTreeSet<_>>().len(),
        rows: seen.len(),
        complaints: missing.values().map(complaint).collect(),
    }
}

fn ends(exits: &[Exit], code: u8) -> bool {
    exits.iter().any(|exit| match exit {
        Exit::Rejected => code == 1,
        Exit::Input => code == 2,
        Exit::Remote => code == 3,
        Exit::Partial => code == 4,
        Exit::Cause => true,
    })
}

/// What stands behind a name at the start of a text (one in backticks, or a word and a colon), and
/// behind the number of a line.
fn behind_name(said: &str) -> Option<&str> {
    let why = match said.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?.1.trim_start_matches(':').trim_start(),
        None => said.split_once(": ").filter(|(name, _)| !name.contains(' '))?.1,
    };
    let line = why.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    Some(line.filter(|(number, _)| number.parse::<usize>().is_ok()).map_or(why, |(_, why)| why))
}

/// Whether a text is what a row says: something for each `…`, then its end or a cause behind it.
///
/// What a row begins with cannot be a whole message of its own, or any text would fit by its cause.
pub(super) fn is_said(row: &str, said: &str) -> bool {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut pieces = row.split(HOLE);
    let (first, mut pieces) = (pieces.next().unwrap_or_default(), pieces.collect::<Vec<_>>());
    let Some(mut rest) = said.strip_prefix(first) else { return false };
    let Some(last) = pieces.pop() else { return is_end(rest) };
    // What is told behind a semicolon is told of any message.
    let mut leading = first.is_empty() && !row.starts_with("…;");
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        if std::mem::take(&mut leading) && rest.get(..at).is_none_or(|name| name.contains(": ")) {
            return false;
        }
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    last.is_empty()
        || rest.match_indices(last).any(|(at, _)| {
            let is_name = !leading || rest.get(..at).is_some_and(|name| !name.contains(": "));
            is_name && rest.get(at + last.len()..).is_some_and(is_end)
        })
}

/// Whether a message is over here: nothing follows but its cause, or a hint behind the launcher's.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(": ") || rest.starts_with("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[Row<'static>] = &[
        Row { of: Some("health"), text: "no target is given", exits: &[Exit::Input] },
        Row { of: None, text: "cannot read `…`", exits: &[Exit::Input] },
        Row { of: None, text: "`…` is missing", exits: &[Exit::Cause] },
        Row { of: Some("health"), text: "has no host", exits: &[] },
    ];

    fn said(program: &str, exit: u8, text: &str) -> Said {
        Said { program: format!("launchway-{program}"), exit, text: text.to_owned() }
    }

    fn complaints(said: Said) -> Vec<String> {
        judge(&BTreeSet::from([said]), ROWS).complaints
    }

    #[test]
    fn what_a_row_says_is_seen() {
        let heard = judge(
            &BTreeSet::from([
                said("health", 2, "no target is given"),
                said("notify", 2, "cannot read `a`: permission denied"),
                said("notify", 2, "cannot read `b`"),
                said("notify", 3, "`x` is missing"),
                said("health", 2, "`http://` has no host"),
                said("health", 2, "URL: has no host"),
                said("health", 2, "`urls`: line 3: has no host"),
            ]),
            ROWS,
        );
        assert_eq!((heard.texts, heard.rows), (7, 4));
        assert!(heard.complaints.is_empty(), "{:?}", heard.complaints);
    }

    #[test]
    fn a_text_without_a_row_is_named_with_its_program_and_the_way() {
        let complaints = complaints(said("health", 3, "the moon is out of reach"));
        let [only] = complaints.as_slice() else { panic!("{complaints:?}") };
        for part in ["launchway-health", "3", "`the moon is out of reach`", "cargo xtask generate"]
        {
            assert!(only.contains(part), "{only}");
        }
    }

    #[test]
    fn neither_another_program_nor_another_code_nor_a_part_will_do() {
        assert_eq!(complaints(said("notify", 2, "no target is given")).len(), 1);
        assert_eq!(complaints(said("health", 3, "no target is given")).len(), 1);
        assert_eq!(complaints(said("health", 2, "no target is given at all")).len(), 1);
        assert_eq!(complaints(said("health", 2, "an odd thing: `x` is missing")).len(), 1);
        assert_eq!(complaints(said("notify", 2, "`x` has no host")).len(), 1);
        assert_eq!(complaints(said("health", 2, "it has no host")).len(), 1);
        // What was done so far is said in words of the run.
        assert!(complaints(said("health", 4, "two of three")).is_empty());
    }

    #[test]
    fn the_argument_parser_has_its_own_words_for_bad_input_alone() {
        let text = "unexpected argument '--x' found";
        assert!(complaints(said("health", 2, text)).is_empty());
        assert_eq!(complaints(said("health", 3, text)).len(), 1);
    }

    #[test]
    fn a_cut_line_and_no_folder_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let line = r#"{"program":"launchway-health","exit":2,"text":"no target is given"}"#;
        std::fs::write(folder.path().join("1.ndjson"), format!("{line}\n{line}\n{{\"prog"))
            .unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 1);
        assert!(read(&folder.path().join("none")).unwrap().is_empty());
    }
}

//! Notes that fit: GitHub takes no more than so many characters as the text of a Release.

use std::borrow::Cow;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Characters the text of a Release may hold.
pub const RELEASE_LIMIT: usize = 125_000;

/// The notes, when they are too long cut at the end of a line so that they hold at most `limit`
/// characters, with what is left open closed and a pointer to the whole, to `link` if given.
///
/// Characters are counted as UTF-16 does, the larger of the ways GitHub may count. Where not even
/// the pointer fits, the result is empty.
pub fn cut<'a>(notes: &'a str, limit: usize, link: Option<&str>) -> Cow<'a, str> {
    if length(notes) <= limit {
        return Cow::Borrowed(notes);
    }
    let pointer = match link {
        Some(link) => format!("… [The rest of the changes]({link})\n"),
        None => "… The rest of the changes did not fit in here.\n".to_owned(),
    };
    let room = limit.checked_sub(length(&pointer));
    let Some(room) = room else { return Cow::Borrowed("") };

    let mut open = Open::default();
    let mut used = 0;
    let mut end = 0;
    // Where the notes may end, in bytes, and what closes them there.
    let mut ends = Vec::new();
    for line in notes.split_inclusive('\n') {
        used += length(line);
        end += line.len();
        if used > room {
            break;
        }
        open.read(line);
        let closing = open.closing();
        if line.ends_with('\n') && used + length(&closing) < room {
            ends.push((end, closing));
        }
    }
    // The first end is nearly always good; containers that end by indentation alone make others.
    ends.iter()
        .rev()
        .take(TRIES)
        .filter_map(|(end, closing)| Some(join(notes.get(..*end)?, closing, &pointer)))
        .find(|text| pointer_stands_alone(text))
        .map_or(Cow::Owned(pointer), Cow::Owned)
}

/// How many ends are tried before nothing but the pointer is left.
const TRIES: usize = 64;

fn join(kept: &str, closing: &str, pointer: &str) -> String {
    // A heading with nothing under it says nothing.
    let kept = without_last_headings(kept.trim_end(), closing);
    match (kept.is_empty(), closing.is_empty()) {
        (true, _) => pointer.to_owned(),
        (false, true) => format!("{kept}\n\n{pointer}"),
        (false, false) => format!("{kept}\n{closing}\n{pointer}"),
    }
}

/// Whether the last block of the page is a paragraph outside of every other block.
fn pointer_stands_alone(page: &str) -> bool {
    let mut depth = 0_usize;
    let mut alone = false;
    for event in Parser::new_ext(page, Options::ENABLE_GFM) {
        match event {
            Event::Start(tag) => {
                alone = depth == 0 && tag == Tag::Paragraph || depth > 0 && alone;
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Html(_) | Event::Rule => alone = false,
            _ => {}
        }
    }
    alone
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn without_last_headings<'a>(mut kept: &'a str, closing: &str) -> &'a str {
    while closing.is_empty() {
        let (before, last) = kept.rsplit_once('\n').unwrap_or(("", kept));
        if !last.starts_with('#') {
            break;
        }
        kept = before.trim_end();
    }
    kept
}

/// What has begun and not ended.
#[derive(Debug, Default)]
struct Open {
    /// The sign and length of a fence, and its indentation.
    fence: Option<(char, usize, String)>,
    /// Within an HTML comment.
    comment: bool,
    /// How many `<details>` stand open.
    details: usize,
}

impl Open {
    fn read(&mut self, line: &str) {
        let text = line.trim_start();
        let sign = text.chars().next().filter(|c| matches!(c, '`' | '~')).unwrap_or(' ');
        let run = text.chars().take_while(|c| *c == sign && sign != ' ').count();
        let rest = text.get(run..).unwrap_or_default();
        if let Some((open, length, _)) = &self.fence {
            if *open == sign && run >= *length && rest.trim().is_empty() {
                self.fence = None;
            }
            return;
        }
        if !self.comment && run >= 3 && !(sign == '`' && rest.contains('`')) {
            let indent = line.get(..line.len() - text.len()).unwrap_or_default();
            self.fence = Some((sign, run, indent.to_owned()));
            return;
        }
        self.tags(line);
    }

    /// Comments and details; those in code spans or behind a backslash are text.
    fn tags(&mut self, line: &str) {
        let mut rest = line;
        loop {
            if self.comment {
                let Some((_, after)) = rest.split_once("-->") else { return };
                self.comment = false;
                rest = after;
                continue;
            }
            let Some(at) = rest.find(['<', '`', '\\']) else { return };
            let here = rest.get(at..).unwrap_or_default();
            let mut skip = 1;
            if here.starts_with('\\') {
                skip = 1 + here.chars().nth(1).map_or(0, char::len_utf8);
            } else if here.starts_with('`') {
                skip = span(here);
            } else if here.starts_with("<!--") {
                self.comment = true;
                skip = 4;
            } else if tag(here, "<details") {
                self.details += 1;
            } else if tag(here, "</details") {
                self.details = self.details.saturating_sub(1);
            }
            rest = here.get(skip..).unwrap_or_default();
        }
    }

    /// What ends all that is open, with a line break after it; empty when nothing is.
    fn closing(&self) -> String {
        let mut closing = String::new();
        if let Some((sign, length, indent)) = &self.fence {
            closing.push_str(indent);
            closing.extend(std::iter::repeat_n(*sign, *length));
            closing.push('\n');
        }
        if self.comment {
            closing.push_str("-->\n");
        }
        if self.details > 0 {
            closing.push('\n');
            closing.push_str(&"</details>\n".repeat(self.details));
        }
        closing
    }
}

/// The length of the code span that begins here, or of its ticks when it does not end.
fn span(text: &str) -> usize {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let mut at = ticks;
    while let Some(gap) = text.get(at..).and_then(|after| after.find('`')) {
        let from = at + gap;
        let after = text.get(from..).unwrap_or_default();
        let run = after.len() - after.trim_start_matches('`').len();
        at = from + run;
        if run == ticks {
            return at;
        }
    }
    ticks
}

fn tag(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && text.get(name.len()..).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
        })
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;

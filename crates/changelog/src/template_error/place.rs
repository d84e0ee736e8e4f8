//! Places in templates, and in the configuration they are written in.

use crate::config::tree::Place;

/// The bytes before a line and column of a template as the engine sees it.
pub fn offset(text: &str, line: usize, column: usize, trim: bool) -> Option<usize> {
    let mut start = 0;
    let mut lines = text.split_inclusive('\n');
    for _ in 1..line {
        start += lines.next()?.len();
    }
    let line = lines.next().unwrap_or_default();
    let blanks = if trim { line.len() - line.trim_start().len() } else { 0 };
    let inner = line.get(blanks..).unwrap_or_default();
    let along =
        inner.char_indices().nth(column.saturating_sub(1)).map_or(inner.len(), |(at, _)| at);
    Some(start + blanks + along)
}

/// The first place between `{{` or `{%` and their ends where a name stands that is no part of another.
pub fn word(text: &str, name: &str) -> Option<usize> {
    let belongs = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut end_of_code = 0;
    let is_whole = |at: usize| {
        let before = text.get(..at).unwrap_or_default().chars().next_back();
        let after = text.get(at + name.len()..).unwrap_or_default().chars().next();
        !before.is_some_and(|sign| belongs(sign) || sign == '.') && !after.is_some_and(belongs)
    };
    if name.is_empty() {
        return None;
    }
    while let Some(start) = ["{{", "{%"]
        .iter()
        .filter_map(|mark| text.get(end_of_code..)?.find(mark).map(|at| end_of_code + at))
        .min()
    {
        let code = text.get(start..).unwrap_or_default();
        let ends = ["}}", "%}"].iter().filter_map(|mark| code.find(mark)).min();
        let end = start + ends.unwrap_or(code.len());
        let code = text.get(start..end).unwrap_or_default();
        let found = code.match_indices(name).map(|(at, _)| start + at).find(|at| is_whole(*at));
        if found.is_some() {
            return found;
        }
        end_of_code = (end + 2).min(text.len());
    }
    None
}

/// Line and column of a place in a template, within the source it is written in. `value` is where
/// the text begins there, `text` the template, `at` the bytes before the place.
pub fn in_source(
    source: &str,
    value: Place,
    text: &str,
    at: Option<usize>,
) -> (usize, Option<usize>) {
    let (line, column) = value.resolve(source);
    let Some(at) = at else {
        return (line, None);
    };
    match value {
        Place::Offset(start) => {
            let along = raw(source.get(start..).unwrap_or_default(), text, at);
            let (line, column) = Place::Offset(start + along).resolve(source);
            (line, Some(column))
        }
        Place::Line(..) => {
            let inner = text.get(..at).unwrap_or_default().matches('\n').count();
            let first = source.lines().nth(line - 1).unwrap_or_default();
            let opens = first.chars().nth(column.saturating_sub(1));
            // A block of YAML begins below its mark.
            let below = usize::from(matches!(opens, Some('|' | '>')));
            (line + below + inner, None)
        }
    }
}

/// The bytes of a text of TOML, quotes and all, before a place in what it stands for.
fn raw(source: &str, text: &str, at: usize) -> usize {
    let triple = source.starts_with("\"\"\"") || source.starts_with("'''");
    let has_escapes = source.starts_with('"');
    let mut along = if triple { 3 } else { 1 };
    if triple {
        let inner = source.get(along..).unwrap_or_default();
        let line_end = ["\r\n", "\n"].iter().find(|end| inner.starts_with(**end));
        along += line_end.map_or(0, |end| end.len());
    }
    let wanted = text.get(..at).unwrap_or_default();
    for sign in wanted.chars() {
        along += blanks_left_out(source, along, has_escapes);
        let rest = source.get(along..).unwrap_or_default();
        let mut signs = rest.chars();
        along += match signs.next() {
            Some('\\') if has_escapes => match signs.next() {
                Some('u') => 6,
                Some('U') => 10,
                Some('x') => 4,
                _ => 2,
            },
            Some('\r') if sign == '\n' => 2,
            other => other.map_or(0, char::len_utf8),
        };
    }
    along + blanks_left_out(source, along, has_escapes)
}

/// The length of a `\` at the end of a line, with all blanks behind it.
fn blanks_left_out(source: &str, at: usize, has_escapes: bool) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    let Some(behind) = rest.strip_prefix('\\').filter(|_| has_escapes) else {
        return 0;
    };
    let blanks = behind.len() - behind.trim_start().len();
    if behind.get(..blanks).is_some_and(|blanks| blanks.contains('\n')) { blanks + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::tree::{Content, Node};

    /// A text as TOML; `folds` says where a line is folded.
    fn written(text: &str, multiline: bool, folds: &[bool]) -> String {
        let mut source = String::from(if multiline { "\"\"\"\n" } else { "\"" });
        for (at, sign) in text.chars().enumerate() {
            let folded = folds.get(at).copied().unwrap_or_default();
            if multiline && folded && !sign.is_whitespace() {
                source += "\\\n   \n ";
            }
            match sign {
                '\n' if !multiline => source += "\\n",
                '"' | '\\' => source.extend(['\\', sign]),
                'ä' => source += "\\u00e4",
                sign => source.push(sign),
            }
        }
        source + if multiline { "\"\"\"" } else { "\"" }
    }

    proptest! {
        #[test]
        fn a_name_is_found_however_the_text_is_written(
            before in "[ab \nä\\\\\"é]{0,30}",
            after in "[ab \n\"]{0,10}",
            multiline in any::<bool>(),
            folds in prop::collection::vec(any::<bool>(), 0..60),
        ) {
            let text = format!("{before}{{{{ z }}}}{after}");
            let source = format!("[changelog]\nx = 1\nbody = {}\n", written(&text, multiline, &folds));
            let tree = Node::toml(&source).unwrap();
            let value = tree.at(["changelog", "body"]).unwrap();
            prop_assert!(matches!(&value.content, Content::Scalar(read) if *read == text), "{source}");
            let (line, column) = in_source(&source, value.place, &text, word(&text, "z"));
            let line: String = source.lines().nth(line - 1).unwrap().chars().skip(column.unwrap() - 1).collect();
            prop_assert!(line.starts_with('z'), "{line} of {source}");
        }
    }

    #[test]
    fn names_are_found_whole_and_in_code_alone() {
        for (text, name, at) in [
            ("zz {{ a.zz }} {% if zzz %}{{zz}}", "zz", Some(28)),
            ("{{ zz.b }}", "zz", Some(3)),
            ("zz", "zz", None),
            ("{{ zz", "zz", Some(3)),
            ("{{ a }} zz {%- if ä.b -%}", "ä.b", Some(18)),
            ("{{ a }}", "", None),
        ] {
            assert_eq!(word(text, name), at, "{text}");
        }
        assert_eq!(offset("a\n  bc", 2, 2, true), Some(5));
        assert_eq!(offset("a\n  bc", 2, 2, false), Some(3));
        assert_eq!(offset("a", 7, 1, false), None);
    }
}

//! The list inputs: comma separated values, one record a line.

use launchway_base::Failure;

use super::number::trim;

/// The entries of a list input, one a line: quotes are relaxed, lines that start with `#` are comments,
/// blank lines are dropped, entries are trimmed. Fields of a record are joined again by `,`, so quotes
/// around a field are gone afterwards.
///
/// The line ending is the first one found: `\r\n`, `\n` or `\r`.
pub fn lines(input: &str) -> Result<Vec<String>, Failure> {
    let records = Reader { input, relaxed: true }.records()?;
    let entries = records.into_iter().map(|record| record.join(","));
    Ok(entries.filter(|entry| !entry.is_empty()).map(|entry| trim(&entry).to_owned()).collect())
}

/// The fields of one entry of [`lines`], not trimmed; quotes are strict. Only the first record counts.
///
/// A comma inside an expression, `{{date 'dddd, MMMM'}}`, separates nothing, nor does a quote there
/// open or close anything.
pub fn fields(entry: &str) -> Result<Vec<String>, Failure> {
    let records = Reader { input: entry, relaxed: false }.records()?;
    records.into_iter().next().ok_or_else(|| Failure::input(format!("no fields in {entry:?}")))
}

struct Reader<'a> {
    input: &'a str,
    /// Quotes out of place are text, and lines that start with `#` are comments.
    relaxed: bool,
}

impl Reader<'_> {
    fn records(&self) -> Result<Vec<Vec<String>>, Failure> {
        let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
        let (mut quoting, mut quoted, mut comment) = (false, false, false);
        // The first line ending outside quotes holds for the whole input.
        let mut ending = None;
        let mut rest = self.input;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            if c == '"' && !comment {
                if quoting {
                    if let Some(tail) = after.strip_prefix('"') {
                        field.push('"');
                        rest = tail;
                        continue;
                    }
                    let ends = after.is_empty()
                        || after.starts_with(',')
                        || (self.relaxed && after.starts_with('#'))
                        || starts_line(after, &mut ending).is_some();
                    if !ends && !self.relaxed {
                        return Err(self.bad("text follows a closing quote"));
                    }
                    (quoting, quoted) = (false, true);
                    if ends {
                        rest = after;
                        continue;
                    }
                    field.insert(0, '"');
                } else if field.is_empty() {
                    quoting = true;
                    rest = after;
                    continue;
                } else if !self.relaxed {
                    return Err(self.bad("a quote stands in the middle of a field"));
                }
            }
            if !quoting {
                if let Some(tail) = starts_line(rest, &mut ending) {
                    if quoted || !record.is_empty() || !field.is_empty() {
                        record.push(std::mem::take(&mut field));
                        records.push(std::mem::take(&mut record));
                    }
                    (quoted, comment) = (false, false);
                    rest = tail;
                    continue;
                }
                if comment || (self.relaxed && c == '#' && record.is_empty() && field.is_empty()) {
                    comment = true;
                    rest = after;
                    continue;
                }
                if c == ',' {
                    record.push(std::mem::take(&mut field));
                    quoted = false;
                    rest = after;
                    continue;
                }
                if !self.relaxed
                    && let Some((expression, tail)) = split_expression(rest)
                {
                    field.push_str(expression);
                    rest = tail;
                    continue;
                }
            }
            field.push(c);
            rest = after;
        }
        if quoting {
            return Err(self.bad("a quote is not closed"));
        }
        if quoted || !record.is_empty() || !field.is_empty() {
            record.push(field);
            records.push(record);
        }
        Ok(records)
    }

    fn bad(&self, what: &str) -> Failure {
        Failure::input(format!("{what}: {}", self.input))
            .with_hint("quote a whole field and write a quote in it twice: \"a \"\"b\"\" c\"")
    }
}

/// What follows the line ending `text` starts with; the first one seen is the only one from then on.
fn starts_line<'a>(text: &'a str, ending: &mut Option<&'static str>) -> Option<&'a str> {
    if ending.is_none() {
        *ending = ["\r\n", "\n", "\r"].into_iter().find(|ending| text.starts_with(ending));
    }
    text.strip_prefix((*ending)?)
}

/// The expression `text` starts with, to its closing braces on the same line, and what follows.
fn split_expression(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("{{")?;
    let end = if inside.starts_with("!--") {
        inside.find("--}}").map(|at| at + 2)
    } else if inside.starts_with('!') {
        inside.find("}}")
    } else {
        let mut open = None;
        let found = inside.char_indices().find(|&(at, c)| match (open, c) {
            (Some(close), _) => {
                if c == close {
                    open = None;
                }
                false
            }
            (None, '"' | '\'') => {
                open = Some(c);
                false
            }
            (None, '[') => {
                open = Some(']');
                false
            }
            (None, _) => inside.get(at..).is_some_and(|tail| tail.starts_with("}}")),
        });
        found.map(|(at, _)| at)
    }?;
    let (expression, tail) = text.split_at_checked(end + 4)?;
    (!expression.contains(['\r', '\n'])).then_some((expression, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_peer() {
        check(
            lines,
            &[
                ("", Some(&[])),
                ("a", Some(&["a"])),
                ("a\nb", Some(&["a", "b"])),
                (" a \n\n b ", Some(&["a", "b"])),
                ("# c\na", Some(&["a"])),
                ("a # b", Some(&["a # b"])),
                (" # x", Some(&["# x"])),
                ("a,b", Some(&["a,b"])),
                ("a, b", Some(&["a, b"])),
                ("a,b,,c", Some(&["a,b,,c"])),
                ("\"a\"", Some(&["a"])),
                ("\"a,b\"", Some(&["a,b"])),
                ("\"a\"\"b\"", Some(&["a\"b"])),
                ("a\"b\"", Some(&["a\"b\""])),
                ("\"a\"b", Some(&["\"a\"b"])),
                ("\"a\"b,c", Some(&["\"a\"b,c"])),
                ("\"a\"#b", Some(&["a#b"])),
                ("\"\"#b\nc", Some(&["c"])),
                ("#\"\na", Some(&["a"])),
                ("\"#a\"", Some(&["#a"])),
                ("\"a\nb\"", Some(&["a\nb"])),
                ("\"a", None),
                ("a\r\nb\r\nc", Some(&["a", "b", "c"])),
                ("a\rb", Some(&["a", "b"])),
                ("a\r\nb\nc", Some(&["a", "b\nc"])),
                ("a\nb\r\nc", Some(&["a", "b", "c"])),
                ("\"x\r\ny\"\nb", Some(&["x\r\ny", "b"])),
                (",", Some(&[","])),
                ("a,", Some(&["a,"])),
                (",a", Some(&[",a"])),
                ("\"\"", Some(&[])),
                ("\"\"\na", Some(&["a"])),
                ("\"a\" ,b", Some(&["\"a\" ,b"])),
                (" \"a\"", Some(&["\"a\""])),
                ("type=raw,value={{date 'a, b'}}", Some(&["type=raw,value={{date 'a, b'}}"])),
                ("type=raw,value={{date \"YYYY\"}}", Some(&["type=raw,value={{date \"YYYY\"}}"])),
                ("\"type=raw,value=a\"", Some(&["type=raw,value=a"])),
                ("\"a\"\n\"b\"", Some(&["a", "b"])),
                ("#\n#\n", Some(&[])),
                ("\n\n", Some(&[])),
                ("a\n#b\nc", Some(&["a", "c"])),
                ("a\n #b", Some(&["a", "#b"])),
                (" a", Some(&["a"])),
                ("﻿a", Some(&["a"])),
                ("\"a\"\"", None),
                ("\"\"\"", None),
                ("\"\"\"a\"\"\"", Some(&["\"a\""])),
                ("x=\"a,b\"", Some(&["x=\"a,b\""])),
                ("a\"", Some(&["a\""])),
                ("é,ü", Some(&["é,ü"])),
                ("a		b", Some(&["a		b"])),
                ("\"a\"\r", Some(&["a"])),
                ("\"a\"x\"b\"", Some(&["\"a\"x\"b\""])),
            ],
        );
    }

    #[test]
    fn fields_are_those_of_the_peer_outside_expressions() {
        check(
            fields,
            &[
                ("", None),
                ("a", Some(&["a"])),
                ("a\nb", Some(&["a"])),
                (" a \n\n b ", Some(&[" a "])),
                ("# c\na", Some(&["# c"])),
                ("a # b", Some(&["a # b"])),
                (" # x", Some(&[" # x"])),
                ("a,b", Some(&["a", "b"])),
                ("a, b", Some(&["a", " b"])),
                ("a,b,,c", Some(&["a", "b", "", "c"])),
                ("\"a\"", Some(&["a"])),
                ("\"a,b\"", Some(&["a,b"])),
                ("\"a\"\"b\"", Some(&["a\"b"])),
                ("a\"b\"", None),
                ("\"a\"b", None),
                ("\"a\"b,c", None),
                ("\"a\"#b", None),
                ("\"\"#b\nc", None),
                ("#\"\na", None),
                ("\"#a\"", Some(&["#a"])),
                ("\"a\nb\"", Some(&["a\nb"])),
                ("\"a", None),
                ("a\r\nb\r\nc", Some(&["a"])),
                ("a\rb", Some(&["a"])),
                ("a\r\nb\nc", Some(&["a"])),
                ("a\nb\r\nc", Some(&["a"])),
                ("\"x\r\ny\"\nb", Some(&["x\r\ny"])),
                (",", Some(&["", ""])),
                ("a,", Some(&["a", ""])),
                (",a", Some(&["", "a"])),
                ("\"\"", Some(&[""])),
                ("\"\"\na", Some(&[""])),
                ("\"a\" ,b", None),
                (" \"a\"", None),
                ("\"type=raw,value=a\"", Some(&["type=raw,value=a"])),
                ("\"a\"\n\"b\"", Some(&["a"])),
                ("#\n#\n", Some(&["#"])),
                ("\n\n", None),
                ("a\n#b\nc", Some(&["a"])),
                ("a\n #b", Some(&["a"])),
                (" a", Some(&[" a"])),
                ("﻿a", Some(&["﻿a"])),
                ("\"a\"\"", None),
                ("\"\"\"", None),
                ("\"\"\"a\"\"\"", Some(&["\"a\""])),
                ("x=\"a,b\"", None),
                ("a\"", None),
                ("é,ü", Some(&["é", "ü"])),
                ("a		b", Some(&["a		b"])),
                ("\"a\"\r", Some(&["a"])),
                ("\"a\"x\"b\"", None),
            ],
        );
    }

    #[test]
    fn a_comma_inside_an_expression_separates_nothing() {
        check(
            fields,
            &[
                ("type=raw,value={{date 'a, b'}}", Some(&["type=raw", "value={{date 'a, b'}}"])),
                (
                    "type=raw,value={{date \"YYYY\"}}",
                    Some(&["type=raw", "value={{date \"YYYY\"}}"]),
                ),
                ("a={{date 'x}}, y'}},b", Some(&["a={{date 'x}}, y'}}", "b"])),
                ("{{date \"a, b\"}}", Some(&["{{date \"a, b\"}}"])),
                ("{{!-- a, }} b --}}", Some(&["{{!-- a, }} b --}}"])),
                ("{{! a, b }},c", Some(&["{{! a, b }}", "c"])),
                ("{{a,b", Some(&["{{a", "b"])),
                ("{{lookup x [a,}}]}}", Some(&["{{lookup x [a,}}]}}"])),
            ],
        );
    }

    fn check(read: fn(&str) -> Result<Vec<String>, Failure>, rows: &[(&str, Option<&[&str]>)]) {
        let mut wrong = Vec::new();
        for (input, expected) in rows {
            let found = read(input).ok();
            if found != expected.map(|list| list.iter().map(|it| (*it).to_owned()).collect()) {
                wrong.push(format!("{input:?}: {found:?} instead of {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

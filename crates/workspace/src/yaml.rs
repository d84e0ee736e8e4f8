//! The scalars of YAML in block style with their places, for edits that keep every other byte. What
//! it does not understand (flow maps, anchors, block scalars) it passes over.

use std::ops::Range;

/// A scalar under a path of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The keys that lead to it, from the outermost.
    pub(crate) path: Vec<String>,
    /// The scalar without its quotes.
    pub(crate) value: String,
    /// Where it stands, quotes included.
    pub(crate) span: Range<usize>,
}

/// Every scalar that stands behind a key on one line.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut stack: Vec<(usize, String)> = Vec::new();
    let mut skipped: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let body = line.trim_end();
        let content = body.trim_start_matches(' ');
        let indent = body.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if skipped.is_some_and(|level| indent > level) {
            continue;
        }
        skipped = None;
        while stack.last().is_some_and(|(level, _)| *level >= indent) {
            stack.pop();
        }
        // The items of a list have no key; what is in them is nobody's business here.
        let Some((key, rest)) = key_of(content).filter(|_| !content.starts_with("- ")) else {
            skipped = Some(indent);
            continue;
        };
        let offset = at + indent + (content.len() - rest.len());
        let raw = scalar_in(rest.trim_start());
        if raw.starts_with(['|', '>', '{', '[', '&', '*']) {
            skipped = Some(indent);
            continue;
        }
        if raw.is_empty() {
            stack.push((indent, key));
            continue;
        }
        let from = offset + (rest.len() - rest.trim_start().len());
        let mut path: Vec<String> = stack.iter().map(|(_, key)| key.clone()).collect();
        path.push(key);
        found.push(Entry { path, value: unquoted(raw), span: from..from + raw.len() });
    }
    found
}

/// Key and what follows its colon.
fn key_of(content: &str) -> Option<(String, &str)> {
    let quote = content.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (key, rest) = match quote {
        Some(quote) => {
            let end = content.get(1..)?.find(quote)? + 1;
            (content.get(1..end)?, content.get(end + 1..)?)
        }
        None => {
            let end =
                content.find(": ").or_else(|| content.ends_with(':').then(|| content.len() - 1))?;
            (content.get(..end)?, content.get(end..)?)
        }
    };
    Some((key.to_owned(), rest.strip_prefix(':')?))
}

/// The scalar at the beginning, without a comment behind it.
fn scalar_in(rest: &str) -> &str {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote
        && let Some(end) = rest.get(1..).and_then(|inner| inner.find(quote))
    {
        return rest.get(..end + 2).unwrap_or(rest);
    }
    if rest.starts_with('#') {
        return "";
    }
    rest.split(" #").next().unwrap_or(rest).trim_end()
}

fn unquoted(raw: &str) -> String {
    let inner = |quote| raw.strip_prefix(quote).and_then(|raw| raw.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(raw).to_owned()
}

/// A version or range as a scalar, in quotes only where it would be read as something else.
pub(crate) fn scalar(text: &str) -> String {
    let is_plain = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '^' | '~' | '.' | '<'))
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && text.parse::<f64>().is_err();
    if is_plain { text.to_owned() } else { format!("'{text}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_found_with_their_keys_and_places() {
        let text = "a: 1 # one\r\n'b c':\n  \"d\":   'x y'\n  e: {f: 1}\n  g:\n    - h: 1\n  i: |\n    j: 1\n  k: z\n# l: 1\nm:\n";
        let found: Vec<(String, String, &str)> = entries(text)
            .into_iter()
            .map(|entry| (entry.path.join("/"), entry.value, &text[entry.span]))
            .collect();
        let wanted = [("a", "1", "1"), ("b c/d", "x y", "'x y'"), ("b c/k", "z", "z")];
        let found: Vec<_> = found.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), *c)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        for (text, wanted) in [
            ("^1.0.0", "^1.0.0"),
            (">=1.0.0", "'>=1.0.0'"),
            ("workspace:^1.0.0", "workspace:^1.0.0"),
            ("catalog:", "'catalog:'"),
            ("1.0", "'1.0'"),
            ("*", "'*'"),
            (">=1.0.0 <2.0.0", "'>=1.0.0 <2.0.0'"),
        ] {
            assert_eq!(scalar(text), wanted);
        }
    }
}

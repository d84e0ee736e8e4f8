//! Where an entry goes in `CHANGELOG.md`.

use crate::js::js_trim;

/// The changelog with a new entry: before the first heading that begins with a version, else after
/// the first line. Bytes that are there stay as they are, whatever they are.
pub fn insert_entry(existing: Option<&[u8]>, package: &str, entry: &str) -> Vec<u8> {
    let entry = js_trim(entry);
    let Some(existing) = existing.filter(|text| !text.is_empty()) else {
        return format!("# {package}\n\n{entry}\n").into_bytes();
    };
    if let Some((before, after)) = at_first_version(existing) {
        return [before, entry.as_bytes(), b"\n\n", after].concat();
    }
    match existing.iter().position(|byte| *byte == b'\n') {
        None => [existing, b"\n\n", entry.as_bytes(), b"\n"].concat(),
        Some(end) => {
            let (first, rest) = existing.split_at(end);
            let rest = rest.get(1..).unwrap_or_default();
            [first, b"\n\n", entry.as_bytes(), b"\n", rest].concat()
        }
    }
}

/// The text in two, the second part beginning with a heading that begins with a version.
fn at_first_version(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let signs = text.iter().enumerate().filter(|(_, byte)| **byte == b'#').map(|(at, _)| at);
    signs.filter_map(|at| text.split_at_checked(at)).find(|(before, after)| {
        // JavaScript's lines also end at a lone CR and at the two separators of Unicode.
        let ends = ["", "\n", "\r", "\u{2028}", "\u{2029}"].map(str::as_bytes);
        let starts_line = ends
            .iter()
            .any(|end| if end.is_empty() { before.is_empty() } else { before.ends_with(end) });
        starts_line && is_version_heading(after)
    })
}

/// One to six `#`, blanks, and two numbers with a dot between them.
fn is_version_heading(text: &[u8]) -> bool {
    let after = |text: &'_ [u8], is: fn(&u8) -> bool| {
        text.iter().position(|byte| !is(byte)).unwrap_or(text.len())
    };
    let signs = after(text, |byte| *byte == b'#');
    let rest = text.get(signs..).unwrap_or_default();
    let blanks = blanks(rest);
    let rest = rest.get(blanks..).unwrap_or_default();
    let digits = after(rest, u8::is_ascii_digit);
    let minor = rest.get(digits..).and_then(|rest| rest.strip_prefix(b"."));
    (1..=6).contains(&signs)
        && blanks > 0
        && digits > 0
        && minor.and_then(<[u8]>::first).is_some_and(u8::is_ascii_digit)
}

/// How many bytes of white space a text begins with.
fn blanks(text: &[u8]) -> usize {
    let mut length = 0;
    // No character has more than four bytes.
    while let Some(next) = text.get(length..).map(|rest| rest.get(..4).unwrap_or(rest))
        && let Some(chunk) = next.utf8_chunks().next()
        && let Some(c) = chunk.valid().chars().next().filter(|c| c.is_whitespace())
    {
        length += c.len_utf8();
    }
    length
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::{at_first_version, insert_entry};

    /// The definition.
    static FIRST_VERSION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)(?:^|[\r\u{2028}\u{2029}])(#{1,6}\s+[0-9]+\.[0-9]+)").unwrap()
    });

    /// What headings are made of, and what only looks like it.
    const PIECES: &[&[u8]] = &[
        b"#",
        b"##",
        b"#####",
        b" ",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"1",
        b"23",
        b".",
        b"1.2",
        b"a",
        b"\xff",
        b"\xe2\x80",
        b"\xe2\x80\xa8",
        b"\xe2\x80\xa9",
        b"\xc2\xa0",
        b"\xc2\x85",
        b"\xef\xbb\xbf",
        b"\xe3\x80\x80",
        b"\n# 1.0",
        b"\n## ",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn the_first_version_is_that_of_the_pattern(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)
        ) {
            let text = pieces.concat();
            let wanted = FIRST_VERSION.captures(&text).and_then(|found| found.get(1));
            prop_assert_eq!(
                at_first_version(&text).map(|(before, _)| before.len()),
                wanted.map(|found| found.start())
            );
        }
    }

    #[test]
    fn an_entry_goes_before_the_first_version() {
        for (existing, wanted) in [
            (None, "# a\n\n## 1.1.0\n\nx\n"),
            (Some(""), "# a\n\n## 1.1.0\n\nx\n"),
            (Some("# a\n\n## 1.0.0\n"), "# a\n\n## 1.1.0\n\nx\n\n## 1.0.0\n"),
            (Some("# 1.0 release\n"), "## 1.1.0\n\nx\n\n# 1.0 release\n"),
            (Some("# a\nrest"), "# a\n\n## 1.1.0\n\nx\nrest"),
            (Some("# a"), "# a\n\n## 1.1.0\n\nx\n"),
            (Some("# a\r## 1.0.0\r"), "# a\r## 1.1.0\n\nx\n\n## 1.0.0\r"),
            (Some("# a\r\n\r\n## 1.0.0\r\n"), "# a\r\n\r\n## 1.1.0\n\nx\n\n## 1.0.0\r\n"),
            (Some("# a\n## [1.0.0]\n"), "# a\n\n## 1.1.0\n\nx\n## [1.0.0]\n"),
        ] {
            let got = insert_entry(existing.map(str::as_bytes), "a", "## 1.1.0\n\nx");
            assert_eq!(String::from_utf8(got).unwrap(), wanted, "{existing:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        let got = insert_entry(Some(b"# \xff\n## 1.0.0\n\xfe"), "a", "## 1.1.0");
        assert_eq!(got, b"# \xff\n## 1.1.0\n\n## 1.0.0\n\xfe");
    }
}

//! Where an entry goes in `CHANGELOG.md`.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::js::js_trim;

#[expect(clippy::expect_used, reason = "a constant pattern that every test runs")]
static FIRST_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    // JavaScript's lines also end at a lone CR and at the two separators of Unicode.
    Regex::new(r"(?m)(?:^|[\r\u{2028}\u{2029}])(#{1,6}\s+[0-9]+\.[0-9]+)")
        .expect("a constant pattern")
});

/// The changelog with a new entry: before the first heading that begins with a version, else after
/// the first line. Bytes that are there stay as they are, whatever they are.
pub fn insert_entry(existing: Option<&[u8]>, package: &str, entry: &str) -> Vec<u8> {
    let entry = js_trim(entry);
    let Some(existing) = existing.filter(|text| !text.is_empty()) else {
        return format!("# {package}\n\n{entry}\n").into_bytes();
    };
    if let Some(heading) = FIRST_VERSION.captures(existing).and_then(|found| found.get(1)) {
        let (before, after) = existing.split_at(heading.start());
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

#[cfg(test)]
mod tests {
    use super::insert_entry;

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

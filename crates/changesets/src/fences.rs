//! Where the front matter of a changeset begins and ends.

use crate::js::is_blank;

/// A changeset's text, taken apart at its two fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fenced<'a> {
    /// What stands before the front matter, the first fence included.
    pub(crate) before: &'a str,
    /// The front matter, without the line end before the closing fence.
    pub(crate) front: &'a str,
    /// Everything after the closing fence.
    pub(crate) body: &'a str,
}

const FENCE: &str = "---";

/// Takes a text apart, in one pass; `None` without two fences.
///
/// The first `---` anywhere opens: words, blank lines or a byte order mark before it were always
/// accepted. The first one after it closes that has only blanks before it on its line, and nothing
/// but blanks after it up to a line end or the end of the text; blanks may be line ends here.
pub(crate) fn fenced(text: &str) -> Option<Fenced<'_>> {
    let open = text.find(FENCE)? + FENCE.len();
    let (before, rest) = text.split_at_checked(open)?;
    let mut from = 0;
    loop {
        let at = from + rest.get(from..)?.find(FENCE)?;
        let (above, below) = rest.split_at_checked(at)?;
        let body = below.strip_prefix(FENCE)?;
        if let Some(front) = without_last_line_end(above)
            && ends_its_line(body)
        {
            return Some(Fenced { before, front, body });
        }
        // One dash on: of four, the last three may be the fence.
        from = at + 1;
    }
}

/// The text up to the first line end of the blanks it ends with; `None` if they hold none.
fn without_last_line_end(text: &str) -> Option<&str> {
    let blanks = text.get(text.trim_end_matches(is_blank).len()..)?;
    let front = text.get(..text.len() - blanks.len() + blanks.find('\n')?)?;
    Some(front.strip_suffix('\r').unwrap_or(front))
}

fn ends_its_line(text: &str) -> bool {
    let rest = text.trim_start_matches(is_blank);
    rest.is_empty() || text.get(..text.len() - rest.len()).is_some_and(|gap| gap.contains('\n'))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// The definition: what the peer looks for.
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let blank = r"[[\s&&[^\x{85}]]\x{feff}]";
        let pattern = format!(r"{blank}*---(?s:(.*?))\r?\n{blank}*---({blank}*(?:\n|\z)(?s:.*))");
        Regex::new(&pattern).unwrap()
    });

    fn by_pattern(text: &str) -> Option<Fenced<'_>> {
        let found = PATTERN.captures(text)?;
        let (front, body) = (found.get(1)?, found.get(2)?);
        let before = &text[..front.start()];
        Some(Fenced { before, front: front.as_str(), body: body.as_str() })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn fences_are_those_of_the_pattern(text in "(---|-|\n|\r\n|\r| |\t|\u{feff}|\u{85}|\u{a0}|a|é){0,14}") {
            prop_assert_eq!(fenced(&text), by_pattern(&text));
        }
    }

    #[test]
    fn a_huge_text_takes_one_pass() {
        let size = 8_000_000;
        for text in [
            format!("---\n\"a\": patch\n---\n\n{}", "line\n".repeat(size / 5)),
            format!("---\n{}", "line\n".repeat(size / 5)),
            format!("---{}", "\n".repeat(size)),
            "-".repeat(size),
            "--- \n".repeat(size / 5) + "x",
            format!("---{}", " ---x\n".repeat(size / 6)),
        ] {
            let began = Instant::now();
            let _ = fenced(&text);
            assert!(began.elapsed() < Duration::from_secs(10));
        }
    }
}

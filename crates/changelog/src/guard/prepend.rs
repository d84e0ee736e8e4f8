//! Whether a changelog already holds a version, so that prepending would write it twice.

use launchway_base::{Failure, Location};

/// Refuses to prepend a version to a changelog that already has a heading of it.
///
/// `file` is the changelog for the message, `existing` its text, `version` the tag or version of the
/// release to prepend, `new` what would be prepended: nothing changes nothing.
///
/// # Errors
/// The version is there (exit 2, with the line).
pub fn check(file: &str, existing: &str, version: &str, new: &str) -> Result<(), Failure> {
    if new.trim().is_empty() {
        return Ok(());
    }
    let Some(line) = holds_version(existing, version) else { return Ok(()) };
    Err(Failure::input(format!("`{file}` already holds `{version}`"))
        .with_hint("remove that section first, or write the whole file with `--output`; `--allow-duplicate` prepends all the same")
        .at(Location::line(file, line)))
}

/// The line, from 1, of the first heading that is about this version; `None` when there is none.
///
/// Headings are those of Markdown outside of code blocks. The version may have a `v` or the name of
/// its package in front, in the heading or in `version`, but not two different names. Links and
/// versions that a heading merely mentions do not count.
pub fn holds_version(changelog: &str, version: &str) -> Option<usize> {
    let mut fence: Option<&str> = None;
    let mut before: Option<(usize, &str)> = None;
    for (number, line) in (1..).zip(changelog.lines()) {
        let text = line.trim();
        if let Some(mark) = fence {
            if text.starts_with(mark) && text.trim_start_matches(mark).is_empty() {
                fence = None;
            }
            continue;
        }
        fence = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark));
        let found = match (atx(line), before) {
            (Some(heading), _) => Some((number, heading)),
            (None, Some(above)) if is_underline(text) => Some(above),
            _ => None,
        };
        if let Some((at, heading)) = found
            && is_about(heading, version)
        {
            return Some(at);
        }
        before = (!text.is_empty() && found.is_none() && fence.is_none()).then_some((number, text));
    }
    None
}

/// The text of `## text`; four blanks in front make it code.
fn atx(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let is_heading =
        line.len() - text.len() < 4 && (1..=6).contains(&level) && rest.starts_with([' ', '\t']);
    is_heading.then(|| rest.trim())
}

fn is_underline(text: &str) -> bool {
    !text.is_empty() && (text.chars().all(|c| c == '=') || text.chars().all(|c| c == '-'))
}

fn is_about(heading: &str, version: &str) -> bool {
    /// After these, a version is one that the heading mentions.
    const MENTIONS: &[&str] =
        &["after", "before", "below", "for", "from", "since", "than", "to", "until", "with"];
    // The version stands at the start; looking for the ends of links takes long in long lines.
    let start: String = heading.chars().take(500).collect();
    let text = without_links(&start);
    let mut previous = String::new();
    for word in text.split(|c: char| !is_word(c)).map(trimmed).filter(|word| !word.is_empty()) {
        let is_mentioned = MENTIONS.contains(&previous.to_ascii_lowercase().as_str());
        if !is_mentioned && is_same(word, version) {
            return true;
        }
        // The first version is what the heading is about.
        if split(word).is_some_and(|(_, number)| number.contains('.')) {
            return false;
        }
        word.clone_into(&mut previous);
    }
    false
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "._+-@/".contains(c)
}

fn trimmed(word: &str) -> &str {
    word.trim_start_matches(['.', '-', '_']).trim_end_matches(['.', '-', '_', '/', '@', '+'])
}

/// Whether two spellings are of one version.
fn is_same(word: &str, version: &str) -> bool {
    let version = version.trim();
    if word == version {
        return true;
    }
    let (Some((name, number)), Some((other, same))) = (split(word), split(version)) else {
        return false;
    };
    number == same && (name.is_empty() || other.is_empty() || name == other)
}

/// The name in front of a version and its number: `api@` and `1.2.3` of `api@v1.2.3`.
fn split(word: &str) -> Option<(&str, &str)> {
    let is_start = |before: &str| {
        let before = before.strip_suffix(['v', 'V']).unwrap_or(before);
        !before.ends_with(char::is_alphanumeric) && !before.ends_with('.')
    };
    let digits = word.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at);
    let (name, number) = digits.map(|at| word.split_at(at)).find(|(before, _)| is_start(before))?;
    Some((name.strip_suffix(['v', 'V']).unwrap_or(name), number))
}

/// The heading without addresses: neither `](…)` nor `<…>` nor bare ones, and without escapes.
fn without_links(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("](") {
            text.push(']');
            rest.find(')')
        } else if c == '<' {
            rest.find('>')
        } else if rest.starts_with("https://") || rest.starts_with("http://") {
            let end = rest.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or_default();
            continue;
        } else {
            None
        };
        match skipped {
            Some(end) => {
                text.push(' ');
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            None => {
                if c != '\\' {
                    text.push(c);
                }
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_the_version_are_found() {
        for heading in [
            "## [1.2.3] - 2026-01-02",
            "## 1.2.3",
            "## v1.2.3",
            "# api@1.2.3",
            "### @acme/api@1.2.3",
            "## **1.2.3** (2026-01-02)",
            "## [v1.2.3](https://host.example/o/r/compare/v1.2.2...v1.2.3) (2026-01-02)",
            "## Version 1.2.3",
            "## <small>1.2.3</small>",
            "## 1\\.2\\.3",
            "   ## 1.2.3 ##",
            "1.2.3 / 2026-01-02\r\n==================",
            "v1.2.3\n---",
            "## 1.2.3: the third",
        ] {
            for version in ["1.2.3", "v1.2.3"] {
                let text = format!("# Changelog\n\nWords.\n\n{heading}\n\n- x\n");
                assert_eq!(holds_version(&text, version), Some(5), "{heading} {version}");
            }
        }
        assert_eq!(holds_version("# api@1.2.3", "api@1.2.3"), Some(1));
        assert_eq!(holds_version("# [1.2.3]", "api@1.2.3"), Some(1));
        assert_eq!(holds_version("# [1.2.3]", "api/v1.2.3"), Some(1));
        assert_eq!(holds_version("# release-7", "release-7"), Some(1));
        assert_eq!(holds_version("# 2026-01-02", "2026-01-02"), Some(1));
    }

    #[test]
    fn other_headings_and_mentions_are_not() {
        for text in [
            "",
            "## 1.2.30",
            "## 11.2.3",
            "## 1.2.3-beta.1",
            "## 1.2.3.4",
            "## 0.1.2.3",
            "## [1.2.4](https://host.example/o/r/compare/v1.2.3...v1.2.4)",
            "## <https://host.example/1.2.3>",
            "## https://host.example/1.2.3",
            "[1.2.3]: https://host.example/o/r/compare/1.2.2...1.2.3",
            "- 1.2.3",
            "1.2.3",
            "#1.2.3",
            "    ## 1.2.3",
            "```\n## 1.2.3\n```",
            "~~~md\n## 1.2.3\n```\n## 1.2.3\n~~~",
            "## 1.3.0 (was 1.2.3)",
            "### Upgrading from 1.2.3",
            "## [unreleased]",
            "- item\n\n---\n\n1.2.3",
        ] {
            assert_eq!(holds_version(text, "1.2.3"), None, "{text}");
            assert_eq!(holds_version(text, "v1.2.3"), None, "{text}");
        }
        assert_eq!(holds_version("# web@1.2.3", "api@1.2.3"), None);
        assert_eq!(holds_version("# release-70", "release-7"), None);
    }

    #[test]
    fn what_follows_a_code_block_counts_again() {
        assert_eq!(holds_version("```sh\nx\n```\n\n## 1.2.3\n", "1.2.3"), Some(5));
        // Never closed, it goes on to the end.
        assert_eq!(holds_version("```sh\n## 1.2.3\n", "1.2.3"), None);
    }

    #[test]
    fn the_refusal_names_line_and_flag_and_nothing_is_no_duplicate() {
        let failure =
            check("CHANGELOG.md", "# C\n\n## 1.2.3\n", "v1.2.3", "## 1.2.3\n").unwrap_err();
        assert_eq!(failure.kind().code(), 2);
        assert_eq!(failure.to_string(), "`CHANGELOG.md` already holds `v1.2.3`");
        assert_eq!(failure.location().unwrap().to_string(), "CHANGELOG.md:3");
        assert!(failure.hint().unwrap().contains("--allow-duplicate"));
        check("CHANGELOG.md", "## 1.2.3\n", "1.2.3", " \n").unwrap();
        check("CHANGELOG.md", "## 1.2.2\n", "1.2.3", "x").unwrap();
    }

    #[test]
    fn hostile_headings_end() {
        for heading in ["# ](", "# <", "# \\", "# ](https://x", "# é](1.2.3", "#\t1.2.3\u{2603}"] {
            holds_version(heading, "1.2.3");
        }
        holds_version(&format!("# {}", "](x".repeat(1_000_000)), "1.2.3");
    }
}

//! One version's entry in a changelog.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// A version's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What stands under the heading, to the next of its depth or above; without blank lines
    /// around it.
    pub text: &'a str,
    /// The highest bump its headings name: 3 major, 2 minor, 1 patch, 0 none.
    pub level: u8,
}

struct Heading {
    depth: u8,
    text: String,
    range: Range<usize>,
}

/// The entry of a version: under a heading of any depth that is the version, with or without `v`,
/// brackets, link, date or the package's name. A heading that is nothing but the version goes
/// before others.
pub fn find<'a>(changelog: &'a str, package: &str, version: &str) -> Option<Entry<'a>> {
    let headings = headings(changelog);
    let exact = headings.iter().position(|heading| heading.text.trim() == version);
    let at = exact.or_else(|| headings.iter().position(|h| names(&h.text, package, version)))?;
    let heading = headings.get(at)?;
    let after = headings.get(at + 1..).unwrap_or_default();
    let inside = after.iter().take_while(|next| next.depth > heading.depth);
    let level = inside.map(|heading| level_of(&heading.text)).max().unwrap_or_default();
    let next = after.iter().find(|next| next.depth <= heading.depth);
    let end = next.map_or(changelog.len(), |next| next.range.start);
    Some(Entry { text: changelog.get(heading.range.end..end)?.trim(), level })
}

/// Every heading that stands on its own, not within a list, quote or code.
fn headings(changelog: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new(changelog).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                open = Some(Heading { depth: level as u8, text: String::new(), range });
            }
            Event::End(TagEnd::Heading(_)) if open.is_some() => found.extend(open.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut open {
                    heading.text.push(' ');
                }
            }
            Event::Start(_) if open.is_none() => depth += 1,
            Event::End(_) if open.is_none() => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

/// Whether a heading is about the version. What counts is its first word, but for the package's
/// name and words like `Version`: "2.0.0 (was 1.9.0)" is not about 1.9.0.
fn names(heading: &str, package: &str, version: &str) -> bool {
    let words = heading.split(|c: char| c.is_whitespace() || "[](){},:;".contains(c));
    let mut words = words.filter(|word| !word.is_empty()).skip_while(|word| {
        *word == package || ["version", "release", "v"].iter().any(|w| word.eq_ignore_ascii_case(w))
    });
    let Some(word) = words.next() else { return false };
    let word = word.strip_prefix(package).and_then(|rest| rest.strip_prefix('@')).unwrap_or(word);
    word == version || word.strip_prefix(['v', 'V', '=']) == Some(version)
}

fn level_of(heading: &str) -> u8 {
    let heading = heading.to_lowercase();
    [("major", 3), ("minor", 2), ("patch", 1)]
        .iter()
        .filter_map(|(word, level)| Some((heading.find(word)?, *level)))
        .min()
        .map_or(0, |(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(changelog: &'a str, version: &str) -> Option<&'a str> {
        find(changelog, "@acme/core", version).map(|entry| entry.text)
    }

    #[test]
    fn a_heading_in_any_common_form_is_found() {
        for heading in [
            "## 1.2.3",
            "# 1.2.3",
            "###### 1.2.3 ##",
            "## v1.2.3",
            "## [1.2.3]",
            "## [1.2.3] - 2024-01-01",
            "## [1.2.3](https://x.test/compare/v1.2.2...v1.2.3) - 2024-01-01",
            "## [v1.2.3](https://x.test/a) (2024-01-01)",
            "## 1.2.3 (2024-01-01)",
            "## **1.2.3**, released on a Monday",
            "## Version 1.2.3",
            "## @acme/core@1.2.3",
            "## @acme/core 1.2.3: The Best",
            "   ## `1.2.3`",
            "1.2.3\n-----",
        ] {
            let changelog = format!("# x\n\n{heading}\n\n- mine\n\n{heading}.4\n\n- other\n");
            let found = text(&changelog, "1.2.3").map(|text| text.split("\n\n").next().unwrap());
            assert_eq!(found, Some("- mine"), "{heading}");
        }
    }

    #[test]
    fn another_version_is_not_it() {
        for heading in [
            "## 1.2.30",
            "## 11.2.3",
            "## 1.2.3-rc.1",
            "## 1.2.3+build",
            "## 2.0.0 (was 1.2.3)",
            "## Migrating from 1.2.3",
            "## @acme/core-extra@1.2.3",
            "1.2.3",
            "> ## 1.2.3",
            "- ## 1.2.3",
            "```\n## 1.2.3\n```",
            "~~~\n## 1.2.3",
            "<!--\n## 1.2.3\n-->",
            "    ## 1.2.3",
        ] {
            assert_eq!(text(&format!("# x\n\n{heading}\n\nno\n"), "1.2.3"), None, "{heading}");
        }
    }

    #[test]
    fn the_entry_ends_at_a_heading_of_its_depth_or_above() {
        let changelog = "# x\r\n\r\n## 2.0.0\r\n\r\n### Major Changes\r\n\r\n- a\r\n\r\n```md\r\n## 1.0.0\r\n```\r\n\r\n## 1.0.0\r\n\r\n- b\r\n\r\n# Old\r\n\r\n- c\r\n";
        assert_eq!(
            text(changelog, "2.0.0"),
            Some("### Major Changes\r\n\r\n- a\r\n\r\n```md\r\n## 1.0.0\r\n```")
        );
        assert_eq!(text(changelog, "1.0.0"), Some("- b"));
        assert_eq!(text("## 1.0.0\n## 0.9.0\n- x", "1.0.0"), Some(""));
        assert_eq!(text("", "1.0.0"), None);
    }

    #[test]
    fn the_exact_heading_goes_first() {
        let changelog = "## 1.0.0 - a heading of another kind\n\nno\n\n## 1.0.0\n\nyes\n";
        assert_eq!(text(changelog, "1.0.0"), Some("yes"));
    }

    #[test]
    fn the_level_is_that_of_the_entry_alone() {
        let changelog = "## 2.0.1\n\n### Patch Changes\n\n- a\n\n## 2.0.0\n\n### Minor Changes\n\n- b\n\n### Major Changes\n\n- c\n";
        assert_eq!(find(changelog, "x", "2.0.1").map(|entry| entry.level), Some(1));
        assert_eq!(find(changelog, "x", "2.0.0").map(|entry| entry.level), Some(3));
        assert_eq!(find("## 1.0.0\n\nwords", "x", "1.0.0").map(|entry| entry.level), Some(0));
    }
}

//! The notes of a Release.

use crate::body::units;

/// Longest notes GitHub takes, in characters.
pub const NOTES_LIMIT: usize = 125_000;

/// The entry as notes, cut at a line with a link to the whole when it is too long for GitHub.
pub fn cut(entry: &str, changelog_url: &str) -> String {
    cut_to(entry, changelog_url, NOTES_LIMIT)
}

fn cut_to(entry: &str, changelog_url: &str, limit: usize) -> String {
    if units(entry) <= limit {
        return entry.to_owned();
    }
    let pointer = format!("\n\n… [the whole entry is in the changelog]({changelog_url})");
    // Room for a fence that has to be closed.
    let room = limit.saturating_sub(units(&pointer) + 16);
    let mut text = String::new();
    let mut used = 0;
    let mut fence: Option<String> = None;
    for line in entry.split_inclusive('\n') {
        used += units(line);
        if used > room {
            break;
        }
        let mark: String =
            line.trim_start().chars().take_while(|c| matches!(c, '`' | '~')).take(12).collect();
        if mark.len() >= 3 {
            fence = match fence {
                Some(open) if mark.starts_with(&open) => None,
                Some(open) => Some(open),
                None => Some(mark),
            };
        }
        text.push_str(line);
    }
    if let Some(fence) = fence {
        text.push_str(&fence);
    }
    text.trim_end().to_owned() + &pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_notes_are_the_entry() {
        assert_eq!(cut("- a\n<details>@me</details>", "u"), "- a\n<details>@me</details>");
    }

    #[test]
    fn long_notes_end_with_a_link() {
        let text = cut(&"- 🦋 a line\n".repeat(20_000), "https://x.test/c");
        assert!(units(&text) <= NOTES_LIMIT && units(&text) > NOTES_LIMIT - 200);
        assert!(
            text.ends_with(
                "- 🦋 a line\n\n… [the whole entry is in the changelog](https://x.test/c)"
            )
        );
        let one_line = cut(&"x".repeat(200_000), "https://x.test/c");
        assert_eq!(one_line, "\n\n… [the whole entry is in the changelog](https://x.test/c)");
    }

    #[test]
    fn a_fence_that_is_cut_is_closed() {
        let text = cut_to(&format!("```js\n{}```\n", "code\n".repeat(100)), "u", 200);
        assert!(text.contains("code\n```\n\n… ["), "{text}");
    }
}

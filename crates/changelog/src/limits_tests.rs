use std::borrow::Cow;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{RELEASE_LIMIT, cut, length};

const LINK: &str = "https://github.test/acme/shop/compare/v1...v2";

#[test]
fn what_fits_stays_as_it_is() {
    let notes = "# a\n\n```\nopen <details>";
    assert!(matches!(cut(notes, length(notes), Some(LINK)), Cow::Borrowed(same) if same == notes));
}

#[test]
fn long_notes_end_at_a_line_with_a_link() {
    let text = cut(&"- 🦋 a change\n".repeat(20_000), RELEASE_LIMIT, Some(LINK)).into_owned();
    assert!((RELEASE_LIMIT - 50..=RELEASE_LIMIT).contains(&length(&text)), "{}", length(&text));
    assert!(text.ends_with(&format!("- 🦋 a change\n\n… [The rest of the changes]({LINK})\n")));
    let text = cut(&"x".repeat(200), 100, None).into_owned();
    assert_eq!(text, "… The rest of the changes did not fit in here.\n");
    assert_eq!(cut("long enough", 3, None), "");
}

#[test]
fn what_is_open_is_closed() {
    for (notes, expected) in [
        ("- a\n\n  ````js\n  ```\n  code\n", "- a\n\n  ````js\n  ```\n  code\n  ````\n\n… "),
        (
            "<details><summary>x</summary>\n\n- a\n",
            "<summary>x</summary>\n\n- a\n\n</details>\n\n… ",
        ),
        ("a\n<!-- hidden\nmore\n", "a\n<!-- hidden\nmore\n-->\n\n… "),
        ("`<details>` \\<!-- a\n", "`<details>` \\<!-- a\n\n… "),
        ("- a\n\n## Left alone\n\n", "- a\n\n… "),
    ] {
        let long = format!("{notes}{}", "x".repeat(400));
        let text = cut(&long, 200, None).into_owned();
        assert!(text.contains(expected), "{text:?} from {notes:?}");
    }
}

/// Whether the last block of the page is the pointer, outside of everything.
fn pointer_is_last(page: &str) -> bool {
    let events: Vec<_> = Parser::new_ext(page, Options::ENABLE_GFM).collect();
    let Some(start) = events.iter().rposition(|e| matches!(e, Event::Start(Tag::Paragraph))) else {
        return false;
    };
    let mut depth = 0_i32;
    for event in events.get(..start).unwrap_or_default() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    let said = matches!(events.get(start + 1), Some(Event::Text(text)) if text.starts_with('…'));
    let ends = matches!(events.last(), Some(Event::End(TagEnd::Paragraph)));
    depth == 0 && said && ends
}

proptest! {
    #[test]
    fn cut_notes_fit_and_point_to_the_rest(
        lines in proptest::collection::vec(
            "(- [a-z ]{1,12}|```|~~~~|  ```rust|<details>|</details>|<!-- a|-->|## H|🦋|`<!--`||\\\\<details>)",
            1..60,
        ),
        limit in 60_usize..400,
    ) {
        let notes = lines.join("\n");
        let text = cut(&notes, limit, None);
        prop_assert!(length(&text) <= limit);
        if length(&notes) > limit {
            prop_assert!(pointer_is_last(&text), "{text}");
        } else {
            prop_assert_eq!(&text, &notes);
        }
    }
}

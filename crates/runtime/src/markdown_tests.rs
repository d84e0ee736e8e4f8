use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;

const HOSTILE: &[&str] = &[
    "$(rm -rf /) `id` ::set-output name=a::b",
    "a\n</details>\n# heading\n- item",
    "@everyone fixes #12 GH-3",
    "| a | b |\n|---|---|",
    "[x](javascript:alert(1)) ![i](http://t)",
    "<script>alert(1)</script><!-- c -->",
    "**bold** _em_ ~~del~~ \\` &lt; &#64;",
    "1. one",
    "```\nfence",
    "---",
    "\u{202e}txt\u{0}",
];

fn events(markdown: &str) -> Vec<Event<'_>> {
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    Parser::new_ext(markdown, github).collect()
}

/// What a reader sees of one inline Markdown, line breaks as such.
fn seen(markdown: &str) -> String {
    let mut out = String::new();
    for event in events(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::InlineHtml(tag) if &*tag == "<br>" => out.push('\n'),
            Event::Start(Tag::Paragraph) | Event::End(_) => {}
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    out.replace('\u{200b}', "")
}

#[test]
fn hostile_text_is_only_shown() {
    for text in HOSTILE {
        let escaped = escape(text);
        assert!(!escaped.contains('\n'), "{escaped}");
        let shown: String =
            text.chars().map(|c| if hidden(c) && c != '\n' { '\u{fffd}' } else { c }).collect();
        assert_eq!(seen(&escaped), shown, "{escaped}");
        let page = html(text);
        assert!(!page.contains(['<', '>', '\n']) && !page.contains("@e"), "{page}");
    }
}

#[test]
fn mentions_and_references_are_undone() {
    assert_eq!(escape("@everyone"), "@&#8203;everyone");
    assert_eq!(escape("fixes #12"), "fixes #&#8203;12");
    assert_eq!(escape("x GH-12"), "x GH-&#8203;12");
    assert_eq!(escape("a @ b # c 2026-01-02"), "a @ b # c 2026-01-02");
}

#[test]
fn code_spans_hold_anything() {
    for (text, span) in [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("@acme/core", "`@acme/core`"),
        ("a\nb", "`a b`"),
        ("", ""),
    ] {
        assert_eq!(code(text), span);
    }
    assert_eq!(code("a|b"), "<code>a&#124;b</code>");
}

#[test]
fn blocks_are_fenced_longer_than_their_text() {
    assert_eq!(code_block("json", "{}\n"), "```json\n{}\n```\n");
    let text = "````\n</details>\n```";
    let block = code_block("x\ny", text);
    assert!(block.starts_with("`````\n") && block.ends_with("`````\n"), "{block}");
}

#[test]
fn links_go_to_pages_only() {
    let link = |url| Markdown::link("x", url).to_string();
    assert_eq!(link("https://a.test/b?c=d&e=f"), "[x](https://a.test/b?c=d&amp;e=f)");
    assert_eq!(link("https://a.test/) @x|<"), "[x](https://a.test/%29%20%40x%7C%3C)");
    for bad in ["javascript:alert(1)", "//evil.test", "data:x", ""] {
        assert_eq!(link(bad), "x");
    }
    assert_eq!(
        Markdown::link("]( evil", "https://a.test").to_string(),
        "[\\]( evil](https://a.test)"
    );
}

#[test]
fn secrets_are_redacted_before_they_are_escaped() {
    let _secret = launchway_base::Secret::new("ghs_mark_down*<test>");
    let said = "a ghs_mark_down*<test> b";
    for shown in [escape(said), code(said), html(said), code_block("", said), defuse(said)] {
        assert!(shown.contains("***") || shown.contains("\\*\\*\\*"), "{shown}");
        assert!(!shown.contains("down"), "{shown}");
    }
    let link = Markdown::link("x", "https://a.test/ghs_mark_down*<test>");
    assert!(!link.as_str().contains("down"), "{link}");
}

#[test]
fn parts_keep_the_blanks_between_them() {
    let line = Markdown::text("bumped ").and(Markdown::code("a")).and(" to 1.0.0");
    assert_eq!(line.as_str(), "bumped `a` to 1.0.0");
    assert_eq!(escape("  - x\n"), "  \\- x");
}

#[test]
fn a_megabyte_is_cut_on_a_character() {
    let text = "€".repeat(400_000);
    let escaped = escape(&text);
    assert_eq!(escaped.chars().count(), TEXT_LIMIT + CUT.chars().count());
    assert!(escaped.ends_with(CUT));
}

proptest! {
    #[test]
    fn escaped_text_round_trips(text in "([ -~]|€|é){0,40}") {
        let text = text.trim().split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(seen(&escape(&text)), text);
    }

    #[test]
    fn code_round_trips(text in "[!-{}~][ -{}~]{0,30}") {
        let markdown = format!("x{}", code(&text));
        let shown: String = events(&markdown)
            .into_iter()
            .filter_map(|e| if let Event::Code(c) = e { Some(c.to_string()) } else { None })
            .collect();
        prop_assert_eq!(shown, text);
    }
}

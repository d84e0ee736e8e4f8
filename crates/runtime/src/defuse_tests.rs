use proptest::prelude::*;

use super::*;

fn events(text: &str) -> Vec<Event<'_>> {
    parser(text).collect()
}

#[test]
fn defused_markdown_keeps_its_marks() {
    for (text, wanted) in [
        ("**b** `<x>` [l](https://a.test)", "**b** `<x>` [l](https://a.test)"),
        ("a </details> b", "a &lt;/details> b"),
        ("<!-- x", "&lt;!-- x"),
        ("<https://a.test/x> 1 < 2", "<https://a.test/x> 1 < 2"),
        ("thanks @ada, mail a@b.test", "thanks @&#8203;ada, mail a@b.test"),
        ("`open @ada", "`open @&#8203;ada"),
        ("\\`<b>`", "\\`&lt;b>`"),
        ("```\n<b> @ada", "```\n<b> @ada\n```\n"),
        ("~~~~\n~~~\n@ada", "~~~~\n~~~\n@ada\n~~~~\n"),
        ("```x`\n<b>", "```x`\n&lt;b>"),
        // Pairs that a list item, a table or a second line would part.
        ("- a\n  ```\n  <b>\n</b>", "- a\n  ```\n  <b>\n&lt;/b>"),
        ("- a\n\n  ```js\n  <b> @ada\n  ```\n", "- a\n\n  ```js\n  <b> @ada\n  ```\n"),
        ("`a\n- <b>`", "`a\n- &lt;b>`"),
        ("`a\nb`<x>`", "`a\nb`&lt;x>`"),
        ("<a href='`'>`<b>`", "&lt;a href='`'>`&lt;b>`"),
        ("|x|y|\n|-|-|\n|`a|<b>`|", "|x|y|\n|-|-|\n|`a|&lt;b>`|"),
        ("~~~\r~~~\r<b>", "~~~\n~~~\n&lt;b>"),
        ("  ```\n<b>", "  ```\n<b>\n```\n"),
        ("&#64;ada &commat;ada &lt;", "&amp;#64;ada &amp;commat;ada &lt;"),
    ] {
        assert_eq!(defuse(text), wanted, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_defused_holds_html_or_open_fences(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<b>", "</b>", "<!-- ", "<?", "`", "``", "```", "~~~", "\n", "\n", "\n\n", "- ", "> ",
                "  ", "    ", "\t", "|", "\r", "\\", "a", "1. ", "|-|\n", "# ", "[a]: ", "<https://a.b>",
                "&#64;", "===", "$$", "[^a]: ", "\u{0}",
            ]),
            0..16,
        )
    ) {
        let defused = defuse(&parts.concat());
        // What stands after it is a paragraph of its own, whatever came before.
        let page = format!("{defused}\n\nAFTER");
        let parsed = events(&page);
        prop_assert!(
            !parsed.iter().any(|e| matches!(e, Event::Html(_) | Event::InlineHtml(_))),
            "{:?}", page
        );
        let starts = parsed.iter().filter(|e| matches!(e, Event::Start(_))).count();
        let ends = parsed.iter().filter(|e| matches!(e, Event::End(_))).count();
        prop_assert_eq!(starts, ends);
        let (open, after) = parsed.split_at(parsed.len() - 3);
        let depth = open.iter().filter(|e| matches!(e, Event::Start(_))).count()
            - open.iter().filter(|e| matches!(e, Event::End(_))).count();
        prop_assert_eq!(depth, 0, "{:?}", page);
        let is_paragraph = matches!(
            after,
            [Event::Start(Tag::Paragraph), Event::Text(text), Event::End(_)] if &**text == "AFTER"
        );
        prop_assert!(is_paragraph, "{:?}", page);
    }
}

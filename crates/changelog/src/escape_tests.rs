//! What a Markdown parser makes of escaped text.

use proptest::prelude::*;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use super::{block, inline, title};
use crate::home::Home;

fn home() -> Home {
    Home::new("https://github.test", "acme", "shop").expect("a home")
}

fn events(markdown: &str) -> Vec<Event<'_>> {
    let all = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    Parser::new_ext(markdown, all).collect()
}

/// The text of a page, without blanks and backticks.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '`').collect()
}

/// What a reader sees of an item; fails on anything but text, code and links to addresses.
fn seen(item: &str) -> String {
    let page = format!("- {item}\n- after\n");
    let mut seen = String::new();
    let mut items = 0;
    for event in events(&page) {
        match event {
            Event::Text(text) | Event::Code(text) => seen.push_str(&text),
            Event::SoftBreak => seen.push(' '),
            Event::Start(Tag::Link { dest_url, link_type, .. }) => {
                let ours = dest_url.starts_with("https://github.test/");
                assert!(ours || link_type == LinkType::Autolink, "{dest_url} in {page}");
            }
            Event::Start(Tag::Item) => items += 1,
            Event::Start(Tag::List(None) | Tag::Paragraph) | Event::End(_) => {}
            other => panic!("{other:?} in {page}"),
        }
    }
    assert_eq!(items, 2, "{page}");
    seen.strip_suffix("after").expect("the item after it").to_owned()
}

#[test]
fn markup_is_text() {
    for (message, markdown) in [
        ("a <script>alert(1)</script>", r"a \<script>alert(1)\</script>"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("![x](http://t.test/p.png)", r"!\[x\](<http://t.test/p.png>)"),
        ("# not a heading", r"\# not a heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("12) no list", r"12\) no list"),
        ("1.2.3 is out", "1.2.3 is out"),
        ("> no quote", r"\> no quote"),
        ("--- no rule", r"\--- no rule"),
        ("--help exits with 0", r"\--help exits with 0"),
        ("a | b", r"a \| b"),
        ("::error file=x::no command", r"\::error file=x::no command"),
        ("##[error]no command", r"\##\[error\]no command"),
        ("`##[add-mask]x`", r"\`##\[add-mask\]x\`"),
        ("5 * 3 ~ 15", r"5 \* 3 \~ 15"),
        ("snake_case and _emphasis_", r"snake_case and \_emphasis\_"),
        ("AT&T &amp; &#64;", r"AT&T \&amp; \&#64;"),
        ("a < b -> c", "a < b -> c"),
        ("costs $5", "costs $5"),
        ("$HOME and $PATH", r"\$HOME and \$PATH"),
        ("ends with \\", r"ends with \\"),
        ("two\tblanks\u{7}and \u{202e}more", "two blanks\u{fffd}and \u{fffd}more"),
        (":tada: done", ":tada: done"),
    ] {
        assert_eq!(inline(message, None), markdown);
        assert_eq!(inline(markdown, None).is_empty(), markdown.is_empty());
        seen(markdown);
    }
}

#[test]
fn code_stays_code_and_mentions_become_it() {
    assert_eq!(inline("use `a_b*` and ``x ` y``", None), "use `a_b*` and ``x ` y``");
    assert_eq!(inline("a lone ` tick", None), r"a lone \` tick");
    assert_eq!(inline("``a`", None), r"\`\`a\`");
    assert_eq!(
        inline("thanks @octocat, and @acme/core.", None),
        "thanks `@octocat`, and `@acme/core`."
    );
    assert_eq!(
        inline("bump @types/node (me@mail.test)", None),
        "bump `@types/node` (me@mail.test)"
    );
    assert_eq!(inline("`@octocat` @ home", None), "`@octocat` @ home");
}

#[test]
fn numbers_link_where_the_repository_is_known() {
    let home = home();
    let link = |text: &str| inline(text, Some(&home));
    assert_eq!(link("fix (#12)"), "fix ([#12](https://github.test/acme/shop/issues/12))");
    assert_eq!(
        link("see acme/other#7"),
        "see [acme/other#7](https://github.test/acme/other/issues/7)"
    );
    for same in ["a#12", "#0", "#12a", "C# 12", "#12345678901", "&#64"] {
        assert_eq!(link(same), same);
    }
    assert_eq!(inline("fix (#12)", None), "fix (#12)");
}

#[test]
fn addresses_are_links_without_the_dot_of_the_sentence() {
    assert_eq!(inline("see https://a.test/x_(y)_z.", None), "see <https://a.test/x_(y)_z>.");
    assert_eq!(inline("(https://a.test/?a=1&b=2)", None), "(<https://a.test/?a=1&b=2>)");
    assert_eq!(inline("https:// is empty", None), "https:// is empty");
    assert_eq!(inline("xhttps://a.test", None), "xhttps://a.test");
}

#[test]
fn a_title_is_the_first_line_with_something_on_it() {
    assert_eq!(title("\r\n  one\r\ntwo", None), "one");
    assert_eq!(title("", None), "");
    assert_eq!(title(&"x".repeat(2_000), None).chars().count(), 1_001);
}

#[test]
fn blocks_keep_lists_and_paragraphs() {
    let body = "First\nline\n\n\n- one\n  - deep\n* two\n\n<b>\n::error::x\n";
    assert_eq!(
        block(body, "  ", None),
        "First\n  line\n\n  - one\n    - deep\n  - two\n\n  \\<b>\n  \\::error::x"
    );
    assert_eq!(block("\n\n", "  ", None), "");
}

#[test]
fn no_message_takes_long() {
    for piece in
        ["&", "https:///", "a-b/", "-a", "https://a)", "`` ", "@a-", "_", "$", "#1", "`##["]
    {
        let start = std::time::Instant::now();
        let text = piece.repeat(100_000 / piece.len());
        assert!(inline(&text, Some(&home())).len() >= text.len());
        assert!(start.elapsed().as_secs() < 5, "{piece}");
    }
}

proptest! {
    #[test]
    fn a_reader_sees_the_text_and_nothing_acts(
        text in "([ -~]|é|`|@a|#1|\\*\\*|~~|<b>|https://a\\.b/|&lt;|##\\[|_| ){0,24}"
    ) {
        let home = home();
        let markdown = inline(&text, Some(&home));
        prop_assert_eq!(plain(&seen(&markdown)), plain(&text), "{}", markdown);
    }

    #[test]
    fn no_line_of_a_block_is_a_command(text in "(::[a-z]+::|##\\[a\\]|`|\n| |x|- ){0,20}") {
        for line in block(&text, "  ", None).lines() {
            prop_assert!(!line.trim_start().starts_with("::"), "{line}");
            prop_assert!(!line.contains("##["), "{line}");
        }
    }
}

#[test]
fn neighbours_make_nothing_new() {
    let home = home();
    let shown = |text: &str| inline(text, Some(&home));
    assert_eq!(shown("done!#1"), r"done\![#1](https://github.test/acme/shop/issues/1)");
    assert_eq!(shown("``<b>``@a"), "``<b>`` `@a`");
    assert_eq!(shown("@a@b"), "`@a` `@b`");
}

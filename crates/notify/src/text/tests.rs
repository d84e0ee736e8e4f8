//! What every printer keeps, and what every cut keeps.

use proptest::prelude::*;

use super::cut::{self, ELLIPSIS};
use super::*;

const PRINTERS: [Printer; 5] =
    [mrkdwn::print, plain::print, discord::print, adaptive::print, html::print];

/// Text as people and their enemies write it.
fn hostile() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,6}",
        "[ -~]{1,8}",
        "\\PC{1,4}",
        Just("<!channel>".to_owned()),
        Just("<@U123>".to_owned()),
        Just("<https://x.y|z>".to_owned()),
        Just("@everyone".to_owned()),
        Just("&amp;".to_owned()),
        Just("👨‍👩‍👧🇩🇪👍🏽".to_owned()),
        Just("```".to_owned()),
        Just("**x** _y_ ~z~ `c`".to_owned()),
        Just("\n- a\n  1. b\n\n".to_owned()),
        Just("\n> q\n".to_owned()),
        Just("\n|a|b|\n|-|-|\n|1|2|\n".to_owned()),
        Just("[l](https://x.y/a_b)".to_owned()),
        Just("\n# h\n".to_owned()),
        Just("\n".to_owned()),
        Just(" ".to_owned()),
    ];
    proptest::collection::vec(word, 0..30).prop_map(|words| words.join(""))
}

fn entities(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

fn without(text: &str, signs: &[char]) -> String {
    text.chars().filter(|sign| !signs.contains(sign)).collect()
}

/// Undoes a backslash before a sign.
fn backslashes(text: &str) -> String {
    let mut out = String::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        out.extend(if sign == '\\' { signs.next() } else { Some(sign) });
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// A plain text printed is the text, and nothing else acts.
    #[test]
    fn a_text_stays_text(text in hostile()) {
        let bare = without(&text, &['\u{200b}']);
        let slack = mrkdwn::text(&text);
        prop_assert!(!slack.contains(['<', '>']), "{slack}");
        prop_assert_eq!(without(&entities(&slack), &['\u{200b}']), bare.clone());
        prop_assert_eq!(entities(&mrkdwn::escape(&text)), text.clone());
        let discord = discord::text(&text);
        prop_assert!(!discord.contains("@everyone") && !discord.contains("<@"), "{discord}");
        prop_assert_eq!(without(&backslashes(&discord), &['\u{200b}']), bare.clone());
        let teams = adaptive::text(&text);
        let teams = without(&backslashes(&teams), &['\u{200b}', '\u{a0}', ' ', '\n']);
        prop_assert_eq!(teams, without(&text, &['\u{200b}', '\u{a0}', ' ', '\n']));
        let mail = html::text(&text);
        prop_assert!(!mail.contains(['<', '>', '"', '\'']), "{mail}");
        prop_assert_eq!(entities(&mail), text);
    }

    /// Whatever Markdown comes, a `<` in mrkdwn begins a link of ours.
    #[test]
    fn no_markdown_forges_a_mention(text in hostile()) {
        let slack = mrkdwn::print(&markdown::read(&text));
        for part in slack.split('<').skip(1) {
            prop_assert!(part.starts_with("https://") || part.starts_with("mailto:") || part.starts_with("http://"), "{slack}");
            prop_assert!(part.contains('>') && part.contains('|'), "{slack}");
        }
        let discord = discord::print(&markdown::read(&text));
        prop_assert!(!discord.contains("@everyone") && !discord.contains("<@"), "{discord}");
    }

    /// A cut text fits, and what is left is where it was.
    #[test]
    fn a_cut_fits(text in hostile(), max in 0_usize..800) {
        let cut = cut::text(&text, max);
        prop_assert!(length(&cut) <= max);
        prop_assert!(text.starts_with(cut.strip_suffix(ELLIPSIS).unwrap_or(&cut)));
        let rich = markdown::read(&text);
        for print in PRINTERS {
            let cut = cut::rich(&rich, max, print, Some(("more", "https://x.y/z")));
            prop_assert!(length(&print(&cut)) <= max, "{max} {}", print(&cut));
            let (pieces, _) = cut::split(&rich, max, 50, print);
            for piece in &pieces {
                prop_assert!(length(&print(piece)) <= max, "{max} {}", print(piece));
            }
            // Columns name themselves again in every row, as far as they are told as rows.
            if max >= 400 && !text.contains('|') {
                let letters = |text: String| without(&text, &[' ', '\n', '•', '◦', '\u{200b}', '─']);
                let words = |text: &[Block]| letters(plain::print(text)).matches(char::is_alphabetic).count();
                let pieced: usize = pieces.iter().map(|piece| words(piece)).sum();
                prop_assert!(pieced >= words(&rich), "{pieced} {rich:?} {pieces:?}");
            }
        }
    }
}

#[test]
fn signs_are_kept_whole() {
    for (text, max, cut) in [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
        ("abcd", 0, ""),
        ("a🇩🇪🇫🇷", 8, "a🇩🇪…"),
        ("a👨‍👩‍👧b", 9, "a…"),
        ("ae\u{301}x", 3, "a…"),
        ("👍🏽👍🏽", 6, "👍🏽…"),
        ("one two three four five six", 25, "one two three four five…"),
    ] {
        assert_eq!(cut::text(text, max), cut, "{text} {max}");
    }
    let heap = format!("a{}", "\u{301}".repeat(100));
    assert!(length(&cut::text(&heap, 60)) > 20);
}

#[test]
fn pieces_end_where_a_reader_would() {
    let rich = markdown::read(
        "one two\n\nthree four\n\n1. five\n2. six six six six six six six\n3. seven\n",
    );
    let (pieces, left) = cut::split(&rich, 24, 9, mrkdwn::print);
    let printed: Vec<String> = pieces.iter().map(|piece| mrkdwn::print(piece)).collect();
    assert_eq!(
        printed,
        ["one two\n\nthree four", "1. five\n2. six six six", "six six six six", "3. seven"]
    );
    assert!(!left);
    assert!(cut::split(&rich, 24, 2, mrkdwn::print).1);
    let code = format!("```\n{}```", "line\n".repeat(1_000));
    let (pieces, _) = cut::split(&markdown::read(&code), 2_000, 9, mrkdwn::print);
    assert!(
        pieces.len() == 3 && pieces.iter().all(|piece| mrkdwn::print(piece).ends_with("line\n```"))
    );
    let cut = cut::rich(&rich, 60, mrkdwn::print, Some(("all", "https://x.y")));
    assert_eq!(mrkdwn::print(&cut), "one two\n\nthree four … <https://x.y|all>");
}

#[test]
fn a_text_looks_like_itself_everywhere() {
    let rich = markdown::read(
        "# H\n**b** *i* ~~s~~ `c<` [l](https://x.y) a*b*c 2*3\n\n- [x] t\n  - n\n1. o\n\n> q\n> ```\n> k\n> ```\n\n|a|b|\n|-|-|\n|1|*2*|\n\n```\n<x>\n```\n",
    );
    assert_eq!(
        mrkdwn::print(&rich),
        "*H*\n*b* _i_ ~s~ `c&lt;` <https://x.y|l> a\u{200b}_b_\u{200b}c 2*3\n\n• ☑ t\n    ◦ n\n\n1. o\n\n>q\n>\n>`k`\n\n```\na  b\n─  ─\n1  2\n```\n\n```\n&lt;x&gt;\n```"
    );
    assert_eq!(
        plain::print(&rich),
        "H\nb i s c< l (https://x.y) abc 2*3\n\n• ☑ t\n  ◦ n\n\n1. o\n\n> q\n> \n> k\n\na  b\n─  ─\n1  2\n\n<x>"
    );
    assert_eq!(
        discord::print(&rich),
        "**H**\n**b** *i* ~~s~~ `c<` [l](<https://x.y>) a*b*c 2\\*3\n\n- ☑ t\n  - n\n\n1. o\n\n> q\n> \n> `k`\n\n```\na  b\n─  ─\n1  2\n```\n\n```\n<x>\n```"
    );
    assert_eq!(
        html::print(&markdown::read("**a** <!x>\n- [l](https://x.y/?a&b)")),
        "<p style=\"margin:8px 0\"><b>a</b> &lt;!x&gt;</p><ul style=\"margin:4px 0;padding-left:24px\"><li><a href=\"https://x.y/?a&amp;b\">l</a></li></ul>"
    );
    assert_eq!(
        adaptive::print(&markdown::read(
            "# H\n**a** *b* <!x> {{DATE(1)}}\n- c_d\n- [l](https://x.y)\n\n`1. x`"
        )),
        "**H**\n\n**a** _b_\u{200b} \\<\\!x\\> {\u{200b}{DATE(1)}}\n\n- c\\_d\n- [l](https://x.y)\n\n1\\. x"
    );
}

#[test]
fn signs_at_the_edges_of_words_are_no_marks() {
    for (text, printed) in [
        ("snake_case 2*3", "snake_case 2*3"),
        ("*x*", "*\u{200b}x\u{200b}*\u{200b}"),
        ("~/a", "~\u{200b}/a"),
        ("> q", "\u{200b}&gt; q"),
        ("a `b`", "a `\u{200b}b\u{200b}`\u{200b}"),
        ("x\n>y", "x\n\u{200b}&gt;y"),
    ] {
        assert_eq!(mrkdwn::text(text), printed, "{text}");
    }
    assert_eq!(mrkdwn::link("a|b>c", "https://x.y/|"), "<https://x.y/%7C|a|b&gt;c>");
    assert_eq!(mrkdwn::link("a\nb", "javascript:x"), "a b");
}

/// What is split is a text that was cut to the room of a message before.
#[test]
fn a_large_text_is_cut_and_then_split() {
    let text = "- some *words* to fill a line & more <of> them\n".repeat(10_000);
    let rich = cut::rich(&markdown::read(&text), 10_000, mrkdwn::print, None);
    let printed = mrkdwn::print(&rich);
    assert!((9_900..=10_000).contains(&length(&printed)), "{}", length(&printed));
    assert!(printed.ends_with(ELLIPSIS), "{printed}");
    let (pieces, left) = cut::split(&rich, 3_000, 9, mrkdwn::print);
    let pieces: Vec<String> = pieces.iter().map(|piece| mrkdwn::print(piece)).collect();
    assert!(!left && pieces.iter().all(|piece| length(piece) <= 3_000));
    assert!(pieces.join("\n") == printed, "the pieces are the text");
}

/// What takes room without a sign of its own, addresses and cells, is counted, too.
#[test]
fn a_tree_is_cut_by_all_that_takes_room() {
    let links = format!("[a](https://x.y/{}) ", "b".repeat(200)).repeat(100);
    let table = format!("{0}\n{1}\n{0}\n", "|a".repeat(2_000), "|-".repeat(2_000));
    for text in [links, table, "- a\n".repeat(5_000), "word ".repeat(5_000)] {
        let rich = markdown::read(&text);
        assert_eq!(cut::tree(&rich, 1 << 20, None), rich);
        assert_eq!(plain::print(&cut::tree(&rich, 0, None)), ELLIPSIS);
        let printed = plain::print(&cut::tree(&rich, 1_000, Some(("more", "https://x.y"))));
        assert!((400..4_000).contains(&printed.len()), "{} {printed}", printed.len());
        assert!(printed.ends_with("… more (https://x.y)"), "{printed}");
    }
}

use super::super::{adaptive, discord, html, mrkdwn, plain};
use super::*;

fn t(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

#[test]
fn deep_and_long_texts_end() {
    for deep in [
        ">".repeat(100_000),
        "> ".repeat(100_000),
        "- ".repeat(100_000),
        "*".repeat(100_000),
        "[".repeat(100_000),
        "<b>".repeat(50_000),
        "![".repeat(50_000),
        "`".repeat(99_999),
        "|a".repeat(50_000),
        "*a _b ".repeat(20_000),
        "<".repeat(100_000),
        "\n>".repeat(50_000),
    ] {
        let deep = format!("{deep}x\n");
        let rich = read(&deep);
        for print in [mrkdwn::print, plain::print, discord::print, adaptive::print, html::print] {
            let _ = print(&rich);
        }
        let printed = plain::print(&rich);
        assert!(printed.trim_end().ends_with('x') || printed.is_empty(), "{}", &deep[..8]);
    }
}

#[test]
fn a_tree_is_read() {
    let rich = read(
        "# A *b*\n\nx\r\ny **z**\n\n3. one\n   - [x] two\n4. three\n\n> q\n\n```rust ignore\nfn\r\n```\n---\n|a|b|\n|-|-|\n|1|\n",
    );
    let item = |done, blocks| Item { done, blocks };
    assert_eq!(
        rich,
        vec![
            Block::Heading(1, vec![t("A "), Inline::Emphasis(vec![t("b")])]),
            Block::Paragraph(vec![t("x"), Inline::Break, t("y "), Inline::Strong(vec![t("z")])]),
            Block::List {
                first: Some(3),
                items: vec![
                    item(
                        None,
                        vec![
                            Block::Paragraph(vec![t("one")]),
                            Block::List {
                                first: None,
                                items: vec![item(
                                    Some(true),
                                    vec![Block::Paragraph(vec![t("two")])]
                                )]
                            },
                        ]
                    ),
                    item(None, vec![Block::Paragraph(vec![t("three")])]),
                ]
            },
            Block::Quote(vec![Block::Paragraph(vec![t("q")])]),
            Block::Code { language: "rust".to_owned(), text: "fn".to_owned() },
            Block::Rule,
            Block::Table {
                head: vec![vec![t("a")], vec![t("b")]],
                rows: vec![vec![vec![t("1")], vec![]]]
            },
        ]
    );
}

#[test]
fn links_lead_somewhere_safe() {
    for (text, said) in [
        ("[a](https://x.y)", "<https://x.y|a>"),
        ("[a](javascript:x)", "a"),
        ("[a](/docs)", "a"),
        ("![alt](https://x.y/i.png)", "<https://x.y/i.png|alt>"),
        ("![](https://x.y/i.png)", "<https://x.y/i.png|image>"),
        ("[![b](https://x.y/i)](https://z.y)", "<https://z.y|b>"),
        (
            "see https://x.y/a_b_(c)). ok",
            "see <https://x.y/a_b_%28c%29|https://x.y/a_b\u{200b}_\u{200b}(c)>). ok",
        ),
        (
            "https://x.y/_a_/*b*/~~c~~/d *e*",
            "<https://x.y/_a_/%2Ab%2A/~~c~~/d|https://x.y/\u{200b}_\u{200b}a\u{200b}_\u{200b}/\u{200b}*\u{200b}b\u{200b}*\u{200b}/\u{200b}~\u{200b}~\u{200b}c\u{200b}~\u{200b}~\u{200b}/d> _e_",
        ),
        ("**https://x.y/a** b", "*<https://x.y/a|https://x.y/a>* b"),
        ("at http://[::1]:80/a.", "at <http://[::1]:80/a|http://[::1]:80/a>."),
        ("see [https://x.y]", "see [<https://x.y|https://x.y>]"),
        ("[a](http://[2001:db8::1]/)", "<http://[2001:db8::1]/|a>"),
        ("<https://x.y>", "<https://x.y|https://x.y>"),
        ("<a@b.c>", "<mailto:a@b.c|a@b.c>"),
        ("`https://x.y`", "`https://x.y`"),
        ("xhttps://x.y", "xhttps://x.y"),
        ("<https://x.y|click>", "<https://x.y|https://x.y>|click"),
        (
            "<!channel> <@U1> <!subteam^S1> @here",
            "&lt;!channel&gt; &lt;@U1&gt; &lt;!subteam^S1&gt; @here",
        ),
        ("a[^1]\n\n[^1]: why", "a[1]\n\n[1] why"),
        ("<b>x</b> &amp; &lt;", "x &amp; &lt;"),
        ("a<br>b", "a\nb"),
        ("> [!WARNING]\n> x", ">*Warning*\n>\n>x"),
    ] {
        assert_eq!(mrkdwn::print(&read(text)), said, "{text}");
    }
}

#[test]
fn what_begins_addresses_without_end_is_read() {
    let texts = ["(http://", "https://x.y/_*~", "https://x.y))))", "http://[", "*https://x_y*_"];
    let texts = texts.map(|text| text.repeat((1 << 14) / text.len()));
    let long = format!("https://x.y/{}", ")".repeat(1 << 14));
    for text in texts.into_iter().chain([long]) {
        let seen = plain::print(&read(&text)).replace(['*', '_', '~'], "");
        assert!(seen.starts_with(&text.replace(['*', '_', '~'], "")[..60]), "{seen}");
    }
}

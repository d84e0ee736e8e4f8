use serde_json::json;

use super::*;
use crate::slack::verify::verify;

fn section(text: &str) -> Block {
    Block::section(tokens::text(text))
}

fn fits(blocks: &[Block]) {
    let found = verify(&json!({"text": "x", "blocks": blocks}));
    assert!(found.is_empty(), "{found:?}");
}

fn texts(blocks: &[Block]) -> Vec<String> {
    let mut blocks = blocks.to_vec();
    blocks.iter_mut().flat_map(texts_of).map(|(text, _)| text.clone()).collect()
}

#[test]
fn what_fits_stays_as_it_is() {
    let blocks = vec![
        section("a"),
        Block::Divider {},
        Block::fields(vec!["b".into(), "c".into()]),
        Block::context("d".into()),
    ];
    assert_eq!(fit(blocks.clone(), None), blocks);
}

#[test]
fn a_section_of_3000_is_one_and_of_3001_is_two() {
    let words = "four ".repeat(600);
    let just = words.trim_end().to_owned() + "x";
    assert_eq!(tokens::size(&just), 3000);
    assert_eq!(fit(vec![section(&just)], None).len(), 1);
    let two = fit(vec![section(&format!("{just}y"))], None);
    assert_eq!(two.len(), 2);
    fits(&two);
    assert_eq!(texts(&two).join(" "), format!("{just}y"));
}

#[test]
fn escapes_count_as_they_are_sent_and_are_never_cut() {
    let blocks = fit(vec![section(&"<".repeat(3000))], None);
    fits(&blocks);
    let shown = texts(&blocks).concat();
    let (escaped, notice) = shown.split_once('\n').unwrap();
    let kept = escaped.matches("&lt;").count();
    assert_eq!(escaped, "&lt;".repeat(kept));
    assert_eq!(notice, format!("… and {} more characters", 3000 - kept));
}

#[test]
fn long_texts_are_cut_and_short_ones_are_left_alone() {
    let long = "word ".repeat(5000);
    let more = Some("https://github.com/o/r/actions/runs/1");
    let blocks = vec![
        Block::header("Title").unwrap(),
        section(&long),
        Block::fields(vec!["*Version*\n1.2.3".into()]),
        section(&long),
        Block::context("small".into()),
    ];
    let fitted = fit(blocks, more);
    fits(&fitted);
    let texts = texts(&fitted);
    assert!(texts.contains(&"*Version*\n1.2.3".to_owned()) && texts.contains(&"small".to_owned()));
    let said = "<https://github.com/o/r/actions/runs/1|… and ";
    assert_eq!(texts.iter().filter(|text| text.contains(said)).count(), 2, "{texts:?}");
    let sum: usize = texts.iter().map(|text| tokens::size(text)).sum();
    assert!(sum > 10_500, "{sum}: the room is used");
}

fn button(label: &str) -> Element {
    let (text, url) = (Text::plain(label), Some("https://x".to_owned()));
    Element::Button { text, url, style: None }
}

#[test]
fn many_things_are_counted() {
    let mut blocks: Vec<Block> = (0..80).map(|number| section(&format!("part {number}"))).collect();
    blocks.push(Block::Actions {
        elements: (0..60).map(|number| button(&format!("{number}"))).collect(),
    });
    let fitted = fit(blocks, None);
    fits(&fitted);
    assert!(texts(&fitted).contains(&"… and 43 more".to_owned()), "{:?}", texts(&fitted));
    let buttons = fitted.iter().filter(|block| matches!(block, Block::Actions { .. })).count();
    assert_eq!(buttons, 3, "25, 25 and 10");
    let pieces = (0..13).map(|_| Piece::Text(Text::mrkdwn("x".into()))).collect();
    let fitted = fit(vec![Block::Context { elements: pieces }], None);
    fits(&fitted);
    assert_eq!(texts(&fitted).last().map(String::as_str), Some("and 4 more"));
}

#[test]
fn fields_are_spread_over_sections() {
    let fields = (0..23).map(|number| format!("*f*\n{number}{}", "x".repeat(2500))).collect();
    let fitted = fit(vec![Block::fields(fields)], None);
    assert_eq!(fitted.len(), 3);
    fits(&fitted);
}

#[test]
fn what_slack_would_refuse_is_left_out() {
    let long = format!("https://x/{}", "a".repeat(3000));
    assert_eq!(Block::image(&long, "x"), None);
    assert_eq!(Block::image("javascript:alert(1)", "x"), None);
    assert_eq!(Block::header(" \n"), None);
    fits(&fit(vec![Block::Actions { elements: vec![button(&"x".repeat(80))] }], None));
    let odd = vec![
        section(" \n"),
        Block::fields(vec![String::new()]),
        Block::Actions { elements: Vec::new() },
        Block::Context { elements: Vec::new() },
    ];
    assert_eq!(fit(odd, None), []);
}

#[test]
fn a_piece_too_long_for_any_section_does_not_stop_the_rest() {
    let text = format!("a <https://x/{}|label> b", "y".repeat(5000));
    let fitted = fit(vec![Block::section(text)], None);
    fits(&fitted);
    assert_eq!(texts(&fitted), ["a", "b"]);
}

#[test]
fn the_text_says_what_is_missing() {
    let text = fallback(&"word ".repeat(1000), Some("https://x/1"));
    assert!(tokens::size(&text) <= FALLBACK);
    assert!(text.contains("\n<https://x/1|… and 1"), "{text}");
}

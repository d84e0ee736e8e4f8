use super::*;
use crate::message::{Section, Step};
use crate::status::Status;
use crate::text::markdown;

const RUN: &str = "https://ci.example/run/1";

fn step(status: Status, name: &str) -> Step {
    Step { status, name: name.to_owned(), ..Step::default() }
}

fn link(label: &str, url: &str) -> Link {
    Link { label: label.to_owned(), url: Some(url.to_owned()) }
}

fn message() -> Message {
    let field = |name: &str, value: &str, url: &str| Field {
        name: name.to_owned(),
        value: value.to_owned(),
        url: Some(url.to_owned()),
    };
    Message {
        status: Status::Failure,
        title: "❌ shop: \"1.4\" <b>failed</b>".to_owned(),
        url: Some(RUN.to_owned()),
        lead: markdown::read(
            "**[test](https://ci.example/job/2)** failed, [log](https://x.example)",
        ),
        fields: vec![
            field("Branch", "main", "https://git.example/tree/main"),
            field("Docs", "https://docs.example", "https://docs.example/"),
        ],
        sections: vec![Section::Steps {
            heading: "Other jobs".to_owned(),
            steps: vec![step(Status::Success, "lint"), step(Status::Skipped, "docs")],
        }],
        links: vec![link("Failed job", "https://ci.example/job/2"), link("Run", RUN)],
        footer: vec![link("acme/shop", "https://git.example"), link("push", "")],
        ..Message::default()
    }
}

#[test]
fn the_plain_text_says_each_address_once() {
    let text = letter(&message()).text;
    assert_eq!(
        text,
        "❌ shop: \"1.4\" <b>failed</b>\n\n\
         test failed, log (https://x.example)\n\n\
         Branch: main\nDocs: https://docs.example/\n\n\
         Other jobs\n✅ lint\u{2003}⏭️ docs\n\n\
         Failed job: https://ci.example/job/2\nRun: https://ci.example/run/1\n\n\
         -- \nacme/shop · push\n"
    );
    // Where no link leads to the run, the title's address stands alone.
    let text = letter(&Message { links: Vec::new(), ..message() }).text;
    assert!(text.contains("\n\nhttps://ci.example/run/1\n\n-- \n"), "{text}");
}

#[test]
fn lists_of_letters_show_how_it_goes_on() {
    let page = letter(&message()).html;
    let (before, after) = page.split_once("test failed, log</div>").unwrap();
    assert!(before.ends_with("mso-hide:all\">"), "{before}");
    assert!(after.contains("<h1"), "the title comes after it");
    let text = Message { title_is_text: true, ..message() };
    assert!(!letter(&text).html.contains("mso-hide"), "the subject is the beginning already");
}

#[test]
fn no_text_ends_an_attribute_or_an_element() {
    let evil = "\"><img src=x onerror=alert(1)>'";
    let url = format!("https://x.example/{evil}");
    let page = letter(&Message {
        title: evil.to_owned(),
        url: Some(url.clone()),
        links: vec![link(evil, &url), link("no", "javascript:alert(1)")],
        footer: vec![link(evil, &url)],
        fields: vec![Field { name: evil.to_owned(), value: evil.to_owned(), url: Some(url) }],
        ..message()
    })
    .html;
    assert!(!page.contains("<img") && !page.contains("javascript:"), "{page}");
}

#[test]
fn every_colour_has_one_for_a_dark_look() {
    let page = letter(&message()).html;
    for class in ["back", "card", "soft", "button"] {
        assert!(STYLE.contains(&format!(".{class}{{")), "{class}");
        assert!(page.contains(&format!("class=\"{class}\"")), "{class}");
    }
}

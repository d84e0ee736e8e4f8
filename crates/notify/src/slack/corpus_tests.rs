//! Every template with every kind of text that has done harm somewhere, in every place a text can have.

use launchway_testkit::slack::check_blocks;

use super::*;
use crate::facts::{Facts, Need, Pull, Release};
use crate::slack::verify::verify;
use crate::status::Status;
use crate::template::TEMPLATES;
use crate::words::Words;

fn corpus() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "\u{0}\u{7}\u{1b}[31mred\u{1b}[0m\u{7f}\u{85}\u{9f}",
        "safe\u{202e}txt.exe\u{2066}\u{2069}",
        "zero\u{200b}width\u{200d}\u{feff}\u{2060}",
        "\u{200d}\u{fe0f}",
        "\\ud800 \\udfff \u{fffd} \u{ffff} \u{10ffff}",
        "👩‍👩‍👧‍👦🏳️‍🌈 e\u{301}\u{301}\u{301}",
        "<!channel> <!here|here> <!everyone> <@U1> <@U012AB3CD> <!subteam^S1> <#C1>",
        "@channel @here @everyone",
        "&lt;!here&gt; &amp;lt;!channel&amp;gt; &#60;!here&#62;",
        "[a](https://x.example/a>b|c) [b](<https://x.example/|<!here>>) <https://x.example|y>",
        "[j](javascript:alert(1)) javascript:alert(1) <javascript:alert(1)|x> [d](data:text/html,x)",
        "http://[::1]:8080/a [six](http://[2001:db8::1]/) http://[::1",
        "https://x.example/a_b_c/_d_/__init__.py?q=*e*&r=~f~ _g_",
        "*bold* _it_ ~no~ `code` ```fence",
        "```\nnever ended",
        "> quote\n>>> more\n- a\n  - b\n1. c\n\n| a | b |\n|---|---|\n| <!here> | `x` |",
        "a\r\nb\rc\u{2028}d\u{2029}e\u{b}f",
        "::error::x\n::set-output name=a::b\n##[group]",
        "{{ sha }} ${{ secrets.X }} :tada: :white_check_mark:",
        "\"},{\"type\":\"divider\"},{\"text\":\"",
        "<script>alert(1)</script><img src=x onerror=y>",
        "https://x.example/a b\nhttps://x.example/<!channel>",
        "https://user:pass@x.example/?a=1&b=<2>",
    ]
    .map(str::to_owned)
    .into();
    // Somewhat more than the longest limit there is.
    all.push("w".repeat(limits::TEXT + 100));
    all.push("<".repeat(4_000));
    all.push("👩‍🚀".repeat(3_000));
    all.push("a line of a log & more\n".repeat(2_000));
    all.push(format!("https://x.example/{}", "a_".repeat(2_500)));
    all.push("*_~`".repeat(4_000));
    all
}

/// All there is to tell, and it is always this text.
fn facts(text: &str, status: Status) -> Facts {
    let t = || text.to_owned();
    let url = || Some(text.to_owned());
    let need = |result| Need { name: t(), result, url: url(), failed_step: t() };
    Facts {
        status,
        repository: t(),
        server: t(),
        workflow: t(),
        job: t(),
        event: t(),
        actor: t(),
        run_number: t(),
        run_attempt: 2,
        run_id: t(),
        run_url: url(),
        reference: t(),
        reference_url: url(),
        sha: t(),
        commit_url: url(),
        commit_title: t(),
        pull: Some(Pull { number: 7, title: t(), url: t() }),
        release: Some(Release { tag: t(), name: t(), notes: t(), url: t() }),
        version: t(),
        environment: t(),
        environment_url: url(),
        duration: None,
        needs: [Status::Failure, Status::Success, Status::Failure].map(need).into(),
        changelog: t(),
    }
}

/// Every string in it.
fn strings<'a>(value: &'a Value, all: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => all.push(text),
        Value::Array(list) => list.iter().for_each(|one| strings(one, all)),
        Value::Object(object) => object.values().for_each(|one| strings(one, all)),
        _ => {}
    }
}

/// What somebody sees of mrkdwn or plain text, without spaces, marks and what says that it was cut.
fn seen(text: &str) -> String {
    let text: String = tokens::tokens(text).map(tokens::visible).collect();
    bare(&tokens::unescape(&text)).trim_end_matches('…').to_owned()
}

fn bare(text: &str) -> String {
    let hidden = |one: char| {
        one.is_whitespace()
            || one.is_control()
            || matches!(one, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(|one| !hidden(*one) && !matches!(one, '*' | '–')).collect()
}

fn check(message: &Message, text: &str) {
    let payload = render(message).payload();
    let place = || format!("{:?}… {:?}", text.chars().take(40).collect::<String>(), message.title);
    assert_eq!(verify(&payload), [], "{}", place());
    assert!(payload.get("blocks").is_none_or(|blocks| check_blocks(blocks).is_ok()), "{}", place());
    let json = payload.to_string();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), payload);
    assert!(tokens::size(payload["text"].as_str().unwrap()) <= limits::FALLBACK, "{}", place());
    let mut all = Vec::new();
    strings(&payload, &mut all);
    for one in all {
        for call in ["<!", "<@", "<#", "<javascript:", "<data:"] {
            assert!(!one.contains(call), "{call} in {one:?} of {}", place());
        }
        let odd = |sign: char| {
            (sign.is_control() && !matches!(sign, '\n' | '\t'))
                || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!one.contains(odd), "{one:?} of {}", place());
        // Each `<` is ours, and leads to the web.
        for token in tokens::tokens(one).filter(|token| token.starts_with('<')) {
            let leads = ["<http://", "<https://", "<mailto:", "<HTTP"];
            assert!(leads.iter().any(|way| token.starts_with(way)), "{token:?} of {}", place());
        }
    }
    for block in payload["blocks"].as_array().into_iter().flatten() {
        for button in block["elements"].as_array().into_iter().flatten() {
            assert!(button["url"].as_str().is_none_or(crate::text::is_web), "{button}");
        }
        for field in block["fields"].as_array().into_iter().flatten() {
            let shown = field["text"].as_str().unwrap();
            let (name, value) = shown.split_once('\n').unwrap();
            let told = message.fields.iter().any(|one| {
                bare(&one.name).starts_with(&seen(name))
                    && (bare(&one.value).starts_with(&seen(value)) || value == "–")
            });
            assert!(told, "{shown:?} of {}", place());
        }
    }
    let first = payload.pointer("/blocks/0").filter(|block| block["type"] == "header");
    if let Some(header) = first.and_then(|block| block["text"]["text"].as_str()) {
        let title = bare(titled(message));
        assert!(title.starts_with(&seen(header)), "{header:?} of {}", place());
    }
}

#[test]
fn whatever_a_template_is_filled_with_is_taken_and_is_text() {
    for text in corpus() {
        // The largest only once for each template.
        let large = text.len() > 4_000;
        let states: &[Status] =
            if large { &[Status::Failure] } else { &[Status::Failure, Status::Success] };
        for (layout, status) in
            TEMPLATES.iter().flat_map(|one| states.iter().map(move |s| (one, *s)))
        {
            let field = Field { name: text.clone(), value: text.clone(), url: Some(text.clone()) };
            let own = Words {
                title: text.clone(),
                text: text.clone(),
                fields: vec![field],
                mentions: vec![crate::message::Mention::Name(text.clone())],
            };
            for words in [own, Words::default()].into_iter().take(if large { 1 } else { 2 }) {
                check(&(layout.make)(&facts(&text, status), &words), &text);
            }
        }
    }
}

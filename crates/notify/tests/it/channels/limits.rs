//! Whatever a message says, every channel's form of it is within that channel's limits.

use launchway_notify::message::{Field, Link, Mention, Message, Section, Step};
use launchway_notify::status::Status;
use launchway_notify::text::markdown;
use launchway_notify::{discord, email, teams, webhook};
use launchway_testkit::chat;
use proptest::prelude::*;
use serde_json::Value;

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,40}",
        Just("@everyone <at>x</at> ".to_owned()),
        Just("**_`[](<>&\"\\\u{0}\u{7}".to_owned()),
        Just("- a\n  - b\n\n| a | b |\n| - | - |\n| c | d |\n\n```\ncode\n```\n".to_owned()),
        Just("💥".to_owned()),
    ];
    (piece, prop_oneof![4 => 1_usize..4, 1 => 200_usize..800])
        .prop_map(|(piece, times)| piece.repeat(times))
}

fn url() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some("https://example.com/run/1".to_owned())),
        Just(Some("javascript:alert(1)".to_owned())),
        (0_usize..3000).prop_map(|size| Some(format!("https://example.com/{}", "a".repeat(size)))),
    ]
}

fn mention() -> impl Strategy<Value = Mention> {
    prop_oneof![
        text().prop_map(Mention::Name),
        text().prop_map(Mention::User),
        "[0-9]{18}".prop_map(Mention::User),
        "[0-9]{18}".prop_map(Mention::Group),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let many = || prop_oneof![3 => 0_usize..4, 1 => 20_usize..60];
    let link = || (text(), url()).prop_map(|(label, url)| Link { label, url });
    let body = (text(), text(), url(), many(), many(), many());
    (body, text(), text(), link(), prop::collection::vec(mention(), 0..40), url()).prop_map(
        |((title, lead, url, fields, steps, links), name, value, link, mentions, more)| {
            let field = Field { name: name.clone(), value: value.clone(), url: url.clone() };
            let step = Step {
                status: Status::Failure,
                name: value,
                url: link.url.clone(),
                detail: name.clone(),
            };
            Message {
                status: Status::Failure,
                title,
                lead: markdown::read(&lead),
                fields: vec![field; fields],
                sections: vec![
                    Section::Steps { heading: name.clone(), steps: vec![step; steps] },
                    Section::Text { heading: name, text: markdown::read(&lead) },
                ],
                links: vec![link.clone(); links],
                footer: vec![link; links],
                mentions,
                url,
                more,
                ..Message::default()
            }
        },
    )
}

/// Whether some text of it names a person or everybody in a way that calls them.
fn fields_of(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == name => found.push(text.clone()),
                    value => fields_of(value, name, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields_of(value, name, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn discord_takes_it(message in message()) {
        let payload = serde_json::to_value(discord::render::payload(&message)).unwrap();
        let wrong = chat::discord::check_message(&payload, true);
        prop_assert!(wrong.is_empty(), "{wrong:?}");
        prop_assert_eq!(&payload["allowed_mentions"]["parse"], &serde_json::json!([]));
        let content = payload["content"].as_str().unwrap_or_default();
        prop_assert!(!content.contains("@everyone") && !content.contains("@here"), "{}", content);
    }

    #[test]
    fn teams_takes_it(message in message()) {
        let body = teams::render::body(&message);
        prop_assert!(body.len() <= 28_000, "{}", body.len());
        let card: Value = serde_json::from_str(&body).unwrap();
        let checked = chat::teams::check_message(&card);
        prop_assert!(checked.is_ok(), "{:?}", checked);
        // Nobody here has an id of Teams'.
        prop_assert!(!body.to_ascii_lowercase().contains("<at>"));
        let mut urls = Vec::new();
        fields_of(&card, "url", &mut urls);
        prop_assert!(urls.iter().all(|url| url.starts_with("https://")), "{:?}", urls);
    }

    #[test]
    fn a_webhook_gets_json_of_bounded_size(message in message()) {
        let body = webhook::render::body(&message, Some("k"));
        prop_assert!(body.len() <= webhook::render::LIMIT);
        prop_assert!(serde_json::from_str::<Value>(&body).is_ok());
    }

    #[test]
    fn a_letter_has_one_line_as_subject_and_no_script(message in message()) {
        let letter = email::render::letter(&message);
        prop_assert!(!letter.subject.chars().any(char::is_control), "{:?}", letter.subject);
        prop_assert!(letter.subject.chars().count() <= 210);
        prop_assert!(email::limits::fits(&letter));
        let html = letter.html.to_ascii_lowercase();
        prop_assert!(!html.contains("<script") && !html.contains("<at>") && !html.contains("href=\"javascript:"));
    }
}

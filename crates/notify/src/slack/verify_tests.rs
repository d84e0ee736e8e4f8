use launchway_testkit::slack::{check_attachments, check_blocks};
use serde_json::json;

use super::*;

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let long = "x".repeat(3001);
    let payload = json!({"text": " ", "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": long}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "section"},
        {"type": "actions", "elements": []},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": ""}], "block_id": "a"},
        {"type": "divider", "block_id": "a"},
    ]});
    let found: Vec<String> = verify(&payload).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "must be more than 0 characters [json-pointer:/text]",
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
            "unsupported type [json-pointer:/blocks/1/text/type]",
            "missing required field: text or fields [json-pointer:/blocks/2]",
            "must have at least 1 item [json-pointer:/blocks/3/elements]",
            "must be more than 0 characters [json-pointer:/blocks/5/fields/0/text]",
            "must be unique [json-pointer:/blocks/6/block_id]",
        ]
    );
    assert_eq!(verify(&json!({"text": "x", "blocks": [{"type": "divider"}]})), []);
}

#[test]
fn the_sum_of_all_texts_is_looked_at() {
    let section = json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(2750)}});
    let payload = json!({"text": "x", "blocks": [section, section, section, section]});
    assert_eq!(verify(&payload).len(), 1);
}

/// Blocks, each alone in a message, that Slack refuses, and where.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_kind_of_block_is_looked_into() {
    let text = |kind: &str, text: &str| json!({"type": kind, "text": text});
    let button = |more: Value| {
        let mut button = json!({"type": "button", "text": text("plain_text", "Go")});
        button.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"type": "actions", "elements": [button]})
    };
    let rich = |part: Value| {
        let section = json!({"type": "rich_text_section", "elements": [part]});
        json!({"type": "rich_text", "elements": [section]})
    };
    let rows = |rows: Value| json!({"type": "table", "rows": rows});
    let cell = json!({"type": "raw_text", "text": "x"});
    let select = |options: usize| {
        let option = json!({"text": text("plain_text", "x"), "value": "v"});
        let list = json!({"type": "static_select", "options": vec![option; options]});
        json!({"type": "section", "text": text("mrkdwn", "x"), "accessory": list})
    };
    let refused = [
        (json!({"type": "markdown"}), "/text"),
        (text("markdown", ""), "/text"),
        (text("markdown", &"x".repeat(12_001)), "/text"),
        (json!({"type": "markdown", "text": "x", "verbatim": true}), ""),
        (json!({"type": "rich_text"}), "/elements"),
        (
            json!({"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}),
            "/elements/0/type",
        ),
        (json!({"type": "rich_text", "elements": [{"elements": []}]}), "/elements/0/type"),
        (
            json!({"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}),
            "/elements/0/style",
        ),
        (
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]}
            ]}),
            "/elements/0/elements/0/type",
        ),
        (rich(json!({"type": "text", "text": ""})), "/elements/0/elements/0/text"),
        (
            rich(json!({"type": "text", "text": "x", "style": "bold"})),
            "/elements/0/elements/0/style",
        ),
        (rich(json!({"type": "link"})), "/elements/0/elements/0/url"),
        (rich(json!({"type": "link", "url": "javascript:alert(1)"})), "/elements/0/elements/0/url"),
        (rich(json!({"type": "emoji"})), "/elements/0/elements/0/name"),
        (rich(json!({"type": "user"})), "/elements/0/elements/0/user_id"),
        (rich(json!({"type": "date", "format": "{date}"})), "/elements/0/elements/0/timestamp"),
        (rich(json!({"type": "blink", "text": "x"})), "/elements/0/elements/0/type"),
        (rows(json!([])), "/rows"),
        (rows(json!(vec![[&cell]; 101])), "/rows"),
        (rows(json!([vec![&cell; 21]])), "/rows/0"),
        (rows(json!([{"a": 1}])), "/rows/0"),
        (rows(json!([[{"type": "raw_text", "text": ""}]])), "/rows/0/0/text"),
        (rows(json!([[{"type": "mrkdwn", "text": "x"}]])), "/rows/0/0/type"),
        (button(json!({"style": "default"})), "/elements/0/style"),
        (button(json!({"url": "/relative"})), "/elements/0/url"),
        (button(json!({"url": "https://x/<y>"})), "/elements/0/url"),
        (button(json!({"url": format!("https://x/{}", "y".repeat(3000))})), "/elements/0/url"),
        (button(json!({"value": "x".repeat(2001)})), "/elements/0/value"),
        (button(json!({"href": "https://x"})), "/elements/0"),
        (
            button(json!({"confirm": {"title": text("plain_text", &"x".repeat(101))}})),
            "/elements/0/confirm/title/text",
        ),
        (select(0), "/accessory/options"),
        (select(101), "/accessory/options"),
        (json!({"type": "image", "alt_text": "x"}), "/image_url"),
        (json!({"type": "image", "image_url": "https://x"}), "/alt_text"),
        (
            json!({"type": "context", "elements": [{"type": "button", "text": text("plain_text", "x")}]}),
            "/elements/0/type",
        ),
        (json!({"type": "video", "title": text("plain_text", "x")}), ""),
        (json!({"type": "input", "element": {"type": "datepicker"}}), "/label"),
        (json!({"type": "section", "text": "plain"}), "/text/type"),
        (
            json!({"type": "section", "text": {"type": "plain_text", "text": "x", "verbatim": true}}),
            "/text",
        ),
        (json!({"type": "header", "text": text("plain_text", "x"), "color": "red"}), ""),
        (json!({"type": "divider", "block_id": "x".repeat(256)}), "/block_id"),
        (json!({"type": "blink"}), "/type"),
        (json!({}), "/type"),
        (json!("divider"), ""),
    ];
    for (block, place) in refused {
        let found = verify(&json!({"text": "x", "blocks": [&block]}));
        assert!(
            found.iter().any(|one| one.pointer == format!("/blocks/0{place}")),
            "{block}: {found:?}"
        );
        assert!(check_blocks(&json!([&block])).is_err(), "{block}: Slack takes it");
        let within = json!([{"color": "#36a64f", "blocks": [&block]}]);
        let found = verify(&json!({"text": "x", "attachments": within}));
        let at = format!("/attachments/0/blocks/0{place}");
        assert!(found.iter().any(|one| one.pointer == at), "{block}: {found:?}");
        assert!(check_attachments(&within).is_err());
    }
    let taken = [
        text("markdown", "**x**"),
        rich(json!({"type": "text", "text": " ", "style": {"bold": true}})),
        rich(json!({"type": "link", "url": "https://x.example", "text": "x"})),
        rows(json!([[cell, {"type": "raw_number", "value": 1}]])),
        button(json!({"url": "https://x.example/?a=1&b=2", "style": "danger", "action_id": "a"})),
        select(100),
        json!({"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}),
        json!({"type": "card", "anything": 1}),
        json!({"type": "section", "text": null, "fields": [text("mrkdwn", "x")]}),
    ];
    assert_eq!(check_blocks(&json!(taken)), Ok(()));
    assert_eq!(verify(&json!({"text": "x", "blocks": taken})), []);
}

#[test]
fn what_is_wrong_with_the_whole_is_said() {
    let divider = json!({"type": "divider"});
    let table = json!({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]});
    let button = json!({"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x"},
        "url": format!("https://x/{}", "y".repeat(2000))});
    for (blocks, place) in [
        (json!({"type": "divider"}), "/blocks"),
        (json!(vec![&divider; 51]), "/blocks"),
        (json!([table, table]), "/blocks/1"),
        (
            json!([{"type": "actions", "elements": [button, button]}]),
            "/blocks/0/elements/1/action_id",
        ),
        (json!(vec![json!({"type": "actions", "elements": [button]}); 7]), "/blocks"),
        (
            json!([{"type": "markdown", "text": "x".repeat(6001)}, {"type": "markdown", "text": "x".repeat(6001)}]),
            "/blocks/1/text",
        ),
    ] {
        let found = verify(&json!({"text": "x", "blocks": &blocks}));
        assert!(found.iter().any(|one| one.pointer == place), "{place}: {found:?}");
        assert!(check_blocks(&blocks).is_err(), "{place}");
    }
    for attachments in [json!({}), json!([1]), json!(vec![json!({"text": "x"}); 101])] {
        assert!(!verify(&json!({"text": "x", "attachments": &attachments})).is_empty());
        assert!(check_attachments(&attachments).is_err());
    }
    // Each attachment has its own names and its own table.
    let one = json!({"blocks": [table, {"type": "divider", "block_id": "a"}]});
    assert_eq!(verify(&json!({"text": "x", "attachments": [one, one]})), []);
    // Deep nesting ends.
    let mut deep = json!({"type": "text", "text": "x"});
    for _ in 0..60 {
        deep = json!({"type": "rich_text_list", "style": "bullet", "elements": [deep]});
    }
    assert!(!verify(&json!({"blocks": [{"type": "rich_text", "elements": [deep]}]})).is_empty());
}

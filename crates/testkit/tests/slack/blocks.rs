//! Block Kit: every limit and every shape.

use launchway_testkit::slack::{check_attachments, check_blocks};
use serde_json::{Value, json};

/// A block of such a length.
type Make<'a> = &'a dyn Fn(usize) -> Value;

/// What is wrong with one block.
fn wrong(block: &Value) -> Vec<String> {
    match check_blocks(&json!([block])) {
        Ok(()) => Vec::new(),
        Err(refusal) => {
            assert_eq!(refusal.word, "invalid_blocks");
            refusal.messages
        }
    }
}

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": "é".repeat(length) })
}

fn mrkdwn(length: usize) -> Value {
    json!({ "type": "mrkdwn", "text": "é".repeat(length) })
}

fn button(more: &Value) -> Value {
    let mut button = json!({ "type": "button", "text": plain(75) });
    for (name, value) in more.as_object().unwrap() {
        button[name] = value.clone();
    }
    json!({ "type": "actions", "elements": [button] })
}

#[test]
fn every_limit_has_its_pointer() {
    let less = |most: usize| format!("must be less than {} characters", most + 1);
    let items = |most: usize| format!("no more than {most} items allowed");
    let text = |most: usize| json!({ "type": "section", "text": mrkdwn(most) });
    let header = |most: usize| json!({ "type": "header", "text": plain(most) });
    let fields = |count: usize| json!({ "type": "section", "fields": vec![mrkdwn(1); count] });
    let field = |most: usize| json!({ "type": "section", "fields": [mrkdwn(most)] });
    let context = |count: usize| json!({ "type": "context", "elements": vec![mrkdwn(1); count] });
    let pressed = json!({ "type": "button", "text": plain(1) });
    let actions =
        |count: usize| json!({ "type": "actions", "elements": vec![pressed.clone(); count] });
    let label = |most: usize| button(&json!({ "text": plain(most) }));
    let url = |most: usize| button(&json!({ "url": format!("https://{}", "x".repeat(most - 8)) }));
    let value = |most: usize| button(&json!({ "value": "x".repeat(most) }));
    let action = |most: usize| button(&json!({ "action_id": "x".repeat(most) }));
    let alt = |most: usize| json!({ "type": "image", "image_url": "https://a.b/c.png", "alt_text": "x".repeat(most) });
    let id = |most: usize| json!({ "type": "divider", "block_id": "x".repeat(most) });
    let markdown = |most: usize| json!({ "type": "markdown", "text": "x".repeat(most) });
    let cell = json!({ "type": "raw_text", "text": "a" });
    let rows = |count: usize| json!({ "type": "table", "rows": vec![json!([cell]); count] });
    let cells = |count: usize| json!({ "type": "table", "rows": [vec![cell.clone(); count]] });
    let cases: [(Make<'_>, usize, String, &str); 16] = [
        (&text, 3000, less(3000), "/blocks/0/text/text"),
        (&header, 150, less(150), "/blocks/0/text/text"),
        (&fields, 10, items(10), "/blocks/0/fields"),
        (&field, 2000, less(2000), "/blocks/0/fields/0/text"),
        (&context, 10, items(10), "/blocks/0/elements"),
        (&actions, 25, items(25), "/blocks/0/elements"),
        (&label, 75, less(75), "/blocks/0/elements/0/text/text"),
        (&url, 3000, less(3000), "/blocks/0/elements/0/url"),
        (&value, 2000, less(2000), "/blocks/0/elements/0/value"),
        (&action, 255, less(255), "/blocks/0/elements/0/action_id"),
        (&alt, 2000, less(2000), "/blocks/0/alt_text"),
        (&id, 255, less(255), "/blocks/0/block_id"),
        (&markdown, 12_000, less(12_000), "/blocks/0/text"),
        (&rows, 100, items(100), "/blocks/0/rows"),
        (&cells, 20, items(20), "/blocks/0/rows/0"),
        (&text, 3000, "failed to match all allowed schemas".to_owned(), "/blocks/0/text"),
    ];
    for (make, most, message, pointer) in cases {
        assert!(wrong(&make(most)).is_empty(), "{pointer}: {:?}", wrong(&make(most)));
        let said = wrong(&make(most + 1));
        assert!(said.contains(&format!("{message} [json-pointer:{pointer}]")), "{said:?}");
    }
    let divider = json!({ "type": "divider" });
    assert!(check_blocks(&json!(vec![divider.clone(); 50])).is_ok());
    let many = check_blocks(&json!(vec![divider; 51])).unwrap_err();
    assert_eq!(many.messages, ["no more than 50 items allowed [json-pointer:/blocks]"]);
    let two = json!([markdown(6_000), markdown(6_001)]);
    assert_eq!(
        check_blocks(&two).unwrap_err().messages,
        ["must be less than 12001 characters [json-pointer:/blocks/1/text]"]
    );
    let at_most: Vec<Value> = [3000, 3000, 3000, 3000, 1200].map(text).to_vec();
    assert!(check_blocks(&json!(at_most)).is_ok());
    let over: Vec<Value> = [3000, 3000, 3000, 3000, 1201].map(text).to_vec();
    assert_eq!(check_blocks(&json!(over)).unwrap_err().word, "msg_blocks_too_long");
}

#[test]
fn every_shape_has_its_pointer() {
    let cases = [
        (json!({}), "missing required field: type", "/blocks/0"),
        (json!({ "type": "x" }), "unsupported type: x", "/blocks/0/type"),
        (json!({ "type": "section" }), "must define either `text` or `fields`", "/blocks/0/type"),
        (json!({ "type": "section", "text": "a" }), "must provide an object", "/blocks/0/text"),
        (
            json!({ "type": "section", "text": mrkdwn(0) }),
            "must be more than 0 characters",
            "/blocks/0/text/text",
        ),
        (
            json!({ "type": "section", "text": { "type": "markdown", "text": "a" } }),
            "must be a valid enum value",
            "/blocks/0/text/type",
        ),
        (
            json!({ "type": "section", "text": { "type": "mrkdwn", "text": 1 } }),
            "must provide a string",
            "/blocks/0/text/text",
        ),
        (
            json!({ "type": "section", "text": mrkdwn(1), "title": 1 }),
            "invalid additional property: title",
            "/blocks/0",
        ),
        (
            json!({ "type": "section", "fields": [] }),
            "no less than 1 items allowed",
            "/blocks/0/fields",
        ),
        (
            json!({ "type": "section", "text": mrkdwn(1), "accessory": { "type": "x" } }),
            "unsupported type: x",
            "/blocks/0/accessory/type",
        ),
        (json!({ "type": "header" }), "missing required field: text", "/blocks/0"),
        (
            json!({ "type": "header", "text": mrkdwn(1) }),
            "must be a valid enum value",
            "/blocks/0/text/type",
        ),
        (
            json!({ "type": "image", "image_url": "https://a.b/c" }),
            "missing required field: alt_text",
            "/blocks/0",
        ),
        (
            json!({ "type": "image", "alt_text": "a" }),
            "missing required field: image_url",
            "/blocks/0",
        ),
        (json!({ "type": "context" }), "missing required field: elements", "/blocks/0"),
        (
            button(&json!({ "style": "green" })),
            "must be a valid enum value",
            "/blocks/0/elements/0/style",
        ),
        (button(&json!({ "url": "ftp://x" })), "must be a valid URL", "/blocks/0/elements/0/url"),
        (
            json!({ "type": "rich_text", "elements": [{ "type": "x" }] }),
            "unsupported type: x",
            "/blocks/0/elements/0/type",
        ),
        (
            json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "" }] }] }),
            "must be more than 0 characters",
            "/blocks/0/elements/0/elements/0/text",
        ),
        (
            json!({ "type": "rich_text", "elements": [{ "type": "rich_text_list", "style": "x", "elements": [] }] }),
            "must be a valid enum value",
            "/blocks/0/elements/0/style",
        ),
    ];
    for (block, message, pointer) in cases {
        let said = wrong(&block);
        assert!(said.contains(&format!("{message} [json-pointer:{pointer}]")), "{block}: {said:?}");
    }
    let same =
        json!([{ "type": "divider", "block_id": "a" }, { "type": "divider", "block_id": "a" }]);
    assert_eq!(
        check_blocks(&same).unwrap_err().messages,
        ["block_id must be unique [json-pointer:/blocks/1/block_id]"]
    );
    let one = json!({ "type": "button", "text": plain(1), "action_id": "a" });
    let twice = wrong(&json!({ "type": "actions", "elements": [one, one] }));
    assert_eq!(
        twice,
        ["action_id must be unique in its block [json-pointer:/blocks/0/elements/1/action_id]"]
    );
    let table = json!({ "type": "table", "rows": [[{ "type": "raw_text", "text": "a" }]] });
    assert_eq!(check_blocks(&json!([table, table])).unwrap_err().word, "only_one_table_allowed");
    let attached = check_attachments(&json!([{ "blocks": [{ "type": "x" }] }])).unwrap_err();
    assert_eq!(
        attached.messages,
        ["unsupported type: x [json-pointer:/attachments/0/blocks/0/type]"]
    );
}

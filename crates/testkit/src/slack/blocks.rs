//! Block Kit: what Slack takes, with its limits and the pointers of its complaints.

use serde_json::Value;

use super::elements::Check;

/// The most characters over all blocks of a message; it is documented nowhere.
pub const TOTAL: usize = 13_200;

/// Why Slack refuses blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As in `invalid_blocks`.
    pub word: &'static str,
    /// As in `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
    pub messages: Vec<String>,
}

impl Refusal {
    fn word(word: &'static str) -> Self {
        Self { word, messages: Vec::new() }
    }
}

/// Whether Slack would take these as `blocks` of a message.
///
/// # Errors
/// What it would say.
pub fn check_blocks(blocks: &Value) -> Result<(), Refusal> {
    check_blocks_within(blocks, TOTAL)
}

/// Whether Slack would take these as `attachments` of a message.
///
/// # Errors
/// What it would say.
pub fn check_attachments(attachments: &Value) -> Result<(), Refusal> {
    check_attachments_within(attachments, TOTAL)
}

pub(super) fn check_blocks_within(blocks: &Value, total: usize) -> Result<(), Refusal> {
    check_list(blocks, "/blocks", total)
}

fn check_list(blocks: &Value, pointer: &str, total: usize) -> Result<(), Refusal> {
    let Some(list) = blocks.as_array() else { return Err(Refusal::word("invalid_blocks_format")) };
    if !list.iter().all(Value::is_object) {
        return Err(Refusal::word("invalid_blocks_format"));
    }
    let mut check = Check::default();
    check.blocks(list, pointer);
    if !check.messages.is_empty() {
        return Err(Refusal { word: "invalid_blocks", messages: check.messages });
    }
    if list.iter().filter(|block| block["type"] == "table").count() > 1 {
        return Err(Refusal::word("only_one_table_allowed"));
    }
    if characters(blocks) > total {
        return Err(Refusal::word("msg_blocks_too_long"));
    }
    Ok(())
}

pub(super) fn check_attachments_within(list: &Value, total: usize) -> Result<(), Refusal> {
    let Some(list) = list.as_array() else { return Err(Refusal::word("invalid_attachments")) };
    if !list.iter().all(Value::is_object) {
        return Err(Refusal::word("invalid_attachments"));
    }
    if list.len() > 100 {
        return Err(Refusal::word("too_many_attachments"));
    }
    for (index, attachment) in list.iter().enumerate() {
        if !attachment["blocks"].is_null() {
            let pointer = format!("/attachments/{index}/blocks");
            check_list(&attachment["blocks"], &pointer, total)?;
        }
    }
    Ok(())
}

/// The characters of all texts in it.
fn characters(value: &Value) -> usize {
    const TEXTS: &[&str] = &["text", "alt_text", "url", "image_url", "value", "name"];
    match value {
        Value::Array(list) => list.iter().map(characters).sum(),
        Value::Object(object) => {
            let of = |(name, value): (&String, &Value)| match value {
                Value::String(text) if TEXTS.contains(&name.as_str()) => text.chars().count(),
                value => characters(value),
            };
            object.iter().map(of).sum()
        }
        _ => 0,
    }
}

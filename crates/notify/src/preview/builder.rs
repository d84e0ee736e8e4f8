//! The link to Slack's Block Kit Builder. The payload stands behind the `#`: a browser sends it to
//! nobody, the page reads it itself.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What `encodeURIComponent` leaves.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'!').remove(b'~').remove(b'*');

/// A link that opens the blocks of a payload; none where it has no blocks.
pub fn link(payload: &Value) -> Option<String> {
    let shown: serde_json::Map<String, Value> = ["blocks", "attachments"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), payload.get(name)?.clone())))
        .collect();
    let json = json!(shown).to_string();
    let fragment = utf8_percent_encode(&json, KEPT);
    (!shown.is_empty()).then(|| format!("https://app.slack.com/block-kit-builder/#{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_stands_behind_the_hash() {
        let payload = json!({"channel": "C1", "text": "x", "blocks": [{"type": "divider"}]});
        assert_eq!(
            link(&payload).as_deref(),
            Some(
                "https://app.slack.com/block-kit-builder/#%7B%22blocks%22%3A%5B%7B%22type%22%3A%22divider%22%7D%5D%7D"
            )
        );
        assert_eq!(link(&json!({"text": "x"})), None);
    }
}

//! A line of the thread.

use serde_json::{Value, json};

use crate::slack::tokens;
use crate::status::Status;

/// Most characters of a line, before escaping.
const LONGEST: usize = 500;

/// The body of a line: sign, what happened, and the attempt where it is not the first. `words` and
/// `url` are plain text from outside; `called` is who is called, in Slack's markup.
pub fn line(status: Status, words: &str, url: Option<&str>, attempt: u64, called: &str) -> Value {
    let mut words = crate::line::one(words, LONGEST);
    if words.is_empty() {
        words = status.to_string();
    }
    // A title has its sign already.
    let sign =
        if crate::line::is_signed(&words) { String::new() } else { format!("{} ", status.sign()) };
    let words = url.map_or_else(|| tokens::text(&words), |url| tokens::link(&words, url));
    let attempt = if attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
    let called = if called.is_empty() { String::new() } else { format!(" {called}") };
    json!({ "text": format!("{sign}{words}{attempt}{called}"), "unfurl_links": false, "unfurl_media": false })
}

/// A message that says what a line of its thread says. `text` is the line's, in Slack's markup.
pub(super) fn message(text: &str) -> Value {
    // Verbatim: Slack looks for no names in it.
    let shown = json!({ "type": "mrkdwn", "text": text, "verbatim": true });
    json!({ "text": text, "blocks": [{ "type": "section", "text": shown }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_text_and_short() {
        let text = |words: &str, url, attempt| {
            line(Status::Success, words, url, attempt, "")["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            text("Deployed <!channel> & co", None, 1),
            "✅ Deployed &lt;!channel&gt; &amp; co"
        );
        assert_eq!(
            text("a|b\nc", Some("https://x.example/?a=1&b=|"), 2),
            "✅ <https://x.example/?a=1&amp;b=%7C|a|b c> (attempt 2)"
        );
        assert_eq!(text("a", Some("javascript:x"), 1), "✅ a");
        assert_eq!(text("🚀 a", None, 1), "🚀 a");
        let calling = line(Status::Failure, "Broken", None, 2, "<@U1>");
        assert_eq!(calling["text"], "❌ Broken (attempt 2) <@U1>");
        assert_eq!(text(" ", None, 1), "✅ success");
        assert!(text(&"é<".repeat(5000), None, 1).chars().count() < 1500);
        assert_eq!(message("@here")["blocks"][0]["text"]["verbatim"], true);
    }
}

//! A picture of it: the JSON, laid out.

use serde_json::Value;

use crate::channel::page;
use crate::text::html;

/// The body as a page.
pub(super) fn page(body: &str) -> String {
    let laid_out = serde_json::from_str::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned());
    page::page("JSON of the webhook", &format!("<pre>{}</pre>", html::text(&laid_out)))
}

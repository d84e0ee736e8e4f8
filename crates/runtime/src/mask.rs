//! Secrets kept out of logs: masked with the runner, redacted by ourselves, in every form they
//! are likely to take.

use std::borrow::Cow;
use std::sync::RwLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use launchway_base::redact as base;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::console::{Stream, print_at_once};
use crate::workflow;

/// Encoded forms of known secrets, longest first.
static FORMS: RwLock<Vec<String>> = RwLock::new(Vec::new());
/// Where masks are announced; `None` without a runner.
static ANNOUNCE: RwLock<Option<Stream>> = RwLock::new(None);

/// Shorter secrets are common words in base64; shorter lines would blot out ordinary text.
const SHORTEST_ENCODED: usize = 8;
const SHORTEST: usize = 4;

const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// From here on every secret, those made before too, is masked. `announce` is the stream to tell a
/// runner on (`::add-mask::`), `None` when no runner listens.
pub fn install(announce: Option<Stream>) {
    if let Ok(mut stream) = ANNOUNCE.write() {
        *stream = announce;
    }
    base::on_secret(on_secret);
}

/// Moves the announcing of masks to another stream, if there is any.
pub fn announce_on(stream: Stream) {
    if let Ok(mut current) = ANNOUNCE.write()
        && current.is_some()
    {
        *current = Some(stream);
    }
}

fn on_secret(secret: &str) {
    let encoded = encodings(secret);
    let announce = ANNOUNCE.read().ok().and_then(|stream| *stream);
    if let Some(stream) = announce {
        let masks: String =
            forms(secret).iter().map(|form| workflow::command("add-mask", form) + "\n").collect();
        print_at_once(stream, &masks);
    }
    if let Ok(mut known) = FORMS.write() {
        for form in encoded {
            if !known.contains(&form) {
                known.push(form);
            }
        }
        known.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }
}

/// The text with every known secret, plain or encoded, replaced by `***`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let plain = base::redact(text);
    let Ok(known) = FORMS.read() else { return Cow::Borrowed("***") };
    known.iter().fold(plain, |text, form| {
        if text.contains(form.as_str()) {
            Cow::Owned(text.replace(form.as_str(), "***"))
        } else {
            text
        }
    })
}

/// Whether the text holds a known secret.
pub fn holds_secret(text: &str) -> bool {
    redact(text) != text
}

/// What to mask for a secret: each of its lines, and the JSON-escaped, URL-encoded, HTML and base64
/// forms of the whole and of each line.
pub fn forms(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let lines = workflow::lines(secret).map(str::trim).filter(|line| line.len() >= SHORTEST);
    for form in lines.map(str::to_owned).chain(encodings(secret)) {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// The encoded forms of the whole and of each line, those that differ from the plain text.
fn encodings(secret: &str) -> Vec<String> {
    let whole = secret.trim();
    let mut found = Vec::new();
    for text in std::iter::once(whole).chain(workflow::lines(whole).map(str::trim)) {
        if text.len() < SHORTEST {
            continue;
        }
        let json = serde_json::to_string(text).unwrap_or_default();
        let json = json.trim_start_matches('"');
        let json = json.strip_suffix('"').unwrap_or(json).to_owned();
        let url = utf8_percent_encode(text, URL).to_string();
        let lower = lowercase_escapes(&url);
        found.extend([json, url, lower]);
        if !text.contains(['\n', '\r']) {
            found.push(html(text));
        }
        if text.len() >= SHORTEST_ENCODED {
            found.extend(base64_forms(text.as_bytes()));
        }
    }
    found.retain(|form| {
        form.len() >= SHORTEST && form != whole && !whole.lines().any(|l| l.trim() == form)
    });
    found.sort();
    found.dedup();
    found
}

/// The text as it stands in a page.
fn html(text: &str) -> String {
    let plain = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    plain.replace('"', "&quot;").replace('\'', "&#39;")
}

/// `%2F` as `%2f`, which some encoders write.
fn lowercase_escapes(url: &str) -> String {
    let mut left = 0;
    url.chars()
        .map(|c| {
            left = if c == '%' { 2 } else { left };
            if c != '%' && left > 0 {
                left -= 1;
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

/// Base64 in both alphabets: padded, and the stable middle at each of the three alignments, so
/// that `user:secret` in an authorization header is found whatever the user.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [STANDARD, URL_SAFE] {
        forms.push(engine.encode(bytes));
        for (before, unstable) in [(0, 0), (1, 2), (2, 3)] {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(bytes);
            let text = engine.encode(&shifted);
            // The last character of an incomplete group depends on what follows.
            let end = match shifted.len() % 3 {
                0 => text.len(),
                1 => text.len() - 3,
                _ => text.len() - 2,
            };
            if let Some(middle) = text.get(unstable..end)
                && middle.len() >= SHORTEST_ENCODED
            {
                forms.push(middle.to_owned());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use launchway_base::Secret;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_line_of_a_key_is_masked_and_no_mask_has_two_lines() {
        let key = "-----BEGIN KEY-----\r\nMIIEpAIBAAKC/+x=\nab\nlast \"line\"\n-----END KEY-----\n";
        let forms = forms(key);
        for line in
            ["-----BEGIN KEY-----", "MIIEpAIBAAKC/+x=", "last \"line\"", "-----END KEY-----"]
        {
            assert!(forms.iter().any(|form| form == line), "{line}");
        }
        assert!(forms.iter().any(|form| form == "last \\\"line\\\""));
        assert!(forms.iter().any(|form| form == "MIIEpAIBAAKC%2F%2Bx%3D"));
        assert!(forms.iter().any(|form| form == "MIIEpAIBAAKC%2f%2bx%3d"));
        assert!(forms.iter().any(|form| *form == STANDARD.encode(key.trim())));
        assert!(forms.iter().all(|form| !form.contains(['\n', '\r']) && form.len() >= SHORTEST));
    }

    #[test]
    fn encoded_secrets_are_redacted() {
        install(None);
        let _secret = Secret::new("sw0rd/fish+\"x\"=");
        for form in [
            "sw0rd/fish+\"x\"=",
            "sw0rd/fish+\\\"x\\\"=",
            "sw0rd%2Ffish%2B%22x%22%3D",
            "sw0rd/fish+&quot;x&quot;=",
        ] {
            let said = redact(form).into_owned();
            assert_eq!(said, "***", "{form}");
        }
        let header = STANDARD.encode("x-access-token:sw0rd/fish+\"x\"=");
        assert!(holds_secret(&header));
    }

    proptest! {
        #[test]
        fn base64_hides_at_every_alignment(
            secret in "[ -~]{12,40}", before in "[a-z]{0,5}", after in "[a-z]{0,4}"
        ) {
            for engine in [STANDARD, URL_SAFE] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                prop_assert!(
                    base64_forms(secret.as_bytes()).iter().any(|form| text.contains(form.as_str()))
                );
            }
        }
    }
}

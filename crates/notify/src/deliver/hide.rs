//! What is secret in the address of a webhook.

use std::borrow::Cow;

use launchway_base::redact;
use launchway_http::Url;

/// Masks what is secret in an address: its path, each part of it that is no word, the values of its query, its login.
pub fn hide(url: &Url) {
    let parts = url.path_segments().into_iter().flatten().map(Cow::Borrowed);
    let pairs = url.query().into_iter().flat_map(|query| query.split('&'));
    let raw = pairs.filter_map(|pair| pair.split_once('=')).map(|(_, value)| Cow::Borrowed(value));
    let values = url.query_pairs().map(|(_, value)| value);
    let all = parts.chain(raw).chain(values).chain([url.username().into()]);
    all.filter(|part| !is_word(part)).for_each(|part| redact::register(&part));
    redact::register(url.password().unwrap_or_default());
    if !is_word(url.path().trim_matches('/')) {
        redact::register(url.path());
    }
}

/// Whether it is a word or a number, such as `services`, `true` or `2026-03-04`: masked, it would be gone from the log of
/// the whole job, and outputs with it would be dropped.
fn is_word(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || b"-_.".contains(&byte);
    let spells = part.bytes().all(plain);
    let counts = !part.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'/');
    part.len() < 6 || (part.len() < 12 && (spells || counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_words_are_not() {
        for url in [
            "https://deploy@chat.example/api/webhooks/7000000001/Zz0Zz0Zz0/slack?wait=true&v=2026-03-04&x=sw0rd%2Ffish",
            "https://chat.example/hooks/swordfish",
            "https://deploy:hunter2@chat.example/services",
        ] {
            hide(&Url::parse(url).unwrap());
        }
        for words in ["services, hooks and webhooks", "true", "2026-03-04", "slack", "deploy"] {
            assert_eq!(redact::redact(words), words);
        }
        for secret in ["Zz0Zz0Zz0", "sw0rd/fish", "sw0rd%2Ffish", "/hooks/swordfish", "hunter2"] {
            assert_eq!(redact::redact(secret), "***", "{secret}");
        }
    }
}

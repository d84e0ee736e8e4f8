//! What must never be shown: every secret made in this process.

use std::borrow::Cow;
use std::sync::{OnceLock, RwLock};

static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());
static LISTENER: OnceLock<fn(&str)> = OnceLock::new();

/// Shorter texts are not redacted: they would blot out ordinary words.
const SHORTEST: usize = 4;

/// Sets what is told of each new secret; the runtime masks it in the runner's log. Only the first
/// call counts. Secrets made before are told at once.
pub fn on_secret(listener: fn(&str)) {
    if LISTENER.set(listener).is_ok()
        && let Ok(known) = KNOWN.read()
    {
        known.iter().for_each(|secret| listener(secret));
    }
}

/// Remembers a text as secret: the whole and each of its lines.
pub fn register(secret: &str) {
    let Ok(mut known) = KNOWN.write() else { return };
    for text in std::iter::once(secret).chain(secret.lines()).map(str::trim) {
        if text.len() >= SHORTEST && !known.iter().any(|k| k == text) {
            known.push(text.to_owned());
            if let Some(listener) = LISTENER.get() {
                listener(text);
            }
        }
    }
    // Longest first, so that a secret containing another is blotted out whole.
    known.sort_by_key(|text| std::cmp::Reverse(text.len()));
}

/// The text with every known secret replaced by `***`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let Ok(known) = KNOWN.read() else { return Cow::Borrowed("***") };
    known
        .iter()
        .filter(|secret| text.contains(secret.as_str()))
        .fold(Cow::Borrowed(text), |text, secret| Cow::Owned(text.replace(secret.as_str(), "***")))
}

#[cfg(test)]
mod tests {
    use super::{redact, register};

    #[test]
    fn every_line_of_a_secret_is_redacted() {
        register("first-line-of-key\nsecond-line-of-key");
        assert_eq!(redact("x second-line-of-key y"), "x *** y");
        assert_eq!(redact("first-line-of-key\nsecond-line-of-key"), "***");
        register("abc");
        assert_eq!(redact("abc"), "abc", "too short to be told from words");
    }
}

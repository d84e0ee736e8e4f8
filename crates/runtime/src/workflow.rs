//! Workflow commands as text: what a runner reads from our output, and how text that is not a
//! command is kept from being one.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Escapes the message part of a command.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command, such as a file name or title.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// One command without properties: `::group::title`.
pub fn command(name: &str, message: &str) -> String {
    format!("::{name}::{}", data(message))
}

/// Text as lines that no runner takes for a command, neither `::this` at the start of a line nor
/// the older `##[that]` anywhere. A lone carriage return ends a line, as it does for the runner.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in lines(text).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&inert_line(line));
    }
    out
}

/// The lines of a text as a runner sees them: ended by `\n`, `\r\n` or `\r`.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn inert_line(line: &str) -> Cow<'_, str> {
    // A zero-width space shows nothing, and is no blank a runner would trim away.
    let start = line.len() - line.trim_start().len();
    let mut out = Cow::Borrowed(line);
    if let Some(rest) = line.trim_start().strip_prefix("::") {
        let blanks = line.get(..start).unwrap_or_default();
        out = Cow::Owned(format!("{blanks}:\u{200B}:{rest}"));
    }
    if out.contains("##[") { Cow::Owned(out.replace("##[", "#\u{200B}#[")) } else { out }
}

/// A token nobody can guess: 128 bits in hexadecimal, from the system's randomness by way of the
/// standard library's keyed hash.
pub fn random_token() -> String {
    let part = || {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u128(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos()),
        );
        hasher.finish()
    };
    format!("{:016x}{:016x}", part(), part())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn properties_escape_what_ends_them() {
        assert_eq!(property("a:b,c%d\r\n"), "a%3Ab%2Cc%25d%0D%0A");
        assert_eq!(data("a:b,c%\n"), "a:b,c%25%0A");
    }

    #[test]
    fn foreign_commands_do_not_act() {
        for hostile in [
            "::set-output name=a::b",
            "  \t::error::x",
            "\u{a0}::warning::x",
            "##[set-output name=a;]b",
            "text ##[group]x",
            "fine\n::add-path::/tmp",
            "fine\r::add-path::/tmp",
            "fine\r\n::stop-commands::x",
        ] {
            assert!(!acts(&inert(hostile)), "{hostile:?}");
        }
        assert_eq!(inert("a: b :: c\n#[x]"), "a: b :: c\n#[x]");
    }

    /// How the runner looks for commands.
    fn acts(text: &str) -> bool {
        text.split(['\n', '\r']).any(|l| l.trim_start().starts_with("::") || l.contains("##["))
    }

    fn unescape(text: &str) -> String {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    }

    proptest! {
        #[test]
        fn escaping_is_undone_by_the_runner(text in "(?s)[%:,\r\n0-9A-Da-z ]{0,40}") {
            prop_assert_eq!(unescape(&property(&text)), text.clone());
            let escaped = data(&text);
            prop_assert!(!escaped.contains(['\r', '\n']));
        }

        #[test]
        fn nothing_acts(text in "(?s)[:#\\[\r\n \ta-c]{0,40}") {
            prop_assert!(!acts(&inert(&text)));
        }
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(random_token(), random_token());
        assert_eq!(random_token().len(), 32);
    }
}

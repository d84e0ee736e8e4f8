//! The messages of the launch scripts: lines `fail 'message' 'hint'`.

use super::{Exit, Message};

/// The messages of a script for sh or PowerShell.
pub(super) fn messages(script: &str) -> Vec<Message> {
    let mut found = Vec::new();
    for at in script.lines().flat_map(words) {
        let words = quoted(at);
        let [text, hint, ..] = words.as_slice() else { continue };
        found.push(Message {
            text: text.clone(),
            exits: vec![exit(at)],
            hints: vec![hint.clone()],
        });
    }
    found
}

/// What stands behind the word `fail` (or `Fail`) wherever it is a command.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let all = line.match_indices("fail ").chain(line.match_indices("Fail "));
    all.filter(move |_| !line.starts_with('#')).filter_map(move |(at, word)| {
        let (before, after) = (line.get(..at)?, line.get(at + word.len()..)?);
        let is_command = before.is_empty() || before.ends_with([' ', ';', '{', '(']);
        (is_command && after.starts_with(['\'', '"'])).then_some(after)
    })
}

/// A last argument that is the exit code.
fn exit(arguments: &str) -> Exit {
    let is_remote = arguments.split_whitespace().any(|word| word.trim_end_matches(';') == "3");
    if is_remote { Exit::Remote } else { Exit::Input }
}

/// The texts in quotes, with `…` for variables.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let is_plain = rest.as_bytes().get(at) == Some(&b'\'');
        let inside = rest.get(at + 1..).unwrap_or_default();
        let Some(end) = inside.find(if is_plain { '\'' } else { '"' }) else { break };
        let said = inside.get(..end).unwrap_or_default();
        found.push(if is_plain { said.to_owned() } else { without_variables(said) });
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    found
}

fn without_variables(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        plain.push_str(before);
        if !plain.ends_with('…') {
            plain.push('…');
        }
        rest = if let Some(inside) = after.strip_prefix('{') {
            inside.split_once('}').map_or("", |(_, rest)| rest)
        } else if let Some(inside) = after.strip_prefix('(') {
            inside.split_once(')').map_or("", |(_, rest)| rest)
        } else {
            after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
        };
    }
    plain.push_str(rest);
    plain.replace("\\\"", "\"").replace("`\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_script_is_a_message_with_its_hint() {
        let script = "fail() {\n# fail 'no' 'no'\n  '' | *) fail 'no name' 'say one' ;;\n\
                      [ x ] || fail \"no $program for ${target#x} here\" \"try 'y'\" 3\n";
        let found = messages(script);
        let [first, second] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (first.text.as_str(), first.hints.as_slice()),
            ("no name", &["say one".to_owned()][..])
        );
        assert_eq!(second.text, "no … for … here");
        assert_eq!(second.hints, ["try 'y'"]);
        assert_eq!(second.exits, [Exit::Remote]);
        assert_eq!(messages("why='may fail here' || fail 'a b c' 'd'").len(), 1);
    }

    /// Each call of the scripts is one line with message and hint.
    #[test]
    fn no_call_is_passed_over() {
        for script in ["dist/launch.sh", "dist/launch.ps1"] {
            let text = std::fs::read_to_string(crate::shell::at(script)).unwrap();
            let is_call = |line: &&str| {
                let mut words = line.split_whitespace();
                !["#", "function "].iter().any(|no| line.trim_start().starts_with(no))
                    && words.any(|word| ["fail", "Fail"].contains(&word.trim_matches(['{', '('])))
            };
            let calls = text.lines().filter(is_call).count();
            assert!(calls > 20, "{script}: {calls}");
            assert_eq!(messages(&text).len(), calls, "{script}");
        }
    }
}

//! A command as a workflow writes it, cut into words.

/// Cuts a command into program and arguments: at blanks, but not within double quotes; `\"` is a
/// quote, any other backslash is itself. There is no shell: `$`, `&&`, `|` and single quotes are
/// ordinary characters.
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = command.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if chars.peek() == Some(&'"') => {
                chars.next();
                word.get_or_insert_default().push('"');
            }
            c if c.is_ascii_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What a shell would do with the command and we do not, for a warning.
pub fn shell_syntax(words: &[String]) -> Option<&str> {
    words
        .iter()
        .map(String::as_str)
        .find(|word| matches!(*word, "&&" | "||" | "|" | ";" | ">" | ">>" | "<" | "2>&1" | "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_blanks_outside_of_double_quotes() {
        for (command, expected) in [
            ("", vec![]),
            ("  pnpm   release  ", vec!["pnpm", "release"]),
            ("bash -c \"npm ci && npm publish\"", vec!["bash", "-c", "npm ci && npm publish"]),
            (r#"say \"hi there\""#, vec!["say", "\"hi", "there\""]),
            (r"C:\tools\npm.cmd run x", vec![r"C:\tools\npm.cmd", "run", "x"]),
            ("a '' \"\" b", vec!["a", "''", "", "b"]),
            ("a\nb\tc", vec!["a", "b", "c"]),
            ("x\"y z\"w", vec!["xy zw"]),
            ("echo $(id) `id`", vec!["echo", "$(id)", "`id`"]),
        ] {
            assert_eq!(words(command), expected, "{command}");
        }
    }

    #[test]
    fn shell_syntax_is_noticed_outside_of_quotes() {
        assert_eq!(shell_syntax(&words("npm ci && npm publish")), Some("&&"));
        assert_eq!(shell_syntax(&words("bash -c \"npm ci && npm publish\"")), None);
    }
}

//! Flags that come as one text, as git-cliff-action takes them.

use launchway_base::Failure;

/// The words of such a text, split as a shell does it.
///
/// # Errors
/// Quotes are left open, or it counts on a shell that fills in variables or runs commands: no shell
/// reads it here.
pub fn words(text: &str) -> Result<Vec<String>, Failure> {
    if let Some(what) = for_a_shell(text) {
        return Err(Failure::input(format!("`args` holds {what}, and no shell reads it"))
            .with_hint("write `${{ env.NAME }}` for a variable, or put the text between single quotes to mean it as it is"));
    }
    shlex::split(text).ok_or_else(|| {
        Failure::input("`args` ends within quotes").with_hint("close the quotes, or use the inputs")
    })
}

/// The first thing in a text that a shell would replace by something else.
fn for_a_shell(text: &str) -> Option<String> {
    let (mut single, mut double, mut escaped) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\'' if !double => single = !single,
            _ if single => {}
            '\\' => escaped = true,
            '"' => double = !double,
            '`' => return Some("a backtick".to_owned()),
            '$' => {
                let rest = text.get(at + 1..)?;
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let end = if rest.starts_with(['{', '(']) { 1 } else { name };
                if end > 0 {
                    return Some(format!("`{}`", text.get(at..=at + end)?));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does_it() {
        let read = words("-vv  --latest\n--tag-pattern \"^v[0-9]+$\" --body '{{ $x `y` }}' a\\$b");
        let expected =
            ["-vv", "--latest", "--tag-pattern", "^v[0-9]+$", "--body", "{{ $x `y` }}", "a$b"];
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn what_only_a_shell_would_fill_in_is_refused() {
        for (text, what) in [
            ("--tag $VERSION -l", "`$VERSION`"),
            ("--tag \"v$VERSION\"", "`$VERSION`"),
            ("--tag \"it's $V\"", "`$V`"),
            ("--tag ${VERSION}", "`${`"),
            ("--tag $(git describe)", "`$(`"),
            ("--tag `git describe`", "a backtick"),
        ] {
            let failure = words(text).unwrap_err();
            assert!(failure.to_string().contains(what), "{text}: {failure}");
        }
        assert!(words("--body 'x").unwrap_err().to_string().contains("within quotes"));
    }
}

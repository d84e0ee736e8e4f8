//! Texts GitHub takes: their lengths and forms.

use launchway_base::Failure;

/// The longest description of a deployment or status, in characters.
const DESCRIPTION: usize = 140;
/// The longest name of an environment, in characters.
const ENVIRONMENT: usize = 255;

/// On one line, and cut to what GitHub takes.
pub fn description(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= DESCRIPTION {
        return text;
    }
    text.chars().take(DESCRIPTION - 1).chain(['…']).collect()
}

/// The name of an environment.
///
/// # Errors
/// It is empty, too long or has characters no name has.
pub fn environment(text: &str) -> Result<&str, Failure> {
    let text = text.trim();
    let is_fine =
        !text.is_empty() && text.chars().count() <= ENVIRONMENT && !text.contains(char::is_control);
    if is_fine {
        return Ok(text);
    }
    Err(Failure::input(format!("`{}` is no name of an environment", text.escape_debug()))
        .with_hint("write its name as in the settings of the repository, such as `production`"))
}

/// An address people can follow; empty when none is given.
///
/// # Errors
/// It is no `http` or `https` address.
pub fn url(name: &str, text: Option<&str>) -> Result<String, Failure> {
    let text = text.unwrap_or_default().trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && text.len() > scheme.len()
    });
    if text.is_empty() || (is_web && !text.contains(|c: char| c.is_control() || c == ' ')) {
        return Ok(text.to_owned());
    }
    Err(Failure::input(format!("`{name}`: `{}` is no address", text.escape_debug()))
        .with_hint("write it with `https://` in front"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_fit() {
        assert_eq!(description(" a\r\n b\t c "), "a b c");
        assert_eq!(description(&"ü".repeat(140)).chars().count(), 140);
        let cut = description(&"ü".repeat(141));
        assert_eq!(cut.chars().count(), 140);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn addresses_are_those_of_the_web() {
        for good in ["", " https://shop.example/a?b=c ", "HTTP://localhost:8080"] {
            assert_eq!(url("environment-url", Some(good)).unwrap(), good.trim());
        }
        for bad in
            ["shop.example", "javascript:alert(1)", "https://", "https://a b", "https://a\nb"]
        {
            assert!(url("environment-url", Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn environments_have_names() {
        for good in ["production", "pr-7", "eu west/prod", "Prüfung"] {
            assert_eq!(environment(good).unwrap(), good);
        }
        let long = "x".repeat(256);
        for bad in ["", "  ", "a\nb", long.as_str()] {
            assert!(environment(bad).is_err(), "{bad}");
        }
    }
}

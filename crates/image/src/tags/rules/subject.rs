//! The text a rule reads a version from.

use launchway_base::Failure;

use crate::tags::rule::Rule;
use crate::tags::sight::Sight;
use crate::words::pattern::Pattern;

/// The text, or the reason why there is none: the attribute `value`, else the pushed tag or the
/// version of the package.
pub fn text(rule: &Rule, sight: &Sight<'_>) -> Result<Result<String, String>, Failure> {
    match rule.attributes.get("value") {
        "" => Ok(sight.snapshot.source.text.clone()),
        value => sight.render(value).map(Ok),
    }
}

/// What the attribute `match` takes out of a text.
pub enum Matched {
    /// This part; the second says what somebody should see.
    Part(String, Option<String>),
    /// Nothing, for this reason.
    Nothing(String),
}

/// Group 1 of the attribute `match`, with `-` for slashes. Where it does not match, the whole text,
/// unless strict.
pub fn matched(rule: &Rule, sight: &Sight<'_>, text: String) -> Result<Matched, Failure> {
    let pattern = rule.attributes.get("match");
    let (part, warning) = match pattern {
        "" => (text, None),
        _ => match Pattern::plain(pattern)?.find(&text)? {
            Some(groups) => match groups.get(1) {
                Some(part) => (part.to_owned(), None),
                None => return Err(no_group(rule, pattern, &text)),
            },
            None => {
                let why = format!("`{pattern}` does not match `{text}`");
                if sight.strict {
                    return Ok(Matched::Nothing(why));
                }
                (text, Some(why + "; the whole is used"))
            }
        },
    };
    Ok(Matched::Part(part.replace('/', "-"), warning))
}

fn no_group(rule: &Rule, pattern: &str, text: &str) -> Failure {
    Failure::input(format!(
        "tag rule `{}`: the match of `{}` with `{}` has no group 1",
        rule.entry.escape_debug(),
        pattern.escape_debug(),
        text.escape_debug()
    ))
    .with_hint("put parentheses around the version: `match=v(.*)`")
}

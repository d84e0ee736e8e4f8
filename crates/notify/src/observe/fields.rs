//! Names and values of the inputs.

use launchway_base::Failure;

use crate::line;
use crate::message::Field;
use crate::text::web;

/// Reads lines of `Name=value`, split at the first `=`. A line without a value says nothing, as
/// when a workflow has none, and is left out.
pub(super) fn read(lines: &[String]) -> Result<Vec<Field>, Failure> {
    let mut fields = Vec::new();
    for text in lines.iter().flat_map(|lines| lines.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let (name, value) = text.split_once('=').unwrap_or(("", text));
        let name = line::one(name, 200);
        if name.is_empty() {
            let failure = format!("`{}` in `fields` has no name", line::one(text, 60));
            return Err(Failure::input(failure).with_hint("write `Name=value`, one per line"));
        }
        let value = line::one(value, 2000);
        if !value.is_empty() {
            fields.push(Field { name, url: web(&value), value });
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sign_splits() {
        let lines = |text: &str| read(&[text.to_owned()]);
        let seen: Vec<_> = lines("A=1\r\n b = x=y \n\nEmpty=\nUrl=https://a.example/?q=1")
            .unwrap()
            .into_iter()
            .map(|field| (field.name, field.value, field.url.is_some()))
            .collect();
        let row = |name: &str, value: &str, link| (name.to_owned(), value.to_owned(), link);
        assert_eq!(
            seen,
            [
                row("A", "1", false),
                row("b", "x=y", false),
                row("Url", "https://a.example/?q=1", true)
            ]
        );
        for bad in ["nothing", "=x", "  = y"] {
            assert!(lines(bad).unwrap_err().hint().is_some(), "{bad}");
        }
        assert!(read(&[format!("N={}", "x".repeat(1_000_000))]).unwrap()[0].value.len() < 2010);
    }
}

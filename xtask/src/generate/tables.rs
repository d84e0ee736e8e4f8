//! Tables of inputs and outputs, and putting them between markers.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use launchway_runtime::OutputDecl;
use launchway_runtime::inputs::InputDecl;

use super::action;

/// A text in one cell of a Markdown table.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A doc comment as one line that ends as a sentence: clap takes the last full stop away.
pub(super) fn sentence(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() && !text.ends_with(['.', '!', '?', ':']) {
        text.push('.');
    }
    text
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", cell(text)) }
}

/// What an input may hold.
pub(super) fn kind(input: &InputDecl) -> String {
    if input.boolean {
        "`true`, `false`".to_owned()
    } else if !input.choices.is_empty() {
        input.choices.iter().map(|choice| code(choice)).collect::<Vec<_>>().join(", ")
    } else if input.secret {
        "secret".to_owned()
    } else if input.list {
        "one per line".to_owned()
    } else {
        "text".to_owned()
    }
}

pub(super) fn inputs(inputs: &[InputDecl]) -> String {
    let mut table =
        String::from("| input | values | default | what it does |\n| --- | --- | --- | --- |\n");
    for input in inputs {
        let default = if input.required {
            let twin = input.twin.as_ref().map(|twin| format!(", or `{twin}`"));
            format!("required{}", twin.unwrap_or_default())
        } else {
            action::default(input).map(|text| code(&text)).unwrap_or_default()
        };
        let mut says = cell(&sentence(&input.description));
        for (what, names) in [("Other", &input.other), ("Older", &input.older)] {
            if !names.is_empty() {
                let names: Vec<_> = names.iter().map(|name| code(name)).collect();
                let _ = write!(says, " {what} name: {}.", names.join(", "));
            }
        }
        let _ = writeln!(table, "| `{}` | {} | {default} | {says} |", input.name, kind(input));
    }
    table
}

pub(super) fn outputs(outputs: &[OutputDecl]) -> String {
    let mut table = String::from("| output | what it is |\n| --- | --- |\n");
    for output in outputs {
        let names: Vec<_> = output.names.iter().map(|name| code(name)).collect();
        let _ = writeln!(
            table,
            "| {} | {} |",
            names.join(", "),
            cell(&sentence(&output.description()))
        );
    }
    table
}

/// The page with the text between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced.
pub(super) fn put(page: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let parts = || {
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    };
    let (before, after) = parts().with_context(|| format!("no markers `{}`", begin.trim()))?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
        let done = put(page, "x", "new\n").unwrap();
        assert_eq!(done, "a\n<!-- begin x -->\nnew\n<!-- end x -->\nb\n");
        assert_eq!(put(&done, "x", "new\n").unwrap(), done);
        assert!(put(page, "y", "").is_err());
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a | b\nc"), "a \\| b c");
    }
}

//! Names in templates that nothing has: they are empty text, as in the reference, and most often a
//! slip.

use launchway_base::nearest;

/// A warning for each name that stands alone between braces and is none of the known ones. Templates with
/// blocks may make names of their own and are passed over.
pub fn warnings(template: &str, known: &[&str]) -> Vec<String> {
    if template.contains("{{#") || template.contains("{{~#") {
        return Vec::new();
    }
    let mut said = Vec::new();
    for piece in template.split("{{").skip(1) {
        let Some((inside, _)) = piece.split_once("}}") else { continue };
        let name = inside.trim_matches(|c: char| "{}&~".contains(c) || c.is_whitespace());
        let is_name = !name.is_empty()
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name || known.contains(&name) || name == "this" || name == "else" {
            continue;
        }
        let instead = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        let warning =
            format!("nothing is named `{name}` in `{template}`, so it is empty; {instead}");
        if !said.contains(&warning) {
            said.push(warning);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["branch", "date", "sha"];

    #[test]
    fn a_slip_is_named_with_what_was_meant() {
        let said = warnings("a-{{brnch}}-{{{ sha }}}-{{~brnch~}}", KNOWN);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("`brnch`") && said[0].contains("`branch`"), "{said:?}");
        let said = warnings("{{&nothing_like_it}}", KNOWN);
        assert!(said[0].contains("branch, date, sha"), "{said:?}");
    }

    #[test]
    fn what_may_be_known_is_passed_over() {
        for text in [
            "",
            "plain",
            "{{branch}}",
            "{{date 'YYYY'}}",
            "{{!brnch}}",
            "{{'text'}}",
            "{{1}}",
            "{{a.b}}",
            "{{#if x}}{{y}}{{/if}}",
            "{{unclosed",
        ] {
            assert!(warnings(text, KNOWN).is_empty(), "{text}");
        }
    }
}

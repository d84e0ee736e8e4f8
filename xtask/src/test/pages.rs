//! Every page of an action has the same parts, in the same order; every variable of ours that is read has its line.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::shell;

/// The headings, in order.
const PARTS: &[&str] = &["## Inputs", "## Outputs", "## Permissions", "## Exit codes"];

/// What the pages of actions lack.
pub(super) fn complaints() -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for path in super::actions::files(|path| {
        path.components().count() == 3
            && path.starts_with("actions")
            && path.ends_with("action.yml")
    })? {
        let folder = path.parent().unwrap_or(Path::new(""));
        let page = folder.join("README.md");
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(shell::at(&page))
            .with_context(|| format!("cannot read {}", page.display()))?;
        complaints.extend(
            judge(&name, &text).into_iter().map(|what| format!("{}: {what}", page.display())),
        );
    }
    complaints.extend(variables()?);
    let text =
        std::fs::read_to_string(shell::at("action.yml")).context("cannot read action.yml")?;
    complaints.extend(marketplace(&text));
    Ok(complaints)
}

/// What GitHub's marketplace refuses of an action file: "Description must be less than 125 characters".
fn marketplace(action: &str) -> Option<String> {
    let description = action.lines().find_map(|line| line.strip_prefix("description: "));
    let short = description.is_some_and(|text| text.trim_matches('"').chars().count() < 125);
    let branded = action.contains("\nbranding:\n  icon: ") && action.contains("\n  color: ");
    let ready = short && branded;
    (!ready).then(|| {
        "action.yml: the marketplace wants a description under 125 characters, and branding"
            .to_owned()
    })
}

/// Variables that only tests of ours set.
const OF_TESTS: &[&str] = &["LAUNCHWAY_BLESS", "LAUNCHWAY_RECORD_DIR", "LAUNCHWAY_REQUIRE_TOOLS"];

/// `LAUNCHWAY_…` in programs and launchers, and not on the page of the configuration.
fn variables() -> Result<Vec<String>> {
    let page = "docs/configuration.md";
    let text =
        std::fs::read_to_string(shell::at(page)).with_context(|| format!("cannot read {page}"))?;
    let mut complaints = Vec::new();
    for path in super::actions::files(|path| {
        let is_code =
            path.extension().is_some_and(|kind| kind == "rs" || kind == "sh" || kind == "ps1");
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        let of_program = parts.first().is_some_and(|first| first == "crates")
            && parts.get(1).is_some_and(|name| name != "testkit")
            && parts.get(2).is_some_and(|folder| folder == "src");
        is_code && (of_program || path.starts_with("dist"))
    })? {
        let source = std::fs::read_to_string(shell::at(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        for name in named(&source) {
            if !OF_TESTS.contains(&name.as_str()) && !text.contains(&format!("`{name}`")) {
                complaints.push(format!("{page}: `{name}` of {} is missing", path.display()));
            }
        }
    }
    complaints.sort();
    complaints.dedup();
    Ok(complaints)
}

/// The names of variables of ours in a text.
fn named(text: &str) -> Vec<String> {
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect()
    };
    let names = text.split("LAUNCHWAY_").skip(1).map(name).filter(|name| !name.is_empty());
    names.map(|name| format!("LAUNCHWAY_{name}")).collect()
}

fn judge(name: &str, page: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut from = 0;
    for part in PARTS {
        match page.get(from..).and_then(|rest| rest.find(&format!("\n{part}\n"))) {
            Some(at) => from += at,
            None => complaints.push(format!("`{part}` is missing, or not in its place")),
        }
    }
    let (head, _) = page.split_once("\n## ").unwrap_or((page, ""));
    let uses = [format!("actions/{name}@v1"), "uses: launchway/launchway@v1".to_owned()];
    if !head.contains("```yaml\n") || !uses.iter().any(|uses| head.contains(uses.as_str())) {
        complaints.push("it has no example above its inputs".to_owned());
    }
    if !head.contains("](../../docs/") {
        complaints.push("it leads to no guide".to_owned());
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marketplace_takes_short_descriptions_only() {
        let action = |text: &str| {
            format!("name: A\ndescription: \"{text}\"\nbranding:\n  icon: tag\n  color: blue\n")
        };
        assert_eq!(marketplace(&action(&"x".repeat(124))), None);
        assert!(marketplace(&action(&"x".repeat(125))).is_some());
        assert!(marketplace("description: \"x\"\n").is_some());
    }

    #[test]
    fn variables_are_found_by_their_name() {
        assert_eq!(
            named("a \"LAUNCHWAY_X_Y\" LAUNCHWAY_ ${LAUNCHWAY_Z:-1}"),
            ["LAUNCHWAY_X_Y", "LAUNCHWAY_Z"]
        );
    }

    #[test]
    fn a_page_has_its_parts_in_order() {
        let good = "# A\n[g](../../docs/a.md)\n```yaml\n- uses: launchway/launchway/actions/a@v1\n```\n\n## Inputs\n\n## Outputs\n\n\
                    ## Permissions\n\n## Exit codes\n";
        assert_eq!(judge("a", good), [""; 0]);
        assert_eq!(judge("b", good), ["it has no example above its inputs"]);
        let swapped = good.replace("## Inputs\n\n## Outputs", "## Outputs\n\n## Inputs");
        assert_eq!(judge("a", &swapped), ["`## Outputs` is missing, or not in its place"]);
        assert_eq!(judge("a", &good.replace("docs/", "d/")), ["it leads to no guide"]);
    }
}

//! Every page of an action has the same parts, in the same order.

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
    Ok(complaints)
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

//! Whether the configured names of tags can be used for the packages there are.

use std::collections::HashMap;

use launchway_workspace::Workspace;

use crate::config::Config;

/// Problems of `launchway.tag`; each completes "`.changeset/config.json` …".
pub(crate) fn problems(config: &Config, workspace: &Workspace) -> Vec<String> {
    let Some(pattern) = &config.own.scope.tags else { return Vec::new() };
    let mut problems = Vec::new();
    let mut owners: HashMap<String, &str> = HashMap::new();
    for package in workspace.packages.iter().filter(|package| !config.skips_tagging(package)) {
        let tag = pattern.tag(&package.name, "1.2.3");
        if !is_ref_name(&tag) {
            problems.push(format!(
                "has a `launchway.tag` that names tags as in `{}`, which git does not take",
                tag.escape_debug()
            ));
            break;
        }
        if let Some(other) = owners.insert(tag, &package.name) {
            problems.push(format!(
                "has a `launchway.tag` by which `{other}` and `{}` have the same tags; write `{{name}}` into it",
                package.name
            ));
            break;
        }
    }
    problems
}

/// Whether git takes the name for a tag.
fn is_ref_name(tag: &str) -> bool {
    let bad = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    !tag.is_empty()
        && tag.len() <= 250
        && !tag.contains(bad)
        && !["..", "@{", "//"].iter().any(|part| tag.contains(part))
        && !tag.starts_with(['/', '.', '-'])
        && !tag.ends_with(['/', '.'])
        && !tag.split('/').any(|part| part.starts_with('.') || part.strip_suffix(".lock").is_some())
}

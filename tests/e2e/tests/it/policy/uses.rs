//! What may stand behind `uses:`.

use super::files::{File, Kind, World, all_uses, own};

/// Ours by `$/`, in pages and examples by `@v1`; everybody else's by the commit of the list, with
/// its version in a comment.
pub(super) fn pinned(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for line in file.text.lines() {
        let trimmed = line.trim_start().trim_start_matches("- ");
        let Some(rest) = trimmed.strip_prefix("uses:") else { continue };
        let (uses, comment) = rest.split_once(" #").unwrap_or((rest, ""));
        let (uses, comment) = (uses.trim().trim_matches(['"', '\'']), comment.trim());
        seen.push(uses.to_owned());
        if uses.starts_with("$/") || uses.starts_with("./") {
            if uses.contains('@') {
                found.push(format!("`{uses}` takes no version"));
            }
            continue;
        }
        if own(uses).is_some() {
            let copied = matches!(file.kind, Kind::Example | Kind::Page | Kind::Snippet);
            let sha =
                uses.rsplit_once('@').is_some_and(|(_, at)| at.len() == 40 || at.starts_with('<'));
            if !(copied && (uses.ends_with("@v1") || sha)) {
                found.push(format!("`{uses}` is ours: `$/…` here, `@v1` in pages and examples"));
            }
            continue;
        }
        let Some((action, sha)) = uses.split_once('@') else {
            found.push(format!("`{uses}` has no version"));
            continue;
        };
        let page = matches!(file.kind, Kind::Page | Kind::Snippet);
        let mut known = world
            .pins
            .iter()
            .filter(|pin| pin.action == action && !pin.nested && (page || !pin.page));
        match known.find(|pin| pin.sha == sha) {
            None => found.push(format!("`{uses}` is not in tests/actions/pins.toml")),
            Some(pin) if comment != pin.version => {
                found.push(format!("`{action}` is {}, the comment says {comment:?}", pin.version));
            }
            Some(_) => {}
        }
    }
    // Written in another way it would not have been looked at.
    for (uses, ..) in all_uses(&file.yaml) {
        if !seen.contains(&uses) {
            found.push(format!("`{uses}` has no line `uses: …` of its own"));
        }
    }
    found
}

/// What is ours is there.
pub(super) fn exists(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (uses, _, _) in all_uses(&file.yaml) {
        if own(&uses).is_some() && world.declared(&uses).is_none() {
            found.push(format!("`{uses}` is not in this repository"));
        }
    }
    found
}

/// `./` is the caller's workspace in a called workflow, and nothing at all in an action.
pub(super) fn no_local(_: &World, file: &File) -> Vec<String> {
    let local = |uses: &str| uses.starts_with("./") || uses.starts_with("../");
    let copied = matches!(file.kind, Kind::Example | Kind::Page | Kind::Snippet);
    let uses = all_uses(&file.yaml).into_iter();
    // A user's own workflow may call another one of the same repository.
    uses.filter(|(uses, _, job)| local(uses) && !(copied && *job))
        .map(|(uses, _, _)| format!("`{uses}` is looked up in the workspace"))
        .collect()
}

/// No credentials stay in the checkout, but where a page shows what pushes by itself.
pub(super) fn checkout(_: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    if matches!(file.kind, Kind::Page | Kind::Snippet) && file.text.contains("git push") {
        return found;
    }
    for (uses, node, _) in all_uses(&file.yaml) {
        if uses.starts_with("actions/checkout@") && node["with"]["persist-credentials"] != false {
            found.push("a checkout keeps credentials".to_owned());
        }
    }
    found
}

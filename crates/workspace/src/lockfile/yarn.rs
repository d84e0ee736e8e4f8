//! `yarn.lock`, of yarn 1 and of yarn 2 and newer.

use std::collections::{BTreeSet, HashMap};

use super::{Lockfile, Moves, NeedsTool, Tool};

/// The formats of yarn.
#[derive(Debug)]
pub struct YarnLock;

impl Lockfile for YarnLock {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn files(&self) -> &'static [&'static str] {
        &["yarn.lock"]
    }

    fn update(&self, lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
        if has_conflicts(lock) {
            return Err(NeedsTool::broken("holds conflicts of a merge"));
        }
        if is_modern(lock) { modern(lock, moves) } else { classic(lock, moves) }
    }

    fn tool(&self, lock: &str) -> Tool {
        if is_modern(lock) {
            Tool {
                command: &["yarn", "install", "--mode=update-lockfile"],
                offline: None,
                can_be_run: true,
            }
        } else {
            // Yarn 1 cannot write its lock file without installing.
            Tool { command: &["yarn", "install"], offline: None, can_be_run: false }
        }
    }
}

/// Whether a merge was left undone.
fn has_conflicts(lock: &str) -> bool {
    lock.lines().any(|line| line.starts_with("<<<<<<<"))
}

fn is_modern(lock: &str) -> bool {
    lock.lines().any(|line| line.trim_end() == "__metadata:")
}

/// Yarn 1 does not list members; one that is listed is a copy from a registry.
fn classic(lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
    let listed: BTreeSet<&str> = lock
        .lines()
        .filter(|line| !line.starts_with([' ', '#']) && line.trim_end().ends_with(':'))
        .flat_map(|line| line.trim_end().trim_end_matches(':').split(", "))
        .filter_map(|descriptor| ident(descriptor.trim_matches('"')))
        .collect();
    match moves.ranges.iter().find(|range| listed.contains(range.name.as_str())) {
        Some(range) => Err(NeedsTool::elsewhere(&range.name)),
        None => Ok(lock.to_owned()),
    }
}

/// The name in `@scope/name@range`.
fn ident(descriptor: &str) -> Option<&str> {
    let at = descriptor.get(1..)?.find('@')? + 1;
    descriptor.get(..at)
}

/// A member's block repeats its ranges; the head of its block lists the ranges of others on it.
fn modern(lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
    let lines: Vec<&str> = lock.split_inclusive('\n').collect();
    let blocks: Vec<&[&str]> =
        lines.chunk_by(|_, next| next.starts_with([' ', '\r', '\n'])).collect();
    let mut by_dir: HashMap<&str, Vec<(&str, &str, &str)>> = HashMap::new();
    for moved in &moves.ranges {
        by_dir.entry(&moved.dir).or_default().push((&moved.name, &moved.old, &moved.new));
    }
    let moving: BTreeSet<&str> = moves.ranges.iter().map(|moved| moved.name.as_str()).collect();
    // Yarn writes the longest heads in another form.
    let long = lines.iter().filter_map(|line| ident(line.strip_prefix("? \"")?));
    if long.into_iter().any(|name| moving.contains(name)) {
        return Err(NeedsTool::because("has a head of more than a thousand letters"));
    }
    let mut bodies: Vec<String> = Vec::with_capacity(blocks.len());
    let mut used: BTreeSet<String> = BTreeSet::new();
    for block in &blocks {
        let head = block.first().copied().unwrap_or_default();
        let dir = folder(head);
        let changes = dir.and_then(|dir| by_dir.get(dir));
        let mut body = String::new();
        // A peer is not looked up here: whoever provides it lists it.
        let mut is_asked_for = false;
        for line in block.iter().skip(1) {
            if line.starts_with("  ") && !line.starts_with("   ") {
                is_asked_for = line.trim() == "dependencies:";
            }
            let edited = changes.and_then(|changes| range(line, changes));
            let line = edited.unwrap_or_else(|| (*line).to_owned());
            used.extend(descriptor(&line).filter(|_| is_asked_for));
            body.push_str(&line);
        }
        bodies.push(body);
    }
    let mut out = String::with_capacity(lock.len());
    for (block, body) in blocks.iter().zip(&bodies) {
        let head = block.first().copied().unwrap_or_default();
        let name = head.trim_start_matches('"');
        let name = ident(name).filter(|name| moving.contains(name));
        match (name, folder(head)) {
            (Some(_), Some(_)) => out.push_str(&new_head(head, &used)),
            (Some(name), None) if !head.starts_with([' ', '#']) => {
                return Err(NeedsTool::elsewhere(name));
            }
            _ => out.push_str(head),
        }
        out.push_str(body);
    }
    Ok(out)
}

/// The folder of the member whose block begins with this line.
fn folder(head: &str) -> Option<&str> {
    descriptors(head).find_map(|descriptor| {
        let range = descriptor.get(ident(descriptor)?.len() + 1..)?.strip_prefix("workspace:")?;
        match range {
            "." => Some(""),
            // `workspace:^` and `workspace:1.2.3` are ranges.
            path if path.starts_with(['^', '~', '*', '>', '<', '=']) => None,
            path if path.chars().next().is_some_and(|c| c.is_ascii_digit())
                && !path.contains('/') =>
            {
                None
            }
            path => Some(path),
        }
    })
}

fn descriptors(head: &str) -> impl Iterator<Item = &str> {
    let head = head.trim_end().trim_end_matches(':').trim_matches('"');
    head.split(", ")
}

/// `    "@x/core": "npm:^1.0.0"` as name, range and what stands before the range.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let body = line.strip_prefix("    ").filter(|body| !body.starts_with(' '))?;
    let (key, value) = body.trim_end().split_once(": ")?;
    let value = value.trim_matches('"');
    let (protocol, range) = match value.strip_prefix("npm:") {
        Some(range) => ("npm:", range),
        None => ("", value),
    };
    Some((key.trim_matches('"'), protocol, range))
}

/// The line with its new range, if it is one that moves.
fn range(line: &str, changes: &[(&str, &str, &str)]) -> Option<String> {
    let (name, _, range) = parts(line)?;
    let (_, old, new) = changes.iter().find(|(n, old, _)| *n == name && *old == range)?;
    let at = line.rfind(old)?;
    Some(format!("{}{new}{}", line.get(..at)?, line.get(at + old.len()..)?))
}

/// What a line asks for, as it stands at the head of a block.
fn descriptor(line: &str) -> Option<String> {
    let (name, protocol, range) = parts(line)?;
    Some(format!("{name}@{protocol}{range}"))
}

/// The head with those descriptors that are still asked for, and new ones of its package.
fn new_head(head: &str, used: &BTreeSet<String>) -> String {
    let Some(name) = descriptors(head).next().and_then(ident) else { return head.to_owned() };
    let own = folder(head)
        .map(|dir| format!("{name}@workspace:{}", if dir.is_empty() { "." } else { dir }));
    let start = format!("{name}@");
    let mut all: BTreeSet<&str> = used
        .range(start.clone()..)
        .take_while(|descriptor| descriptor.starts_with(&start))
        .map(String::as_str)
        .collect();
    all.extend(own.as_deref());
    // By another name the same folder may be asked for, too; that does not move.
    all.extend(descriptors(head).filter(|known| ident(known) != Some(name)));
    let end: String = head.chars().rev().take_while(char::is_ascii_whitespace).collect();
    let end: String = end.chars().rev().collect();
    let all: Vec<&str> = all.into_iter().collect();
    format!("\"{}\":{end}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::RangeMove;
    use crate::package::DependencyKind;

    /// As yarn 4 writes it.
    const LOCK: &str = "__metadata:\n  version: 8\n\n\
        \"@x/app@workspace:packages/app\":\n  version: 0.0.0-use.local\n  resolution: \"@x/app@workspace:packages/app\"\n  dependencies:\n    \"@x/core\": \"npm:^1.0.0\"\n    core2: \"workspace:packages/core\"\n  languageName: unknown\n  linkType: soft\n\n\
        \"@x/core@npm:^1.0.0, @x/core@workspace:packages/core, core2@workspace:packages/core\":\n  version: 0.0.0-use.local\n  resolution: \"@x/core@workspace:packages/core\"\n  languageName: unknown\n  linkType: soft\n";

    #[test]
    fn heads_list_what_is_asked_for_and_keep_other_names() {
        let range = RangeMove {
            dir: "packages/app".into(),
            kind: DependencyKind::Normal,
            name: "@x/core".into(),
            old: "^1.0.0".into(),
            new: "^2.0.0".into(),
        };
        let moves = Moves { packages: Vec::new(), ranges: vec![range] };
        let updated = YarnLock.update(LOCK, &moves).unwrap();
        assert_eq!(updated, LOCK.replace("^1.0.0", "^2.0.0"));
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(YarnLock.update(&crlf(LOCK), &moves).unwrap(), crlf(&updated));
    }
}

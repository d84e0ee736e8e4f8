//! Links between our own pages: the file is there, and so is the heading; and the parts every page of an action has.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::{Context, Outcome};
use crate::shell;

pub(super) fn check(_: &Context) -> Result<Outcome> {
    let listed = shell::read(shell::command("git").args([
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
        "*.md",
    ]))?;
    let mut pages = BTreeMap::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        if let Ok(text) = std::fs::read_to_string(shell::at(name)) {
            pages.insert(PathBuf::from(name), text);
        }
    }
    let mut complaints = judge(&pages, |path| shell::at(path).exists());
    complaints.extend(super::pages::complaints()?);
    Ok(Outcome::complaints(&complaints, format!("{} pages", pages.len())))
}

fn judge(pages: &BTreeMap<PathBuf, String>, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for (page, text) in pages {
        for link in links(text) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                plain(&page.parent().unwrap_or(Path::new("")).join(path))
            };
            let heading = || pages.get(&target).is_none_or(|text| has_heading(text, anchor));
            if !exists(&target) {
                complaints.push(format!("{}: `{link}` leads nowhere", page.display()));
            } else if !anchor.is_empty() && !heading() {
                complaints.push(format!("{}: `{link}`: no such heading", page.display()));
            }
        }
    }
    complaints
}

/// Relative targets of `[text](target)` outside code fences.
fn links(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        found.extend(
            targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")),
        );
    }
    found
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Whether a heading has this anchor, as GitHub makes them, or a mark of its own.
fn has_heading(text: &str, anchor: &str) -> bool {
    if text.contains(&format!("<a id=\"{anchor}\"></a>")) {
        return true;
    }
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let slug: String = title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        slug == anchor
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_needs_its_file_and_its_heading() {
        let pages = BTreeMap::from([
            (
                PathBuf::from("docs/a.md"),
                "[b](../b.md#the-token) [c](c.md) [x](https://x.test)".to_owned(),
            ),
            (
                PathBuf::from("b.md"),
                "# B\n<a id=\"own\"></a>\n## The `token`\n[o](#own) [a](docs/a.md#no) [self](#b)\n```\n[z](z)\n```\n".to_owned(),
            ),
        ]);
        let found = judge(&pages, |path| pages.contains_key(path));
        assert_eq!(
            found,
            ["b.md: `docs/a.md#no`: no such heading", "docs/a.md: `c.md` leads nowhere"]
        );
    }
}

//! `Cargo.lock`, formats 1 to 4.

use std::collections::HashMap;

use semver::Version;

use super::{Lockfile, Moves, NeedsTool, Tool};

/// The format of Cargo.
#[derive(Debug)]
pub struct CargoLock;

impl Lockfile for CargoLock {
    fn ecosystem(&self) -> &'static str {
        "cargo"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cargo.lock"]
    }

    fn update(&self, text: &str, moves: &Moves) -> Result<String, NeedsTool> {
        let by_name: ByName<'_> = moves
            .packages
            .iter()
            .map(|moved| (moved.name.as_str(), (moved.old.as_str(), moved.new.as_str())))
            .collect();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut blocks: Vec<Block> = Vec::new();
        for block in lines.chunk_by(|_, next| !next.starts_with('[')) {
            blocks.push(edited(block, &by_name));
        }
        let mut reordered = false;
        // Cargo sorts entries of one name by version: a new version may have another place.
        for run in blocks.chunk_by_mut(|a, b| a.name.is_some() && a.name == b.name) {
            let has_moved = run.iter().any(|block| block.moved);
            if has_moved && !run.is_sorted_by_key(|block| &block.version) {
                run.sort_by(|a, b| a.version.cmp(&b.version));
                reordered = true;
            }
        }
        if !reordered {
            return Ok(blocks.into_iter().map(|block| block.text).collect());
        }
        let mut out = String::with_capacity(text.len());
        for block in &blocks {
            // The last entry of a file has no blank line after it, wherever it stood before.
            if !out.is_empty() && block.name.is_some() && !is_apart(&out) {
                out.push_str(if out.ends_with("\r\n") { "\r\n" } else { "\n" });
            }
            out.push_str(&block.text);
        }
        if !ends_blank(text) && ends_blank(&out) {
            let line_end = if out.ends_with("\r\n") { 2 } else { 1 };
            out.truncate(out.len() - line_end);
        }
        Ok(out)
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool {
            command: &["cargo", "update", "--workspace"],
            offline: Some("--offline"),
            can_be_run: false,
        }
    }
}

/// One entry of the file, edited.
struct Block {
    /// Name and version of the package; `None` for what is no entry.
    name: Option<String>,
    version: Option<Version>,
    text: String,
    moved: bool,
}

/// Old and new version by name.
type ByName<'a> = HashMap<&'a str, (&'a str, &'a str)>;

fn edited(block: &[&str], by_name: &ByName<'_>) -> Block {
    let is_entry = block.first().is_some_and(|line| line.trim() == "[[package]]");
    let value = |key: &str| {
        let mut lines = block.iter().filter(|_| is_entry);
        lines.find_map(|line| {
            line.trim().strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
        })
    };
    let name = value("name");
    // What comes from elsewhere says where from.
    let own = name.filter(|_| value("source").is_none()).and_then(|name| by_name.get(name));
    let own = own.filter(|(old, _)| value("version") == Some(old));
    let mut lines: Vec<(String, bool)> = Vec::with_capacity(block.len());
    let mut in_dependencies = false;
    for line in block {
        let body = line.trim();
        in_dependencies = match body {
            "dependencies = [" => true,
            "]" => false,
            _ => in_dependencies,
        };
        let new = match own {
            Some((old, new)) if body == format!("version = \"{old}\"") => {
                Some(line.replacen(old, new, 1))
            }
            _ if in_dependencies => dependency(line, by_name),
            _ => None,
        };
        let is_new = new.is_some();
        lines.push((new.unwrap_or_else(|| (*line).to_owned()), is_new));
    }
    let is_same = |a: &str, b: &str| words(a).zip(words(b)).is_some_and(|(a, b)| a.0 == b.0);
    for run in lines.chunk_by_mut(|(a, _), (b, _)| is_same(a, b)) {
        if run.iter().any(|(_, is_new)| *is_new) {
            run.sort_by_key(|(line, _)| words(line).and_then(|(_, version)| version));
        }
    }
    let version = own.map(|(_, new)| *new).or_else(|| value("version"));
    Block {
        name: name.map(str::to_owned),
        version: version.and_then(|version| Version::parse(version).ok()),
        text: lines.into_iter().map(|(line, _)| line).collect(),
        moved: own.is_some(),
    }
}

/// Name and version of a dependency that is listed with its version.
fn words(line: &str) -> Option<(&str, Option<Version>)> {
    let body = line.strip_prefix(" \"")?.trim_end().trim_end_matches(',').strip_suffix('"')?;
    let mut words = body.split(' ');
    Some((words.next()?, words.next().and_then(|version| Version::parse(version).ok())))
}

/// Whether the text ends with a blank line, so that an entry may follow.
fn is_apart(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').is_empty() || ends_blank(text)
}

fn ends_blank(text: &str) -> bool {
    text.ends_with("\n\n") || text.ends_with("\n\r\n")
}

/// `"name 1.2.3",` is written where there are several of that name. What comes from elsewhere says
/// where from in a third word.
fn dependency(line: &str, by_name: &ByName<'_>) -> Option<String> {
    let body = line.trim().trim_end_matches(',').strip_prefix('"')?.strip_suffix('"')?;
    let (name, version) = body.split_once(' ')?;
    let (old, new) = by_name.get(name)?;
    (version == *old).then(|| line.replacen(&format!("{name} {old}"), &format!("{name} {new}"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::PackageMove;

    fn moves() -> Moves {
        let package = |name: &str, old: &str, new: &str| PackageMove {
            dir: format!("crates/{name}"),
            name: name.into(),
            old: old.into(),
            new: new.into(),
        };
        Moves {
            packages: vec![package("core", "1.0.0", "1.1.0"), package("cli", "0.3.0", "0.3.1")],
            ranges: Vec::new(),
        }
    }

    const LOCK: &str = "# This file is automatically @generated by Cargo.\nversion = 4\n\n\
        [[package]]\nname = \"cli\"\nversion = \"0.3.0\"\ndependencies = [\n \"core 0.9.0 (registry+x)\",\n \"core 1.0.0\",\n \"serde\",\n]\n\n\
        [[package]]\nname = \"core\"\nversion = \"0.9.0\"\nsource = \"registry+x\"\nchecksum = \"1.0.0\"\n\n\
        [[package]]\nname = \"core\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";

    #[test]
    fn members_move_and_what_comes_from_elsewhere_stays() {
        let wanted = LOCK
            .replace("name = \"cli\"\nversion = \"0.3.0\"", "name = \"cli\"\nversion = \"0.3.1\"")
            .replace("\"core 1.0.0\"", "\"core 1.1.0\"")
            .replace(
                "name = \"core\"\nversion = \"1.0.0\"",
                "name = \"core\"\nversion = \"1.1.0\"",
            );
        assert_eq!(CargoLock.update(LOCK, &moves()).unwrap(), wanted);
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(CargoLock.update(&crlf(LOCK), &moves()).unwrap(), crlf(&wanted));
    }

    #[test]
    fn entries_of_one_name_stay_in_order() {
        let entry = |version: &str, rest: &str| {
            format!("[[package]]\nname = \"core\"\nversion = \"{version}\"\n{rest}")
        };
        let foreign = "source = \"registry+x\"\n";
        let user = |first: &str, second: &str| {
            format!(
                "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"core {first}\",\n \"core {second}\",\n]\n\n"
            )
        };
        let before = format!(
            "{}{}\n{}",
            user("1.0.0", "1.0.5"),
            entry("1.0.0", ""),
            entry("1.0.5", foreign)
        );
        let after = format!(
            "{}{}\n{}",
            user("1.0.5", "1.1.0"),
            entry("1.0.5", foreign),
            entry("1.1.0", "")
        );
        assert_eq!(CargoLock.update(&before, &moves()).unwrap(), after);
        let tail = "\n[[patch.unused]]\nname = \"core\"\nversion = \"1.0.0\"\n";
        let got = CargoLock.update(&format!("{before}{tail}"), &moves()).unwrap();
        assert_eq!(got, format!("{after}{tail}"));
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in
            ["", "nonsense", "[[package]]\nname = \"other\"\nversion = \"1.0.0\"", "\u{feff}"]
        {
            assert_eq!(CargoLock.update(text, &moves()).unwrap(), text);
        }
        assert_eq!(CargoLock.update(LOCK, &Moves::default()).unwrap(), LOCK);
    }
}

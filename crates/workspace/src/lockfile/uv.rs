//! `uv.lock`, format 1: members stand in it with their version, never with a range on them.

use super::{Lockfile, Moves, NeedsTool, PackageMove, Tool};
use crate::ecosystem::Python;

/// The format of uv.
#[derive(Debug)]
pub struct UvLock;

/// The format that is known.
const FORMAT: &str = "1";

impl Lockfile for UvLock {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn files(&self) -> &'static [&'static str] {
        &["uv.lock"]
    }

    fn update(&self, text: &str, moves: &Moves) -> Result<String, NeedsTool> {
        let mut head = text.lines().take_while(|line| !line.starts_with('['));
        match head.find_map(|line| line.strip_prefix("version = ")).map(str::trim) {
            Some(FORMAT) => {}
            Some(other) => return Err(NeedsTool::unknown(other)),
            None => return Err(NeedsTool::broken("does not say which format it has")),
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let blocks = lines.chunk_by(|_, next| !next.starts_with("[["));
        let mut out = String::with_capacity(text.len() + 16);
        for block in blocks {
            edit(block, moves, &mut out)?;
        }
        Ok(out)
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool { command: &["uv", "lock"], offline: Some("--offline"), can_be_run: false }
    }
}

/// Adds a block to the text: the entry of a package, or what stands before the first.
fn edit(block: &[&str], moves: &Moves, out: &mut String) -> Result<(), NeedsTool> {
    let is_entry = block.first().is_some_and(|line| line.trim_end() == "[[package]]");
    // What comes after is in a table of its own.
    let own = block.iter().skip(1).take_while(|line| !line.starts_with('[') && is_entry);
    let value = |key: &str| own.clone().find_map(|line| line.trim_end().strip_prefix(key));
    let own_move = value("name = \"").and_then(|name| {
        let name = Python::normal_name(name.trim_end_matches('"'));
        moves.packages.iter().find(|moved| Python::normal_name(&moved.name) == name)
    });
    let Some(member) = own_move else {
        out.extend(block.iter().copied());
        return Ok(());
    };
    let source = value("source = ").unwrap_or_default();
    if !is_here(source, member) {
        return Err(NeedsTool::elsewhere(&member.name));
    }
    let new = Python::normal_version(&member.new)
        .ok_or_else(|| NeedsTool::because(format!("cannot have the version `{}`", member.new)))?;
    let mut is_done = false;
    for line in block {
        match line.trim_end().strip_prefix("version = \"").and_then(|old| old.strip_suffix('"')) {
            Some(old) if !is_done => {
                is_done = true;
                out.push_str(&line.replacen(&format!("\"{old}\""), &format!("\"{new}\""), 1));
            }
            _ => out.push_str(line),
        }
        // Past its own keys nothing is its version.
        is_done |= line.starts_with('[') && line.trim_end() != "[[package]]";
    }
    Ok(())
}

/// Whether a source is the folder of the package: `{ editable = "packages/core" }`.
fn is_here(source: &str, moved: &PackageMove) -> bool {
    let dir = if moved.dir.is_empty() { "." } else { &moved.dir };
    ["editable", "virtual", "directory"]
        .iter()
        .any(|kind| source == format!("{{ {kind} = \"{dir}\" }}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves() -> Moves {
        let package = |dir: &str, name: &str, old: &str, new: &str| PackageMove {
            dir: dir.into(),
            name: name.into(),
            old: old.into(),
            new: new.into(),
        };
        Moves {
            packages: vec![
                package("packages/core", "Core", "1.2.0", "1.3.0-rc.0"),
                package("tools/x", "My_X", "0.1.0", "0.2.0"),
                package("", "root", "1.0.0", "1.0.1"),
            ],
            ranges: Vec::new(),
        }
    }

    const LOCK: &str = "version = 1\nrevision = 5\nrequires-python = \">=3.9\"\n\n[manifest]\nmembers = [\n    \"core\",\n]\n\n\
        [[package]]\nname = \"anyio\"\nversion = \"0.1\"\nsource = { registry = \"https://index.test/simple\" }\n\n\
        [[package]]\nname = \"core\"\nversion = \"1.2.0\"\nsource = { editable = \"packages/core\" }\n\n\
        [package.metadata]\nrequires-dist = [{ name = \"my-x\", editable = \"tools/x\" }]\n\n\
        [[package]]\nname = \"my-x\"\nversion = \"0.1\"\nsource = { virtual = \"tools/x\" }\n\n\
        [[package]]\nname = \"root\"\nversion = \"1.0.0\"\nsource = { editable = \".\" }\n";

    #[test]
    fn members_move_and_everything_else_stays() {
        let wanted = LOCK
            .replace("\"1.2.0\"", "\"1.3.0rc0\"")
            .replace("name = \"my-x\"\nversion = \"0.1\"", "name = \"my-x\"\nversion = \"0.2.0\"")
            .replace("\"1.0.0\"", "\"1.0.1\"");
        assert_eq!(UvLock.update(LOCK, &moves()).unwrap(), wanted);
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(UvLock.update(&crlf(LOCK), &moves()).unwrap(), crlf(&wanted));
        assert_eq!(UvLock.update(LOCK, &Moves::default()).unwrap(), LOCK);
        // Whatever stands between the quotes is what is replaced.
        for old in ["", "e"] {
            let odd = LOCK.replacen("1.2.0", old, 1);
            assert_eq!(UvLock.update(&odd, &moves()).unwrap(), wanted);
        }
    }

    #[test]
    fn what_is_not_understood_is_left_to_the_tool() {
        let other = LOCK.replacen("version = 1", "version = 2", 1);
        assert!(!UvLock.update(&other, &moves()).unwrap_err().is_broken);
        assert!(UvLock.update("nonsense", &moves()).unwrap_err().is_broken);
        let far = LOCK.replace("{ editable = \"packages/core\" }", "{ registry = \"x\" }");
        let said = UvLock.update(&far, &moves()).unwrap_err();
        assert_eq!(said, NeedsTool::elsewhere("Core"));
    }
}

//! `poetry.lock`: it holds a hash of the requirements, which only Poetry can make.

use super::{Lockfile, Moves, NeedsTool, Tool};

/// The format of Poetry.
#[derive(Debug)]
pub struct PoetryLock;

impl Lockfile for PoetryLock {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn files(&self) -> &'static [&'static str] {
        &["poetry.lock"]
    }

    fn update(&self, text: &str, moves: &Moves) -> Result<String, NeedsTool> {
        // The version of the project itself does not stand in it.
        if moves.ranges.iter().any(|moved| moved.dir.is_empty()) {
            return Err(NeedsTool::because("holds a hash of the requirements"));
        }
        Ok(text.to_owned())
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool { command: &["poetry", "lock"], offline: None, can_be_run: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::RangeMove;
    use crate::package::DependencyKind;

    #[test]
    fn only_new_requirements_need_the_tool() {
        let range = |dir: &str| RangeMove {
            dir: dir.into(),
            kind: DependencyKind::Normal,
            name: "core".into(),
            old: ">=1".into(),
            new: ">=2".into(),
        };
        let moves = |dir: &str| Moves { packages: Vec::new(), ranges: vec![range(dir)] };
        assert_eq!(PoetryLock.update("a", &Moves::default()).as_deref(), Ok("a"));
        assert_eq!(PoetryLock.update("a", &moves("apps/web")).as_deref(), Ok("a"));
        assert!(PoetryLock.update("a", &moves("")).unwrap_err().reason.contains("hash"));
    }
}

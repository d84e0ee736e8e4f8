//! Submodules that differ between two commits.

use std::collections::BTreeMap;

use crate::run::split_nul;
use crate::{Git, Result};

/// A submodule that stands at another commit than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedSubmodule {
    /// Its folder, from the root.
    pub path: String,
    /// The commit it stood at; `None` when it is new.
    pub from: Option<String>,
    /// The commit it stands at.
    pub to: String,
}

impl Git {
    /// The submodules that are new or moved from one commit to another, sorted by path; without a
    /// first commit all there are.
    pub fn moved_submodules(&self, from: Option<&str>, to: &str) -> Result<Vec<MovedSubmodule>> {
        let before = match from {
            Some(from) => self.submodules_at(from)?,
            None => BTreeMap::new(),
        };
        let moved = self.submodules_at(to)?.into_iter().filter_map(|(path, to)| {
            let from = before.get(&path).cloned();
            (from.as_ref() != Some(&to)).then_some(MovedSubmodule { path, from, to })
        });
        Ok(moved.collect())
    }

    fn submodules_at(&self, commit: &str) -> Result<BTreeMap<String, String>> {
        let args = ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit];
        let output = self.run(args, None)?;
        let links = split_nul(&output).filter_map(|line| {
            let line = std::str::from_utf8(line).ok()?;
            let (head, path) = line.split_once('\t')?;
            let id = head.strip_prefix("160000 commit ")?;
            Some((path.to_owned(), id.to_owned()))
        });
        Ok(links.collect())
    }
}

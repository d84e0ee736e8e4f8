//! Tags of a remote with their commits, and fetching some of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Git, Result};

/// How many tags one process fetches, so that its arguments stay short.
const BATCH: usize = 200;

impl Git {
    /// The remote to ask: `origin`, or the only one there is.
    pub fn fetch_remote(&self) -> Result<Option<String>> {
        let output = self.run(["remote"], None)?;
        let text = String::from_utf8_lossy(&output);
        let names: Vec<&str> = text.lines().collect();
        let origin = names.iter().find(|name| **name == "origin");
        let only = (names.len() == 1).then(|| names.first()).flatten();
        Ok(origin.or(only).map(|name| (*name).to_owned()))
    }

    /// All tags of a remote with the full hashes of what they stand for, annotated tags peeled, in
    /// one request. Names that no reference can have are left out.
    pub fn tags_of_remote(&self, remote: &str) -> Result<BTreeMap<String, String>> {
        let output = self.run(["ls-remote", "--quiet", "--tags", "--", remote], None)?;
        let mut tags = BTreeMap::new();
        for line in String::from_utf8_lossy(&output).lines() {
            let Some((id, reference)) = line.split_once('\t') else { continue };
            let Some(name) = reference.strip_prefix("refs/tags/") else { continue };
            // The peeled line follows that of the tag and takes its place.
            let name = name.strip_suffix("^{}").unwrap_or(name);
            if is_plain(name) {
                tags.insert(name.to_owned(), id.to_owned());
            }
        }
        Ok(tags)
    }

    /// Fetches tags by their names, and nothing else but what they need. Tags that are here stay as
    /// they are.
    ///
    /// # Errors
    /// The remote does not answer or lacks one; a tag is here with another object.
    pub fn fetch_tags(&self, remote: &str, names: &BTreeSet<String>) -> Result<()> {
        let names: Vec<&String> = names.iter().filter(|name| is_plain(name)).collect();
        for batch in names.chunks(BATCH) {
            let fixed = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", remote];
            let mut args: Vec<String> = fixed.map(str::to_owned).into();
            args.extend(batch.iter().map(|name| format!("refs/tags/{name}:refs/tags/{name}")));
            self.run(&args, None)?;
        }
        Ok(())
    }
}

/// Whether a name can be part of a refspec without meaning anything else. No reference has such
/// characters; a server may say what it likes.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['*', '?', '[', '\\', ':', '^', '~', ' ', '\u{fffd}'])
        && !name.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_server_cannot_smuggle_a_refspec_in() {
        for name in ["v1.0.0", "@scope/pkg@1.0.0", "-x", "+x", "a/b"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "v*", "x:refs/heads/main", "a^", "a b", "a\nb"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}

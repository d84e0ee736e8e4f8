//! Changes to a tree, and how they are cut into requests.

use launchway_base::FileMode;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Content of one tree request stays below this many bytes, as sent.
pub const TREE_CONTENT_LIMIT: usize = 2_000_000;
/// More entries than this in one request are slow at GitHub's end.
const MOST_ENTRIES: usize = 1000;
/// What an entry costs besides path and content.
const OVERHEAD: usize = 100;

/// What becomes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// It holds this text, sent inline.
    Text(String),
    /// It is the object with this id.
    Blob(String),
    /// It is removed.
    Delete,
}

/// One change to a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Path from the root, with `/` between its parts.
    pub path: String,
    /// The mode it has then; of no account when it is removed.
    pub mode: FileMode,
    /// What becomes of it.
    pub content: Content,
}

impl Serialize for TreeEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("mode", self.mode.digits())?;
        map.serialize_entry(
            "type",
            if self.mode == FileMode::Submodule { "commit" } else { "blob" },
        )?;
        match &self.content {
            Content::Text(text) => map.serialize_entry("content", text)?,
            Content::Blob(sha) => map.serialize_entry("sha", sha)?,
            Content::Delete => map.serialize_entry("sha", &None::<String>)?,
        }
        map.end()
    }
}

/// The bytes a string takes in JSON.
fn json_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

/// The bytes an entry takes in a request.
pub(crate) fn weight(entry: &TreeEntry) -> usize {
    let content = if let Content::Text(text) = &entry.content { json_len(text) } else { 0 };
    OVERHEAD + json_len(&entry.path) + content
}

/// Cuts changes, in their order, into requests below the limit.
pub(crate) fn chunks(entries: Vec<TreeEntry>) -> Vec<Vec<TreeEntry>> {
    let mut all: Vec<Vec<TreeEntry>> = Vec::new();
    let mut size = 0;
    for entry in entries {
        let weight = weight(&entry);
        match all.last_mut() {
            Some(chunk) if size + weight < TREE_CONTENT_LIMIT && chunk.len() < MOST_ENTRIES => {
                chunk.push(entry);
                size += weight;
            }
            _ => {
                all.push(vec![entry]);
                size = weight;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, content: String) -> TreeEntry {
        TreeEntry { path: path.into(), mode: FileMode::Regular, content: Content::Text(content) }
    }

    #[test]
    fn no_request_is_too_long_and_nothing_is_lost_or_moved() {
        let entries: Vec<_> =
            (0..50).map(|n| text(&format!("f{n}"), "\"\n\u{1}x".repeat(n * 2000))).collect();
        let cut = chunks(entries.clone());
        assert!(cut.len() > 1);
        for chunk in &cut {
            assert!(serde_json::to_vec(chunk).unwrap().len() < TREE_CONTENT_LIMIT);
        }
        assert_eq!(cut.concat(), entries);
        assert_eq!(chunks(vec![text("a", String::new()); 2500]).len(), 3);
        assert_eq!(chunks(Vec::new()), Vec::<Vec<TreeEntry>>::new());
    }

    #[test]
    fn an_entry_has_exactly_one_of_content_and_sha() {
        let mut entry = text("a", "b".into());
        let json = |entry: &TreeEntry| serde_json::to_string(entry).unwrap();
        assert_eq!(json(&entry), r#"{"path":"a","mode":"100644","type":"blob","content":"b"}"#);
        entry.content = Content::Blob("1".into());
        entry.mode = FileMode::parse("100755").unwrap();
        assert_eq!(json(&entry), r#"{"path":"a","mode":"100755","type":"blob","sha":"1"}"#);
        entry.content = Content::Delete;
        assert_eq!(json(&entry), r#"{"path":"a","mode":"100755","type":"blob","sha":null}"#);
    }
}

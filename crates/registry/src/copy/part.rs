//! The plan of a copy: its parts in the order in which they are put.

use std::collections::HashSet;

use crate::{Descriptor, Digest, Manifest, RegistryError, Repository, Tag};

/// What a manifest is in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The image itself or one of its platforms: put by digest.
    Image,
    /// Something that refers to it: put by digest and listed.
    Referrer,
    /// Something that refers to it by the name of its tag, `sha256-….sig` and its like.
    Tagged(Tag),
}

/// A manifest to copy, with what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The manifest, byte for byte.
    pub manifest: Manifest,
    /// What it is.
    pub role: Role,
    /// Its configuration and layers, but for those that are kept outside of registries.
    pub blobs: Vec<Descriptor>,
}

impl Part {
    pub(super) fn new(manifest: Manifest, role: Role) -> Result<Self, RegistryError> {
        let points_to = manifest.descriptors()?;
        let content = points_to.config.into_iter().chain(points_to.layers);
        // What an index lists besides manifests is content, too.
        let other = points_to.children.into_iter().filter(|child| !child.is_manifest());
        let blobs = content.chain(other).filter(|blob| !blob.is_foreign()).collect();
        Ok(Self { manifest, role, blobs })
    }
}

/// A copy as data: what is missing at the destination, in the order in which it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPlan {
    /// Where it comes from.
    pub from: Repository,
    /// Where it goes.
    pub to: Repository,
    /// What is missing there; children before their index, the image before what refers to it.
    pub parts: Vec<Part>,
    /// How many manifests are there already.
    pub present: usize,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl CopyPlan {
    /// The blobs of all parts, each once, in order.
    pub fn blobs(&self) -> Vec<&Descriptor> {
        let mut seen: HashSet<&Digest> = HashSet::new();
        let blobs = self.parts.iter().flat_map(|part| &part.blobs);
        blobs.filter(|blob| seen.insert(&blob.digest)).collect()
    }

    /// Bytes of these blobs.
    pub fn bytes(&self) -> u64 {
        self.blobs().iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size))
    }

    /// Whether everything is there.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// Levels of a tree, the root first, as one list in which every child stands before its parents
/// and nothing stands twice.
pub(super) fn children_first(levels: Vec<Vec<Manifest>>) -> Vec<Manifest> {
    let mut seen = HashSet::new();
    let deepest_first = levels.into_iter().rev().flatten();
    deepest_first.filter(|manifest| seen.insert(manifest.digest.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OCI_INDEX, OCI_MANIFEST};

    fn manifest(text: &str) -> Manifest {
        Manifest::new(text.to_owned(), OCI_MANIFEST)
    }

    #[test]
    fn a_child_of_two_levels_stands_before_both_parents() {
        let (root, inner, leaf) = (manifest("root"), manifest("inner"), manifest("leaf"));
        let levels = vec![
            vec![root.clone()],
            vec![leaf.clone(), inner.clone()],
            vec![leaf.clone(), leaf.clone()],
        ];
        assert_eq!(children_first(levels), [leaf, inner, root]);
    }

    #[test]
    fn blobs_are_named_once_and_foreign_ones_never() {
        let digest = |n: u8| Digest::of(&[n]);
        let blob = |n: u8| format!(r#"{{"mediaType":"a/b","digest":"{}","size":{n}}}"#, digest(n));
        let foreign = format!(
            r#"{{"mediaType":"a.foreign.b","digest":"{}","size":9,"urls":["https://elsewhere.example/x"]}}"#,
            digest(9)
        );
        let image = |layers: &str| {
            let text = format!(r#"{{"config":{},"layers":[{layers}]}}"#, blob(1));
            Part::new(manifest(&text), Role::Image).unwrap()
        };
        let index = format!(r#"{{"manifests":[{}]}}"#, blob(4));
        let index = Part::new(Manifest::new(index, OCI_INDEX), Role::Image).unwrap();
        let repository: Repository = "registry.example/a".parse().unwrap();
        let plan = CopyPlan {
            from: repository.clone(),
            to: repository,
            parts: vec![image(&blob(2)), image(&format!("{},{foreign}", blob(3))), index],
            present: 0,
            warnings: Vec::new(),
        };
        let digests: Vec<_> = plan.blobs().iter().map(|blob| blob.digest.clone()).collect();
        assert_eq!(digests, [digest(1), digest(2), digest(3), digest(4)]);
        assert_eq!(plan.bytes(), 10);
    }
}

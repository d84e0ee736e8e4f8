//! What an image consists of at its source, and what of it is missing at the destination.

use std::collections::HashSet;
use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::part::{CopyPlan, Part, Role, children_first};
use super::{Along, LOOKS};
use crate::{
    Descriptor, Digest, Manifest, Registry, RegistryError, Repository, Tag, Which, fallback_tag,
};

/// No image has more manifests; a list that goes in circles ends here.
const MOST_MANIFESTS: usize = 10_000;
/// More bytes of manifests than any image has; they are held together.
const MOST_BYTES: usize = 256 << 20;
/// Indexes within indexes, deeper than any tool makes them.
const DEEPEST: usize = 8;
/// Tags by which tools refer to a digest where they use no list of referrers.
const SUFFIXES: [&str; 3] = ["sig", "att", "sbom"];

impl Registry {
    /// Looks at an image and at the destination, and says what has to be copied. The image is named by
    /// its manifest, which was read from the source.
    ///
    /// # Errors
    /// A registry refuses or cannot be reached; a manifest the image lists is not at its source.
    pub async fn plan_copy(
        &self,
        from: &Repository,
        to: &Repository,
        image: &Manifest,
        along: Along,
    ) -> Result<CopyPlan, RegistryError> {
        let mut plan = CopyPlan {
            from: from.clone(),
            to: to.clone(),
            parts: Vec::new(),
            present: 0,
            warnings: Vec::new(),
        };
        if from == to {
            return Ok(plan);
        }
        let own = self.tree(from, image.clone()).await?;
        let subjects: Vec<Digest> = own.iter().map(|part| part.digest.clone()).collect();
        self.add_missing(&mut plan, own, &Role::Image).await?;
        if along.referrers {
            self.add_along(&mut plan, subjects).await?;
        }
        Ok(plan)
    }

    /// A manifest and everything it lists, children first.
    async fn tree(
        &self,
        from: &Repository,
        root: Manifest,
    ) -> Result<Vec<Manifest>, RegistryError> {
        let mut seen = HashSet::new();
        let mut held = root.bytes.len();
        let mut levels = vec![vec![root]];
        let endless = |reason: &str| RegistryError::Unexpected {
            what: from.to_string(),
            reason: format!("the image has no end: {reason}"),
        };
        while let Some(level) = levels.last() {
            let mut children = Vec::new();
            for parent in level {
                let listed = parent.descriptors()?.children;
                children.extend(listed.into_iter().filter(Descriptor::is_manifest));
            }
            // The same list at two depths is read twice, which only keeps the order simple.
            let mut once = HashSet::new();
            children.retain(|child| once.insert(child.digest.clone()));
            if children.is_empty() {
                break;
            }
            seen.extend(once);
            if levels.len() > DEEPEST || seen.len() > MOST_MANIFESTS {
                return Err(endless("too many indexes within indexes"));
            }
            let reads = children.iter().map(|child| self.child(from, child));
            let mut reads = pin!(stream::iter(reads).buffered(LOOKS));
            let mut level = Vec::new();
            while let Some(manifest) = reads.try_next().await? {
                held += manifest.bytes.len();
                if held > MOST_BYTES {
                    return Err(endless("its manifests are too large"));
                }
                level.push(manifest);
            }
            levels.push(level);
        }
        Ok(children_first(levels))
    }

    async fn child(
        &self,
        from: &Repository,
        child: &Descriptor,
    ) -> Result<Manifest, RegistryError> {
        let found = self.get_manifest(from, &Which::Digest(child.digest.clone())).await?;
        found.ok_or_else(|| {
            let platform = child.platform_name().map(|name| format!(" ({name})"));
            RegistryError::NotFound {
                what: from.at(child.digest.clone()).to_string(),
                said: format!("the image lists it{}", platform.unwrap_or_default()),
            }
        })
    }

    /// Adds to the plan what of a tree the destination lacks. Each manifest is looked for: a registry
    /// keeps an index whose child was deleted.
    async fn add_missing(
        &self,
        plan: &mut CopyPlan,
        tree: Vec<Manifest>,
        role: &Role,
    ) -> Result<(), RegistryError> {
        let to = plan.to.clone();
        let looks = tree.into_iter().map(|manifest| {
            let to = &to;
            async move {
                let found = self.head(to, &Which::Digest(manifest.digest.clone())).await?;
                Ok::<_, RegistryError>((manifest, found.is_some()))
            }
        });
        let looked: Vec<_> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
        for (manifest, is_present) in looked {
            let is_planned = plan.parts.iter().any(|part| part.manifest.digest == manifest.digest);
            if is_present {
                plan.present += 1;
            } else if !is_planned {
                plan.parts.push(Part::new(manifest, role.clone())?);
            }
        }
        Ok(())
    }

    /// Adds what refers to the manifests, what refers to that, and so on: by the list of referrers
    /// and by the name of a tag.
    async fn add_along(
        &self,
        plan: &mut CopyPlan,
        subjects: Vec<Digest>,
    ) -> Result<(), RegistryError> {
        // Nothing is looked at twice: lists that go in circles end here.
        let mut seen: HashSet<Digest> = subjects.iter().cloned().collect();
        let mut batch = subjects;
        while !batch.is_empty() {
            let mut found = self.add_referrers(plan, &batch, &mut seen).await?;
            let tagged = self.add_tagged(plan, &batch).await?;
            found.extend(tagged.into_iter().filter(|digest| seen.insert(digest.clone())));
            batch = found;
        }
        Ok(())
    }

    /// Adds what the lists of referrers name, and gives it.
    async fn add_referrers(
        &self,
        plan: &mut CopyPlan,
        subjects: &[Digest],
        seen: &mut HashSet<Digest>,
    ) -> Result<Vec<Digest>, RegistryError> {
        let (from, to) = (plan.from.clone(), plan.to.clone());
        let asks = subjects.iter().map(|subject| {
            let from = &from;
            async move {
                let listed = self.referrers(from, subject, None).await?.manifests;
                Ok::<_, RegistryError>((subject, listed))
            }
        });
        let asked: Vec<_> = stream::iter(asks).buffered(LOOKS).try_collect().await?;
        let mut found = Vec::new();
        for (subject, listed) in asked.into_iter().filter(|(_, listed)| !listed.is_empty()) {
            let known = self.referrers(&to, subject, None).await?.manifests;
            if seen.len() + listed.len() > MOST_MANIFESTS {
                return Err(RegistryError::Unexpected {
                    what: from.to_string(),
                    reason: "the image has no end: too much refers to it".to_owned(),
                });
            }
            for entry in listed {
                let is_listed = known.iter().any(|one| one.digest == entry.digest);
                if !seen.contains(&entry.digest)
                    && self.add_referrer(plan, subject, &entry, is_listed).await?
                {
                    seen.insert(entry.digest.clone());
                    found.push(entry.digest);
                }
            }
        }
        Ok(found)
    }

    /// Adds what a list names, if it speaks of the subject; whether it does.
    async fn add_referrer(
        &self,
        plan: &mut CopyPlan,
        subject: &Digest,
        entry: &Descriptor,
        is_listed: bool,
    ) -> Result<bool, RegistryError> {
        let (from, to) = (plan.from.clone(), plan.to.clone());
        let which = Which::Digest(entry.digest.clone());
        if is_listed && self.head(&to, &which).await?.is_some() {
            plan.present += 1;
            return Ok(true);
        }
        let Some(manifest) = self.get_manifest(&from, &which).await? else {
            plan.warnings.push(format!(
                "{} is listed to refer to {subject}, and is gone",
                from.which(&which)
            ));
            return Ok(false);
        };
        let speaks_of = manifest.descriptors()?.subject.map(|subject| subject.digest);
        if speaks_of.as_ref() != Some(subject) {
            plan.warnings.push(format!(
                "{} is listed to refer to {subject}, and does not",
                from.which(&which)
            ));
            return Ok(false);
        }
        let mut tree = self.tree(&from, manifest).await?;
        let root = tree.pop();
        self.add_missing(plan, tree, &Role::Image).await?;
        if let Some(root) = root {
            plan.parts.push(Part::new(root, Role::Referrer)?);
        }
        Ok(true)
    }

    /// Adds what refers to the manifests by the name of a tag, and gives it.
    async fn add_tagged(
        &self,
        plan: &mut CopyPlan,
        subjects: &[Digest],
    ) -> Result<Vec<Digest>, RegistryError> {
        let from = plan.from.clone();
        let names = subjects.iter().flat_map(suffixed);
        let looks = names.map(|tag| {
            let from = &from;
            async move {
                let found = self.get_manifest(from, &Which::Tag(tag.clone())).await?;
                Ok::<_, RegistryError>(found.map(|found| (tag, found)))
            }
        });
        let looked: Vec<_> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
        let mut digests = Vec::new();
        for (tag, manifest) in looked.into_iter().flatten() {
            digests.push(manifest.digest.clone());
            let to = plan.to.clone();
            let there = self.get_manifest(&to, &Which::Tag(tag.clone())).await?;
            match there {
                Some(there) if there.digest == manifest.digest => plan.present += 1,
                Some(there) if !holds_all(&manifest, &there)? => {
                    if !holds_all(&there, &manifest)? {
                        plan.warnings.push(format!(
                            "{} holds other signatures than {}: it stays as it is",
                            to.tagged(tag.clone()),
                            from.tagged(tag)
                        ));
                    }
                }
                _ => {
                    let mut tree = self.tree(&from, manifest).await?;
                    let root = tree.pop();
                    self.add_missing(plan, tree, &Role::Image).await?;
                    if let Some(root) = root {
                        plan.parts.push(Part::new(root, Role::Tagged(tag))?);
                    }
                }
            }
        }
        Ok(digests)
    }
}

/// Whether everything in the second stands in the first: then nothing is lost by putting the first
/// in its place.
fn holds_all(first: &Manifest, second: &Manifest) -> Result<bool, RegistryError> {
    let content = |manifest: &Manifest| -> Result<Vec<Descriptor>, RegistryError> {
        let parts = manifest.descriptors()?;
        Ok(parts.layers.into_iter().chain(parts.children).collect())
    };
    let (own, others) = (content(first)?, content(second)?);
    let holds = |other: &Descriptor| {
        own.iter().any(|one| one.digest == other.digest && one.annotations == other.annotations)
    };
    Ok(!others.is_empty() && others.iter().all(holds))
}

/// `sha256-….sig` and its like.
fn suffixed(digest: &Digest) -> Vec<Tag> {
    let Some(stem) = fallback_tag(digest) else { return Vec::new() };
    SUFFIXES.iter().filter_map(|suffix| format!("{stem}.{suffix}").parse().ok()).collect()
}

//! Which versions of a package have tags.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use launchway_base::Failure;
use launchway_github::{GitHub, Ref};
use launchway_workspace::{Workspace, parse_version, precedence};
use semver::Version;

use crate::world::World;

/// A version that has a tag.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// The version it names.
    pub version: Version,
    /// What it points to.
    pub reference: Ref,
}

/// The tags of each package; asked for once.
pub struct Lines<'a> {
    world: &'a World,
    workspace: &'a Workspace,
    github: &'a GitHub,
    seen: RefCell<BTreeMap<String, Rc<[Tagged]>>>,
    all: OnceCell<Vec<Ref>>,
}

impl<'a> Lines<'a> {
    /// Nothing is asked yet.
    pub fn new(world: &'a World, workspace: &'a Workspace, github: &'a GitHub) -> Self {
        Self { world, workspace, github, seen: RefCell::default(), all: OnceCell::new() }
    }

    /// The released versions of a package that are no prereleases, lowest first.
    pub async fn of(&self, package: &str) -> Result<Rc<[Tagged]>, Failure> {
        if let Some(seen) = self.seen.borrow().get(package) {
            return Ok(Rc::clone(seen));
        }
        // No tag has such a character: before it stands what all tags of the package begin with.
        let whole = self.workspace.tag_of(package, "\0");
        let prefix = whole.split('\0').next().unwrap_or_default();
        let refs = self.refs(&format!("refs/tags/{prefix}")).await?;
        let mut found: Vec<Tagged> = refs
            .into_iter()
            .filter_map(|reference| {
                let tag = reference.name.strip_prefix("refs/tags/")?.to_owned();
                let version = parse_version(self.workspace.version_in_tag(package, &tag)?)?;
                version.pre.is_empty().then_some(Tagged { tag, version, reference })
            })
            .collect();
        found.sort_by(|a, b| precedence(&a.version, &b.version));
        let found: Rc<[Tagged]> = found.into();
        self.seen.borrow_mut().insert(package.to_owned(), Rc::clone(&found));
        Ok(found)
    }

    /// The refs that begin so. Those of a second package come with all there are, for the rest.
    async fn refs(&self, prefix: &str) -> Result<Vec<Ref>, Failure> {
        let (github, repo) = (self.github, &self.world.repo);
        if self.seen.borrow().is_empty() {
            return Ok(github.matching_refs(repo, prefix).await?);
        }
        let all = match self.all.get() {
            Some(all) => all,
            None => {
                let all = github.matching_refs(repo, "tags/").await?;
                self.all.get_or_init(|| all)
            }
        };
        Ok(all.iter().filter(|found| found.name.starts_with(prefix)).cloned().collect())
    }

    /// Whether a higher version of the package is released.
    pub async fn is_behind(&self, package: &str, version: &Version) -> Result<bool, Failure> {
        let all = self.of(package).await?;
        Ok(all.iter().any(|other| precedence(&other.version, version).is_gt()))
    }

    /// The commit a ref stands for.
    pub async fn commit_of(&self, reference: &Ref) -> Result<String, Failure> {
        if reference.object_type != "tag" {
            return Ok(reference.sha.clone());
        }
        let object = self.github.get_tag_object(&self.world.repo, &reference.sha).await?;
        Ok(object.map_or_else(|| reference.sha.clone(), |tag| tag.object))
    }
}

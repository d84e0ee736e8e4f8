//! Releases as values for templates and as the JSON of `--context`: the fields of git-cliff, in its
//! order.

use git_cliff_core::commit::Commit;
use git_cliff_core::contributor::RemoteContributor;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::needs::Needs;
use crate::model::{CommitRemotes, PROVIDERS, Release, Remotes};

/// What is shown of releases.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    /// The fields that are read.
    pub needs: &'a Needs,
    /// What services say of commits.
    pub remotes: &'a Remotes,
}

/// A release.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseView<'a>(pub &'a Release, pub Lens<'a>);

/// Releases, as a list.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseList<'a>(pub &'a [Release], pub Lens<'a>);

/// Releases, under that name.
#[derive(Clone, Copy, Debug)]
pub struct Releases<'a>(pub &'a [Release], pub Lens<'a>);

struct CommitView<'a>(&'a Commit<'static>, Lens<'a>);
struct CommitList<'a>(&'a [Commit<'static>], Lens<'a>);
struct Submodules<'a>(&'a Release, Lens<'a>);
struct Footers<'a>(&'a Commit<'static>);

/// Puts a field wherever it is read.
macro_rules! fields {
    ($map:ident, $lens:ident: $($name:literal => $value:expr,)*) => {
        $(if $lens.needs.reach($name) { $map.serialize_entry($name, &$value)?; })*
    };
}

impl Serialize for Releases<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("releases", &ReleaseList(self.0, self.1))?;
        map.end()
    }
}

impl Serialize for ReleaseList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|release| ReleaseView(release, self.1)))
    }
}

impl Serialize for ReleaseView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(release, lens) = self;
        let mut map = serializer.serialize_map(None)?;
        let previous = release.previous.as_deref().map(|previous| ReleaseView(previous, *lens));
        fields!(map, lens:
            "version" => release.version,
            "message" => release.message,
            "commits" => CommitList(&release.commits, *lens),
            "commit_id" => release.commit_id,
            "timestamp" => release.timestamp,
            "previous" => previous,
            "repository" => release.repository,
            "commit_range" => release.commit_range,
            "submodule_commits" => Submodules(release, *lens),
            "statistics" => release.statistics,
            "extra" => release.extra,
            "bump_type" => release.bump_type,
        );
        for (provider, contributors) in PROVIDERS.iter().zip(&release.contributors) {
            if lens.needs.reach(provider) {
                map.serialize_entry(provider, &Contributors { contributors })?;
            }
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Contributors<'a> {
    contributors: &'a [RemoteContributor],
}

impl Serialize for Submodules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let modules = self.0.submodule_commits.iter();
        serializer.collect_map(modules.map(|(path, commits)| (path, CommitList(commits, self.1))))
    }
}

impl Serialize for CommitList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|commit| CommitView(commit, self.1)))
    }
}

impl Serialize for CommitView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(commit, lens) = self;
        let mut map = serializer.serialize_map(None)?;
        fields!(map, lens: "id" => commit.id,);
        let default_scope = commit.default_scope.as_deref();
        if let Some(conventional) = &commit.conv {
            let scope = commit.scope.as_deref();
            let scope = scope.or_else(|| conventional.scope().map(|scope| scope.as_str()));
            let kind = conventional.type_();
            fields!(map, lens:
                "message" => conventional.description(),
                "body" => conventional.body(),
                "footers" => Footers(commit),
                "group" => commit.group.as_deref().unwrap_or(kind.as_str()),
                "breaking_description" => conventional.breaking_description(),
                "breaking" => conventional.breaking(),
                "scope" => scope.or(default_scope),
            );
        } else {
            fields!(map, lens:
                "message" => commit.message,
                "group" => commit.group,
                "scope" => commit.scope.as_deref().or(default_scope),
            );
        }
        fields!(map, lens:
            "links" => commit.links,
            "author" => commit.author,
            "committer" => commit.committer,
            "conventional" => commit.conv.is_some(),
            "merge_commit" => commit.merge_commit,
            "statistics" => commit.statistics,
            "extra" => commit.extra,
        );
        let remotes = lens.remotes.get(&commit.id).map(AsRef::as_ref);
        for (place, provider) in PROVIDERS.iter().enumerate() {
            if lens.needs.reach(provider) {
                let of_provider = |remotes: &'_ CommitRemotes| remotes.get(place).cloned();
                map.serialize_entry(provider, &remotes.and_then(of_provider).unwrap_or_default())?;
            }
        }
        if let Some(remote) = &commit.remote {
            fields!(map, lens: "remote" => remote,);
        }
        fields!(map, lens: "raw_message" => commit.raw_message(),);
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Footer<'a> {
    token: &'a str,
    separator: &'a str,
    value: &'a str,
    breaking: bool,
}

impl Serialize for Footers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let footers = self.0.conv.as_ref().map_or(&[][..], |conventional| conventional.footers());
        let mut list = serializer.serialize_seq(Some(footers.len()))?;
        for footer in footers {
            list.serialize_element(&Footer {
                token: footer.token().as_str(),
                separator: footer.separator().as_str(),
                value: footer.value(),
                breaking: footer.breaking(),
            })?;
        }
        list.end()
    }
}

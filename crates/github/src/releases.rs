//! Releases.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::assets::Asset;
use crate::links::segment;
use crate::{ApiError, Created, GitHub, RepoId};

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: u64,
    /// The page for people.
    pub url: String,
    /// The tag it belongs to.
    pub tag_name: String,
    /// Its title; empty when there is none.
    pub name: String,
    /// Its notes.
    pub body: String,
    /// Whether it is not yet published.
    pub draft: bool,
    /// Whether it is a prerelease.
    pub prerelease: bool,
    /// What the tag is made from when it is not there.
    pub target_commitish: String,
    /// Whether nothing of it can be changed any more, which is so only of published ones.
    pub immutable: bool,
    /// Where assets are uploaded to: a URL, without its template.
    pub upload_url: String,
    /// Its assets, as far as they are named with it; see
    /// [`release_assets`](GitHub::release_assets).
    pub assets: Vec<Asset>,
}

/// A release to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewRelease {
    /// The tag it belongs to.
    pub tag_name: String,
    /// Its title.
    pub name: String,
    /// Its notes.
    pub body: String,
    /// Whether it is kept back.
    pub draft: bool,
    /// Whether it is a prerelease.
    pub prerelease: bool,
    /// Whether it becomes the latest.
    pub make_latest: MakeLatest,
    /// What the tag is made from when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_commitish: Option<String>,
}

/// Whether a release becomes the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MakeLatest {
    /// Yes.
    True,
    /// No; the only choice for drafts and prereleases.
    False,
    /// GitHub decides by date and version.
    Legacy,
}

/// What changes in a release; `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReleaseUpdate {
    /// The tag it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_name: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether it is kept back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<bool>,
    /// Whether it is a prerelease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prerelease: Option<bool>,
    /// Whether it becomes the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make_latest: Option<MakeLatest>,
}

#[derive(Deserialize)]
struct Wire {
    id: u64,
    html_url: String,
    tag_name: String,
    name: Option<String>,
    body: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    target_commitish: String,
    #[serde(default)]
    immutable: bool,
    #[serde(default)]
    upload_url: String,
    #[serde(default)]
    assets: Vec<Asset>,
}

impl From<Wire> for Release {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            url: wire.html_url,
            tag_name: wire.tag_name,
            name: wire.name.unwrap_or_default(),
            body: wire.body.unwrap_or_default(),
            draft: wire.draft,
            prerelease: wire.prerelease,
            target_commitish: wire.target_commitish,
            immutable: wire.immutable,
            upload_url: wire.upload_url.split('{').next().unwrap_or_default().to_owned(),
            assets: wire.assets,
        }
    }
}

impl GitHub {
    /// The published release of a tag; `None` when there is none. Drafts are only in
    /// [`releases`](Self::releases).
    pub async fn release_by_tag(
        &self,
        repo: &RepoId,
        tag: &str,
    ) -> Result<Option<Release>, ApiError> {
        let path = Self::repo_path(repo, &format!("/releases/tags/{}", segment(tag)));
        Ok(self.find::<Wire>(&path).await?.map(Release::from))
    }

    /// The latest release; `None` when there is none.
    pub async fn latest_release(&self, repo: &RepoId) -> Result<Option<Release>, ApiError> {
        let path = Self::repo_path(repo, "/releases/latest");
        Ok(self.find::<Wire>(&path).await?.map(Release::from))
    }

    /// All releases, newest first; drafts too when the token may push.
    pub async fn releases(&self, repo: &RepoId) -> Result<Vec<Release>, ApiError> {
        let path = Self::repo_path(repo, "/releases");
        Ok(self.list::<Wire>(&path).await?.into_iter().map(Release::from).collect())
    }

    /// Makes a release, unless the tag has one.
    pub async fn create_release(
        &self,
        repo: &RepoId,
        release: &NewRelease,
    ) -> Result<Created<Release>, ApiError> {
        let path = Self::repo_path(repo, "/releases");
        let made = self.call::<Wire>(Method::POST, &path, Some(release)).await;
        Created::of(made.map(Release::from))
    }

    /// Deletes a release; says whether it was there. Its tag stays.
    pub async fn delete_release(&self, repo: &RepoId, id: u64) -> Result<bool, ApiError> {
        let path = Self::repo_path(repo, &format!("/releases/{id}"));
        match self.tell(Method::DELETE, &path, None::<&()>).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes a release.
    pub async fn update_release(
        &self,
        repo: &RepoId,
        id: u64,
        update: &ReleaseUpdate,
    ) -> Result<Release, ApiError> {
        let path = Self::repo_path(repo, &format!("/releases/{id}"));
        let wire: Wire = self.call(Method::PATCH, &path, Some(update)).await?;
        Ok(wire.into())
    }
}

//! Files of releases.

use std::path::PathBuf;
use std::time::Duration;

use http::{Method, header};
use launchway_http::{FileBody, Request, Url, origin};
use serde::Deserialize;

use crate::client::read;
use crate::links::segment;
use crate::{ApiError, ErrorKind, GitHub, Release, RepoId};

/// A file of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// Its id.
    pub id: u64,
    /// Its name, which GitHub may have changed.
    pub name: String,
    /// `uploaded`; another one, such as `starter`, when the upload did not come to its end.
    pub state: String,
    /// Its size in bytes.
    pub size: u64,
    /// As in `sha256:…`; `None` where the server computes none.
    #[serde(default)]
    pub digest: Option<String>,
    /// Where it can be downloaded.
    #[serde(default, rename = "browser_download_url")]
    pub url: String,
}

impl Asset {
    /// Whether all of it was uploaded.
    pub fn is_whole(&self) -> bool {
        self.state == "uploaded" && self.size > 0
    }
}

/// A file to be uploaded.
#[derive(Clone, Debug)]
pub struct NewAsset {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub content: AssetContent,
    /// Its size in bytes.
    pub size: u64,
}

/// The bytes of an upload.
#[derive(Clone, Debug)]
pub enum AssetContent {
    /// A file, which is read while it is sent.
    File(PathBuf),
    /// In memory.
    Bytes(Vec<u8>),
}

/// Bytes per second that an upload is given time for.
const SLOWEST: u64 = 128 * 1024;

impl GitHub {
    /// All assets of a release.
    pub async fn release_assets(&self, repo: &RepoId, id: u64) -> Result<Vec<Asset>, ApiError> {
        self.list(&Self::repo_path(repo, &format!("/releases/{id}/assets"))).await
    }

    /// Deletes an asset; says whether it was there.
    pub async fn delete_asset(&self, repo: &RepoId, id: u64) -> Result<bool, ApiError> {
        let path = Self::repo_path(repo, &format!("/releases/assets/{id}"));
        match self.tell(Method::DELETE, &path, None::<&()>).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Uploads an asset to where the release says. When one of that name is there the error's kind is
    /// [`AlreadyExists`](ErrorKind::AlreadyExists). When no answer comes, part of it may be there.
    pub async fn upload_asset(
        &self,
        release: &Release,
        asset: &NewAsset,
    ) -> Result<Asset, ApiError> {
        let name = format!("POST /releases/{}/assets of `{}`", release.id, asset.name);
        let invalid =
            |reason: String| ApiError::new(&name, ErrorKind::Input, format!("{name}: {reason}"));
        if !is_upload_host(&release.upload_url, self.api_url()) {
            let host = Url::parse(&release.upload_url).map(|url| origin(&url)).unwrap_or_default();
            let reason = format!("uploads are said to go to `{host}`, which is not of this GitHub");
            return Err(ApiError::unexpected(&name, reason));
        }
        let url = format!("{}?name={}", release.upload_url, segment(&asset.name));
        let transport = |error| ApiError::transport(&name, error);
        let mut request = Request::post(&url).map_err(transport)?;
        for (field, value) in [
            (header::ACCEPT, "application/vnd.github+json"),
            (header::CONTENT_TYPE, asset.content_type),
        ] {
            request = request.with_header(field, value).map_err(transport)?;
        }
        if let Some(token) = self.token() {
            request = request.with_bearer(token).map_err(transport)?;
        }
        request = match &asset.content {
            AssetContent::Bytes(bytes) => request.with_body(bytes.clone()),
            AssetContent::File(path) => request.with_file(
                FileBody::open(path, asset.size).map_err(|error| invalid(error.to_string()))?,
            ),
        };
        let time = Duration::from_mins(1) + Duration::from_secs(asset.size / SLOWEST);
        let mut response =
            self.http().send(&request.with_timeout(time)).await.map_err(transport)?;
        response.request.clone_from(&name);
        read(&response)
    }
}

/// Whether the token may go there: to the API's own origin, or for `api.example.com` to
/// `uploads.example.com`.
fn is_upload_host(url: &str, api: &str) -> bool {
    let (Ok(url), Ok(api)) = (Url::parse(url), Url::parse(api)) else { return false };
    if origin(&url) == origin(&api) {
        return true;
    }
    let domain = api.host_str().and_then(|host| host.strip_prefix("api."));
    let uploads = url.host_str().and_then(|host| host.strip_prefix("uploads."));
    domain.is_some()
        && domain == uploads
        && url.scheme() == api.scheme()
        && url.port_or_known_default() == api.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::is_upload_host;

    #[test]
    fn the_token_goes_to_uploads_of_the_same_github_only() {
        for (url, api, is) in [
            ("https://uploads.github.com/repos/o/n", "https://api.github.com", true),
            ("https://uploads.x.ghe.com/repos", "https://api.x.ghe.com", true),
            ("https://ghes.test/api/uploads/repos", "https://ghes.test/api/v3", true),
            ("http://uploads.github.com/repos", "https://api.github.com", false),
            ("https://uploads.evil.test/repos", "https://api.github.com", false),
            ("https://uploads.github.com:444/repos", "https://api.github.com", false),
            ("https://uploads.github.com.evil.test/", "https://api.github.com", false),
            ("https://uploads.test/", "https://ghes.test/api/v3", false),
            ("", "https://api.github.com", false),
        ] {
            assert_eq!(is_upload_host(url, api), is, "{url}");
        }
    }
}

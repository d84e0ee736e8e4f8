//! Blobs: get, upload, mount, and the storage they may be redirected to.

use std::sync::Arc;

use super::answer::{Answer, refuse};
use super::route::Params;
use super::state::{Store, digest_like};
use crate::server::Incoming;

fn unknown() -> Answer {
    refuse(404, "BLOB_UNKNOWN", "blob unknown to registry")
}

impl Store {
    pub(super) fn get_blob(&mut self, name: &str, digest: &str, range: Option<&str>) -> Answer {
        let Some(bytes) = self.repos[name].blobs.get(digest).cloned() else { return unknown() };
        if self.set.redirects_blobs {
            let mut answer = Answer::empty(307);
            let place = format!("{}/{name}/{digest}?signature=of-storage", self.storage_url);
            answer.header("location", &place);
            return answer;
        }
        let mut answer = content(&bytes, range);
        answer.header("docker-content-digest", digest);
        answer
    }

    /// The storage behind the registry: an address with a signature in it, no other login.
    pub(super) fn stored_blob(&mut self, incoming: &Incoming) -> Answer {
        if incoming.header("authorization").is_some() {
            return refuse(400, "INVALID", "only one authentication mechanism is allowed");
        }
        let path = incoming.path.trim_start_matches('/').replace("%3A", ":");
        let found = path
            .rsplit_once('/')
            .and_then(|(name, digest)| self.repos.get(name)?.blobs.get(digest));
        match found {
            Some(bytes) if incoming.query == "signature=of-storage" => {
                content(bytes, incoming.header("range"))
            }
            Some(_) => refuse(403, "DENIED", "the signature is missing"),
            None => unknown(),
        }
    }

    pub(super) fn start_upload(&mut self, name: &str, params: &Params, body: &[u8]) -> Answer {
        if let Some(digest) = params.one("mount") {
            let from = params.one("from").and_then(|from| self.repos.get(from));
            let found = from.and_then(|repo| repo.blobs.get(digest).cloned());
            if let Some(bytes) = found.filter(|_| self.set.mounts) {
                return self.finish(name, digest, bytes);
            }
        } else if let Some(digest) = params.one("digest") {
            return self.accept(name, digest, body.to_vec());
        }
        let id = format!("upload-{}", self.next());
        self.uploads.insert(id.clone(), (name.to_owned(), Vec::new()));
        // A repository is there from its first upload on.
        self.repo(name);
        self.session(202, name, &id)
    }

    fn session(&self, status: u16, name: &str, id: &str) -> Answer {
        let base = if self.set.relative_locations { "" } else { &self.url };
        let have = self.uploads.get(id).map_or(0, |(_, bytes)| bytes.len());
        let mut answer = Answer::empty(status);
        answer.header("location", &format!("{base}/v2/{name}/blobs/uploads/{id}?_state=s{have}"));
        answer.header("docker-upload-uuid", id);
        answer.header("range", &format!("0-{}", have.saturating_sub(1)));
        answer
    }

    pub(super) fn upload(
        &mut self,
        name: &str,
        id: &str,
        params: &Params,
        incoming: &Incoming,
    ) -> Answer {
        let known = self.uploads.get(id).filter(|(of, _)| of == name);
        let Some(have) = known.map(|(_, bytes)| bytes.len()) else {
            return refuse(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
        };
        let state = format!("s{have}");
        if incoming.method != "DELETE" && params.one("_state") != Some(state.as_str()) {
            return refuse(400, "BLOB_UPLOAD_INVALID", "the state of the upload is another one");
        }
        match incoming.method.as_str() {
            "GET" => self.session(204, name, id),
            "DELETE" => {
                self.uploads.remove(id);
                Answer::empty(204)
            }
            "PATCH" => {
                if let Some((start, _)) =
                    incoming.header("content-range").and_then(|range| range.split_once('-'))
                    && start.parse() != Ok(have)
                {
                    return refuse(416, "BLOB_UPLOAD_INVALID", "this is not the next chunk");
                }
                if let Some((_, bytes)) = self.uploads.get_mut(id) {
                    bytes.extend_from_slice(&incoming.body);
                }
                self.session(202, name, id)
            }
            "PUT" => {
                let Some(digest) = params.one("digest") else {
                    return refuse(400, "DIGEST_INVALID", "the digest is missing");
                };
                let (_, mut bytes) = self.uploads.remove(id).unwrap_or_default();
                bytes.extend_from_slice(&incoming.body);
                self.accept(name, digest, bytes)
            }
            _ => refuse(405, "UNSUPPORTED", "the operation is unsupported"),
        }
    }

    fn accept(&mut self, name: &str, digest: &str, bytes: Vec<u8>) -> Answer {
        if bytes.len() > self.set.largest_blob {
            return refuse(413, "SIZE_INVALID", "the blob is too large");
        }
        if digest_like(digest, &bytes) != digest {
            return refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
        }
        self.finish(name, digest, Arc::new(bytes))
    }

    fn finish(&mut self, name: &str, digest: &str, bytes: Arc<Vec<u8>>) -> Answer {
        self.repo(name).blobs.insert(digest.to_owned(), bytes);
        let mut answer = Answer::empty(201);
        answer.header("location", &format!("/v2/{name}/blobs/{digest}"));
        answer.header("docker-content-digest", digest);
        answer
    }
}

fn content(bytes: &[u8], range: Option<&str>) -> Answer {
    let start = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let start: Option<usize> = start.and_then(|(start, _)| start.parse().ok());
    let mut answer = Answer::empty(if start.is_some() { 206 } else { 200 });
    answer.header("content-type", "application/octet-stream");
    answer.body = bytes.get(start.unwrap_or(0)..).unwrap_or_default().to_vec();
    answer
}

//! Manifests: get, put, delete.

use std::sync::Arc;

use serde_json::Value;

use super::answer::{Answer, refuse};
use super::route::Params;
use super::state::{Immutable, MultiTag, Store, Stored, digest_like, digest_of};
use crate::server::Incoming;

fn unknown() -> Answer {
    refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
}

fn is_tag(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with(['.', '-'])
}

fn immutable(kind: Immutable, repo: &str, tag: &str) -> Answer {
    match kind {
        Immutable::Ecr => refuse(
            400,
            "TAG_INVALID",
            &format!(
                "The image tag '{tag}' already exists in the '{repo}' repository and cannot be \
                 overwritten because the repository is immutable."
            ),
        ),
        Immutable::DockerHub => {
            refuse(403, "DENIED", &format!("tag '{tag}' is immutable and cannot be overwritten"))
        }
    }
}

impl Store {
    pub(super) fn get_manifest(
        &mut self,
        name: &str,
        reference: &str,
        accept: Option<&str>,
    ) -> Answer {
        let repo = &self.repos[name];
        let digest = repo.resolve(reference);
        let Some((digest, stored)) =
            digest.and_then(|digest| repo.manifests.get(&digest).map(|stored| (digest, stored)))
        else {
            return unknown();
        };
        let mut accepted = accept.unwrap_or("*/*").split(',');
        let is_accepted = accepted.any(|range| {
            let kind = range.split(';').next().unwrap_or_default().trim();
            kind == stored.media_type || (kind == "*/*" && accept.is_none())
        });
        if self.set.strict_accept && !is_accepted {
            return unknown();
        }
        let mut answer = Answer::empty(200);
        answer.header("content-type", &stored.media_type);
        answer.body = stored.bytes.to_vec();
        self.digest_header(&mut answer, &digest);
        answer
    }

    fn digest_header(&self, answer: &mut Answer, digest: &str) {
        if self.set.no_digests {
            return;
        }
        let said = if self.set.wrong_digests { &digest_of(b"wrong") } else { digest };
        answer.header("docker-content-digest", said);
    }

    pub(super) fn put_manifest(
        &mut self,
        name: &str,
        reference: &str,
        params: &Params,
        incoming: &Incoming,
    ) -> Answer {
        let bytes = &incoming.body;
        if bytes.len() > self.set.largest_manifest {
            return refuse(413, "MANIFEST_INVALID", "the manifest is too large");
        }
        let by_digest = reference.contains(':');
        let digest = if by_digest { digest_like(reference, bytes) } else { digest_of(bytes) };
        if by_digest && digest != reference {
            return refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
        }
        let mut tags: Vec<String> = params.all("tag").into_iter().map(str::to_owned).collect();
        if self.set.multi_tag == MultiTag::Ignored || !by_digest {
            tags.clear();
        }
        if !by_digest {
            tags.push(reference.to_owned());
        }
        if tags.iter().any(|tag| !is_tag(tag)) {
            return Answer::empty(404);
        }
        let json: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let media_type = incoming.header("content-type").unwrap_or_default();
        let agrees = json["mediaType"].as_str().is_none_or(|kind| kind == media_type);
        if !json.is_object() || media_type.is_empty() || !agrees {
            return refuse(400, "MANIFEST_INVALID", "manifest invalid");
        }
        if let Some(refused) = self.missing_children(name, &json) {
            return refused;
        }
        for tag in &tags {
            if let Some(kind) = self.repos.get(name).and_then(|repo| repo.refusal(tag)) {
                return immutable(kind, name, tag);
            }
        }
        let mut answer = Answer::empty(201);
        answer.header("location", &format!("/v2/{name}/manifests/{digest}"));
        self.digest_header(&mut answer, &digest);
        if self.set.referrers
            && let Some(subject) = json["subject"]["digest"].as_str()
        {
            answer.header("oci-subject", subject);
        }
        if self.set.multi_tag == MultiTag::Partial && by_digest {
            tags.truncate(1);
        }
        if by_digest {
            for tag in &tags {
                answer.header("oci-tag", tag);
            }
        }
        if self.set.drops_writes {
            return answer;
        }
        let stored = Stored { media_type: media_type.to_owned(), bytes: Arc::new(bytes.clone()) };
        let lies = self.set.multi_tag == MultiTag::Lie && by_digest;
        let repo = self.repo(name);
        repo.manifests.insert(digest.clone(), stored);
        for tag in tags.iter().filter(|_| !lies) {
            repo.set_tag(tag, &digest);
        }
        answer
    }

    /// What a manifest points to must be there, but for its subject and what names other places.
    fn missing_children(&self, name: &str, json: &Value) -> Option<Answer> {
        if !self.set.check_children {
            return None;
        }
        let repo = self.repos.get(name);
        let list = |field: &str| json[field].as_array().cloned().unwrap_or_default();
        let digest = |one: &Value| one["digest"].as_str().unwrap_or_default().to_owned();
        let mut missing: Vec<String> = list("manifests")
            .iter()
            .map(digest)
            .filter(|digest| !repo.is_some_and(|repo| repo.manifests.contains_key(digest)))
            .collect();
        let blobs = list("layers").into_iter().chain(json.get("config").cloned());
        let here = blobs.filter(|one| one["urls"].as_array().is_none_or(Vec::is_empty));
        missing.extend(
            here.map(|one| digest(&one))
                .filter(|digest| !repo.is_some_and(|repo| repo.blobs.contains_key(digest))),
        );
        if missing.is_empty() {
            return None;
        }
        let errors: Vec<Value> = missing
            .iter()
            .map(|digest| {
                serde_json::json!({
                    "code": "MANIFEST_BLOB_UNKNOWN",
                    "message": "blob unknown to registry",
                    "detail": { "digest": digest },
                })
            })
            .collect();
        Some(Answer::json(400, &serde_json::json!({ "errors": errors })))
    }

    pub(super) fn delete_manifest(&mut self, name: &str, reference: &str) -> Answer {
        let by_tag = !reference.contains(':');
        if by_tag && !self.set.delete_by_tag {
            return refuse(400, "UNSUPPORTED", "the operation is unsupported");
        }
        let forgets = self.set.forgets_untagged;
        let repo = self.repo(name);
        let Some(digest) = repo.resolve(reference) else { return unknown() };
        if by_tag {
            repo.tags.retain(|(tag, _)| tag != reference);
            if forgets && repo.tags.iter().all(|(_, held)| *held != digest) {
                repo.manifests.remove(&digest);
            }
        } else {
            repo.manifests.remove(reference);
            repo.tags.retain(|(_, digest)| digest != reference);
        }
        Answer::empty(202)
    }
}

//! The endpoints of the distribution specification.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::answer::{Answer, refuse};
use super::auth::form;
use super::state::{OCI_INDEX, Store};
use crate::server::Incoming;

/// The parameters of a request, decoded.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

impl Store {
    pub(super) fn route(&mut self, incoming: &Incoming) -> Answer {
        let path = percent_decode_str(&incoming.path).decode_utf8_lossy().into_owned();
        let params = Params(form(&incoming.query));
        let Some(rest) = path.strip_prefix("/v2/") else {
            return Answer::json(404, &json!({ "error": "not found" }));
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let method = incoming.method.as_str();
        let (name, action) = match parts.as_slice() {
            [""] => {
                let refused = self.access.check(incoming.header("authorization"), &[]);
                return refused.unwrap_or_else(|| Answer::json(200, &json!({})));
            }
            [name @ .., "blobs", "uploads", _]
            | [name @ .., "manifests" | "blobs" | "referrers", _]
            | [name @ .., "tags", "list"] => {
                let action = match method {
                    "GET" | "HEAD" if !rest.contains("/blobs/uploads/") => "pull",
                    "DELETE" if !rest.contains("/blobs/uploads/") => "delete",
                    _ => "push",
                };
                (name.join("/"), action)
            }
            _ => return Answer::json(404, &json!({ "error": "not found" })),
        };
        let mut needed = vec![(name.as_str(), action)];
        if action == "push" {
            needed.push((name.as_str(), "pull"));
        }
        if let Some(from) = params.one("from").filter(|_| params.one("mount").is_some()) {
            needed.push((from, "pull"));
        }
        if let Some(refused) = self.access.check(incoming.header("authorization"), &needed) {
            return refused;
        }
        if !self.repos.contains_key(&name) {
            let writes = matches!(method, "PUT" | "POST" | "PATCH");
            if !(writes && self.set.creates) {
                let message = "repository name not known to registry";
                return refuse(404, "NAME_UNKNOWN", message);
            }
        }
        match (method, &parts[name.split('/').count()..]) {
            ("GET" | "HEAD", ["manifests", reference]) => {
                self.get_manifest(&name, reference, incoming.header("accept"))
            }
            ("PUT", ["manifests", reference]) => {
                self.put_manifest(&name, reference, &params, incoming)
            }
            ("DELETE", ["manifests", reference]) => self.delete_manifest(&name, reference),
            ("GET" | "HEAD", ["blobs", digest]) => {
                self.get_blob(&name, digest, incoming.header("range"))
            }
            ("DELETE", ["blobs", digest]) => {
                self.repo(&name).blobs.remove(*digest);
                Answer::empty(202)
            }
            ("POST", ["blobs", "uploads", ""]) => self.start_upload(&name, &params, &incoming.body),
            (_, ["blobs", "uploads", id]) if !id.is_empty() => {
                self.upload(&name, id, &params, incoming)
            }
            ("GET", ["tags", "list"]) => self.list_tags(&name, &params),
            ("GET", ["referrers", digest]) => self.list_referrers(&name, digest, &params),
            _ => refuse(405, "UNSUPPORTED", "the operation is unsupported"),
        }
    }

    fn list_tags(&mut self, name: &str, params: &Params) -> Answer {
        let all: Vec<String> = self.repo(name).tags.iter().map(|(tag, _)| tag.clone()).collect();
        let Some(page) = self.set.page else {
            return Answer::json(200, &json!({ "name": name, "tags": all }));
        };
        let asked = params.one("n").and_then(|n| n.parse().ok()).unwrap_or(page);
        let size = page.min(asked);
        let start = params.one("last").and_then(|last| all.iter().position(|tag| tag == last));
        let start = start.map_or(0, |at| at + 1);
        let end = all.len().min(start + size);
        let tags = &all[start..end];
        let mut answer = Answer::json(200, &json!({ "name": name, "tags": tags }));
        if let Some(last) = tags.last().filter(|_| end < all.len()) {
            let link = format!("</v2/{name}/tags/list?n={size}&last={last}>; rel=\"next\"");
            answer.header("link", &link);
        }
        answer
    }

    fn list_referrers(&mut self, name: &str, digest: &str, params: &Params) -> Answer {
        if !self.set.referrers {
            return Answer::json(404, &json!({ "error": "404 page not found" }));
        }
        let mut found = self.repo(name).referrers(digest);
        let wanted = params.one("artifactType");
        if let Some(wanted) = wanted {
            found.retain(|one| one["artifactType"] == wanted);
        }
        let start = params.one("at").and_then(|at| at.parse().ok()).unwrap_or(0_usize);
        let size = self.set.referrers_page.unwrap_or(usize::MAX);
        let end = found.len().min(start.saturating_add(size));
        let page: Vec<Value> = found.get(start..end).unwrap_or_default().to_vec();
        let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page });
        let mut answer = Answer::json(200, &index);
        OCI_INDEX.clone_into(&mut answer.headers[0].1);
        if wanted.is_some() {
            answer.header("oci-filters-applied", "artifactType");
        }
        if end < found.len() {
            let filter = wanted.map(|kind| format!("&artifactType={kind}")).unwrap_or_default();
            let link = format!("</v2/{name}/referrers/{digest}?at={end}{filter}>; rel=\"next\"");
            answer.header("link", &link);
        }
        answer
    }
}

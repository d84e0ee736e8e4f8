//! Tags with their commits and Releases, many per request.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ApiError, GitHub, RepoId, documents};

/// More in one request run into GitHub's time limit.
const BATCH: usize = 50;

/// What there is of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagState {
    /// The commit it names, seen through a tag object; `None` when there is no such tag.
    pub commit: Option<String>,
    /// The hash of the file asked for at that commit; `None` when it has none.
    pub file: Option<String>,
    /// Its published Release; drafts are only in [`releases`](GitHub::releases).
    pub release: Option<TagRelease>,
}

/// A published Release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRelease {
    /// Its id.
    pub id: u64,
    /// The page for people.
    pub url: String,
}

#[derive(Deserialize)]
struct WireRef {
    target: Option<WireTarget>,
}

#[derive(Deserialize)]
struct WireTarget {
    oid: String,
    /// Of a tag object: what it names.
    target: Option<Box<Self>>,
    /// Of a commit.
    file: Option<WireFile>,
}

#[derive(Deserialize)]
struct WireFile {
    oid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRelease {
    database_id: Option<u64>,
    url: String,
    is_draft: bool,
    tag_name: String,
}

impl GitHub {
    /// What there is of each tag; every name asked for has an answer. `file` is the path, from the
    /// root, of a file to look at in the tags' commits.
    pub async fn tag_states(
        &self,
        repo: &RepoId,
        tags: &[String],
        file: &str,
    ) -> Result<BTreeMap<String, TagState>, ApiError> {
        let mut unique = tags.to_vec();
        unique.sort();
        unique.dedup();
        let mut found = BTreeMap::new();
        for batch in unique.chunks(BATCH) {
            let mut variables = serde_json::Map::new();
            variables.insert("owner".to_owned(), json!(repo.owner));
            variables.insert("name".to_owned(), json!(repo.name));
            variables.insert("path".to_owned(), json!(file));
            for (n, tag) in batch.iter().enumerate() {
                variables.insert(format!("r{n}"), json!(format!("refs/tags/{tag}")));
                variables.insert(format!("t{n}"), json!(tag));
            }
            let document = documents::tags(batch.len());
            let data = self.query_some(&document, Value::Object(variables)).await?;
            for (n, tag) in batch.iter().enumerate() {
                let field = |name: &str| {
                    data.pointer(&format!("/repository/{name}{n}")).cloned().unwrap_or_default()
                };
                let state = read(tag, field("a"), field("b"))
                    .map_err(|error| ApiError::unexpected("query repository", error.to_string()))?;
                found.insert(tag.clone(), state);
            }
        }
        Ok(found)
    }
}

fn read(tag: &str, reference: Value, release: Value) -> Result<TagState, serde_json::Error> {
    let reference: Option<WireRef> = serde_json::from_value(reference)?;
    let release: Option<WireRelease> = serde_json::from_value(release)?;
    let target = reference.and_then(|found| found.target);
    let target = target.map(|target| match target.target {
        Some(inner) => *inner,
        None => target,
    });
    Ok(TagState {
        file: target.as_ref().and_then(|target| Some(target.file.as_ref()?.oid.clone())),
        commit: target.map(|target| target.oid),
        release: release
            .filter(|found| !found.is_draft && found.tag_name == tag)
            .map(|found| TagRelease { id: found.database_id.unwrap_or_default(), url: found.url }),
    })
}

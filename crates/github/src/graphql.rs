//! GraphQL: sending a document and reading its errors.

use std::time::Duration;

use launchway_base::redact;
use launchway_http::Intent;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::read;
use crate::{ApiError, ErrorKind, GitHub};

#[derive(Deserialize)]
struct Answer {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
    /// How long the headers ask to wait.
    #[serde(skip)]
    wait: Option<Duration>,
}

#[derive(Deserialize)]
struct GraphQlError {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    path: Vec<Value>,
}

impl GitHub {
    /// Sends a document with its variables and reads `data`. A query is repeated like every read,
    /// a mutation like every write. Any error in the answer is an error here.
    pub async fn query<T: DeserializeOwned>(
        &self,
        document: &str,
        variables: Value,
    ) -> Result<T, ApiError> {
        let name = name(document);
        let intent = if is_mutation(document) { Intent::Write } else { Intent::Read };
        let answer = self.answer(document, variables, intent).await?;
        if let Some(error) = answer.errors.first() {
            return Err(refused(&name, error, answer.wait));
        }
        let data = answer.data.unwrap_or_default();
        serde_json::from_value(data).map_err(|error| ApiError::unexpected(&name, error.to_string()))
    }

    /// Like [`query`](Self::query), but fields that are not there are null in `data` instead of
    /// an error; the outermost fields must be there.
    pub(crate) async fn query_some(
        &self,
        document: &str,
        variables: Value,
    ) -> Result<Value, ApiError> {
        self.query_some_as(document, variables, Intent::Read).await
    }

    /// Like [`query_some`](Self::query_some); as a write it is not repeated after 502 and the like.
    pub(crate) async fn query_some_as(
        &self,
        document: &str,
        variables: Value,
        intent: Intent,
    ) -> Result<Value, ApiError> {
        let answer = self.answer(document, variables, intent).await?;
        let fatal =
            answer.errors.iter().find(|error| error.kind != "NOT_FOUND" || error.path.len() < 2);
        match fatal {
            Some(error) => Err(refused(&name(document), error, answer.wait)),
            None => Ok(answer.data.unwrap_or_default()),
        }
    }

    async fn answer(
        &self,
        document: &str,
        variables: Value,
        intent: Intent,
    ) -> Result<Answer, ApiError> {
        let body = json!({ "query": document, "variables": variables });
        let mut response = self.raw_graphql(&body, intent).await?;
        response.request = name(document);
        let answer: Answer = read(&response)?;
        Ok(Answer { wait: response.wait, ..answer })
    }
}

fn is_mutation(document: &str) -> bool {
    document.trim_start().starts_with("mutation")
}

/// The document for people: its kind and first field.
fn name(document: &str) -> String {
    let kind = if is_mutation(document) { "mutation" } else { "query" };
    let body = document.split_once('{').map_or("", |(_, body)| body).trim_start();
    let end = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
    format!("{kind} {}", body.get(..end).unwrap_or_default()).trim_end().to_owned()
}

fn refused(name: &str, error: &GraphQlError, wait: Option<Duration>) -> ApiError {
    let said = error.message.as_str();
    let kind = match error.kind.as_str() {
        "NOT_FOUND" => ErrorKind::NotFound,
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => ErrorKind::Forbidden {
            needs: None,
            integration: said.contains("not accessible by integration"),
        },
        "RATE_LIMITED" | "RATE_LIMIT" => ErrorKind::RateLimited { wait },
        "RESOURCE_LIMITS_EXCEEDED" | "MAX_NODE_LIMIT_EXCEEDED" => ErrorKind::TooMuch,
        "STALE_DATA" => ErrorKind::Moved,
        // What is left of a query that ran out of time.
        _ if said.starts_with("Something went wrong while executing your query")
            || said.contains("respond to your request in time") =>
        {
            ErrorKind::TooMuch
        }
        _ if said.contains("Expected branch to point to") => ErrorKind::Moved,
        _ => ErrorKind::GraphQl,
    };
    ApiError::new(name, kind, redact::redact(said).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_named_by_what_it_does() {
        let names: Vec<_> = crate::documents().iter().map(|(_, text)| name(text)).collect();
        assert_eq!(
            names,
            [
                "query viewer",
                "mutation createCommitOnBranch",
                "mutation updateRefs",
                "query repository",
                "mutation markPullRequestReadyForReview",
                "mutation convertPullRequestToDraft",
                "query repository",
                "query repository",
                "query repository",
                "query repository",
                "query repository",
            ]
        );
    }

    #[test]
    fn a_branch_that_moved_is_told_apart() {
        let error = GraphQlError { kind: "STALE_DATA".into(), message: "x".into(), path: vec![] };
        assert!(refused("mutation m", &error, None).is_moved());
        let error = GraphQlError { kind: "FORBIDDEN".into(), message: "no".into(), path: vec![] };
        assert!(refused("mutation m", &error, None).is_forbidden());
    }
}

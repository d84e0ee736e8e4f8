//! What a fake saw and answered.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// Counted from 1 per fake.
    pub sequence: usize,
    /// Upper case.
    pub method: String,
    /// Still percent-encoded, without the query; a GHES-style `/api/v3` prefix is removed.
    pub path: String,
    /// Without the `?`; empty when there is none.
    pub query: String,
    /// Names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The request body as text.
    pub body: String,
    /// The status that was answered; 0 when the connection was cut.
    pub status: u16,
    /// Names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// The response body as text.
    pub response: String,
    /// Whether a [`crate::FaultRule`] made this answer.
    pub injected: bool,
}

impl Recorded {
    /// A request header, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A response header, by name in any case.
    pub fn response_header(&self, name: &str) -> Option<&str> {
        find(&self.response_headers, name)
    }

    /// The token in `authorization`, without its scheme.
    pub fn token(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        Some(value.split_once(' ').map_or(value, |(_, token)| token.trim()))
    }

    /// The request body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The response body as JSON; `null` when it is none.
    pub fn response_json(&self) -> Value {
        serde_json::from_str(&self.response).unwrap_or_default()
    }

    /// Whether it asks for a change: any method but GET and HEAD, but for GraphQL only a mutation.
    pub fn is_write(&self) -> bool {
        is_write(&self.method, &self.path, &self.body)
    }

    /// Method and path on one line, as in `POST /repos/a/b/pulls`; a GraphQL call also names its
    /// top-level fields.
    pub fn line(&self) -> String {
        line(&self.method, &self.path, &self.body)
    }
}

fn document(path: &str, body: &str) -> Option<String> {
    let json: Value = path.ends_with("/graphql").then(|| serde_json::from_str(body).ok())??;
    Some(json["query"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn is_write(method: &str, path: &str, body: &str) -> bool {
    if matches!(method, "GET" | "HEAD" | "OPTIONS") {
        return false;
    }
    if path.ends_with("/graphql") {
        return document(path, body).is_some_and(|query| crate::github::is_mutation(&query));
    }
    true
}

pub(crate) fn line(method: &str, path: &str, body: &str) -> String {
    match document(path, body) {
        Some(query) => format!("{method} {path} {}", crate::github::top_fields(&query)),
        None => format!("{method} {path}"),
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Everything a fake saw; also written to `$LAUNCHWAY_RECORD_DIR` as it happens, so that a
/// program that is killed leaves what it sent.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) seen: Vec<Recorded>,
    count: usize,
    file: Option<PathBuf>,
}

impl Log {
    pub(crate) fn new(kind: &str, port: u16) -> Self {
        let file =
            std::env::var_os("LAUNCHWAY_RECORD_DIR").filter(|dir| !dir.is_empty()).map(|dir| {
                let dir = PathBuf::from(dir);
                std::fs::create_dir_all(&dir).expect("LAUNCHWAY_RECORD_DIR can be made");
                dir.join(format!("{kind}-{}-{port}.ndjson", std::process::id()))
            });
        Self { seen: Vec::new(), count: 0, file }
    }

    /// The number the next entry gets.
    pub(crate) fn next(&self) -> usize {
        self.count + 1
    }

    pub(crate) fn push(&mut self, mut entry: Recorded) {
        self.count += 1;
        entry.sequence = self.count;
        if let Some(path) = &self.file {
            let mut line = serde_json::to_vec(&entry).expect("a record is JSON");
            line.push(b'\n');
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .and_then(|mut file| file.write_all(&line))
                .expect("the record file can be written");
        }
        self.seen.push(entry);
    }
}
